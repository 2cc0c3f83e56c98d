//! Every fault, as a table.

use std::fs;
use std::time::Duration;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use testnode::Behaviour;
use testnode::Ca;
use testnode::ClientCertificate;
use testnode::ClientCertificateSpec;
use testnode::Cluster;
use testnode::Leaf;
use testnode::LeafKind;
use testnode::Node;
use testnode::Role;

use super::stage::Stage;
use super::stage::named;
use crate::support::place;

const DAY: Duration = Duration::from_hours(24);

/// One fault.
pub(super) struct Row {
    pub(super) name: &'static str,
    /// The cluster that it needs.
    pub(super) cluster: fn() -> Cluster,
    pub(super) fault: fn(&mut Stage),
    /// What doctor calls it, on which rung, and its exit code.
    pub(super) id: &'static str,
    pub(super) rung: &'static str,
    pub(super) code: u8,
    /// What kubectl says; empty where it would take too long to say it.
    pub(super) kubectl: &'static str,
    /// What kubectl is asked.
    pub(super) ask: &'static [&'static str],
    /// What a person does where no command mends it.
    pub(super) hand: Option<fn(&mut Stage)>,
}

impl Row {
    /// Whether it needs a cluster of its own making.
    pub(super) fn is_special(&self) -> bool {
        [
            "no permission",
            "CA expired",
            "another cluster of the same CA",
        ]
        .contains(&self.name)
    }
}

const GET_NS: &[&str] = &["get", "ns"];

/// The row that others differ from.
const PLAIN: Row = Row {
    name: "",
    cluster: Cluster::new,
    fault: |_| {},
    id: "",
    rung: "",
    code: 0,
    kubectl: "",
    ask: GET_NS,
    hand: None,
};

fn restore(stage: &mut Stage) {
    let path = stage.sandbox.file();
    if path.is_dir() {
        fs::remove_dir(&path).unwrap();
    }
    stage.write(&named(&stage.cluster.kubeconfig(&stage.node.url())));
}

/// A plugin that prints the admin's token in a version of the protocol.
fn plugin(stage: &Stage, version: &str) {
    let token = stage.cluster.admin_token();
    stage.sandbox.script(
        "get-token",
        &format!(
            "case \"$KUBERNETES_EXEC_INFO\" in *ExecCredential*) ;; *) exit 64 ;; esac\n\
             echo '{{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/{version}\",\"status\":{{\"token\":\"{token}\"}}}}'\n"
        ),
    );
}

fn exec(stage: &Stage, command: &str, version: &str, mode: &str) {
    stage.user(&format!(
        "\n    exec:\n      apiVersion: client.authentication.k8s.io/{version}\n      command: {command}\n{mode}"
    ));
}

const NEVER: &str = "      interactiveMode: Never\n";

fn jwt(claims: &str) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!(
        "{}.{}.{}",
        part(r#"{"alg":"RS256"}"#),
        part(claims),
        part("signature")
    )
}

fn x509(client: &ClientCertificate) -> String {
    format!(
        "\n    client-certificate-data: {}\n    client-key-data: {}\n",
        STANDARD.encode(client.pem()),
        STANDARD.encode(client.key_pem())
    )
}

/// The cluster with a user who may do nothing.
fn rbac() -> Cluster {
    let plain = Cluster::new().known_tokens();
    let list = format!("{plain}devT0ken,dev,dev\n");
    Cluster::builder().rbac(true).known_tokens(&list).build()
}

fn old_ca() -> Cluster {
    let now = SystemTime::now();
    Cluster::builder()
        .ca_validity(now - 20 * DAY, now - DAY)
        .build()
}

/// Something that speaks first, and no TLS. It lasts as long as the tests.
fn says(at: std::net::SocketAddr, greeting: &'static [u8]) {
    use std::io::Write as _;
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    let listener = loop {
        match std::net::TcpListener::bind(at) {
            Ok(listener) => break listener,
            Err(error) => assert!(std::time::Instant::now() < deadline, "{error}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // Whoever does not wait for it has gone.
            let _ = stream.and_then(|mut stream| stream.write_all(greeting));
        }
    });
}

/// Away from where it was, where Multipass and hosts.ics know nothing of it.
fn hide(stage: &mut Stage) -> std::net::SocketAddr {
    let old = stage.move_away();
    stage.machine_is_lost();
    old
}

/// Whoever took the address goes, and the node comes back.
fn come_back(stage: &mut Stage) {
    let at = stage.others.pop().map(|node| node.address()).unwrap();
    // Connections to the one who left may hold the port for a moment.
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while let Err(error) = stage.node.move_to(at) {
        assert!(std::time::Instant::now() < deadline, "{error}");
        std::thread::sleep(Duration::from_millis(20));
    }
    stage.node.renew_leaf();
    stage.machine_has(&stage.cluster);
}

pub(super) const ROWS: &[Row] = &[
    // The files.
    Row {
        name: "no kubeconfig",
        fault: |stage| {
            fs::remove_file(stage.sandbox.file()).unwrap();
            stage.context.clear();
        },
        id: "kubeconfig-none",
        rung: "kubeconfig",
        code: 6,
        kubectl: "localhost:8080",
        hand: Some(restore),
        ..PLAIN
    },
    Row {
        name: "~ in KUBECONFIG",
        fault: |stage| stage.list = Some("~/.kube/config".to_owned()),
        id: "kubeconfig-tilde",
        rung: "kubeconfig",
        code: 6,
        kubectl: "context was not found for specified context: dev",
        ..PLAIN
    },
    Row {
        name: "a folder for a file",
        fault: |stage| {
            fs::remove_file(stage.sandbox.file()).unwrap();
            fs::create_dir(stage.sandbox.file()).unwrap();
            stage.context.clear();
        },
        id: "kubeconfig-unreadable",
        rung: "kubeconfig",
        code: 6,
        kubectl: "is a directory",
        hand: Some(restore),
        ..PLAIN
    },
    Row {
        name: "no YAML",
        fault: |stage| stage.edit("clusters:\n", "clusters: [\n"),
        id: "kubeconfig-damaged",
        rung: "kubeconfig",
        code: 6,
        kubectl: "error loading config file",
        hand: Some(restore),
        ..PLAIN
    },
    Row {
        name: "CA data is not base64",
        fault: |stage| {
            let line = stage.line("certificate-authority-data:");
            stage.edit(&line, "    certificate-authority-data: '!'");
        },
        id: "kubeconfig-damaged",
        rung: "kubeconfig",
        code: 6,
        kubectl: "illegal base64 data at input byte 0",
        hand: Some(restore),
        ..PLAIN
    },
    Row {
        name: "no current context",
        fault: |stage| {
            stage.edit("current-context: dev\n", "");
            stage.context.clear();
        },
        id: "context-none",
        rung: "kubeconfig",
        code: 6,
        kubectl: "localhost:8080",
        ..PLAIN
    },
    Row {
        name: "unknown context",
        fault: |stage| stage.context = "prod".to_owned(),
        id: "context-unknown",
        rung: "kubeconfig",
        code: 6,
        kubectl: "context was not found for specified context: prod",
        hand: Some(|stage| stage.context = "dev".to_owned()),
        ..PLAIN
    },
    Row {
        name: "dangling cluster",
        fault: |stage| stage.edit("    cluster: dev\n", "    cluster: gone\n"),
        id: "cluster-unknown",
        rung: "kubeconfig",
        code: 6,
        // Without a cluster it goes where it goes without a kubeconfig.
        kubectl: "localhost:8080",
        ..PLAIN
    },
    Row {
        name: "dangling user",
        fault: |stage| stage.edit("    user: dev\n", "    user: gone\n"),
        id: "user-unknown",
        rung: "kubeconfig",
        code: 6,
        kubectl: "Please enter Username",
        ..PLAIN
    },
    Row {
        name: "server without scheme",
        fault: |stage| stage.edit("server: https://", "server: "),
        id: "server-invalid",
        rung: "kubeconfig",
        code: 6,
        // client-go takes it for http.
        kubectl: "the server rejected our request for an unknown reason",
        ..PLAIN
    },
    Row {
        name: "CA and insecure",
        fault: |stage| {
            stage.edit(
                "    server: ",
                "    insecure-skip-tls-verify: true\n    server: ",
            )
        },
        id: "ca-and-insecure",
        rung: "kubeconfig",
        code: 6,
        kubectl: "specifying a root certificates file with the insecure flag is not allowed",
        ..PLAIN
    },
    Row {
        name: "CA unusable",
        fault: |stage| {
            let line = stage.line("certificate-authority-data:");
            let nonsense = STANDARD.encode("not a certificate");
            stage.edit(
                &line,
                &format!("    certificate-authority-data: {nonsense}"),
            );
        },
        id: "ca-unusable",
        rung: "kubeconfig",
        code: 6,
        kubectl: "unable to load root certificates: unable to parse bytes as PEM block",
        ..PLAIN
    },
    Row {
        name: "CA file missing",
        fault: |stage| {
            let line = stage.line("certificate-authority-data:");
            stage.edit(&line, "    certificate-authority: gone.crt");
        },
        id: "ca-file-missing",
        rung: "kubeconfig",
        code: 6,
        kubectl: "unable to read certificate-authority",
        ..PLAIN
    },
    Row {
        name: "key of another certificate",
        fault: |stage| {
            let spec = ClientCertificateSpec::admin();
            let (one, two) = (
                stage.cluster.client_certificate(&spec),
                stage.cluster.client_certificate(&spec),
            );
            stage.user(&format!(
                "\n    client-certificate-data: {}\n    client-key-data: {}\n",
                STANDARD.encode(one.pem()),
                STANDARD.encode(two.key_pem())
            ));
        },
        id: "client-key-mismatch",
        rung: "kubeconfig",
        code: 6,
        kubectl: "private key does not match public key",
        ..PLAIN
    },
    Row {
        name: "http to the TLS port",
        fault: |stage| stage.edit("server: https://", "server: http://"),
        id: "http-to-tls-port",
        rung: "kubeconfig",
        code: 6,
        kubectl: "the server rejected our request for an unknown reason",
        ..PLAIN
    },
    // The name.
    Row {
        name: "name without address",
        fault: |stage| {
            let ip = stage.node.address().ip().to_string();
            stage.edit(&format!("https://{ip}:"), "https://microk8s-vm.mshome.net:");
        },
        id: "name-unresolved",
        rung: "name",
        code: 3,
        kubectl: "lookup microk8s-vm.mshome.net",
        ..PLAIN
    },
    // The address. What needs a network of its own is in `network`.
    Row {
        name: "black hole",
        fault: |stage| stage.node.set_behaviour(Behaviour::Swallow).unwrap(),
        id: "no-answer",
        rung: "address",
        code: 3,
        ..PLAIN
    },
    // The port.
    Row {
        name: "port refused",
        fault: |stage| stage.node.set_behaviour(Behaviour::Refuse).unwrap(),
        id: "port-refused",
        rung: "port",
        code: 3,
        kubectl: "was refused - did you specify the right host or port?",
        ..PLAIN
    },
    Row {
        name: "moved",
        fault: |stage| {
            stage.move_away();
        },
        id: "port-refused",
        rung: "port",
        code: 3,
        kubectl: "was refused",
        ..PLAIN
    },
    Row {
        name: "hung",
        fault: |stage| stage.node.set_behaviour(Behaviour::Hang).unwrap(),
        id: "hung",
        rung: "port",
        code: 3,
        ..PLAIN
    },
    Row {
        name: "relay without server",
        fault: |stage| {
            stage
                .node
                .set_behaviour(Behaviour::CloseAfterAccept)
                .unwrap()
        },
        id: "accepts-then-closes",
        rung: "port",
        code: 3,
        ..PLAIN
    },
    Row {
        name: "connection that ends in the answer",
        fault: |stage| {
            stage
                .node
                .set_behaviour(Behaviour::CloseAfterHandshake)
                .unwrap();
        },
        id: "http-failed",
        rung: "port",
        code: 3,
        ..PLAIN
    },
    Row {
        name: "tunnel that is not up",
        fault: |stage| {
            stage.node.move_to(([127, 0, 0, 1], 0).into()).unwrap();
            restore(stage);
            stage.node.set_behaviour(Behaviour::Refuse).unwrap();
        },
        id: "port-refused",
        rung: "port",
        code: 3,
        kubectl: "was refused",
        hand: Some(|stage| stage.node.set_behaviour(Behaviour::Serve).unwrap()),
        ..PLAIN
    },
    Row {
        name: "proxy that is not up",
        fault: |stage| {
            let proxy = place();
            stage.edit(
                "    server: ",
                &format!("    proxy-url: http://{proxy}\n    server: "),
            );
        },
        id: "proxy-unreachable",
        rung: "port",
        code: 3,
        kubectl: "was refused",
        hand: Some(|stage| {
            stage
                .bowline(&["config", "unset", "clusters.dev.proxy-url"])
                .expect(0);
        }),
        ..PLAIN
    },
    // Who answers.
    Row {
        name: "another cluster has the address",
        fault: |stage| {
            let old = stage.move_away();
            let other = stage.other.clone();
            stage.somebody(&other, old, Role::ApiServer, None);
        },
        id: "other-cluster",
        rung: "identity",
        code: 4,
        kubectl: "x509: certificate signed by unknown authority",
        ..PLAIN
    },
    Row {
        name: "another known cluster has the address",
        fault: |stage| {
            let old = stage.move_away();
            let other = stage.other.clone();
            let ca = STANDARD.encode(other.ca_pem());
            stage.edit(
                "contexts:\n",
                &format!("- cluster:\n    certificate-authority-data: {ca}\n    server: https://10.9.9.9\n  name: lab\ncontexts:\n"),
            );
            stage.somebody(&other, old, Role::ApiServer, None);
        },
        id: "other-known-cluster",
        rung: "identity",
        code: 4,
        kubectl: "x509: certificate signed by unknown authority",
        ..PLAIN
    },
    Row {
        name: "installed anew",
        fault: |stage| {
            // The machine is known: the cluster was seen there.
            stage.bowline(&["doctor"]);
            let at = stage.node.address();
            let leaf = stage.node.leaf();
            let anew = Cluster::new();
            stage.node.move_to(place()).unwrap();
            stage.node = Node::start(&anew, at).unwrap();
            stage.node.set_leaf(leaf.renewed(anew.ca(), &[at.ip()]));
            stage.machine_has(&anew);
            stage.cluster = anew;
        },
        id: "rekeyed",
        rung: "identity",
        code: 4,
        kubectl: "x509: certificate signed by unknown authority",
        ..PLAIN
    },
    Row {
        name: "captive portal",
        fault: |stage| {
            let old = hide(stage);
            let public = Cluster::builder().ca_name("R11").build();
            let kind = LeafKind::ApiServerFor(vec!["login.portal.example".to_owned()]);
            let leaf = Leaf::new(public.ca(), &kind, &[]);
            stage.somebody(&public, old, Role::CaptivePortal, Some(leaf));
        },
        id: "intercepted",
        rung: "identity",
        code: 4,
        kubectl: "x509:",
        hand: Some(come_back),
        ..PLAIN
    },
    Row {
        name: "captive portal in the clear",
        fault: |stage| {
            let old = hide(stage);
            let public = Cluster::new();
            stage.somebody(&public, old, Role::PlainCaptivePortal, None);
        },
        id: "intercepted",
        rung: "identity",
        code: 4,
        hand: Some(come_back),
        ..PLAIN
    },
    Row {
        name: "plain http on the port",
        fault: |stage| {
            let old = stage.move_away();
            let other = stage.other.clone();
            stage.somebody(&other, old, Role::PlainWebServer, None);
        },
        id: "plain-http-port",
        rung: "identity",
        code: 4,
        kubectl: "http: server gave HTTP response to HTTPS client",
        ..PLAIN
    },
    Row {
        name: "kubelet has the address",
        fault: |stage| {
            let old = stage.move_away();
            let cluster = stage.cluster.clone();
            let leaf = cluster.leaf(&LeafKind::MicroK8sKubelet, &[old.ip()]);
            stage.somebody(
                &cluster,
                old,
                Role::Kubelet { anonymous: false },
                Some(leaf),
            );
        },
        id: "node-answers",
        rung: "identity",
        code: 4,
        ..PLAIN
    },
    Row {
        name: "no API server",
        fault: |stage| {
            let old = stage.move_away();
            let cluster = stage.cluster.clone();
            stage.somebody(&cluster, old, Role::WebServer, None);
        },
        id: "not-an-api-server",
        rung: "identity",
        code: 4,
        ..PLAIN
    },
    Row {
        name: "client certificate for a server's",
        fault: |stage| {
            let old = stage.move_away();
            let cluster = stage.cluster.clone();
            let leaf = cluster.leaf(&LeafKind::KubeadmClient, &[old.ip()]);
            stage.somebody(&cluster, old, Role::WebServer, Some(leaf));
        },
        id: "certificate-unusable",
        rung: "identity",
        code: 4,
        kubectl: "x509:",
        ..PLAIN
    },
    Row {
        name: "ssh on the port",
        fault: |stage| {
            let old = stage.move_away();
            says(old, b"SSH-2.0-OpenSSH_9.6\r\n");
        },
        id: "tls-failed",
        rung: "identity",
        code: 4,
        kubectl: "tls: first record does not look like a TLS handshake",
        ..PLAIN
    },
    Row {
        name: "another cluster of the same CA",
        cluster: || Cluster::builder().ca_name("minikubeCA").build(),
        fault: |stage| {
            stage.bowline(&["doctor"]);
            let old = stage.move_away();
            let other = Cluster::builder().ca(stage.cluster.ca()).build();
            stage.somebody(&other, old, Role::ApiServer, None);
        },
        // kubectl would give it the token.
        id: "shared-ca-stranger",
        rung: "identity",
        code: 4,
        ..PLAIN
    },
    Row {
        name: "no CA",
        fault: |stage| {
            let line = stage.line("certificate-authority-data:");
            stage.edit(&format!("{line}\n"), "");
        },
        id: "no-ca",
        rung: "identity",
        code: 4,
        kubectl: "x509: certificate signed by unknown authority",
        ..PLAIN
    },
    // The name in the certificate.
    Row {
        name: "certificate lacks the address",
        fault: |stage| {
            let leaf = stage.node.leaf();
            stage.node.move_to(place()).unwrap();
            let text = stage.sandbox.text();
            let line = stage.line("server:");
            let url = stage.node.url();
            stage.write(&text.replace(&line, &format!("    server: {url}")));
            stage.machine_has(&stage.cluster);
            stage.node.set_leaf(leaf);
        },
        id: "server-name",
        rung: "server-name",
        code: 4,
        kubectl: "x509: certificate is valid for 127.0.0.1, 10.152.183.1, ",
        ..PLAIN
    },
    Row {
        name: "wrong tls-server-name",
        fault: |stage| {
            stage.edit(
                "    server: ",
                "    tls-server-name: nonsense\n    server: ",
            )
        },
        id: "tls-server-name-wrong",
        rung: "server-name",
        code: 4,
        kubectl: "not nonsense",
        ..PLAIN
    },
    // Dates and clocks.
    Row {
        name: "certificate expired",
        fault: |stage| leaf_of(stage, &LeafKind::ApiServerExpired),
        id: "certificate-expired",
        rung: "expiry",
        code: 4,
        kubectl: "x509: certificate has expired or is not yet valid",
        ..PLAIN
    },
    Row {
        name: "certificate not yet valid",
        fault: |stage| leaf_of(stage, &LeafKind::ApiServerNotYetValid),
        id: "certificate-not-yet-valid",
        rung: "expiry",
        code: 4,
        kubectl: "x509: certificate has expired or is not yet valid",
        ..PLAIN
    },
    Row {
        name: "clock of the node",
        fault: |stage| {
            leaf_of(stage, &LeafKind::ApiServerNotYetValid);
            stage.node.set_clock(2 * 86_400);
        },
        id: "clocks-apart",
        rung: "expiry",
        code: 4,
        kubectl: "x509: certificate has expired or is not yet valid",
        ..PLAIN
    },
    Row {
        name: "clock of this machine",
        fault: |stage| {
            leaf_of(stage, &LeafKind::ApiServerNotYetValid);
            stage.node.set_clock(400 * 86_400);
            // Written when the clock was right.
            let file = fs::File::options().write(true).open(stage.sandbox.file());
            file.unwrap()
                .set_modified(SystemTime::now() + 300 * DAY)
                .unwrap();
        },
        id: "clock-here",
        rung: "expiry",
        code: 4,
        kubectl: "x509: certificate has expired or is not yet valid",
        ..PLAIN
    },
    Row {
        name: "CA expired",
        cluster: old_ca,
        fault: |stage| {
            let old = STANDARD.encode(stage.cluster.ca_pem());
            let fresh = STANDARD.encode(stage.cluster.reissue_ca());
            let theirs = stage
                .cluster
                .kubeconfig(crate::add_machines::machines::LOOPBACK);
            let machines = crate::add_machines::machines::Machines::multipass(&stage.sandbox);
            machines.write(
                "dev",
                crate::add_machines::machines::CLIENT_CONFIG,
                &theirs.replace(&old, &fresh),
            );
        },
        id: "ca-out-of-date",
        rung: "expiry",
        code: 4,
        kubectl: "x509:",
        ..PLAIN
    },
    // What the credential looks like.
    Row {
        name: "no credential",
        fault: |stage| stage.user(" {}\n"),
        id: "credential-none",
        rung: "credential-form",
        code: 5,
        kubectl: "Please enter Username",
        ..PLAIN
    },
    Row {
        name: "certificate without key",
        fault: |stage| {
            let client = stage
                .cluster
                .client_certificate(&ClientCertificateSpec::admin());
            let pem = STANDARD.encode(client.pem());
            stage.user(&format!("\n    client-certificate-data: {pem}\n"));
        },
        id: "credential-half",
        rung: "credential-form",
        code: 5,
        kubectl: "client-key-data or client-key must be specified",
        ..PLAIN
    },
    Row {
        name: "token file missing",
        fault: |stage| stage.user("\n    tokenFile: gone\n"),
        id: "credential-file-missing",
        rung: "credential-form",
        code: 5,
        kubectl: "no such file",
        ..PLAIN
    },
    Row {
        name: "client certificate expired",
        fault: |stage| {
            let spec = ClientCertificateSpec::admin().expired();
            let client = stage.cluster.client_certificate(&spec);
            stage.user(&x509(&client));
        },
        id: "client-certificate-expired",
        rung: "credential-form",
        code: 5,
        kubectl: "You must be logged in to the server",
        ..PLAIN
    },
    Row {
        name: "client certificate not yet valid",
        fault: |stage| {
            let now = SystemTime::now();
            let spec = ClientCertificateSpec::admin().valid(now + DAY, now + 20 * DAY);
            let client = stage.cluster.client_certificate(&spec);
            stage.user(&x509(&client));
        },
        id: "client-certificate-not-yet-valid",
        rung: "credential-form",
        code: 5,
        kubectl: "You must be logged in to the server",
        ..PLAIN
    },
    Row {
        name: "token expired",
        fault: |stage| {
            let token = jwt(r#"{"exp":1600000000,"sub":"system:serviceaccount:a:b"}"#);
            stage.user(&format!("\n    token: {token}\n"));
        },
        id: "token-expired",
        rung: "credential-form",
        code: 5,
        kubectl: "You must be logged in to the server",
        ..PLAIN
    },
    Row {
        name: "token with a line break",
        fault: |stage| stage.user("\n    token: \"abc\\ndef\"\n"),
        id: "credential-unusable",
        rung: "credential-form",
        code: 5,
        kubectl: "invalid header field value",
        ..PLAIN
    },
    Row {
        name: "plugin missing",
        fault: |stage| exec(stage, "get-token", "v1", NEVER),
        id: "plugin-missing",
        rung: "credential-form",
        code: 5,
        kubectl: "executable get-token not found",
        hand: Some(|stage| {
            plugin(stage, "v1");
            stage.flags = vec!["--run-plugins"];
        }),
        ..PLAIN
    },
    Row {
        name: "plugin not executable",
        fault: |stage| {
            plugin(stage, "v1");
            let from = stage.sandbox.path("bin/get-token");
            let to = stage.sandbox.path("home/.kube/get-token");
            fs::copy(from, &to).unwrap();
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&to, fs::Permissions::from_mode(0o644)).unwrap();
            exec(stage, "./get-token", "v1", NEVER);
        },
        id: "plugin-not-executable",
        rung: "credential-form",
        code: 5,
        kubectl: "permission denied",
        ..PLAIN
    },
    Row {
        name: "exposed and expired plugin protocol",
        fault: |stage| {
            plugin(stage, "v1");
            exec(stage, "get-token", "v1alpha1", NEVER);
            use std::os::unix::fs::PermissionsExt as _;
            let open = fs::Permissions::from_mode(0o644);
            fs::set_permissions(stage.sandbox.file(), open).unwrap();
        },
        id: "plugin-api-removed",
        rung: "credential-form",
        code: 5,
        kubectl: "invalid apiVersion",
        ..PLAIN
    },
    Row {
        name: "plugin without interactiveMode",
        fault: |stage| {
            plugin(stage, "v1");
            exec(stage, "get-token", "v1", "");
            stage.flags = vec!["--run-plugins"];
        },
        id: "plugin-interactive-mode",
        rung: "credential-form",
        code: 5,
        kubectl: "interactiveMode must be specified",
        ..PLAIN
    },
    Row {
        name: "plugin that fails",
        fault: |stage| {
            stage
                .sandbox
                .script("get-token", "echo 'not logged in' >&2\nexit 1\n");
            exec(stage, "get-token", "v1", NEVER);
            stage.flags = vec!["--run-plugins"];
        },
        id: "plugin-failed",
        rung: "credential-form",
        code: 5,
        kubectl: "executable get-token failed with exit code 1",
        hand: Some(|stage| plugin(stage, "v1")),
        ..PLAIN
    },
    Row {
        name: "auth provider",
        fault: |stage| {
            stage.user("\n    auth-provider:\n      name: gcp\n      config:\n        access-token: s3cret\n");
        },
        id: "auth-provider-removed",
        rung: "credential-form",
        code: 5,
        kubectl: "auth",
        ..PLAIN
    },
    // Whether it is accepted.
    Row {
        name: "wrong token",
        fault: |stage| {
            let token = stage.cluster.admin_token().to_owned();
            stage.edit(&token, "wr0ngT0ken");
        },
        id: "token-refused",
        rung: "credential",
        code: 5,
        kubectl: "You must be logged in to the server",
        ..PLAIN
    },
    Row {
        name: "client certificate of another CA",
        fault: |stage| {
            let client = ClientCertificate::new(&Ca::new("other"), &ClientCertificateSpec::admin());
            stage.user(&x509(&client));
        },
        id: "client-certificate-refused",
        rung: "credential",
        code: 5,
        kubectl: "You must be logged in to the server",
        ..PLAIN
    },
    Row {
        name: "user name and password",
        fault: |stage| stage.user("\n    username: admin\n    password: s3cret\n"),
        id: "basic-auth-refused",
        rung: "credential",
        code: 5,
        kubectl: "You must be logged in to the server",
        ..PLAIN
    },
    // What it permits.
    Row {
        name: "no permission",
        cluster: rbac,
        fault: |stage| {
            let token = stage.cluster.admin_token().to_owned();
            stage.edit(&token, "devT0ken");
        },
        id: "forbidden",
        rung: "permission",
        code: 9,
        kubectl: "no",
        ask: &["auth", "can-i", "list", "pods", "-n", "default"],
        ..PLAIN
    },
    // How the server is.
    Row {
        name: "datastore down",
        fault: |stage| stage.node.set_behaviour(Behaviour::DatastoreDown).unwrap(),
        id: "datastore-down",
        rung: "server",
        code: 10,
        ..PLAIN
    },
    Row {
        name: "objects are not answered",
        fault: |stage| stage.node.set_behaviour(Behaviour::ObjectsHang).unwrap(),
        id: "server-silent",
        rung: "server",
        code: 10,
        ..PLAIN
    },
    Row {
        name: "unavailable",
        fault: |stage| stage.node.set_behaviour(Behaviour::Unavailable).unwrap(),
        id: "server-error",
        rung: "server",
        code: 10,
        kubectl: "the server is currently unable to handle the request",
        ..PLAIN
    },
    Row {
        name: "not ready",
        fault: |stage| stage.node.set_behaviour(Behaviour::ReadyzFails).unwrap(),
        id: "not-ready",
        rung: "server",
        code: 10,
        ..PLAIN
    },
    // The nodes.
    Row {
        name: "kubelet at another address",
        fault: |stage| stage.kubelet(&LeafKind::MicroK8sKubelet, ([172, 28, 40, 7], 1).into()),
        id: "kubelet-certificate-address",
        rung: "node",
        code: 10,
        ..PLAIN
    },
    Row {
        name: "kubelet certificate expired",
        fault: |stage| {
            let own = stage.node.address();
            stage.kubelet(&LeafKind::MicroK8sKubeletExpired, own);
        },
        id: "kubelet-certificate-expired",
        rung: "node",
        code: 10,
        ..PLAIN
    },
];

fn leaf_of(stage: &mut Stage, kind: &LeafKind) {
    // Only the addresses that the certificate has already: another fault may be that it lacks one.
    let old = stage.line("server:");
    let ip = stage.node.address().ip();
    let named = old.contains(&ip.to_string());
    let leaf = stage.cluster.leaf(
        kind,
        if named {
            std::slice::from_ref(&ip)
        } else {
            &[]
        },
    );
    stage.node.set_leaf(leaf);
}
