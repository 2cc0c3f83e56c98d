//! Contexts that are protected: which of kubectl's commands are asked about there, or refused.
//!
//! Only `k` asks. Any other program reads the same kubeconfig and is not held back: this is a rail, no wall.

mod change;
mod commands;
mod lift;

pub use change::protect;
pub use change::unprotect;
pub use commands::Changing;
pub use commands::Command;
use commands::check_pattern;
pub use lift::LONGEST;
pub use lift::Lift;
pub use lift::Lifts;
pub use lift::LiftsError;

use std::collections::BTreeMap;

use glob::Pattern;
use kubeconfig::redact::escape;
use serde::Deserialize;

use crate::settings::Guarding;
use crate::settings::Protection;
use crate::settings::VERSION;

/// What every file that protects something has in it. One without it need not be parsed.
const KEY: &str = "protect";

/// Why it cannot be known what is protected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GuardsError {
    /// Not text, not TOML, or a `[protect]` that this program does not know.
    #[error("{0}")]
    Unreadable(String),
    /// From a newer program.
    #[error("it is of version {0}, this bowline knows up to {VERSION}: update bowline")]
    Newer(i64),
    /// The name of a table is no pattern.
    #[error("[protect.{0:?}]: {1}")]
    Pattern(String, String),
}

/// Everything that is protected.
#[derive(Clone, Debug, Default)]
pub struct Guards {
    rules: Vec<Rule>,
}

/// One `[protect."pattern"]`.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The pattern of contexts' names.
    pub pattern: String,
    /// Patterns of kubectl's commands; none means all that change something.
    pub commands: Vec<String>,
    /// What happens to such a command.
    pub action: Guarding,
    glob: Pattern,
}

impl Rule {
    /// Reads a pattern and its table.
    ///
    /// # Errors
    /// [`GuardsError::Pattern`].
    pub fn new(pattern: &str, protection: &Protection) -> Result<Self, GuardsError> {
        let wrong = |why: String| GuardsError::Pattern(escape(pattern).into_owned(), why);
        let glob = Pattern::new(pattern).map_err(|error| wrong(error.to_string()))?;
        for command in &protection.commands {
            check_pattern(command).map_err(wrong)?;
        }
        Ok(Self {
            pattern: pattern.to_owned(),
            commands: protection.commands.clone(),
            action: protection.action,
            glob,
        })
    }

    /// Whether a context is one of those. A name may look like a pattern: it always stands for itself.
    pub fn covers(&self, context: &str) -> bool {
        self.pattern == context || self.glob.matches(context)
    }

    /// Whether a command is one of those.
    pub fn holds(&self, command: &Command) -> bool {
        if self.commands.is_empty() {
            return command.changing().is_some();
        }
        self.commands.iter().any(|pattern| command.is(pattern))
    }
}

/// As much of `config.toml` as matters here: a mistake elsewhere in it must not take the protection away.
#[derive(Deserialize)]
struct Part {
    version: Option<i64>,
    #[serde(default)]
    protect: BTreeMap<String, Protection>,
}

impl Guards {
    /// Reads the content of `config.toml`. In front of every kubectl call, so a file that protects nothing is not
    /// parsed.
    ///
    /// # Errors
    /// [`GuardsError`]; then anything may be protected.
    pub fn read(content: &[u8]) -> Result<Self, GuardsError> {
        // UTF-16, which PowerShell writes, is none of it: nothing in it would be found.
        let text = std::str::from_utf8(content)
            .map_err(|_| GuardsError::Unreadable("it is not UTF-8".to_owned()))?;
        if !text.contains(KEY) {
            return Ok(Self::default());
        }
        let part: Part = toml::from_str(text)
            .map_err(|error| GuardsError::Unreadable(error.to_string().trim_end().to_owned()))?;
        if let Some(version) = part.version
            && version > i64::from(VERSION)
        {
            return Err(GuardsError::Newer(version));
        }
        Self::of(&part.protect)
    }

    /// Takes the tables as they were read.
    ///
    /// # Errors
    /// [`GuardsError::Pattern`].
    pub fn of(protect: &BTreeMap<String, Protection>) -> Result<Self, GuardsError> {
        let rules = protect
            .iter()
            .map(|(pattern, protection)| Rule::new(pattern, protection));
        Ok(Self {
            rules: rules.collect::<Result<_, _>>()?,
        })
    }

    /// All rules, by their patterns.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rules that hold a command in a context, the strictest first.
    pub fn on(&self, context: &str, command: &Command) -> Vec<&Rule> {
        let mut rules: Vec<&Rule> = self
            .rules
            .iter()
            .filter(|rule| rule.covers(context) && rule.holds(command))
            .collect();
        rules.sort_by_key(|rule| rule.action != Guarding::Refuse);
        rules
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

    fn patterns(text: &str, context: &str, line: &str) -> Vec<String> {
        let guards = Guards::read(text.as_bytes()).unwrap();
        let rules = guards.on(context, &command(line));
        rules.iter().map(|rule| rule.pattern.clone()).collect()
    }

    #[test]
    fn patterns_of_contexts_cover_whatever_stands_in_a_name() {
        for (pattern, context, covered) in [
            ("prod", "prod", true),
            ("prod", "prod-eu", false),
            ("prod*", "prod-eu", true),
            ("*prod*", "arn:aws:eks:eu-west-1:1:cluster/prod", true),
            ("prod-??", "prod-eu", true),
            ("a[bc]", "ab", true),
            ("a[bc]", "a[bc]", true),
            ("*", "", true),
            ("Prod", "prod", false),
        ] {
            let text = format!("[protect.'{pattern}']\n");
            let covers = !patterns(&text, context, "delete").is_empty();
            assert_eq!(covers, covered, "{pattern} {context}");
        }
    }

    #[test]
    fn the_strictest_of_several_rules_comes_first() {
        let text = "[protect.'*']\n[protect.'prod*']\naction = 'refuse'\ncommands = ['drain']\n";
        assert_eq!(patterns(text, "prod", "drain"), ["prod*", "*"]);
        assert_eq!(patterns(text, "prod", "delete"), ["*"]);
        assert_eq!(patterns(text, "dev", "drain"), ["*"]);
        assert!(patterns(text, "prod", "get").is_empty());
    }

    #[test]
    fn what_is_wrong_elsewhere_takes_no_protection_away() {
        let text = "nonsense = 1\n[clusters.x]\nfolow = 3\n[protect.prod]\n";
        assert_eq!(patterns(text, "prod", "delete"), ["prod"]);
    }

    #[test]
    fn what_cannot_be_read_may_protect_anything() {
        for text in [
            &b"[protect.prod\n"[..],
            b"[protect.prod]\naction = 'ask'\n",
            b"[protect.prod]\ncomands = []\n",
            b"[protect.'prod[']\n",
            b"[protect.prod]\ncommands = ['delete pod x']\n",
            b"version = 2\n[protect.prod]\n",
            b"\xff\xfe[\0p\0r\0o\0t\0e\0c\0t\0",
        ] {
            let read = Guards::read(text);
            assert!(read.is_err(), "{}", text.escape_ascii());
        }
        assert!(Guards::read(b"broken [").unwrap().rules().is_empty());
    }
}
