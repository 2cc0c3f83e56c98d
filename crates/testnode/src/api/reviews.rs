//! "Who am I?" and "may I?": what `kubectl auth` asks.

use std::fmt::Write as _;
use std::time::SystemTime;

use http::{Method, Response, StatusCode};
use serde_json::json;

use super::{Call, Resource, json_response, wire, with_status};
use crate::body::Answer;
use crate::clock;
use crate::status::Failure;

/// `SelfSubjectReview`.
pub(super) fn who(call: &Call<'_>, resource: &Resource<'_>) -> Result<Response<Answer>, Failure> {
    only_create(call)?;
    let user = call.user;
    let mut info = json!({"username": user.name, "groups": user.groups});
    if !user.uid.is_empty() {
        info["uid"] = json!(user.uid);
    }
    let certificate = call.connection.client_certificate.as_deref();
    if let Some(der) = certificate.filter(|der| {
        call.cluster()
            .user_of_certificate(der)
            .is_some_and(|by_certificate| by_certificate == *user)
    }) {
        // Kubernetes 1.32 and later name the certificate.
        let mut id = "X509SHA256=".to_owned();
        for byte in ring::digest::digest(&ring::digest::SHA256, der).as_ref() {
            let _ = write!(id, "{byte:02x}");
        }
        info["extra"] = json!({"authentication.kubernetes.io/credential-id": [id]});
    }
    Ok(created(&json!({
        "kind": "SelfSubjectReview",
        "apiVersion": resource.api_version(),
        "metadata": {"creationTimestamp": clock::rfc3339(SystemTime::now())},
        "status": {"userInfo": info},
    })))
}

/// `SelfSubjectAccessReview`: yes for all who may do anything, no for all others.
pub(super) fn may(call: &Call<'_>, resource: &Resource<'_>) -> Result<Response<Answer>, Failure> {
    only_create(call)?;
    let given = wire::object(call)?;
    let allowed = !call.cluster().rbac() || call.user.is_in("system:masters");
    Ok(created(&json!({
        "kind": "SelfSubjectAccessReview",
        "apiVersion": resource.api_version(),
        "metadata": {},
        "spec": given["spec"],
        "status": {"allowed": allowed},
    })))
}

fn only_create(call: &Call<'_>) -> Result<(), Failure> {
    if *call.method == Method::POST {
        Ok(())
    } else {
        Err(Failure::method_not_allowed())
    }
}

fn created(object: &serde_json::Value) -> Response<Answer> {
    with_status(StatusCode::CREATED, json_response(object))
}
