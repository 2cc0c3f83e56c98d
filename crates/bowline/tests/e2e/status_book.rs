//! Kubeconfigs of many contexts, and what `status` says of each.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use serde_json::json;
use testnode::Cluster;

use crate::support::Sandbox;

/// A kubeconfig of many contexts, put together entry by entry.
#[derive(Default)]
pub(crate) struct Book {
    clusters: Vec<Value>,
    users: Vec<Value>,
    contexts: Vec<Value>,
}

impl Book {
    pub(crate) fn cluster(&mut self, name: &str, cluster: &Cluster, server: &str) {
        let ca = STANDARD.encode(cluster.ca_pem());
        let entry = json!({"server": server, "certificate-authority-data": ca});
        self.clusters.push(json!({"name": name, "cluster": entry}));
    }

    pub(crate) fn user(&mut self, name: &str, user: &Value) {
        self.users.push(json!({"name": name, "user": user}));
    }

    pub(crate) fn context(&mut self, name: &str, cluster: &str, user: &str) {
        let context = json!({"cluster": cluster, "user": user});
        self.contexts
            .push(json!({"name": name, "context": context}));
    }

    /// A cluster, its admin, and a context, all of one name.
    pub(crate) fn add(&mut self, name: &str, cluster: &Cluster, server: &str) {
        self.cluster(name, cluster, server);
        self.user(name, &json!({"token": cluster.admin_token()}));
        self.context(name, name, name);
    }

    /// JSON is YAML.
    pub(crate) fn text(&self) -> String {
        json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": self.clusters,
            "users": self.users,
            "contexts": self.contexts,
        })
        .to_string()
    }
}

/// The contexts of a report by their names.
pub(crate) fn contexts(
    sandbox: &Sandbox,
    arguments: &[&str],
    code: i32,
) -> BTreeMap<String, Value> {
    let mut line = vec!["status", "-o", "json"];
    line.extend(arguments);
    let outcome = sandbox.bowline(&line);
    let report: Value = serde_json::from_str(&outcome.stdout)
        .unwrap_or_else(|error| panic!("{error}: {outcome:#?}"));
    // A thousand reports are no message.
    let failures = report["contexts"].as_array().unwrap().iter();
    let failures: Vec<String> = failures
        .filter(|context| !context["failure"].is_null())
        .map(|context| format!("{}: {}", context["context"], context["failure"]))
        .take(8)
        .collect();
    assert_eq!(outcome.code, Some(code), "{}{failures:#?}", outcome.stderr);
    let contexts = report["contexts"].as_array().unwrap().iter();
    contexts
        .map(|context| {
            let name = context["context"].as_str().unwrap().to_owned();
            (name, context.clone())
        })
        .collect()
}
