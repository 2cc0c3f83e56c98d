//! What a sequence begins with, and its calls.

use crate::commands::Commands;
use crate::commands::Focus;
use crate::config;
use crate::dice::Coverage;
use crate::dice::Dice;
use crate::text;

/// A sequence of calls on a folder.
pub(crate) struct Scene {
    /// Path and content. `$DIR` stands for the folder, in all that follows too.
    pub(crate) files: Vec<(String, Vec<u8>)>,
    /// The value of KUBECONFIG; without one it is not set.
    pub(crate) kubeconfig: Option<String>,
    /// The folder to work in.
    pub(crate) cwd: &'static str,
    pub(crate) calls: Vec<Vec<String>>,
    pub(crate) covered: Coverage,
}

/// Files that paths and templates name.
pub(crate) const BESIDE: [(&str, &str); 6] = [
    ("certs/ca.crt", "CA\n"),
    ("empty.crt", ""),
    ("d/in", ""),
    ("t.jsonpath", "{.contexts[*].name}"),
    ("t.gotemplate", "{{range .users}}{{.name}} {{end}}"),
    ("work/empty.crt", ""),
];

impl Scene {
    pub(crate) fn new(seed: u64, focus: Option<Focus>) -> Self {
        let mut dice = Dice::new(seed);
        let place = dice.production(&[
            "one file",
            "one file",
            "several files",
            "several files",
            "home",
            "flag",
            "absolute",
            "relative",
        ]);
        let (kubeconfig, paths, cwd): (_, &[&str], _) = match place {
            "one file" => (Some("$DIR/a.yaml"), &["a.yaml"], ""),
            "several files" => match dice.below(5) {
                0 => (
                    Some("a.yaml:missing/b.yaml:c.yaml"),
                    &["a.yaml", "c.yaml"],
                    "",
                ),
                1 => (
                    Some("missing.yaml:a.yaml:sub/b.yaml"),
                    &["a.yaml", "sub/b.yaml"],
                    "",
                ),
                2 => (
                    Some("$DIR/a.yaml::$DIR/sub/b.yaml:$DIR/a.yaml"),
                    &["a.yaml", "sub/b.yaml"],
                    "",
                ),
                3 => (Some("none/a.yaml:none/b.yaml"), &[], ""),
                _ => (
                    Some("a.yaml:b.yaml:sub/c.yaml"),
                    &["a.yaml", "b.yaml", "sub/c.yaml"],
                    "",
                ),
            },
            "home" => (None, &["home/.kube/config"], ""),
            "flag" => (Some(""), &["home/.kube/config", "sub/f.yaml"], ""),
            "absolute" => (
                Some("$DIR/sub/a.yaml:$DIR/b.yaml"),
                &["sub/a.yaml", "b.yaml"],
                "work",
            ),
            _ => (Some("../sub/a.yaml"), &["sub/a.yaml"], "work"),
        };
        let mut names = Vec::new();
        let mut files = Vec::new();
        for path in paths {
            let tree = config::tree(&mut dice);
            for list in ["clusters", "users", "contexts"] {
                let entries = tree[list].as_array().map(Vec::as_slice).unwrap_or_default();
                let found = entries.iter().filter_map(|entry| entry["name"].as_str());
                names.extend(found.map(|name| (list, name.to_owned())));
            }
            let bytes = text::file(&mut dice, &tree);
            files.push(((*path).to_owned(), bytes));
        }
        let count = 1 + dice.below(5);
        let up = if cwd.is_empty() { "" } else { "../" };
        let mentioned = paths.iter().chain(&["new.yaml"]);
        let mut commands = Commands {
            names,
            files: mentioned.map(|path| format!("{up}{path}")).collect(),
            dice: &mut dice,
        };
        let mut calls: Vec<_> = (0..count).map(|_| commands.call(focus)).collect();
        if place == "flag" {
            for call in calls.iter_mut().filter(|call| call.len() > 1) {
                call.push("--kubeconfig=sub/f.yaml".to_owned());
            }
        }
        // Where several variables are new, kubectl writes them in any order: nothing may follow.
        let several = |call: &Vec<String>| {
            call.iter()
                .filter(|word| word.starts_with("--exec-env"))
                .count()
                > 1
        };
        if let Some(at) = calls.iter().position(several) {
            calls.truncate(at + 1);
        }
        Self {
            files,
            kubeconfig: kubeconfig.map(str::to_owned),
            cwd,
            calls,
            covered: dice.covered(),
        }
    }
}
