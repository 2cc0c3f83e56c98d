//! The args files: what a service is started with.
//!
//! Two programs read them, and differently. kubelite reads those of the Kubernetes services itself
//! (canonical/microk8s `build-scripts/components/kubernetes/patches/*/0000-Kubelite-integration.patch`,
//! `ReadArgsFromFile`): it drops every quote, splits at spaces, expands variables. All others are read by
//! bash, as `declare -a args="($(cat $SNAP_DATA/args/$app))"` (`microk8s-resources/wrappers/run-*-with-args`),
//! which would run commands in them. Nothing is run here: what only a shell could tell is reported.

mod bash;
mod expand;
mod kubelite;

use std::fmt;

/// Who reads an args file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// kubelite, of the services that run inside it.
    Kubelite,
    /// bash.
    Bash,
}

/// The services that run inside kubelite, where there is one.
pub const KUBERNETES: &[&str] = &[
    "kube-apiserver",
    "kube-controller-manager",
    "kube-proxy",
    "kube-scheduler",
    "kubelet",
];

impl Reader {
    /// Who reads a service's file on a node with or without kubelite.
    pub fn of(service: &str, kubelite: bool) -> Self {
        if kubelite && KUBERNETES.contains(&service) {
            Self::Kubelite
        } else {
            Self::Bash
        }
    }
}

/// What variables stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// `/snap/microk8s/3582`.
    pub snap: String,
    /// `/var/snap/microk8s/3582`.
    pub snap_data: String,
    /// `/var/snap/microk8s/common`.
    pub snap_common: String,
}

impl Environment {
    /// That of a revision; without one, paths go through the links called `current`.
    pub fn of(revision: Option<&str>) -> Self {
        let revision = revision.unwrap_or("current");
        Self {
            snap: format!("/snap/microk8s/{revision}"),
            snap_data: format!("/var/snap/microk8s/{revision}"),
            snap_common: crate::paths::COMMON.to_owned(),
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        match name {
            "SNAP" => Some(&self.snap),
            "SNAP_DATA" => Some(&self.snap_data),
            "SNAP_COMMON" => Some(&self.snap_common),
            "SNAP_NAME" | "SNAP_INSTANCE_NAME" => Some("microk8s"),
            _ => None,
        }
    }
}

/// A flag of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Without dashes; `_` is `-`, as for Kubernetes itself.
    pub name: String,
    /// As it stands in the file, quotes and variables included.
    pub raw: String,
    /// The value with variables expanded; `None` for a flag without one (a boolean, switched on).
    pub value: Option<String>,
    /// The line it begins on, from 1.
    pub line: usize,
    /// What could not be expanded and stands in the value as it is in the file: unknown variables, and
    /// commands, which are never run.
    pub unexpanded: Vec<String>,
}

impl Flag {
    /// The value; `true` for a flag without one.
    pub fn text(&self) -> &str {
        self.value.as_deref().unwrap_or("true")
    }
}

/// Something about a file that its service does not take as it was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub kind: ProblemKind,
}

/// What can be wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// A quote that is never closed: bash starts nothing.
    UnclosedQuote,
    /// A character that means something else to bash outside of quotes: it starts nothing.
    ShellCharacter(char),
    /// A command that bash would run.
    Command(String),
    /// A word that is neither a flag nor the value of one.
    NotAFlag(String),
    /// The line is not UTF-8.
    NotUtf8,
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnclosedQuote => {
                f.write_str("a quote that is never closed: the service does not start")
            }
            Self::ShellCharacter(character) => write!(
                f,
                "{character:?} outside of quotes, which the shell takes for itself: the service does not start"
            ),
            Self::Command(text) => write!(
                f,
                "{text:?} is a command, which is run when the service starts"
            ),
            Self::NotAFlag(word) => write!(f, "{word:?} is neither a flag nor the value of one"),
            Self::NotUtf8 => f.write_str("not UTF-8"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.kind)
    }
}

/// An args file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Args {
    /// The flags in the order of the file; of two with one name the last counts.
    pub flags: Vec<Flag>,
    /// What is wrong with the file, in its order.
    pub problems: Vec<Problem>,
}

/// A word of the file, as its reader makes it.
#[derive(Debug, Default)]
struct Word {
    text: String,
    raw: String,
    line: usize,
    unexpanded: Vec<String>,
}

/// The words that a service is started with, in their order.
pub fn words(bytes: &[u8], environment: &Environment, reader: Reader) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let words = match reader {
        Reader::Kubelite => kubelite::words(&text, environment),
        Reader::Bash => bash::words(&text, environment, &mut Args::default()),
    };
    words.into_iter().map(|word| word.text).collect()
}

impl Args {
    /// Reads a file.
    pub fn parse(bytes: &[u8], environment: &Environment, reader: Reader) -> Self {
        let mut args = Self::default();
        let text = String::from_utf8_lossy(bytes);
        if matches!(text, std::borrow::Cow::Owned(_)) {
            for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
                if std::str::from_utf8(line).is_err() {
                    args.problem(index + 1, ProblemKind::NotUtf8);
                }
            }
        }
        let words = match reader {
            Reader::Kubelite => kubelite::words(&text, environment),
            Reader::Bash => bash::words(&text, environment, &mut args),
        };
        args.flags(words);
        args.problems.sort_by_key(|problem| problem.line);
        args
    }

    fn problem(&mut self, line: usize, kind: ProblemKind) {
        self.problems.push(Problem { line, kind });
    }

    /// Words to flags as pflag takes them: `--name=value`, `--name value`, `--name`. Which flags are
    /// booleans is not known here, so a word that follows and is no flag is a value.
    fn flags(&mut self, words: Vec<Word>) {
        let mut open = false;
        for word in words {
            let name = word.text.trim_start_matches('-');
            if !word.text.starts_with('-') || name.is_empty() {
                match self.flags.last_mut() {
                    Some(flag) if open => {
                        flag.raw = format!("{} {}", flag.raw, word.raw);
                        flag.value = Some(word.text);
                        flag.unexpanded.extend(word.unexpanded);
                    }
                    _ => self.problem(word.line, ProblemKind::NotAFlag(word.text)),
                }
                open = false;
                continue;
            }
            let (name, value) = match name.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (name, None),
            };
            open = value.is_none();
            self.flags.push(Flag {
                name: name.replace('_', "-"),
                value,
                raw: word.raw,
                line: word.line,
                unexpanded: word.unexpanded,
            });
        }
    }

    /// The flag of that name which counts: the last.
    pub fn flag(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().rev().find(|flag| flag.name == name)
    }

    /// The value of the flag which counts; `true` for one without a value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.flag(name).map(Flag::text)
    }

    /// Whether a boolean flag is switched on, as Go's `strconv.ParseBool` reads it.
    pub fn is_on(&self, name: &str) -> Option<bool> {
        match self.get(name)? {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
            _ => Some(false),
        }
    }
}
