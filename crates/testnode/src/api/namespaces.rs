//! The rules of namespaces.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::change::{Strategy, is_dry_run};
use super::discovery::Served;
use super::{Call, Resource};
use crate::status::{Cause, Failure};
use crate::{clock, random, state};

/// Namespaces that the API server does not let go.
const IMMORTAL: [&str; 3] = ["default", "kube-public", "kube-system"];

/// What a label must be (k8s.io/apimachinery/pkg/util/validation).
pub(super) const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters \
    or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for \
    validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

pub(super) struct Namespaces;

impl Strategy for Namespaces {
    fn create(
        &self,
        _call: &Call<'_>,
        resource: &Resource<'_>,
        given: &Value,
    ) -> Result<Value, Failure> {
        let name = given["metadata"]["name"].as_str().unwrap_or_default();
        if !is_label(name) {
            let causes = [Cause::invalid(
                "metadata.name",
                &format!("\"{name}\""),
                LABEL,
            )];
            return Err(Failure::invalid(resource, "Namespace", name, &causes));
        }
        Ok(state::namespace(name, &random::uuid()))
    }

    fn may_delete(&self, resource: &Resource<'_>) -> Result<(), Failure> {
        let name = resource.name.unwrap_or_default();
        if IMMORTAL.contains(&name) {
            let why = "this namespace may not be deleted";
            return Err(Failure::not_admitted(resource, name, why));
        }
        Ok(())
    }

    /// The namespace as the request for its deletion leaves it: terminating. A real cluster removes it some
    /// seconds later; with nothing in it, here at once.
    fn delete(
        &self,
        call: &Call<'_>,
        resource: &Resource<'_>,
        served: &'static Served,
    ) -> Option<Value> {
        let name = resource.name.unwrap_or_default();
        let state = call.cluster().state();
        if is_dry_run(resource) {
            return state.get(served.resource, "", name);
        }
        let ended = state.update(served.resource, "", name, |old| {
            let mut object = old.clone();
            object["metadata"]["deletionTimestamp"] = json!(clock::rfc3339(SystemTime::now()));
            object["status"]["phase"] = json!("Terminating");
            Ok::<_, std::convert::Infallible>(object)
        });
        state.remove(served.resource, "", name);
        ended.and_then(Result::ok)
    }
}

/// A DNS label (RFC 1123), which a namespace's name must be.
pub(super) fn is_label(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty()
        && name.len() <= 63
        && name.bytes().all(inner)
        && !name.starts_with('-')
        && !name.ends_with('-')
}
