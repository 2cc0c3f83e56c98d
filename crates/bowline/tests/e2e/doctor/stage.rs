//! A machine with one cluster behind it, which works until something is done to it.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use testnode::Cluster;
use testnode::Leaf;
use testnode::LeafKind;
use testnode::Node;
use testnode::NodeOptions;
use testnode::Role;

use super::assert_sound;
use super::rows::Row;
use crate::add_machines::machines::CLIENT_CONFIG;
use crate::add_machines::machines::LOOPBACK;
use crate::add_machines::machines::Machines;
use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::place;
use crate::support::run;

/// A hung thing may cost five seconds, and this machine may be busy.
const MOST: Duration = Duration::from_secs(7);

/// Something that is done to it.
pub(super) type Act = fn(&mut Stage);

/// What a fault acts on.
pub(super) struct Stage {
    pub(super) cluster: Cluster,
    /// Another cluster.
    pub(super) other: Cluster,
    pub(super) node: Node,
    /// Whoever else answers somewhere.
    pub(super) others: Vec<Node>,
    /// Kubelets of the cluster.
    pub(super) kubelets: Vec<Node>,
    pub(super) sandbox: Sandbox,
    pub(super) context: String,
    /// KUBECONFIG, where it is not the sandbox's file.
    pub(super) list: Option<String>,
    pub(super) flags: Vec<&'static str>,
    /// More of the environment.
    pub(super) variables: Vec<(&'static str, String)>,
}

impl Stage {
    pub(super) fn of(row: &Row) -> Self {
        Self::with((row.cluster)())
    }

    pub(super) fn with(cluster: Cluster) -> Self {
        let node = Node::start(&cluster, place()).unwrap();
        let sandbox = Sandbox::new();
        let stage = Self {
            cluster,
            other: Cluster::new(),
            node,
            others: Vec::new(),
            kubelets: Vec::new(),
            sandbox,
            context: "dev".to_owned(),
            list: None,
            flags: Vec::new(),
            variables: Vec::new(),
        };
        let settings = format!(
            "{}\n[clusters.dev]\nmachine = 'multipass:dev'\n",
            stage.sandbox.default_settings()
        );
        stage.sandbox.settings(&settings);
        stage.machine_has(&stage.cluster);
        stage.write(&named(&stage.cluster.kubeconfig(&stage.node.url())));
        // Programs of this machine for what is typed in a shell.
        stage.sandbox.script(
            "kubectl",
            &format!("exec '{}' \"$@\"\n", stage.sandbox.kubectl_path().display()),
        );
        stage
    }

    /// What the node itself would give as its kubeconfig, and where Multipass says that it is.
    pub(super) fn machine_has(&self, cluster: &Cluster) {
        let machines = Machines::multipass(&self.sandbox);
        machines.runs("dev", &[self.node.address()]);
        machines.write("dev", CLIENT_CONFIG, &cluster.kubeconfig(LOOPBACK));
    }

    /// Multipass no longer knows where the machine is.
    pub(super) fn machine_is_lost(&self) {
        Machines::multipass(&self.sandbox).runs("dev", &[]);
    }

    pub(super) fn write(&self, kubeconfig: &str) {
        self.sandbox.write(kubeconfig);
        let private = fs::Permissions::from_mode(0o600);
        fs::set_permissions(self.sandbox.file(), private).unwrap();
    }

    /// Replaces a part of the kubeconfig, which must be there once.
    #[track_caller]
    pub(super) fn edit(&self, from: &str, to: &str) {
        let text = self.sandbox.text();
        assert_eq!(text.matches(from).count(), 1, "{from:?} in {text}");
        self.write(&text.replace(from, to));
    }

    /// The line of a key.
    #[track_caller]
    pub(super) fn line(&self, key: &str) -> String {
        let text = self.sandbox.text();
        let mut lines = text
            .lines()
            .filter(|line| line.trim_start().starts_with(key));
        let line = lines.next().unwrap_or_else(|| panic!("no {key} in {text}"));
        line.to_owned()
    }

    /// Gives the user these lines in place of the token.
    pub(super) fn user(&self, lines: &str) {
        let text = self.sandbox.text();
        let (before, _) = text.split_once("  user:\n").unwrap();
        self.write(&format!("{before}  user:{lines}"));
    }

    /// The node moves away; Multipass knows where to.
    pub(super) fn move_away(&self) -> SocketAddr {
        let old = self.node.address();
        self.node.move_to(place()).unwrap();
        self.node.renew_leaf();
        Machines::multipass(&self.sandbox).runs("dev", &[self.node.address()]);
        old
    }

    /// Somebody takes an address.
    pub(super) fn somebody(
        &mut self,
        cluster: &Cluster,
        at: SocketAddr,
        role: Role,
        leaf: Option<Leaf>,
    ) {
        let options = NodeOptions {
            leaf,
            role,
            ..NodeOptions::default()
        };
        self.others
            .push(Node::start_with(cluster, at, options).unwrap());
    }

    /// A kubelet on the node, with a certificate for an address.
    pub(super) fn kubelet(&mut self, kind: &LeafKind, certified: SocketAddr) {
        let at = SocketAddr::new(self.node.address().ip(), 10250);
        let options = NodeOptions {
            leaf: Some(self.cluster.leaf(kind, &[certified.ip()])),
            role: Role::Kubelet { anonymous: false },
            ..NodeOptions::default()
        };
        let kubelet = Node::start_with(&self.cluster, at, options).unwrap();
        self.kubelets.push(kubelet);
    }

    pub(super) fn settle(&self, mut command: Command) -> Command {
        command = self.sandbox.settle(command);
        if let Some(list) = &self.list {
            command.env("KUBECONFIG", list);
        }
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        command
    }

    #[track_caller]
    pub(super) fn bowline(&self, arguments: &[&str]) -> Outcome {
        let mut command = self.settle(Command::new(env!("CARGO_BIN_EXE_bowline")));
        command.args(arguments);
        run(command, b"")
    }

    /// The plain kubectl on the context.
    #[track_caller]
    pub(super) fn kubectl(&self, arguments: &[&str]) -> Outcome {
        let mut command = self.settle(Command::new(self.sandbox.kubectl_path()));
        if !self.context.is_empty() {
            command.args(["--context", &self.context]);
        }
        command.args(arguments);
        run(command, b"")
    }

    /// The diagnosis of the context, with what holds for every diagnosis.
    #[track_caller]
    pub(super) fn diagnose(&self, code: u8) -> Value {
        let mut line = vec!["doctor", "-o", "json"];
        line.extend(&self.flags);
        if !self.context.is_empty() {
            line.push(&self.context);
        }
        let credentials = |nodes: &[Node]| -> usize {
            nodes
                .iter()
                .map(|node| node.records().credential_bytes())
                .sum()
        };
        let outcome = self.bowline(&line).expect(i32::from(code)).stays_plain();
        assert_eq!(
            credentials(&self.others),
            0,
            "a stranger was given a credential"
        );
        assert_eq!(
            credentials(&self.kubelets),
            0,
            "a kubelet was given a credential"
        );
        assert!(outcome.elapsed < MOST, "{outcome:#?}");
        let token = self.cluster.admin_token();
        assert!(
            token.is_empty() || !outcome.stdout.contains(token),
            "{outcome:#?}"
        );
        let report: Value = serde_json::from_str(&outcome.stdout)
            .unwrap_or_else(|error| panic!("{error}: {outcome:#?}"));
        assert_eq!(report["schema"], 1);
        let contexts = report["contexts"].as_array().unwrap();
        assert_eq!(contexts.len(), 1, "{report:#}");
        assert_sound(&contexts[0]);
        contexts[0].clone()
    }
}

/// The first broken finding.
#[track_caller]
pub(super) fn verdict(diagnosis: &Value) -> Value {
    let findings = diagnosis["findings"].as_array().unwrap();
    let broken = findings.iter().find(|finding| finding["breaks"] == true);
    broken.unwrap_or_else(|| panic!("{diagnosis:#}")).clone()
}

/// A kubeconfig of a cluster under the names that `bowline add multipass:dev` would give.
pub(super) fn named(kubeconfig: &str) -> String {
    kubeconfig
        .replace("microk8s-cluster", "dev")
        .replace(": microk8s\n", ": dev\n")
        .replace("user: admin", "user: dev")
        .replace("- name: admin", "- name: dev")
}
