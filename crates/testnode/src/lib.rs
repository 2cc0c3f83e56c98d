//! A Kubernetes API server for tests and demonstrations, which can move, fail and lie.
//!
//! A [`Cluster`] is what machines have in common: a CA, users, objects. A [`Node`] is one address
//! with an API server behind it (or something that only looks like one), which can be moved, hung,
//! given another certificate, and asked what reached it:
//!
//! ```
//! use testnode::{Behaviour, Cluster, Node};
//!
//! # fn main() -> std::io::Result<()> {
//! let cluster = Cluster::new();
//! let node = Node::start(&cluster, ([127, 0, 0, 1], 0).into())?;
//! let kubeconfig = cluster.kubeconfig(&node.url());
//! assert!(kubeconfig.contains(cluster.admin_token()));
//! node.set_behaviour(Behaviour::Hang)?;
//! assert_eq!(node.records().credential_bytes(), 0);
//! # Ok(())
//! # }
//! ```
//!
//! The real kubectl does not notice the difference in what is served: discovery, namespaces (with
//! watches), nodes, the EndpointSlice of the API servers, certificate signing requests and their signer,
//! role bindings, health and version. All nodes of a process share one runtime of their own, so that
//! blocking and asynchronous tests can use them alike.

mod api;
mod auth;
mod behaviour;
mod body;
mod ca;
mod client_certificate;
mod clock;
mod cluster;
mod connection;
mod der;
mod door;
mod gate;
mod gocsv;
pub mod kubectl;
mod kubelet;
mod leaf;
mod node;
mod pem;
mod pkcs10;
mod random;
mod rbac;
mod records;
mod runtime;
mod signer;
mod state;
mod status;
mod swallow;
mod tls;
mod tokens;
mod x509v1;

pub use behaviour::Behaviour;
pub use ca::{Ca, MICROK8S_CA_NAME};
pub use client_certificate::{ClientCertificate, ClientCertificateSpec, X509Version};
pub use cluster::{Cluster, ClusterBuilder};
pub use leaf::{Leaf, LeafKind, MICROK8S_NAMES};
pub use node::{Node, NodeOptions, Role};
pub use pem::PemError;
pub use records::{Handshake, Records, Request};
pub use signer::Signer;
