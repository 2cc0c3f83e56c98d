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
use store::Durability;
use store::Store;
use store::StoreError;
use store::UpdateError;

use super::name::GUARD_CONTEXT;
use crate::choose::Selection;

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
    /// It is larger than anything that belongs there.
    #[error("the session file {} is larger than {} MiB", .0.display(), LARGEST / 1024 / 1024)]
    Large(std::path::PathBuf),
}

/// Reads a session; `None` when there is none.
///
/// # Errors
/// [`SessionError`].
pub fn read(file: &Path) -> Result<Option<Config>, SessionError> {
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
pub fn aside(file: &Path) -> std::io::Result<PathBuf> {
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

fn parse(file: &Path, bytes: &[u8]) -> Result<Config, SessionError> {
    let parsed = Document::parse(bytes).map_err(|source| SessionError::Damaged {
        path: file.to_owned(),
        source,
    })?;
    Ok(parsed.config().clone())
}

/// What a session chooses, if anything.
pub fn selection(session: &Config) -> Option<Selection> {
    let name = &session.current_context;
    if name.is_empty() || name == GUARD_CONTEXT {
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
    let written = store.replace_private(file, Durability::Cached, |old| {
        let mut session = match old {
            Some(old) => parse(file, old)?,
            None => Config::default(),
        };
        choose(&mut session, selection, entry);
        Ok(Some(print::json(&session).into_bytes()))
    });
    match written {
        Ok(_) => Ok(()),
        Err(UpdateError::Change(error)) => Err(error),
        Err(UpdateError::Store(error)) => Err(error.into()),
    }
}

/// Leaves nothing in a session but its choice, unless it is another one than `known` by now.
pub(super) fn keep_the_choice(
    store: &Store,
    file: &Path,
    known: &Config,
) -> Result<(), SessionError> {
    let written = store.replace_private(file, Durability::Cached, |old| {
        let Some(old) = old else {
            return Ok(None);
        };
        let session = parse(file, old)?;
        if session != *known {
            return Ok(None);
        }
        let choice = choice_alone(&session);
        Ok(Some(print::json(&choice).into_bytes()))
    });
    match written {
        Ok(_) => Ok(()),
        Err(UpdateError::Change(error)) => Err(error),
        Err(UpdateError::Store(error)) => Err(error.into()),
    }
}

/// The session as if nothing but the choice had ever been written there.
fn choice_alone(session: &Config) -> Config {
    let choices = session.contexts.iter();
    Config {
        current_context: session.current_context.clone(),
        contexts: choices
            .filter(|named| is_choice(&named.value))
            .cloned()
            .collect(),
        ..Config::default()
    }
}

fn choose(session: &mut Config, selection: &Selection, entry: Option<&Context>) {
    session.contexts.retain(|named| !is_choice(&named.value));
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
        let made_from = json!({"cluster": entry.cluster, "user": entry.user});
        choice.extensions.0.insert(MARK.to_owned(), made_from);
        session
            .contexts
            .push(Named::new(&selection.context, choice));
    }
}

/// Whether an entry says nothing but which namespace was chosen.
pub(super) fn is_choice(context: &Context) -> bool {
    let Some(made_from) = context.extensions.0.get(MARK) else {
        return false;
    };
    let same = |key, now: &str| made_from.get(key).and_then(Value::as_str) == Some(now);
    same("cluster", &context.cluster) && same("user", &context.user)
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
            assert!(session.contexts.iter().all(|named| is_choice(&named.value)));
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
        assert!(!is_choice(&session.contexts[1].value));
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
