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

    pub(crate) fn forbidden(user: &User, method: &Method, target: &Target<'_>) -> Self {
        let name = &user.name;
        match target {
            Target::Other(path) => {
                let verb = method.as_str().to_ascii_lowercase();
                let message = format!("forbidden: User \"{name}\" cannot {verb} path \"{path}\"");
                Self::new(StatusCode::FORBIDDEN, "Forbidden", message, json!({}))
            }
            Target::Resource(resource) => {
                let Resource {
                    group,
                    resource: kind,
                    ..
                } = resource;
                let subject = match resource.name {
                    Some(object) => format!("{kind} \"{object}\""),
                    None => kind.to_string(),
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

    pub(crate) fn invalid_name(resource: &Resource<'_>, name: &str) -> Self {
        let why = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', \
                   and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', \
                   regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
        let message = format!(
            "Namespace \"{name}\" is invalid: metadata.name: Invalid value: \"{name}\": {why}"
        );
        let mut details = resource.details();
        details["name"] = json!(name);
        details["kind"] = json!("Namespace");
        details["causes"] = json!([{
            "reason": "FieldValueInvalid",
            "message": format!("Invalid value: \"{name}\": {why}"),
            "field": "metadata.name",
        }]);
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Invalid",
            message,
            details,
        )
    }

    /// A namespace that the API server will not delete.
    pub(crate) fn undeletable(resource: &Resource<'_>) -> Self {
        let name = resource.name.unwrap_or_default();
        let message = format!(
            "{} \"{name}\" is forbidden: this namespace may not be deleted",
            resource.qualified()
        );
        Self::new(
            StatusCode::FORBIDDEN,
            "Forbidden",
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
