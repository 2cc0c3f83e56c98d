//! Why does this context fail? One rung at a time, from the files outward.
//!
//! Every rung that can be looked at is, also behind a broken one, so that two faults at once are both known;
//! the first broken rung is the verdict. Nothing secret is sent before the peer is proved to be the cluster.
//!
//! | module | rungs |
//! |---|---|
//! | `files`, `entries` | the kubeconfigs, and what a context in them leads to |
//! | `name`, `switch` | the name's addresses, and who says so |
//! | `route`, `reach`, `absent`, `proxy` | the way there; whether anybody answers |
//! | `unproved` | entries by which nobody can be proved |
//! | `stranger`, `certificate` | who it is, if it is not the cluster; names, validity, clocks |
//! | `form`, `plugin` | what the credential looks like |
//! | `session` | whether it is accepted |
//! | `permission`, `health` | what it may do, how the server is |
//! | `node` | certificates of the nodes |
//!
//! `catalogue` is the table of everything that can be found; `distribution` that of the commands for nodes.

mod absent;
pub mod catalogue;
mod certificate;
mod diagnose;
mod distribution;
mod entries;
mod files;
mod finding;
mod form;
mod health;
mod name;
mod node;
mod permission;
mod plugin;
mod proxy;
mod reach;
mod route;
mod session;
mod stranger;
mod switch;
mod unproved;

#[cfg(unix)]
#[path = "unix.rs"]
mod platform;
#[cfg(windows)]
#[path = "windows.rs"]
mod platform;

use std::ffi::OsString;
use std::path::PathBuf;

use futures_util::StreamExt as _;
use identity::Limits;
use serde::Serialize;

pub use self::files::Files;
pub use self::finding::Alternative;
pub use self::finding::At;
pub use self::finding::Finding;
pub use self::finding::Mend;
pub use self::finding::Outcome;
pub use self::finding::Step;
use crate::authorities;
use crate::state::State;
use crate::world::World;
use crate::world::now;

/// How many contexts are looked at at once, as `status` does.
const AT_ONCE: usize = 64;

/// With more contexts than these, nobody is looked for elsewhere: that is what `heal` is for.
const LOOKED_FOR: usize = 8;

/// Where the kubeconfigs come from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The files, as bowline reads them.
    pub paths: Vec<PathBuf>,
    /// `--kubeconfig`.
    pub flag: Option<PathBuf>,
    /// `KUBECONFIG` as it is written.
    pub list: Option<OsString>,
}

/// How to look.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where names may have been given addresses by hand.
    pub hosts_files: Vec<PathBuf>,
    /// Whether exec plugins may be run.
    pub run_plugins: bool,
    /// Finds a program on PATH.
    pub find_program: fn(&str) -> Option<PathBuf>,
    /// How long each probe waits.
    pub limits: Limits,
}

/// What is known of one context; its JSON form is documented in docs/doctor.md.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnosis {
    /// The context; `None` where none is chosen.
    pub context: Option<String>,
    /// Its cluster entry.
    pub cluster: Option<String>,
    /// Its user entry.
    pub user: Option<String>,
    /// The file that holds the cluster entry.
    pub file: Option<String>,
    /// The server, without user info.
    pub server: Option<String>,
    /// Whether nothing is broken.
    pub healthy: bool,
    /// The first broken finding, by its name.
    pub verdict: Option<&'static str>,
    /// Every rung, in order.
    pub rungs: Vec<Step>,
    /// Everything that was found, in the order of the ladder.
    pub findings: Vec<Finding>,
}

impl Diagnosis {
    /// The first broken finding.
    pub fn broken(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.breaks)
    }
}

/// Diagnoses contexts: those named, or all, or the current one. What was proved is remembered.
pub async fn doctor(
    world: &World,
    state: &State,
    sources: &Sources,
    named: &[String],
    all: bool,
    options: &Options,
) -> Vec<Diagnosis> {
    let files = Files::read(sources);
    let contexts = files.chosen(named, all);
    let case = diagnose::Case {
        world,
        state,
        files: &files,
        sources,
        options,
        looks: contexts.len() <= LOOKED_FOR,
    };
    let looked_at: Vec<_> = futures_util::stream::iter(contexts)
        .map(|context| diagnose::diagnose(&case, context))
        .buffered(AT_ONCE)
        .collect()
        .await;
    let mut diagnoses = Vec::new();
    let mut learnt = Vec::new();
    for (diagnosis, lesson) in looked_at {
        diagnoses.push(diagnosis);
        learnt.extend(lesson);
    }
    if !learnt.is_empty() {
        // What was learnt is a convenience: a diagnosis that cannot be remembered is still one.
        let proved: Vec<_> = learnt
            .iter()
            .filter_map(diagnose::Lesson::authority)
            .collect();
        if !proved.is_empty() {
            let _ = authorities::remember(&world.store, &proved);
        }
        let _ = State::update(&world.store, &world.state_file, |state| {
            let now = now();
            for lesson in &learnt {
                lesson.teach(state, now);
            }
        });
    }
    diagnoses
}
