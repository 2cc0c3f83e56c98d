//! Role-based access control: the roles and bindings that every cluster begins with, and what they permit.

use serde_json::{Value, json};

use crate::state::State;
use crate::tokens::User;

const GROUP: &str = "rbac.authorization.k8s.io";

/// What someone wants to do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Access<'a> {
    /// To a resource of the API.
    Resource {
        verb: &'a str,
        group: &'a str,
        /// With its subresource, as in `certificatesigningrequests/approval`.
        resource: &'a str,
        namespace: Option<&'a str>,
    },
    /// To any other path.
    Path { verb: &'a str, path: &'a str },
}

/// The roles and bindings of a new cluster, as far as they concern people
/// (Kubernetes, plugin/pkg/auth/authorizer/rbac/bootstrappolicy): the rules of `admin`, `edit` and `view`
/// name what is served here.
pub(crate) fn bootstrap() -> Vec<(&'static str, Value)> {
    let read = json!(["get", "list", "watch"]);
    let write = json!(["create", "delete", "deletecollection", "patch", "update"]);
    let common = ["configmaps", "pods", "services"];
    let view = vec![
        json!({"apiGroups": [""], "resources": ["endpoints", "events", "namespaces"], "verbs": read}),
        json!({"apiGroups": [""], "resources": common, "verbs": read}),
        json!({"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": read}),
    ];
    let mut edit = view.clone();
    edit.push(json!({"apiGroups": [""], "resources": ["secrets"], "verbs": read}));
    edit.push(json!({"apiGroups": [""], "resources": ["secrets"], "verbs": write}));
    edit.push(json!({"apiGroups": [""], "resources": common, "verbs": write}));
    let mut admin = edit.clone();
    for verbs in [&read, &write] {
        let resources = ["roles", "rolebindings"];
        admin.push(json!({"apiGroups": [GROUP], "resources": resources, "verbs": verbs}));
    }
    let all = vec![
        json!({"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}),
        json!({"nonResourceURLs": ["*"], "verbs": ["*"]}),
    ];
    let mut objects: Vec<_> = [
        ("cluster-admin", all),
        ("admin", admin),
        ("edit", edit),
        ("view", view),
    ]
    .into_iter()
    .map(|(name, rules)| {
        let mut role = object("ClusterRole", name);
        role["rules"] = json!(rules);
        ("clusterroles", role)
    })
    .collect();
    let mut binding = object("ClusterRoleBinding", "cluster-admin");
    binding["roleRef"] = json!({"apiGroup": GROUP, "kind": "ClusterRole", "name": "cluster-admin"});
    binding["subjects"] = json!([{"apiGroup": GROUP, "kind": "Group", "name": "system:masters"}]);
    objects.push(("clusterrolebindings", binding));
    objects
}

fn object(kind: &str, name: &str) -> Value {
    json!({
        "kind": kind,
        "apiVersion": format!("{GROUP}/v1"),
        "metadata": {
            "name": name,
            "annotations": {"rbac.authorization.kubernetes.io/autoupdate": "true"},
            "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"},
        },
    })
}

/// Whether a binding lets `user` do this. Bindings to a `Role` permit nothing: no role can be created here.
pub(crate) fn permits(state: &State, user: &User, access: &Access<'_>) -> bool {
    let role_permits = |binding: &Value| {
        let role = &binding["roleRef"];
        role["kind"] == "ClusterRole"
            && role["name"]
                .as_str()
                .and_then(|name| state.get("clusterroles", "", name))
                .is_some_and(|role| items(&role["rules"]).any(|rule| covers(rule, access)))
    };
    let namespace = match access {
        Access::Resource { namespace, .. } => *namespace,
        Access::Path { .. } => None,
    };
    let (_, everywhere) = state.list("clusterrolebindings");
    let (_, somewhere) = state.list("rolebindings");
    let here = somewhere.iter().filter(|binding| {
        namespace.is_some_and(|namespace| binding["metadata"]["namespace"] == namespace)
    });
    everywhere
        .iter()
        .chain(here)
        .any(|binding| binds(binding, user) && role_permits(binding))
}

/// Whether `user` is among the subjects of a binding.
fn binds(binding: &Value, user: &User) -> bool {
    items(&binding["subjects"]).any(|subject| {
        let name = subject["name"].as_str().unwrap_or_default();
        match subject["kind"].as_str() {
            Some("User") => user.name == name,
            Some("Group") => user.is_in(name),
            _ => false,
        }
    })
}

/// Whether a rule of a role is about this (`RuleAllows` of Kubernetes' RBAC authorizer).
fn covers(rule: &Value, access: &Access<'_>) -> bool {
    let has = |field: &str, wanted: &str| {
        items(&rule[field]).any(|value| value == "*" || value == wanted)
    };
    match access {
        Access::Resource {
            verb,
            group,
            resource,
            ..
        } => has("verbs", verb) && has("apiGroups", group) && has("resources", resource),
        Access::Path { verb, path } => has("verbs", verb) && has("nonResourceURLs", path),
    }
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_namespace<'a>(verb: &'a str, resource: &'a str, namespace: &'a str) -> Access<'a> {
        Access::Resource {
            verb,
            group: "",
            resource,
            namespace: Some(namespace),
        }
    }

    #[test]
    fn roles_permit_as_much_as_their_names_say() {
        let state = State::new("uid");
        let subjects = json!([{"apiGroup": GROUP, "kind": "Group", "name": "dev"}]);
        for role in ["view", "edit", "admin", "cluster-admin"] {
            let mut binding = object("RoleBinding", role);
            binding["metadata"]["namespace"] = json!(role);
            binding["roleRef"] = json!({"apiGroup": GROUP, "kind": "ClusterRole", "name": role});
            binding["subjects"] = subjects.clone();
            state.create("rolebindings", binding).unwrap();
        }
        let user = User::authenticated("alice", "", vec!["dev".to_owned()]);
        let stranger = User::authenticated("dev", "", vec!["alice".to_owned()]);
        let may = |access| {
            assert!(!permits(&state, &stranger, &access), "{access:?}");
            permits(&state, &user, &access)
        };
        for (role, pods, secrets, changes, bindings, approvals) in [
            ("view", true, false, false, false, false),
            ("edit", true, true, true, false, false),
            ("admin", true, true, true, true, false),
            ("cluster-admin", true, true, true, true, true),
            ("default", false, false, false, false, false),
        ] {
            assert_eq!(may(in_namespace("list", "pods", role)), pods, "{role}");
            assert_eq!(may(in_namespace("get", "secrets", role)), secrets, "{role}");
            let change = may(in_namespace("delete", "configmaps", role));
            assert_eq!(change, changes, "{role}");
            let bind = may(Access::Resource {
                verb: "create",
                group: GROUP,
                resource: "rolebindings",
                namespace: Some(role),
            });
            assert_eq!(bind, bindings, "{role}");
            let approve = may(in_namespace(
                "update",
                "certificatesigningrequests/approval",
                role,
            ));
            assert_eq!(approve, approvals, "{role}");
        }
        // A binding in a namespace says nothing of the rest.
        assert!(!may(Access::Path {
            verb: "get",
            path: "/metrics"
        }));
        assert!(!may(Access::Resource {
            verb: "list",
            group: "",
            resource: "pods",
            namespace: None,
        }));
    }
}
