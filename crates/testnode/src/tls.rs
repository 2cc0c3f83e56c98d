//! The TLS side of a node: it asks for a client certificate and accepts any, or none.

use std::sync::{Arc, LazyLock};

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::CryptoProvider;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientHello, ResolvesServerCert, ServerConfig};
use rustls::sign::{CertifiedKey, SigningKey};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::ca::Ca;
use crate::leaf::Leaf;

static PROVIDER: LazyLock<Arc<CryptoProvider>> =
    LazyLock::new(|| Arc::new(rustls::crypto::ring::default_provider()));

/// The key as one that signs handshakes.
pub(crate) fn signer(key: &PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
    PROVIDER.key_provider.load_private_key(key.clone_key())
}

/// Told of the certificates that a client presents, before anything is decided about them.
pub(crate) type OnCertificates = Box<dyn Fn(Vec<Vec<u8>>) + Send + Sync>;

/// The configuration of one connection: its own, so that what is presented in it is known to be its.
pub(crate) fn server_config(
    leaf: &Leaf,
    ca: &Ca,
    tls12_only: bool,
    on_certificates: OnCertificates,
) -> Result<ServerConfig, Error> {
    let names = X509Certificate::from_der(ca.der())
        .map(|(_, ca)| vec![DistinguishedName::from(ca.subject().as_raw().to_vec())])
        .unwrap_or_default();
    // Unchecked, so that an X.509 v1 certificate can be served as well.
    let certified = CertifiedKey::new(leaf.chain().to_vec(), signer(leaf.key())?);
    let versions: &[_] = if tls12_only {
        &[&rustls::version::TLS12]
    } else {
        &[&rustls::version::TLS13, &rustls::version::TLS12]
    };
    let mut config = ServerConfig::builder_with_provider(PROVIDER.clone())
        .with_protocol_versions(versions)?
        .with_client_cert_verifier(Arc::new(AskEverybody {
            names,
            on_certificates,
        }))
        .with_cert_resolver(Arc::new(Always(Arc::new(certified))));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    // A resumed session would present no certificate, neither way, and blind the records.
    config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

/// Go's `tls.RequestClientCert`: whether a certificate is any good is a matter of authentication.
struct AskEverybody {
    names: Vec<DistinguishedName>,
    on_certificates: OnCertificates,
}

impl std::fmt::Debug for AskEverybody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AskEverybody").finish_non_exhaustive()
    }
}

impl ClientCertVerifier for AskEverybody {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.names
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let presented = std::iter::once(end_entity).chain(intermediates);
        (self.on_certificates)(presented.map(|der| der.to_vec()).collect());
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        PROVIDER
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// Whether the client holds the key of its certificate. Written here because webpki, which rustls
/// would use, refuses to read an X.509 v1 certificate.
fn verify_signature(
    message: &[u8],
    certificate: &CertificateDer<'_>,
    dss: &DigitallySignedStruct,
) -> Result<HandshakeSignatureValid, Error> {
    let bad = || Error::InvalidCertificate(rustls::CertificateError::BadSignature);
    let (_, parsed) = X509Certificate::from_der(certificate)
        .map_err(|_| Error::InvalidCertificate(rustls::CertificateError::BadEncoding))?;
    let spki = parsed.public_key();
    let algorithm = crate::der::read(spki.raw)
        .and_then(|(outer, _)| crate::der::read(outer.content))
        .map(|(algorithm, _)| algorithm.content)
        .ok_or_else(bad)?;
    let key = spki.subject_public_key.data.as_ref();
    PROVIDER
        .signature_verification_algorithms
        .mapping
        .iter()
        .filter(|(scheme, _)| *scheme == dss.scheme)
        .flat_map(|(_, algorithms)| *algorithms)
        .filter(|candidate| candidate.public_key_alg_id().as_ref() == algorithm)
        .any(|candidate| {
            candidate
                .verify_signature(key, message, dss.signature())
                .is_ok()
        })
        .then(HandshakeSignatureValid::assertion)
        .ok_or_else(bad)
}
