//! One connection to a peer: TCP, TLS under our verifier, HTTP/1.1, each within its time limit.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use http_body_util::BodyExt as _;
use http_body_util::Full;
use http_body_util::Limited;
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio::time::timeout_at;
use tokio_rustls::TlsConnector;

use crate::authority::Authority;
use crate::client_key::ClientKey;
use crate::pin::PINNED_NAME;
use crate::pin::Pin;
use crate::pin::parse;
use crate::probe::Limits;
use crate::probe::ProbeError;
use crate::spki::SpkiHash;
use crate::verifier::Verified;
use crate::verifier::Verifier;

/// Larger answers are cut off: nothing we ask for is near it.
const MOST_BODY: usize = 4 << 20;

/// How long to wait for the `close_notify` to leave. Connections that just vanish fill the API server's log
/// with "TLS handshake error" lines (kubernetes/kubernetes#70411).
const GOODBYE: Duration = Duration::from_millis(50);

/// What a connection is to prove, and with which client key it introduces itself.
pub(crate) struct Terms<'a> {
    pub(crate) authority: &'a Authority,
    pub(crate) pin: &'a Pin,
    pub(crate) own_address: bool,
    pub(crate) expected_leaf: Option<SpkiHash>,
    pub(crate) client_key: Option<&'a ClientKey>,
}

pub(crate) struct Connection {
    pub(crate) verified: Verified,
    pub(crate) connect: Duration,
    sender: SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
    host: String,
    deadline: tokio::time::Instant,
}

pub(crate) struct Response {
    pub(crate) code: u16,
    pub(crate) body: Bytes,
    /// The time by the peer's clock, seconds since the Unix epoch.
    pub(crate) date: Option<i64>,
}

/// A TCP connection, and how long it took.
pub(crate) async fn tcp(
    address: SocketAddr,
    limits: &Limits,
) -> Result<(TcpStream, Duration), ProbeError> {
    let start = Instant::now();
    let stream = match timeout(
        limits.connect.min(limits.total),
        TcpStream::connect(address),
    )
    .await
    {
        Err(_) => return Err(ProbeError::ConnectTimedOut(start.elapsed())),
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            return Err(ProbeError::Refused);
        }
        Ok(Err(error)) => return Err(ProbeError::Unreachable(error.to_string())),
        Ok(Ok(stream)) => stream,
    };
    let connect = start.elapsed();
    let _ = stream.set_nodelay(true);
    Ok((stream, connect))
}

/// The header `Date` of an answer (RFC 9110 §6.6.1), seconds since the Unix epoch.
pub(crate) fn date(headers: &http::HeaderMap) -> Option<i64> {
    let text = headers.get(http::header::DATE)?.to_str().ok()?;
    let time = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(time.timestamp().as_second())
}

impl Connection {
    pub(crate) async fn open(
        address: SocketAddr,
        terms: &Terms<'_>,
        limits: &Limits,
    ) -> Result<Self, ProbeError> {
        let start = Instant::now();
        let deadline = tokio::time::Instant::now() + limits.total;
        let (stream, connect) = tcp(address, limits).await?;

        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = Arc::new(Verifier::new(
            terms.authority.clone(),
            terms.pin.clone(),
            terms.own_address,
            terms.expected_leaf,
            Arc::clone(&provider),
        ));
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(|error| ProbeError::Tls(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&verifier) as _);
        let mut config = match terms.client_key {
            None => builder.with_no_client_auth(),
            Some(key) => builder.with_client_cert_resolver(key.resolver()),
        };
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // A resumed handshake shows no certificate: every proof is a complete one.
        config.resumption = Resumption::disabled();

        let name = parse(terms.pin.sni())
            .filter(|name| matches!(name, ServerName::DnsName(_)))
            .or_else(|| parse(PINNED_NAME))
            .ok_or_else(|| ProbeError::Tls("no name to ask for".to_owned()))?;
        let host = terms.pin.sni().to_owned();
        let connector = TlsConnector::from(Arc::new(config));
        let handshake = timeout_at(deadline, connector.connect(name, stream)).await;
        let stream = match (handshake, verifier.outcome()) {
            (_, Some(Err(rejection))) => return Err(ProbeError::Rejected(rejection.clone())),
            (Err(_), _) => {
                return Err(ProbeError::Hung {
                    after: start.elapsed(),
                    stage: "TLS",
                });
            }
            (Ok(Err(error)), _) => return Err(tls_error(&error)),
            (Ok(Ok(stream)), _) => stream,
        };
        let Some(Ok(facts)) = verifier.outcome().cloned() else {
            return Err(ProbeError::Tls("the peer showed no certificate".to_owned()));
        };
        let (sender, driver) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| ProbeError::Http(error.to_string()))?;
        let driver = tokio::spawn(async move {
            // Its error is the request's error too, and is reported there.
            let _ = driver.await;
        });
        Ok(Self {
            verified: facts,
            connect,
            sender,
            driver,
            host,
            deadline,
        })
    }

    /// One GET; `authorization` goes out as it is.
    pub(crate) async fn get(
        &mut self,
        path: &str,
        authorization: Option<http::HeaderValue>,
    ) -> Result<Response, ProbeError> {
        self.send(http::Method::GET, path, authorization, None)
            .await
    }

    /// One request, with JSON where there is a body; `authorization` goes out as it is.
    pub(crate) async fn send(
        &mut self,
        method: http::Method,
        path: &str,
        authorization: Option<http::HeaderValue>,
        body: Option<Vec<u8>>,
    ) -> Result<Response, ProbeError> {
        let hung = |limit: Duration| ProbeError::Hung {
            after: limit,
            stage: "HTTP",
        };
        let http_error = |error: &dyn std::fmt::Display| ProbeError::Http(error.to_string());
        let has_body = body.is_some();
        let mut request = http::Request::builder()
            .method(method)
            .uri(path)
            .header(http::header::HOST, &self.host)
            .header(
                http::header::USER_AGENT,
                concat!("bowline/", env!("CARGO_PKG_VERSION")),
            )
            .header(http::header::ACCEPT, "application/json")
            .body(Full::new(Bytes::from(body.unwrap_or_default())))
            .map_err(|error| http_error(&error))?;
        let headers = request.headers_mut();
        if has_body {
            let json = http::HeaderValue::from_static("application/json");
            headers.insert(http::header::CONTENT_TYPE, json);
        }
        if let Some(value) = authorization {
            headers.insert(http::header::AUTHORIZATION, value);
        }
        let start = Instant::now();
        let exchange = async {
            self.sender.ready().await.map_err(|e| http_error(&e))?;
            let response = self
                .sender
                .send_request(request)
                .await
                .map_err(|e| http_error(&e))?;
            let code = response.status().as_u16();
            let date = date(response.headers());
            let body = Limited::new(response.into_body(), MOST_BODY)
                .collect()
                .await;
            let body = body.map_err(|error| http_error(&error))?.to_bytes();
            Ok(Response { code, body, date })
        };
        match timeout_at(self.deadline, exchange).await {
            Ok(result) => result,
            Err(_) => Err(hung(start.elapsed())),
        }
    }

    /// Closes politely.
    pub(crate) async fn close(self) {
        drop(self.sender);
        let _ = timeout(GOODBYE, self.driver).await;
    }
}

pub(crate) fn tls_error(error: &std::io::Error) -> ProbeError {
    use std::io::ErrorKind as K;
    match error.kind() {
        K::UnexpectedEof | K::ConnectionReset | K::ConnectionAborted | K::BrokenPipe => {
            ProbeError::Closed
        }
        _ => ProbeError::Tls(error.to_string()),
    }
}
