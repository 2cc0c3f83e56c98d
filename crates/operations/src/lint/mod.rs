//! What is wrong with kubeconfigs, or will be: findings with their evidence, what follows, and what mends it.
//!
//! The rules are a table ([`RULES`]). The files that installers write give none of them, so that whatever is
//! found is news. Nothing is asked over the network, and no program of a kubeconfig is run.

mod beside;
mod certificate;
mod certificates;
mod credentials;
mod duplicates;
mod evidence;
mod file;
mod files;
mod fix;
mod form;
mod list;
mod material;
mod permissions;
#[cfg(unix)]
#[path = "unix.rs"]
mod platform;
#[cfg(not(unix))]
#[path = "windows.rs"]
mod platform;
mod programs;
mod references;
mod servers;
mod subject;
mod token;

use std::collections::HashMap;
use std::path::Path;
use std::path::PathBuf;

pub use microk8s::Severity;
use serde::Serialize;

use self::beside::Besides;
use self::evidence::Evidence;
pub use self::evidence::Remedy;
use self::file::File;
pub use self::fix::Fix;
pub use self::fix::fix;
use self::subject::Subject;

/// Something wrong with a kubeconfig.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule that found it: a name that stays, for scripts and exceptions.
    pub rule: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// The kubeconfig in which it shows.
    pub file: String,
    /// The line in it, where there is one.
    pub line: Option<usize>,
    /// The entry that it is about.
    pub entry: Option<About>,
    /// How it shows; never a secret.
    pub evidence: String,
    /// What can come of it.
    pub consequence: &'static str,
    /// A command to paste, or what to do where there is none.
    pub remedy: String,
    /// Whether the remedy is a command.
    pub command: bool,
    /// Whether `lint --fix` mends it.
    pub fixable: bool,
    /// How.
    #[serde(skip)]
    pub fix: Option<Fix>,
}

/// An entry of a kubeconfig.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct About {
    /// `cluster`, `user` or `context`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
}

/// What the files do not say.
#[derive(Clone, Copy)]
pub struct Present<'a> {
    /// Now, in seconds since the Unix epoch.
    pub now: i64,
    /// How far ahead the end of a credential is told, in seconds.
    pub horizon: i64,
    /// The home folder.
    pub home: Option<&'a Path>,
    /// Finds a program by its name.
    pub find_program: &'a dyn Fn(&str) -> Option<PathBuf>,
}

/// A kubeconfig to look at.
#[derive(Clone, Debug)]
pub struct Source {
    /// Where it is, as it was named.
    pub path: PathBuf,
    /// What is in it, where it is no file: standard input.
    pub bytes: Option<Vec<u8>>,
}

impl Source {
    /// A file.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            bytes: None,
        }
    }
}

/// What to look at.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Files that clients read together, in their order.
    pub chain: Vec<Source>,
    /// Files that are read each on its own.
    pub alone: Vec<Source>,
    /// The items of `KUBECONFIG` as they stand there, where it names the chain.
    pub list: Option<Vec<PathBuf>>,
}

/// A file that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Looked {
    /// Where it is.
    pub path: String,
    /// What became of reading it: `read`, `missing`, `folder`, `unreadable` or `refused`.
    pub state: &'static str,
    /// How many entries it has.
    pub clusters: usize,
    /// How many entries it has.
    pub users: usize,
    /// How many entries it has.
    pub contexts: usize,
}

/// What was looked at, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The files, in order.
    pub files: Vec<Looked>,
    /// The findings: the gravest first, else in the order of the rules.
    pub findings: Vec<Finding>,
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
    /// What mends it, mostly; in braces what is filled in.
    pub remedy: Remedy,
    check: fn(&Subject<'_>) -> Vec<Evidence>,
}

/// The rules, topic by topic.
pub const RULES: &[&[Rule]] = &[
    files::RULES,
    form::RULES,
    list::RULES,
    permissions::RULES,
    references::RULES,
    duplicates::RULES,
    servers::RULES,
    certificates::RULES,
    credentials::RULES,
    programs::RULES,
];

/// Every rule.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    RULES.iter().flat_map(|rules| rules.iter())
}

/// Looks at kubeconfigs by all rules.
pub fn lint(request: Request, present: &Present<'_>) -> Report {
    let mut report = Report::default();
    let mut seen = Vec::new();
    let chain = read(request.chain);
    seen.extend(
        chain
            .iter()
            .filter_map(|file| file.path.canonicalize().ok()),
    );
    group(&chain, request.list.as_deref(), present, &mut report);
    for source in request.alone {
        let real = source.path.canonicalize().ok();
        // What is in the chain was looked at there.
        if real.as_ref().is_some_and(|real| seen.contains(real)) {
            continue;
        }
        seen.extend(real);
        group(&read(vec![source]), None, present, &mut report);
    }
    let order: HashMap<&str, usize> = rules().map(|rule| rule.id).zip(0..).collect();
    // Stable: those of one rule stay in the order of the files.
    report.findings.sort_by_key(|finding| {
        (
            std::cmp::Reverse(finding.severity),
            order.get(finding.rule).copied(),
        )
    });
    report
}

fn read(sources: Vec<Source>) -> Vec<File> {
    sources.into_iter().map(File::read).collect()
}

fn group(files: &[File], list: Option<&[PathBuf]>, present: &Present<'_>, report: &mut Report) {
    report.files.extend(files.iter().map(File::looked));
    let besides = Besides::read(files);
    let subject = Subject::new(files, list, &besides, present);
    for rule in rules() {
        for evidence in (rule.check)(&subject) {
            report.findings.push(evidence.finding(rule, &subject));
        }
    }
}
