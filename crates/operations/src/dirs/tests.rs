use std::fs;

use tempfile::TempDir;

use super::*;

const GOOD: &str = "contexts:\n- name: a\n  context: {cluster: a}\n";

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn names(expanded: &Expanded) -> Vec<String> {
    expanded
        .files()
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn a_folder_gives_its_kubeconfigs_and_says_what_it_leaves_out() {
    let folder = folder(&[
        ("b.yaml", GOOD),
        ("a", GOOD),
        (".hidden", GOOD),
        ("config.lock", ""),
        ("a~", GOOD),
        ("a.bak", GOOD),
        ("a.swp", GOOD),
        ("1-2.bowline-session.json", "{}"),
        ("notes.txt", "- x\n"),
        ("broken.yaml", "contexts: [\n"),
        ("empty", ""),
        ("deeper/c", GOOD),
        ("has:colon", GOOD),
    ]);
    let written = folder.path().to_str().unwrap().to_owned();
    let expanded = expand(&[written], None, &[]);
    let source = &expanded.sources[0];
    assert_eq!(source.kind, Kind::Folder);
    if cfg!(unix) {
        assert_eq!(names(&expanded), ["a", "b.yaml"]);
    }
    let skip = |name: &str| {
        let found = source.found.iter().find(|found| found.path.ends_with(name));
        found.unwrap().given.clone().unwrap_err()
    };
    assert_eq!(skip(".hidden"), Skip::Hidden);
    assert_eq!(skip("config.lock"), Skip::Lock);
    assert_eq!(skip("a~"), Skip::Backup);
    assert_eq!(skip("a.bak"), Skip::Backup);
    assert_eq!(skip("1-2.bowline-session.json"), Skip::Session);
    assert!(matches!(skip("notes.txt"), Skip::NotAKubeconfig(_)));
    assert!(matches!(skip("broken.yaml"), Skip::NotAKubeconfig(_)));
    assert_eq!(skip("empty"), Skip::Nothing);
    if cfg!(unix) {
        assert_eq!(skip("has:colon"), Skip::Separator);
    }
    assert!(source.found.iter().all(|found| !found.path.ends_with("c")));
}

#[test]
fn a_file_is_given_once_whatever_it_is_called() {
    let folder = folder(&[("a", GOOD), ("b", GOOD)]);
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let chain = [folder.path().join("b")];
    let dotted = path(".") + "/a";
    let dirs = [dotted, path("a"), path("*"), path("gone"), path("gone/*")];
    let expanded = expand(&dirs, None, &chain);
    assert_eq!(names(&expanded), ["a"]);
    let kinds: Vec<_> = expanded.sources.iter().map(|source| source.kind).collect();
    assert_eq!(
        kinds,
        [
            Kind::File,
            Kind::File,
            Kind::Pattern,
            Kind::Gone,
            Kind::Pattern
        ]
    );
    assert!(
        expanded
            .sources
            .iter()
            .all(|source| source.problem.is_none())
    );
}

#[cfg(unix)]
#[test]
fn a_link_to_a_known_file_is_that_file() {
    let folder = folder(&[("x/a", GOOD)]);
    std::os::unix::fs::symlink(folder.path().join("x"), folder.path().join("y")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("x/a"), folder.path().join("b")).unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let expanded = expand(&[path("y"), path("x"), path("b")], None, &[]);
    assert_eq!(expanded.files().count(), 1);
}

#[test]
fn what_the_home_folder_is_called_is_no_pattern() {
    let folder = folder(&[("h[1]*/.kube/a.yaml", GOOD), ("h[1]*/.kube/b.json", GOOD)]);
    let home = folder.path().join("h[1]*");
    let dirs = ["~/.kube/*.yaml".to_owned()];
    assert_eq!(names(&expand(&dirs, Some(&home), &[])), ["a.yaml"]);
    assert_eq!(
        names(&expand(&["~/.kube".to_owned()], Some(&home), &[])),
        ["a.yaml", "b.json"]
    );
}

#[test]
fn a_relative_source_is_told() {
    let expanded = expand(&["kubeconfigs".to_owned()], None, &[]);
    assert!(expanded.sources[0].problem.is_some());
}

#[test]
fn sources_are_kept_as_whole_paths() {
    let folder = folder(&[("h/team/a[1].yaml", GOOD)]);
    let home = folder.path().join("h");
    let working = home.join("team");
    let keep = |argument: &str| to_keep(Path::new(argument), Some(&home), Some(&working));
    if cfg!(unix) {
        for (argument, kept) in [
            ("~/x/", "~/x"),
            ("/etc//", "/etc"),
            ("/", "/"),
            (".", "~/team"),
            ("./a[1].yaml", "~/team/a[1].yaml"),
            ("*.yaml", "~/team/*.yaml"),
        ] {
            assert_eq!(keep(argument).as_deref(), Ok(kept), "{argument}");
        }
        // What the working folder is called is no pattern.
        let odd = Path::new("/w[1]");
        assert_eq!(
            to_keep(Path::new("*"), None, Some(odd)).as_deref(),
            Ok("/w[[]1[]]/*")
        );
    }
    assert_eq!(keep(""), Err(NotASource::Empty));
}
