//! Kubeconfigs of ours that carry a credential of a node, and giving them its successor.

use std::path::Path;
use std::path::PathBuf;

use identity::SpkiHash;
use kubeconfig::Document;
use kubeconfig::Edit;
use kubeconfig::EditError;
use kubeconfig::Named;
use kubeconfig::ParseError;
use kubeconfig::Secret;
use kubeconfig::User;
use store::Change;
use store::Snapshot;
use store::StoreError;
use store::UpdateError;

use crate::heal::apply::rewrite;

/// A credential as a user entry carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// `token`.
    Token(Secret),
    /// `client-certificate-data` and `client-key-data`: PEM.
    Certificate {
        /// The certificate.
        certificate: Vec<u8>,
        /// Its private key.
        key: Secret,
    },
}

/// By what the old credential is known in a user entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Old {
    /// Its token.
    Token(Secret),
    /// The key of its client certificate.
    Key(SpkiHash),
}

impl Old {
    /// Whether a user entry carries it, in itself. What it only names (`tokenFile`, `client-certificate`) is
    /// another program's file.
    pub fn is_in(&self, user: &User) -> bool {
        match self {
            Self::Token(token) => user.token.as_ref() == Some(token),
            Self::Key(key) => user
                .client_certificate_data
                .as_deref()
                .and_then(key_of)
                .is_some_and(|theirs| theirs == *key),
        }
    }
}

/// The hash of the public key of the first certificate in PEM.
pub fn key_of(pem: &[u8]) -> Option<SpkiHash> {
    identity::Leaf::from_pem(pem).ok().map(|leaf| leaf.key)
}

impl Credential {
    /// A user entry with this credential and nothing else.
    pub fn user(&self) -> User {
        let mut user = User::default();
        self.put_into(&mut user);
        user
    }

    fn put_into(&self, user: &mut User) {
        match self {
            Self::Token(token) => user.token = Some(token.clone()),
            Self::Certificate { certificate, key } => {
                user.client_certificate_data = Some(certificate.clone());
                user.client_key_data = Some(key.clone());
            }
        }
    }
}

/// A user entry of ours that carries a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The kubeconfig.
    pub file: PathBuf,
    /// The name of the user entry.
    pub user: String,
}

/// Why a kubeconfig of ours could not be given a new credential.
#[derive(Debug, thiserror::Error)]
pub enum OursError {
    /// It cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It is not a kubeconfig.
    #[error("{}: {source}", .path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ParseError,
    },
    /// It cannot be edited.
    #[error("{}: {source}", .path.display())]
    Edit {
        /// The file.
        path: PathBuf,
        /// Why.
        source: EditError,
    },
}

/// The user entries in these files that carry the credential; files that do not exist hold none.
///
/// # Errors
/// [`OursError`] names the file that cannot be read: nobody could say then whether it holds it.
pub fn holders(files: &[PathBuf], old: &Old) -> Result<Vec<Holder>, OursError> {
    let mut holders = Vec::new();
    for file in files {
        let Some(bytes) = store::read(file)? else {
            continue;
        };
        let document = parse(file, bytes)?;
        let users = &document.config().users;
        holders.extend(
            users
                .iter()
                .filter(|user| old.is_in(&user.value))
                .map(|user| Holder {
                    file: file.clone(),
                    user: user.name.clone(),
                }),
        );
    }
    Ok(holders)
}

/// The user entries in these files that `wanted` accepts.
///
/// # Errors
/// [`OursError`] names the file that cannot be read.
pub fn entries(files: &[PathBuf], wanted: impl Fn(&User) -> bool) -> Result<Vec<User>, OursError> {
    let mut found = Vec::new();
    for file in files {
        let Some(bytes) = store::read(file)? else {
            continue;
        };
        let document = parse(file, bytes)?;
        let users = document.config().users.iter();
        found.extend(
            users
                .map(|user| &user.value)
                .filter(|user| wanted(user))
                .cloned(),
        );
    }
    Ok(found)
}

/// Gives every user entry of a file that carries `old` the new credential, under the file's lock and by what
/// is in it then. Whether anything was written.
///
/// # Errors
/// [`OursError`]; the file is then as it was.
pub fn replace(
    change: &mut Change<'_>,
    file: &Path,
    old: &Old,
    new: &Credential,
) -> Result<bool, OursError> {
    let outcome = change.rewrite(file, |snapshot| {
        let bytes = snapshot.map(Snapshot::bytes).transpose()?;
        let Some(bytes) = bytes else { return Ok(None) };
        let after = replaced(file, &bytes, old, new)?;
        Ok(after.map(|after| rewrite(&bytes, &after)))
    });
    match outcome {
        Ok(outcome) => Ok(outcome != store::Outcome::Unchanged),
        Err(UpdateError::Store(error)) => Err(error.into()),
        Err(UpdateError::Change(error)) => Err(error),
    }
}

pub(super) fn replaced(
    file: &Path,
    bytes: &[u8],
    old: &Old,
    new: &Credential,
) -> Result<Option<Vec<u8>>, OursError> {
    let document = parse(file, bytes.to_vec())?;
    let edits: Vec<Edit> = document
        .config()
        .users
        .iter()
        .filter(|user| old.is_in(&user.value))
        .map(|user| {
            let mut value = user.value.clone();
            new.put_into(&mut value);
            Edit::PutUser(Named::new(user.name.clone(), value))
        })
        .collect();
    if edits.is_empty() {
        return Ok(None);
    }
    let after = document.edit(&edits).map_err(|source| OursError::Edit {
        path: file.to_owned(),
        source,
    })?;
    Ok(Some(after))
}

fn parse(file: &Path, bytes: Vec<u8>) -> Result<Document, OursError> {
    Document::parse(bytes).map_err(|source| OursError::Parse {
        path: file.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# mine\nusers:\n- name: dev   # the VM\n  user: {token: \"old-token\"}\n- name: \
                        other\n  user:\n    token: theirs\n- name: again\n  user:\n    token: old-token\n";

    #[test]
    fn only_entries_that_carry_the_token_change() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config");
        std::fs::write(&file, FILE).unwrap();
        let old = Old::Token(Secret::from("old-token"));
        let holders = holders(&[file.clone(), folder.path().join("none")], &old).unwrap();
        let names: Vec<_> = holders.iter().map(|holder| holder.user.as_str()).collect();
        assert_eq!(names, ["dev", "again"]);
        let store = store::Store::new(folder.path().join("state"));
        let mut change = store.change("rotate");
        let new = Credential::Token(Secret::from("new-token"));
        assert!(replace(&mut change, &file, &old, &new).unwrap());
        assert!(!replace(&mut change, &file, &old, &new).unwrap());
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(text, FILE.replace("old-token", "new-token"));
    }
}
