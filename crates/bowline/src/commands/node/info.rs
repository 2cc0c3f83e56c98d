//! `bowline node info`.

use std::fmt::Write as _;

use microk8s::Node;
use microk8s::Role;
use microk8s::mode::Datastore;
use operations::node::access::Access;
use serde_json::Value;
use serde_json::json;

use super::SCHEMA;
use super::Scene;
use super::cell;
use super::print;
use crate::cli::node::OutputArgs;
use crate::error::CommandError;
use crate::exit;

pub(super) fn run(scene: &Scene, arguments: OutputArgs) -> Result<u8, CommandError> {
    let access = scene.open()?;
    print(arguments.output, || text(&access), &value(&access))?;
    Ok(exit::OK)
}

fn text(access: &Access) -> String {
    let node = &access.node;
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "{name:<16}{value}");
        }
    };
    line("Machine", &access.name());
    line(
        "Host name",
        &cell(node.hostname.as_deref().unwrap_or_default()),
    );
    line(
        "MicroK8s",
        &cell(node.version.as_deref().unwrap_or("not told by these files")),
    );
    line("Revision", &cell(&revision(node)));
    line("Role", &node.role.to_string());
    line("Users by", &node.auth.auth.to_string());
    for reason in &node.auth.reasons {
        line("", &cell(&format!("because {reason}")));
    }
    line("Authorization", &cell(&authorization(node)));
    line("Ports", &cell(&ports(node)));
    line("Datastore", &cell(&datastore(&node.datastore)));
    for member in &node.members {
        let own = node.own_member.as_ref() == Some(member);
        let own = if own { ", this node" } else { "" };
        line(
            "Member",
            &cell(&format!("{} ({}{own})", member.address, member.role)),
        );
    }
    for (name, meaning) in node.locks.explained() {
        let meaning = meaning
            .map(|meaning| format!(": {meaning}"))
            .unwrap_or_default();
        line("Lock", &cell(&format!("{name}{meaning}")));
    }
    for damage in &node.damages {
        line("Not read", &cell(damage));
    }
    text
}

fn revision(node: &Node) -> String {
    match &node.revision {
        Some(revision) => format!("{revision} ({})", node.data),
        None => format!("not told by these files ({})", node.data),
    }
}

fn authorization(node: &Node) -> String {
    if node.role == Role::Worker {
        return String::new();
    }
    let modes = node.authorization.join(", ");
    if node.allows_everything() {
        format!("{modes}: everyone who can log in may do anything")
    } else {
        modes
    }
}

fn ports(node: &Node) -> String {
    let ports = &node.ports;
    // Port 0 turns a listener off.
    let number = |name: &str, port: Option<u16>| {
        let port = port.filter(|port| *port != 0)?;
        Some(format!("{name} {port}"))
    };
    let all = [
        number("API server", ports.secure),
        number("API server without TLS", ports.insecure),
        ports
            .cluster_agent
            .as_ref()
            .map(|bind| format!("cluster agent {bind}")),
        number("dqlite", ports.dqlite),
        number("kubelet without login", ports.kubelet_read_only),
    ];
    all.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn datastore(datastore: &Datastore) -> String {
    match datastore {
        Datastore::Dqlite {
            address: Some(address),
        } => format!("dqlite at {address}"),
        Datastore::Dqlite { address: None } => "dqlite".to_owned(),
        Datastore::Etcd { servers } => format!("etcd at {servers}"),
        Datastore::External { servers } => format!("external, {servers}"),
        Datastore::Unknown => "not told by these files".to_owned(),
    }
}

fn value(access: &Access) -> Value {
    let node = &access.node;
    let locks: Vec<_> = node
        .locks
        .explained()
        .map(|(name, meaning)| json!({ "name": name, "meaning": meaning }))
        .collect();
    json!({
        "schema": SCHEMA,
        "machine": access.machine.place().to_string(),
        "hostname": node.hostname,
        "version": node.version,
        "revision": node.revision,
        "data": node.data,
        "strict": node.strict,
        "role": node.role,
        "auth": node.auth,
        "authorization": node.authorization,
        "ports": node.ports,
        "datastore": node.datastore,
        "members": node.members,
        "ownMember": node.own_member,
        "locks": locks,
        "damages": node.damages,
    })
}
