//! What makes a cluster the same cluster, wherever it answers.
//!
//! An address is a candidate until a complete TLS handshake proves it. The proof has four parts, and
//! nothing secret is sent before all of them hold:
//!
//! 1. the certificate chains to the cluster's CA **public key** ([`authority`]), within the validity of
//!    both (kubectl checks the anchor's dates as well);
//! 2. it carries the **pinned name** ([`pin`]): "chains to the CA" alone is not identity, because a
//!    cluster's kubelets, and other clusters of the same CA, pass it too;
//! 3. it is not a node's certificate ([`rules`]);
//! 4. what answers `GET /version` without credentials speaks as an API server does ([`proof`]).
//!
//! The CA key and the name say which *cluster* answered; the leaf's key ([`SpkiHash`]) says which *node*.
//! [`probe()`] does all of it on a connection of its own; [`api`] sends credentials, and only to a peer
//! that shows the very leaf key a probe proved. [`request`] asks for client certificates, and believes no
//! answer that is not what was asked for. [`inspect()`] looks at whoever answers, for a diagnosis: it trusts
//! nobody and has nothing to give away.

pub mod api;
pub mod authority;
pub mod client_key;
mod der;
mod escape;
pub mod inspect;
pub mod jwt;
pub mod leaf;
pub mod pin;
pub mod probe;
pub mod proof;
pub mod rejection;
pub mod request;
pub mod rules;
pub mod spki;
mod transport;
mod verifier;

pub use authority::Authority;
pub use client_key::ClientKey;
pub use inspect::inspect;
pub use leaf::Leaf;
pub use pin::CLUSTER_NAMES;
pub use pin::EntryHost;
pub use pin::PINNED_NAME;
pub use pin::Pin;
pub use probe::Limits;
pub use probe::ProbeError;
pub use probe::probe;
pub use proof::Proof;
pub use rejection::Rejection;
pub use request::ClientRequest;
pub use spki::SpkiHash;
