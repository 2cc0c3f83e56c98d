//! The other kubeconfigs of this machine: copies of an entry that nobody would think of.
//!
//! MicroK8s' installer writes one that its own `microk8s kubectl` uses and that nothing renews
//! (canonical/microk8s `installer/common/file_utils.py`), tools keep theirs, people keep some per project.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::sync::mpsc;
use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use futures_util::future::join_all;
use identity::Authority;
use identity::Limits;
use identity::Proof;
use kubeconfig::Document;
use kubeconfig::redact::escape;
use locate::candidate::is_this_machine;

use crate::check::Checked;
use crate::check::check;
use crate::followable::Followable;
use crate::kubeconfigs::Kubeconfigs;
use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;
use crate::second_fact::is_at;
use crate::state::State;
use crate::world::World;

/// More files than anybody keeps kubeconfigs in; a pattern that names more names something else.
const MOST_FILES: usize = 256;

/// Larger than any kubeconfig: ten thousand entries are 58 MiB.
const MOST_BYTES: u64 = 128 << 20;

/// A pattern may lead through a whole disk, and somebody waits.
const PATIENCE: Duration = Duration::from_secs(2);

/// More places of one cluster than are asked about at once.
const MOST_OLDER: usize = 16;

/// Kubeconfigs outside the chain.
#[derive(Debug, Default)]
pub struct Copies {
    /// Those that could be read.
    pub members: Vec<(PathBuf, Document)>,
    /// What could not be looked at, each with the file or pattern and the cause.
    pub unreadable: Vec<String>,
    /// Entries that name an older place of the node, where it does not answer any more.
    older: BTreeSet<(PathBuf, String)>,
}

impl Copies {
    /// Reads all files that the settings' patterns match, and those of MicroK8s' installer; those of the chain
    /// are left out. One that cannot be read keeps no other from being mended.
    pub fn load(world: &World, kubeconfigs: &Kubeconfigs) -> Self {
        let mut copies = Self::default();
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let mut seen: BTreeSet<PathBuf> = kubeconfigs.paths.iter().map(|path| real(path)).collect();
        let (named, unmatched) = matched(&world.settings.kubeconfigs);
        copies.unreadable.extend(unmatched);
        for path in world.second_copies.iter().cloned().chain(named) {
            // A pipe would be waited for.
            let file = path.metadata().ok().filter(std::fs::Metadata::is_file);
            let Some(file) = file.filter(|_| seen.insert(real(&path))) else {
                continue;
            };
            if file.len() > MOST_BYTES {
                let path = path.display();
                copies
                    .unreadable
                    .push(format!("{path}: larger than any kubeconfig"));
                continue;
            }
            match store::read(&path) {
                Ok(None) => {}
                Ok(Some(bytes)) => match Document::parse(bytes) {
                    Ok(document) if document.config().clusters.is_empty() => {}
                    Ok(document) => copies.members.push((path, document)),
                    Err(error) => copies
                        .unreadable
                        .push(format!("{}: {error}", path.display())),
                },
                Err(error) => copies.unreadable.push(error.to_string()),
            }
        }
        copies
    }

    /// Whether an entry names an older place of the node, where it does not answer any more.
    pub(super) fn is_older(&self, path: &Path, cluster: &str) -> bool {
        self.older.contains(&(path.to_owned(), cluster.to_owned()))
    }

    /// Finds entries of the same cluster that name a place where this node was before: on record for its
    /// key, or in MicroK8s' own copy, whose one cluster it is. One that still answers is nobody's to change, and
    /// what is not followed neither follows this way nor leads others to where it is itself.
    pub async fn find_older(
        &mut self,
        world: &World,
        state: &State,
        target: &Target,
        proof: &Proof,
        limits: &Limits,
    ) {
        let Trust::Authority { authority, .. } = &target.trust else {
            return;
        };
        let follows = |entry: &Target| {
            let hints = world.settings.hints(&entry.name);
            Followable::of(&entry.cluster, &entry.server, &hints) == Followable::Yes
        };
        if !follows(target) || is_this_machine(proof.address.ip()) {
            return;
        }
        let mut doubtful: Vec<Target> = Vec::new();
        for (path, document) in &self.members {
            for entry in &document.config().clusters {
                let data = entry.value.certificate_authority_data.as_deref();
                if data.is_some_and(|data| !authority.may_share_key(data)) {
                    continue;
                }
                let Ok(other) = Target::read(path, &entry.name, &entry.value) else {
                    continue;
                };
                let elsewhere = other.server.to_string() != target.server.to_string()
                    && other.literal() != Some(proof.address.ip());
                let sole = world.second_copies.contains(path);
                if elsewhere
                    && follows(&other)
                    && is_same_authority(&other, authority)
                    && was_here(&other, authority, state, proof).unwrap_or(sole)
                    && doubtful.len() < MOST_OLDER
                {
                    doubtful.push(other);
                }
            }
        }
        let checks = doubtful.iter().map(|other| check(world, other, limits));
        let answers = join_all(checks).await;
        for (other, answer) in doubtful.iter().zip(answers) {
            if !matches!(answer, Checked::Proved(..) | Checked::Unprovable(_)) {
                self.older.insert((other.file.clone(), other.name.clone()));
            }
        }
    }
}

/// The files that the settings' patterns match, and what is wrong with patterns that match nothing that can be
/// read.
pub fn matched(patterns: &[String]) -> (Vec<PathBuf>, Vec<String>) {
    let (mut paths, mut wrong) = (Vec::new(), Vec::new());
    let (sender, receiver) = mpsc::sync_channel(MOST_FILES);
    let deadline = Instant::now() + PATIENCE;
    for pattern in patterns {
        let about = |what: &str| format!("{} (config.toml): {what}", escape(pattern));
        // A walk through folders cannot be interrupted. One that takes too long is left to itself.
        let (sender, walked) = (sender.clone(), pattern.clone());
        let walk = thread::Builder::new().spawn(move || walk(&walked, &sender));
        if let Err(error) = walk {
            wrong.push(about(&error.to_string()));
            continue;
        }
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match receiver.recv_timeout(left) {
                Ok(Walked::File(path)) if paths.len() < MOST_FILES => paths.push(path),
                Ok(Walked::File(_)) => {
                    let most = format!("more than {MOST_FILES} files; the rest is left alone");
                    wrong.push(about(&most));
                    return (paths, wrong);
                }
                Ok(Walked::Wrong(error)) => wrong.push(about(&error)),
                Ok(Walked::End) => break,
                Err(_) => {
                    let seconds = PATIENCE.as_secs();
                    wrong.push(about(&format!(
                        "not looked through within {seconds} s; the rest is left alone"
                    )));
                    return (paths, wrong);
                }
            }
        }
    }
    (paths, wrong)
}

enum Walked {
    File(PathBuf),
    Wrong(String),
    End,
}

/// Tells what a pattern matches, until nobody listens any more.
fn walk(pattern: &str, sender: &SyncSender<Walked>) {
    /// More folders that may not be read are no news.
    const MOST_WRONG: usize = 8;
    let options = glob::MatchOptions {
        require_literal_separator: true,
        ..glob::MatchOptions::default()
    };
    let mut wrong = 0;
    match glob::glob_with(pattern, options) {
        Err(error) => {
            let _ = sender.send(Walked::Wrong(error.to_string()));
        }
        Ok(entries) => {
            for entry in entries {
                let said = match entry {
                    Ok(path) if !path.is_file() => continue,
                    Ok(path) => Walked::File(path),
                    Err(error) => {
                        wrong += 1;
                        if wrong > MOST_WRONG {
                            continue;
                        }
                        Walked::Wrong(error.to_string())
                    }
                };
                if sender.send(said).is_err() {
                    return;
                }
            }
        }
    }
    let _ = sender.send(Walked::End);
}

fn is_same_authority(other: &Target, authority: &Authority) -> bool {
    matches!(&other.trust, Trust::Authority { authority: theirs, .. } if theirs.keys() == authority.keys())
}

/// Whether this very node was at the place that an entry names; `None` where nothing is known of it. A place that
/// the cluster lists as another of its API servers is that one's, whether it answers or not.
fn was_here(other: &Target, authority: &Authority, state: &State, proof: &Proof) -> Option<bool> {
    let mut there = state
        .endpoints(authority)
        .filter(|endpoint| is_at(other, endpoint))
        .peekable();
    if there.peek().is_some() {
        return Some(there.all(|endpoint| endpoint.leaf == proof.leaf.key));
    }
    let place = SocketAddr::new(other.literal()?, other.server.port);
    let mut known = state.endpoints(authority);
    known
        .any(|endpoint| endpoint.members.contains(&place))
        .then_some(false)
}
