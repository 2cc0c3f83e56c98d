use super::Row;
use super::Setting;
use super::feature_gates;
use super::is_true;
use super::profiling;
use super::row;
use crate::severity::Judgement;
use crate::severity::Severity;

pub(super) const ROWS: &[Row] = &[
    row(
        "cert-dir",
        "Where the API server would put certificates that it makes itself",
    ),
    row(
        "service-cluster-ip-range",
        "The addresses that services get; the first is the API server's own",
    ),
    row("authorization-mode", "Who decides what a user may do").judged(authorization),
    row(
        "authorization-config",
        "A file that says who decides what a user may do",
    ),
    row(
        "authentication-config",
        "A file that says who is believed to be whom",
    ),
    row(
        "service-account-key-file",
        "The key by which tokens of service accounts are checked",
    ),
    row(
        "client-ca-file",
        "The CA whose client certificates are users: CN is the name, O the groups",
    ),
    row("tls-cert-file", "The certificate that the API server shows"),
    row("tls-private-key-file", "The key of that certificate"),
    row(
        "tls-cipher-suites",
        "The cipher suites it offers below TLS 1.3",
    )
    .judged(ciphers),
    row("tls-min-version", "The oldest TLS version it speaks"),
    row(
        "kubelet-client-certificate",
        "The certificate with which the API server logs in to kubelets (logs, exec)",
    )
    .judged(kubelet_client),
    row("kubelet-client-key", "The key of that certificate"),
    row(
        "kubelet-certificate-authority",
        "The CA by which kubelets are checked before logs and exec go to them",
    ),
    row(
        "kubelet-preferred-address-types",
        "By which of a node's addresses its kubelet is reached",
    ),
    row("secure-port", "The port of the API, with TLS").judged(secure_port),
    row("bind-address", "The address that the API server listens on"),
    row(
        "advertise-address",
        "The address that it tells the cluster; with it, MicroK8s leaves certificates alone",
    ),
    row(
        "token-auth-file",
        "Static tokens and their users; read at start only",
    )
    .judged(tokens),
    row("basic-auth-file", "Passwords and their users")
        .removed(19)
        .judged(passwords),
    row(
        "insecure-port",
        "A port of the API without TLS and without any login; 0 is off",
    )
    .removed(24)
    .judged(insecure_port),
    row(
        "insecure-bind-address",
        "The address of the port without login",
    )
    .removed(24)
    .judged(insecure_address),
    row(
        "anonymous-auth",
        "Whether requests without a login are the user system:anonymous",
    )
    .judged(anonymous),
    row(
        "storage-backend",
        "Where the cluster's state is: dqlite inside the API server (MicroK8s 1.19 to 1.22)",
    ),
    row("storage-dir", "The folder of that dqlite database"),
    row(
        "etcd-servers",
        "Where the cluster's state is: k8s-dqlite behind a socket, or an etcd",
    ),
    row("etcd-cafile", "The CA by which that etcd is checked"),
    row(
        "etcd-certfile",
        "The certificate with which the API server logs in to etcd",
    ),
    row("etcd-keyfile", "The key of that certificate"),
    row(
        "allow-privileged",
        "Whether pods may ask for all rights on the node; MicroK8s' network plugin does",
    ),
    row(
        "service-account-issuer",
        "The issuer in tokens of service accounts",
    )
    .judged(issuer),
    row(
        "service-account-signing-key-file",
        "The key that signs tokens of service accounts",
    ),
    row(
        "service-account-lookup",
        "Whether a service account's token must still be known to the cluster",
    ),
    row(
        "api-audiences",
        "The audiences that tokens of service accounts may be for",
    ),
    row("feature-gates", "Features of Kubernetes switched on or off").judged(feature_gates),
    row("runtime-config", "API versions switched on or off"),
    row("event-ttl", "How long events are kept"),
    row("profiling", "Whether profiling pages are served").judged(profiling),
    row(
        "requestheader-client-ca-file",
        "The CA of proxies that may name the user they ask for (aggregation layer)",
    ),
    row(
        "requestheader-allowed-names",
        "Which certificates of that CA may do so",
    ),
    row(
        "requestheader-extra-headers-prefix",
        "In which headers such a proxy tells more about the user",
    ),
    row(
        "requestheader-group-headers",
        "In which header it names the groups",
    ),
    row(
        "requestheader-username-headers",
        "In which header it names the user",
    ),
    row(
        "proxy-client-cert-file",
        "The certificate with which the API server calls aggregated APIs",
    ),
    row("proxy-client-key-file", "The key of that certificate"),
    row(
        "enable-admission-plugins",
        "Checks of each change, besides the usual ones",
    ),
    row(
        "disable-admission-plugins",
        "Usual checks of changes that are left out",
    ),
    row("admission-control-config-file", "Settings of these checks"),
    row("audit-log-path", "Where each request is written down"),
    row(
        "audit-policy-file",
        "Which requests are written down, and how much of them",
    ),
    row("audit-log-maxage", "How many days these logs are kept"),
    row("audit-log-maxbackup", "How many of these logs are kept"),
    row(
        "audit-log-maxsize",
        "At how many megabytes a new one is begun",
    ),
    row(
        "encryption-provider-config",
        "How secrets are encrypted in the datastore",
    ),
    row("request-timeout", "How long a request may take"),
    row(
        "oidc-issuer-url",
        "An identity provider whose tokens are users",
    ),
    row("oidc-client-id", "The client that these tokens must be for"),
    row("oidc-username-claim", "What in these tokens is the name"),
    row("oidc-groups-claim", "What in these tokens are the groups"),
    row(
        "max-requests-inflight",
        "How many reading requests are served at once",
    ),
    row(
        "max-mutating-requests-inflight",
        "How many changing requests are served at once",
    ),
    row("v", "How much is logged"),
];

fn authorization(setting: &Setting<'_>) -> Option<Judgement> {
    setting.value.split(',').any(|mode| mode == "AlwaysAllow").then(|| {
        Judgement::new(
            Severity::High,
            "Every user who can log in may do everything, the scheduler's credential too; MicroK8s' default until `microk8s enable rbac`.",
        )
    })
}

/// Go counts these as insecure (golang/go `crypto/tls/cipher_suites.go`).
fn ciphers(setting: &Setting<'_>) -> Option<Judgement> {
    let weak = setting
        .value
        .split(',')
        .find(|name| name.contains("3DES") || name.contains("RC4"))?;
    Some(Judgement::new(
        Severity::Low,
        format!("{weak} is weak; clients of this decade do not choose it."),
    ))
}

fn kubelet_client(setting: &Setting<'_>) -> Option<Judgement> {
    let server = setting.value.ends_with("/server.crt");
    match (server, setting.args.get("kubelet-certificate-authority")) {
        (true, None) => Some(Judgement::new(
            Severity::Low,
            "The API server's own certificate doubles as its login, and kubelets are not checked (no --kubelet-certificate-authority): whoever takes a node's address reads what exec sends. The default up to 1.27.",
        )),
        (true, Some(_)) => Some(Judgement::new(
            Severity::Info,
            "The API server's own certificate doubles as its login; the default up to 1.27.",
        )),
        (false, None) => Some(Judgement::new(
            Severity::Low,
            "Kubelets are not checked (no --kubelet-certificate-authority): whoever takes a node's address reads what exec sends.",
        )),
        (false, Some(_)) => None,
    }
}

fn secure_port(setting: &Setting<'_>) -> Option<Judgement> {
    (setting.value != "16443").then(|| {
        Judgement::new(
            Severity::Info,
            "Not MicroK8s' default, 16443: kubeconfigs must name it, too.",
        )
    })
}

#[allow(clippy::unnecessary_wraps, reason = "a row of the table")]
fn tokens(_: &Setting<'_>) -> Option<Judgement> {
    Some(Judgement::new(
        Severity::Medium,
        "Static tokens never expire and are kept in plain text; the default up to 1.27, and kept by upgrades.",
    ))
}

#[allow(clippy::unnecessary_wraps, reason = "a row of the table")]
fn passwords(_: &Setting<'_>) -> Option<Judgement> {
    Some(Judgement::new(
        Severity::High,
        "Passwords in plain text that never expire; Kubernetes dropped them in 1.19.",
    ))
}

fn insecure_port(setting: &Setting<'_>) -> Option<Judgement> {
    (setting.value != "0").then(|| {
        Judgement::new(
            Severity::High,
            "Whoever reaches this port is cluster administrator, without any login.",
        )
    })
}

fn insecure_address(setting: &Setting<'_>) -> Option<Judgement> {
    let on = setting
        .args
        .get("insecure-port")
        .is_some_and(|port| port != "0");
    let local = matches!(setting.value, "127.0.0.1" | "::1" | "localhost");
    (on && !local).then(|| {
        Judgement::new(
            Severity::High,
            "The port without login is open to the network.",
        )
    })
}

fn anonymous(setting: &Setting<'_>) -> Option<Judgement> {
    let everyone = setting
        .args
        .get("authorization-mode")
        .is_none_or(|modes| modes.contains("AlwaysAllow"));
    match (is_true(setting.value), everyone) {
        (false, _) => None,
        // kube-apiserver `pkg/kubeapiserver/options/authentication.go`: it then switches anonymous access off.
        (true, true) => Some(Judgement::new(
            Severity::Low,
            "kube-apiserver ignores it under AlwaysAllow; after `microk8s enable rbac` it would count.",
        )),
        (true, false) => Some(Judgement::new(
            Severity::Low,
            "Whoever reaches the port may ask for version and health without a login, and whatever RBAC grants system:unauthenticated.",
        )),
    }
}

fn issuer(setting: &Setting<'_>) -> Option<Judgement> {
    let flag = setting.args.flag("service-account-issuer")?;
    if flag.text() != setting.value || !flag.raw.contains(['\'', '"']) {
        return None;
    }
    Some(Judgement::new(
        Severity::Info,
        "The quotes in the file are dropped when it is read; they are not part of the issuer.",
    ))
}
