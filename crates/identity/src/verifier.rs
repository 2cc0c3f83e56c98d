//! The server verification of every TLS connection this crate makes. It is never relaxed.

use std::sync::Arc;
use std::sync::OnceLock;

use rustls::DigitallySignedStruct;
use rustls::SignatureScheme;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::client::danger::ServerCertVerified;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::ServerName;
use rustls::pki_types::UnixTime;
use rustls::server::ParsedCertificate;

use crate::authority::Authority;
use crate::leaf::Leaf;
use crate::pin;
use crate::pin::Pin;
use crate::pin::Satisfied;
use crate::rejection::Rejection;
use crate::rules;
use crate::spki::SpkiHash;

/// What the verifier found out about the peer's certificate.
#[derive(Clone, Debug)]
pub(crate) struct Verified {
    pub(crate) authority: SpkiHash,
    pub(crate) leaf: Leaf,
    pub(crate) satisfied: Satisfied,
    /// Whether kubectl, which knows nothing but the entry's own name, accepts the certificate as well.
    pub(crate) kubectl_accepts: bool,
}

#[derive(Debug)]
pub(crate) struct Verifier {
    authority: Authority,
    pin: Pin,
    /// Whether the connection goes to the address that the entry itself names.
    own_address: bool,
    /// The only leaf key to accept, when a probe has already proved it.
    expected_leaf: Option<SpkiHash>,
    provider: Arc<CryptoProvider>,
    outcome: OnceLock<Result<Verified, Rejection>>,
}

impl Verifier {
    pub(crate) fn new(
        authority: Authority,
        pin: Pin,
        own_address: bool,
        expected_leaf: Option<SpkiHash>,
        provider: Arc<CryptoProvider>,
    ) -> Self {
        Self {
            authority,
            pin,
            own_address,
            expected_leaf,
            provider,
            outcome: OnceLock::new(),
        }
    }

    /// What was found; `None` while no certificate was shown.
    pub(crate) fn outcome(&self) -> Option<&Result<Verified, Rejection>> {
        self.outcome.get()
    }

    fn judge(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<Verified, Rejection> {
        let leaf = Leaf::from_der(end_entity)?;
        if leaf.version1 {
            return Err(Rejection::Version1);
        }
        let parsed = ParsedCertificate::try_from(end_entity).map_err(|error| {
            Rejection::Malformed(format!("its certificate is refused: {error}"))
        })?;
        let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let authority = self.authority.verify(
            end_entity,
            &parsed,
            intermediates,
            within(&leaf, seconds),
            seconds,
            self.provider.signature_verification_algorithms.all,
        )?;
        let valid_for =
            |name: &ServerName<'_>| rustls::client::verify_server_name(&parsed, name).is_ok();
        let satisfied = rules::judge(&leaf, &self.pin, &valid_for, self.own_address, seconds)?;
        if self.expected_leaf.is_some_and(|key| key != leaf.key) {
            return Err(Rejection::Malformed(
                "another node answers than the one proved a moment ago".to_owned(),
            ));
        }
        let kubectl_accepts =
            pin::parse(&self.pin.kubectl_name()).is_some_and(|name| valid_for(&name));
        Ok(Verified {
            authority,
            leaf,
            satisfied,
            kubectl_accepts,
        })
    }
}

/// The time nearest to `now` at which the leaf is in date: the chain is checked there, so that an expired
/// leaf of the right CA is called expired and not foreign; [`rules::judge`] then refuses it.
fn within(leaf: &Leaf, now: i64) -> UnixTime {
    let time = now.min(leaf.not_after).max(leaf.not_before);
    UnixTime::since_unix_epoch(std::time::Duration::from_secs(
        u64::try_from(time).unwrap_or(0),
    ))
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match self
            .outcome
            .get_or_init(|| self.judge(end_entity, intermediates, now))
        {
            Ok(_) => Ok(ServerCertVerified::assertion()),
            Err(rejection) => Err(rustls::Error::General(rejection.to_string())),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
