//! Changing objects: create, replace and delete of what is kept.

use http::{Method, Response, StatusCode};
use serde_json::{Value, json};

use super::discovery::{self, Served};
use super::{Call, Resource, json_response, wire, with_status};
use super::{bindings, namespaces, requests};
use crate::body::Answer;
use crate::state;
use crate::status::{Cause, Failure};

/// The rules of one resource (what Kubernetes calls the strategy of its registry).
pub(super) trait Strategy: Sync {
    /// The object that is kept for what was sent.
    fn create(
        &self,
        call: &Call<'_>,
        resource: &Resource<'_>,
        given: &Value,
    ) -> Result<Value, Failure>;

    /// The object that takes the place of `old` when `given` was sent.
    fn replace(
        &self,
        _call: &Call<'_>,
        _resource: &Resource<'_>,
        _old: &Value,
        _given: &Value,
    ) -> Result<Value, Failure> {
        Err(Failure::method_not_allowed())
    }

    /// What the cluster does about a change, before the client hears of it.
    fn after(&self, _call: &Call<'_>, _resource: &Resource<'_>) {}

    /// Removes an object and returns what the client is told.
    fn delete(
        &self,
        call: &Call<'_>,
        resource: &Resource<'_>,
        served: &'static Served,
    ) -> Option<Value> {
        let name = resource.name.unwrap_or_default();
        let namespace = scope(resource, served);
        let state = call.cluster().state();
        let gone = if is_dry_run(resource) {
            state.get(served.resource, namespace, name)
        } else {
            state.remove(served.resource, namespace, name)
        };
        gone.map(|gone| deleted(resource, &gone))
    }

    /// Whether it may be deleted at all.
    fn may_delete(&self, _resource: &Resource<'_>) -> Result<(), Failure> {
        Ok(())
    }
}

fn strategy(resource: &str) -> Option<&'static dyn Strategy> {
    match resource {
        "namespaces" => Some(&namespaces::Namespaces),
        "certificatesigningrequests" => Some(&requests::Requests),
        "clusterrolebindings" | "rolebindings" => Some(&bindings::Bindings),
        _ => None,
    }
}

/// Answers everything that is not a read.
pub(super) fn change(
    call: &Call<'_>,
    resource: &Resource<'_>,
) -> Result<Response<Answer>, Failure> {
    let served =
        discovery::served(call.cluster(), resource).ok_or_else(Failure::no_such_resource)?;
    let strategy = strategy(served.resource).ok_or_else(Failure::method_not_allowed)?;
    match (call.method, resource.name, resource.subresource) {
        (&Method::POST, None, None) => create(call, resource, served, strategy),
        (&Method::PUT, Some(name), _) => replace(call, resource, served, strategy, name),
        (&Method::DELETE, Some(_), None) => {
            strategy.may_delete(resource)?;
            check_preconditions(call, resource, served)?;
            strategy
                .delete(call, resource, served)
                .map(|answer| json_response(&answer))
                .ok_or_else(|| Failure::not_found(resource))
        }
        _ => Err(Failure::method_not_allowed()),
    }
}

fn create(
    call: &Call<'_>,
    resource: &Resource<'_>,
    served: &'static Served,
    strategy: &dyn Strategy,
) -> Result<Response<Answer>, Failure> {
    let given = wire::object(call, resource)?;
    let name = given["metadata"]["name"].as_str().unwrap_or_default();
    if name.is_empty() {
        let why = "name or generateName is required";
        let causes = [Cause::required("metadata.name", why)];
        return Err(Failure::invalid(resource, served.kind, "", &causes));
    }
    let state = call.cluster().state();
    if let Some(namespace) = resource.namespace.filter(|_| served.namespaced)
        && state.get("namespaces", "", namespace).is_none()
    {
        return Err(Failure::no_such_namespace(namespace));
    }
    let mut object = strategy.create(call, resource, &given)?;
    object["kind"] = json!(served.kind);
    object["apiVersion"] = json!(resource.api_version());
    object["metadata"]["name"] = json!(name);
    for kept in ["labels", "annotations"] {
        for (key, value) in given["metadata"][kept].as_object().into_iter().flatten() {
            if object["metadata"][kept][key].is_null() {
                object["metadata"][kept][key] = value.clone();
            }
        }
    }
    let namespace = scope(resource, served);
    if !namespace.is_empty() {
        object["metadata"]["namespace"] = json!(namespace);
    }
    let created = if is_dry_run(resource) {
        state::dress(&mut object);
        let is_new = state.get(served.resource, namespace, name).is_none();
        is_new.then_some(object)
    } else {
        state.create(served.resource, object)
    };
    let object = created.ok_or_else(|| Failure::already_exists(resource, name))?;
    Ok(with_status(StatusCode::CREATED, json_response(&object)))
}

fn replace(
    call: &Call<'_>,
    resource: &Resource<'_>,
    served: &'static Served,
    strategy: &dyn Strategy,
    name: &str,
) -> Result<Response<Answer>, Failure> {
    let given = wire::object(call, resource)?;
    let change = |old: &Value| {
        // Without a version, the client's word counts whatever came between.
        let read = given["metadata"]["resourceVersion"]
            .as_str()
            .unwrap_or_default();
        if !read.is_empty() && old["metadata"]["resourceVersion"] != read {
            let why = "the object has been modified; please apply your changes to the latest version and try again";
            return Err(Failure::conflict(resource, why));
        }
        strategy.replace(call, resource, old, &given)
    };
    let state = call.cluster().state();
    let namespace = scope(resource, served);
    let replaced = if is_dry_run(resource) {
        state
            .get(served.resource, namespace, name)
            .map(|old| change(&old))
    } else {
        state.update(served.resource, namespace, name, change)
    };
    let object = replaced.ok_or_else(|| Failure::not_found(resource))??;
    if !is_dry_run(resource) {
        strategy.after(call, resource);
    }
    Ok(json_response(&object))
}

/// Whether the object is still the one that the client wants gone (`DeleteOptions`).
fn check_preconditions(
    call: &Call<'_>,
    resource: &Resource<'_>,
    served: &'static Served,
) -> Result<(), Failure> {
    let options: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let (name, namespace) = (resource.name.unwrap_or_default(), scope(resource, served));
    let Some(object) = call.cluster().state().get(served.resource, namespace, name) else {
        return Err(Failure::not_found(resource));
    };
    for (field, title) in [("uid", "UID"), ("resourceVersion", "ResourceVersion")] {
        let wanted = options["preconditions"][field].as_str();
        let present = object["metadata"][field].as_str().unwrap_or_default();
        if let Some(wanted) = wanted.filter(|wanted| *wanted != present) {
            let why = format!(
                "Precondition failed: {title} in precondition: {wanted}, {title} in object meta: {present}"
            );
            return Err(Failure::conflict(resource, &why));
        }
    }
    Ok(())
}

/// The namespace that an object is kept in; a namespace itself is in none.
fn scope<'a>(resource: &Resource<'a>, served: &Served) -> &'a str {
    resource
        .namespace
        .filter(|_| served.namespaced)
        .unwrap_or_default()
}

pub(super) fn is_dry_run(resource: &Resource<'_>) -> bool {
    resource.parameter("dryRun").is_some()
}

/// What the API server says once an object is gone.
fn deleted(resource: &Resource<'_>, gone: &Value) -> Value {
    let mut details = resource.details();
    details["uid"] = gone["metadata"]["uid"].clone();
    json!({
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": details,
    })
}
