//! Which of kubectl's commands change something.

use glob::Pattern;

/// One of kubectl's commands that changes something in a cluster, or runs something there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changing {
    /// The command, as it is typed.
    pub words: &'static str,
    /// What it changes.
    pub what: &'static str,
    /// Whether it takes away what nobody brings back: then a `y` is given too easily.
    pub destroys: bool,
}

const fn changes(words: &'static str, what: &'static str) -> Changing {
    Changing {
        words,
        what,
        destroys: false,
    }
}

const fn destroys(words: &'static str, what: &'static str) -> Changing {
    Changing {
        words,
        what,
        destroys: true,
    }
}

/// All of kubectl's own commands that change something (`kubectl help`, 1.8 to 1.36).
///
/// `port-forward` and `proxy` are not among them: they only open a way, and what is done through it is not seen here.
const CHANGING: [Changing; 32] = [
    changes("annotate", "objects"),
    changes("apply", "objects"),
    changes("attach", "what a container is fed"),
    changes("auth reconcile", "permissions"),
    changes("autoscale", "how many pods run"),
    changes("certificate", "who is given a certificate"),
    changes("cordon", "where pods may run"),
    changes("cp", "files in a container"),
    changes("create", "objects"),
    changes("debug", "pods, and opens a shell in them or on a node"),
    destroys("delete", "objects are gone"),
    destroys("drain", "all pods of a node are gone"),
    changes("edit", "objects"),
    changes("exec", "whatever the command does in the container"),
    changes("expose", "services"),
    changes("label", "objects, and what selects them"),
    changes("patch", "objects"),
    changes("replace", "objects"),
    changes("rollout pause", "whether a change spreads"),
    changes("rollout restart", "all pods are started anew"),
    changes("rollout resume", "whether a change spreads"),
    changes("rollout undo", "which version runs"),
    changes("run", "pods"),
    changes("scale", "how many pods run"),
    changes("set", "objects"),
    changes("taint", "where pods may run"),
    changes("uncordon", "where pods may run"),
    // Of versions before 1.18.
    changes("resize", "how many pods run"),
    changes("rolling-update", "which version runs"),
    changes("run-container", "pods"),
    destroys("stop", "objects are gone"),
    changes("update", "objects"),
];

/// Those of kubectl's commands that have commands of their own.
const PARENTS: [&str; 11] = [
    "alpha",
    "apply",
    "auth",
    "certificate",
    "cluster-info",
    "config",
    "create",
    "plugin",
    "rollout",
    "set",
    "top",
];

/// What a kubectl command line asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// Its words that are no flags, the subcommand first. Values of flags may be among those behind it.
    pub words: Vec<String>,
}

impl Command {
    /// Whether a pattern, or one of the table above, means this command.
    ///
    /// Of the words behind a command that has others below it, any may be the second word: which of them is a
    /// flag's value only kubectl knows, and to ask once too often does less harm.
    pub fn is(&self, pattern: &str) -> bool {
        let mut parts = pattern.split_whitespace();
        let (Some(first), second) = (parts.next(), parts.next()) else {
            return false;
        };
        let Some((own, behind)) = self.words.split_first() else {
            return false;
        };
        matches(first, own)
            && second.is_none_or(|second| behind.iter().any(|word| matches(second, word)))
    }

    /// What it changes, if it is one of kubectl's own that change something.
    pub fn changing(&self) -> Option<&'static Changing> {
        CHANGING.iter().find(|changing| self.is(changing.words))
    }

    /// What it is called: the subcommand, and the one below it where that is known for sure.
    pub fn name(&self) -> String {
        if let Some(changing) = self.changing() {
            return changing.words.to_owned();
        }
        self.words.first().cloned().unwrap_or_default()
    }
}

fn matches(pattern: &str, word: &str) -> bool {
    pattern == word || Pattern::new(pattern).is_ok_and(|pattern| pattern.matches(word))
}

/// Checks a pattern of commands.
///
/// # Errors
/// A text that says what is wrong with it.
pub(super) fn check_pattern(pattern: &str) -> Result<(), String> {
    let shown = kubeconfig::redact::escape(pattern);
    let words: Vec<&str> = pattern.split_whitespace().collect();
    for word in &words {
        Pattern::new(word).map_err(|error| format!("commands: {shown:?}: {error}"))?;
    }
    match words.as_slice() {
        [_] => Ok(()),
        [first, _] if first.contains(['*', '?', '[']) || PARENTS.contains(first) => Ok(()),
        // A plugin's own.
        [first, _] if !CHANGING.iter().any(|changing| changing.words == *first) => Ok(()),
        [first, _] => Err(format!(
            "commands: {shown:?}: kubectl's {first} has no commands below it; what it is about cannot be told apart"
        )),
        [] => Err("commands: an empty word names no command".to_owned()),
        _ => Err(format!(
            "commands: {shown:?}: a command has two words at most, as \"rollout restart\""
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(line: &str) -> Command {
        Command {
            words: line.split(' ').map(str::to_owned).collect(),
        }
    }

    #[test]
    fn tells_what_changes_something() {
        for (line, changes) in [
            ("delete pod x", true),
            ("get delete", false),
            ("rollout restart deploy/x", true),
            ("rollout status deploy/x", false),
            ("rollout app restart deploy", true),
            ("auth can-i", false),
            ("auth reconcile", true),
            ("top node", false),
            ("port-forward x", false),
        ] {
            assert_eq!(command(line).changing().is_some(), changes, "{line}");
        }
    }

    #[test]
    fn patterns_are_of_words() {
        for (pattern, line, is) in [
            ("*", "get po", true),
            ("rollout", "rollout status x", true),
            ("rollout *", "rollout status x", true),
            ("rollout re*", "rollout restart x", true),
            ("rollout re*", "rollout status x", false),
            ("port-*", "port-forward x", true),
            ("neat", "neat get po", true),
            ("delete", "deleted", false),
        ] {
            assert_eq!(command(line).is(pattern), is, "{pattern} {line}");
        }
    }

    #[test]
    fn a_pattern_that_could_not_hold_what_it_seems_to_is_refused() {
        for pattern in ["delete", "rollout restart", "*", "a plugin", "r* undo"] {
            assert_eq!(check_pattern(pattern), Ok(()), "{pattern}");
        }
        for pattern in ["", " ", "delete pod", "a b c", "x["] {
            assert!(check_pattern(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn the_table_is_in_words_that_patterns_know() {
        for changing in CHANGING {
            assert_eq!(check_pattern(changing.words), Ok(()));
            assert!(command(changing.words).changing() == Some(&changing));
        }
    }
}
