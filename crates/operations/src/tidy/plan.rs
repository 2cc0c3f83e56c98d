//! What a tidying command would change in which file, and doing it as one change of the history.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use kubeconfig::Document;
use kubeconfig::Edit;
use kubeconfig::EditError;
use kubeconfig::ParseError;
use kubeconfig::print;
use kubeconfig::redact;
use store::Outcome;
use store::Rewrite;
use store::Snapshot;
use store::Store;
use store::UpdateError;

use super::TidyError;
use super::again::Again;
use super::follow::Follow;
use super::settings;
use super::settings::Setting;
use super::sight::Place;
use super::sight::Seen;
use super::sight::Sight;
use crate::heal::apply::rewrite;
use crate::session;
use crate::session::SessionError;

/// What a command decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Steps<T> {
    /// What it says of it.
    pub value: T,
    /// The edits of each file of the chain; another path is that of a new file.
    pub edits: BTreeMap<PathBuf, Vec<Edit>>,
    /// Files that become these bytes.
    pub contents: BTreeMap<PathBuf, Vec<u8>>,
    /// The changes of config.toml.
    pub settings: Vec<Setting>,
    /// What the choices of terminals have to follow.
    pub sessions: Follow,
    /// Whether they were decided by more than the files. Then that is looked at again under each file's lock, even
    /// where the files are what they were.
    pub by_more: bool,
}

impl<T> Steps<T> {
    /// Changes nothing yet.
    pub fn new(value: T) -> Self {
        Self {
            value,
            edits: BTreeMap::new(),
            contents: BTreeMap::new(),
            settings: Vec::new(),
            sessions: Follow::default(),
            by_more: false,
        }
    }

    /// Adds an edit of a file.
    pub fn edit(&mut self, path: &Path, edit: Edit) {
        self.edits.entry(path.to_owned()).or_default().push(edit);
    }
}

/// What will change, and in which files.
#[derive(Clone, Debug)]
pub struct Plan<T> {
    /// What was decided.
    pub steps: Steps<T>,
    /// One for each file of the user's that changes.
    pub changes: Vec<Change>,
    sight: Sight,
}

/// What will change in one file.
#[derive(Clone)]
pub struct Change {
    /// The file.
    pub path: PathBuf,
    /// Whether it is config.toml, not a kubeconfig.
    pub is_settings: bool,
    /// Its bytes when the plan was made; `None` where there was no file.
    pub before: Option<Vec<u8>>,
    /// What they would be.
    pub after: Vec<u8>,
}

impl std::fmt::Debug for Change {
    /// Without the bytes, which are secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Change({})", self.path.display())
    }
}

impl<T> Plan<T> {
    /// Whether nothing is to change, a terminal's choice apart.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// What it was decided by.
    pub fn sight(&self) -> &Sight {
        &self.sight
    }

    /// The differences of all files, with every secret hidden.
    pub fn diff(&self) -> String {
        self.changes.iter().map(Change::diff).collect()
    }
}

impl Change {
    /// The difference, with every secret hidden.
    pub fn diff(&self) -> String {
        let path = self.path.to_string_lossy();
        let before = self.before.as_deref().unwrap_or_default();
        if self.is_settings {
            let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
            return redact::plain_diff(&text(before), &text(&self.after), &path);
        }
        redact::diff(before, &self.after, &path)
    }
}

/// What became of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied<T> {
    /// What was decided at last, where the files were not what they had been.
    pub value: Option<T>,
    /// Its number in the history; `None` when everything was so already.
    pub group: Option<u64>,
    /// How many sessions followed.
    pub followed: usize,
    /// Sessions whose choice could not follow.
    pub left: Vec<String>,
}

/// Decides on what the files say, and makes out what that changes. Nothing is written.
///
/// `decide` runs again under each file's lock, so it must depend on its argument alone.
///
/// # Errors
/// [`TidyError`], and whatever `decide` refuses.
pub fn plan<T, E: From<TidyError>>(
    place: &Place,
    decide: impl Fn(&Sight) -> Result<Steps<T>, E>,
) -> Result<Plan<T>, E> {
    let sight = Sight::read(place)?;
    let steps = decide(&sight)?;
    let mut changes = Vec::new();
    // In the order of the chain, new files last.
    let known = sight.files.iter().map(|file| file.path.clone());
    let new = steps.edits.keys().chain(steps.contents.keys());
    let new = new.filter(|path| !sight.files.iter().any(|file| file.path == **path));
    for path in known.chain(new.cloned().collect::<Vec<_>>()) {
        let seen = match sight.files.iter().find(|file| file.path == path) {
            Some(seen) => seen.clone(),
            None => Seen::read(&path)?,
        };
        if let Some(after) = after(&steps, &seen)? {
            changes.push(Change {
                path,
                is_settings: false,
                before: seen.exists.then(|| seen.document.bytes().to_vec()),
                after,
            });
        }
    }
    let bytes = sight.settings_bytes.as_deref();
    let after =
        settings::changed(bytes, &steps.settings).map_err(|source| TidyError::Settings {
            path: sight.settings_file.clone(),
            source,
        })?;
    if let Some(after) = after {
        changes.push(Change {
            path: sight.settings_file.clone(),
            is_settings: true,
            before: sight.settings_bytes.clone(),
            after,
        });
    }
    Ok(Plan {
        steps,
        changes,
        sight,
    })
}

/// What a file becomes; `None` when it stays as it is.
fn after<T>(steps: &Steps<T>, seen: &Seen) -> Result<Option<Vec<u8>>, TidyError> {
    let before = seen.document.bytes();
    let after = match (steps.contents.get(&seen.path), steps.edits.get(&seen.path)) {
        (Some(bytes), _) => bytes.clone(),
        (None, Some(edits)) => edited(&seen.path, &seen.document, edits)?,
        (None, None) => return Ok(None),
    };
    Ok((after != before).then_some(after))
}

fn edited(path: &Path, document: &Document, edits: &[Edit]) -> Result<Vec<u8>, TidyError> {
    document.edit(edits).map_err(|source| TidyError::Edit {
        path: path.to_owned(),
        source,
    })
}

/// Makes the changes of a plan, as one change of the history. Where another program wrote to any of the files
/// meanwhile, it is decided again by what they say now; what then became another matter is left alone.
///
/// `summary` is for the journal; it must contain nothing secret.
///
/// # Errors
/// [`TidyError`], and whatever `decide` refuses; [`TidyError::Halfway`] names what was changed before.
pub fn apply<T, E: From<TidyError> + std::fmt::Display>(
    store: &Store,
    plan: &Plan<T>,
    summary: &str,
    decide: impl Fn(&Sight) -> Result<Steps<T>, E>,
) -> Result<Applied<T>, E> {
    let mut journalled = store.change(summary);
    let mut again = Again::new(plan);
    for change in &plan.changes {
        let path = &change.path;
        let outcome = if change.is_settings {
            journalled.update(path, |bytes| {
                let settings = &again.steps(plan).settings;
                settings::changed(bytes, settings).map_err(|source| {
                    E::from(TidyError::Settings {
                        path: path.clone(),
                        source,
                    })
                })
            })
        } else {
            journalled.rewrite(path, |snapshot| {
                written(plan, change, &mut again, snapshot, &decide)
            })
        };
        let error = match outcome {
            Ok(Outcome::Written { .. }) => {
                again.is_done(path);
                continue;
            }
            Ok(Outcome::Unchanged) => continue,
            Err(UpdateError::Store(error)) => TidyError::Read(error),
            Err(UpdateError::Change(error)) if again.is_first() => return Err(error),
            Err(UpdateError::Change(error)) => TidyError::Later(error.to_string()),
        };
        return Err(match journalled.group() {
            None => error,
            Some(group) => TidyError::Halfway {
                group,
                done: again.done(),
                cause: Box::new(error),
            },
        }
        .into());
    }
    let mut applied = Applied {
        value: None,
        group: journalled.group(),
        followed: 0,
        left: Vec::new(),
    };
    let follow = &again.steps(plan).sessions;
    for seen in &plan.sight.sessions {
        if follow.edits(seen.config()).is_empty() {
            continue;
        }
        match session(store, &seen.path, follow) {
            Ok(()) => applied.followed += 1,
            Err(why) => {
                let path = seen.path.display();
                applied.left.push(format!("{path}: {why}"));
            }
        }
    }
    applied.value = again.steps.map(|steps| steps.value);
    Ok(applied)
}

/// The change of one file as it is under its lock.
fn written<T, E: From<TidyError>>(
    plan: &Plan<T>,
    change: &Change,
    again: &mut Again<T>,
    snapshot: Option<&mut Snapshot>,
    decide: impl Fn(&Sight) -> Result<Steps<T>, E>,
) -> Result<Option<Rewrite>, E> {
    let path = &change.path;
    let bytes = snapshot.map(Snapshot::bytes).transpose();
    let bytes = bytes.map_err(TidyError::Read)?;
    let before = bytes.as_deref().unwrap_or_default();
    let is_as_planned = bytes == change.before;
    let changed = || TidyError::ChangedMeanwhile { path: path.clone() };
    if !is_as_planned && plan.steps.contents.contains_key(path) {
        return Err(changed().into());
    }
    let known = plan.sight.files.iter().find(|file| file.path == *path);
    let fresh = match known {
        Some(seen) if is_as_planned => seen.clone(),
        _ => Seen::of(path, bytes.as_deref())?,
    };
    let is_other = again.look(plan, &fresh, decide)?;
    if is_as_planned && !is_other {
        return Ok(Some(rewrite(before, &change.after)));
    }
    let steps = again.steps(plan);
    // Other files than were planned: what was shown is not what would be done.
    let mut touched = steps.edits.keys().chain(steps.contents.keys());
    if !touched
        .all(|path| plan.steps.edits.contains_key(path) || plan.steps.contents.contains_key(path))
    {
        return Err(changed().into());
    }
    let after = after(steps, &fresh)?;
    Ok(after.map(|after| rewrite(before, &after)))
}

/// Lets a terminal's choice follow, as it is now.
fn session(store: &Store, path: &Path, follow: &Follow) -> Result<(), NotFollowed> {
    session::replace(store, path, |bytes| {
        let Some(bytes) = bytes else {
            return Ok(None);
        };
        let document = Document::parse(bytes)?;
        let choices = session::choices(document.config());
        let after = document.edit(&follow.edits(document.config()))?;
        if choices.is_empty() {
            return Ok(Some(after));
        }
        let mut session = Document::parse(after)?.config().clone();
        for name in choices {
            session::mark(&mut session, &follow.context_name(&name));
        }
        Ok(Some(print::json(&session).into_bytes()))
    })
}

/// Why a session does not follow.
#[derive(Debug, thiserror::Error)]
enum NotFollowed {
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error(transparent)]
    Parse(#[from] ParseError),
    #[error(transparent)]
    Edit(#[from] EditError),
}
