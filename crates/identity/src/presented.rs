//! What a peer shows of itself, believed by nobody: for the first meeting with a server that nothing is known of.
//!
//! The peer proves that it has the key of its certificate, and nothing else. So nothing secret may ever be
//! sent here: there is no way to give this connection a credential.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::OnceLock;

use rustls::ClientConfig;
use rustls::DigitallySignedStruct;
use rustls::RootCertStore;
use rustls::SignatureScheme;
use rustls::client::Resumption;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::client::danger::ServerCertVerified;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::ServerName;
use rustls::pki_types::UnixTime;
use rustls::server::ParsedCertificate;
use tokio::time::timeout_at;
use tokio_rustls::TlsConnector;

use crate::authority::pem;
use crate::leaf::Leaf;
use crate::pin::PINNED_NAME;
use crate::pin::Pin;
use crate::pin::parse;
use crate::probe::Limits;
use crate::probe::ProbeError;
use crate::probe::below;
use crate::proof::Answer;
use crate::proof::answer;
use crate::transport::Http;
use crate::transport::dial;
use crate::transport::tls_error;

/// More certificates than a chain has.
const MOST_CERTIFICATES: usize = 8;

/// What a peer showed.
#[derive(Clone, Debug)]
pub struct Presented {
    /// Where.
    pub address: SocketAddr,
    /// Its certificate, whose key it has.
    pub leaf: Leaf,
    /// How it answered `GET /version`; `None` where it does not speak as an API server.
    pub answer: Option<Answer>,
    chain: Vec<CertificateDer<'static>>,
}

impl Presented {
    /// The certificate to hold it to from now on, in PEM form: that of the CA, where the peer shows it and it signed
    /// the leaf; else the leaf itself, which Go accepts as a root, too.
    pub fn certificate(&self) -> Option<String> {
        let (leaf, rest) = self.chain.split_first()?;
        let issuer = rest.iter().find(|issuer| is_issuer(leaf, issuer));
        Some(pem(issuer.unwrap_or(leaf)))
    }

    /// Whether [`Presented::certificate`] is the leaf itself: then it is only good until the server gets another.
    pub fn is_alone(&self) -> bool {
        match self.chain.split_first() {
            Some((leaf, rest)) => !rest.iter().any(|issuer| is_issuer(leaf, issuer)),
            None => true,
        }
    }
}

/// Whether a certificate is that of a CA, and signed the leaf.
fn is_issuer(leaf: &CertificateDer<'_>, issuer: &CertificateDer<'_>) -> bool {
    use x509_parser::prelude::FromDer as _;
    let Ok((_, parsed)) = x509_parser::prelude::X509Certificate::from_der(issuer) else {
        return false;
    };
    let mut roots = RootCertStore::empty();
    let (Ok(leaf), Ok(()), true) = (
        ParsedCertificate::try_from(leaf),
        roots.add(issuer.clone().into_owned()),
        parsed.is_ca(),
    ) else {
        return false;
    };
    let now = UnixTime::now();
    let provider = rustls::crypto::ring::default_provider();
    let algorithms = provider.signature_verification_algorithms.all;
    rustls::client::verify_server_cert_signed_by_trust_anchor(&leaf, &roots, &[], now, algorithms)
        .is_ok()
}

/// Connects and looks at what the peer shows. The name asked for is that of the pin, as a probe asks for it.
///
/// # Errors
/// [`ProbeError`] says at which step and why; never that a certificate is refused, unless it cannot be read.
pub async fn presented(
    address: SocketAddr,
    pin: &Pin,
    base: &str,
    limits: &Limits,
) -> Result<Presented, ProbeError> {
    let start = std::time::Instant::now();
    let deadline = tokio::time::Instant::now() + limits.total;
    let stream = dial(address, limits).await?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let witness = Arc::new(Witness {
        provider: Arc::clone(&provider),
        chain: OnceLock::new(),
    });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| ProbeError::Tls(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&witness) as _)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.resumption = Resumption::disabled();
    let name = parse(pin.sni())
        .filter(|name| matches!(name, ServerName::DnsName(_)))
        .or_else(|| parse(PINNED_NAME))
        .ok_or_else(|| ProbeError::Tls("no name to ask for".to_owned()))?;
    let connector = TlsConnector::from(Arc::new(config));
    let stream = match timeout_at(deadline, connector.connect(name, stream)).await {
        Err(_) => {
            return Err(ProbeError::Hung {
                after: start.elapsed(),
                stage: "TLS",
            });
        }
        Ok(Err(error)) => return Err(tls_error(&error)),
        Ok(Ok(stream)) => stream,
    };
    let chain = witness.chain.get().cloned().unwrap_or_default();
    let leaf = chain
        .first()
        .ok_or_else(|| ProbeError::Tls("the peer showed no certificate".to_owned()))?;
    let leaf = Leaf::from_der(leaf).map_err(ProbeError::Rejected)?;
    let mut http = Http::on(stream, pin.sni().to_owned(), deadline).await?;
    let version = below(base, "/version");
    let response = http.send(http::Method::GET, &version, None, None).await;
    http.close().await;
    // What speaks no HTTP is no API server, either.
    let answer = response
        .ok()
        .and_then(|response| answer(response.code, &response.body));
    Ok(Presented {
        address,
        leaf,
        answer,
        chain,
    })
}

/// Writes down which certificates are shown, and checks that the peer has the key of the first.
#[derive(Debug)]
struct Witness {
    provider: Arc<CryptoProvider>,
    chain: OnceLock<Vec<CertificateDer<'static>>>,
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.chain.get_or_init(|| {
            let all = std::iter::once(end_entity).chain(intermediates);
            all.take(MOST_CERTIFICATES)
                .map(|der| der.clone().into_owned())
                .collect()
        });
        Ok(ServerCertVerified::assertion())
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
