//! What `k` runs is kubectl itself: its exit code, input, signals and terminal are its own.

use std::io::BufRead as _;
use std::io::BufReader;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Stdio;

use testnode::Cluster;
use testnode::Node;

use crate::pty::Terminal;
use crate::support::Sandbox;
use crate::support::place;
use crate::support::run;

fn scene() -> (Node, Sandbox) {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(cluster.kubeconfig(&node.url()));
    (node, sandbox)
}

#[test]
fn exit_codes_are_kubectls_and_its_plugins() {
    let (_node, sandbox) = scene();
    sandbox.script("kubectl-answer", "printf '<%s>' \"$@\"; exit 42\n");
    for (line, code) in [
        (&["get", "ns", "kube-system"][..], 0),
        (&["get", "ns", "nowhere"], 1),
        (&["get", "--no-such-flag"], 1),
        (&["answer", "a b", "$(exit 7)", ""], 42),
    ] {
        let plain = sandbox.kubectl(line).expect(code);
        let ours = sandbox.bowline(&[&["k"], line].concat()).expect(code);
        assert_eq!(ours.stdout, plain.stdout, "{line:?}");
        assert_eq!(ours.stderr, plain.stderr, "{line:?}");
    }
}

#[test]
fn the_input_is_kubectls() {
    let (_node, sandbox) = scene();
    sandbox.script(
        "kubectl-echo",
        "while read -r line; do echo \"<$line>\"; done\n",
    );
    let said = sandbox.feed(&["k", "echo"], "a\nb c\n").expect(0);
    assert_eq!(said.stdout, "<a>\n<b c>\n");
    let object = "apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n";
    let line = [
        "create",
        "-f",
        "-",
        "--dry-run=client",
        "--validate=false",
        "-o",
        "name",
    ];
    let mut plain = sandbox.settle(Command::new(sandbox.kubectl_path()));
    plain.args(line);
    let plain = run(plain, object.as_bytes());
    let ours = sandbox.feed(&[&["k"], &line[..]].concat(), object);
    assert_eq!((ours.code, &ours.stderr), (plain.code, &plain.stderr));
    assert_eq!(ours.expect(0).stdout, "namespace/x\n");
}

/// How a `kubectl proxy` ends that is sent a signal while it is at work.
#[track_caller]
fn ended_by(mut proxy: Command, signal: &str) -> ExitStatus {
    let mut child = proxy
        .args(["proxy", "--port=0"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    assert!(line.starts_with("Starting to serve"), "{line:?}");
    let pid = child.id().to_string();
    let sent = Command::new("kill").args(["-s", signal, &pid]).status();
    assert!(sent.unwrap().success());
    child.wait().unwrap()
}

#[test]
fn signals_are_kubectls() {
    let (_node, sandbox) = scene();
    for (signal, number) in [("TERM", 15), ("INT", 2), ("KILL", 9)] {
        let plain = ended_by(sandbox.settle(Command::new(sandbox.kubectl_path())), signal);
        let ours = ended_by(sandbox.command(&["k"]), signal);
        assert_eq!(ours, plain, "{signal}");
        assert_eq!(ours.signal(), Some(number), "{signal}");
    }
}

#[test]
fn the_terminal_is_kubectls() {
    if !Terminal::is_possible("pass_through") {
        return;
    }
    let (_node, sandbox) = scene();
    sandbox.script(
        "kubectl-tty",
        "test -t 0 && test -t 1 && test -t 2 && echo tty\n/usr/bin/stty size\nread -r x; echo \"got:$x\"; exit 3\n",
    );
    let mut terminal = Terminal::start(Terminal::bowline(&sandbox, &["k", "tty"]), (11, 77));
    terminal.wait_for_text("tty\n11 77");
    terminal.send("word\r");
    terminal.wait_for_text("got:word");
    assert_eq!(terminal.end(), Some(3));
}

#[test]
fn a_context_may_have_any_name() {
    let (node, sandbox) = scene();
    let mut old = "microk8s".to_owned();
    for name in [
        "a b",
        "$(touch owned)",
        "x';touch owned;'",
        "--all",
        "🙂",
        "a/b:c",
    ] {
        let before = sandbox.text();
        let renamed = before.replace(
            &format!("current-context: {}\n", yaml(&old)),
            &format!("current-context: {}\n", yaml(name)),
        );
        let renamed = renamed.replace(
            &format!("name: {}\n", yaml(&old)),
            &format!("name: {}\n", yaml(name)),
        );
        assert_eq!(renamed.matches(&yaml(name)).count(), 2, "{renamed}");
        sandbox.write(renamed);
        sandbox
            .bowline(&["k", "get", "ns"])
            .expect(0)
            .says("kube-system");
        let flag = format!("--context={name}");
        sandbox
            .bowline(&["k", "get", "ns", &flag])
            .expect(0)
            .says("kube-system");
        // The connection is mended under that name, too.
        node.move_to(place()).unwrap();
        sandbox.announce(&[("microk8s-vm", node.address())]);
        sandbox
            .bowline(&["k", "get", "ns", &flag])
            .expect(0)
            .says("kube-system");
        assert!(sandbox.text().contains(&node.url()), "{name}");
        assert!(!sandbox.path("owned").exists(), "{name}");
        old = name.to_owned();
    }
}

/// A name as the file has it.
fn yaml(name: &str) -> String {
    if name == "microk8s" {
        return name.to_owned();
    }
    format!("'{}'", name.replace('\'', "''"))
}
