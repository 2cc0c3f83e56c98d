//! The CAs of a node, and what they vouch for.

use machines::Tree;
use x509_parser::prelude::FromDer as _;
use x509_parser::prelude::X509Certificate;

use super::content;
use super::parse::Chain;
use super::parse::public_key;

/// Those that MicroK8s has, the one that clients meet first.
const FILES: [&str; 3] = ["ca.crt", "front-proxy-ca.crt", "ca.remote.crt"];

/// The CAs of a node.
#[derive(Debug)]
pub(crate) struct Authorities(Vec<Authority>);

#[derive(Debug)]
struct Authority {
    path: String,
    is_front_proxy: bool,
    chain: Chain,
}

impl Authorities {
    /// Those that can be read; a damaged one vouches for nothing.
    pub(crate) fn read(tree: &Tree, data: &str) -> Self {
        let authority = |name: &&str| {
            let path = format!("{data}/certs/{name}");
            let entry = tree.entries.get(&path)?;
            let chain = content(entry).and_then(Chain::from_pem).ok()?;
            Some(Authority {
                is_front_proxy: name.starts_with("front-proxy"),
                path,
                chain,
            })
        };
        Self(FILES.iter().filter_map(authority).collect())
    }

    /// The file of the CA that signed a certificate.
    pub(super) fn signer(&self, certificate: &X509Certificate<'_>) -> Option<&str> {
        self.0
            .iter()
            .find(|authority| signed(&authority.chain, certificate))
            .map(|authority| authority.path.as_str())
    }

    /// Those that the API server believes clients from, or that clients believe the API server from.
    fn of_cluster(&self) -> impl Iterator<Item = &Authority> {
        self.0.iter().filter(|authority| !authority.is_front_proxy)
    }

    /// Whether the cluster's CA is known at all.
    pub(crate) fn knows_cluster(&self) -> bool {
        self.of_cluster().next().is_some()
    }

    /// Whether the cluster's CA signed a client certificate.
    pub(crate) fn accepts(&self, client: &Chain) -> bool {
        X509Certificate::from_der(client.first()).is_ok_and(|(_, certificate)| {
            self.of_cluster()
                .any(|authority| signed(&authority.chain, &certificate))
        })
    }

    /// Whether one of the keys of other CA data is that of the cluster's CA. Its certificate may differ:
    /// `refresh-certs -e ca.crt` makes a new one with the old key.
    pub(crate) fn shares_key(&self, other: &Chain) -> bool {
        let keys: Vec<Vec<u8>> = other.all().filter_map(public_key).collect();
        self.of_cluster()
            .flat_map(|authority| authority.chain.all())
            .filter_map(public_key)
            .any(|key| keys.contains(&key))
    }
}

/// Whether one of a file's certificates signed another. The name has to fit, byte by byte as Go compares it,
/// and the key: the CAs of all clusters have the same name.
pub(super) fn signed(by: &Chain, certificate: &X509Certificate<'_>) -> bool {
    by.all().any(|der| {
        X509Certificate::from_der(der).is_ok_and(|(_, ca)| {
            ca.subject().as_raw() == certificate.issuer().as_raw()
                && certificate.verify_signature(Some(ca.public_key())).is_ok()
        })
    })
}
