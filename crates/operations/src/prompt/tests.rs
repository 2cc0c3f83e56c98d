use super::*;

const TEXT: &str = "current-context: dev\ncontexts:\n- {name: dev, context: {cluster: c, user: u, namespace: team}}\n- {name: b, context: {cluster: c, user: u}}\n";

/// Long after everything was written.
const LATER: Duration = Duration::from_secs(1 << 40);

struct Scene {
    folder: tempfile::TempDir,
    store: Store,
    cache: PathBuf,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        Self {
            cache: state.join(FILE),
            store: Store::new(state),
            folder,
        }
    }

    fn paths(&self, names: &[&str]) -> Vec<PathBuf> {
        let names = names.iter();
        names.map(|name| self.folder.path().join(name)).collect()
    }

    fn look_at(&self, paths: &[PathBuf], of: Option<&str>, now: Duration) -> Looked {
        look(Some((&self.store, &self.cache)), paths, paths, of, now).unwrap()
    }

    fn remembered(&self, paths: &[PathBuf], of: Option<&str>, more: bool) -> Option<Said> {
        let known = Remembered::load(&self.cache);
        known.answer(paths, of, more).cloned()
    }
}

fn said(context: &str, namespace: &str) -> Said {
    Said {
        context: context.to_owned(),
        namespace: namespace.to_owned(),
    }
}

#[test]
fn a_file_that_stays_as_it_is_is_not_read_again_and_one_that_changes_is() {
    let scene = Scene::new();
    let paths = scene.paths(&["none", "config"]);
    fs::write(&paths[1], TEXT).unwrap();
    let now = std::time::SystemTime::now();
    let now = now.duration_since(std::time::UNIX_EPOCH).unwrap();
    let known = |of| scene.remembered(&paths, of, false);
    // It was just written.
    assert_eq!(scene.look_at(&paths, None, now).said, said("dev", "team"));
    assert_eq!(known(None), None);
    assert_eq!(scene.look_at(&paths, None, LATER).said, said("dev", "team"));
    assert_eq!(known(None), Some(said("dev", "team")));
    assert_eq!(known(Some("b")), None);
    assert_eq!(scene.remembered(&paths[..1], None, false), None);
    scene.look_at(&paths, Some("b"), LATER);
    assert_eq!(known(Some("b")), Some(said("b", "")));
    assert!(known(None).is_some());
    // Another file in its place, of the same size.
    let new = scene.folder.path().join("new");
    fs::write(&new, TEXT.replace("team", "meat")).unwrap();
    fs::rename(&new, &paths[1]).unwrap();
    assert_eq!(known(None), None);
    scene.look_at(&paths, None, LATER);
    assert_eq!(known(None), Some(said("dev", "meat")));
    // One that was not there.
    fs::write(&paths[0], "").unwrap();
    assert_eq!(known(None), None);
    for damaged in ["", "{", "{\"schema\":1,\"answers\":[]}"] {
        fs::write(&scene.cache, damaged).unwrap();
        assert_eq!(known(None), None);
    }
}

#[test]
fn what_stands_behind_the_file_that_decides_does_not_count() {
    let scene = Scene::new();
    let paths = scene.paths(&["a", "b", "c"]);
    fs::write(&paths[0], "current-context: far\n").unwrap();
    fs::write(&paths[1], TEXT).unwrap();
    fs::write(&paths[2], TEXT.replace("dev", "far")).unwrap();
    // Of two files, nobody knows what a third one says.
    let looked = scene.look_at(&paths[..2], None, LATER);
    assert!(!looked.is_decided);
    let far = Some(said("far", ""));
    assert_eq!(scene.remembered(&paths[..2], None, false), far);
    assert_eq!(scene.remembered(&paths[..2], None, true), None);
    assert_eq!(scene.remembered(&paths, None, false), None);
    let looked = scene.look_at(&paths, None, LATER);
    assert!(looked.is_decided);
    assert_eq!(looked.said, said("far", "team"));
    // The one that has it decides.
    let dev = Some(said("dev", "team"));
    assert!(scene.look_at(&paths, Some("dev"), LATER).is_decided);
    fs::write(&paths[2], "").unwrap();
    for (count, more) in [(2, true), (2, false), (3, true), (3, false)] {
        assert_eq!(scene.remembered(&paths[..count], Some("dev"), more), dev);
    }
    assert_eq!(scene.remembered(&paths[..1], Some("dev"), false), None);
    // The choice of the first counts, though another has the context.
    fs::write(&paths[0], "current-context: dev\n").unwrap();
    scene.look_at(&paths, None, LATER);
    assert_eq!(scene.remembered(&paths[..2], None, true), dev);
    fs::write(&paths[0], "current-context: b\n\n").unwrap();
    assert_eq!(scene.remembered(&paths[..2], None, false), None);
}

/// A file that is no kubeconfig today may be one tomorrow, and come first.
#[test]
fn what_is_watched_counts_as_well() {
    let scene = Scene::new();
    let watched = scene.paths(&["a", "b"]);
    fs::write(&watched[0], "- no kubeconfig\n").unwrap();
    fs::write(&watched[1], TEXT).unwrap();
    let keep = Some((&scene.store, scene.cache.as_path()));
    look(keep, &watched[1..], &watched, None, LATER).unwrap();
    assert!(scene.remembered(&watched, None, false).is_some());
    fs::write(&watched[0], TEXT.replace("team", "other")).unwrap();
    assert_eq!(scene.remembered(&watched, None, false), None);
}

#[test]
fn the_cache_is_small_however_many_files_there_are() {
    let scene = Scene::new();
    let mut paths: Vec<_> = (0..1000)
        .map(|number| scene.folder.path().join(format!("none-{number}")))
        .collect();
    paths.push(scene.folder.path().join("config"));
    fs::write(&paths[1000], TEXT).unwrap();
    for number in 0..40 {
        scene.look_at(&paths, Some(&format!("c{number}")), LATER);
    }
    let bytes = fs::read(&scene.cache).unwrap();
    assert!(bytes.len() < 4096, "{}", bytes.len());
    let kept = parse(&bytes);
    assert_eq!(kept.len(), KEPT);
    assert_eq!(kept[0].of.as_deref(), Some("c39"));
}
