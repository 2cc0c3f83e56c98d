//! Creating and deleting namespaces.

use http::{Method, Response, StatusCode};
use serde_json::json;

use super::{Call, Resource, json_response, wire, with_status};
use crate::body::Answer;
use crate::random;
use crate::status::Failure;

/// Namespaces that the API server does not let go.
const IMMORTAL: [&str; 3] = ["default", "kube-public", "kube-system"];

/// Answers everything that is not a read.
pub(super) fn change(
    call: &Call<'_>,
    resource: &Resource<'_>,
) -> Result<Response<Answer>, Failure> {
    match (call.method, resource.name, resource.subresource) {
        (&Method::POST, None, None) => create(call, resource),
        (&Method::DELETE, Some(name), None) => delete(call, resource, name),
        _ => Err(Failure::method_not_allowed()),
    }
}

fn create(call: &Call<'_>, resource: &Resource<'_>) -> Result<Response<Answer>, Failure> {
    let given = wire::object(call)?;
    let name = given["metadata"]["name"].as_str().unwrap_or_default();
    if !is_label(name) {
        return Err(Failure::invalid_name(resource, name));
    }
    let state = call.cluster().state();
    let created = if resource.parameter("dryRun").is_some() {
        if state.namespace(name).is_some() {
            None
        } else {
            Some(json!({
                "kind": "Namespace",
                "apiVersion": "v1",
                "metadata": {"name": name, "uid": random::uuid()},
                "spec": {"finalizers": ["kubernetes"]},
                "status": {"phase": "Active"},
            }))
        }
    } else {
        state.create_namespace(name, &random::uuid(), &given)
    };
    let object = created.ok_or_else(|| Failure::already_exists(resource, name))?;
    Ok(with_status(StatusCode::CREATED, json_response(&object)))
}

fn delete(
    call: &Call<'_>,
    resource: &Resource<'_>,
    name: &str,
) -> Result<Response<Answer>, Failure> {
    if IMMORTAL.contains(&name) {
        return Err(Failure::undeletable(resource));
    }
    let state = call.cluster().state();
    let object = if resource.parameter("dryRun").is_some() {
        state.namespace(name)
    } else {
        state.delete_namespace(name)
    };
    object
        .map(|object| json_response(&object))
        .ok_or_else(|| Failure::not_found(resource))
}

/// A DNS label (RFC 1123), which a namespace's name must be.
fn is_label(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty()
        && name.len() <= 63
        && name.bytes().all(inner)
        && !name.starts_with('-')
        && !name.ends_with('-')
}
