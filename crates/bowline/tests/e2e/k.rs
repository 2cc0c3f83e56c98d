//! `k` is kubectl: same arguments, same output, same exit code, with a connection that works.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use testnode::Cluster;
use testnode::Node;

use crate::support::Sandbox;
use crate::support::place;
use crate::support::run;

/// A cluster at work and a sandbox that knows it.
fn scene() -> (Node, Sandbox) {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(cluster.kubeconfig(&node.url()));
    (node, sandbox)
}

/// Moves the node, and lets the network say so.
fn relocate(node: &Node, sandbox: &Sandbox) {
    node.move_to(place()).unwrap();
    sandbox.announce(&[("microk8s-vm", node.address())]);
}

/// A stand-in for kubectl that says how it was called.
fn echo(sandbox: &Sandbox) -> std::path::PathBuf {
    sandbox.script(
        "kubectl",
        "printf 'ran:'; printf ' <%s>' \"$@\"; printf ' KUBECONFIG=%s\\n' \"$KUBECONFIG\"; exit 42\n",
    )
}

#[test]
fn the_exit_code_is_kubectls() {
    let (_node, sandbox) = scene();
    let plain = sandbox.kubectl(&["get", "namespace", "nowhere"]);
    let ours = sandbox.bowline(&["k", "get", "namespace", "nowhere"]);
    assert_eq!((ours.code, &ours.stderr), (plain.code, &plain.stderr));
    assert_eq!(plain.code, Some(1));
}

#[test]
fn the_arguments_are_kubectls_and_the_name_that_was_proved_is_enforced() {
    let (_node, sandbox) = scene();
    let kubectl = echo(&sandbox);
    let k = || {
        let mut command = sandbox.command(&["k", "get", "it", "--", "-x", ""]);
        command.env("BOWLINE_KUBECTL", &kubectl);
        run(command, b"").expect(42)
    };
    // The entry names nobody: a node's certificate that carries the address would do for kubectl.
    let name = "--tls-server-name=kubernetes.default.svc";
    k().says(&format!("ran: <get> <it> <{name}> <--> <-x> <>"));
    let server = sandbox.text().replace(
        "  name: microk8s-cluster\n",
        "    tls-server-name: kubernetes.default.svc\n  name: microk8s-cluster\n",
    );
    sandbox.write(server);
    k().says("ran: <get> <it> <--> <-x> <>");
}

#[test]
fn what_asks_no_cluster_is_not_kept_waiting() {
    let (node, sandbox) = scene();
    for line in [
        &["k", "config", "view"][..],
        &["k", "config", "get-contexts"],
        &["k", "version", "--client"],
        &["k", "get", "--help"],
        &["k", "options"],
    ] {
        sandbox.bowline(line).expect(0);
        assert_eq!(node.records().connections, 0, "{line:?}");
    }
    let (plain, ours) = (
        sandbox.kubectl(&["config", "view"]),
        sandbox.bowline(&["k", "config", "view"]),
    );
    // `k config` is `bowline config`; kubectl prints empty preferences up to 1.33.
    assert_eq!(plain.stdout.replace("preferences: {}\n", ""), ours.stdout);
    assert!(!sandbox.state_file().exists());
}

#[test]
fn the_context_that_kubectl_uses_is_the_one_that_is_checked() {
    let (wanted, other) = (Cluster::new(), Cluster::new());
    let wanted_node = Node::start(&wanted, place()).unwrap();
    let other_node = Node::start(&other, place()).unwrap();
    let current = other.kubeconfig(&other_node.url());
    let sandbox = Sandbox::with(&current);
    let second = sandbox.path("second");
    let named = wanted
        .kubeconfig(&wanted_node.url())
        .replace("microk8s", "wanted")
        .replace("admin", "wanted");
    let chain = std::env::join_paths([sandbox.file(), second.clone()]).unwrap();
    let lone = second.to_str().unwrap();
    for (line, list) in [
        (&["k", "get", "ns", "--context=wanted"][..], &chain),
        (&["k", "--context", "wanted", "get", "ns"], &chain),
        (&["k", "get", "ns", "--kubeconfig", lone], &chain),
        (
            &[
                "k",
                "get",
                "ns",
                "--cluster=wanted-cluster",
                "--user=wanted",
            ],
            &chain,
        ),
    ] {
        fs::write(&second, &named).unwrap();
        wanted_node.move_to(place()).unwrap();
        sandbox.announce(&[("wanted", wanted_node.address())]);
        other_node.clear_records();
        sandbox.bowline_on(list, line).expect(0).says("kube-system");
        let healed = fs::read_to_string(&second).unwrap();
        assert!(healed.contains(&wanted_node.url()), "{line:?}: {healed}");
        assert_eq!(sandbox.text(), current, "{line:?}");
        assert_eq!(other_node.records().connections, 0, "{line:?}");
    }
}

#[test]
fn a_server_given_on_the_command_line_is_the_users_own_business() {
    let (node, sandbox) = scene();
    let before = sandbox.bytes();
    relocate(&node, &sandbox);
    let url = node.url();
    for flag in ["-s", "--server"] {
        node.clear_records();
        // Without the name, kubectl does not accept a certificate for the old address.
        let outcome = sandbox.bowline(&["k", "get", "ns", flag, &url]);
        assert_ne!(outcome.code, Some(0), "{outcome:?}");
        let line = &["k", "get", "ns", flag, &url, "--tls-server-name=kubernetes"];
        sandbox.bowline(line).expect(0).says("kube-system");
        let agents = node.records().requests;
        let foreign = |agent: &str| !agent.starts_with("kubectl");
        let agents: Vec<_> = agents.iter().filter_map(|r| r.user_agent.clone()).collect();
        assert!(!agents.iter().any(|agent| foreign(agent)), "{agents:?}");
        assert_eq!(sandbox.bytes(), before);
    }
}

#[test]
fn a_program_called_k_is_k() {
    let (node, sandbox) = scene();
    relocate(&node, &sandbox);
    let k = sandbox.path("bin/k");
    symlink(env!("CARGO_BIN_EXE_bowline"), &k).unwrap();
    let mut command = sandbox.settle(Command::new(&k));
    command.args(["get", "ns"]);
    run(command, b"").expect(0).says("kube-system");
    assert!(sandbox.text().contains(&node.url()));
}

#[test]
fn a_tilde_in_kubeconfig_is_the_home_folder() {
    let (node, sandbox) = scene();
    let list = "~/.kube/config:~/.kube/none";
    let mut plain = sandbox.settle(Command::new(sandbox.kubectl_path()));
    plain.env("KUBECONFIG", list).args(["get", "ns"]);
    let plain = run(plain, b"");
    assert_ne!(plain.code, Some(0), "kubectl learnt it: {plain:?}");
    relocate(&node, &sandbox);
    sandbox
        .bowline_on(list, &["k", "get", "ns"])
        .expect(0)
        .says("kube-system");
    assert!(sandbox.text().contains(&node.url()));
    sandbox.bowline_on(list, &["status"]).expect(0);

    let flag = ["k", "get", "ns", "--kubeconfig", "~/.kube/config"];
    sandbox
        .bowline_on("/nowhere", &flag)
        .expect(0)
        .says("kube-system");
}

#[test]
fn bowline_is_never_taken_for_kubectl() {
    let (_node, sandbox) = scene();
    let first = sandbox.path("first");
    fs::create_dir(&first).unwrap();
    symlink(env!("CARGO_BIN_EXE_bowline"), first.join("kubectl")).unwrap();
    echo(&sandbox);
    let path = std::env::join_paths([first.clone(), sandbox.path("bin")]).unwrap();
    let mut command = sandbox.command(&["k", "get", "ns"]);
    command.env_remove("BOWLINE_KUBECTL").env("PATH", path);
    run(command, b"").expect(42).says("ran: <get> <ns>");

    let mut command = sandbox.command(&["k", "get", "ns"]);
    command.env_remove("BOWLINE_KUBECTL").env("PATH", &first);
    run(command, b"").expect(127).says("kubectl is not on PATH");
    let mut command = sandbox.command(&["k", "get", "ns"]);
    command.env("BOWLINE_KUBECTL", first.join("kubectl"));
    run(command, b"").expect(127).says("BOWLINE_KUBECTL=");
}

#[test]
fn without_kubectl_nothing_is_done() {
    let (node, sandbox) = scene();
    let before = sandbox.bytes();
    relocate(&node, &sandbox);
    for line in [&["k"][..], &["k", "get", "ns"]] {
        let mut command = sandbox.command(line);
        command.env_remove("BOWLINE_KUBECTL");
        run(command, b"")
            .expect(127)
            .says("kubectl is not on PATH")
            .says("set BOWLINE_KUBECTL");
    }
    let mut command = sandbox.command(&["k", "get", "ns"]);
    command.env("BOWLINE_KUBECTL", sandbox.path("nowhere"));
    run(command, b"").expect(127).says("nowhere");
    assert_eq!(sandbox.bytes(), before);
}

#[test]
fn kubectl_speaks_whatever_is_wrong_with_bowlines_own_files() {
    let (_node, sandbox) = scene();
    fs::create_dir(sandbox.path("state")).unwrap();
    fs::write(sandbox.state_file(), "{").unwrap();
    sandbox
        .bowline(&["k", "get", "ns"])
        .expect(0)
        .says("state.json is damaged")
        .says("kube-system");
    assert_eq!(fs::read(sandbox.state_file()).unwrap(), b"{");
    fs::remove_file(sandbox.state_file()).unwrap();
    sandbox.settings("version = 99\n");
    sandbox
        .bowline(&["k", "get", "ns"])
        .expect(0)
        .says("config.toml is of version 99")
        .says("kube-system");

    let mut command = sandbox.command(&["k", "get", "ns"]);
    for name in ["HOME", "BOWLINE_STATE", "BOWLINE_CONFIG"] {
        command.env_remove(name);
    }
    run(command, b"").expect(0).says("kube-system");
}

#[test]
fn kubectl_speaks_whatever_is_wrong_with_the_kubeconfig() {
    let sandbox = Sandbox::new();
    let kubectl = echo(&sandbox);
    for text in ["", "{", "- a\n", "clusters: 3\n", "current-context: gone\n"] {
        sandbox.write(text);
        let mut command = sandbox.command(&["k", "get", "ns"]);
        command.env("BOWLINE_KUBECTL", &kubectl);
        run(command, b"")
            .expect(42)
            .says("ran: <get> <ns>")
            .stays_plain();
        assert_eq!(sandbox.text(), text);
    }
}

#[test]
fn a_file_that_cannot_be_written_does_not_stop_the_call() {
    let (node, sandbox) = scene();
    relocate(&node, &sandbox);
    let before = sandbox.bytes();
    // Somebody holds kubectl's lock for ever.
    fs::write(sandbox.path("home/.kube/config.lock"), "").unwrap();
    sandbox
        .bowline(&["k", "get", "ns"])
        .expect(0)
        .says("used for this call only")
        .says("config.lock")
        .says("kube-system");
    assert_eq!(sandbox.bytes(), before);
}

#[test]
fn a_state_that_cannot_be_written_does_not_stop_the_call() {
    let (node, sandbox) = scene();
    fs::create_dir(sandbox.path("state")).unwrap();
    fs::write(sandbox.path("state/locks"), "").unwrap();
    sandbox
        .bowline(&["k", "get", "ns"])
        .expect(0)
        .says("state/locks")
        .says("kube-system");
    relocate(&node, &sandbox);
    sandbox
        .bowline(&["k", "get", "ns"])
        .expect(0)
        .says("used for this call only")
        .says("kube-system");
}

/// What was learnt before says which node the entry names: without it another one might be written.
#[test]
fn nothing_is_written_where_the_state_cannot_be_read() {
    let (node, sandbox) = scene();
    relocate(&node, &sandbox);
    let before = sandbox.bytes();
    fs::create_dir(sandbox.path("state")).unwrap();
    fs::write(sandbox.state_file(), "{").unwrap();
    sandbox
        .bowline(&["k", "get", "ns"])
        .expect(0)
        .says("state.json is damaged")
        .says("kube-system");
    assert_eq!(sandbox.bytes(), before);
}

#[test]
fn a_closed_standard_error_does_not_stop_the_call() {
    let (node, sandbox) = scene();
    relocate(&node, &sandbox);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = sandbox.command(&["k", "get", "ns"]);
    command.stderr(writer);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("kube-system"));
}
