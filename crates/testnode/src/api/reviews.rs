//! "Who am I?" and "may I?": what `kubectl auth` asks.

use std::time::SystemTime;

use http::{Method, Response, StatusCode};
use serde_json::json;

use super::{Call, Resource, json_response, wire, with_status};
use crate::auth;
use crate::body::Answer;
use crate::clock;
use crate::rbac::Access;
use crate::status::Failure;

/// `SelfSubjectReview`.
pub(super) fn who(call: &Call<'_>, resource: &Resource<'_>) -> Result<Response<Answer>, Failure> {
    only_create(call)?;
    let user = call.user;
    let mut info = json!({"username": user.name, "groups": user.groups});
    if !user.uid.is_empty() {
        info["uid"] = json!(user.uid);
    }
    if let Some(extra) = call.extra() {
        info["extra"] = extra;
    }
    Ok(created(&json!({
        "kind": "SelfSubjectReview",
        "apiVersion": resource.api_version(),
        "metadata": {"creationTimestamp": clock::rfc3339(SystemTime::now())},
        "status": {"userInfo": info},
    })))
}

/// `SelfSubjectAccessReview`.
pub(super) fn may(call: &Call<'_>, resource: &Resource<'_>) -> Result<Response<Answer>, Failure> {
    only_create(call)?;
    let given = wire::object(call, resource)?;
    let allowed = access(&given["spec"])
        .is_some_and(|access| auth::may(call.cluster(), call.user, &access.borrowed()));
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

/// What a review asks about.
enum Question {
    Resource {
        verb: String,
        group: String,
        resource: String,
        namespace: Option<String>,
    },
    Path {
        verb: String,
        path: String,
    },
}

fn access(spec: &serde_json::Value) -> Option<Question> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    if let Some(path) = spec.get("nonResourceAttributes") {
        return Some(Question::Path {
            verb: text(&path["verb"]),
            path: text(&path["path"]),
        });
    }
    let asked = spec.get("resourceAttributes")?;
    let mut resource = text(&asked["resource"]);
    if let Some(part) = asked["subresource"]
        .as_str()
        .filter(|part| !part.is_empty())
    {
        resource = format!("{resource}/{part}");
    }
    Some(Question::Resource {
        verb: text(&asked["verb"]),
        group: text(&asked["group"]),
        resource,
        namespace: Some(text(&asked["namespace"])).filter(|namespace| !namespace.is_empty()),
    })
}

impl Question {
    fn borrowed(&self) -> Access<'_> {
        match self {
            Self::Resource {
                verb,
                group,
                resource,
                namespace,
            } => Access::Resource {
                verb,
                group,
                resource,
                namespace: namespace.as_deref(),
            },
            Self::Path { verb, path } => Access::Path { verb, path },
        }
    }
}
