//! The rung of the permission: whether this user may do anything at all where the context leads.

use kubeconfig::redact::escape;
use serde_json::Value;

use super::catalogue as kind;
use super::finding::At;
use super::finding::Finding;
use super::finding::Ladder;
use super::finding::Mend;
use super::session::Asked;
use super::session::Said;
use super::session::User;
use crate::failure::Rung;
use crate::failure::argument;

/// The rung of the permission.
pub(super) fn judge(asked: &Asked<'_>, user: &User, ladder: &mut Ladder) {
    let namespace = asked.entries.namespace.as_deref().unwrap_or("default");
    let Some(Said::Reply(pods)) = &user.pods else {
        return;
    };
    if pods.code != 403 {
        if pods.code < 500 {
            let fact = format!("may list pods in {}", escape(namespace));
            ladder.ok(Rung::Permission, fact);
        }
        return;
    }
    if user.rules.as_ref().is_some_and(permits_something) {
        let fact = format!(
            "may not list pods in {}, but has other permissions there",
            escape(namespace)
        );
        ladder.ok(Rung::Permission, fact);
        return;
    }
    let review = match &user.who {
        Said::Reply(reply) => reply.json().unwrap_or_default(),
        _ => Value::Null,
    };
    let info = &review["status"]["userInfo"];
    let name = info["username"].as_str().unwrap_or("USER");
    let groups: Vec<_> = info["groups"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(escape)
        .collect();
    let message = pods.message().unwrap_or_else(|| "403 Forbidden".to_owned());
    let seen = format!("{message} (groups: {})", groups.join(", "));
    let binding = format!("{}-view", binding_name(name));
    let command = format!(
        "kubectl create rolebinding {} --clusterrole=view --user={} --namespace={}",
        argument(&binding),
        argument(name),
        argument(namespace)
    );
    let mend = Mend::at(At::Administrator, command)
        .and("or `--clusterrole=edit`, or `admin`, as far as the user is to be trusted");
    ladder.find(Finding::new(&kind::FORBIDDEN, seen, mend));
}

/// A part of an object's name.
fn binding_name(user: &str) -> String {
    let name: String = user
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .take(40)
        .collect();
    let name = name.trim_matches('-');
    if name.is_empty() {
        "user".to_owned()
    } else {
        name.to_owned()
    }
}

/// Whether a `SelfSubjectRulesReview` has more than what everybody has: questions about oneself
/// (`system:basic-user`).
fn permits_something(review: &Value) -> bool {
    let rules = review["status"]["resourceRules"].as_array();
    rules.into_iter().flatten().any(|rule| {
        let groups = rule["apiGroups"].as_array();
        groups
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .any(|group| !matches!(group, "authorization.k8s.io" | "authentication.k8s.io"))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn questions_about_oneself_are_no_permission() {
        let rules = |groups: Value| json!({"status": {"resourceRules": [{"apiGroups": groups}]}});
        assert!(!permits_something(&rules(json!(["authorization.k8s.io"]))));
        assert!(!permits_something(&rules(json!(null))));
        assert!(!permits_something(&json!([])));
        assert!(permits_something(&rules(json!([
            "authorization.k8s.io",
            "apps"
        ]))));
        assert!(permits_something(&rules(json!([""]))));
    }

    #[test]
    fn a_binding_can_be_named_after_anybody() {
        assert_eq!(binding_name("dev"), "dev");
        assert_eq!(
            binding_name("system:serviceaccount:a:B"),
            "system-serviceaccount-a-b"
        );
        assert_eq!(binding_name("@@"), "user");
    }
}
