//! Asks an address, without any credential, whether it is the cluster.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;
use std::time::Instant;

use crate::authority::Authority;
use crate::pin::Pin;
use crate::proof::Proof;
use crate::proof::answer;
use crate::rejection::Rejection;
use crate::transport::Connection;
use crate::transport::Terms;

/// How long a probe waits.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For the TCP connection. A machine that is up answers at once, however busy its API server is; the
    /// default lets a path of 900 ms pass and gives up before the kernel sends its SYN a second time (1 s).
    pub connect: Duration,
    /// For everything: connection, TLS handshake, HTTP answer. Each is a round trip: of 900 ms they are 2.7 s.
    pub total: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_millis(920),
            total: Duration::from_millis(2850),
        }
    }
}

/// Why an address could not be proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeError {
    /// The machine is there, the port is closed.
    Refused,
    /// No answer to the connection attempt: nobody has the address, or packets are dropped.
    ConnectTimedOut(Duration),
    /// The network says that there is no way; the system's text.
    Unreachable(String),
    /// Connected, then silence.
    Hung {
        /// How long.
        after: Duration,
        /// What was waited for: `TLS` or `HTTP`.
        stage: &'static str,
    },
    /// Connected, then closed before the handshake was complete: a relay without a server behind it.
    Closed,
    /// TLS failed for another reason than the certificate; the library's text.
    Tls(String),
    /// The certificate is not the cluster's.
    Rejected(Rejection),
    /// TLS was fine, HTTP was not; the library's text.
    Http(String),
    /// The certificate was fine, but what answers does not speak as an API server.
    NotAnApiServer {
        /// The HTTP code of its answer to `GET /version`.
        code: u16,
    },
}

impl fmt::Display for ProbeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("connection refused: nothing listens on the port"),
            Self::ConnectTimedOut(after) => {
                write!(
                    f,
                    "no answer within {} ms: nobody has the address, or packets are dropped",
                    after.as_millis()
                )
            }
            Self::Unreachable(text) => write!(f, "unreachable: {text}"),
            Self::Hung { after, stage } => {
                write!(
                    f,
                    "connected, but no {stage} answer within {} ms",
                    after.as_millis()
                )
            }
            Self::Closed => f.write_str(
                "connected, then closed at once: perhaps a relay with no server behind it",
            ),
            Self::Tls(text) => write!(f, "TLS failed: {text}"),
            Self::Rejected(rejection) => rejection.fmt(f),
            Self::Http(text) => write!(f, "HTTP failed: {text}"),
            Self::NotAnApiServer { code } => {
                write!(
                    f,
                    "right certificate, but not an API server (HTTP {code} for /version)"
                )
            }
        }
    }
}

impl std::error::Error for ProbeError {}

/// Connects to `address`, completes a TLS handshake with one stable SNI and no client certificate, asks
/// `GET /version` without credentials and judges all of it. `own_address` says that the entry itself names
/// this address, so that an address in the certificate counts as well. `base` is the path of the entry's
/// server, mostly empty: what stands before several clusters tells them apart by it.
///
/// Runs on a tokio runtime with I/O and time.
///
/// # Errors
/// [`ProbeError`] says at which step and why.
pub async fn probe(
    address: SocketAddr,
    authority: &Authority,
    pin: &Pin,
    base: &str,
    own_address: bool,
    limits: &Limits,
) -> Result<Proof, ProbeError> {
    let start = Instant::now();
    let terms = Terms {
        authority,
        pin,
        own_address,
        expected_leaf: None,
        client_key: None,
    };
    let mut connection = Connection::open(address, &terms, limits).await?;
    let response = connection.get(&below(base, "/version"), None).await?;
    let latency = start.elapsed();
    let verified = connection.verified.clone();
    let connect = connection.connect;
    connection.close().await;
    let answer = answer(response.code, &response.body).ok_or(ProbeError::NotAnApiServer {
        code: response.code,
    })?;
    Ok(Proof {
        address,
        authority: verified.authority,
        leaf: verified.leaf,
        name: verified.satisfied,
        kubectl_accepts: verified.kubectl_accepts,
        answer,
        connect,
        latency,
    })
}

/// A path of the API below the path of the entry's server.
pub(crate) fn below(base: &str, path: &str) -> String {
    format!("{}{path}", base.trim_end_matches('/'))
}
