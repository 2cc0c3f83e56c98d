//! Runs a sequence in both folders and compares.

use std::path::Path;
use std::path::PathBuf;

use serde_json::Value;

use crate::deviations::DEVIATIONS;
use crate::dice::Coverage;
use crate::meaning::same_meaning;
use crate::normal;
use crate::scene::Scene;
use crate::side::Files;
use crate::side::Outcome;
use crate::side::Side;

/// Runs bowline; a planted bug does something else around it.
pub(crate) type Runner = fn(&Side, &[String]) -> Outcome;

/// The kubectl to compare with.
pub(crate) struct Oracle {
    pub(crate) path: PathBuf,
}

/// One call, in both folders.
pub(crate) struct Seen<'a> {
    pub(crate) argv: &'a [String],
    pub(crate) ours: Outcome,
    pub(crate) theirs: Outcome,
    /// What differs in the files.
    pub(crate) files: Vec<String>,
    pub(crate) our_files: (&'a Files, &'a Files),
    pub(crate) their_files: (&'a Files, &'a Files),
}

impl Seen<'_> {
    pub(crate) fn subcommand(&self) -> &str {
        let mut words = self.argv.iter().skip_while(|word| *word != "config");
        words.nth(1).map(String::as_str).unwrap_or_default()
    }

    /// Bowline wrote nothing.
    pub(crate) fn untouched(&self) -> bool {
        self.our_files.0 == self.our_files.1
    }
}

/// The differences of a sequence, empty where there is none; uses of deviations are counted.
pub(crate) fn play(
    scene: &Scene,
    oracle: &Oracle,
    run: Runner,
    deviations: &mut Coverage,
) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let bowline = Path::new(env!("CARGO_BIN_EXE_bowline"));
    let ours = Side::new(folder.path(), "ours", bowline, scene);
    let theirs = Side::new(folder.path(), "kube", &oracle.path, scene);
    let (mut our_files, mut their_files) = (ours.files(), theirs.files());
    let first = (our_files.clone(), their_files.clone());
    for argv in &scene.calls {
        let (our_outcome, their_outcome) = (run(&ours, argv), theirs.run(argv));
        let (our_before, their_before) = (our_files, their_files);
        (our_files, their_files) = (ours.files(), theirs.files());
        let mut seen = Seen {
            argv,
            ours: our_outcome,
            theirs: their_outcome,
            files: files(&our_files, &their_files),
            our_files: (&our_before, &our_files),
            their_files: (&their_before, &their_files),
        };
        normal::outcomes(&mut seen);
        if seen.files.is_empty() && normal::same(&seen) {
            continue;
        }
        let deviation = DEVIATIONS.iter().find(|row| (row.recognised)(&seen));
        let checked = match deviation {
            Some(row) => (row.check)(&seen).map_err(|error| format!("{}: {error}", row.name)),
            None => Err("a difference".to_owned()),
        };
        if let Err(error) = checked {
            return vec![describe(&seen, &error)];
        }
        if let Some(row) = deviation {
            *deviations.entry(row.name.to_owned()).or_default() += 1;
            if row.ends {
                return vec![];
            }
        }
    }
    let mut differences = Vec::new();
    for path in our_files.keys() {
        if first.0.get(path) == our_files.get(path) && first.1.get(path) == their_files.get(path) {
            continue;
        }
        let [our_view, their_view] = [&ours, &theirs].map(|side| side.view(&oracle.path, path));
        if normal::view(&our_view.stdout) != normal::view(&their_view.stdout)
            || our_view.exit != their_view.exit
        {
            differences.push(format!(
                "kubectl reads {path} so:\n  {our_view:?}\n  {their_view:?}\n  ours: {}",
                text(&our_files, path)
            ));
        }
    }
    differences
}

fn files(ours: &Files, theirs: &Files) -> Vec<String> {
    let mut differences = Vec::new();
    for (path, (content, mode)) in theirs {
        match ours.get(path) {
            None => differences.push(format!("{path} is missing")),
            Some((own, own_mode)) => {
                if own_mode != mode {
                    differences.push(format!("{path}: mode {own_mode:o} in place of {mode:o}"));
                }
                if own != content
                    && let Err(difference) = same_meaning(content, own)
                {
                    differences.push(format!("{path}: {difference}"));
                }
            }
        }
    }
    let more = ours.keys().filter(|path| !theirs.contains_key(*path));
    differences.extend(more.map(|path| format!("{path} should not be there")));
    differences
}

fn describe(seen: &Seen<'_>, what: &str) -> String {
    use std::fmt::Write as _;
    let mut text = format!("{what}: {:?}\n", seen.argv);
    for (name, ours, theirs) in [
        ("stdout", &seen.ours.stdout, &seen.theirs.stdout),
        ("stderr", &seen.ours.stderr, &seen.theirs.stderr),
    ] {
        if ours != theirs {
            write!(
                text,
                "  {name}\n    ours: {ours:?}\n    kubectl: {theirs:?}\n"
            )
            .unwrap();
        }
    }
    let (ours, theirs) = (seen.ours.exit, seen.theirs.exit);
    writeln!(text, "  exit: ours {ours:?}, kubectl {theirs:?}").unwrap();
    for difference in &seen.files {
        writeln!(text, "  {difference}").unwrap();
    }
    for (path, (before, _)) in seen.our_files.0 {
        let after = seen.our_files.1.get(path);
        if after.is_none_or(|(after, _)| after != before) || !seen.files.is_empty() {
            let before = String::from_utf8_lossy(before);
            writeln!(
                text,
                "  {path} was:\n{before}\n  and is:\n{}",
                self::text(seen.our_files.1, path)
            )
            .unwrap();
        }
    }
    text
}

fn text(files: &Files, path: &str) -> String {
    let content = files.get(path).map(|(content, _)| content.as_slice());
    String::from_utf8_lossy(content.unwrap_or_default()).into_owned()
}

/// A tree, or nothing.
pub(crate) fn json(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}
