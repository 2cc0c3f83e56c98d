//! The names that somebody meant who typed one that does not exist.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::Path;

use kubeconfig::redact::escape;

use crate::session;

/// More are no help.
const MOST: usize = 3;

/// Longer names are not compared: the work grows with the square.
const LONGEST: usize = 128;

/// A part of a name is told from a chance by this many letters.
const PART: usize = 3;

/// How many names are told where none is near.
const SHOWN: usize = 8;

/// The nearest of the known names, the best first; none where nothing is near.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let folded = typed.to_lowercase();
    let letters = folded.chars().count();
    if letters == 0 || letters > LONGEST {
        return Vec::new();
    }
    let mut near: Vec<(usize, &str)> = known
        .into_iter()
        .filter_map(|name| Some((apart(&folded, letters, name)?, name)))
        .collect();
    near.sort_unstable();
    near.dedup();
    near.truncate(MOST);
    near.into_iter().map(|(_, name)| name).collect()
}

/// How far a name is from what was typed (in small letters, so many); `None` where it is a stranger.
fn apart(typed: &str, letters: usize, name: &str) -> Option<usize> {
    // No letter takes more bytes than four.
    if name.len() > 4 * LONGEST {
        return None;
    }
    let name = name.to_lowercase();
    let length = name.chars().count();
    // One slip in three letters, and at least one; another letter for each is no likeness.
    let most = (letters / 3).max(1);
    if length <= LONGEST && length.abs_diff(letters) <= most {
        let slips = strsim::osa_distance(typed, &name);
        if slips <= most && slips < letters {
            return Some(slips);
        }
    }
    // A part of a name is how people abbreviate it: `prod` of `gke_project_europe-west1_prod`.
    let is_part = letters >= PART && name.contains(typed);
    let has_part = length >= PART && typed.contains(&name);
    (is_part || has_part).then_some(most + 1)
}

/// What an error says after `there is no context NAME in FILES`: which may be meant, or which there are.
pub fn hint(typed: &str, known: &[String]) -> String {
    if known.is_empty() {
        return ", which has no contexts: take one in with `bowline add FILE`".to_owned();
    }
    let guess = guess(typed, known.iter().map(String::as_str));
    if guess.is_empty() {
        return format!("; there are: {}", listed(known));
    }
    guess
}

/// What an error says after a name that is not known; nothing where none of the known ones is near.
pub fn guess<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    did_you_mean(nearest(typed, known))
}

/// The question whether one of these is meant; nothing where there are none.
pub fn did_you_mean<'a>(near: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<_> = near.into_iter().map(escape).collect();
    if names.is_empty() {
        return String::new();
    }
    format!("; did you mean {}?", names.join(", or "))
}

/// A name for a sentence; one of no letters must be seen too.
pub fn shown(name: &str) -> Cow<'_, str> {
    if name.trim().is_empty() {
        return Cow::Owned(format!("`{}`", escape(name)));
    }
    escape(name)
}

/// The files of a chain for a sentence, and which of them do not exist: a KUBECONFIG of separators alone names none.
pub fn files<'a>(paths: impl Iterator<Item = &'a Path>) -> String {
    let paths: Vec<_> = paths
        // What a terminal chose is in no file that a person knows.
        .filter(|path| !session::is_ours(path))
        .map(|path| {
            let missing = matches!(path.try_exists(), Ok(false));
            let missing = if missing { " (no such file)" } else { "" };
            format!("{}{missing}", escape(&path.to_string_lossy()))
        })
        .collect();
    if paths.is_empty() {
        return "KUBECONFIG, which names no file".to_owned();
    }
    paths.join(", ")
}

/// Names for a sentence; of many, the first.
pub fn listed(names: &[String]) -> String {
    let shown: Vec<_> = names.iter().take(SHOWN).map(|name| escape(name)).collect();
    let mut text = shown.join(", ");
    if let Some(more @ 1..) = names.len().checked_sub(SHOWN) {
        let _ = write!(text, " and {more} more");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_or_a_part_is_understood_and_a_stranger_is_not() {
        let known = [
            "dev",
            "prod-eu",
            "prod-us",
            "microk8s",
            "日本語",
            "gke_project_west_staging",
            "ab",
        ];
        for (typed, meant) in [
            ("dve", &["dev"][..]),
            ("DEV", &["dev"]),
            ("dev-cluster", &["dev"]),
            ("prod-ue", &["prod-eu", "prod-us"]),
            ("prod-eu1", &["prod-eu", "prod-us"]),
            ("mikrok8s", &["microk8s"]),
            ("prod", &["prod-eu", "prod-us"]),
            ("日本", &["日本語"]),
            ("staging", &["gke_project_west_staging"]),
            ("minikube", &[]),
            ("", &[]),
            ("x", &[]),
        ] {
            assert_eq!(nearest(typed, known), meant, "{typed}");
        }
        let long = "x".repeat(5000);
        assert_eq!(nearest(&long, known), [""; 0]);
        assert_eq!(nearest("dev", [long.as_str()]), [""; 0]);
        assert_eq!(nearest("dev", ["dev", "dev"]), ["dev"]);
    }

    #[test]
    fn a_guess_is_a_question_or_nothing() {
        assert_eq!(guess("dve", ["dev", "prod"]), "; did you mean dev?");
        assert_eq!(guess("strange", ["dev", "prod"]), "");
        let hostile = did_you_mean(["a\u{1b}[m", "b"]);
        assert_eq!(hostile, "; did you mean a\\x1b[m, or b?");
    }

    #[test]
    fn what_is_empty_is_said() {
        assert_eq!(shown(""), "``");
        assert_eq!(shown("a b"), "a b");
        assert_eq!(files([].into_iter()), "KUBECONFIG, which names no file");
        let folder = tempfile::tempdir().unwrap();
        let paths = [folder.path().join("a"), folder.path().join("b\u{1b}")];
        std::fs::write(&paths[0], "").unwrap();
        assert_eq!(
            files(paths.iter().map(|path| &**path)),
            format!(
                "{}, {folder}/b\\x1b (no such file)",
                paths[0].display(),
                folder = folder.path().display()
            )
        );
    }

    #[test]
    fn of_many_only_the_best_are_told() {
        let many: Vec<String> = (0..1000).map(|number| format!("ctx-{number}")).collect();
        assert_eq!(
            hint("ctx-70x", &many),
            "; did you mean ctx-70, or ctx-700, or ctx-701?"
        );
        assert_eq!(
            hint("unlike", &many),
            "; there are: ctx-0, ctx-1, ctx-2, ctx-3, ctx-4, ctx-5, ctx-6, ctx-7 and 992 more"
        );
        assert_eq!(listed(&many[..8]).matches(", ").count(), 7);
        assert_eq!(
            hint("a\u{1b}", &["a\u{1b}[m".to_owned()]).find('\u{1b}'),
            None
        );
    }
}
