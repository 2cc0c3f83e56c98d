//! A session file: what it says, and how the choice in it is changed.
//!
//! It is JSON, which prompts read fastest. Where a namespace was chosen in the terminal, it has the entry of its
//! context with that namespace, marked as ours: what is not marked, another program wrote.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use kubeconfig::Config;
use kubeconfig::Context;
use kubeconfig::Document;
use kubeconfig::Named;
use kubeconfig::ParseError;
use kubeconfig::print;
use serde_json::Value;
use serde_json::json;
use store::Store;
use store::StoreError;
use store::UpdateError;

use super::name::is_guard_context;
use crate::choose::Selection;
use crate::plain::is_plain_or_missing;

/// The extension that marks an entry as a choice. Its value is what the entry was made from.
const MARK: &str = "bowline-session";

/// More than any session is.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Why a session cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// It cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It is no kubeconfig.
    #[error("the session file {path} is damaged: {source}", path = .path.display())]
    Damaged {
        /// The file.
        path: std::path::PathBuf,
        /// Where and why.
        source: ParseError,
    },
    /// A link, a pipe or a folder is in its place.
    #[error("the session file {} is damaged: it is no plain file", .0.display())]
    NotPlain(std::path::PathBuf),
    /// It is larger than anything that belongs there.
    #[error("the session file {} is larger than {} MiB", .0.display(), LARGEST / 1024 / 1024)]
    Large(std::path::PathBuf),
}

impl SessionError {
    /// Whether nothing can be made of what is there, so that it is put aside and begun anew.
    pub fn is_damage(&self) -> bool {
        matches!(
            self,
            // Root may have left what its owner cannot read.
            Self::Damaged { .. } | Self::NotPlain(_) | Self::Store(StoreError::Unreadable { .. })
        )
    }
}

/// A link would lead to a file of the user's, a pipe would be waited for.
fn require_plain(file: &Path) -> Result<(), SessionError> {
    if is_plain_or_missing(file) {
        return Ok(());
    }
    Err(SessionError::NotPlain(file.to_owned()))
}

/// Reads a session; `None` when there is none.
///
/// # Errors
/// [`SessionError`].
pub fn read(file: &Path) -> Result<Option<Config>, SessionError> {
    require_plain(file)?;
    if fs::metadata(file).is_ok_and(|found| found.len() > LARGEST) {
        return Err(SessionError::Large(file.to_owned()));
    }
    let Some(bytes) = store::read(file)? else {
        return Ok(None);
    };
    parse(file, &bytes).map(Some)
}

/// What is added to the name of a session that was put aside.
pub(super) const DAMAGED: &str = ".damaged";

/// Puts a session aside that cannot be read: somebody may need what is in it. It stays until a person removes it.
///
/// # Errors
/// What keeps it from being renamed.
pub(crate) fn aside(file: &Path) -> std::io::Result<PathBuf> {
    for number in 0_u32..1000 {
        let mut name = file.file_name().unwrap_or_default().to_owned();
        if number > 0 {
            name.push(format!(".{number}"));
        }
        name.push(DAMAGED);
        let kept = file.with_file_name(name);
        if kept.symlink_metadata().is_err() {
            fs::rename(file, &kept)?;
            return Ok(kept);
        }
    }
    Err(std::io::Error::other(
        "too many damaged sessions lie beside it: look at them and remove them",
    ))
}

/// Puts a session aside if nothing can be made of it even when nobody is writing it.
///
/// # Errors
/// [`SessionError`]; it is still there.
pub fn aside_damaged(store: &Store, file: &Path) -> Result<Option<PathBuf>, SessionError> {
    // What is no plain file kubectl does not lock as one.
    let plain = is_plain_or_missing(file);
    let _held = plain.then(|| store.hold(file)).transpose()?;
    match read(file) {
        Ok(_) => Ok(None),
        Err(error) if error.is_damage() => {
            let kept = aside(file).map_err(|source| StoreError::Io {
                action: "put aside",
                path: file.to_owned(),
                source,
            })?;
            Ok(Some(kept))
        }
        Err(error) => Err(error),
    }
}

pub(super) fn parse(file: &Path, bytes: &[u8]) -> Result<Config, SessionError> {
    let parsed = Document::parse(bytes).map_err(|source| SessionError::Damaged {
        path: file.to_owned(),
        source,
    })?;
    Ok(parsed.config().clone())
}

/// What a session chooses, if anything.
pub fn selection(session: &Config) -> Option<Selection> {
    let name = &session.current_context;
    if name.is_empty() || is_guard_context(name) {
        return None;
    }
    let own = session.context(name);
    Some(Selection {
        context: name.clone(),
        namespace: own.map(|own| own.namespace.clone().unwrap_or_default()),
    })
}

/// Makes a session choose a context; one that does not exist is made, for its owner alone.
///
/// `entry` is that context as the user's files have it, wanted where a namespace is chosen. What other programs
/// wrote into the session stays.
///
/// # Errors
/// [`SessionError`]; the session is then as it was.
pub fn write(
    store: &Store,
    file: &Path,
    selection: &Selection,
    entry: Option<&Context>,
) -> Result<(), SessionError> {
    replace(store, file, |old| {
        let mut session = match old {
            Some(old) => parse(file, old)?,
            None => Config::default(),
        };
        choose(&mut session, selection, entry);
        Ok(Some(print::json(&session).into_bytes()))
    })
}

/// Changes a session's bytes, or what is beside it; never what a link in its place leads to.
pub(crate) fn replace<E: From<SessionError>>(
    store: &Store,
    file: &Path,
    mut change: impl FnMut(Option<&[u8]>) -> Result<Option<Vec<u8>>, E>,
) -> Result<(), E> {
    require_plain(file)?;
    let written = store.replace_shared(file, |old| {
        // It may have come while the lock was waited for.
        require_plain(file)?;
        change(old)
    });
    match written {
        Ok(_) => Ok(()),
        Err(UpdateError::Change(error)) => Err(error),
        Err(UpdateError::Store(error)) => Err(SessionError::from(error).into()),
    }
}

/// Leaves nothing in a session but its choice, unless it is another one than `known` by now.
pub(super) fn keep_the_choice(
    store: &Store,
    file: &Path,
    known: &Config,
) -> Result<(), SessionError> {
    replace(store, file, |old| {
        let Some(old) = old else {
            return Ok(None);
        };
        let session = parse(file, old)?;
        if session != *known {
            return Ok(None);
        }
        let choice = choice_alone(&session);
        Ok(Some(print::json(&choice).into_bytes()))
    })
}

/// The session as if nothing but the choice had ever been written there.
pub(super) fn choice_alone(session: &Config) -> Config {
    let choices = session.contexts.iter();
    Config {
        current_context: session.current_context.clone(),
        contexts: choices.filter(|named| is_choice(named)).cloned().collect(),
        ..Config::default()
    }
}

fn choose(session: &mut Config, selection: &Selection, entry: Option<&Context>) {
    session.contexts.retain(|named| !is_choice(named));
    session.current_context.clone_from(&selection.context);
    let Some(namespace) = &selection.namespace else {
        return;
    };
    let namespace = Some(namespace.clone()).filter(|namespace| !namespace.is_empty());
    let mine = |named: &&mut Named<Context>| named.name == selection.context;
    // What another program wrote here is its own entry, and goes to the user's file one day.
    if let Some(own) = session.contexts.iter_mut().find(mine) {
        own.value.namespace = namespace;
        return;
    }
    if let Some(entry) = entry {
        let mut choice = entry.clone();
        choice.namespace = namespace;
        session
            .contexts
            .push(Named::new(&selection.context, choice));
        mark(session, &selection.context);
    }
}

/// Marks the entry of a context as a choice, and as nothing else than it is now.
pub(crate) fn mark(session: &mut Config, context: &str) {
    let mut entries = session.contexts.iter_mut();
    if let Some(entry) = entries.find(|named| named.name == context) {
        let made_from = json!({
            "name": context,
            "cluster": entry.value.cluster,
            "user": entry.value.user,
        });
        entry.value.extensions.0.insert(MARK.to_owned(), made_from);
    }
}

/// The contexts whose entries are nothing but a choice.
pub(crate) fn choices(session: &Config) -> Vec<String> {
    let choices = session.contexts.iter().filter(|named| is_choice(named));
    choices.map(|named| named.name.clone()).collect()
}

/// Whether an entry was made by a choice, whatever became of it.
pub(super) fn is_marked(context: &Context) -> bool {
    context.extensions.0.contains_key(MARK)
}

/// Whether an entry says nothing but which namespace was chosen.
pub(super) fn is_choice(named: &Named<Context>) -> bool {
    let context = &named.value;
    let Some(made_from) = context.extensions.0.get(MARK) else {
        return false;
    };
    let says = |key| made_from.get(key).and_then(Value::as_str);
    // `kubectl config rename-context` takes the mark along.
    says("name").is_none_or(|name| name == named.name)
        && says("cluster") == Some(&context.cluster)
        && says("user") == Some(&context.user)
}

/// The entry without our mark.
pub(super) fn unmarked(mut context: Context) -> Context {
    context.extensions.0.remove(MARK);
    context
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(context: &str, namespace: Option<&str>) -> Selection {
        Selection {
            context: context.to_owned(),
            namespace: namespace.map(str::to_owned),
        }
    }

    fn entry(cluster: &str) -> Context {
        Context {
            cluster: cluster.to_owned(),
            user: "u".to_owned(),
            namespace: Some("own".to_owned()),
            ..Context::default()
        }
    }

    #[test]
    fn holds_the_choice_and_an_entry_only_for_a_namespace() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("state"));
        let file = folder.path().join("sessions/a.bowline-session.json");
        for (context, namespace, entries) in [
            ("dev", None, 0),
            ("dev", Some("team"), 1),
            ("$(touch x) \u{1b}[31m 🙂", Some(""), 1),
            ("prod", None, 0),
        ] {
            let wanted = chosen(context, namespace);
            write(&store, &file, &wanted, Some(&entry("c"))).unwrap();
            let session = read(&file).unwrap().unwrap();
            assert_eq!(selection(&session), Some(wanted));
            assert_eq!(session.contexts.len(), entries, "{context}");
            assert!(session.contexts.iter().all(is_choice));
            // Prompts read it as JSON.
            let bytes = std::fs::read(&file).unwrap();
            let json: Value = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(json["current-context"], *context);
        }
    }

    #[test]
    fn what_others_wrote_stays() {
        let mut session = Config::default();
        choose(&mut session, &chosen("dev", Some("a")), Some(&entry("c")));
        session.clusters.push(Named::default());
        session.contexts.push(Named::new("new", entry("n")));
        // kubectl config set-context --current --cluster=other
        session.contexts[0].value.cluster = "other".to_owned();
        choose(&mut session, &chosen("new", Some("b")), None);
        let names: Vec<_> = session.contexts.iter().map(|named| &*named.name).collect();
        assert_eq!(names, ["dev", "new"]);
        assert_eq!(session.clusters.len(), 1);
        assert_eq!(session.contexts[1].value.namespace.as_deref(), Some("b"));
        assert!(!is_choice(&session.contexts[1]));
    }

    #[test]
    fn a_choice_that_was_renamed_is_somebody_elses_entry() {
        let mut session = Config::default();
        choose(&mut session, &chosen("dev", Some("a")), Some(&entry("c")));
        assert!(is_choice(&session.contexts[0]));
        // kubectl config rename-context dev dev2
        session.contexts[0].name = "dev2".to_owned();
        assert!(!is_choice(&session.contexts[0]));
    }

    #[test]
    #[cfg(unix)]
    fn a_link_or_a_pipe_in_its_place_is_never_followed() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("state"));
        let own = folder.path().join("config");
        std::fs::write(&own, "{\"current-context\": \"mine\"}").unwrap();
        let file = folder.path().join("a.bowline-session.json");
        for what in ["link", "pipe", "folder"] {
            match what {
                "link" => std::os::unix::fs::symlink(&own, &file).unwrap(),
                "pipe" => {
                    let made = std::process::Command::new("mkfifo").arg(&file).status();
                    assert!(made.unwrap().success());
                }
                _ => std::fs::create_dir(&file).unwrap(),
            }
            let damaged = |error: &SessionError| matches!(error, SessionError::NotPlain(_));
            assert!(damaged(&read(&file).unwrap_err()), "{what}");
            let error = write(&store, &file, &chosen("dev", None), None).unwrap_err();
            assert!(damaged(&error) && error.is_damage(), "{what}");
            let error = keep_the_choice(&store, &file, &Config::default()).unwrap_err();
            assert!(damaged(&error), "{what}");
            aside(&file).unwrap();
            assert!(read(&file).unwrap().is_none(), "{what}");
        }
        let text = std::fs::read_to_string(&own).unwrap();
        assert_eq!(text, "{\"current-context\": \"mine\"}");
    }

    #[test]
    fn a_damaged_session_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("state"));
        let file = folder.path().join("a.bowline-session.json");
        std::fs::write(&file, "{\"contexts\": [").unwrap();
        let error = write(&store, &file, &chosen("dev", None), None).unwrap_err();
        assert!(matches!(error, SessionError::Damaged { .. }), "{error}");
        assert_eq!(std::fs::read(&file).unwrap(), b"{\"contexts\": [");
    }
}
