//! The rows: what was recorded, as data.

use std::ops::RangeInclusive;

use testnode::{Behaviour, ClientCertificateSpec, LeafKind, X509Version};

/// Minor versions of kubectl.
pub(crate) type Minors = RangeInclusive<u32>;

const ALL: Minors = 0..=u32::MAX;
/// Go 1.20 began to say that it was verifying a certificate; kubectl 1.24 to 1.26 were built with
/// either.
const OLD_GO: Minors = 0..=26;
const NEW_GO: Minors = 24..=u32::MAX;

/// Who asks, and whom.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Setting {
    pub(crate) rbac: bool,
    pub(crate) behaviour: Behaviour,
    pub(crate) leaf: Option<LeafKind>,
    pub(crate) tls12_only: bool,
    /// `{port}` is the node's.
    pub(crate) server: Option<&'static str>,
    pub(crate) tls_server_name: Option<&'static str>,
    pub(crate) user: Who,
    pub(crate) environment: &'static [(&'static str, &'static str)],
    /// The kubeconfig is that of another cluster, whose CA has the same name.
    pub(crate) other_cluster: bool,
    /// The leaf does not name the address, as after a move.
    pub(crate) moved: bool,
}

#[derive(Default)]
pub(crate) enum Who {
    #[default]
    Admin,
    Token(&'static str),
    Certificate(fn() -> ClientCertificateSpec),
    CertificateOfAnotherCa,
}

pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) setting: Setting,
    pub(crate) arguments: &'static [&'static str],
    /// `*` stands for anything.
    pub(crate) stdout: &'static str,
    /// The last line of stderr; any of those for the version of kubectl will do. None: no line at all.
    pub(crate) stderr: &'static [(Minors, &'static str)],
    pub(crate) code: i32,
    pub(crate) since: u32,
}

impl Row {
    fn ok(name: &'static str, arguments: &'static [&'static str], stdout: &'static str) -> Self {
        let setting = Setting::default();
        Self {
            name,
            setting,
            arguments,
            stdout,
            stderr: &[],
            code: 0,
            since: 0,
        }
    }

    fn fails(
        name: &'static str,
        setting: Setting,
        arguments: &'static [&'static str],
        stderr: &'static [(Minors, &'static str)],
    ) -> Self {
        Self {
            name,
            setting,
            arguments,
            stdout: "",
            stderr,
            code: 1,
            since: 0,
        }
    }

    fn with(mut self, setting: Setting) -> Self {
        self.setting = setting;
        self
    }
}

const GET: &[&str] = &["get", "ns"];
const NAMESPACES: &str = "NAME              STATUS   AGE\n\
                          default           Active   *s\n\
                          kube-node-lease   Active   *s\n\
                          kube-public       Active   *s\n\
                          kube-system       Active   *s\n";
const UNAUTHORIZED: &[(Minors, &str)] = &[
    (
        ALL,
        "error: You must be logged in to the server (the server has asked for the client to provide credentials)",
    ),
    (
        0..=26,
        "error: You must be logged in to the server (Unauthorized)",
    ),
];

pub(crate) fn rows() -> Vec<Row> {
    let default = Setting::default;
    let mut rows = vec![
        Row::ok("get ns", GET, NAMESPACES),
        Row::ok(
            "get ns, one",
            &["get", "ns", "default", "-o", "jsonpath={.status.phase}"],
            "Active",
        ),
        Row::ok(
            "create ns",
            &["create", "ns", "demo"],
            "namespace/demo created\n",
        ),
        Row::ok(
            "delete ns",
            &["delete", "ns", "doomed"],
            "namespace \"doomed\" deleted\n",
        ),
        Row::ok(
            "nodes",
            &["get", "nodes"],
            "NAME          STATUS   ROLES    AGE   VERSION\n\
             microk8s-vm   Ready    <none>   *s    v1.36.2\n",
        ),
        Row::ok("readyz", &["get", "--raw", "/readyz"], "ok"),
        Row::ok("no pods", &["get", "pods"], ""),
        Row::ok(
            "endpoint slice",
            &[
                "get",
                "endpointslices",
                "-l",
                "kubernetes.io/service-name=kubernetes",
                "-o",
                "jsonpath={.items[*].endpoints[*].addresses[*]}",
            ],
            "127.0.0.1",
        ),
        Row::ok("HTTP/1.1", GET, NAMESPACES).with(Setting {
            environment: &[("GODEBUG", "http2client=0")],
            ..default()
        }),
        Row::ok("TLS 1.2", GET, NAMESPACES).with(Setting {
            tls12_only: true,
            ..default()
        }),
        Row::ok("x509 user", GET, NAMESPACES).with(Setting {
            user: Who::Certificate(ClientCertificateSpec::admin),
            ..default()
        }),
        Row::ok("x509 v1 user", GET, NAMESPACES).with(Setting {
            user: Who::Certificate(|| ClientCertificateSpec::admin().version(X509Version::V1)),
            ..default()
        }),
        Row::ok("x509 v1 user, TLS 1.2", GET, NAMESPACES).with(Setting {
            user: Who::Certificate(|| ClientCertificateSpec::admin().version(X509Version::V1)),
            tls12_only: true,
            ..default()
        }),
        Row::ok("tls-server-name cures a move", GET, NAMESPACES).with(Setting {
            moved: true,
            tls_server_name: Some("kubernetes.default.svc"),
            ..default()
        }),
        Row::ok("tls-server-name cures localhost", GET, NAMESPACES).with(Setting {
            server: Some("https://localhost:{port}"),
            tls_server_name: Some("kubernetes"),
            ..default()
        }),
        Row {
            since: 28,
            ..Row::ok(
                "whoami",
                &["auth", "whoami"],
                "ATTRIBUTE   VALUE\n\
                 Username    admin\n\
                 UID         admin\n\
                 Groups      [system:masters system:authenticated]\n",
            )
        },
        Row {
            since: 28,
            ..Row::ok(
                "version",
                &["version"],
                "Client Version: *\nKustomize Version: *\nServer Version: v1.36.2\n",
            )
        },
    ];
    // kubectl warns of a server that is more than one minor version away.
    if let Some(version) = rows.last_mut() {
        version.stderr = &[(0..=34, "WARNING: version difference *"), (35..=37, "")];
    }
    if let Some(pods) = rows.iter_mut().find(|row| row.name == "no pods") {
        pods.stderr = &[(ALL, "No resources found in default namespace.")];
    }
    rows.extend([
        Row::fails(
            "create ns, exists",
            default(),
            &["create", "ns", "default"],
            &[(ALL, "Error from server (AlreadyExists): namespaces \"default\" already exists")],
        ),
        Row::fails(
            "get ns, missing",
            default(),
            &["get", "ns", "nope"],
            &[(ALL, "Error from server (NotFound): namespaces \"nope\" not found")],
        ),
        Row::fails(
            "refused",
            Setting { behaviour: Behaviour::Refuse, ..default() },
            GET,
            &[(ALL, "The connection to the server {address} was refused - did you specify the right host or port?")],
        ),
        Row::fails(
            "hung",
            Setting { behaviour: Behaviour::Hang, ..default() },
            &["get", "--raw", "/version", "--request-timeout=2s"],
            &[
                (ALL, "Unable to connect to the server: context deadline exceeded"),
                (ALL, "Unable to connect to the server: net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)"),
                (ALL, "Unable to connect to the server: context deadline exceeded (Client.Timeout exceeded while awaiting headers)"),
            ],
        ),
        Row::fails(
            "accepts, then closes",
            Setting { behaviour: Behaviour::CloseAfterAccept, ..default() },
            &["create", "ns", "demo"],
            &[
                (ALL, "Unable to connect to the server: EOF"),
                (ALL, "error: *: EOF"),
                (0..=26, "Error from server (InternalError): an error on the server (\"\") has prevented the request from succeeding"),
                (ALL, "error: *: connection reset by peer"),
                (ALL, "error: *An existing connection was forcibly closed by the remote host."),
            ],
        ),
        Row::fails("wrong token", Setting { user: Who::Token("wrong"), ..default() }, GET, UNAUTHORIZED),
        Row::fails(
            "wrong token, --raw",
            Setting { user: Who::Token("wrong"), ..default() },
            &["get", "--raw", "/readyz"],
            &[(ALL, "error: You must be logged in to the server (Unauthorized)")],
        ),
        Row::fails(
            "expired client certificate",
            Setting { user: Who::Certificate(|| ClientCertificateSpec::admin().expired()), ..default() },
            GET,
            UNAUTHORIZED,
        ),
        Row::fails(
            "client certificate of another CA",
            Setting { user: Who::CertificateOfAnotherCa, ..default() },
            GET,
            UNAUTHORIZED,
        ),
        Row::fails(
            "moved, old leaf",
            Setting { moved: true, ..default() },
            GET,
            &[
                (NEW_GO, "Unable to connect to the server: tls: failed to verify certificate: x509: certificate is valid for 10.152.183.1, 127.0.0.2, not 127.0.0.1"),
                (OLD_GO, "Unable to connect to the server: x509: certificate is valid for 10.152.183.1, 127.0.0.2, not 127.0.0.1"),
            ],
        ),
        Row::fails(
            "localhost",
            Setting { server: Some("https://localhost:{port}"), ..default() },
            GET,
            &[
                (NEW_GO, "Unable to connect to the server: tls: failed to verify certificate: x509: certificate is valid for kubernetes, kubernetes.default, kubernetes.default.svc, kubernetes.default.svc.cluster, kubernetes.default.svc.cluster.local, not localhost"),
                (OLD_GO, "Unable to connect to the server: x509: certificate is valid for kubernetes, kubernetes.default, kubernetes.default.svc, kubernetes.default.svc.cluster, kubernetes.default.svc.cluster.local, not localhost"),
            ],
        ),
        Row::fails(
            "wrong tls-server-name",
            Setting { tls_server_name: Some("nonsense"), ..default() },
            GET,
            &[(ALL, "Unable to connect to the server: *x509: certificate is valid for kubernetes, *, not nonsense")],
        ),
        Row::fails(
            "server leaf expired",
            Setting { leaf: Some(LeafKind::ApiServerExpired), ..default() },
            GET,
            &[
                (NEW_GO, "Unable to connect to the server: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time * is after *"),
                (OLD_GO, "Unable to connect to the server: x509: certificate has expired or is not yet valid: current time * is after *"),
            ],
        ),
        Row::fails(
            "server leaf not yet valid",
            Setting { leaf: Some(LeafKind::ApiServerNotYetValid), ..default() },
            GET,
            &[(ALL, "Unable to connect to the server: *x509: certificate has expired or is not yet valid: current time * is before *")],
        ),
        // Recorded with RSA keys: `crypto/rsa: verification error`; see the test with openssl below.
        Row::fails(
            "another cluster has the address",
            Setting { other_cluster: true, ..default() },
            GET,
            &[
                (NEW_GO, "Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown authority (possibly because of \"x509: ECDSA verification failure\" while trying to verify candidate authority certificate \"10.152.183.1\")"),
                (OLD_GO, "Unable to connect to the server: x509: certificate signed by unknown authority (possibly because of \"x509: ECDSA verification failure\" while trying to verify candidate authority certificate \"10.152.183.1\")"),
            ],
        ),
        Row::fails(
            "http:// to the TLS port",
            Setting { server: Some("http://127.0.0.1:{port}"), ..default() },
            GET,
            &[(ALL, "Error from server (BadRequest): the server rejected our request for an unknown reason")],
        ),
        Row::fails(
            "RBAC denies a list",
            Setting { rbac: true, user: Who::Certificate(|| ClientCertificateSpec::new("dev", [])), ..default() },
            GET,
            &[(ALL, "Error from server (Forbidden): namespaces is forbidden: User \"dev\" cannot list resource \"namespaces\" in API group \"\" at the cluster scope")],
        ),
        Row::fails(
            "RBAC denies a get",
            Setting { rbac: true, user: Who::Certificate(|| ClientCertificateSpec::new("dev", [])), ..default() },
            &["get", "ns", "default"],
            &[(ALL, "Error from server (Forbidden): namespaces \"default\" is forbidden: User \"dev\" cannot get resource \"namespaces\" in API group \"\" in the namespace \"default\"")],
        ),
        Row::fails(
            "readyz fails",
            Setting { behaviour: Behaviour::ReadyzFails, ..default() },
            &["get", "--raw", "/readyz"],
            &[(ALL, "readyz check failed\") has prevented the request from succeeding"),
              (ALL, "Error from server (InternalError): an error on the server (\"*readyz check failed\") has prevented the request from succeeding")],
        ),
    ]);
    rows
}
