//! Client certificates that this bowline had issued: the cluster itself keeps no list.
//!
//! The controller manager deletes signing requests an hour after they were granted
//! (`pkg/controller/certificates/cleaner/cleaner.go`), and an API server accepts a certificate whether or not
//! anybody remembers it. So what was issued is written down here: names and ends, no keys.

use std::path::Path;

use identity::SpkiHash;
use serde::Deserialize;
use serde::Serialize;
use store::Durability;
use store::Store;
use store::StoreError;
use store::UpdateError;

use crate::versioned;
use crate::versioned::Unusable;

/// The version of the file that this program writes and reads.
const VERSION: u32 = 1;

/// The contents of `issued.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    version: u32,
    /// What was issued, the oldest first.
    pub certificates: Vec<Certificate>,
}

/// One certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// The hash of the CA's key: which cluster.
    pub authority: SpkiHash,
    /// The user (CN).
    pub user: String,
    /// The groups (O).
    pub groups: Vec<String>,
    /// The hash of its key.
    pub key: SpkiHash,
    /// When it was issued, seconds since the Unix epoch.
    pub issued: i64,
    /// Its end, seconds since the Unix epoch.
    pub expires: i64,
    /// Whether `users remove` was asked for it: it is good until its end all the same.
    #[serde(default)]
    pub removed: bool,
}

/// Why the list cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IssuedError {
    /// Not what this program writes.
    #[error("the list of issued certificates {path} is damaged ({cause}); move it away: `mv {path} {path}.damaged`", path = .path.display())]
    Damaged {
        /// The file.
        path: std::path::PathBuf,
        /// Where and why.
        cause: String,
    },
    /// Written by a newer bowline.
    #[error("the list of issued certificates {path} is of version {version}, this bowline knows up to {VERSION}: update bowline", path = .path.display())]
    Newer {
        /// The file.
        path: std::path::PathBuf,
        /// Its version.
        version: u32,
    },
    /// It cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Default for Issued {
    fn default() -> Self {
        Self {
            version: VERSION,
            certificates: Vec::new(),
        }
    }
}

impl Issued {
    /// Reads the list; a file that does not exist is an empty one.
    ///
    /// # Errors
    /// [`IssuedError`].
    pub fn load(path: &Path) -> Result<Self, IssuedError> {
        match store::read(path)? {
            None => Ok(Self::default()),
            Some(bytes) => Self::parse(path, &bytes),
        }
    }

    /// Changes the list under its lock, and durably: nobody could make it again.
    ///
    /// # Errors
    /// [`IssuedError`]; the file is then as it was.
    pub fn update(
        store: &Store,
        path: &Path,
        change: impl Fn(&mut Self),
    ) -> Result<(), IssuedError> {
        let result = store.replace_private(path, Durability::Durable, |old| {
            let mut issued = match old {
                None => Self::default(),
                Some(bytes) => Self::parse(path, bytes)?,
            };
            change(&mut issued);
            let json = serde_json::to_vec_pretty(&issued).map_err(|error| damaged(path, &error))?;
            Ok(Some(json))
        });
        match result {
            Ok(_) => Ok(()),
            Err(UpdateError::Store(error)) => Err(error.into()),
            Err(UpdateError::Change(error)) => Err(error),
        }
    }

    /// The certificates of one cluster.
    pub fn of<'a>(&'a self, authority: &'a [SpkiHash]) -> impl Iterator<Item = &'a Certificate> {
        self.certificates
            .iter()
            .filter(|certificate| authority.contains(&certificate.authority))
    }

    fn parse(path: &Path, bytes: &[u8]) -> Result<Self, IssuedError> {
        versioned::read(bytes, VERSION).map_err(|unusable| match unusable {
            Unusable::Newer(version) => IssuedError::Newer {
                path: path.to_owned(),
                version,
            },
            Unusable::Damaged(error) => damaged(path, &error),
        })
    }
}

fn damaged(path: &Path, error: &serde_json::Error) -> IssuedError {
    IssuedError::Damaged {
        path: path.to_owned(),
        cause: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_and_refuses_what_it_does_not_know() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("issued.json");
        let store = Store::new(folder.path().join("store"));
        let certificate = Certificate {
            authority: SpkiHash::of(b"ca"),
            user: "alice".to_owned(),
            groups: vec!["dev".to_owned()],
            key: SpkiHash::of(b"key"),
            issued: 1,
            expires: 2,
            removed: false,
        };
        Issued::update(&store, &path, |issued| {
            issued.certificates.push(certificate.clone());
        })
        .unwrap();
        let issued = Issued::load(&path).unwrap();
        assert_eq!(issued.of(&[SpkiHash::of(b"ca")]).count(), 1);
        assert_eq!(issued.of(&[SpkiHash::of(b"other")]).count(), 0);
        for (text, newer) in [
            ("{", false),
            ("{\"version\":2}", true),
            ("{\"version\":1}", false),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = Issued::load(&path).unwrap_err();
            assert_eq!(matches!(error, IssuedError::Newer { .. }), newer, "{error}");
        }
    }
}
