//! One connection: TLS, then HTTP.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

use crate::behaviour::Behaviour;
use crate::node::{Role, Shared};
use crate::records::Handshake;
use crate::{api, kubelet, tls};

/// What the requests of one connection share.
pub(crate) struct Connection {
    pub(crate) node: Arc<Shared>,
    pub(crate) server_name: Option<String>,
    pub(crate) client_certificate: Option<Vec<u8>>,
    /// Where the client reached the node.
    pub(crate) local: SocketAddr,
}

pub(crate) async fn serve(node: Arc<Shared>, stream: TcpStream, peer: SocketAddr) {
    if let Behaviour::Late(delay) = node.behaviour() {
        tokio::time::sleep(delay).await;
    }
    if node.role == Role::ApiServer && node.cluster.is_broken() {
        return;
    }
    // A connection that fails has told its client already; the records say how.
    let _ = serve_stream(node, stream, peer).await;
}

async fn serve_stream(
    node: Arc<Shared>,
    mut stream: TcpStream,
    peer: SocketAddr,
) -> io::Result<()> {
    let local = stream.local_addr()?;
    if matches!(node.role, Role::PlainWebServer | Role::PlainCaptivePortal) {
        return serve_http(node, stream, local, None, None).await;
    }
    if speaks_http(&stream).await? {
        return refuse_http(&mut stream).await;
    }
    let (tls, server_name) = shake_hands(&node, stream, peer).await?;
    if node.behaviour() == Behaviour::CloseAfterHandshake {
        return Ok(());
    }
    let certificates = tls.get_ref().1.peer_certificates();
    let certificate = certificates.and_then(<[_]>::first).map(|der| der.to_vec());
    serve_http(node, tls, local, server_name, certificate).await
}

async fn serve_http(
    node: Arc<Shared>,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    local: SocketAddr,
    server_name: Option<String>,
    client_certificate: Option<Vec<u8>>,
) -> io::Result<()> {
    let connection = Arc::new(Connection {
        node,
        server_name,
        client_certificate,
        local,
    });
    let service = service_fn(move |request| {
        let connection = connection.clone();
        async move {
            Ok::<_, Infallible>(match connection.node.role {
                Role::ApiServer => api::answer(&connection, request).await,
                _ => kubelet::answer(&connection, &request),
            })
        }
    });
    hyper_util::server::conn::auto::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(stream), service)
        .await
        .map_err(io::Error::other)
}

async fn shake_hands(
    node: &Arc<Shared>,
    stream: TcpStream,
    peer: SocketAddr,
) -> io::Result<(TlsStream<TcpStream>, Option<String>)> {
    let start = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), stream).await?;
    let hello = start.client_hello();
    let server_name = hello.server_name().map(str::to_owned);
    let alpn = hello.alpn().into_iter().flatten();
    let place = node.recorder.handshake(Handshake {
        peer,
        server_name: server_name.clone(),
        alpn: alpn
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect(),
        client_certificates: Vec::new(),
        outcome: None,
    });
    let witness = node.clone();
    let on_certificates = Box::new(move |presented| {
        witness
            .recorder
            .amend_handshake(place, |shake| shake.client_certificates = presented);
    });
    let config = tls::server_config(
        &node.leaf(),
        node.cluster.ca(),
        node.tls12_only,
        on_certificates,
    )
    .map_err(io::Error::other)?;
    let finished = start.into_stream(Arc::new(config)).await;
    let outcome = match &finished {
        Ok(tls) => Ok(tls
            .get_ref()
            .1
            .protocol_version()
            .map_or_else(String::new, |version| {
                version.as_str().unwrap_or_default().replace('_', ".")
            })),
        Err(error) => Err(error.to_string()),
    };
    node.recorder
        .amend_handshake(place, |shake| shake.outcome = Some(outcome));
    Ok((finished?, server_name))
}

/// Whether the first bytes are those of a request in the clear; the five bytes that Go's net/http looks at.
async fn speaks_http(stream: &TcpStream) -> io::Result<bool> {
    let mut first = [0; 5];
    loop {
        let seen = stream.peek(&mut first).await?;
        // The first byte of a TLS record is never a letter.
        if seen == 0 || !first[0].is_ascii_uppercase() {
            return Ok(false);
        }
        if seen == first.len() {
            return Ok([b"GET /", b"HEAD ", b"POST ", b"PUT /", b"OPTIO"].contains(&&first));
        }
        // The rest of these five bytes is on its way, or never comes; then the client pays for it.
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// The answer of Go's net/http, word for word.
async fn refuse_http(stream: &mut TcpStream) -> io::Result<()> {
    // What was asked is read first: closing with unread bytes would reset the connection.
    let mut asked = [0; 4096];
    stream.readable().await?;
    let _ = stream.try_read(&mut asked);
    stream
        .write_all(
            b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n",
        )
        .await?;
    stream.shutdown().await
}
