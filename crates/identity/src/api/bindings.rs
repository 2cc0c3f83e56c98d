//! Role bindings (`rbac.authorization.k8s.io/v1`): what users and groups may do.

use http::Method;
use serde_json::Value;
use serde_json::json;

use super::ApiError;
use super::MANAGED_BY;
use super::Session;
use super::US;
use super::exchange::Change;
use super::names::segment;

const GROUP: &str = "rbac.authorization.k8s.io";
const ROOT: &str = "/apis/rbac.authorization.k8s.io/v1";

/// To whom something is granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grantee {
    /// A user, by the name that the API server gives him.
    User(String),
    /// A group.
    Group(String),
    /// A service account.
    ServiceAccount {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
}

/// A role, and to whom it is granted. The texts are the server's: escape them before they are printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Its name.
    pub name: String,
    /// The namespace that it is about; `None` for the whole cluster.
    pub namespace: Option<String>,
    /// The kind of the role: `ClusterRole` or `Role`.
    pub role_kind: String,
    /// The role.
    pub role: String,
    /// To whom it is granted.
    pub grantees: Vec<Grantee>,
    /// Whether it bears our label.
    pub ours: bool,
}

impl Binding {
    /// Whether the role is granted to this one by name.
    pub fn grants_to(&self, grantee: &Grantee) -> bool {
        self.grantees.contains(grantee)
    }
}

impl Session<'_> {
    /// All bindings: those of the whole cluster, then those of namespaces.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn bindings(&self) -> Result<Vec<Binding>, ApiError> {
        let mut all = Vec::new();
        for resource in ["clusterrolebindings", "rolebindings"] {
            let objects = self.list(&format!("{ROOT}/{resource}")).await?;
            all.extend(objects.iter().filter_map(read));
        }
        Ok(all)
    }

    /// The bindings that grant something to one of these by name.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn bindings_of(&self, grantees: &[Grantee]) -> Result<Vec<Binding>, ApiError> {
        let mut bindings = self.bindings().await?;
        bindings.retain(|binding| grantees.iter().any(|one| binding.grants_to(one)));
        Ok(bindings)
    }

    /// Grants a cluster role, in one namespace or in the whole cluster, by a new binding;
    /// [`object_name`](super::object_name) makes a name for it.
    ///
    /// # Errors
    /// [`ApiError`]; 409 where there is a binding of that name.
    pub async fn grant(
        &self,
        name: &str,
        namespace: Option<&str>,
        cluster_role: &str,
        grantee: &Grantee,
    ) -> Result<(), ApiError> {
        let kind = match namespace {
            None => "ClusterRoleBinding",
            Some(_) => "RoleBinding",
        };
        let object = json!({
            "apiVersion": format!("{GROUP}/v1"),
            "kind": kind,
            "metadata": {"name": name, "labels": {MANAGED_BY: US}},
            "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": cluster_role},
            "subjects": [write(grantee)],
        });
        let path = collection(namespace);
        self.request::<Value>(Method::POST, &path, Some(&object))
            .await
            .map(drop)
    }

    /// Takes back what a binding grants to one: the whole binding where nobody else is in it. Where the
    /// binding or its grantee is gone already, nothing is done.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn revoke(&self, binding: &Binding, grantee: &Grantee) -> Result<(), ApiError> {
        let path = format!(
            "{}/{}",
            collection(binding.namespace.as_deref()),
            segment(&binding.name)
        );
        let result = self
            .change(&path, |mut object| {
                let Some(subjects) = object["subjects"].as_array_mut() else {
                    return Ok(Change::Nothing);
                };
                let before = subjects.len();
                subjects.retain(|subject| grantee_of(subject).as_ref() != Some(grantee));
                if subjects.len() == before {
                    return Ok(Change::Nothing);
                }
                if !subjects.is_empty() {
                    return Ok(Change::Replace {
                        subresource: "",
                        object,
                    });
                }
                let metadata = &object["metadata"];
                Ok(Change::Delete(json!({
                    "apiVersion": "v1",
                    "kind": "DeleteOptions",
                    // Whoever was added meanwhile keeps it.
                    "preconditions": {
                        "uid": metadata["uid"],
                        "resourceVersion": metadata["resourceVersion"],
                    },
                })))
            })
            .await;
        match result {
            Err(ApiError::Refused { code: 404, .. }) => Ok(()),
            other => other,
        }
    }
}

fn collection(namespace: Option<&str>) -> String {
    match namespace {
        None => format!("{ROOT}/clusterrolebindings"),
        Some(namespace) => format!("{ROOT}/namespaces/{}/rolebindings", segment(namespace)),
    }
}

fn write(grantee: &Grantee) -> Value {
    match grantee {
        Grantee::User(name) => json!({"apiGroup": GROUP, "kind": "User", "name": name}),
        Grantee::Group(name) => json!({"apiGroup": GROUP, "kind": "Group", "name": name}),
        Grantee::ServiceAccount { namespace, name } => {
            json!({"kind": "ServiceAccount", "namespace": namespace, "name": name})
        }
    }
}

fn grantee_of(subject: &Value) -> Option<Grantee> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let name = text(&subject["name"])?;
    match subject["kind"].as_str()? {
        "User" => Some(Grantee::User(name)),
        "Group" => Some(Grantee::Group(name)),
        "ServiceAccount" => Some(Grantee::ServiceAccount {
            namespace: text(&subject["namespace"])?,
            name,
        }),
        _ => None,
    }
}

fn read(object: &Value) -> Option<Binding> {
    let (metadata, role) = (&object["metadata"], &object["roleRef"]);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let subjects = object["subjects"].as_array().into_iter().flatten();
    Some(Binding {
        name: text(&metadata["name"])?,
        namespace: text(&metadata["namespace"]),
        role_kind: text(&role["kind"])?,
        role: text(&role["name"])?,
        grantees: subjects.filter_map(grantee_of).collect(),
        ours: metadata["labels"][MANAGED_BY] == US,
    })
}
