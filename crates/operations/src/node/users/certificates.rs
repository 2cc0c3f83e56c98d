//! Users by client certificates: issued by the cluster's own API, or, where that refuses, by its CA on the node.
//!
//! The API refuses certificates of the group `system:masters` (Kubernetes
//! `plugin/pkg/admission/certificates/subjectrestriction/admission.go`), so an administrator's certificate is
//! signed on the node, as MicroK8s itself does it.

use std::time::Duration;

use identity::ClientRequest;
use identity::Limits;
use identity::api::ApiError;
use identity::api::Binding;
use identity::api::CLIENT_SIGNER;
use identity::api::CLIENT_USAGES;
use identity::api::Csr;
use identity::api::Grantee;
use identity::api::NotIssued;
use identity::request::IssueError;
use identity::request::RequestError;
use kubeconfig::Secret;
use kubeconfig::redact::escape;
use machines::MachineError;
use ring::rand::SecureRandom as _;
use ring::rand::SystemRandom;
use zeroize::Zeroizing;

use super::super::access::Access;
use super::super::issued::Certificate;
use super::super::ours::Credential;
use super::super::ours::key_of;
use super::super::reached::Reached;
use super::super::scripts;
use super::tokens::ADMINISTRATORS;
use crate::world::now;

/// How long to wait for the signature: the controller manager mostly needs less than a second.
const PATIENCE: Duration = Duration::from_secs(30);

/// The shortest time that the API accepts (`expirationSeconds`, `certificates.k8s.io/v1`).
pub const SHORTEST: Duration = Duration::from_mins(10);

/// A day, the unit of `openssl x509 -days`.
const DAY: u64 = 24 * 3600;

/// A certificate that was issued, with its key.
#[derive(Debug)]
pub struct Fresh {
    /// The certificate and its key.
    pub credential: Credential,
    /// What to write down of it.
    pub record: Certificate,
    /// Whether it ends earlier than was asked for.
    pub is_shortened: bool,
}

/// Why no certificate was issued, or a user not removed.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// The names cannot be asked for.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The API did not answer as it should.
    #[error("{machine}: {source}{}", hint(.source))]
    Api {
        /// The machine, escaped.
        machine: String,
        /// Why.
        source: ApiError,
    },
    /// It was not signed.
    #[error("{machine}: {source}")]
    NotIssued {
        /// The machine, escaped.
        machine: String,
        /// Why.
        source: NotIssued,
    },
    /// What came back is not what was asked for.
    #[error("{machine}: {source}")]
    Issue {
        /// The machine, escaped.
        machine: String,
        /// Why.
        source: IssueError,
    },
    /// The node did not sign.
    #[error("{}", .0.told())]
    Machine(#[from] MachineError),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: nothing was asked for")]
    NoRandom,
}

fn hint(error: &ApiError) -> &'static str {
    match error {
        ApiError::Refused { code: 401, .. } => {
            "; the node's own credentials/client.config is not accepted"
        }
        ApiError::Refused { code: 404, .. } => {
            "; certificates.k8s.io/v1 is served since Kubernetes 1.19"
        }
        _ => "",
    }
}

/// Whether a user of these groups gets a certificate by the node's CA only.
pub fn needs_the_ca(groups: &[String]) -> bool {
    groups.iter().any(|group| group == ADMINISTRATORS)
}

/// Checks the names of a user and groups before anything is asked.
///
/// # Errors
/// [`CertificateError::Request`].
pub fn check(user: &str, groups: &[String]) -> Result<(), CertificateError> {
    let names: Vec<&str> = groups.iter().map(String::as_str).collect();
    Ok(ClientRequest::check(user, &names)?)
}

/// Has a certificate issued for a user, good for `lifetime`. The key is made here and does not leave.
///
/// # Errors
/// [`CertificateError`]; a request that is not signed is taken back.
pub async fn issue(
    access: &Access,
    reached: &Reached,
    user: &str,
    groups: &[String],
    lifetime: Duration,
    limits: &Limits,
) -> Result<Fresh, CertificateError> {
    let names: Vec<&str> = groups.iter().map(String::as_str).collect();
    let request = ClientRequest::new(user, &names)?;
    let answer = if needs_the_ca(groups) {
        sign_on_node(access, &request, lifetime).await?
    } else {
        sign_by_api(access, reached, &request, lifetime, limits).await?
    };
    let seconds = i64::try_from(now().as_secs()).unwrap_or(i64::MAX);
    // openssl counts in whole days, and rounds up.
    let asked = if needs_the_ca(groups) {
        Duration::from_secs(days(lifetime) * DAY)
    } else {
        lifetime
    };
    let issued = request
        .verify(&answer, &reached.authority, seconds, Some(asked))
        .map_err(|source| CertificateError::Issue {
            machine: access.name(),
            source,
        })?;
    let not_readable = || CertificateError::Issue {
        machine: access.name(),
        source: IssueError::NotACertificate,
    };
    let key = key_of(issued.pem.as_bytes()).ok_or_else(not_readable)?;
    Ok(Fresh {
        record: Certificate {
            authority: reached.proof.authority,
            user: user.to_owned(),
            groups: groups.to_vec(),
            key,
            issued: seconds,
            expires: issued.not_after,
            removed: false,
        },
        is_shortened: issued.is_shortened,
        credential: Credential::Certificate {
            certificate: issued.pem.into_bytes(),
            key: Secret::new(request.key_pem().as_bytes().to_vec()),
        },
    })
}

async fn sign_by_api(
    access: &Access,
    reached: &Reached,
    request: &ClientRequest,
    lifetime: Duration,
    limits: &Limits,
) -> Result<Vec<u8>, CertificateError> {
    let api = |source| CertificateError::Api {
        machine: access.name(),
        source,
    };
    let session = reached.session(&reached.administrator, limits);
    // `expirationSeconds` is an int32: more is not read at all.
    let longest = i32::MAX.unsigned_abs();
    let seconds = u32::try_from(lifetime.as_secs()).map_or(longest, |seconds| seconds.min(longest));
    let csr = session
        .create_csr(
            &request.name(),
            &request.pem(),
            CLIENT_SIGNER,
            CLIENT_USAGES,
            Some(seconds),
        )
        .await
        .map_err(api)?;
    let signed = match session.approve_csr(&csr).await {
        Ok(()) => session.signed(&csr.name, PATIENCE).await,
        Err(error) => Err(error.into()),
    };
    if signed.is_err() {
        // An approved request that is signed later would be a certificate that nobody has the key of: harmless,
        // but litter.
        let _ = session.delete_csr(&csr.name).await;
    }
    signed.map_err(|source| CertificateError::NotIssued {
        machine: access.name(),
        source,
    })
}

async fn sign_on_node(
    access: &Access,
    request: &ClientRequest,
    lifetime: Duration,
) -> Result<Vec<u8>, CertificateError> {
    let mut serial = [0_u8; 16];
    SystemRandom::new()
        .fill(&mut serial)
        .map_err(|_| CertificateError::NoRandom)?;
    // Positive, and of the full length (RFC 5280 §4.1.2.2).
    let serial = (u128::from_be_bytes(serial) >> 1) | (1 << 126);
    let input = format!("{}\n{serial:032x}\n{}", days(lifetime), request.pem());
    let input = Zeroizing::new(input.into_bytes());
    let output = access
        .machine
        .succeed(scripts::SIGN, &input, access.privilege)
        .await?;
    Ok(output.stdout.to_vec())
}

fn days(lifetime: Duration) -> u64 {
    lifetime.as_secs().div_ceil(DAY).max(1)
}

/// The requests that the cluster knows of, for client certificates of its API.
///
/// # Errors
/// [`CertificateError::Api`].
pub async fn requests(
    access: &Access,
    reached: &Reached,
    limits: &Limits,
) -> Result<Vec<Csr>, CertificateError> {
    let session = reached.session(&reached.administrator, limits);
    let csrs = session.csrs().await;
    let csrs = csrs.map_err(|source| CertificateError::Api {
        machine: access.name(),
        source,
    })?;
    Ok(csrs
        .into_iter()
        .filter(|csr| csr.signer == CLIENT_SIGNER)
        .collect())
}

/// What RBAC grants to a user by name.
///
/// # Errors
/// [`CertificateError::Api`].
pub async fn bindings(
    access: &Access,
    reached: &Reached,
    user: &str,
    limits: &Limits,
) -> Result<Vec<Binding>, CertificateError> {
    let session = reached.session(&reached.administrator, limits);
    let grantee = Grantee::User(user.to_owned());
    let found = session.bindings_of(&[grantee]).await;
    found.map_err(|source| CertificateError::Api {
        machine: access.name(),
        source,
    })
}

/// Takes what RBAC grants to a user by name away.
///
/// # Errors
/// [`CertificateError::Api`] names the binding.
pub async fn revoke(
    access: &Access,
    reached: &Reached,
    user: &str,
    bindings: &[Binding],
    limits: &Limits,
) -> Result<(), CertificateError> {
    let session = reached.session(&reached.administrator, limits);
    let grantee = Grantee::User(user.to_owned());
    for binding in bindings {
        session
            .revoke(binding, &grantee)
            .await
            .map_err(|source| CertificateError::Api {
                machine: format!("{}: binding {}", access.name(), escape(&binding.name)),
                source,
            })?;
    }
    Ok(())
}
