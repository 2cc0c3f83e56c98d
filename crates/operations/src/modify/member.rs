//! One file of a chain, as much of it as a change needs.

use std::path::Path;
use std::path::PathBuf;

use kubeconfig::Config;
use kubeconfig::Document;
use store::StoreError;

use super::LoadError;

/// One file of a chain.
#[derive(Debug)]
pub struct Member {
    /// The file, as spelled.
    pub path: PathBuf,
    /// What is in it; `None` when it does not exist.
    pub document: Option<Document>,
}

impl Member {
    /// Reads a file.
    ///
    /// # Errors
    /// [`LoadError`] says why it is no kubeconfig.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        let bytes = store::read(path).map_err(|source| LoadError::read(path, source))?;
        Self::parse(path, bytes)
    }

    pub(super) fn parse(path: &Path, bytes: Option<Vec<u8>>) -> Result<Self, LoadError> {
        let document = bytes
            .map(Document::parse)
            .transpose()
            .map_err(|source| LoadError::Parse {
                path: path.to_owned(),
                source,
            })?;
        Ok(Self {
            path: path.to_owned(),
            document,
        })
    }

    /// What the file means.
    pub fn config(&self) -> Option<&Config> {
        self.document.as_ref().map(Document::config)
    }
}

impl LoadError {
    fn read(path: &Path, source: StoreError) -> Self {
        Self::Read {
            path: path.to_owned(),
            source,
        }
    }
}
