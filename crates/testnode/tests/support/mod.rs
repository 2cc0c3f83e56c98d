//! What the tests share: the real kubectl, and a plain client.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use tempfile::TempDir;
use testnode::kubectl::{self, Kubectl};
use testnode::{ClientCertificate, Cluster};

/// Any port of loopback.
pub(crate) const LOOPBACK: ([u8; 4], u16) = ([127, 0, 0, 1], 0);

/// How long anything may take that takes milliseconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A home that only this test knows, with a kubectl in it.
pub(crate) struct Home {
    pub(crate) kubectl: Kubectl,
    folder: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        let kubectl = kubectl::find().unwrap_or_else(|error| panic!("{error}"));
        Self {
            kubectl,
            folder: TempDir::new().unwrap(),
        }
    }

    pub(crate) fn command(&self, kubeconfig: &str, arguments: &[&str]) -> Command {
        let path = self.folder.path().join("config");
        std::fs::write(&path, kubeconfig).unwrap();
        let mut command = self.kubectl.command(self.folder.path(), &path);
        command.args(arguments);
        command
    }

    pub(crate) fn run(&self, kubeconfig: &str, arguments: &[&str]) -> Outcome {
        Outcome::of(&self.command(kubeconfig, arguments).output().unwrap())
    }

    pub(crate) fn spawn(&self, kubeconfig: &str, arguments: &[&str]) -> Child {
        let mut command = self.command(kubeconfig, arguments);
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

/// What a program left behind.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
}

impl Outcome {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code(),
        }
    }

    pub(crate) fn last_error(&self) -> &str {
        self.stderr.lines().last().unwrap_or_default()
    }
}

/// Whether `text` is `pattern`, in which `*` stands for anything.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let parts: Vec<_> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Waits until `condition` holds.
pub(crate) fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The answer to a request.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Asks over HTTP/1.1, having checked that the server is `cluster`'s `kubernetes.default.svc`.
pub(crate) fn get(
    cluster: &Cluster,
    address: SocketAddr,
    path: &str,
    token: Option<&str>,
    client: Option<&ClientCertificate>,
) -> std::io::Result<Reply> {
    let mut roots = RootCertStore::empty();
    roots.add(cluster.ca().der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match client {
        None => builder.with_no_client_auth(),
        Some(client) => builder
            .with_client_auth_cert(
                vec![CertificateDer::from_pem_slice(client.pem().as_bytes()).unwrap()],
                PrivateKeyDer::from_pem_slice(client.key_pem().as_bytes()).unwrap(),
            )
            .unwrap(),
    };
    let name = ServerName::try_from("kubernetes.default.svc").unwrap();
    let mut tls = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut tcp = TcpStream::connect_timeout(&address, PATIENCE)?;
    tcp.set_read_timeout(Some(PATIENCE))?;
    let mut stream = rustls::Stream::new(&mut tls, &mut tcp);
    let authorization = token.map(|token| format!("Authorization: Bearer {token}\r\n"));
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: kubernetes\r\nConnection: close\r\nUser-Agent: test\r\n{}\r\n",
        authorization.unwrap_or_default()
    )?;
    let mut text = Vec::new();
    stream.read_to_end(&mut text)?;
    let text = String::from_utf8(text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Ok(Reply {
        status,
        head: head.to_owned(),
        body: body.to_owned(),
    })
}
