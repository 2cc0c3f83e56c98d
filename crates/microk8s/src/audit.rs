//! What is wrong with a node, or will be: findings with their evidence, what follows, and what mends it.
//!
//! The rules are a table ([`RULES`]). A stock node of any version gives a short list that is known, a
//! hardened one none, so that whatever else is found is news.

mod access;
mod addresses;
mod certificates;
mod files;
mod users;

use std::net::IpAddr;

use machines::Tree;
use serde::Serialize;

use crate::certs;
use crate::certs::CertificateFile;
use crate::credentials;
use crate::credentials::CredentialFile;
use crate::node::Node;
use crate::paths;
use crate::severity::Severity;

/// Something wrong with a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule that found it: a name that stays, for scripts and exceptions.
    pub rule: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// The file in which it shows, by its path on the node.
    pub file: String,
    /// How it shows: lines, values; never a secret.
    pub evidence: String,
    /// What can come of it.
    pub consequence: &'static str,
    /// A command to paste, or what to do where there is none.
    pub remedy: String,
    /// Whether it can be mended without locking anyone out.
    pub fixable: bool,
}

/// What the files do not say.
#[derive(Clone, Copy, Debug)]
pub struct Present<'a> {
    /// Now, in seconds since the Unix epoch.
    pub now: i64,
    /// How far ahead a certificate's end is told, in seconds.
    pub horizon: i64,
    /// The addresses that the node has; empty where they are not known.
    pub addresses: &'a [IpAddr],
}

/// A rule: what it tells, and how it is checked.
pub struct Rule {
    /// Its name, which stays.
    pub id: &'static str,
    /// How much it matters, mostly.
    pub severity: Severity,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// What can come of it.
    pub consequence: &'static str,
    /// A command to paste; `SERVICE` stands for the API server's service.
    pub remedy: &'static str,
    /// Whether it can be mended without locking anyone out.
    pub fixable: bool,
    check: fn(&Subject<'_>) -> Vec<Evidence>,
}

/// All that a rule may look at.
struct Subject<'a> {
    node: &'a Node,
    tree: &'a Tree,
    present: &'a Present<'a>,
    certificates: Vec<CertificateFile>,
    credentials: Vec<CredentialFile>,
}

/// One place where a rule is broken, and what is different there from the rule's row.
struct Evidence {
    /// Below the folder of the revision that runs, or absolute.
    file: String,
    text: String,
    severity: Option<Severity>,
    remedy: Option<String>,
}

impl Evidence {
    fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            text: text.into(),
            severity: None,
            remedy: None,
        }
    }

    fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

/// The rules, topic by topic.
pub const RULES: &[&[Rule]] = &[
    access::RULES,
    users::RULES,
    files::RULES,
    certificates::RULES,
    addresses::RULES,
];

/// Checks a node by all rules: the gravest findings first, else in the order of the rules.
pub fn audit(node: &Node, tree: &Tree, present: &Present<'_>) -> Vec<Finding> {
    let subject = Subject {
        node,
        tree,
        present,
        certificates: certs::read(tree, paths::DATA),
        credentials: credentials::read(tree, paths::DATA, present.now, &|token| node.bearer(token)),
    };
    let mut findings: Vec<Finding> = RULES
        .iter()
        .flat_map(|rules| rules.iter())
        .flat_map(|rule| {
            let found = (rule.check)(&subject);
            found.into_iter().map(|evidence| Finding {
                rule: rule.id,
                severity: evidence.severity.unwrap_or(rule.severity),
                title: rule.title,
                file: if evidence.file.starts_with('/') {
                    evidence.file
                } else {
                    paths::data(&evidence.file)
                },
                evidence: evidence.text,
                consequence: rule.consequence,
                remedy: evidence
                    .remedy
                    .unwrap_or_else(|| rule.remedy.replace("SERVICE", node.apiserver_service())),
                fixable: rule.fixable,
            })
        })
        .collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}

fn days(seconds: i64) -> i64 {
    seconds.div_euclid(86_400)
}
