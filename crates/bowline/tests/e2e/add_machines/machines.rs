//! Stand-ins for the programs that lead to machines. Each acts on a folder for each machine, and refuses
//! every call that it does not expect.

use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use testnode::Cluster;
use testnode::Node;

use crate::support::Sandbox;
use crate::support::place;

/// Where a node keeps the kubeconfig of its admin.
pub(super) const CLIENT_CONFIG: &str = "/var/snap/microk8s/current/credentials/client.config";

/// What every node calls itself.
pub(super) const LOOPBACK: &str = "https://127.0.0.1:16443";

/// A cluster that runs at an address of its own.
pub(super) fn started() -> (Cluster, Node) {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    (cluster, node)
}

/// The machines of a program.
pub(super) struct Machines<'a> {
    sandbox: &'a Sandbox,
    program: &'static str,
}

impl<'a> Machines<'a> {
    pub(super) fn multipass(sandbox: &'a Sandbox) -> Self {
        Self::new(sandbox, "multipass", "")
    }
    pub(super) fn lxd(sandbox: &'a Sandbox) -> Self {
        Self::new(sandbox, "lxc", "")
    }

    fn new(sandbox: &'a Sandbox, program: &'static str, _: &str) -> Self {
        let text = format!(
            "PATH=/usr/bin:/bin\ncd '{}' || exit 9\ncase \"$1\" in\naddresses) cat \"$2/addresses\" ;;\nexec) [ -d \"$2\" ] || {{ echo \"instance $2 does not exist\" >&2; exit 2; }}\n [ \"$(cat \"$2/state\")\" = Running ] || {{ echo stopped >&2; exit 2; }}\n [ -e \"$2/root$5\" ] && cat \"$2/root$5\" ;;\n*) exit 64 ;;\nesac\n",
            sandbox.path(program).display()
        );
        fs::create_dir_all(sandbox.path(program)).unwrap();
        sandbox.script(program, &text);
        Self { sandbox, program }
    }
    fn folder(&self, name: &str) -> PathBuf {
        self.sandbox.path(self.program).join(name)
    }
    pub(super) fn runs(&self, name: &str, addresses: &[SocketAddr]) {
        fs::create_dir_all(self.folder(name)).unwrap();
        let mut text = String::new();
        for address in addresses {
            writeln!(text, "{}", address.ip()).unwrap();
        }
        fs::write(self.folder(name).join("addresses"), text).unwrap();
        fs::write(self.folder(name).join("state"), "Running").unwrap();
    }
    pub(super) fn stopped(&self, name: &str) {
        self.runs(name, &[]);
        fs::write(self.folder(name).join("state"), "Stopped").unwrap();
    }
    pub(super) fn write(&self, name: &str, path: &str, text: &str) {
        let file = self.folder(name).join(format!("root{path}"));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
}
