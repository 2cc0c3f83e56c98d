//! Changes of ours that another program took back without meaning to.
//!
//! kubectl writes the differences between what it read at first and what it made of it: an entry that
//! appeared in between is a difference too, and is deleted; one that was changed gets its old value
//! back (client-go `tools/clientcmd/config.go`, `ModifyConfig`). Nobody is told. The journal knows what
//! we wrote, so it can be told at the next run, and be written again.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::SystemTime;

use kubeconfig::Config;
use kubeconfig::EditError;
use kubeconfig::List;
use store::EntryState;
use store::Recent;
use store::Rewrite;
use store::Store;
use store::StoreError;
use store::UpdateError;

use crate::modify::LoadError;
use crate::modify::Member;
use crate::modify::PatchError;
use crate::modify::Wanted;
use crate::modify::note;
use crate::modify::note::Touched;

/// How far back is looked, in entries of the journal.
const LOOKED_AT: usize = 100;

/// How long after a change of ours another program may still have lost it by mistake: it read the file
/// before, and wrote it after. kubectl needs 15 s for 58 MB. Later, it knew our change and meant it.
const MOMENTS: Duration = Duration::from_mins(1);

/// How much older than the file an entry may be to be looked at.
const OLDEST: Duration = Duration::from_mins(10);

/// The file of the state folder that says which lost changes were told.
const TOLD: &str = "told.json";

/// A change of ours that is no longer in its file, though nothing of ours undid it.
#[derive(Clone, Debug)]
pub struct Lost {
    /// Its number in the history.
    pub group: u64,
    /// What it was.
    pub summary: String,
    /// The file.
    pub file: PathBuf,
    /// The entries that are what they were before.
    pub entries: Vec<Touched>,
}

/// Why a lost change could not be found, or not be made again.
#[derive(Debug, thiserror::Error)]
pub enum LostError {
    /// The file or the journal cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file is no kubeconfig.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The change cannot be made in this file.
    #[error("{}: {source}", .path.display())]
    Edit {
        /// The file.
        path: PathBuf,
        /// Why.
        source: EditError,
    },
}

/// Finds the lost changes of a file, the oldest first.
///
/// Costs next to nothing while nobody else has written the file since our last change.
///
/// # Errors
/// See [`LostError`].
pub fn find(store: &Store, file: &Path) -> Result<Vec<Lost>, LostError> {
    let Ok(file) = fs::canonicalize(file) else {
        return Ok(Vec::new());
    };
    let Ok(metadata) = fs::metadata(&file) else {
        return Ok(Vec::new());
    };
    let changed = metadata.modified().ok();
    let mut recent = Vec::new();
    for entry in store.recent()?.take(LOOKED_AT) {
        let entry = entry?;
        let age =
            changed.and_then(|changed| changed.duration_since(entry.details.summary.time).ok());
        if age.is_some_and(|age| age > OLDEST) {
            break;
        }
        recent.push(entry);
    }
    let mine: Vec<_> = recent
        .iter()
        .filter(|entry| entry.details.summary.path == file)
        .collect();
    let foreign = foreign_writes(&metadata, &mine);
    if foreign.is_empty() {
        return Ok(Vec::new());
    }
    let undone: BTreeSet<u64> = recent
        .iter()
        .filter_map(|entry| entry.details.undoes)
        .collect();
    let mut seen = BTreeSet::new();
    let mut candidates = Vec::new();
    for (at, entry) in mine.iter().enumerate() {
        let details = &entry.details;
        if details.undoes.is_some() {
            continue;
        }
        // What a change without a note did is not known; nothing before it can be judged.
        let Some(note) = &details.note else {
            break;
        };
        let touched: Vec<Touched> = note::read(note)
            .into_iter()
            // Only the last change of an entry says what it should be.
            .filter(|touched| seen.insert((touched.list.clone(), touched.name.clone())))
            .collect();
        let soon = foreign.iter().any(|write| {
            let later = write.at.duration_since(details.summary.time);
            write.above <= at && later.is_ok_and(|later| later <= MOMENTS)
        });
        let stands = details.summary.state == EntryState::Done;
        if soon && stands && !undone.contains(&details.summary.group) {
            candidates.push((details.summary.clone(), touched));
        }
    }
    if candidates.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = candidates
        .iter()
        .flat_map(|(_, touched)| touched)
        .filter_map(|touched| Some((touched.in_list()?, touched.name.clone())));
    let mut member = Member::survey(&file)?;
    member.fetch(&Wanted::entries(wanted))?;
    let nothing = Config::default();
    let config = member.config().unwrap_or(&nothing);
    let mut lost = Vec::new();
    for (summary, touched) in candidates.into_iter().rev() {
        let entries: Vec<_> = touched
            .into_iter()
            .filter(|touched| is_lost(touched, config))
            .collect();
        if !entries.is_empty() {
            lost.push(Lost {
                group: summary.group,
                summary: summary.summary,
                file: file.clone(),
                entries,
            });
        }
    }
    Ok(lost)
}

/// Whether an entry is what it was before the change.
fn is_lost(touched: &Touched, config: &Config) -> bool {
    let now = touched.now(config);
    now != touched.after && now == touched.before
}

/// A write of another program.
struct Foreign {
    /// It came after this of our entries, counted from the newest, and after all older ones.
    above: usize,
    /// It came no later than this.
    at: SystemTime,
}

/// When others wrote the file, between our changes, which come newest first, or after them.
fn foreign_writes(metadata: &fs::Metadata, mine: &[&Recent]) -> Vec<Foreign> {
    let mut foreign = Vec::new();
    let (Some(newest), Ok(written)) = (mine.first(), metadata.modified()) else {
        return foreign;
    };
    // Entries are settled after the file took its place.
    let is_older = newest.settled.is_some_and(|settled| written < settled);
    let left = newest.details.after.map(|state| state.len);
    if !is_older || left != Some(metadata.len()) {
        foreign.push(Foreign {
            above: 0,
            at: written,
        });
    }
    for (at, pair) in mine.windows(2).enumerate() {
        // A change of ours on top of another program's write hides when that was, not that it was.
        if let [newer, older] = pair
            && newer.details.before != older.details.after
        {
            foreign.push(Foreign {
                above: at + 1,
                at: newer.details.summary.time + Duration::from_secs(1),
            });
        }
    }
    foreign
}

/// Those of `lost` that were not told before; they count as told from now on.
///
/// # Errors
/// What keeps the list of told changes from being read or written.
pub fn untold(store: &Store, lost: Vec<Lost>) -> Result<Vec<Lost>, LostError> {
    if lost.is_empty() {
        return Ok(lost);
    }
    let mut untold = Vec::new();
    let written = store.replace_state(TOLD, |bytes| {
        let told: BTreeSet<u64> = bytes
            .and_then(|bytes| serde_json::from_slice(bytes).ok())
            .unwrap_or_default();
        untold = lost
            .iter()
            .filter(|lost| !told.contains(&lost.group))
            .cloned()
            .collect();
        // Older ones have left the journal, or what is looked at of it.
        let oldest = lost.iter().map(|lost| lost.group).min().unwrap_or_default();
        let kept = told
            .into_iter()
            .filter(|group| *group + LOOKED_AT as u64 > oldest);
        let now: BTreeSet<u64> = kept.chain(untold.iter().map(|lost| lost.group)).collect();
        Ok(serde_json::to_vec(&now).ok())
    });
    match written {
        Ok(_) => Ok(untold),
        Err(UpdateError::Change(error)) => Err(error),
        Err(UpdateError::Store(error)) => Err(error.into()),
    }
}

/// Makes lost changes of one file again, in one write; the number in the history.
///
/// # Errors
/// See [`LostError`].
pub fn redo(store: &Store, lost: &[Lost]) -> Result<Option<u64>, LostError> {
    let Some(first) = lost.first() else {
        return Ok(None);
    };
    let file = &first.file;
    let names: Vec<(List, String)> = lost
        .iter()
        .flat_map(|lost| &lost.entries)
        .filter_map(|touched| Some((touched.in_list()?, touched.name.clone())))
        .collect();
    let numbers: Vec<_> = lost.iter().map(|lost| lost.group.to_string()).collect();
    let summary = format!("redo {}", numbers.join(" "));
    let mut change = store.change(&summary);
    let outcome = change.rewrite(file, |mut snapshot| {
        let mut member = Member::open(file, snapshot.as_deref_mut())?;
        if let Some(snapshot) = snapshot.as_deref_mut() {
            member.fetch_from(snapshot, &Wanted::entries(names.clone()))?;
        }
        let before = member.config().cloned().unwrap_or_default();
        // What was changed on purpose since the loss was found stays.
        let edits: Vec<_> = lost
            .iter()
            .flat_map(|lost| &lost.entries)
            .filter(|touched| is_lost(touched, &before))
            .filter_map(Touched::edit)
            .collect();
        let patched = member
            .patched(snapshot, &edits)
            .map_err(|error| match error {
                PatchError::Load(error) => LostError::Load(error),
                PatchError::Edit(source) => LostError::Edit {
                    path: file.clone(),
                    source,
                },
            })?;
        Ok(patched.map(|(segments, after)| {
            let noted = note::between(&before, &after);
            Rewrite {
                segments: Some(segments),
                note: Some(noted.note),
                replaces_credentials: noted.replaces_credentials,
            }
        }))
    });
    match outcome {
        Ok(_) => Ok(change.group()),
        Err(UpdateError::Change(error)) => Err(error),
        Err(UpdateError::Store(error)) => Err(error.into()),
    }
}
