//! What the API consists of.

use http::Response;
use serde_json::{Value, json};

use super::{Call, Resource, json_response, typed_response};
use crate::body::Answer;
use crate::cluster::Cluster;

/// A resource as discovery announces it.
pub(super) struct Served {
    pub(super) group: &'static str,
    pub(super) version: &'static str,
    pub(super) resource: &'static str,
    pub(super) kind: &'static str,
    singular: &'static str,
    pub(super) namespaced: bool,
    short: &'static [&'static str],
    categories: &'static [&'static str],
    verbs: &'static [&'static str],
}

/// The minor version of Kubernetes that first serves a version of a resource, where tools meet older ones.
const SINCE: &[(&str, &str, u32)] = &[
    // KEP-3325. v1beta1 has to be switched on, as it is here.
    ("authentication.k8s.io", "v1", 28),
    ("authentication.k8s.io", "v1beta1", 27),
];

const READ: &[&str] = &["get", "list", "watch"];
const CHANGE: &[&str] = &["create", "delete", "get", "list", "watch"];
const REPLACE: &[&str] = &["create", "delete", "get", "list", "update", "watch"];
const CREATE: &[&str] = &["create"];

macro_rules! served {
    ($group:literal, $version:literal, $resource:literal, $kind:literal, $singular:literal,
     $namespaced:literal, $short:expr, $categories:expr, $verbs:expr) => {
        Served {
            group: $group,
            version: $version,
            resource: $resource,
            kind: $kind,
            singular: $singular,
            namespaced: $namespaced,
            short: $short,
            categories: $categories,
            verbs: $verbs,
        }
    };
}

/// Everything that is served. Some of it is always empty, because tools ask for it unasked.
#[rustfmt::skip]
const SERVED: &[Served] = &[
    served!("", "v1", "configmaps", "ConfigMap", "configmap", true, &["cm"], &[], READ),
    served!("", "v1", "endpoints", "Endpoints", "endpoints", true, &["ep"], &[], READ),
    served!("", "v1", "events", "Event", "event", true, &["ev"], &[], READ),
    served!("", "v1", "namespaces", "Namespace", "namespace", false, &["ns"], &[], CHANGE),
    served!("", "v1", "nodes", "Node", "node", false, &["no"], &[], READ),
    served!("", "v1", "pods", "Pod", "pod", true, &["po"], &["all"], READ),
    served!("", "v1", "secrets", "Secret", "secret", true, &[], &[], READ),
    served!("", "v1", "services", "Service", "service", true, &["svc"], &["all"], READ),
    served!("authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview", "selfsubjectreview", false, &[], &[], CREATE),
    served!("authentication.k8s.io", "v1beta1", "selfsubjectreviews", "SelfSubjectReview", "selfsubjectreview", false, &[], &[], CREATE),
    served!("authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", "selfsubjectaccessreview", false, &[], &[], CREATE),
    served!("certificates.k8s.io", "v1", "certificatesigningrequests", "CertificateSigningRequest", "certificatesigningrequest", false, &["csr"], &[], REPLACE),
    served!("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", "endpointslice", true, &[], &[], READ),
    served!("discovery.k8s.io", "v1beta1", "endpointslices", "EndpointSlice", "endpointslice", true, &[], &[], READ),
    served!("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", "clusterrolebinding", false, &[], &[], REPLACE),
    served!("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", "clusterrole", false, &[], &[], READ),
    served!("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding", "rolebinding", true, &[], &[], REPLACE),
    served!("rbac.authorization.k8s.io", "v1", "roles", "Role", "role", true, &[], &[], READ),
];

/// What this cluster's version serves of it.
pub(super) fn known(cluster: &Cluster) -> impl Iterator<Item = &'static Served> {
    let minor = cluster.minor_version();
    SERVED.iter().filter(move |known| {
        let since = SINCE
            .iter()
            .find(|(group, version, _)| (*group, *version) == (known.group, known.version));
        since.is_none_or(|(_, _, since)| minor >= *since)
    })
}

/// The announcement of a resource, where there is one.
pub(super) fn served(cluster: &Cluster, resource: &Resource<'_>) -> Option<&'static Served> {
    known(cluster).find(|known| {
        known.group == resource.group
            && known.version == resource.version
            && known.resource == resource.resource
    })
}

/// The groups with their versions, in the order of [`SERVED`].
fn groups(cluster: &Cluster) -> Vec<(&'static str, Vec<&'static str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for known in known(cluster) {
        match groups.last_mut() {
            Some((group, versions)) if *group == known.group => {
                if !versions.contains(&known.version) {
                    versions.push(known.version);
                }
            }
            _ => groups.push((known.group, vec![known.version])),
        }
    }
    groups
}

/// Answers the paths of discovery; `None` for every other.
pub(super) fn answer(call: &Call<'_>, path: &str) -> Option<Response<Answer>> {
    let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
    let value = match parts.as_slice() {
        [] => {
            json!({"paths": ["/api", "/api/v1", "/apis", "/healthz", "/livez", "/readyz", "/version"]})
        }
        [root @ ("api" | "apis")] => {
            if let Some(version) = aggregated(call.accept()) {
                return Some(aggregate(call.cluster(), version, *root == "api"));
            }
            if *root == "api" {
                versions(call)
            } else {
                group_list(call.cluster())
            }
        }
        ["api", version] => resources(call.cluster(), "", version)?,
        ["apis", group] => group_object(call.cluster(), group)?,
        ["apis", group, version] => resources(call.cluster(), group, version)?,
        _ => return None,
    };
    Some(json_response(&value))
}

/// `GET /api` names the server that was asked, not the cluster.
fn versions(call: &Call<'_>) -> Value {
    json!({
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{
            "clientCIDR": "0.0.0.0/0",
            "serverAddress": call.connection.local.to_string(),
        }],
    })
}

fn group_value(group: &str, versions: &[&str]) -> Value {
    let version =
        |version: &&str| json!({"groupVersion": format!("{group}/{version}"), "version": version});
    json!({
        "name": group,
        "versions": versions.iter().map(version).collect::<Vec<_>>(),
        "preferredVersion": versions.first().map(version),
    })
}

fn group_list(cluster: &Cluster) -> Value {
    let groups: Vec<_> = groups(cluster)
        .into_iter()
        .filter(|(group, _)| !group.is_empty())
        .map(|(group, versions)| group_value(group, &versions))
        .collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

fn group_object(cluster: &Cluster, name: &str) -> Option<Value> {
    let (group, versions) = groups(cluster)
        .into_iter()
        .find(|(group, _)| !group.is_empty() && *group == name)?;
    let mut value = group_value(group, &versions);
    value["kind"] = json!("APIGroup");
    value["apiVersion"] = json!("v1");
    Some(value)
}

fn resources(cluster: &Cluster, group: &str, version: &str) -> Option<Value> {
    let resources: Vec<_> = known(cluster)
        .filter(|known| known.group == group && known.version == version)
        .map(|known| {
            let mut value = json!({
                "name": known.resource,
                "singularName": known.singular,
                "namespaced": known.namespaced,
                "kind": known.kind,
                "verbs": known.verbs,
            });
            if !known.short.is_empty() {
                value["shortNames"] = json!(known.short);
            }
            if !known.categories.is_empty() {
                value["categories"] = json!(known.categories);
            }
            value
        })
        .collect();
    if resources.is_empty() {
        return None;
    }
    let group_version = if group.is_empty() {
        version.to_owned()
    } else {
        format!("{group}/{version}")
    };
    Some(json!({
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": group_version,
        "resources": resources,
    }))
}

/// The version of aggregated discovery that the client prefers, if it knows any.
fn aggregated(accept: &str) -> Option<&'static str> {
    accept.split(',').find_map(|range| {
        let has = |wanted: &str| range.split(';').any(|part| part.trim() == wanted);
        if !has("as=APIGroupDiscoveryList") || !has("g=apidiscovery.k8s.io") {
            None
        } else if has("v=v2") {
            Some("v2")
        } else if has("v=v2beta1") {
            Some("v2beta1")
        } else {
            None
        }
    })
}

/// All groups of `/api` or `/apis` in one answer (Kubernetes 1.26 and later).
fn aggregate(cluster: &Cluster, version: &str, core: bool) -> Response<Answer> {
    let items: Vec<_> = groups(cluster)
        .into_iter()
        .filter(|(group, _)| group.is_empty() == core)
        .map(|(group, versions)| {
            let versions: Vec<_> = versions
                .into_iter()
                .map(|version| {
                    json!({
                        "version": version,
                        "freshness": "Current",
                        "resources": aggregate_resources(cluster, group, version),
                    })
                })
                .collect();
            let metadata = if core {
                json!({})
            } else {
                json!({"name": group})
            };
            json!({"metadata": metadata, "versions": versions})
        })
        .collect();
    let value = json!({
        "kind": "APIGroupDiscoveryList",
        "apiVersion": format!("apidiscovery.k8s.io/{version}"),
        "metadata": {},
        "items": items,
    });
    let kind = if version == "v2" {
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    } else {
        "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList"
    };
    typed_response(kind, format!("{value}\n"))
}

fn aggregate_resources(cluster: &Cluster, group: &str, version: &str) -> Vec<Value> {
    known(cluster)
        .filter(|known| known.group == group && known.version == version)
        .map(|known| {
            let mut value = json!({
                "resource": known.resource,
                "responseKind": {"group": group, "version": version, "kind": known.kind},
                "scope": if known.namespaced { "Namespaced" } else { "Cluster" },
                "singularResource": known.singular,
                "verbs": known.verbs,
            });
            if !known.short.is_empty() {
                value["shortNames"] = json!(known.short);
            }
            if !known.categories.is_empty() {
                value["categories"] = json!(known.categories);
            }
            value
        })
        .collect()
}
