//! Looks at whoever answers at an address, without trusting it and without anything to give away.
//!
//! This is for a diagnosis (who is it, if it is not the cluster?) and for a first meeting (`heal --pin`). Any
//! certificate is taken note of, and none proves anything here. There is no way to give a credential to this module.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;

use http_body_util::BodyExt as _;
use http_body_util::Empty;
use http_body_util::Limited;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
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
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::time::Instant;
use tokio::time::timeout_at;
use tokio_rustls::TlsConnector;
use x509_parser::prelude::FromDer as _;
use x509_parser::prelude::X509Certificate;

use crate::authority::Authority;
use crate::authority::pem;
use crate::escape;
use crate::leaf::Leaf;
use crate::pin;
use crate::pin::PINNED_NAME;
use crate::probe::Limits;
use crate::probe::ProbeError;
use crate::proof::Answer;
use crate::proof::answer;
use crate::transport;

/// More than any answer that is looked at.
const MOST_BODY: usize = 64 << 10;

/// Who answers at an address.
#[derive(Clone, Debug)]
pub struct Stranger {
    /// Time for the TCP connection.
    pub connect: Duration,
    /// What it showed in a TLS handshake, if it speaks TLS.
    pub certificate: Option<Shown>,
    /// How it answered a GET without credentials: over TLS, or in the clear where it speaks no TLS.
    pub said: Option<Said>,
}

/// A certificate that a stranger showed.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What it says.
    pub leaf: Leaf,
    /// Who signed it, by name, escaped.
    pub issuer: String,
    chain: Vec<CertificateDer<'static>>,
}

/// An answer of a stranger; its texts are escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The HTTP code.
    pub code: u16,
    /// The time by its clock, seconds since the Unix epoch.
    pub date: Option<i64>,
    /// Where it sends the caller.
    pub location: Option<String>,
    /// Which server it says it is.
    pub server: Option<String>,
    /// Whether it answers as an API server does.
    pub api: Option<Answer>,
    /// Whether it says that it wants TLS (Go's net/http: "Client sent an HTTP request to an HTTPS server").
    pub wants_tls: bool,
}

impl Shown {
    /// Whether it chains to a CA's key, whatever its dates.
    pub fn is_of(&self, authority: &Authority) -> bool {
        let Some((end, intermediates)) = self.chain.split_first() else {
            return false;
        };
        let Ok(parsed) = ParsedCertificate::try_from(end) else {
            return false;
        };
        let begin = u64::try_from(self.leaf.not_before).unwrap_or_default();
        let time = UnixTime::since_unix_epoch(Duration::from_secs(begin));
        let provider = rustls::crypto::ring::default_provider();
        let algorithms = provider.signature_verification_algorithms.all;
        let verified = authority.verify(
            end,
            &parsed,
            intermediates,
            time,
            authority.not_after(),
            algorithms,
        );
        matches!(
            verified,
            Ok(_) | Err(crate::Rejection::AnchorOutOfDate { .. })
        )
    }

    /// The certificate to hold the server to from now on, in PEM form: that of the CA, where it is shown and signed
    /// the leaf; else the leaf itself, which Go accepts as a root, too.
    pub fn certificate(&self) -> Option<String> {
        let (leaf, rest) = self.chain.split_first()?;
        let issuer = rest.iter().find(|issuer| is_issuer(leaf, issuer));
        Some(pem(issuer.unwrap_or(leaf)))
    }

    /// Whether [`Shown::certificate`] is the leaf itself: then it is only good until the server gets another.
    pub fn is_alone(&self) -> bool {
        match self.chain.split_first() {
            Some((leaf, rest)) => !rest.iter().any(|issuer| is_issuer(leaf, issuer)),
            None => true,
        }
    }

    /// Whether a client that checks this name (a DNS name or an address) takes it.
    pub fn is_for(&self, name: &str) -> bool {
        let parsed = self
            .chain
            .first()
            .and_then(|der| ParsedCertificate::try_from(der).ok());
        match (parsed, pin::parse(name)) {
            (Some(parsed), Some(name)) => {
                rustls::client::verify_server_name(&parsed, &name).is_ok()
            }
            _ => false,
        }
    }
}

/// Whether a certificate is that of a CA, and signed the leaf.
fn is_issuer(leaf: &CertificateDer<'_>, issuer: &CertificateDer<'_>) -> bool {
    let Ok((_, parsed)) = X509Certificate::from_der(issuer) else {
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

/// Connects to `address` with the SNI `name`, notes the certificate, and asks `GET path` without credentials,
/// in the clear where no TLS is spoken.
///
/// # Errors
/// [`ProbeError`] where nothing at all can be learnt.
pub async fn inspect(
    address: SocketAddr,
    name: &str,
    path: &str,
    limits: &Limits,
) -> Result<Stranger, ProbeError> {
    let deadline = Instant::now() + limits.total;
    let (certificate, connect, stream) = shake_hands(address, name, limits, deadline).await?;
    let said = match stream {
        Ok(stream) => ask(stream, name, path, deadline).await.ok(),
        Err(_) if certificate.is_some() => None,
        Err(error) => {
            // No TLS: perhaps HTTP in the clear.
            let (stream, _) = transport::tcp(address, limits).await?;
            Some(ask(stream, name, path, deadline).await.map_err(|_| error)?)
        }
    };
    Ok(Stranger {
        connect,
        certificate,
        said,
    })
}

/// The certificate at `address` alone: no request is made.
///
/// # Errors
/// [`ProbeError`].
pub async fn certificate(
    address: SocketAddr,
    name: &str,
    limits: &Limits,
) -> Result<Shown, ProbeError> {
    let deadline = Instant::now() + limits.total;
    let (certificate, _, stream) = shake_hands(address, name, limits, deadline).await?;
    match (certificate, stream) {
        (Some(certificate), _) => Ok(certificate),
        (None, Err(error)) => Err(error),
        (None, Ok(_)) => Err(ProbeError::Tls("the peer showed no certificate".to_owned())),
    }
}

/// Asks `GET path` in the clear, without credentials.
///
/// # Errors
/// [`ProbeError`].
pub async fn in_the_clear(
    address: SocketAddr,
    host: &str,
    path: &str,
    limits: &Limits,
) -> Result<Stranger, ProbeError> {
    let deadline = Instant::now() + limits.total;
    let (stream, connect) = transport::tcp(address, limits).await?;
    let said = ask(stream, host, path, deadline).await?;
    Ok(Stranger {
        connect,
        certificate: None,
        said: Some(said),
    })
}

type Encrypted = tokio_rustls::client::TlsStream<tokio::net::TcpStream>;

async fn shake_hands(
    address: SocketAddr,
    name: &str,
    limits: &Limits,
    deadline: Instant,
) -> Result<(Option<Shown>, Duration, Result<Encrypted, ProbeError>), ProbeError> {
    let (stream, connect) = transport::tcp(address, limits).await?;
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
    let server_name = pin::parse(name)
        .filter(|name| matches!(name, ServerName::DnsName(_)))
        .or_else(|| pin::parse(PINNED_NAME))
        .ok_or_else(|| ProbeError::Tls("no name to ask for".to_owned()))?;
    let connector = TlsConnector::from(Arc::new(config));
    let stream = match timeout_at(deadline, connector.connect(server_name, stream)).await {
        Err(_) => Err(ProbeError::Hung {
            after: limits.total,
            stage: "TLS",
        }),
        Ok(Err(error)) => Err(transport::tls_error(&error)),
        Ok(Ok(stream)) => Ok(stream),
    };
    let shown = witness.chain.get().and_then(|chain| shown(chain));
    Ok((shown, connect, stream))
}

fn shown(chain: &[CertificateDer<'static>]) -> Option<Shown> {
    let end = chain.first()?;
    let (_, parsed) = X509Certificate::from_der(end).ok()?;
    Some(Shown {
        leaf: Leaf::from_der(end).ok()?,
        issuer: escape::foreign(&parsed.issuer().to_string()),
        chain: chain.to_vec(),
    })
}

async fn ask(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    host: &str,
    path: &str,
    deadline: Instant,
) -> Result<Said, ProbeError> {
    let start = Instant::now();
    let failed = |error: &dyn std::fmt::Display| ProbeError::Http(error.to_string());
    let exchange = async {
        let (mut sender, driver) =
            hyper::client::conn::http1::handshake::<_, Empty<Bytes>>(TokioIo::new(stream))
                .await
                .map_err(|error| failed(&error))?;
        let driver = tokio::spawn(async move {
            let _ = driver.await;
        });
        let request = http::Request::get(path)
            .header(http::header::HOST, host)
            .header(
                http::header::USER_AGENT,
                concat!("bowline/", env!("CARGO_PKG_VERSION")),
            )
            .header(http::header::ACCEPT, "application/json")
            .body(Empty::new())
            .map_err(|error| failed(&error))?;
        let answered = sender.send_request(request).await;
        let response = answered.map_err(|error| failed(&error))?;
        let code = response.status().as_u16();
        let headers = response.headers().clone();
        let body = Limited::new(response.into_body(), MOST_BODY);
        // A body that cannot be read takes nothing from what the head said.
        let body = body
            .collect()
            .await
            .map(http_body_util::Collected::to_bytes)
            .unwrap_or_default();
        drop(sender);
        driver.abort();
        let header = |name: http::HeaderName| {
            let value = headers.get(name)?;
            Some(escape::foreign(&String::from_utf8_lossy(value.as_bytes())))
        };
        let wants_tls = b"HTTP request to an HTTPS server";
        Ok(Said {
            code,
            date: transport::date(&headers),
            location: header(http::header::LOCATION),
            server: header(http::header::SERVER),
            api: answer(code, &body),
            wants_tls: code == 400 && body.windows(wants_tls.len()).any(|part| part == wants_tls),
        })
    };
    timeout_at(deadline, exchange).await.unwrap_or_else(|_| {
        Err(ProbeError::Hung {
            after: start.elapsed(),
            stage: "HTTP",
        })
    })
}

/// Notes what is shown, and checks that the peer has the key of it. It accepts whatever it is: who goes by that has to
/// prove it afterwards, or ask the user.
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
        let chain = std::iter::once(end_entity).chain(intermediates);
        self.chain
            .get_or_init(|| chain.map(|der| der.clone().into_owned()).collect());
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
