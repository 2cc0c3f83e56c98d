//! Each source alone finds a cluster that moved, for `heal` and for `k`.

mod files;
mod known;
mod likely;
mod names;
mod programs;
mod published;
mod switches;
mod tunnels;

use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::net::TcpListener;

use testnode::Cluster;
use testnode::Node;

use crate::support::Sandbox;
use crate::support::odd;
use crate::support::place;

/// A program that answers these questions and rejects every other; each call leaves a line in `NAME.calls`.
pub(crate) fn stand_in(sandbox: &Sandbox, name: &str, answers: &[(&str, &str)]) {
    let calls = sandbox.path(&format!("{name}.calls"));
    let mut script = format!("echo \"$*\" >> '{}'\n", calls.display());
    for (number, (asked, answer)) in answers.iter().enumerate() {
        let file = |what: &str, text: &str| {
            let path = sandbox.path(&format!("{name}.{number}.{what}"));
            fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        let (asked, answer) = (file("asked", asked), file("answer", answer));
        writeln!(
            script,
            "[ \"$*\" = \"$(/bin/cat '{asked}')\" ] && exec /bin/cat '{answer}'"
        )
        .unwrap();
    }
    script.push_str("echo \"unexpected: $*\" >&2; exit 64\n");
    sandbox.script(name, &script);
}

/// How often a stand-in was called.
pub(crate) fn calls(sandbox: &Sandbox, name: &str) -> usize {
    let calls = fs::read_to_string(sandbox.path(&format!("{name}.calls")));
    calls.unwrap_or_default().lines().count()
}

/// A node at MicroK8s' port, and an entry at an address where nobody is: `prepare` lets one source know the
/// node's address. `heal` and `k` find it there and write it, and one `undo` takes it back.
fn assert_found(settings: &str, by: &str, prepare: impl Fn(&Sandbox, SocketAddr)) {
    for command in [&["heal"][..], &["k", "get", "ns"]] {
        let cluster = Cluster::new();
        let node = Node::start(&cluster, place()).unwrap();
        let before = odd(&cluster, &format!("https://{}", place()));
        let sandbox = Sandbox::with(&before);
        sandbox.settings(&settings.replace("SANDBOX", &sandbox.path("").display().to_string()));
        prepare(&sandbox, node.address());
        sandbox
            .bowline(command)
            .expect(0)
            .stays_plain()
            .says(&format!("(by {by}"));
        let text = sandbox.text();
        assert!(text.contains(&format!("'{}'", node.url())), "{text}");
        sandbox.bowline(&["undo"]).expect(0);
        assert_eq!(sandbox.text(), before);
    }
}

/// A port of this machine at which nobody listens.
pub(crate) fn closed() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

/// A node behind a port of this machine.
fn published(cluster: &Cluster) -> Node {
    Node::start(cluster, "127.0.0.1:0".parse().unwrap()).unwrap()
}
