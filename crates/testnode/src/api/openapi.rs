//! As much `OpenAPI` as kubectl asks for before it sends a file: whether the server validates fields itself.

use http::Response;
use serde_json::{Map, Value, json};

use super::{Call, discovery, json_response};
use crate::body::Answer;

/// Answers the paths of `OpenAPI` v3; `None` for every other.
pub(super) fn answer(call: &Call<'_>, path: &str) -> Option<Response<Answer>> {
    let asked = path.strip_prefix("/openapi/v3")?.trim_start_matches('/');
    let mut groups: Map<String, Value> = Map::new();
    for served in discovery::known(call.cluster()) {
        let root = if served.group.is_empty() {
            format!("api/{}", served.version)
        } else {
            format!("apis/{}/{}", served.group, served.version)
        };
        let paths = groups.entry(root.clone()).or_insert_with(|| json!({}));
        // kubectl looks for the parameters where an object is patched (`supportsQueryParamV3` of client-go).
        paths[format!("/{root}/{}/{{name}}", served.resource)] = json!({"patch": {
            "x-kubernetes-group-version-kind": {
                "group": served.group,
                "version": served.version,
                "kind": served.kind,
            },
            "parameters": [
                {"name": "dryRun", "in": "query", "schema": {"type": "string"}},
                {"name": "fieldValidation", "in": "query", "schema": {"type": "string"}},
            ],
        }});
    }
    let value = if asked.is_empty() {
        let urls = groups.keys().map(|root| {
            let url = json!({"serverRelativeURL": format!("/openapi/v3/{root}")});
            (root.clone(), url)
        });
        json!({"paths": urls.collect::<Map<_, _>>()})
    } else {
        json!({
            "openapi": "3.0.0",
            "info": {"title": "Kubernetes", "version": call.cluster().git_version()},
            "paths": groups.get(asked)?,
        })
    };
    Some(json_response(&value))
}
