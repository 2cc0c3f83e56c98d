//! How much something matters.

use serde::Serialize;

/// How much a fact about a node matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing has to be done.
    Info,
    /// Worth mending when there is time.
    Low,
    /// Something does not work, will stop working, or helps an attacker who is already inside.
    Medium,
    /// Who reaches the node, or has one weak credential of it, has the cluster.
    High,
}

impl Severity {
    /// Its name in tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What is to be thought of a setting: how much it matters, and why in one sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Judgement {
    /// How much it matters.
    pub severity: Severity,
    /// Why, in one sentence.
    pub sentence: String,
}

impl Judgement {
    pub(crate) fn new(severity: Severity, sentence: impl Into<String>) -> Self {
        Self {
            severity,
            sentence: sentence.into(),
        }
    }
}
