//! `heal --by-name` against a real DNS server: the post's first remedy, done right.
//!
//! All of it happens in a network and mount namespace of its own, with dnsmasq as the system's resolver.
//! Who may not make one (no root, no user namespaces) sees the test skipped.

use std::fs;
use std::net::SocketAddr;
use std::net::ToSocketAddrs as _;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use testnode::Cluster;
use testnode::Node;

use crate::support::Sandbox;
use crate::support::changed;
use crate::support::netns;
use crate::support::odd;

const NAME: &str = "microk8s-vm.mshome.net";
const RESOLVER: &str = "127.0.0.53";

#[test]
fn plain_kubectl_follows_dns_by_itself() {
    let test = "by_name::plain_kubectl_follows_dns_by_itself";
    netns::within(test, &["dnsmasq"], inside);
}

/// What happens inside.
fn inside(folder: &Path) {
    let resolv = folder.join("resolv.conf");
    fs::write(
        &resolv,
        format!("nameserver {RESOLVER}\noptions timeout:1\n"),
    )
    .unwrap();
    netns::tool(&[
        "mount",
        "--bind",
        resolv.to_str().unwrap(),
        "/etc/resolv.conf",
    ]);

    let cluster = Cluster::new();
    let at = |last: u8| SocketAddr::from(([127, 9, 0, last], 16443));
    let node = Node::start(&cluster, at(1)).unwrap();
    let dns = Dns::start(folder, node.address());
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    sandbox.announce(&[("microk8s-vm", node.address())]);
    let before = sandbox.text();

    sandbox
        .bowline(&["heal", "--by-name", "--dry-run"])
        .expect(0)
        .says(&format!("+    server:   'https://{NAME}:16443'"));
    assert_eq!(sandbox.text(), before);
    sandbox.bowline(&["heal", "--by-name"]).expect(0);
    let after = sandbox.text();
    let (removed, added) = changed(&before, &after);
    let named = removed.concat().replace("127.9.0.1", NAME);
    assert_eq!(
        added,
        [
            named.as_str(),
            "    tls-server-name: kubernetes.default.svc\n"
        ]
    );
    sandbox
        .kubectl(&["get", "ns"])
        .expect(0)
        .says("kube-system");

    // The node moves, and only DNS changes.
    node.move_to(at(2)).unwrap();
    let lost = sandbox.kubectl(&["get", "ns"]);
    assert_eq!(lost.code, Some(1), "{lost:#?}");
    dns.say(node.address());
    sandbox
        .kubectl(&["get", "ns"])
        .expect(0)
        .says("kube-system");
    sandbox
        .bowline(&["k", "get", "ns"])
        .expect(0)
        .says("kube-system");
    sandbox
        .bowline(&["heal"])
        .expect(0)
        .says("works at 127.9.0.2");
    sandbox.bowline(&["status"]).expect(0).says(NAME);
    assert_eq!(sandbox.text(), after, "it follows by itself");

    // A name that leads elsewhere, or nowhere, is not written.
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    let before = sandbox.text();
    sandbox
        .bowline(&["heal", "--by-name=no.such.name"])
        .expect(3)
        .says("no.such.name");
    sandbox
        .bowline(&["heal", "--by-name"])
        .expect(3)
        .says("--by-name=NAME");
    dns.say(at(3));
    sandbox
        .bowline(&["heal", &format!("--by-name={NAME}")])
        .expect(3)
        .says("resolves to 127.9.0.3");
    assert_eq!(sandbox.text(), before);
}

/// dnsmasq, which knows one name.
struct Dns {
    process: Child,
    hosts: std::path::PathBuf,
}

impl Dns {
    fn start(folder: &Path, address: SocketAddr) -> Self {
        let hosts = folder.join("hosts");
        fs::write(&hosts, line(address)).unwrap();
        let listen = format!("--listen-address={RESOLVER}");
        let addresses = format!("--addn-hosts={}", hosts.display());
        // Otherwise it changes its groups, which root in a user namespace may not.
        let process = netns::command(&["dnsmasq", "--no-daemon"])
            .args(["--no-resolv", "--no-hosts", "--conf-file=/dev/null"])
            .arg("--bind-interfaces")
            .args([&listen, &addresses])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let dns = Self { process, hosts };
        wait_for(address);
        dns
    }

    /// Changes what it answers, and waits until it does.
    fn say(&self, address: SocketAddr) {
        fs::write(&self.hosts, line(address)).unwrap();
        let process = self.process.id().to_string();
        let reload = Command::new("kill").args(["-HUP", &process]).status();
        assert!(reload.unwrap().success());
        wait_for(address);
    }
}

/// Waits until the system's resolver has this answer.
fn wait_for(address: SocketAddr) {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let answer = (NAME, address.port()).to_socket_addrs();
        if answer.is_ok_and(|answer| answer.collect::<Vec<_>>() == [address]) {
            return;
        }
        assert!(Instant::now() < deadline, "dnsmasq never said {address}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn line(address: SocketAddr) -> String {
    format!("{} {NAME}\n", address.ip())
}

impl Drop for Dns {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
