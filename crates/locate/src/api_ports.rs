//! The ports at which API servers listen inside their machines and containers.

/// kube-apiserver's, MicroK8s', minikube's and k0s' defaults, and that of https.
pub const API_PORTS: [u16; 4] = [6443, 16443, 8443, 443];

/// Whether an API server may be behind a port of a guest. The rest (databases, web servers) is left alone.
pub fn contains(port: u16) -> bool {
    API_PORTS.contains(&port)
}
