//! What a node saw: the witness of every claim about what was, and was not, sent.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

/// One TLS handshake, from its first message on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// The peer's address.
    pub peer: SocketAddr,
    /// The name that the client asked for; none where it dialled an IP literal.
    pub server_name: Option<String>,
    /// The protocols that the client offers.
    pub alpn: Vec<String>,
    /// The client certificates presented, DER, own certificate first.
    pub client_certificates: Vec<Vec<u8>>,
    /// How it ended: `None` while it runs, the protocol version, or the error.
    pub outcome: Option<Result<String, String>>,
}

impl Handshake {
    /// Whether the client accepted the server and both finished.
    pub fn completed(&self) -> bool {
        matches!(self.outcome, Some(Ok(_)))
    }
}

/// One HTTP request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method, for example `GET`.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// The `User-Agent`.
    pub user_agent: Option<String>,
    /// The name asked for in the handshake of the connection.
    pub server_name: Option<String>,
    /// `HTTP/1.1` or `HTTP/2.0`.
    pub version: String,
    /// Each `Authorization` header, all its bytes.
    pub authorization: Vec<Vec<u8>>,
    /// The user it was taken for; `None` where it was refused with 401.
    pub user: Option<String>,
    /// The status of the answer.
    pub status: u16,
}

/// What a node saw since it was started, or since its records were cleared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    /// TCP connections accepted.
    pub connections: usize,
    /// Handshakes in the order of their first message.
    pub handshakes: Vec<Handshake>,
    /// Requests in the order of their arrival.
    pub requests: Vec<Request>,
}

impl Records {
    /// How many bytes of credentials arrived: `Authorization` headers and client certificates.
    pub fn credential_bytes(&self) -> usize {
        let headers = self
            .requests
            .iter()
            .flat_map(|request| &request.authorization);
        let certificates = self
            .handshakes
            .iter()
            .flat_map(|shake| &shake.client_certificates);
        headers.chain(certificates).map(Vec::len).sum()
    }

    /// The `METHOD path` of each request, in order.
    pub fn lines(&self) -> Vec<String> {
        self.requests
            .iter()
            .map(|request| format!("{} {}", request.method, request.path))
            .collect()
    }
}

/// The records of a node that runs. A handshake or request is known by its place and the
/// generation of the records, so that what began before they were cleared is not written over
/// what came after.
#[derive(Default)]
pub(crate) struct Recorder(Mutex<(u64, Records)>);

/// Where a handshake or request stands in the records.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    generation: u64,
    index: usize,
}

impl Recorder {
    fn with<T>(&self, act: impl FnOnce(&mut u64, &mut Records) -> T) -> T {
        // A panic elsewhere leaves the records as true as they were.
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (generation, records) = &mut *guard;
        act(generation, records)
    }

    pub(crate) fn snapshot(&self) -> Records {
        self.with(|_, records| records.clone())
    }

    pub(crate) fn clear(&self) {
        self.with(|generation, records| {
            *generation += 1;
            *records = Records::default();
        });
    }

    pub(crate) fn connection(&self) {
        self.with(|_, records| records.connections += 1);
    }

    pub(crate) fn handshake(&self, handshake: Handshake) -> Place {
        self.with(|generation, records| {
            records.handshakes.push(handshake);
            Place {
                generation: *generation,
                index: records.handshakes.len() - 1,
            }
        })
    }

    pub(crate) fn amend_handshake(&self, place: Place, amend: impl FnOnce(&mut Handshake)) {
        self.with(|generation, records| {
            if *generation == place.generation {
                records.handshakes.get_mut(place.index).map(amend);
            }
        });
    }

    pub(crate) fn request(&self, request: Request) -> Place {
        self.with(|generation, records| {
            records.requests.push(request);
            Place {
                generation: *generation,
                index: records.requests.len() - 1,
            }
        })
    }

    pub(crate) fn amend_request(&self, place: Place, amend: impl FnOnce(&mut Request)) {
        self.with(|generation, records| {
            if *generation == place.generation {
                records.requests.get_mut(place.index).map(amend);
            }
        });
    }
}
