//! Reads a file that another program wrote, within bounds.

use std::io;
use std::io::Read as _;
use std::path::Path;
use std::path::PathBuf;

/// A file larger than this was written by something else.
pub(crate) const MOST_BYTES: u64 = 1 << 20;

/// Its bytes, at most [`MOST_BYTES`]; `kind` says in messages what it ought to be.
pub(crate) async fn read(path: &Path, kind: &'static str) -> io::Result<Vec<u8>> {
    let path = path.to_owned();
    // A network drive or WSL's bridge to Windows may hang: off this thread.
    let read = tokio::task::spawn_blocking(move || {
        // Before it is opened: a pipe would wait for its writer.
        let meta = std::fs::metadata(&path)?;
        if !meta.is_file() {
            return Err(io::Error::other("not a file"));
        }
        let mut bytes = Vec::new();
        let file = std::fs::File::open(&path)?;
        file.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(io::Error::other(format!("larger than any {kind}")));
        }
        Ok(bytes)
    });
    read.await
        .unwrap_or_else(|_| Err(io::Error::other("reading it failed")))
}

/// The same for a source: what is not there, or is not for everybody's eyes, is nothing, unless the user
/// named the file.
pub(crate) async fn of_source(
    path: &Path,
    kind: &'static str,
    named: bool,
) -> Result<Vec<u8>, String> {
    match read(path, kind).await {
        Ok(bytes) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound && named => {
            Err(format!("{} does not exist (config.toml)", path.display()))
        }
        Err(error) => {
            let nothing = matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied
            );
            if nothing && !named {
                return Ok(Vec::new());
            }
            Err(format!("{}: {error}", path.display()))
        }
    }
}

/// The files of a folder whose names end in `suffix`, in the order of their names; a path that is no folder
/// stands for itself.
pub(crate) async fn beneath(path: &Path, suffix: &'static str, most: usize) -> Vec<PathBuf> {
    let path = path.to_owned();
    let listed = tokio::task::spawn_blocking(move || {
        if !path.is_dir() {
            return vec![path];
        }
        let entries = std::fs::read_dir(&path).into_iter().flatten();
        let mut files: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.to_string_lossy().ends_with(suffix))
            .take(most)
            .collect();
        files.sort();
        files
    });
    listed.await.unwrap_or_default()
}
