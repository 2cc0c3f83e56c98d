//! `bowline config`, whose grammar is kubectl's.

use super::answer::Answer;
use super::names;
use super::names::Names;

/// Its subcommands, and what their first word names.
const SUBCOMMANDS: [(&str, &str, Option<Names>); 17] = [
    ("current-context", "Print the current context", None),
    ("delete-cluster", "Delete a cluster", Some(Names::Clusters)),
    ("delete-context", "Delete a context", Some(Names::Contexts)),
    ("delete-user", "Delete a user", Some(Names::Users)),
    ("get-clusters", "List clusters", None),
    ("get-contexts", "List contexts", Some(Names::Contexts)),
    ("get-users", "List users", None),
    ("rename-cluster", "Rename a cluster", Some(Names::Clusters)),
    ("rename-context", "Rename a context", Some(Names::Contexts)),
    ("rename-user", "Rename a user", Some(Names::Users)),
    ("set", "Set a value", None),
    ("set-cluster", "Set a cluster", Some(Names::Clusters)),
    ("set-context", "Set a context", Some(Names::Contexts)),
    ("set-credentials", "Set a user", Some(Names::Users)),
    ("unset", "Remove a value", None),
    (
        "use-context",
        "Set the current context",
        Some(Names::Contexts),
    ),
    ("view", "Show the merged kubeconfig", None),
];

pub(super) fn candidates(before: &[String], current: &str) -> Answer {
    let mut kubeconfig = None;
    let mut words: Vec<&str> = Vec::new();
    let mut pending = None;
    for word in before {
        match pending.take() {
            Some("--kubeconfig") => kubeconfig = Some(word.as_str()),
            Some(_) => {}
            None if word.starts_with('-') => match word.split_once('=') {
                Some(("--kubeconfig", value)) => kubeconfig = Some(value),
                Some(_) => {}
                None => pending = takes_value(word),
            },
            None => words.push(word),
        }
    }
    match pending {
        Some("--kubeconfig") => return Answer::files(),
        Some(flag) => {
            return names::of_flag(flag)
                .map_or_else(Answer::default, |kind| names::of(kind, kubeconfig));
        }
        None => {}
    }
    if let Some((flag, _)) = current.split_once('=').filter(|_| current.starts_with('-')) {
        return names::of_flag(flag).map_or_else(Answer::default, |kind| {
            names::of(kind, kubeconfig).behind(&format!("{flag}="))
        });
    }
    let mut answer = Answer::default();
    let Some((subcommand, given)) = words.split_first() else {
        for (name, help, _) in SUBCOMMANDS {
            answer.add(name, help);
        }
        return answer;
    };
    let kind = SUBCOMMANDS
        .iter()
        .find(|(name, _, _)| name == subcommand)
        .and_then(|(_, _, kind)| *kind);
    match kind {
        Some(kind) if given.is_empty() => names::of(kind, kubeconfig),
        _ => answer,
    }
}

/// The flag, if its value is the next word. Of those that it is unknown of, none takes one.
fn takes_value(flag: &str) -> Option<&'static str> {
    let mut known = names::FLAGS.iter().map(|(name, _)| *name).chain([
        "--kubeconfig",
        "--server",
        "-o",
        "--output",
    ]);
    known.find(|name| *name == flag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subcommands_come_first() {
        let names = |before: &[&str]| -> Vec<String> {
            let before: Vec<String> = before.iter().map(|&word| word.to_owned()).collect();
            let answer = candidates(&before, "");
            answer
                .candidates
                .into_iter()
                .map(|candidate| candidate.word)
                .collect()
        };
        assert_eq!(names(&[]).len(), 17);
        assert_eq!(names(&["--namespace=x"]).len(), 17);
        assert_eq!(names(&["-o", "json"]).len(), 17);
        assert!(names(&["view"]).is_empty());
        assert_eq!(
            candidates(&["--kubeconfig".to_owned()], ""),
            Answer::files()
        );
    }
}
