//! What was found, what it means, and the one command that mends it.

use serde::Serialize;

use super::catalogue::Kind;
use crate::failure::Rung;

/// One thing that was found; its JSON form is documented in docs/doctor.md.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Its name, which stays.
    pub id: &'static str,
    /// Its rung.
    pub rung: Rung,
    /// Whether it breaks the connection; otherwise it is a warning.
    pub breaks: bool,
    /// What was seen, escaped.
    pub seen: String,
    /// What it means.
    pub meaning: &'static str,
    /// What mends it.
    pub mend: Mend,
    /// Other ways, where there is a choice.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<Alternative>,
}

impl Finding {
    pub(super) fn new(kind: &Kind, seen: impl Into<String>, mend: Mend) -> Self {
        Self {
            id: kind.id,
            rung: kind.rung,
            breaks: kind.breaks,
            seen: seen.into(),
            meaning: kind.meaning,
            mend,
            alternatives: Vec::new(),
        }
    }
}

/// Where a command is to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum At {
    /// On this machine.
    Here,
    /// On the machine that the cluster runs on.
    Node,
    /// Anywhere, by an administrator of the cluster.
    Administrator,
    /// There is no command; the text says what to do.
    Hand,
}

/// What mends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Mend {
    /// Where.
    pub at: At,
    /// The command, as it is typed.
    pub command: Option<String>,
    /// Its arguments behind the program's name, where the program is bowline: `--fix` runs it.
    pub arguments: Option<Vec<String>>,
    /// A command for the node, as it is typed here, where it is known how to get there.
    pub from_here: Option<String>,
    /// What to do where no command does it, or what else is to be done.
    pub text: Option<String>,
}

impl Mend {
    /// A command of ours.
    pub(super) fn ours(arguments: &[&str]) -> Self {
        let arguments: Vec<String> = arguments.iter().map(|&text| text.to_owned()).collect();
        let typed: Vec<_> = arguments.iter().map(|text| typed(text)).collect();
        Self {
            at: At::Here,
            command: Some(format!("bowline {}", typed.join(" "))),
            arguments: Some(arguments),
            from_here: None,
            text: None,
        }
    }

    /// A command of this machine.
    pub(super) fn here(command: impl Into<String>) -> Self {
        Self::at(At::Here, command)
    }

    /// A command somewhere.
    pub(super) fn at(at: At, command: impl Into<String>) -> Self {
        Self {
            at,
            command: Some(command.into()),
            arguments: None,
            from_here: None,
            text: None,
        }
    }

    /// No command does it.
    pub(super) fn hand(text: impl Into<String>) -> Self {
        Self {
            at: At::Hand,
            command: None,
            arguments: None,
            from_here: None,
            text: Some(text.into()),
        }
    }

    /// The same, with something else to be said.
    pub(super) fn and(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }
}

/// An argument as a shell takes it; a flag of ours stays one.
fn typed(text: &str) -> String {
    let is_flag = text.strip_prefix("--").is_some_and(|flag| {
        flag.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-=._:/@[]".contains(&b))
    });
    if is_flag {
        // Brackets of an IPv6 address are a pattern to a shell.
        if text.contains('[') {
            return format!("'{text}'");
        }
        return text.to_owned();
    }
    if text == "--" {
        return text.to_owned();
    }
    crate::failure::argument(text)
}

/// Another way to mend it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alternative {
    /// What it does.
    pub title: &'static str,
    /// The commands, in order.
    pub commands: Vec<String>,
}

/// How a rung was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Right.
    Ok,
    /// Right, with something to be said.
    Warning,
    /// Broken.
    Broken,
    /// Not looked at, because an earlier rung is broken.
    NotReached,
    /// Not looked at for another reason.
    Skipped,
}

/// One rung of the ladder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Which.
    pub rung: Rung,
    /// How it is.
    pub state: Outcome,
    /// The fact behind it, escaped; may be empty.
    pub fact: String,
}

/// The ladder of one context while it is being climbed.
#[derive(Debug, Default)]
pub(super) struct Ladder {
    facts: Vec<(Rung, Outcome, String)>,
    findings: Vec<Finding>,
}

impl Ladder {
    /// A rung that is right.
    pub(super) fn ok(&mut self, rung: Rung, fact: impl Into<String>) {
        self.facts.push((rung, Outcome::Ok, fact.into()));
    }

    /// A rung that is not looked at.
    pub(super) fn skip(&mut self, rung: Rung, why: impl Into<String>) {
        self.facts.push((rung, Outcome::Skipped, why.into()));
    }

    pub(super) fn find(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    pub(super) fn findings_mut(&mut self) -> &mut Vec<Finding> {
        &mut self.findings
    }

    /// The steps and findings, in the order of the ladder.
    pub(super) fn finish(mut self) -> (Vec<Step>, Vec<Finding>) {
        // Stable: of two on one rung the first found stays first; what breaks goes before what does not.
        self.findings
            .sort_by_key(|finding| (finding.rung, !finding.breaks));
        let steps = Rung::ALL.into_iter().map(|rung| {
            let mut here = self.findings.iter().filter(|finding| finding.rung == rung);
            let known = self.facts.iter().rfind(|(at, ..)| *at == rung);
            let (state, fact) = match (here.next(), known) {
                (Some(finding), _) if finding.breaks => (Outcome::Broken, finding.seen.clone()),
                (Some(_), Some((_, Outcome::Ok, fact))) => (Outcome::Warning, fact.clone()),
                (Some(finding), _) => (Outcome::Warning, finding.seen.clone()),
                (None, Some((_, state, fact))) => (*state, fact.clone()),
                (None, None) => (Outcome::NotReached, String::new()),
            };
            Step { rung, state, fact }
        });
        (steps.collect(), self.findings)
    }
}
