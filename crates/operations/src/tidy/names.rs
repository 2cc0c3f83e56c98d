//! What entries are called that come to others of the same name.

use std::path::Path;

/// Names of files that say nothing of what is in them.
const GENERIC: [&str; 8] = [
    "config",
    "kubeconfig",
    "kube",
    "client",
    "admin",
    "default",
    "credentials",
    "",
];

/// Longer names of files are no help in the name of an entry.
const LONGEST: usize = 48;

/// The word that a file's name gives to what comes from it, if it is one.
pub(super) fn word(file: &Path) -> Option<String> {
    let name = file.file_name()?.to_str()?;
    let name = name.trim_start_matches('.');
    let stem = ["yaml", "yml", "json", "conf", "config", "kubeconfig"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending)?.strip_suffix('.'))
        .unwrap_or(name);
    let plain = |letter: char| letter.is_alphanumeric() || "-_.".contains(letter);
    let says = !GENERIC.contains(&stem.to_lowercase().as_str())
        && stem.chars().count() <= LONGEST
        && stem.chars().all(plain);
    says.then(|| stem.to_owned())
}

/// A name that is not taken: the one that is wanted, with the word of its file behind it, or numbered.
pub(super) fn free(wanted: &str, word: Option<&str>, is_taken: impl Fn(&str) -> bool) -> String {
    let wanted = if wanted.is_empty() { "cluster" } else { wanted };
    let with_word = word
        .filter(|word| *word != wanted)
        .map(|word| format!("{wanted}-{word}"));
    let base = with_word.clone().unwrap_or_else(|| wanted.to_owned());
    let numbered = (2_u32..).map(|number| format!("{base}-{number}"));
    let mut names = std::iter::once(wanted.to_owned())
        .chain(with_word)
        .chain(numbered);
    // The range outlasts any kubeconfig.
    names
        .find(|name| !is_taken(name))
        .unwrap_or_else(|| wanted.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gives_its_word_if_it_has_one() {
        for (file, expected) in [
            ("/k/prod.yaml", Some("prod")),
            ("/k/vm-2.kubeconfig", Some("vm-2")),
            ("/k/.kube.yml", None),
            ("/k/config", None),
            ("/k/Kubeconfig.yaml", None),
            ("/k/$(touch owned).yaml", None),
            ("/", None),
        ] {
            assert_eq!(word(Path::new(file)).as_deref(), expected, "{file}");
        }
        let taken = |name: &str| ["a", "a-prod"].contains(&name);
        assert_eq!(free("b", Some("prod"), taken), "b");
        assert_eq!(free("a", Some("prod"), taken), "a-prod-2");
        assert_eq!(free("a", None, taken), "a-2");
        assert_eq!(free("", None, taken), "cluster");
    }
}
