//! Reading: get, list and watch of every resource.

use std::net::SocketAddr;

use http::Response;
use serde_json::{Value, json};

use super::discovery::{self, Served};
use super::selector::Selector;
use super::table::{self, Include};
use super::{Call, Resource, json_response, watch};
use crate::body::Answer;
use crate::clock;
use crate::cluster::Cluster;
use crate::state::Machine;
use crate::status::Failure;

/// How the objects are to be shown.
#[derive(Clone, Copy)]
pub(super) enum Show {
    Objects,
    Table(Include),
}

/// Answers get, list and watch.
pub(super) fn read(call: &Call<'_>, resource: &Resource<'_>) -> Result<Response<Answer>, Failure> {
    let served =
        discovery::served(call.cluster(), resource).ok_or_else(Failure::no_such_resource)?;
    let parts = ["status", "approval"];
    if resource
        .subresource
        .is_some_and(|part| !parts.contains(&part))
    {
        return Err(Failure::no_such_resource());
    }
    let show = if table::wanted(call.accept()) {
        Show::Table(Include::of(resource))
    } else {
        Show::Objects
    };
    let (version, objects) = all(call.cluster(), served);
    if let Some(name) = resource.name {
        let object = objects
            .into_iter()
            .find(|object| {
                let metadata = &object["metadata"];
                metadata["name"] == name
                    && (!served.namespaced
                        || resource
                            .namespace
                            .is_none_or(|namespace| metadata["namespace"] == namespace))
            })
            .ok_or_else(|| Failure::not_found(resource))?;
        return Ok(json_response(&match show {
            Show::Objects => object,
            Show::Table(include) => {
                let version = object["metadata"]["resourceVersion"].clone();
                table::table(served, &version, &[object], include, true)
            }
        }));
    }
    let selector = Selector::of(resource, served.namespaced)?;
    if resource.flag("watch") {
        return Ok(watch::answer(
            call.cluster(),
            served,
            resource,
            selector,
            show,
            objects,
        ));
    }
    let objects: Vec<_> = objects
        .into_iter()
        .filter(|object| selector.matches(object))
        .collect();
    let version = json!(version.to_string());
    let (objects, next) = page(resource, objects)?;
    let mut list = match show {
        Show::Table(include) => table::table(served, &version, &objects, include, true),
        Show::Objects => {
            let items: Vec<_> = objects.into_iter().map(without_type).collect();
            json!({
                "kind": format!("{}List", served.kind),
                "apiVersion": resource.api_version(),
                "metadata": {"resourceVersion": version},
                "items": items,
            })
        }
    };
    if let Some(next) = next {
        list["metadata"]["continue"] = json!(next);
    }
    Ok(json_response(&list))
}

/// As many objects as the client wants at once, and the token with which it asks for more.
///
/// The token is the number of objects before the next page, where the API server has the last one's key.
fn page(
    resource: &Resource<'_>,
    objects: Vec<Value>,
) -> Result<(Vec<Value>, Option<String>), Failure> {
    let number = |name: &str| match resource.parameter(name).as_deref() {
        None | Some("") => Ok(0),
        Some(text) => text
            .parse::<usize>()
            .map_err(|_| Failure::bad_request(format!("{name} value is not valid"))),
    };
    let (before, limit) = (number("continue")?, number("limit")?);
    let end = before.saturating_add(limit);
    let more = limit > 0 && end < objects.len();
    let count = if limit > 0 { limit } else { objects.len() };
    let page = objects.into_iter().skip(before).take(count).collect();
    Ok((page, more.then(|| end.to_string())))
}

/// In a list, objects do not repeat what they are.
fn without_type(mut object: Value) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.remove("kind");
        fields.remove("apiVersion");
    }
    object
}

/// All objects of a kind, and the version they were read at.
fn all(cluster: &Cluster, served: &Served) -> (u64, Vec<Value>) {
    let state = cluster.state();
    match served.resource {
        "nodes" => (
            state.version(),
            state
                .machines()
                .iter()
                .map(|machine| node(cluster, machine))
                .collect(),
        ),
        "endpointslices" => (state.version(), slices(cluster, served)),
        "endpoints" => (state.version(), vec![endpoints(cluster)]),
        kept => state.list(kept),
    }
}

fn node(cluster: &Cluster, machine: &Machine) -> Value {
    let presence = machine.presence();
    let created = clock::rfc3339(machine.created);
    let (ready, reason) = if presence.listens {
        ("True", "KubeletReady")
    } else {
        ("Unknown", "NodeStatusUnknown")
    };
    json!({
        "kind": "Node",
        "apiVersion": "v1",
        "metadata": {
            "name": machine.name,
            "uid": machine.uid,
            "resourceVersion": "301",
            "creationTimestamp": created,
            "labels": {
                "beta.kubernetes.io/arch": "amd64",
                "beta.kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": machine.name,
                "kubernetes.io/os": "linux",
                "microk8s.io/cluster": "true",
                "node.kubernetes.io/microk8s-controlplane": "microk8s-controlplane",
            },
        },
        "spec": {},
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": presence.address.ip().to_string()},
                {"type": "Hostname", "address": machine.name},
            ],
            "conditions": [{
                "type": "Ready",
                "status": ready,
                "reason": reason,
                "lastHeartbeatTime": created,
                "lastTransitionTime": created,
            }],
            "nodeInfo": {
                "architecture": "amd64",
                "containerRuntimeVersion": "containerd://1.7.28",
                "kernelVersion": "6.8.0-79-generic",
                "kubeletVersion": cluster.git_version(),
                "kubeProxyVersion": "",
                "operatingSystem": "linux",
                "osImage": "Ubuntu 24.04.3 LTS",
                "bootID": machine.uid,
                "machineID": machine.uid.replace('-', ""),
                "systemUUID": machine.uid,
            },
        },
    })
}

/// The endpoints of the API servers by address family and port, because a slice has one of each.
fn by_family_and_port(endpoints: Vec<SocketAddr>) -> Vec<(&'static str, u16, Vec<String>)> {
    let mut found: Vec<(&str, u16, Vec<String>)> = Vec::new();
    for endpoint in endpoints {
        let family = if endpoint.is_ipv4() { "IPv4" } else { "IPv6" };
        let (port, ip) = (endpoint.port(), endpoint.ip().to_string());
        match found
            .iter_mut()
            .find(|known| (known.0, known.1) == (family, port))
        {
            Some((_, _, addresses)) => {
                if !addresses.contains(&ip) {
                    addresses.push(ip);
                }
            }
            None => found.push((family, port, vec![ip])),
        }
    }
    found
}

/// The slices of the Service `default/kubernetes`. A real cluster, whose API servers share one port,
/// has one; servers on several ports, as tests have them, need several: the first is `kubernetes`.
fn slices(cluster: &Cluster, served: &Served) -> Vec<Value> {
    let state = cluster.state();
    let mut groups = by_family_and_port(state.endpoints());
    if groups.is_empty() {
        groups.push(("IPv4", 16443, Vec::new()));
    }
    groups
        .into_iter()
        .enumerate()
        .map(|(index, (family, port, addresses))| {
            let name = match index {
                0 => "kubernetes".to_owned(),
                _ => format!("kubernetes-{}-{port}", family.to_ascii_lowercase()),
            };
            let endpoints: Vec<_> = addresses
                .iter()
                .map(|address| json!({"addresses": [address], "conditions": {"ready": true}}))
                .collect();
            json!({
                "kind": "EndpointSlice",
                "apiVersion": format!("{}/{}", served.group, served.version),
                "metadata": {
                    "name": name,
                    "namespace": "default",
                    "uid": state.slice_uid,
                    "resourceVersion": state.version().to_string(),
                    "generation": 1,
                    "creationTimestamp": clock::rfc3339(state.created()),
                    "labels": {"kubernetes.io/service-name": "kubernetes"},
                },
                "addressType": family,
                "endpoints": endpoints,
                "ports": [{"name": "https", "port": port, "protocol": "TCP"}],
            })
        })
        .collect()
}

fn endpoints(cluster: &Cluster) -> Value {
    let state = cluster.state();
    let subsets: Vec<_> = by_family_and_port(state.endpoints())
        .into_iter()
        .map(|(_, port, addresses)| {
            let addresses: Vec<_> = addresses.iter().map(|ip| json!({"ip": ip})).collect();
            json!({
                "addresses": addresses,
                "ports": [{"name": "https", "port": port, "protocol": "TCP"}],
            })
        })
        .collect();
    json!({
        "kind": "Endpoints",
        "apiVersion": "v1",
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "uid": state.slice_uid,
            "resourceVersion": state.version().to_string(),
            "creationTimestamp": clock::rfc3339(state.created()),
            "labels": {"endpointslice.kubernetes.io/skip-mirror": "true"},
        },
        "subsets": subsets,
    })
}
