//! Clients for the tests: the product's, and a careless one.
#![allow(
    dead_code,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "test support: each test binary uses its part of it"
)]

pub(crate) mod chain_only;

use std::io::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use identity::Authority;
use identity::ClientKey;
use identity::EntryHost;
use identity::Limits;
use identity::Pin;
use identity::api::Credentials;
use identity::api::Session;
use identity::probe;
use testnode::Cluster;
use testnode::Node;

/// Says that a test could not run here, where a person and where the test script see it.
pub(crate) fn skip(name: &str, reason: &str) {
    eprintln!("SKIPPED: {name}: {reason}");
    if let Some(path) = std::env::var_os("BOWLINE_SKIPPED") {
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.create(true).append(true).open(path).unwrap();
        writeln!(file, "{name}: {reason}").unwrap();
    }
}

/// Runs the real kubectl, which must succeed.
pub(crate) fn kubectl(kubeconfig: &str, arguments: &str) {
    let home = tempfile::TempDir::new().unwrap();
    let path = home.path().join("config");
    std::fs::write(&path, kubeconfig).unwrap();
    let mut command = testnode::kubectl::find()
        .unwrap()
        .command(home.path(), &path);
    let output = command.args(arguments.split(' ')).output().unwrap();
    assert!(output.status.success(), "{arguments}: {output:?}");
}

/// A node and what a client of it needs to know.
pub(crate) struct Setting {
    pub(crate) cluster: Cluster,
    pub(crate) node: Node,
    pub(crate) authority: Authority,
    pin: Pin,
}

impl Setting {
    pub(crate) fn new(cluster: Cluster) -> Self {
        let node = Node::start(&cluster, ([127, 0, 0, 1], 0).into()).unwrap();
        Self {
            authority: Authority::from_pem(cluster.ca_pem().as_bytes()).unwrap(),
            pin: pin_of_address(node.address()),
            cluster,
            node,
        }
    }

    pub(crate) fn session<'a>(&'a self, credentials: &'a Credentials) -> Session<'a> {
        Session {
            address: self.node.address(),
            leaf: self.node.leaf_spki_sha256().parse().unwrap(),
            authority: &self.authority,
            pin: &self.pin,
            base: "",
            own_address: true,
            credentials,
            limits: Limits {
                total: Duration::from_secs(30),
                ..Limits::default()
            },
        }
    }

    pub(crate) fn admin(&self) -> Credentials {
        bearer(self.cluster.admin_token())
    }
}

/// Credentials of a token.
pub(crate) fn bearer(token: &str) -> Credentials {
    Credentials {
        client_key: None,
        authorization: Some(format!("Bearer {token}").into()),
    }
}

/// Credentials of a client certificate.
pub(crate) fn client(key: ClientKey) -> Credentials {
    Credentials {
        client_key: Some(key),
        authorization: None,
    }
}

/// The pin of an entry whose server is an address.
pub(crate) fn pin_of_address(address: SocketAddr) -> Pin {
    Pin {
        explicit: None,
        host: EntryHost::Address(address.ip()),
    }
}

/// The pin of an entry whose server is a DNS name.
pub(crate) fn pin_of_name(name: &str) -> Pin {
    Pin {
        explicit: None,
        host: EntryHost::Name(name.to_owned()),
    }
}

/// The pin of an entry with a `tls-server-name`.
pub(crate) fn pinned(name: &str) -> Pin {
    Pin {
        explicit: Some(name.to_owned()),
        host: EntryHost::Address([10, 0, 0, 7].into()),
    }
}

/// Proves an address and only then asks it for its namespaces with the admin's token.
pub(crate) async fn list_namespaces(
    address: SocketAddr,
    cluster: &Cluster,
    pin: &Pin,
    own_address: bool,
) -> bool {
    let authority = Authority::from_pem(cluster.ca_pem().as_bytes()).unwrap();
    let limits = Limits::default();
    let Ok(proof) = probe(address, &authority, pin, "", own_address, &limits).await else {
        return false;
    };
    let bearer = format!("Bearer {}", cluster.admin_token());
    let credentials = Credentials {
        client_key: None,
        authorization: Some(bearer.into()),
    };
    let session = Session {
        address,
        leaf: proof.leaf.key,
        authority: &authority,
        pin,
        base: "",
        own_address,
        credentials: &credentials,
        limits,
    };
    session.namespaces().await.is_ok()
}
