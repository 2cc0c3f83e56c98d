//! `*.mshome.net`, through the system's resolver and a hosts file of the test's own.

use std::fs;
use std::process::Command;

use testnode::Cluster;
use testnode::Node;

use crate::support::Sandbox;
use crate::support::odd;
use crate::support::place;
use crate::support::run;
use crate::support::skip;

const UNSHARE: &str = "/usr/bin/unshare";

/// A command that sees another /etc/hosts.
fn with_hosts(sandbox: &Sandbox, line: &[&str]) -> Command {
    let bowline = sandbox.command(&[]);
    let mut command = sandbox.settle(Command::new(UNSHARE));
    command.args(["--map-root-user", "--mount", "/bin/sh", "-c"]);
    command.arg("/bin/mount --bind \"$1\" /etc/hosts && shift && exec \"$@\"");
    command.arg("sh").arg(sandbox.path("hosts"));
    command.arg(bowline.get_program()).args(line);
    command
}

#[test]
fn mshome_net() {
    let probe = Command::new(UNSHARE)
        .args([
            "--map-root-user",
            "--mount",
            "/bin/mount",
            "--bind",
            "/etc/hosts",
            "/etc/hosts",
        ])
        .output();
    if !probe.is_ok_and(|output| output.status.success()) {
        skip("mshome_net", "no mount namespace can be made here");
        return;
    }
    for command in [&["heal"][..], &["k", "get", "ns"]] {
        let cluster = Cluster::new();
        let node = Node::start(&cluster, place()).unwrap();
        let before = odd(&cluster, &format!("https://{}", place()));
        let sandbox = Sandbox::with(&before);
        let hosts = format!(
            "127.0.0.1 localhost\n{} microk8s.mshome.net\n",
            node.address().ip()
        );
        fs::write(sandbox.path("hosts"), hosts).unwrap();
        // Elsewhere than on Windows, nobody is asked for such names.
        sandbox.settings("");
        run(with_hosts(&sandbox, &["heal"]), b"").expect(3);
        assert_eq!(sandbox.text(), before);
        sandbox.settings("[sources]\nmshome = true\n");
        run(with_hosts(&sandbox, command), b"")
            .expect(0)
            .says("(by mshome.net, microk8s.mshome.net");
        assert!(sandbox.text().contains(&node.url()));
    }
}
