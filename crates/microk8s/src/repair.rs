//! What to do on a node whose address has changed: a plan as data.
//!
//! A node alone mends most of it by itself (the kicker); one of a cluster mends nothing (canonical/microk8s
//! `microk8s-resources/wrappers/apiservice-kicker`, lock `no-cert-reissue`). Nothing is done here: who
//! carries a plan out has to follow it in order.

mod edit;
mod steps;

use std::fmt;
use std::net::IpAddr;

use machines::Tree;
use serde::Serialize;

use crate::dqlite::Member;
use crate::node::Node;
use crate::node::Role;

/// The node, as far as its repair goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Situation {
    /// A node alone: the kicker signs its certificates anew.
    Alone,
    /// A node alone whose flags name an address: then the kicker does nothing.
    Fixed,
    /// The only member of the datastore, which listens at the address that was.
    LastMember,
    /// One of several members of the datastore.
    Member,
    /// A worker.
    Worker,
}

impl fmt::Display for Situation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alone => "a node alone, which mends its certificates itself",
            Self::Fixed => "a node alone with a fixed address in its flags",
            Self::LastMember => "the last node of a cluster, bound to its old address",
            Self::Member => "one of several control-plane nodes",
            Self::Worker => "a worker",
        })
    }
}

/// Where a step is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Site {
    /// On this node.
    Here,
    /// On each control-plane node, this one too.
    EveryControlPlane,
    /// On each other control-plane node.
    OtherControlPlanes,
    /// On each worker.
    Workers,
}

/// What a step is, for who carries it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Stop all services.
    Stop,
    /// Keep a copy of what the plan may touch.
    Backup,
    /// Write the step's files.
    Edit,
    /// Start all services.
    Start,
    /// Restart one service of the snap.
    Restart(&'static str),
    /// Wait until the node is ready.
    Wait,
    /// `microk8s refresh-certs -e` of this certificate.
    RefreshCerts(&'static str),
    /// Needs a decision or another machine: never done unasked.
    ByHand,
}

/// A file that a step writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// Its path.
    pub path: String,
    /// Its bytes now; `None` for a new file.
    pub before: Option<Vec<u8>>,
    /// Its bytes then.
    pub after: Vec<u8>,
}

/// A step of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is done, in a few words.
    pub what: String,
    /// Why.
    pub why: String,
    /// Where.
    pub site: Site,
    /// What it is.
    pub action: Action,
    /// The commands that do it, to paste; in order.
    pub commands: Vec<String>,
    /// The files that it writes.
    pub files: Vec<FileChange>,
}

/// A plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The node.
    pub situation: Situation,
    /// The address that was, where it is known.
    pub old: Option<IpAddr>,
    /// The address that is.
    pub new: IpAddr,
    /// In order.
    pub steps: Vec<Step>,
    /// What to know before it is begun.
    pub cautions: Vec<String>,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RepairError {
    /// Both are the same.
    #[error("the node has the address {0} already: nothing to repair")]
    Unchanged(IpAddr),
    /// Not one that other machines could use.
    #[error("{0} cannot be a node's address")]
    Unusable(IpAddr),
    /// The files do not say what it was.
    #[error("the node's files do not tell its old address; name it with --old ADDRESS")]
    UnknownOld,
    /// The datastore's members do not have the old address.
    #[error("no member of the datastore has the address {old}; they are {}", members.join(", "))]
    NoMember {
        /// The address looked for.
        old: IpAddr,
        /// Those there are.
        members: Vec<String>,
    },
    /// Another member has the new address.
    #[error("{0} is the address of another member of the datastore")]
    Taken(IpAddr),
    /// A file of the datastore is not understood, so none is touched.
    #[error("{0}; it has to be mended by hand first")]
    Damaged(String),
}

/// The address that the node's files think it has: dqlite's, else the kubelet's `--node-ip`, else what the
/// API server advertises. `None` where all of them follow the network.
pub fn recorded_address(node: &Node) -> Option<IpAddr> {
    let member = node.own_member.as_ref().and_then(Member::socket);
    let flag = |service: &str, name: &str| {
        let value = node.args.get(service)?.get(name)?;
        value.split(',').next()?.trim().parse::<IpAddr>().ok()
    };
    [
        member.map(|socket| socket.ip()),
        flag("kubelet", "node-ip"),
        flag("kube-apiserver", "advertise-address").filter(|_| node.role == Role::ControlPlane),
    ]
    .into_iter()
    .flatten()
    .find(|address| usable(*address))
}

/// Whether other machines could reach it.
fn usable(address: IpAddr) -> bool {
    let broadcast = matches!(address, IpAddr::V4(v4) if v4.is_broadcast() || v4.is_link_local());
    !(address.is_loopback() || address.is_unspecified() || address.is_multicast() || broadcast)
}

/// The plan for a node that had the address `old` (found out where it is `None`) and has `new` now.
///
/// # Errors
/// [`RepairError`].
pub fn plan(
    node: &Node,
    tree: &Tree,
    old: Option<IpAddr>,
    new: IpAddr,
) -> Result<Plan, RepairError> {
    if !usable(new) {
        return Err(RepairError::Unusable(new));
    }
    let old = old.or_else(|| recorded_address(node));
    if old == Some(new) {
        return Err(RepairError::Unchanged(new));
    }
    let situation = situation(node);
    let mut plan = Plan {
        situation,
        old,
        new,
        steps: Vec::new(),
        cautions: Vec::new(),
    };
    let work = steps::Work { node, tree, new };
    match situation {
        Situation::Alone => work.alone(&mut plan),
        Situation::Fixed => work.fixed(&mut plan),
        Situation::Worker => work.worker(&mut plan),
        Situation::LastMember | Situation::Member => {
            let old = old.ok_or(RepairError::UnknownOld)?;
            work.member(&mut plan, old)?;
        }
    }
    Ok(plan)
}

fn situation(node: &Node) -> Situation {
    if node.role == Role::Worker {
        return Situation::Worker;
    }
    let own = node.own_member.as_ref().and_then(Member::socket);
    let bound = own.is_some_and(|socket| usable(socket.ip()));
    if node.members.len() > 1 {
        Situation::Member
    } else if bound {
        Situation::LastMember
    } else if ["advertise-address", "bind-address"].iter().any(|flag| {
        node.apiserver()
            .is_some_and(|args| args.flag(flag).is_some())
    }) || node.locks.has("no-cert-reissue")
    {
        Situation::Fixed
    } else {
        Situation::Alone
    }
}
