use super::Row;
use super::Setting;
use super::feature_gates;
use super::is_true;
use super::row;
use crate::severity::Judgement;
use crate::severity::Severity;

pub(super) const ROWS: &[Row] = &[
    row(
        "kubeconfig",
        "The credential with which the kubelet logs in to the API server",
    ),
    row(
        "bootstrap-kubeconfig",
        "A credential to ask for the kubelet's own with",
    ),
    row(
        "cert-dir",
        "Where kubelet.crt and kubelet.key are, or are made",
    ),
    row("tls-cert-file", "The certificate that the kubelet shows"),
    row("tls-private-key-file", "The key of that certificate"),
    row(
        "tls-cipher-suites",
        "The cipher suites it offers below TLS 1.3",
    ),
    row(
        "client-ca-file",
        "The CA whose client certificates may talk to the kubelet",
    ),
    row(
        "anonymous-auth",
        "Whether the kubelet answers without a login",
    )
    .judged(anonymous),
    row(
        "authorization-mode",
        "Who decides what a caller may do on the kubelet",
    )
    .judged(authorization),
    row(
        "authentication-token-webhook",
        "Whether the kubelet asks the API server about bearer tokens",
    ),
    row(
        "read-only-port",
        "A port that shows pods and their environment without a login; 0 is off",
    )
    .judged(read_only),
    row("root-dir", "Where volumes and pods' files are"),
    row("log-dir", "Where logs are written").removed(26),
    row(
        "fail-swap-on",
        "Whether the kubelet refuses to run on a machine with swap",
    ),
    row("feature-gates", "Features of Kubernetes switched on or off").judged(feature_gates),
    row(
        "eviction-hard",
        "Below which free memory or disk pods are evicted at once",
    ),
    row("container-runtime", "The kind of container runtime").removed(27),
    row(
        "container-runtime-endpoint",
        "The socket of the container runtime",
    ),
    row("containerd", "The socket of containerd, for statistics"),
    row("network-plugin", "The kind of network plugin").removed(24),
    row("cni-conf-dir", "Where network plugins are configured").removed(24),
    row("cni-bin-dir", "Where network plugins are").removed(24),
    row(
        "node-labels",
        "Labels that the node gives itself; they tell control planes from workers",
    ),
    row(
        "node-ip",
        "The address that the node tells the cluster; fixed, whatever the network does",
    )
    .judged(node_ip),
    row(
        "hostname-override",
        "The node's name, instead of the host's",
    ),
    row("cluster-dns", "Where pods ask for names"),
    row("cluster-domain", "The domain of the cluster's names"),
    row(
        "resolv-conf",
        "Where pods that ask the host for names get its servers from",
    ),
    row(
        "serialize-image-pulls",
        "Whether images are fetched one by one",
    ),
    row("max-pods", "How many pods the node takes"),
    row("pod-cidr", "The addresses that pods get"),
    row("register-with-taints", "Taints that the node gives itself"),
    row(
        "runtime-cgroups",
        "The control group of the container runtime",
    ),
    row("kubelet-cgroups", "The control group of the kubelet"),
    row("cgroup-driver", "Who manages control groups"),
    row(
        "protect-kernel-defaults",
        "Whether the kubelet refuses kernel settings that it would have to change",
    ),
    row(
        "streaming-connection-idle-timeout",
        "How long exec and port-forward may be idle",
    ),
    row("event-qps", "How many events a second it may make"),
    row(
        "rotate-certificates",
        "Whether the kubelet renews its client certificate",
    ),
    row("config", "A file with settings of the kubelet"),
    row("v", "How much is logged"),
];

fn anonymous(setting: &Setting<'_>) -> Option<Judgement> {
    is_true(setting.value).then(|| {
        Judgement::new(
            Severity::High,
            "Whoever reaches port 10250 can run commands in every pod of the node, unless --authorization-mode=Webhook decides.",
        )
    })
}

fn authorization(setting: &Setting<'_>) -> Option<Judgement> {
    (setting.value == "AlwaysAllow").then(|| {
        Judgement::new(
            Severity::Medium,
            "Every login that the cluster knows, each pod's service account too, can run commands in every pod of the node.",
        )
    })
}

fn read_only(setting: &Setting<'_>) -> Option<Judgement> {
    (setting.value != "0").then(|| {
        Judgement::new(
            Severity::Medium,
            "Pods, their environment and metrics of the node are readable without a login.",
        )
    })
}

#[allow(clippy::unnecessary_wraps, reason = "a row of the table")]
fn node_ip(_: &Setting<'_>) -> Option<Judgement> {
    Some(Judgement::new(
        Severity::Info,
        "Fixed: when the machine's address changes, this line has to be changed by hand.",
    ))
}
