//! What a user entry authenticates with, as far as it can be had without running anything.

use std::path::Path;
use std::path::PathBuf;

use base64::Engine as _;
use identity::ClientKey;
use identity::api::Credentials;
use identity::client_key::ClientKeyError;
use kubeconfig::User;
use kubeconfig::chain;
use kubeconfig::redact::escape;
use store::StoreError;
use zeroize::Zeroizing;

/// Why a user entry cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// The credential comes from a program, and bowline runs none on its own.
    #[error("its credential comes from {0}, which bowline does not run on its own")]
    Program(&'static str),
    /// Certificate or key cannot be used.
    #[error(transparent)]
    ClientKey(#[from] ClientKeyError),
    /// A certificate without a key, or the reverse.
    #[error("it has a client certificate or a client key, but not both")]
    Half,
    /// A file it names cannot be read.
    #[error(transparent)]
    Read(#[from] StoreError),
    /// A file it names does not exist.
    #[error("{} does not exist", escape(&.0.to_string_lossy()))]
    NoFile(PathBuf),
    /// The token is not text.
    #[error("its token is not text")]
    NotText,
}

/// Collects the credentials of a user entry of `file`. Data wins over files; a token wins over a token file
/// and over a password (client-go `rest/transport.go`).
///
/// # Errors
/// [`CredentialError`]; never with any part of a credential in it.
pub fn of(file: &Path, user: &User) -> Result<Credentials, CredentialError> {
    let certificate = data_or_file(
        file,
        user.client_certificate_data.as_deref(),
        user.client_certificate.as_deref(),
    )?;
    let key = data_or_file(
        file,
        user.client_key_data
            .as_ref()
            .map(kubeconfig::Secret::expose),
        user.client_key.as_deref(),
    )?;
    let client_key = match (certificate, key) {
        (Some(certificate), Some(key)) => Some(ClientKey::from_pem(&certificate, &key)?),
        (None, None) => None,
        _ => return Err(CredentialError::Half),
    };
    let authorization = match (bearer(file, user)?, &user.username, &user.password) {
        (Some(token), _, _) => Some(Zeroizing::new(format!("Bearer {}", token.as_str()))),
        (None, Some(name), Some(password)) if !name.is_empty() => {
            let password =
                std::str::from_utf8(password.expose()).map_err(|_| CredentialError::NotText)?;
            let pair = Zeroizing::new(format!("{name}:{password}"));
            let encoded =
                Zeroizing::new(base64::engine::general_purpose::STANDARD.encode(pair.as_bytes()));
            Some(Zeroizing::new(format!("Basic {}", encoded.as_str())))
        }
        _ => None,
    };
    if client_key.is_none() && authorization.is_none() {
        if user.exec.is_some() {
            return Err(CredentialError::Program("an exec plugin"));
        }
        if user.auth_provider.is_some() {
            return Err(CredentialError::Program("an auth provider"));
        }
    }
    Ok(Credentials {
        client_key,
        authorization,
    })
}

pub(crate) fn bearer(
    file: &Path,
    user: &User,
) -> Result<Option<Zeroizing<String>>, CredentialError> {
    if let Some(token) = user
        .token
        .as_ref()
        .filter(|token| !token.expose().is_empty())
    {
        let text = std::str::from_utf8(token.expose()).map_err(|_| CredentialError::NotText)?;
        return Ok(Some(Zeroizing::new(text.to_owned())));
    }
    let Some(bytes) = data_or_file(file, None, user.token_file.as_deref())? else {
        return Ok(None);
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| CredentialError::NotText)?;
    // client-go trims the file's contents (transport/token_source.go).
    Ok(Some(Zeroizing::new(text.trim().to_owned())))
}

pub(crate) fn data_or_file(
    file: &Path,
    data: Option<&[u8]>,
    path: Option<&str>,
) -> Result<Option<Zeroizing<Vec<u8>>>, CredentialError> {
    if let Some(data) = data.filter(|data| !data.is_empty()) {
        return Ok(Some(Zeroizing::new(data.to_vec())));
    }
    let Some(path) = path.filter(|path| !path.is_empty()) else {
        return Ok(None);
    };
    let path = chain::resolve(file, path);
    match store::read(&path)? {
        Some(bytes) => Ok(Some(Zeroizing::new(bytes))),
        None => Err(CredentialError::NoFile(path)),
    }
}
