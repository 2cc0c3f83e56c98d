//! All sessions end at once, whoever's shell lives: bowline leaves this machine.

use std::path::Path;
use std::path::PathBuf;

use kubeconfig::redact::escape;
use store::Store;

use super::file;
use super::harvest::Harvested;
use super::harvest::tidy;
use super::place::Sessions;
use super::sweep::EndError;
use super::sweep::end;
use crate::choose::Memory;

/// Why not all could be ended.
#[derive(Debug, thiserror::Error)]
#[error(
    "what programs wrote into {} cannot be brought into your kubeconfig: {source}; if nothing in it is wanted, remove it",
    escape(&.file.to_string_lossy())
)]
pub struct EndAllError {
    /// The session that is in the way.
    pub file: PathBuf,
    /// Why.
    pub source: Box<EndError>,
}

/// Brings home what is in these sessions, and then removes them. `own` are the user's kubeconfigs, for those that
/// do not know their own.
///
/// # Errors
/// [`EndAllError`]: nothing is lost, and unless programs write into them all the time every session is still there.
pub fn end_all(
    store: &Store,
    sessions: &Sessions,
    files: &[PathBuf],
    own: &[PathBuf],
) -> Result<Vec<Harvested>, EndAllError> {
    let mut harvested = Vec::new();
    for file in files {
        let brought = bring_home(store, sessions, file, own).map_err(|source| EndAllError {
            file: file.clone(),
            source: Box::new(source),
        })?;
        harvested.extend(brought);
    }
    // What was written meanwhile is brought home, too.
    for file in files {
        let brought = end(store, sessions, file, own).map_err(|source| EndAllError {
            file: file.clone(),
            source: Box::new(source),
        })?;
        harvested.extend(brought);
    }
    Ok(harvested)
}

fn bring_home(
    store: &Store,
    sessions: &Sessions,
    file: &Path,
    own: &[PathBuf],
) -> Result<Option<Harvested>, EndError> {
    let Some(session) = file::read(file)? else {
        return Ok(None);
    };
    let remembered = Memory::load(&sessions.memory(file)).memory.files;
    let own = if remembered.is_empty() {
        own
    } else {
        &remembered
    };
    Ok(tidy(store, file, &session, own)?)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn none_ends_where_one_cannot() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let (sessions, store) = (Sessions::new(&state), Store::new(&state));
        fs::create_dir_all(sessions.folder()).unwrap();
        let own = [folder.path().join("config")];
        let files = ["1-1-a-b", "2-1-a-b"].map(|name| {
            sessions
                .folder()
                .join(format!("{name}.bowline-session.json"))
        });
        let wrote = r#"{"current-context": "dev", "clusters": [{"name": "new", "cluster": {"server": "https://10.0.0.9"}}]}"#;
        fs::write(&files[0], wrote).unwrap();
        fs::write(&files[1], "clusters: [").unwrap();
        let error = end_all(&store, &sessions, &files, &own).unwrap_err();
        assert_eq!(error.file, files[1]);
        assert!(error.to_string().contains("damaged"), "{error}");
        assert!(files.iter().all(|file| file.exists()));
        fs::write(&files[1], "{}").unwrap();
        end_all(&store, &sessions, &files, &own).unwrap();
        assert!(!files.iter().any(|file| file.exists()));
        assert!(fs::read_to_string(&own[0]).unwrap().contains("10.0.0.9"));
    }
}
