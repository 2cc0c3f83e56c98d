//! The judgement of the answer to a request.

use std::collections::BTreeSet;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use x509_parser::prelude::FromDer as _;
use x509_parser::prelude::X509Certificate;

use super::ClientRequest;
use super::Subject;
use super::pem;
use super::subject_of;
use crate::authority::Authority;
use crate::authority::ClientRefusal;
use crate::escape;

/// How far our clock and the cluster's may differ. The signer dates certificates back by five minutes for
/// the same reason (Kubernetes, pkg/controller/certificates/signer).
const LEEWAY: i64 = 600;

/// A certificate that is what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The certificate and what chains it to the CA, in PEM.
    pub pem: String,
    /// Start of validity, seconds since the Unix epoch.
    pub not_before: i64,
    /// End of validity, seconds since the Unix epoch.
    pub not_after: i64,
    /// Whether it ends earlier than asked for: the cluster's `--cluster-signing-duration`, or the end of its CA.
    pub is_shortened: bool,
}

/// Why an answer is not what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// No PEM certificate, or one that cannot be read.
    #[error("the cluster's answer is no certificate in PEM")]
    NotACertificate,
    /// A certificate for somebody else's key.
    #[error(
        "the certificate is for another key than the one made here: do not trust this cluster's signer"
    )]
    OtherKey,
    /// A certificate for another user, or other groups.
    #[error(
        "the certificate is for {got}, not for {asked} as asked for: do not trust this cluster's signer"
    )]
    OtherSubject {
        /// What was asked for.
        asked: Subject,
        /// What it says, escaped.
        got: String,
    },
    /// Not signed by the CA.
    #[error(
        "the certificate is not signed by the cluster's CA: its API server would not accept it"
    )]
    OtherAuthority,
    /// Signed by the CA, whose own certificate is out of date.
    #[error("the cluster's CA certificate is outside its validity: renew it first")]
    AuthorityOutOfDate,
    /// Not for clients.
    #[error("the certificate is not for use by clients")]
    NotForClients,
    /// It ended already.
    #[error(
        "the certificate has expired already: check the clocks of this machine and of the cluster"
    )]
    Expired {
        /// End of validity, seconds since the Unix epoch.
        not_after: i64,
    },
    /// It has not begun.
    #[error(
        "the certificate is not valid yet: check the clocks of this machine and of the cluster"
    )]
    NotYetValid {
        /// Start of validity, seconds since the Unix epoch.
        not_before: i64,
    },
    /// It cannot be revoked, and outlives what was asked for.
    #[error(
        "the certificate lasts longer than the {} s asked for: the cluster ignores expirationSeconds (Kubernetes \
         before 1.22 does)",
        .asked.as_secs()
    )]
    LastsLonger {
        /// How long it was to last.
        asked: Duration,
        /// End of validity, seconds since the Unix epoch.
        not_after: i64,
    },
    /// It cannot be used for another reason.
    #[error("the certificate cannot be used: {0}")]
    Unusable(String),
}

impl ClientRequest {
    /// Judges an answer, at `now` in seconds since the Unix epoch: is it for our key, for exactly the user and
    /// groups that were asked for, signed by the cluster's CA, in date, for clients, and does it last no longer
    /// than `asked`? What lasts shorter is told in [`Issued`].
    ///
    /// # Errors
    /// [`IssueError`].
    pub fn verify(
        &self,
        answer: &[u8],
        authority: &Authority,
        now: i64,
        asked: Option<Duration>,
    ) -> Result<Issued, IssueError> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(answer)
            .collect::<Result<_, _>>()
            .map_err(|_| IssueError::NotACertificate)?;
        let (leaf, intermediates) = chain.split_first().ok_or(IssueError::NotACertificate)?;
        let (rest, certificate) =
            X509Certificate::from_der(leaf).map_err(|_| IssueError::NotACertificate)?;
        if !rest.is_empty() {
            return Err(IssueError::NotACertificate);
        }
        if certificate.public_key().raw != self.public_key {
            return Err(IssueError::OtherKey);
        }
        let same = |got: &Subject| {
            let set = |groups: &'_ [String]| groups.iter().cloned().collect::<BTreeSet<_>>();
            got.user == self.subject.user && set(&got.groups) == set(&self.subject.groups)
        };
        match subject_of(certificate.subject()) {
            Some(got) if same(&got) => {}
            other => {
                return Err(IssueError::OtherSubject {
                    asked: self.subject.clone(),
                    got: other.map_or_else(
                        || {
                            format!(
                                "the subject {}",
                                escape::foreign(&certificate.subject().to_string())
                            )
                        },
                        |got| got.to_string(),
                    ),
                });
            }
        }
        let validity = certificate.validity();
        let (not_before, not_after) = (
            validity.not_before.timestamp(),
            validity.not_after.timestamp(),
        );
        authority
            .verify_client(
                leaf,
                intermediates,
                now.clamp(not_before, not_after.max(not_before)),
                now,
            )
            .map_err(|refusal| match refusal {
                ClientRefusal::OtherAuthority => IssueError::OtherAuthority,
                ClientRefusal::AnchorOutOfDate => IssueError::AuthorityOutOfDate,
                ClientRefusal::NotAClient => IssueError::NotForClients,
                ClientRefusal::Other(why) => IssueError::Unusable(escape::foreign(&why)),
            })?;
        if now > not_after {
            return Err(IssueError::Expired { not_after });
        }
        if now < not_before {
            return Err(IssueError::NotYetValid { not_before });
        }
        let wanted = asked.map(|asked| {
            let seconds = i64::try_from(asked.as_secs()).unwrap_or(i64::MAX);
            (asked, now.saturating_add(seconds))
        });
        if let Some((asked, end)) = wanted
            && not_after > end.saturating_add(LEEWAY)
        {
            return Err(IssueError::LastsLonger { asked, not_after });
        }
        Ok(Issued {
            pem: chain
                .iter()
                .map(|der| pem("CERTIFICATE", der).to_string())
                .collect(),
            not_before,
            not_after,
            is_shortened: wanted.is_some_and(|(_, end)| not_after.saturating_add(LEEWAY) < end),
        })
    }
}
