//! The cluster of the demonstration, and where it is.

use std::fs;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::path::Path;
use std::path::PathBuf;

use locate::Source;
use tempfile::TempDir;
use testnode::Behaviour;
use testnode::Cluster;
use testnode::Node;

use crate::error::CommandError;
use crate::exit;

/// The name by which the network knows the machine.
const MACHINE: &str = "microk8s-vm.mshome.net";

/// What the user's kubeconfig holds already: its comments have to survive.
const OLD_KUBECONFIG: &str = "\
# My clusters. Do not lose this comment.
apiVersion: v1
kind: Config
clusters:
- name: work   # the office
  cluster: {server: \"https://k8s.example.com\"}
users: []
contexts: []
";

/// A temporary home, a node, and the two places between which it moves.
pub(super) struct Scene {
    folder: TempDir,
    cluster: Cluster,
    node: Node,
    places: [SocketAddr; 2],
    at: usize,
    impostors: Vec<std::rc::Rc<Node>>,
}

impl Scene {
    /// Starts the cluster. Where only 127.0.0.1 exists (macOS), the node moves between ports of it.
    pub(super) fn open() -> Result<Self, CommandError> {
        let folder = tempfile::Builder::new().prefix("bowline-demo-").tempdir()?;
        let places = match places([Ipv4Addr::new(127, 0, 0, 2), Ipv4Addr::new(127, 0, 0, 9)]) {
            Ok(places) => places,
            Err(_) => places([Ipv4Addr::LOCALHOST; 2])?,
        };
        let cluster = Cluster::new();
        let node = Node::start(&cluster, places[0])?;
        fs::create_dir(folder.path().join("home"))?;
        let scene = Self {
            folder,
            cluster,
            node,
            places,
            at: 0,
            impostors: Vec::new(),
        };
        fs::write(scene.kubeconfig(), OLD_KUBECONFIG)?;
        fs::write(scene.settings(), scene.settings_text())?;
        scene.announce()?;
        Ok(scene)
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.places[self.at]
    }

    /// The place where the node is not.
    pub(super) fn other(&self) -> SocketAddr {
        self.places[1 - self.at]
    }

    /// What `microk8s config` would print.
    pub(super) fn printed_config(&self) -> String {
        self.cluster
            .kubeconfig(&format!("https://{}", self.address()))
    }

    /// Moves the node to the other place, and lets the network say so.
    pub(super) fn move_node(&mut self) -> Result<(), CommandError> {
        self.node.move_to(self.other())?;
        self.node.set_behaviour(Behaviour::Serve)?;
        self.at = 1 - self.at;
        self.announce()
    }

    /// Turns the node off and puts another cluster in its place.
    pub(super) fn replace_node_by_an_impostor(
        &mut self,
    ) -> Result<std::rc::Rc<Node>, CommandError> {
        self.node.set_behaviour(Behaviour::Refuse)?;
        let impostor = std::rc::Rc::new(Node::start(&Cluster::new(), self.address())?);
        self.impostors.push(std::rc::Rc::clone(&impostor));
        Ok(impostor)
    }

    pub(super) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("config")
    }

    pub(super) fn settings(&self) -> PathBuf {
        self.folder.path().join("config.toml")
    }

    fn hosts_ics(&self) -> PathBuf {
        self.folder.path().join("hosts.ics")
    }

    fn moves_between_ports(&self) -> bool {
        self.places[0].ip() == self.places[1].ip()
    }

    /// `hosts.ics` knows addresses only: a node that moves between ports is found by a hint instead.
    fn settings_text(&self) -> String {
        if self.moves_between_ports() {
            let [a, b] = self.places;
            return format!(
                "[clusters.dev]\nfollow = true\ncandidates = [\"{a}\", \"{b}\"]\n{}",
                nothing_of_the_users()
            );
        }
        // A literal string of TOML: Windows' paths have backslashes.
        format!(
            "hosts_ics = ['{}']\n{}",
            self.hosts_ics().display(),
            nothing_of_the_users()
        )
    }

    /// The line that Windows' Internet Connection Sharing writes when it leases an address.
    fn announce(&self) -> Result<(), CommandError> {
        let line = format!(
            "{} {MACHINE} # 2036 11 6 29 10 30 0 0\n",
            self.address().ip()
        );
        Ok(fs::write(self.hosts_ics(), line)?)
    }
}

/// Settings by which no source but `hosts.ics` is asked: the user's machines are no part of the play.
fn nothing_of_the_users() -> String {
    let keys = Source::keys().into_iter();
    let others = keys.filter(|key| Some(*key) != Source::HostsIcs.facts().key);
    let lines: String = others.flat_map(|key| [key, " = false\n"]).collect();
    format!("[sources]\n{lines}")
}

/// Two places to listen at; free ports, the same one where the addresses differ.
fn places(addresses: [Ipv4Addr; 2]) -> Result<[SocketAddr; 2], CommandError> {
    const ATTEMPTS: usize = 20;
    let [a, b] = addresses.map(IpAddr::from);
    for _ in 0..ATTEMPTS {
        let first = TcpListener::bind((a, 0))?;
        let port = first.local_addr()?.port();
        match TcpListener::bind((b, if a == b { 0 } else { port })) {
            Ok(second) => return Ok([first.local_addr()?, second.local_addr()?]),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(CommandError::new(
        exit::FAILED,
        "found no port that is free on two loopback addresses",
    ))
}
