//! Holds the node to what the real pair said: kube-apiserver v1.36.2, kubectl 1.36.2, recorded 2026-11.
//!
//! One row is one call of the real kubectl with an empty home, so with a cold discovery cache. What
//! differs between versions of kubectl is data of the row.

mod support;

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime};

use support::{Home, LOOPBACK, PATIENCE, eventually, matches};
use testnode::{
    Behaviour, Ca, ClientCertificateSpec, Cluster, Leaf, LeafKind, MICROK8S_CA_NAME, Node,
    NodeOptions, X509Version,
};

/// Minor versions of kubectl.
type Minors = RangeInclusive<u32>;

const ALL: Minors = 0..=u32::MAX;
/// Go 1.20 began to say that it was verifying a certificate; kubectl 1.24 to 1.26 were built with
/// either.
const OLD_GO: Minors = 0..=26;
const NEW_GO: Minors = 24..=u32::MAX;

/// Who asks, and whom.
#[derive(Default)]
struct Setting {
    rbac: bool,
    behaviour: Behaviour,
    leaf: Option<LeafKind>,
    tls12_only: bool,
    /// `{port}` is the node's.
    server: Option<&'static str>,
    tls_server_name: Option<&'static str>,
    user: Who,
    environment: &'static [(&'static str, &'static str)],
    /// The kubeconfig is that of another cluster, whose CA has the same name.
    other_cluster: bool,
    /// The leaf does not name the address, as after a move.
    moved: bool,
}

#[derive(Default)]
enum Who {
    #[default]
    Admin,
    Token(&'static str),
    Certificate(fn() -> ClientCertificateSpec),
    CertificateOfAnotherCa,
}

struct Row {
    name: &'static str,
    setting: Setting,
    arguments: &'static [&'static str],
    /// `*` stands for anything.
    stdout: &'static str,
    /// The last line of stderr; any of those for the version of kubectl will do. None: no line at all.
    stderr: &'static [(Minors, &'static str)],
    code: i32,
    since: u32,
}

impl Row {
    fn ok(name: &'static str, arguments: &'static [&'static str], stdout: &'static str) -> Self {
        let setting = Setting::default();
        Self { name, setting, arguments, stdout, stderr: &[], code: 0, since: 0 }
    }

    fn fails(
        name: &'static str,
        setting: Setting,
        arguments: &'static [&'static str],
        stderr: &'static [(Minors, &'static str)],
    ) -> Self {
        Self { name, setting, arguments, stdout: "", stderr, code: 1, since: 0 }
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
    (ALL, "error: You must be logged in to the server (the server has asked for the client to provide credentials)"),
    (0..=26, "error: You must be logged in to the server (Unauthorized)"),
];

fn rows() -> Vec<Row> {
    let default = Setting::default;
    let mut rows = vec![
        Row::ok("get ns", GET, NAMESPACES),
        Row::ok("get ns, one", &["get", "ns", "default", "-o", "jsonpath={.status.phase}"], "Active"),
        Row::ok("create ns", &["create", "ns", "demo"], "namespace/demo created\n"),
        Row::ok("delete ns", &["delete", "ns", "doomed"], "namespace \"doomed\" deleted\n"),
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
            &["get", "endpointslices", "-l", "kubernetes.io/service-name=kubernetes", "-o",
              "jsonpath={.items[*].endpoints[*].addresses[*]}"],
            "127.0.0.1",
        ),
        Row::ok("HTTP/1.1", GET, NAMESPACES)
            .with(Setting { environment: &[("GODEBUG", "http2client=0")], ..default() }),
        Row::ok("TLS 1.2", GET, NAMESPACES).with(Setting { tls12_only: true, ..default() }),
        Row::ok("x509 user", GET, NAMESPACES)
            .with(Setting { user: Who::Certificate(ClientCertificateSpec::admin), ..default() }),
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

/// Answers with what went wrong, if anything did.
fn play(home: &Home, row: &Row) -> Result<(), String> {
    let setting = &row.setting;
    let cluster = Cluster::builder().rbac(setting.rbac).build();
    let other = Cluster::new();
    let leaf = if setting.moved {
        // MicroK8s' leaf without the 127.0.0.1 that every loopback test would pass by.
        let names = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "10.152.183.1", "127.0.0.2"];
        Some(LeafKind::ApiServerFor(names.map(str::to_owned).to_vec()))
    } else {
        setting.leaf.clone()
    };
    let addresses = if setting.moved { vec![] } else { vec![IpAddr::from([127, 0, 0, 1])] };
    let options = NodeOptions {
        leaf: leaf.map(|kind| cluster.leaf(&kind, &addresses)),
        behaviour: setting.behaviour,
        tls12_only: setting.tls12_only,
        ..NodeOptions::default()
    };
    let node = Node::start_with(&cluster, LOOPBACK.into(), options).map_err(|e| e.to_string())?;
    let port = node.address().port().to_string();
    let server = setting.server.unwrap_or("https://127.0.0.1:{port}").replace("{port}", &port);
    let configured = if setting.other_cluster { &other } else { &cluster };
    let mut kubeconfig = match &setting.user {
        Who::Admin => configured.kubeconfig(&server),
        Who::Token(token) => configured.kubeconfig_token(&server, token),
        Who::Certificate(spec) => {
            configured.kubeconfig_x509(&server, &cluster.client_certificate(&spec()))
        }
        Who::CertificateOfAnotherCa => {
            let foreign = other.client_certificate(&ClientCertificateSpec::admin());
            configured.kubeconfig_x509(&server, &foreign)
        }
    };
    if let Some(name) = setting.tls_server_name {
        let line = format!("    server: {server}\n");
        kubeconfig = kubeconfig.replace(&line, &format!("{line}    tls-server-name: {name}\n"));
    }
    if row.name == "delete ns" {
        let created = home.run(&kubeconfig, &["create", "ns", "doomed"]);
        if created.code != Some(0) {
            return Err(format!("no namespace to delete: {created:?}"));
        }
    }
    let mut command = home.command(&kubeconfig, row.arguments);
    command.envs(setting.environment.iter().copied());
    let outcome = support::Outcome::of(&command.output().map_err(|e| e.to_string())?);
    let last = outcome.last_error();
    let minor = home.kubectl.version.1;
    let expected: Vec<_> = row
        .stderr
        .iter()
        .filter(|(minors, _)| minors.contains(&minor))
        .map(|(_, text)| text.replace("{address}", &node.address().to_string()))
        .collect();
    let stderr_fits = if row.stderr.is_empty() {
        outcome.stderr.is_empty()
    } else {
        expected.iter().any(|pattern| matches(pattern, last))
    };
    if stderr_fits && matches(row.stdout, &outcome.stdout) && outcome.code == Some(row.code) {
        return Ok(());
    }
    Err(format!("wanted {expected:?}, {:?}, {}; got {outcome:?}", row.stdout, row.code))
}

#[test]
fn kubectl_says_what_it_says_to_a_real_server() {
    let mut failures = Vec::new();
    let mut played = 0;
    for row in rows() {
        let home = Home::new();
        if home.kubectl.version.1 < row.since {
            continue;
        }
        played += 1;
        if let Err(why) = play(&home, &row) {
            failures.push(format!("{}: {why}", row.name));
        }
    }
    assert!(played > 30);
    assert!(failures.is_empty(), "{} of {played}:\n{}", failures.len(), failures.join("\n\n"));
}

#[test]
fn a_watch_shows_what_is_created_and_ends_with_the_server() {
    use std::io::{BufRead as _, BufReader};
    let home = Home::new();
    let cluster = Cluster::new();
    let node = Node::start(&cluster, LOOPBACK.into()).unwrap();
    let kubeconfig = cluster.kubeconfig(&node.url());
    let mut watch = home.spawn(&kubeconfig, &["get", "ns", "-w"]);
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    for expected in NAMESPACES.lines() {
        assert!(matches(expected, &lines.next().unwrap().unwrap()), "{expected}");
    }
    eventually("the watch begins", || {
        node.records().lines().iter().any(|line| line.contains("watch=true"))
    });
    assert_eq!(home.run(&kubeconfig, &["create", "ns", "late"]).code, Some(0));
    let line = lines.next().unwrap().unwrap();
    assert!(matches("late   *Active   *s", &line), "{line}");
    drop(node);
    assert_eq!(lines.count(), 0);
    let outcome = support::Outcome::of(&watch.wait_with_output().unwrap());
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
}

#[test]
fn a_watch_of_one_name_sees_only_that() {
    use std::io::{BufRead as _, BufReader};
    let home = Home::new();
    let cluster = Cluster::new();
    let node = Node::start(&cluster, LOOPBACK.into()).unwrap();
    let kubeconfig = cluster.kubeconfig(&node.url());
    assert_eq!(home.run(&kubeconfig, &["create", "ns", "demo"]).code, Some(0));
    let mut watch = home.spawn(&kubeconfig, &["get", "ns", "demo", "-w"]);
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().starts_with("NAME"));
    assert!(matches("demo   Active   *s", &lines.next().unwrap().unwrap()));
    eventually("the watch begins", || {
        node.records().lines().iter().any(|line| line.contains("watch=true"))
    });
    assert_eq!(home.run(&kubeconfig, &["create", "ns", "other"]).code, Some(0));
    assert_eq!(home.run(&kubeconfig, &["delete", "ns", "demo"]).code, Some(0));
    assert!(matches("demo   Terminating   *s", &lines.next().unwrap().unwrap()));
    drop(node);
    assert!(lines.all(|line| line.unwrap().starts_with("demo ")));
    assert_eq!(watch.wait_with_output().unwrap().status.code(), Some(0));
}

#[test]
fn a_leaf_is_served_as_soon_as_it_is_set() {
    let home = Home::new();
    let cluster = Cluster::new();
    let node = Node::start(&cluster, LOOPBACK.into()).unwrap();
    let kubeconfig = cluster.kubeconfig(&node.url());
    let before = node.leaf_spki_sha256();
    node.set_leaf(cluster.leaf(&LeafKind::ApiServerExpired, &[]));
    assert_eq!(home.run(&kubeconfig, GET).code, Some(1));
    node.renew_leaf();
    assert_eq!(home.run(&kubeconfig, GET).code, Some(0));
    assert_ne!(node.leaf_spki_sha256(), before);
}

#[test]
fn a_reissued_ca_is_the_same_cluster_to_kubectl() {
    let home = Home::new();
    let cluster = Cluster::new();
    let node = Node::start(&cluster, LOOPBACK.into()).unwrap();
    let kubeconfig = cluster.kubeconfig(&node.url());
    // The old kubeconfig, a new CA certificate on the node and a leaf signed after it.
    let now = SystemTime::now();
    let reissued = cluster.ca().reissued(now, now + Duration::from_hours(24));
    assert_ne!(reissued.pem(), cluster.ca_pem());
    assert_ne!(cluster.reissue_ca(), cluster.ca_pem());
    assert_eq!(reissued.spki_sha256(), cluster.ca().spki_sha256());
    let addresses = [IpAddr::from([127, 0, 0, 1])];
    node.set_leaf(Leaf::new(&reissued, &LeafKind::ApiServer, &addresses));
    assert_eq!(home.run(&kubeconfig, GET).code, Some(0));
    // And the other way round.
    node.renew_leaf();
    let renewed = Cluster::builder().ca(&reissued).known_tokens(&cluster.known_tokens()).build();
    assert_eq!(home.run(&renewed.kubeconfig(&node.url()), GET).code, Some(0));
}

/// Certificates made by the very commands of MicroK8s (`openssl` of its snap), served as they are.
#[cfg(unix)]
#[test]
fn certificates_made_by_openssl_are_served() {
    let home = Home::new();
    let [(ca, leaf, client), (other_ca, other_leaf, _)] = [openssl::make(), openssl::make()];
    let cluster = Cluster::builder().ca(&ca).build();
    let node = Node::start_with(
        &cluster,
        LOOPBACK.into(),
        NodeOptions { leaf: Some(leaf), ..NodeOptions::default() },
    )
    .unwrap();
    let address: SocketAddr = node.address();
    let outcome = home.run(&cluster.kubeconfig(&format!("https://{address}")), GET);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let x509 = cluster.kubeconfig(&node.url()).replace(
        &format!("token: {}", cluster.admin_token()),
        &format!("client-certificate-data: {}\n    client-key-data: {}", client.0, client.1),
    );
    let outcome = home.run(&x509, GET);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(matches(NAMESPACES, &outcome.stdout));

    node.set_leaf(other_leaf);
    let outcome = home.run(&cluster.kubeconfig(&node.url()), GET);
    assert!(
        outcome.last_error().ends_with(
            "x509: certificate signed by unknown authority (possibly because of \"crypto/rsa: \
             verification error\" while trying to verify candidate authority certificate \"10.152.183.1\")"
        ),
        "{outcome:?}"
    );
    drop(other_ca);
    assert!(PATIENCE > Duration::ZERO && MICROK8S_CA_NAME.starts_with("10."));
}

#[cfg(unix)]
mod openssl {
    use std::path::Path;
    use std::process::Command;

    use super::{Ca, Leaf};
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use tempfile::TempDir;

    fn openssl(folder: &Path, line: &str) {
        let output =
            Command::new("openssl").args(line.split(' ')).current_dir(folder).output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// CA, server leaf, and the base64 of a client certificate and its key.
    pub(super) fn make() -> (Ca, Leaf, (String, String)) {
        let folder = TempDir::new().unwrap();
        let dir = folder.path();
        let names = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"];
        let sans: Vec<_> = names.iter().map(|name| format!("DNS:{name}")).collect();
        std::fs::write(
            dir.join("v3_ext"),
            format!(
                "authorityKeyIdentifier=keyid,issuer:always\nbasicConstraints=CA:FALSE\n\
                 keyUsage=keyEncipherment,dataEncipherment,digitalSignature\n\
                 extendedKeyUsage=serverAuth,clientAuth\n\
                 subjectAltName={},IP:127.0.0.1,IP:10.152.183.1\n",
                sans.join(",")
            ),
        )
        .unwrap();
        std::fs::write(dir.join("none"), "").unwrap();
        for line in [
            "genrsa -out ca.key 2048",
            "req -x509 -new -sha256 -nodes -days 3650 -key ca.key -subj /CN=10.152.183.1 -out ca.crt",
            "genrsa -out server.key 2048",
            "req -new -sha256 -key server.key -subj /C=GB/ST=Canonical/L=Canonical/O=Canonical/OU=Canonical/CN=127.0.0.1 -out server.csr",
            "x509 -req -sha256 -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out server.crt -days 365 -extfile v3_ext",
            "genrsa -out client.key 2048",
            "req -new -sha256 -key client.key -subj /CN=admin/O=system:masters -out client.csr",
            "x509 -req -sha256 -in client.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out client.crt -days 3650 -extfile none",
        ] {
            openssl(dir, line);
        }
        let read = |name: &str| std::fs::read_to_string(dir.join(name)).unwrap();
        (
            Ca::from_pem(&read("ca.crt"), &read("ca.key")).unwrap(),
            Leaf::from_pem(&read("server.crt"), &read("server.key")).unwrap(),
            (STANDARD.encode(read("client.crt")), STANDARD.encode(read("client.key"))),
        )
    }
}
