//! Clients for the tests: the product's, and a careless one.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "test support: each test binary uses its part of it"
)]

pub(crate) mod chain_only;

use std::net::SocketAddr;

use identity::Authority;
use identity::EntryHost;
use identity::Limits;
use identity::Pin;
use identity::api::Credentials;
use identity::api::Session;
use identity::probe;
use testnode::Cluster;

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
