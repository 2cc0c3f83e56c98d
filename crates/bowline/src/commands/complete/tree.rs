//! The command line itself: subcommands, flags, and what their values are.

use clap::Arg;
use clap::Command;

use super::answer::Answer;
use super::names;
use super::names::Names;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    Names(Names),
    Files,
    Folders,
    /// Nobody can know.
    Anything,
}

/// What the values of arguments are, by what help calls them. The first that fits counts.
const BY_NAME: [(&str, Value); 12] = [
    ("NEW", Value::Anything),
    ("CONTEXT", Value::Names(Names::Contexts)),
    ("CTX", Value::Names(Names::Contexts)),
    ("PATTERN", Value::Names(Names::Contexts)),
    ("NAMESPACE", Value::Names(Names::Namespaces)),
    ("NS", Value::Names(Names::Namespaces)),
    ("CLUSTER", Value::Names(Names::Clusters)),
    ("USER", Value::Names(Names::Users)),
    ("FILE", Value::Files),
    ("WHAT", Value::Files),
    ("PATH", Value::Files),
    ("DIR", Value::Folders),
];

/// Those of which the name says something else: subcommand, argument.
const EXCEPTIONS: [(&str, &str, Value); 8] = [
    // Of a file that is not in the chain yet.
    ("add", "context", Value::Anything),
    ("use", "context", Value::Names(Names::Choices)),
    ("exec", "command", Value::Files),
    ("edit", "copy", Value::Files),
    // Users of a node are not those of a kubeconfig.
    ("users", "user", Value::Anything),
    ("node", "user", Value::Anything),
    ("rename", "name", Value::Anything),
    ("copy", "name", Value::Anything),
];

/// What could stand behind these words.
pub(super) fn candidates(before: &[String], current: &str) -> Answer {
    let mut root = crate::cli::command();
    root.build();
    let mut place = Place::new(&root);
    for word in before {
        place.go(word);
    }
    place.candidates(current)
}

/// Where in the command line the cursor is.
struct Place<'a> {
    command: &'a Command,
    /// The flag whose value comes next.
    pending: Option<&'a Arg>,
    /// Words that belong to no flag.
    given: Vec<String>,
    /// Only words come: there was a `--`.
    words_only: bool,
    kubeconfig: Option<String>,
}

impl<'a> Place<'a> {
    fn new(command: &'a Command) -> Self {
        Self {
            command,
            pending: None,
            given: Vec::new(),
            words_only: false,
            kubeconfig: None,
        }
    }

    /// Goes past a word.
    fn go(&mut self, word: &str) {
        if let Some(flag) = self.pending.take() {
            if flag.get_long() == Some("kubeconfig") {
                self.kubeconfig = Some(word.to_owned());
            }
            return;
        }
        if self.words_only {
            self.given.push(word.to_owned());
        } else if word == "--" {
            self.words_only = true;
            // What comes is another argument than what came.
            if self.command.get_positionals().any(Arg::is_last_set) {
                self.given.clear();
            }
        } else if let Some(flag) = word.strip_prefix("--") {
            let (name, value) = flag.split_once('=').unzip();
            if name == Some("kubeconfig") {
                self.kubeconfig = value.map(str::to_owned);
            }
            if value.is_none() {
                self.pending = self.long(flag).filter(|flag| takes_next(flag));
            }
        } else if let Some(flags) = word.strip_prefix('-').filter(|flags| !flags.is_empty()) {
            self.pending = self.short(flags);
        } else if let Some(command) = self.subcommand(word) {
            self.command = command;
        } else {
            self.given.push(word.to_owned());
        }
    }

    fn subcommand(&self, word: &str) -> Option<&'a Command> {
        self.command
            .find_subcommand(word)
            .filter(|_| self.given.is_empty())
    }

    fn long(&self, name: &str) -> Option<&'a Arg> {
        let mut flags = self.command.get_arguments();
        flags.find(|flag| flag.get_long() == Some(name))
    }

    /// The flag whose value comes next, behind short ones: the last of them, if none before it takes what follows.
    fn short(&self, flags: &str) -> Option<&'a Arg> {
        let mut rest = flags.chars();
        while let Some(char) = rest.next() {
            let mut all = self.command.get_arguments();
            let flag = all.find(|flag| flag.get_short() == Some(char))?;
            if takes_next(flag) {
                return rest.as_str().is_empty().then_some(flag);
            }
        }
        None
    }

    fn candidates(&self, current: &str) -> Answer {
        if let Some(flag) = self.pending {
            return self.values(flag);
        }
        if !self.words_only && current.starts_with('-') && current != "-" {
            if let Some((flag, _)) = current.split_once('=') {
                let found = flag.strip_prefix("--").and_then(|name| self.long(name));
                return found.map_or_else(Answer::default, |found| {
                    self.values(found).behind(&format!("{flag}="))
                });
            }
            return self.flags();
        }
        let mut answer = Answer::default();
        if self.given.is_empty() && !self.words_only {
            for command in self.command.get_subcommands() {
                if !command.is_hide_set() {
                    let about = command.get_about().map(ToString::to_string);
                    answer.add(command.get_name(), &about.unwrap_or_default());
                }
            }
        }
        if current == "-" {
            return self.flags();
        }
        if let Some(argument) = self.positional() {
            let mut values = self.values(argument);
            // A name that looks like a flag can only stand behind `--`, and nobody wants one twice.
            values.candidates.retain(|candidate| {
                (self.words_only || !candidate.word.starts_with('-'))
                    && !self.given.contains(&candidate.word)
            });
            if answer.candidates.is_empty() {
                return values;
            }
            answer.candidates.append(&mut values.candidates);
        }
        answer
    }

    fn positional(&self) -> Option<&'a Arg> {
        let is_last = |argument: &&Arg| argument.is_last_set();
        if self.words_only
            && let Some(argument) = self.command.get_positionals().find(is_last)
        {
            return Some(argument);
        }
        let mut left = self.given.len();
        for argument in self.command.get_positionals() {
            let several = argument
                .get_num_args()
                .is_some_and(|range| range.max_values() > 1);
            let appends = matches!(argument.get_action(), clap::ArgAction::Append);
            if argument.is_last_set() {
                return None;
            }
            if left == 0 || several || appends {
                return Some(argument);
            }
            left -= 1;
        }
        None
    }

    fn flags(&self) -> Answer {
        let mut answer = Answer::default();
        for flag in self.command.get_arguments() {
            if let (Some(name), false) = (flag.get_long(), flag.is_hide_set()) {
                let help = flag.get_help().map(ToString::to_string).unwrap_or_default();
                answer.add(&format!("--{name}"), &help);
            }
        }
        answer
    }

    fn values(&self, argument: &Arg) -> Answer {
        let mut answer = Answer::default();
        for value in argument.get_possible_values() {
            if !value.is_hide_set() {
                let help = value.get_help().map(ToString::to_string);
                answer.add(value.get_name(), &help.unwrap_or_default());
            }
        }
        if !answer.candidates.is_empty() {
            return answer;
        }
        match value_of(self.command, argument) {
            Value::Names(kind) => names::of(kind, self.kubeconfig.as_deref()),
            Value::Files => Answer::files(),
            Value::Folders => Answer::folders(),
            Value::Anything => answer,
        }
    }
}

/// Whether the value of a flag is the next word.
fn takes_next(flag: &Arg) -> bool {
    flag.get_action().takes_values()
        && !flag.is_require_equals_set()
        && flag
            .get_num_args()
            .is_none_or(|range| range.max_values() > 0)
}

fn value_of(command: &Command, argument: &Arg) -> Value {
    let id = argument.get_id().as_str();
    let exception = EXCEPTIONS
        .iter()
        .find(|(subcommand, name, _)| *subcommand == command.get_name() && *name == id);
    if let Some((_, _, value)) = exception {
        return *value;
    }
    let called = match argument.get_value_names() {
        Some(names) => names
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("|"),
        None => id.to_owned(),
    };
    let called = called.to_ascii_uppercase();
    let mut parts = called
        .split(['|', '-', '_', ' '])
        .map(|part| part.trim_end_matches('S'));
    parts
        .find_map(|part| {
            let fits = |(name, _): &&(&str, Value)| name.trim_end_matches('S') == part;
            BY_NAME.iter().find(fits)
        })
        .map_or(Value::Anything, |(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str, current: &str) -> Vec<String> {
        let before: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let answer = candidates(&before, current);
        answer
            .candidates
            .into_iter()
            .map(|candidate| candidate.word)
            .collect()
    }

    #[test]
    fn subcommands_flags_and_their_values() {
        assert!(words("", "").iter().any(|word| word == "heal"));
        assert!(words("node", "").iter().any(|word| word == "audit"));
        assert!(words("heal", "--").iter().any(|word| word == "--dry-run"));
        assert_eq!(words("status -o", ""), words("status --output", ""));
        assert!(words("status -o", "").iter().any(|word| word == "json"));
        let attached = words("status", "--output=");
        assert!(attached.iter().any(|word| word == "--output=json"));
        assert!(words("init", "").iter().any(|word| word == "powershell"));
        assert_eq!(words("history", "zzz"), ["show", "purge", "help"]);
    }

    #[test]
    fn values_are_known_by_what_help_calls_them() {
        let mut root = crate::cli::command();
        root.build();
        let value = |path: &str, id: &str| {
            let command = path.split(' ').fold(&root, |command, name| {
                command.find_subcommand(name).unwrap()
            });
            value_of(
                command,
                command
                    .get_arguments()
                    .find(|argument| argument.get_id() == id)
                    .unwrap(),
            )
        };
        assert_eq!(value("heal", "contexts"), Value::Names(Names::Contexts));
        assert_eq!(value("heal", "kubeconfig"), Value::Files);
        assert_eq!(value("heal", "at"), Value::Anything);
        assert_eq!(value("unlock", "files"), Value::Files);
        assert_eq!(value("add", "context"), Value::Anything);
        assert_eq!(value("node", "root"), Value::Folders);
    }
}
