//! The credential of one user, wherever it is: in the list of tokens, in the node's own kubeconfig, or in one of
//! ours.

use std::path::PathBuf;

use kubeconfig::User;
use kubeconfig::redact::escape;

use super::super::access::Access;
use super::super::issued::Certificate;
use super::super::ours::Credential;
use super::super::ours::Old;
use super::super::ours::OursError;
use super::super::ours::entries;
use super::super::reached::Own;

/// Why there is no credential to give.
#[derive(Debug, thiserror::Error)]
pub enum FindCredentialError {
    /// Nobody of that name is known.
    #[error("{machine}: there is no user {user}; `bowline node users list` shows those that can log in{}", listed(.known))]
    Unknown {
        /// The machine, escaped.
        machine: String,
        /// The name, escaped.
        user: String,
        /// Some that are known, escaped.
        known: Vec<String>,
    },
    /// The certificate was issued, but its key is not here.
    #[error(
        "the private key of {user} is in none of your kubeconfigs, and nowhere else: it was made for the one who got it. A new one: bowline node users rotate {argument} -o FILE"
    )]
    KeyElsewhere {
        /// The name, escaped.
        user: String,
        /// The name, as an argument.
        argument: String,
    },
    /// One of ours cannot be read.
    #[error(transparent)]
    Ours(#[from] OursError),
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    format!(": {}", names.join(", "))
}

/// Finds the credential of a user.
///
/// # Errors
/// [`FindCredentialError`].
pub fn credential(
    access: &Access,
    own: &Own,
    issued: &[Certificate],
    files: &[PathBuf],
    user: &str,
) -> Result<User, FindCredentialError> {
    let tokens = super::tokens::tokens(access).ok();
    if let Some(tokens) = tokens
        && let Some(found) = tokens.named(user).last()
    {
        return Ok(Credential::Token(found.token.clone()).user());
    }
    let of_own = own
        .user
        .client_certificate_data
        .as_deref()
        .and_then(|pem| identity::Leaf::from_pem(pem).ok());
    if of_own.is_some_and(|leaf| leaf.common_names.first().is_some_and(|name| name == user)) {
        return Ok(own.user.clone());
    }
    let mine = issued
        .iter()
        .rev()
        .filter(|certificate| certificate.user == user && !certificate.removed);
    let mut elsewhere = false;
    // The newest of those whose key is here.
    for certificate in mine {
        let old = Old::Key(certificate.key);
        let held = entries(files, |entry| {
            old.is_in(entry) && entry.client_key_data.is_some()
        })?;
        if let Some(entry) = held.into_iter().next() {
            return Ok(User {
                client_certificate_data: entry.client_certificate_data,
                client_key_data: entry.client_key_data,
                // Whatever else the entry holds is ours, and not to be given away.
                ..User::default()
            });
        }
        elsewhere = true;
    }
    if elsewhere {
        return Err(FindCredentialError::KeyElsewhere {
            user: escape(user).into_owned(),
            argument: crate::failure::argument(user),
        });
    }
    let names = tokens
        .into_iter()
        .flat_map(microk8s::tokens::KnownTokens::users);
    let names = names.map(|known| escape(&known.name).into_owned());
    let issued = issued.iter().map(|known| escape(&known.user).into_owned());
    Err(FindCredentialError::Unknown {
        machine: access.name(),
        user: escape(user).into_owned(),
        known: names.chain(issued).collect(),
    })
}
