use std::net::IpAddr;
use std::net::SocketAddr;

use machines::Tree;

use super::Action;
use super::FileChange;
use super::Plan;
use super::RepairError;
use super::Site;
use super::Situation;
use super::Step;
use super::edit;
use crate::dqlite::Member;
use crate::dqlite::Members;
use crate::node::Node;
use crate::node::Role;
use crate::paths;

/// Where dqlite keeps its files.
const BACKEND: &str = "/var/snap/microk8s/current/var/kubernetes/backend";

pub(super) struct Work<'a> {
    pub(super) node: &'a Node,
    pub(super) tree: &'a Tree,
    pub(super) new: IpAddr,
}

fn step(action: Action, what: &str, why: &str, commands: &[&str]) -> Step {
    Step {
        what: what.to_owned(),
        why: why.to_owned(),
        site: Site::Here,
        action,
        commands: commands.iter().map(|&command| command.to_owned()).collect(),
        files: Vec::new(),
    }
}

impl Step {
    fn at(mut self, site: Site) -> Self {
        self.site = site;
        self
    }
}

fn stop() -> Step {
    step(
        Action::Stop,
        "Stop MicroK8s",
        "Its files must not change while they are copied and edited.",
        &["sudo snap stop microk8s"],
    )
}

fn start() -> Step {
    step(
        Action::Start,
        "Start MicroK8s",
        "The services read the new addresses when they start.",
        &[
            "sudo snap start microk8s",
            "sudo microk8s status --wait-ready",
        ],
    )
}

impl Work<'_> {
    /// A node alone: the kicker does the server's certificate.
    pub(super) fn alone(&self, plan: &mut Plan) {
        plan.steps.push(step(
            Action::Wait,
            "Wait for MicroK8s itself",
            "Every 5 seconds it compares its addresses with csr.conf. When they differ, it signs server.crt and front-proxy-client.crt anew and restarts the services and all pods, which takes some minutes.",
            &["sudo microk8s status --wait-ready"],
        ));
        self.rest(plan, &[]);
    }

    /// A node alone for which the kicker does nothing.
    pub(super) fn fixed(&self, plan: &mut Plan) {
        let flags = self.arguments(
            plan.old,
            "kube-apiserver",
            &["advertise-address", "bind-address"],
        );
        if plan.old.is_none() {
            plan.cautions.push("The flags --advertise-address or --bind-address keep MicroK8s from signing its certificates anew; check them by hand: bowline node args kube-apiserver".to_owned());
        }
        self.rest(plan, &flags);
        let signs = |step: &Step| matches!(step.action, Action::RefreshCerts(_));
        if !plan.steps.iter().any(signs) {
            plan.steps.push(self.server_certificate());
        }
    }

    /// What is to be done besides the datastore: flags, the kubelet, its certificate.
    fn rest(&self, plan: &mut Plan, flags: &[Edited]) {
        let mut edits = flags.to_vec();
        edits.extend(self.arguments(plan.old, "kubelet", &["node-ip"]));
        if !edits.is_empty() {
            plan.steps.push(self.backup());
            plan.steps.push(editing(
                "Change the address in the flags",
                "A fixed address does not follow the network.",
                edits,
            ));
            plan.steps.push(self.restart());
        }
        self.kubelet_certificate(plan);
    }

    fn restart(&self) -> Step {
        let service = self.node.apiserver_service();
        let mut commands = vec![format!("sudo snap restart {service}")];
        if !self.node.kubelite {
            commands.push("sudo snap restart microk8s.daemon-kubelet".to_owned());
        }
        Step {
            commands,
            ..step(
                Action::Restart(service),
                "Restart the Kubernetes services",
                "They read their flags when they start.",
                &[],
            )
        }
    }

    fn server_certificate(&self) -> Step {
        let lock = if self.node.locks.has("no-cert-reissue") {
            "The lock no-cert-reissue keeps MicroK8s from doing it by itself."
        } else {
            "With a fixed address in its flags MicroK8s does not do it by itself."
        };
        step(
            Action::RefreshCerts("server.crt"),
            "Sign server.crt for the new addresses",
            lock,
            &["sudo microk8s refresh-certs -e server.crt"],
        )
    }

    /// kubelet.crt carries the addresses of the day it was made. Where the API server checks it, logs and
    /// exec fail now (canonical/microk8s#5383), and only a new set of certificates cures that.
    fn kubelet_certificate(&self, plan: &mut Plan) {
        let checked = self
            .node
            .apiserver()
            .is_some_and(|args| args.flag("kubelet-certificate-authority").is_some());
        if !checked {
            return;
        }
        plan.steps.push(step(
            Action::RefreshCerts("ca.crt"),
            "Sign all certificates anew, kubelet.crt among them",
            "kubelet.crt keeps the address that the node had when it was made, and the API server checks it: `kubectl logs` and `exec` fail until it is signed anew (canonical/microk8s#5383). The CA keeps its key, so kubeconfigs stay valid.",
            &["sudo microk8s refresh-certs -e ca.crt"],
        ));
        plan.cautions.push("refresh-certs -e ca.crt restarts MicroK8s and writes the kubeconfigs in credentials/ anew. It keeps the old files in certs-backup/; `sudo microk8s refresh-certs -u` brings them back.".to_owned());
    }

    fn backup(&self) -> Step {
        let data = &self.node.data;
        // A worker may have no part of the datastore.
        let datastore = if self.node.role == Role::Worker {
            ""
        } else {
            " var/kubernetes/backend"
        };
        let command = format!(
            "sudo sh -c 'umask 077; tar -C {data} -cf {}/before-repair.tar args certs credentials{datastore}'",
            paths::COMMON
        );
        step(
            Action::Backup,
            "Keep a copy",
            "Everything that is edited or signed anew, and the database. It holds keys: only root may read it.",
            &[&command],
        )
    }

    /// Flags of a service that name the old address.
    fn arguments(&self, old: Option<IpAddr>, service: &str, names: &[&str]) -> Vec<Edited> {
        let path = paths::data(&format!("args/{service}"));
        let (Some(old), Some(args), Some(bytes)) =
            (old, self.node.args.get(service), self.tree.bytes(&path))
        else {
            return Vec::new();
        };
        let mut after = bytes.to_vec();
        let mut commands = Vec::new();
        for flag in args
            .flags
            .iter()
            .filter(|flag| names.contains(&flag.name.as_str()))
        {
            if let Some(changed) = edit::readdress_line(&after, flag.line, old, self.new) {
                after = changed;
                let only = format!("^ *--{}", flag.name);
                commands.push(edit::command(
                    &path,
                    &only,
                    &old.to_string(),
                    &self.new.to_string(),
                ));
            }
        }
        commands.dedup();
        if commands.is_empty() {
            return Vec::new();
        }
        vec![Edited {
            change: FileChange {
                path,
                before: Some(bytes.to_vec()),
                after,
            },
            commands,
        }]
    }

    /// A node whose part of the datastore listens at the old address.
    pub(super) fn member(&self, plan: &mut Plan, old: IpAddr) -> Result<(), RepairError> {
        let (from, to) = self.sockets(old)?;
        let several = plan.situation == Situation::Member;
        if several {
            plan.cautions.push(format!("While any control-plane node is up and has the others' data, it is simpler and safer to let this node join anew: on another node `sudo microk8s remove-node {old} --force`, here `sudo microk8s leave`, then `microk8s add-node` there and the join command here."));
            plan.cautions.push("The steps below are for a cluster whose majority is lost, because several nodes have new addresses. All control-plane nodes are stopped meanwhile, and the data of one of them wins (microk8s.io/docs/restore-quorum).".to_owned());
        }
        let everywhere = if several {
            Site::EveryControlPlane
        } else {
            Site::Here
        };
        plan.steps.push(stop().at(everywhere));
        plan.steps.push(self.backup().at(everywhere));
        plan.steps.push(self.datastore(several, &from, &to)?);
        let mut edits = self.arguments(
            Some(old),
            "kube-apiserver",
            &["advertise-address", "bind-address"],
        );
        edits.extend(self.arguments(Some(old), "kubelet", &["node-ip"]));
        if !edits.is_empty() {
            plan.steps.push(editing(
                "Change the address in the flags",
                "A fixed address does not follow the network.",
                edits,
            ));
        }
        if several {
            Self::reconfigure(plan);
        }
        plan.steps.push(start().at(everywhere));
        let before = plan.steps.len();
        self.kubelet_certificate(plan);
        if plan.steps.len() == before {
            plan.steps.push(self.server_certificate());
        }
        self.workers(plan, old);
        Ok(())
    }

    /// The old and new address with the port, as dqlite writes them.
    fn sockets(&self, old: IpAddr) -> Result<(String, String), RepairError> {
        let own = self.node.own_member.as_ref();
        let Some(socket) = own.and_then(Member::socket) else {
            let damage = self
                .node
                .damages
                .iter()
                .find(|text| text.contains("info.yaml"));
            let missing = || format!("{BACKEND}/info.yaml is not there or has no address");
            return Err(RepairError::Damaged(
                damage.cloned().unwrap_or_else(missing),
            ));
        };
        if socket.ip() != old {
            let members = self
                .node
                .members
                .iter()
                .map(|member| member.address.clone());
            return Err(RepairError::NoMember {
                old,
                members: members.collect(),
            });
        }
        let taken = |member: &Member| {
            member.socket().is_some_and(|other| other.ip() == self.new)
                && own.is_none_or(|own| own.id != member.id)
        };
        if self.node.members.iter().any(taken) {
            return Err(RepairError::Taken(self.new));
        }
        let new = SocketAddr::new(self.new, socket.port());
        Ok((socket.to_string(), new.to_string()))
    }

    fn datastore(&self, several: bool, from: &str, to: &str) -> Result<Step, RepairError> {
        // A lone member's address is changed by k8s-dqlite itself, in its log too, where it finds
        // update.yaml (canonical/k8s-dqlite `pkg/server/server.go`). With several members it would forget
        // the others.
        let mut names = vec!["localnode.yaml"];
        if several {
            names.extend(["info.yaml", "cluster.yaml"]);
        }
        let mut edits = Vec::new();
        for name in names {
            let path = format!("{BACKEND}/{name}");
            let Some(bytes) = self.tree.bytes(&path) else {
                continue;
            };
            let members = Members::parse(&path, bytes)
                .map_err(|error| RepairError::Damaged(error.to_string()))?;
            if let Some(after) = members.readdress(bytes, from, to) {
                edits.push(Edited {
                    commands: vec![edit::command(&path, "", from, to)],
                    change: FileChange {
                        path,
                        before: Some(bytes.to_vec()),
                        after,
                    },
                });
            }
        }
        if several {
            return Ok(editing(
                "Give dqlite the new address",
                "It binds to the address in info.yaml and finds the others by cluster.yaml.",
                edits,
            ));
        }
        let path = format!("{BACKEND}/update.yaml");
        edits.insert(
            0,
            Edited {
                commands: vec![format!("echo 'Address: {to}' | sudo tee {path}")],
                change: FileChange {
                    path,
                    before: self
                        .tree
                        .bytes(&format!("{BACKEND}/update.yaml"))
                        .map(<[u8]>::to_vec),
                    after: format!("Address: {to}\n").into_bytes(),
                },
            },
        );
        Ok(editing(
            "Give dqlite the new address",
            "When it starts, it takes the address from update.yaml into info.yaml, cluster.yaml and its own log, and removes the file.",
            edits,
        ))
    }

    /// As in microk8s.io/docs/restore-quorum.
    fn reconfigure(plan: &mut Plan) {
        let command = format!(
            "sudo /snap/microk8s/current/bin/dqlite -s 127.0.0.1:19001 -c {BACKEND}/cluster.crt -k {BACKEND}/cluster.key k8s \".reconfigure {BACKEND}/ {BACKEND}/cluster.yaml\""
        );
        plan.steps.push(step(
            Action::ByHand,
            "Write the members' addresses into dqlite's log, on the one node with the newest data",
            "dqlite has the members in its log, too. Which node has the newest data: the highest number among the files 0000…-0000… there. cluster.yaml must have the new addresses of all nodes by now.",
            &[&command],
        ));
        plan.steps.push(
            step(
                Action::ByHand,
                "Bring the datastore to the other nodes",
                "They take cluster.yaml, snapshot-* and 0000…-0000… from that node in place of their own, and keep their own info.yaml.",
                &[
                    &format!("sudo find {BACKEND} -maxdepth 1 -regextype posix-extended -regex '.*/(snapshot-.*|[0-9]+-[0-9]+|open-[0-9]+|metadata[12])' -delete"),
                    &format!("sudo sh -c 'ssh root@NODE \"cd {BACKEND} && tar -c cluster.yaml snapshot-* 0*-0*\" | tar -x -C {BACKEND}'"),
                ],
            )
            .at(Site::OtherControlPlanes),
        );
    }

    /// Workers find API servers by a list of addresses.
    fn workers(&self, plan: &mut Plan, old: IpAddr) {
        if plan.situation != Situation::Member {
            return;
        }
        let path = paths::data("args/traefik/provider.yaml");
        plan.steps.push(
            step(
                Action::ByHand,
                "Give workers the new address",
                "A worker reaches the API servers at the addresses in provider.yaml. It learns new ones from an API server that it can still reach.",
                &[
                    &edit::command(&path, "", &old.to_string(), &self.new.to_string()),
                    "sudo snap restart microk8s.daemon-apiserver-proxy",
                ],
            )
            .at(Site::Workers),
        );
    }

    pub(super) fn worker(&self, plan: &mut Plan) {
        let path = paths::data("args/traefik/provider.yaml");
        let listed = plan.old.and_then(|old| {
            let bytes = self.tree.bytes(&path)?;
            Some((old, bytes, edit::readdress(bytes, old, self.new)?))
        });
        if let Some((old, bytes, after)) = listed {
            let edit = Edited {
                commands: vec![edit::command(
                    &path,
                    "",
                    &old.to_string(),
                    &self.new.to_string(),
                )],
                change: FileChange {
                    path,
                    before: Some(bytes.to_vec()),
                    after,
                },
            };
            plan.steps.push(self.backup());
            plan.steps.push(editing(
                "Change the API server's address",
                "The worker reaches the API servers at the addresses in provider.yaml.",
                vec![edit],
            ));
            let service = if self.node.args.contains_key("apiserver-proxy") {
                "microk8s.daemon-apiserver-proxy"
            } else {
                "microk8s.daemon-traefik"
            };
            plan.steps.push(step(
                Action::Restart(service),
                "Restart the proxy to the API servers",
                "It reads the list when it starts.",
                &[&format!("sudo snap restart {service}")],
            ));
        }
        let edits = self.arguments(plan.old, "kubelet", &["node-ip"]);
        if !edits.is_empty() {
            if plan.steps.is_empty() {
                plan.steps.push(self.backup());
            }
            plan.steps.push(editing(
                "Change the address in the kubelet's flags",
                "A fixed address does not follow the network.",
                edits,
            ));
        }
        plan.steps.push(self.restart_worker());
        plan.cautions.push("kubelet.crt keeps the addresses that it was signed for by the control plane. If `kubectl logs` fails for pods of this node, let it join anew: `sudo microk8s leave` here, `microk8s add-node` on the control plane, and the join command with --worker here.".to_owned());
    }

    fn restart_worker(&self) -> Step {
        let service = if self.node.kubelite {
            "microk8s.daemon-kubelite"
        } else {
            "microk8s.daemon-kubelet"
        };
        step(
            Action::Restart(service),
            "Restart the kubelet",
            "It tells the cluster the node's address when it starts.",
            &[&format!("sudo snap restart {service}")],
        )
    }
}

/// A changed file and the commands that change it.
#[derive(Clone)]
struct Edited {
    change: FileChange,
    commands: Vec<String>,
}

fn editing(what: &str, why: &str, edits: Vec<Edited>) -> Step {
    let mut step = step(Action::Edit, what, why, &[]);
    for edit in edits {
        step.commands.extend(edit.commands);
        step.files.push(edit.change);
    }
    step
}
