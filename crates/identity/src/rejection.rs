//! Why a peer is not the cluster.

use std::fmt;

/// Why a certificate was refused. Each reason is a fact about the peer, worded for a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// The chain does not end at the cluster's CA key.
    OtherAuthority {
        /// The peer's CA has the same name, as all MicroK8s clusters' CAs have (`10.152.183.1`).
        same_name: bool,
    },
    /// The chain ends at the cluster's CA key, but the CA certificate in the kubeconfig is out of date;
    /// kubectl refuses it too.
    AnchorOutOfDate {
        /// End of its validity, seconds since the Unix epoch.
        not_after: i64,
        /// Start of its validity, seconds since the Unix epoch.
        not_before: i64,
    },
    /// The cluster's own certificate is past its end.
    Expired {
        /// End of validity, seconds since the Unix epoch.
        not_after: i64,
    },
    /// The cluster's own certificate is not valid yet: a clock is wrong.
    NotYetValid {
        /// Start of validity, seconds since the Unix epoch.
        not_before: i64,
    },
    /// Signed by the cluster's CA but for other names: another machine of the cluster, or another cluster
    /// of a shared CA.
    WrongName {
        /// The name that was asked for.
        wanted: String,
        /// What the certificate carries.
        carries: Vec<String>,
    },
    /// Signed by the cluster's CA for a node (kubelet), not for an API server.
    Node {
        /// Its subject's common name, or its first DNS name.
        subject: String,
    },
    /// Not for use by a server (for example a client certificate).
    NotAServer,
    /// An X.509 v1 certificate: it cannot carry names (MicroK8s' client certificates since 1.34).
    Version1,
    /// The certificate cannot be used for another reason.
    Malformed(String),
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherAuthority { same_name: true } => {
                f.write_str("another cluster: its CA has the same name but another key")
            }
            Self::OtherAuthority { same_name: false } => {
                f.write_str("another cluster: its certificate is not from this cluster's CA")
            }
            Self::AnchorOutOfDate { .. } => f.write_str(
                "right CA key, but the CA certificate in the kubeconfig is outside its validity (kubectl refuses it)",
            ),
            Self::Expired { .. } => f.write_str("right cluster, but its certificate has expired"),
            Self::NotYetValid { .. } => {
                f.write_str("right cluster, but its certificate is not valid yet: check the clocks")
            }
            Self::WrongName { wanted, carries } => {
                write!(f, "right CA, but the certificate is not for {wanted}; it is for {}", list(carries))
            }
            Self::Node { subject } => {
                write!(f, "a node's certificate ({subject}), not an API server's")
            }
            Self::NotAServer => f.write_str("not a server's certificate"),
            Self::Version1 => f.write_str("an X.509 v1 certificate, which no server can prove a name with"),
            Self::Malformed(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Rejection {}

fn list(names: &[String]) -> String {
    const SHOWN: usize = 4;
    match names.len() {
        0 => "no name at all".to_owned(),
        n if n > SHOWN => format!("{} and {} more", names[..SHOWN].join(", "), n - SHOWN),
        _ => names.join(", "),
    }
}
