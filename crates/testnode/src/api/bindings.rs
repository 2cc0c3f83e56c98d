//! The rules of role bindings (Kubernetes, pkg/apis/rbac/validation).
//!
//! What is not checked: that whoever grants a role holds its permissions. Only cluster administrators,
//! and administrators of a namespace, may create bindings here at all.

use serde_json::{Value, json};

use super::change::Strategy;
use super::{Call, Resource};
use crate::status::{Cause, Failure};

pub(super) struct Bindings;

impl Strategy for Bindings {
    fn create(
        &self,
        _call: &Call<'_>,
        resource: &Resource<'_>,
        given: &Value,
    ) -> Result<Value, Failure> {
        if resource.resource == "rolebindings" && resource.namespace.is_none() {
            return Err(Failure::method_not_allowed());
        }
        binding(resource, given)
    }

    fn replace(
        &self,
        _call: &Call<'_>,
        resource: &Resource<'_>,
        old: &Value,
        given: &Value,
    ) -> Result<Value, Failure> {
        if resource.subresource.is_some() {
            return Err(Failure::no_such_resource());
        }
        let new = binding(resource, given)?;
        if new["roleRef"] != old["roleRef"] {
            let role = &new["roleRef"];
            let value = format!(
                "rbac.RoleRef{{APIGroup:{}, Kind:{}, Name:{}}}",
                role["apiGroup"], role["kind"], role["name"]
            );
            let cause = Cause::invalid("roleRef", &value, "cannot change roleRef");
            return Err(invalid(resource, given, &[cause]));
        }
        let mut object = old.clone();
        object["subjects"] = new["subjects"].clone();
        Ok(object)
    }
}

/// The part of a binding that the client decides, checked and with its defaults filled in.
fn binding(resource: &Resource<'_>, given: &Value) -> Result<Value, Failure> {
    const GROUP: &str = "rbac.authorization.k8s.io";
    let mut causes = Vec::new();
    let name = text(&given["metadata"]["name"]);
    if let Some(why) = unfit_for_a_path(name) {
        causes.push(Cause::invalid("metadata.name", &format!("{name:?}"), &why));
    }
    let role = &given["roleRef"];
    let kinds: &[&str] = if resource.resource == "rolebindings" {
        &["ClusterRole", "Role"]
    } else {
        &["ClusterRole"]
    };
    if text(&role["apiGroup"]) != GROUP && !text(&role["apiGroup"]).is_empty() {
        let group = text(&role["apiGroup"]);
        causes.push(Cause::unsupported("roleRef.apiGroup", group, &[GROUP]));
    }
    if !kinds.contains(&text(&role["kind"])) {
        causes.push(Cause::unsupported(
            "roleRef.kind",
            text(&role["kind"]),
            kinds,
        ));
    }
    if text(&role["name"]).is_empty() {
        causes.push(Cause::required("roleRef.name", ""));
    }
    let mut subjects = Vec::new();
    for (index, subject) in given["subjects"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
    {
        let (kind, name) = (text(&subject["kind"]), text(&subject["name"]));
        let field = |part: &str| format!("subjects[{index}].{part}");
        if name.is_empty() {
            causes.push(Cause::required(&field("name"), ""));
        }
        match kind {
            "User" | "Group" => {
                let group = text(&subject["apiGroup"]);
                if !group.is_empty() && group != GROUP {
                    causes.push(Cause::unsupported(&field("apiGroup"), group, &[GROUP]));
                }
                subjects.push(json!({"kind": kind, "apiGroup": GROUP, "name": name}));
            }
            "ServiceAccount" => {
                let namespace = text(&subject["namespace"]);
                if namespace.is_empty() {
                    causes.push(Cause::required(&field("namespace"), ""));
                }
                subjects.push(json!({"kind": kind, "name": name, "namespace": namespace}));
            }
            _ => {
                let known = ["Group", "ServiceAccount", "User"];
                causes.push(Cause::unsupported(&field("kind"), kind, &known));
            }
        }
    }
    if !causes.is_empty() {
        return Err(invalid(resource, given, &causes));
    }
    let mut object = json!({
        "roleRef": {"apiGroup": GROUP, "kind": role["kind"], "name": role["name"]},
    });
    if !subjects.is_empty() {
        object["subjects"] = json!(subjects);
    }
    Ok(object)
}

fn invalid(resource: &Resource<'_>, given: &Value, causes: &[Cause]) -> Failure {
    let kind = if resource.resource == "rolebindings" {
        "RoleBinding"
    } else {
        "ClusterRoleBinding"
    };
    Failure::invalid(resource, kind, text(&given["metadata"]["name"]), causes)
}

/// Why a name cannot be a segment of a path (k8s.io/apimachinery/pkg/api/validation/path).
fn unfit_for_a_path(name: &str) -> Option<String> {
    if [".", ".."].contains(&name) {
        return Some(format!("may not be '{name}'"));
    }
    ["/", "%"]
        .iter()
        .find(|illegal| name.contains(*illegal))
        .map(|illegal| format!("may not contain '{illegal}'"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
