//! A host, its VM with a cluster, and a user who has two kubeconfigs for it.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::path::PathBuf;
use std::time::Instant;

use testnode::Cluster;
use testnode::Node;

use super::host::Host;
use super::host::Leases;
use super::host::Network;
use super::only;
use super::vm::Vm;
use super::vm::at;
use crate::support::Sandbox;
use crate::support::odd;

/// The VM of `MicroK8s`' installer.
pub(super) const NAME: &str = "microk8s-vm";
const MAC: &str = "52:54:00:a4:6f:91";
/// The VM of the same name that it replaced.
const FORMER_MAC: &str = "52:54:00:a4:6f:90";
/// Another VM.
const NEIGHBOUR_MAC: &str = "52:54:00:a4:6f:a0";

/// What the server shows after the address changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Certificate {
    /// What it had.
    Old,
    /// One for the new address: the apiserver-kicker has run.
    Renewed,
}

pub(super) struct Scene {
    pub(super) sandbox: Sandbox,
    pub(super) cluster: Cluster,
    pub(super) node: Node,
    pub(super) vm: Vm,
    /// Another VM: without one, the switch would be down while the VM is off.
    _neighbour: Vm,
    pub(super) host: Host,
    moved: Instant,
}

impl Scene {
    /// The VM has got an address, and both kubeconfigs name it.
    pub(super) fn new(folder: &Path, network: Network) -> Self {
        let host = Host::boot(folder, network);
        // Whom nobody has seen since.
        Vm::new(&host, NAME, FORMER_MAC).boot(&host);
        let neighbour = Vm::new(&host, "primary", NEIGHBOUR_MAC);
        neighbour.boot(&host);
        let vm = Vm::new(&host, NAME, MAC);
        let address = vm.boot(&host);
        let cluster = Cluster::new();
        let node = vm.serve(&cluster, address);
        let sandbox = user(&cluster, &node.url());
        Self {
            sandbox,
            cluster,
            node,
            vm,
            _neighbour: neighbour,
            host,
            moved: Instant::now(),
        }
    }

    /// Another user, who knows the cluster where it is now, the apiserver-kicker having run.
    pub(super) fn meet_another_user(&mut self) {
        self.node.renew_leaf();
        self.sandbox = user(&self.cluster, &self.node.url());
    }

    pub(super) fn address(&self) -> Ipv4Addr {
        match self.node.address().ip() {
            std::net::IpAddr::V4(address) => address,
            std::net::IpAddr::V6(address) => panic!("{address}"),
        }
    }

    /// Host and VM boot again.
    pub(super) fn reboot(&mut self, network: Network, leases: Leases, certificate: Certificate) {
        self.host.reboot(network, leases);
        self.moves(certificate);
    }

    /// The VM asks for an address, and its API server listens there.
    pub(super) fn moves(&mut self, certificate: Certificate) {
        let address = self.vm.boot(&self.host);
        self.moved = Instant::now();
        // It may get the one that it had.
        if address != self.address() {
            let node = &self.node;
            self.vm
                .machine
                .within(|| node.move_to(at(address)).unwrap());
        }
        if certificate == Certificate::Renewed {
            self.node.renew_leaf();
        }
    }

    /// config.toml: `hosts.ics` and nothing else.
    pub(super) fn hosts_ics(&self) -> String {
        let path = self.host.hosts_ics();
        only(
            &["hosts_ics"],
            &format!("hosts_ics = ['{}']\n", path.display()),
        )
    }

    /// config.toml: `dnsmasq.leases` and nothing else; that of the boot before is still there.
    pub(super) fn dnsmasq_leases(&self) -> String {
        let files = [self.host.former_leases(), self.host.leases()];
        let more = format!("dnsmasq_leases = {files:?}\n");
        only(&["dnsmasq_leases"], &more)
    }

    /// config.toml: all that the network tells without being swept.
    pub(super) fn all_but_sweep(&self) -> String {
        let more = format!(
            "hosts_ics = ['{}']\ndnsmasq_leases = ['{}']\n[clusters.microk8s]\nhost = '{NAME}.mshome.net'\n",
            self.host.hosts_ics().display(),
            self.host.leases().display()
        );
        let keys = ["hosts_ics", "dnsmasq_leases", "dns", "mshome", "neighbours"];
        only(&keys, &more)
    }

    pub(super) fn second_copy(&self) -> PathBuf {
        second_copy(&self.sandbox)
    }

    /// What both kubeconfigs are.
    pub(super) fn copies(&self) -> [String; 2] {
        [self.sandbox.file(), self.second_copy()].map(|path| fs::read_to_string(path).unwrap())
    }

    /// `k` answers without any other step, and says who knew: both kubeconfigs are mended, kubectl works with
    /// either, and one `undo` takes both back.
    pub(super) fn is_followed(&self, by: &str) {
        let before = self.copies();
        self.answers(by);
        self.is_mended(&before);
        self.is_taken_back(&before);
    }

    pub(super) fn answers(&self, by: &str) {
        let outcome = self
            .sandbox
            .bowline(&["k", "get", "ns"])
            .expect(0)
            .stays_plain()
            .says("kube-system")
            .says(&format!("(by {by}"));
        let took = self.moved.elapsed().as_millis();
        let said = outcome.stderr.split_once("(by ");
        let who = said.and_then(|(_, rest)| rest.split([',', ')']).next());
        println!(
            "{FIGURE} {took} ms from the lease to the answer, by {}",
            who.unwrap()
        );
    }

    /// Both copies name the new place, and are otherwise as they were.
    pub(super) fn is_mended(&self, before: &[String; 2]) {
        let url = self.node.url();
        for (before, after) in before.iter().zip(self.copies()) {
            let server = |text: &str| {
                let line = text.lines().find(|line| line.contains(":16443"));
                line.unwrap().to_owned()
            };
            let (old, new) = (server(before), server(&after));
            assert!(new.contains(&url), "{after}");
            let pin = "    tls-server-name: kubernetes.default.svc\n";
            let pinned = before.contains(pin);
            let pin = if pinned { "" } else { pin };
            let expected = before.replace(&format!("{old}\n"), &format!("{new}\n{pin}"));
            assert_eq!(after, expected);
        }
        for path in [self.sandbox.file(), self.second_copy()] {
            let path = path.to_str().unwrap();
            self.sandbox
                .kubectl(&["--kubeconfig", path, "get", "ns"])
                .expect(0)
                .says("kube-system");
        }
    }

    pub(super) fn is_taken_back(&self, before: &[String; 2]) {
        self.sandbox.bowline(&["undo"]).expect(0);
        assert_eq!(&self.copies(), before);
    }

    /// Nobody finds it with these settings, and nothing is remembered of that.
    pub(super) fn is_not_found_with(&self, settings: &str) {
        let before = self.copies();
        self.sandbox.settings(settings);
        self.sandbox.bowline(&["heal", "--dry-run"]).expect(3);
        assert_eq!(self.copies(), before);
    }
}

/// How lines begin that tell how long something took.
pub(super) const FIGURE: &str = "figure:";

fn second_copy(sandbox: &Sandbox) -> PathBuf {
    sandbox.path("home/.microk8s/config")
}

fn user(cluster: &Cluster, url: &str) -> Sandbox {
    let sandbox = Sandbox::with(odd(cluster, url));
    let second = second_copy(&sandbox);
    fs::create_dir_all(second.parent().unwrap()).unwrap();
    fs::write(second, cluster.kubeconfig(url)).unwrap();
    sandbox
}
