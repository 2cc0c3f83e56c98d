use super::Row;
use super::Setting;
use super::feature_gates;
use super::profiling;
use super::row;
use crate::severity::Judgement;
use crate::severity::Severity;

pub(super) const CONTROLLER_MANAGER: &[Row] = &[
    row(
        "kubeconfig",
        "The credential with which the controllers log in to the API server",
    ),
    row("master", "The address of the API server, without a login").judged(master),
    row(
        "service-account-private-key-file",
        "The key that signs tokens of service accounts",
    ),
    row(
        "root-ca-file",
        "The CA that pods get to check the API server by",
    ),
    row(
        "cluster-signing-cert-file",
        "The CA that signs approved certificate requests",
    ),
    row(
        "cluster-signing-key-file",
        "The key of that CA: approved requests become certificates",
    ),
    row(
        "cluster-signing-duration",
        "How long certificates that it signs are valid at most",
    ),
    row(
        "use-service-account-credentials",
        "Whether each controller logs in as its own service account",
    ),
    row("leader-elect", "Whether one of several is chosen to act"),
    row(
        "leader-elect-lease-duration",
        "After how long without a sign another becomes the one that acts",
    ),
    row(
        "leader-elect-renew-deadline",
        "How long the one that acts tries to stay it",
    ),
    row(
        "leader-elect-retry-period",
        "How long the others wait between tries",
    ),
    row("profiling", "Whether profiling pages are served").judged(profiling),
    row(
        "terminated-pod-gc-threshold",
        "How many ended pods are kept",
    ),
    row("bind-address", "The address that it listens on"),
    row("address", "The address that it listens on, without a login").removed(24),
    row("port", "The port without a login").removed(24),
    row("cluster-cidr", "The addresses that pods get"),
    row(
        "allocate-node-cidrs",
        "Whether each node gets a part of them",
    ),
    row("feature-gates", "Features of Kubernetes switched on or off").judged(feature_gates),
    row("v", "How much is logged"),
];

pub(super) const SCHEDULER: &[Row] = &[
    row(
        "kubeconfig",
        "The credential with which the scheduler logs in to the API server",
    ),
    row("master", "The address of the API server, without a login").judged(master),
    row("leader-elect", "Whether one of several is chosen to act"),
    row(
        "leader-elect-lease-duration",
        "After how long without a sign another becomes the one that acts",
    ),
    row(
        "leader-elect-renew-deadline",
        "How long the one that acts tries to stay it",
    ),
    row(
        "leader-elect-retry-period",
        "How long the others wait between tries",
    ),
    row("profiling", "Whether profiling pages are served").judged(profiling),
    row("bind-address", "The address that it listens on"),
    row("address", "The address that it listens on, without a login").removed(24),
    row("config", "A file with settings of the scheduler"),
    row("feature-gates", "Features of Kubernetes switched on or off").judged(feature_gates),
    row("v", "How much is logged"),
];

pub(super) const PROXY: &[Row] = &[
    row(
        "kubeconfig",
        "The credential with which kube-proxy logs in to the API server",
    ),
    row("master", "The address of the API server, without a login").judged(master),
    row(
        "cluster-cidr",
        "The addresses of pods: what comes from elsewhere is masqueraded",
    ),
    row("healthz-bind-address", "Where its health is asked"),
    row("metrics-bind-address", "Where its metrics are asked"),
    row("profiling", "Whether profiling pages are served").judged(profiling),
    row("proxy-mode", "How services are made reachable"),
    row(
        "conntrack-max-per-core",
        "How many connections the kernel may remember; 0 leaves it alone (in LXD)",
    ),
    row(
        "hostname-override",
        "The node's name, instead of the host's",
    ),
    row("feature-gates", "Features of Kubernetes switched on or off").judged(feature_gates),
    row("v", "How much is logged"),
];

pub(super) const KUBELITE: &[Row] = &[
    row("scheduler-args-file", "Where the scheduler's flags are"),
    row(
        "controller-manager-args-file",
        "Where the controllers' flags are",
    ),
    row("proxy-args-file", "Where kube-proxy's flags are"),
    row("kubelet-args-file", "Where the kubelet's flags are"),
    row("apiserver-args-file", "Where the API server's flags are"),
    row(
        "kubeconfig-file",
        "The credential with which it waits for its API server",
    ),
    row(
        "start-control-plane",
        "Whether API server, scheduler and controllers run here; false on workers",
    ),
];

pub(super) const K8S_DQLITE: &[Row] = &[
    row(
        "storage-dir",
        "The folder of the database; cluster.yaml, info.yaml and localnode.yaml are there",
    ),
    row("listen", "The socket that the API server asks"),
    row("enable-tls", "Whether members talk TLS"),
    row("disk-mode", "Whether the database is kept on disk only").judged(disk_mode),
    row(
        "min-tls-version",
        "The oldest TLS version that members speak",
    ),
    row(
        "tls-client-session-cache-size",
        "How many TLS sessions are resumed",
    ),
    row("debug", "Whether much is logged"),
    row("profiling", "Whether profiling pages are served").judged(profiling),
    row("profiling-address", "Where they are served"),
    row("profiling-listen", "Where they are served"),
    row("metrics", "Whether metrics are served"),
    row("metrics-listen", "Where metrics are served"),
    row("etcd-mode", "Whether it is an etcd instead of dqlite"),
    row(
        "watch-available-storage-interval",
        "How often free disk space is looked at",
    ),
    row(
        "watch-available-storage-min-bytes",
        "With how much free disk space it still works",
    ),
    row(
        "low-available-storage-action",
        "What it does when there is less",
    ),
];

pub(super) const ETCD: &[Row] = &[
    row("data-dir", "The folder of the database"),
    row(
        "advertise-client-urls",
        "The addresses that it tells clients",
    ),
    row("listen-client-urls", "The addresses that it listens on"),
    row("client-cert-auth", "Whether clients need a certificate"),
    row("trusted-ca-file", "The CA of these certificates"),
    row("cert-file", "The certificate that it shows"),
    row("key-file", "The key of that certificate"),
    row(
        "enable-v2",
        "Whether the old API is served, which flannel uses",
    ),
];

pub(super) const CLUSTER_AGENT: &[Row] = &[
    row("bind", "Where it listens: nodes join there").judged(agent_bind),
    row("keyfile", "The key of the certificate that it shows"),
    row(
        "certfile",
        "The certificate that it shows: the API server's",
    ),
    row("timeout", "How many seconds a request may take"),
    row("devmode", "For development").judged(devmode),
    row("enable-metrics", "Whether metrics are served"),
];

pub(super) const APISERVER_PROXY: &[Row] = &[
    row("config", "Where the API servers are listed"),
    row("traefik-config", "Where the API servers are listed"),
    row(
        "kubeconfig",
        "The credential with which a worker asks for API servers",
    ),
    row("refresh-interval", "How often it asks for API servers"),
    row("listen", "Where the worker's services find the API"),
];

pub(super) const KUBECTL: &[Row] = &[row(
    "kubeconfig",
    "The kubeconfig that `microk8s kubectl` uses",
)];

fn master(setting: &Setting<'_>) -> Option<Judgement> {
    setting.value.starts_with("http://").then(|| {
        Judgement::new(
            Severity::High,
            "It talks to a port of the API server that needs no login.",
        )
    })
}

fn disk_mode(setting: &Setting<'_>) -> Option<Judgement> {
    super::is_true(setting.value).then(|| {
        Judgement::new(
            Severity::Medium,
            "k8s-dqlite itself warns of data loss in this mode.",
        )
    })
}

fn agent_bind(setting: &Setting<'_>) -> Option<Judgement> {
    let local = setting.value.starts_with("127.") || setting.value.starts_with("[::1]");
    (!local).then(|| {
        Judgement::new(
            Severity::Info,
            "Open to the network, as joining needs it; a join takes a token of `microk8s add-node`.",
        )
    })
}

fn devmode(setting: &Setting<'_>) -> Option<Judgement> {
    super::is_true(setting.value)
        .then(|| Judgement::new(Severity::Medium, "Not meant for clusters that matter."))
}
