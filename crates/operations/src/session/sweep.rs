//! Sessions end with their shells. Nothing is hooked into a shell for that: whoever runs next looks which shells
//! are gone, brings home what is in their sessions, and removes these. What is in the sessions of those that live is
//! brought home, too: it is older than what that command is about to write.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::SystemTime;

use kubeconfig::redact::escape;
use store::Store;
use store::StoreError;

use super::ages::Ages;
use super::ages::written;
use super::file;
use super::file::SessionError;
use super::file::choice_alone;
use super::gone::bury;
use super::gone::kubectls_lock;
use super::gone::lock_of;
use super::guard::Posted;
use super::guard::post;
use super::harvest::HarvestError;
use super::harvest::Harvested;
use super::harvest::harvest;
use super::harvest::tidy_at;
use super::name::is_session;
use super::place::Sessions;
use super::process::Life;
use super::process::Shell;
use super::process::lives;
use crate::choose::Memory;

/// How long a session of another machine, or of one that cannot be asked, is kept after it was last written.
const FORGOTTEN: Duration = Duration::from_hours(30 * 24);

/// How long it is not tried again to bring home what could not be brought home.
const PAUSE: Duration = Duration::from_mins(10);

/// How long the shells are not looked at again where a program has to be asked for that.
const LOOKS: Duration = Duration::from_mins(5);

/// The file whose time says when they were looked at.
const LOOKED: &str = "looked";

/// How long a lock is waited for: another command is what the user wants now.
const LOCK_WAIT: Duration = Duration::from_millis(500);

/// How old a lock is that a kubectl left which was killed, where its shell is gone, too. A living one is done in
/// milliseconds.
const STALE: Duration = Duration::from_mins(1);

/// How often a session that keeps changing is read again.
const ATTEMPTS: u32 = 8;

/// What became of sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// What was brought home.
    pub harvested: Vec<Harvested>,
    /// What could not be brought home and is still there, and why.
    pub kept: Vec<Kept>,
}

/// A session that stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The file.
    pub file: PathBuf,
    /// Why.
    pub cause: String,
}

/// Why a session could not be ended.
#[derive(Debug, thiserror::Error)]
pub enum EndError {
    /// It cannot be read or removed.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// What is in it cannot be brought home.
    #[error(transparent)]
    Harvest(#[from] HarvestError),
    /// It cannot be removed.
    #[error("cannot remove {}: {source}", .file.display())]
    Remove {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Other programs do not stop writing it, or another bowline is at it.
    #[error("other programs are at it")]
    Busy,
}

/// The files of one shell, or of one run.
struct Group {
    shell: Shell,
    run: Option<usize>,
    files: Vec<PathBuf>,
}

impl Group {
    fn session(&self) -> Option<&PathBuf> {
        self.files.iter().find(|file| is_session(file))
    }
}

/// Removes the sessions of shells that are gone, and brings home what is in those of shells that live. `own` are the
/// user's kubeconfigs, for those that do not know their own.
pub fn sweep(store: &Store, sessions: &Sessions, own: &[PathBuf], now: SystemTime) -> Swept {
    let mut swept = Swept::default();
    let store = store.clone().lock_wait(LOCK_WAIT);
    let has_guard = sessions.guard().symlink_metadata().is_ok();
    if has_guard {
        swept.guard(&store, sessions, own);
    }
    let found = sessions.found();
    if found.is_empty() || is_too_soon(sessions, now) {
        return swept;
    }
    let mut files = BTreeMap::<(Shell, Option<usize>), Vec<PathBuf>>::new();
    for (of, file) in found {
        files.entry(of).or_default().push(file);
    }
    let mut groups: Vec<_> = files
        .into_iter()
        .map(|((shell, run), files)| Group { shell, run, files })
        .collect();
    // What was written last has the last word.
    groups.sort_by_key(|group| group.session().and_then(|session| written(session)));
    let shells: Vec<_> = groups.iter().map(|group| &group.shell).collect();
    let lives = lives(&shells);
    if !has_guard && lives.contains(&Life::Alive) {
        swept.guard(&store, sessions, own);
    }
    let mut ages = Ages::default();
    for (group, life) in groups.iter().zip(lives) {
        let gone = match life {
            Life::Alive => false,
            Life::Dead => true,
            Life::Unknown => group
                .files
                .iter()
                .all(|file| is_older(file, FORGOTTEN, now)),
        };
        if gone {
            swept.bury(&store, sessions, group, own, now, &mut ages);
        } else if let (Life::Alive, None, Some(session)) = (life, group.run, group.session()) {
            let brought = of_the_living(&store, sessions, session, own, now, &mut ages);
            swept.harvested.extend(brought);
        }
    }
    swept
}

impl Swept {
    /// The guard stands where a terminal may need it, and is one.
    fn guard(&mut self, store: &Store, sessions: &Sessions, own: &[PathBuf]) {
        // Where it cannot be written, the next command tries again.
        let Ok(Posted { harvested, aside }) = post(store, sessions, own, |_| false) else {
            return;
        };
        self.harvested.extend(harvested);
        self.kept.extend(aside.map(|file| Kept {
            file,
            cause: "it stood in the place of the guard, and nothing could be made of it".to_owned(),
        }));
    }

    /// Ends a session whose shell is gone, and removes what is beside it.
    fn bury(
        &mut self,
        store: &Store,
        sessions: &Sessions,
        group: &Group,
        own: &[PathBuf],
        now: SystemTime,
        ages: &mut Ages,
    ) {
        let session = group.session();
        if let Some(session) = session {
            let memory = sessions.memory(session);
            if is_pausing(&memory, now) {
                return;
            }
            if is_older(&kubectls_lock(session), STALE, now) {
                // What cannot be unlocked is told below.
                let _ = store.unlock(session);
            }
            match end_at(store, sessions, session, own, ages) {
                Ok(harvested) => self.harvested.extend(harvested),
                // Another one is at it.
                Err(
                    EndError::Busy
                    | EndError::Session(SessionError::Store(StoreError::Locked { .. })),
                ) => return,
                Err(EndError::Session(error)) if error.is_damage() => {
                    // Told once: from then on it is no session.
                    if let Ok(Some(file)) = file::aside_damaged(store, session) {
                        let cause = error.to_string();
                        self.kept.push(Kept { file, cause });
                    }
                }
                Err(error) => {
                    pause(store, &memory, now);
                    self.kept.push(Kept {
                        file: session.clone(),
                        cause: error.to_string(),
                    });
                    return;
                }
            }
        }
        for file in &group.files {
            if is_session(file) && file.symlink_metadata().is_ok() {
                // It could not be put aside.
                continue;
            }
            // Litter is no reason to stop.
            let _ = fs::remove_file(file);
        }
        if let Some(session) = session {
            bury(store, sessions, session);
        }
    }
}

/// Brings home what other programs wrote into a session whose shell lives. Where that fails it is told when the shell
/// is gone; until then it is in force there.
fn of_the_living(
    store: &Store,
    sessions: &Sessions,
    file: &Path,
    own: &[PathBuf],
    now: SystemTime,
    ages: &mut Ages,
) -> Option<Harvested> {
    let session = file::read(file).ok().flatten()?;
    if choice_alone(&session) == session {
        return None;
    }
    let memory = sessions.memory(file);
    if is_pausing(&memory, now) {
        return None;
    }
    let _alone = store.alone(&lock_of(file), Duration::ZERO).ok().flatten()?;
    let own = files_of(&memory, own);
    let Ok(harvested) = tidy_at(store, file, &session, &own, ages) else {
        pause(store, &memory, now);
        return None;
    };
    harvested
}

/// The user's kubeconfigs as a terminal has them, as far as it is remembered.
fn files_of(memory: &Path, own: &[PathBuf]) -> Vec<PathBuf> {
    let remembered = Memory::load(memory).memory.files;
    if remembered.is_empty() {
        return own.to_vec();
    }
    remembered
}

/// Whether it failed a moment ago.
fn is_pausing(memory: &Path, now: SystemTime) -> bool {
    let failed = Memory::load(memory).memory.failed;
    let since = |at: u64| now.duration_since(SystemTime::UNIX_EPOCH + Duration::from_secs(at));
    failed.is_some_and(|at| since(at).is_ok_and(|age| age < PAUSE))
}

/// Where nothing can be written it is tried again each time.
fn pause(store: &Store, memory: &Path, now: SystemTime) {
    let seconds = now.duration_since(SystemTime::UNIX_EPOCH);
    let seconds = seconds.unwrap_or_default().as_secs();
    let _ = Memory::update(store, memory, |memory| memory.failed = Some(seconds));
}

/// Brings home what is in a session, and removes it. What its shell chose before stays.
///
/// # Errors
/// [`EndError`]: the session is still there, with all that is in it.
pub fn end(
    store: &Store,
    sessions: &Sessions,
    file: &Path,
    own: &[PathBuf],
) -> Result<Option<Harvested>, EndError> {
    end_at(store, sessions, file, own, &mut Ages::default())
}

fn end_at(
    store: &Store,
    sessions: &Sessions,
    file: &Path,
    own: &[PathBuf],
    ages: &mut Ages,
) -> Result<Option<Harvested>, EndError> {
    let alone = store.alone(&lock_of(file), LOCK_WAIT);
    let Some(_alone) = alone.map_err(SessionError::from)? else {
        return Err(EndError::Busy);
    };
    let own = files_of(&sessions.memory(file), own);
    let mut harvested = None;
    for _ in 0..ATTEMPTS {
        let Some(session) = file::read(file)? else {
            return Ok(harvested);
        };
        harvested = harvest(store, file, &session, &own, ages)?.or(harvested);
        // A kubectl in the background may have written meanwhile, or be about to.
        let _held = store.hold(file).map_err(SessionError::from)?;
        if file::read(file)?.as_ref() == Some(&session) {
            return match fs::remove_file(file) {
                Ok(()) => Ok(harvested),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(harvested),
                Err(source) => Err(EndError::Remove {
                    file: file.to_owned(),
                    source,
                }),
            };
        }
    }
    Err(EndError::Busy)
}

fn is_older(file: &Path, than: Duration, now: SystemTime) -> bool {
    let modified = fs::metadata(file).and_then(|found| found.modified());
    let age = modified.ok().and_then(|at| now.duration_since(at).ok());
    age.is_some_and(|age| age > than)
}

/// Where the system has to be asked by a program, not each command asks it.
fn is_too_soon(sessions: &Sessions, now: SystemTime) -> bool {
    if cfg!(target_os = "linux") {
        return false;
    }
    let looked = sessions.folder().join(LOOKED);
    if looked.exists() && !is_older(&looked, LOOKS, now) {
        return true;
    }
    // Where it cannot be written it is looked each time.
    let _ = fs::write(&looked, b"");
    false
}

impl Kept {
    /// In words.
    pub fn message(&self) -> String {
        format!(
            "what programs of a terminal that was closed wrote into {} could not be brought into your kubeconfig, and stays there: {}",
            escape(&self.file.to_string_lossy()),
            self.cause
        )
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
