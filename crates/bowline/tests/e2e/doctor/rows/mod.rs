//! Every fault, as a table.

mod certificate;
mod credential;
mod files;
mod peer;
mod server;
mod way;

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

use super::stage::Act;
use super::stage::Stage;
use super::stage::named;
use crate::support::place;

const DAY: Duration = Duration::from_hours(24);

/// One fault.
pub(super) struct Row {
    pub(super) name: &'static str,
    /// The cluster that it needs.
    pub(super) cluster: fn() -> Cluster,
    pub(super) fault: Act,
    /// What doctor calls it, on which rung, and its exit code.
    pub(super) id: &'static str,
    pub(super) rung: &'static str,
    pub(super) code: u8,
    /// What kubectl says; empty where it would take too long to say it.
    pub(super) kubectl: &'static str,
    /// The minor version from which on kubectl says that, and can do what the remedy makes of the entry.
    pub(super) since: u32,
    /// What kubectl is asked.
    pub(super) ask: &'static [&'static str],
    /// What a person does where no command mends it.
    pub(super) hand: Option<Act>,
}

impl Row {
    /// Whether the kubectl of this run is new enough for the row.
    pub(super) fn is_known_to_kubectl(&self) -> bool {
        let found = testnode::kubectl::find().unwrap_or_else(|error| panic!("{error}"));
        found.version >= (1, self.since)
    }

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
    since: 0,
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

/// All of them, from the files outward.
pub(super) fn all() -> impl Iterator<Item = &'static Row> {
    [
        files::ROWS,
        way::ROWS,
        peer::ROWS,
        certificate::ROWS,
        credential::ROWS,
        server::ROWS,
    ]
    .into_iter()
    .flatten()
}

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
