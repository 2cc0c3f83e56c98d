//! Certificates and keys: embedded in an entry, or beside it in files.
//!
//! An entry names a file (`certificate-authority`, `client-certificate`, `client-key`) or holds the
//! content (`…-data`), not both. Nothing here reads or writes a file: the caller does, by the paths it
//! is given.
//!
//! ```
//! use kubeconfig::Cluster;
//! use kubeconfig::material;
//!
//! let mut cluster = Cluster {
//!     certificate_authority: Some("ca.crt".into()),
//!     ..Cluster::default()
//! };
//! material::embed_cluster(&mut cluster, |path| std::fs::read(path)).unwrap_err();
//! material::embed_cluster(&mut cluster, |_| Ok::<_, std::io::Error>(b"PEM".to_vec())).unwrap();
//! assert_eq!(cluster.certificate_authority_data.as_deref(), Some(&b"PEM"[..]));
//!
//! let content = material::extract_authority(&mut cluster, "certs/ca.crt");
//! assert_eq!(content.as_deref(), Some(&b"PEM"[..]));
//! assert_eq!(cluster.certificate_authority.as_deref(), Some("certs/ca.crt"));
//! ```

use crate::config::Cluster;
use crate::config::User;
use crate::secret::Secret;

/// Why a file could not be embedded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EmbedError<E> {
    /// The entry names a file and holds content (client-go `tools/clientcmd/api/helpers.go`,
    /// `FlattenContent`).
    #[error("cannot have values for both path and contents")]
    Both,
    /// The file cannot be read.
    #[error(transparent)]
    Read(E),
}

/// Puts the CA file's content in the place of its path. An empty file leaves neither.
///
/// # Errors
/// [`EmbedError`]; the cluster is unchanged then.
pub fn embed_cluster<E>(
    cluster: &mut Cluster,
    mut read: impl FnMut(&str) -> Result<Vec<u8>, E>,
) -> Result<(), EmbedError<E>> {
    let data = &mut cluster.certificate_authority_data;
    if let Some(content) = content(
        cluster.certificate_authority.as_deref(),
        data.is_some(),
        &mut read,
    )? {
        cluster.certificate_authority = None;
        *data = Some(content).filter(|content| !content.is_empty());
    }
    Ok(())
}

/// The same for a user's certificate and key.
///
/// # Errors
/// [`EmbedError`]; the user is unchanged then.
pub fn embed_user<E>(
    user: &mut User,
    mut read: impl FnMut(&str) -> Result<Vec<u8>, E>,
) -> Result<(), EmbedError<E>> {
    let (certificate, key) = (&user.client_certificate_data, &user.client_key_data);
    let certificate = content(
        user.client_certificate.as_deref(),
        certificate.is_some(),
        &mut read,
    )?;
    let key = content(user.client_key.as_deref(), key.is_some(), &mut read)?;
    if let Some(content) = certificate {
        user.client_certificate = None;
        user.client_certificate_data = Some(content).filter(|content| !content.is_empty());
    }
    if let Some(content) = key {
        user.client_key = None;
        user.client_key_data = Some(content)
            .filter(|content| !content.is_empty())
            .map(Secret::new);
    }
    Ok(())
}

/// Puts `path` in the place of a cluster's embedded CA, and returns what is to be written there; `None`,
/// and nothing changed, when none is embedded.
pub fn extract_authority(cluster: &mut Cluster, path: &str) -> Option<Vec<u8>> {
    let content = cluster.certificate_authority_data.take()?;
    cluster.certificate_authority = Some(path.to_owned());
    Some(content)
}

/// The same for a user's certificate.
pub fn extract_certificate(user: &mut User, path: &str) -> Option<Vec<u8>> {
    let content = user.client_certificate_data.take()?;
    user.client_certificate = Some(path.to_owned());
    Some(content)
}

/// The same for a user's key, whose file must be its owner's alone from its first byte.
pub fn extract_key(user: &mut User, path: &str) -> Option<Secret> {
    let content = user.client_key_data.take()?;
    user.client_key = Some(path.to_owned());
    Some(content)
}

fn content<E>(
    path: Option<&str>,
    held: bool,
    read: &mut impl FnMut(&str) -> Result<Vec<u8>, E>,
) -> Result<Option<Vec<u8>>, EmbedError<E>> {
    match path {
        None => Ok(None),
        Some(_) if held => Err(EmbedError::Both),
        Some(path) => read(path).map(Some).map_err(EmbedError::Read),
    }
}

#[cfg(test)]
mod tests {
    use super::EmbedError;
    use super::embed_user;
    use super::extract_certificate;
    use super::extract_key;
    use crate::config::User;
    use crate::secret::Secret;

    #[test]
    fn a_user_is_embedded_whole_or_not_at_all() {
        let mut user = User {
            client_certificate: Some("c".into()),
            client_key: Some("k".into()),
            ..User::default()
        };
        let before = user.clone();
        let read = |path: &str| {
            if path == "k" {
                Err("gone")
            } else {
                Ok(vec![1])
            }
        };
        assert_eq!(embed_user(&mut user, read), Err(EmbedError::Read("gone")));
        assert_eq!(user, before);
        embed_user(&mut user, |path| Ok::<_, ()>(path.as_bytes().to_vec())).unwrap();
        assert_eq!(user.client_certificate_data, Some(b"c".to_vec()));
        assert_eq!(user.client_key_data, Some(Secret::from("k")));
        assert_eq!(extract_certificate(&mut user, "c"), Some(b"c".to_vec()));
        assert_eq!(extract_key(&mut user, "k"), Some(Secret::from("k")));
        assert_eq!(user, before);
        assert_eq!(extract_key(&mut user, "k"), None);
    }

    #[test]
    fn path_and_content_are_one_too_many() {
        let mut user = User {
            client_key: Some("k".into()),
            client_key_data: Some(Secret::from("k")),
            ..User::default()
        };
        let read = |_: &str| Ok::<_, ()>(Vec::new());
        assert_eq!(embed_user(&mut user, read), Err(EmbedError::Both));
    }
}
