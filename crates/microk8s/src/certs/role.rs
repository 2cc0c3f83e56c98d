//! What a certificate is for.

use std::fmt;

use serde::Serialize;
use serde::Serializer;

/// What a certificate is for, by the name that `MicroK8s` gives its file
/// (canonical/microk8s `microk8s-resources/actions/common/utils.sh`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// `ca.crt`.
    Ca,
    /// `server.crt`: of the API server, and of the cluster agent on port 25000.
    Server,
    /// `front-proxy-ca.crt`.
    FrontProxyCa,
    /// `front-proxy-client.crt`.
    FrontProxyClient,
    /// `client.crt`: the administrator's.
    Client,
    /// `kubelet.crt`.
    Kubelet,
    /// `proxy.crt`.
    Proxy,
    /// `scheduler.crt`.
    Scheduler,
    /// `controller.crt`.
    Controller,
    /// `apiserver-kubelet-client.crt`.
    ApiserverKubeletClient,
    /// `var/kubernetes/backend/cluster.crt`.
    Dqlite,
    /// `ca.remote.crt`: on a worker, the CA of the cluster that it joined.
    RemoteCa,
    /// `client-certificate-data` of a kubeconfig.
    Embedded {
        /// The kubeconfig's name: `client.config`.
        file: String,
    },
    /// Any other.
    Other,
}

impl Role {
    /// By the file's name in `certs/`.
    pub(crate) fn of(name: &str) -> Self {
        match name {
            "ca.crt" => Self::Ca,
            "server.crt" => Self::Server,
            "front-proxy-ca.crt" => Self::FrontProxyCa,
            "front-proxy-client.crt" => Self::FrontProxyClient,
            "client.crt" => Self::Client,
            "kubelet.crt" => Self::Kubelet,
            "proxy.crt" => Self::Proxy,
            "scheduler.crt" => Self::Scheduler,
            "controller.crt" => Self::Controller,
            "apiserver-kubelet-client.crt" => Self::ApiserverKubeletClient,
            "ca.remote.crt" => Self::RemoteCa,
            _ => Self::Other,
        }
    }

    /// For a kubeconfig, the role of the certificate that `MicroK8s` copies into it.
    fn source(&self) -> &Self {
        let Self::Embedded { file } = self else {
            return self;
        };
        match file.as_str() {
            "client.config" => &Self::Client,
            "controller.config" => &Self::Controller,
            "kubelet.config" => &Self::Kubelet,
            "proxy.config" => &Self::Proxy,
            "scheduler.config" => &Self::Scheduler,
            _ => self,
        }
    }

    /// What stops working at its end.
    pub fn stops(&self) -> &'static str {
        match self.source() {
            Self::Ca => "everything: no certificate that it signed is believed any longer",
            Self::Server => {
                "every connection to the API server, and joining: clients refuse an expired server certificate"
            }
            Self::FrontProxyCa | Self::FrontProxyClient => {
                "aggregated APIs such as metrics-server (kubectl top, autoscaling), and deleting namespaces, which asks them"
            }
            Self::Client => "kubectl as administrator with this certificate, and microk8s kubectl",
            Self::Kubelet => {
                "the kubelet's connection to the API server, so that the node becomes NotReady; and kubectl logs, exec and port-forward"
            }
            Self::Proxy => "kube-proxy's view of Services on this node",
            Self::Scheduler => "scheduling: new pods stay Pending",
            Self::Controller => {
                "the controllers: Deployments, Jobs, nodes, service account tokens, certificate requests"
            }
            Self::ApiserverKubeletClient => "kubectl logs, exec and port-forward",
            Self::Dqlite => "connections between the members of the dqlite cluster",
            Self::RemoteCa => "this worker's connection to the API servers of its cluster",
            Self::Embedded { .. } => "what this kubeconfig is used for",
            Self::Other => "not known: MicroK8s itself makes no such file",
        }
    }

    /// The command that makes it anew. Nothing does so by itself when a certificate ends
    /// (canonical/microk8s#5576). `None` where there is no command: `front-proxy-ca.crt` and dqlite's are
    /// made once, and a worker gets its CA when it joins.
    pub fn renewed_by(&self) -> Option<&'static str> {
        match self.source() {
            Self::Server => Some("sudo microk8s refresh-certs -e server.crt"),
            Self::FrontProxyClient => Some("sudo microk8s refresh-certs -e front-proxy-client.crt"),
            Self::Ca
            | Self::Client
            | Self::Kubelet
            | Self::Proxy
            | Self::Scheduler
            | Self::Controller
            | Self::ApiserverKubeletClient => Some("sudo microk8s refresh-certs -e ca.crt"),
            Self::FrontProxyCa
            | Self::Dqlite
            | Self::RemoteCa
            | Self::Embedded { .. }
            | Self::Other => None,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ca => "CA",
            Self::Server => "API server",
            Self::FrontProxyCa => "front proxy CA",
            Self::FrontProxyClient => "front proxy",
            Self::Client => "administrator",
            Self::Kubelet => "kubelet",
            Self::Proxy => "kube-proxy",
            Self::Scheduler => "scheduler",
            Self::Controller => "controller manager",
            Self::ApiserverKubeletClient => "API server to kubelet",
            Self::Dqlite => "dqlite",
            Self::RemoteCa => "CA of the cluster joined",
            Self::Embedded { file } => return write!(f, "in {file}"),
            Self::Other => "other",
        })
    }
}

impl Serialize for Role {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Ca => "ca",
            Self::Server => "server",
            Self::FrontProxyCa => "frontProxyCa",
            Self::FrontProxyClient => "frontProxyClient",
            Self::Client => "client",
            Self::Kubelet => "kubelet",
            Self::Proxy => "proxy",
            Self::Scheduler => "scheduler",
            Self::Controller => "controller",
            Self::ApiserverKubeletClient => "apiserverKubeletClient",
            Self::Dqlite => "dqlite",
            Self::RemoteCa => "remoteCa",
            Self::Embedded { .. } => "embedded",
            Self::Other => "other",
        })
    }
}
