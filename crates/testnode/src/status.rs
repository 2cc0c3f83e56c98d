//! `Status` objects: the errors of the API.
//!
//! Texts as recorded from kube-apiserver v1.36.2 (2026-11).

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::api::{Resource, Target};
use crate::tokens::User;

/// An error with the reason and text of the API server.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: StatusCode,
    reason: &'static str,
    message: String,
    details: Value,
}

/// What is wrong with a field (`field.Error` of k8s.io/apimachinery).
#[derive(Debug)]
pub(crate) struct Cause {
    reason: &'static str,
    field: String,
    message: String,
}

impl Cause {
    /// `value` is written as Go prints it: text in quotes, numbers bare.
    pub(crate) fn invalid(field: &str, value: &str, why: &str) -> Self {
        Self {
            reason: "FieldValueInvalid",
            field: field.to_owned(),
            message: format!("Invalid value: {value}: {why}"),
        }
    }

    pub(crate) fn required(field: &str, why: &str) -> Self {
        let colon = if why.is_empty() { "" } else { ": " };
        Self {
            reason: "FieldValueRequired",
            field: field.to_owned(),
            message: format!("Required value{colon}{why}"),
        }
    }

    pub(crate) fn unsupported(field: &str, value: &str, supported: &[&str]) -> Self {
        let supported: Vec<_> = supported.iter().map(|one| format!("{one:?}")).collect();
        Self {
            reason: "FieldValueNotSupported",
            field: field.to_owned(),
            message: format!(
                "Unsupported value: {value:?}: supported values: {}",
                supported.join(", ")
            ),
        }
    }

    pub(crate) fn duplicate(field: &str, value: &str) -> Self {
        Self {
            reason: "FieldValueDuplicate",
            field: field.to_owned(),
            message: format!("Duplicate value: {value:?}"),
        }
    }

    pub(crate) fn forbidden(field: &str, why: &str) -> Self {
        Self {
            reason: "FieldValueForbidden",
            field: field.to_owned(),
            message: format!("Forbidden: {why}"),
        }
    }
}

impl Failure {
    fn new(
        code: StatusCode,
        reason: &'static str,
        message: impl Into<String>,
        details: Value,
    ) -> Self {
        Self {
            code,
            reason,
            message: message.into(),
            details,
        }
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "Unauthorized",
            "Unauthorized",
            Value::Null,
        )
    }

    /// What the API server says while it cannot serve.
    pub(crate) fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "ServiceUnavailable",
            "apiserver not ready",
            Value::Null,
        )
    }

    /// What it says once its datastore has not answered for a minute.
    pub(crate) fn timeout() -> Self {
        Self::new(
            StatusCode::GATEWAY_TIMEOUT,
            "Timeout",
            "Timeout: request did not complete within requested timeout - context deadline exceeded",
            Value::Null,
        )
    }

    pub(crate) fn forbidden(user: &User, method: &Method, target: &Target<'_>) -> Self {
        let name = &user.name;
        match target {
            Target::Other(path) => {
                let verb = method.as_str().to_ascii_lowercase();
                let message = format!("forbidden: User \"{name}\" cannot {verb} path \"{path}\"");
                Self::new(StatusCode::FORBIDDEN, "Forbidden", message, json!({}))
            }
            Target::Resource(resource) => {
                let (group, kind) = (resource.group, resource.with_subresource());
                let subject = match resource.name {
                    Some(object) => format!("{} \"{object}\"", resource.qualified()),
                    None => resource.qualified(),
                };
                let place = match resource.namespace {
                    Some(namespace) => format!("in the namespace \"{namespace}\""),
                    None => "at the cluster scope".to_owned(),
                };
                let verb = resource.verb(method);
                let message = format!(
                    "{subject} is forbidden: User \"{name}\" cannot {verb} resource \"{kind}\" in API group \"{group}\" {place}"
                );
                Self::new(
                    StatusCode::FORBIDDEN,
                    "Forbidden",
                    message,
                    resource.details(),
                )
            }
        }
    }

    /// An object that does not exist.
    pub(crate) fn not_found(resource: &Resource<'_>) -> Self {
        let message = format!(
            "{} \"{}\" not found",
            resource.qualified(),
            resource.name.unwrap_or_default()
        );
        Self::new(
            StatusCode::NOT_FOUND,
            "NotFound",
            message,
            resource.details(),
        )
    }

    /// A namespace that something was to be created in.
    pub(crate) fn no_such_namespace(name: &str) -> Self {
        let message = format!("namespaces \"{name}\" not found");
        let details = json!({"name": name, "kind": "namespaces"});
        Self::new(StatusCode::NOT_FOUND, "NotFound", message, details)
    }

    /// A resource that the server does not know.
    pub(crate) fn no_such_resource() -> Self {
        let message = "the server could not find the requested resource";
        Self::new(StatusCode::NOT_FOUND, "NotFound", message, json!({}))
    }

    pub(crate) fn already_exists(resource: &Resource<'_>, name: &str) -> Self {
        let message = format!("{} \"{name}\" already exists", resource.qualified());
        let mut details = resource.details();
        details["name"] = json!(name);
        Self::new(StatusCode::CONFLICT, "AlreadyExists", message, details)
    }

    pub(crate) fn method_not_allowed() -> Self {
        let message = "the server does not allow this method on the requested resource";
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
            message,
            json!({}),
        )
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message, Value::Null)
    }

    /// An object whose fields are not what they must be.
    pub(crate) fn invalid(
        resource: &Resource<'_>,
        kind: &str,
        name: &str,
        causes: &[Cause],
    ) -> Self {
        let texts: Vec<_> = causes
            .iter()
            .map(|cause| format!("{}: {}", cause.field, cause.message))
            .collect();
        let texts = match texts.as_slice() {
            [one] => one.clone(),
            several => format!("[{}]", several.join(", ")),
        };
        let qualified = if resource.group.is_empty() {
            kind.to_owned()
        } else {
            format!("{kind}.{}", resource.group)
        };
        let mut details = resource.details();
        details["name"] = json!(name);
        details["kind"] = json!(kind);
        details["causes"] = causes
            .iter()
            .map(|cause| {
                json!({
                    "reason": cause.reason,
                    "message": cause.message,
                    "field": cause.field,
                })
            })
            .collect();
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Invalid",
            format!("{qualified} \"{name}\" is invalid: {texts}"),
            details,
        )
    }

    /// What an admission plugin does not let pass.
    pub(crate) fn not_admitted(resource: &Resource<'_>, name: &str, why: &str) -> Self {
        let message = format!("{} \"{name}\" is forbidden: {why}", resource.qualified());
        let mut details = resource.details();
        details["name"] = json!(name);
        Self::new(StatusCode::FORBIDDEN, "Forbidden", message, details)
    }

    /// A change of an object that is no longer what it was when the client read it.
    pub(crate) fn conflict(resource: &Resource<'_>, why: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} \"{}\": {why}",
            resource.qualified(),
            resource.name.unwrap_or_default()
        );
        Self::new(
            StatusCode::CONFLICT,
            "Conflict",
            message,
            resource.details(),
        )
    }

    pub(crate) fn object(&self) -> Value {
        let mut status = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "code": self.code.as_u16(),
        });
        if !self.details.is_null() {
            status["details"] = self.details.clone();
        }
        status
    }
}
