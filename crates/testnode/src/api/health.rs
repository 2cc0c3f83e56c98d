//! `/readyz`, `/livez` and `/healthz`.

use http::{Response, StatusCode};

use super::{Call, no_such_path, text_response, with_status};
use crate::behaviour::Behaviour;
use crate::body::Answer;

const CHECKS: [&str; 4] = ["ping", "log", "etcd", "informer-sync"];

/// Answers a check or, where `rest` names one, a part of it.
pub(super) fn answer(call: &Call<'_>, check: &str, rest: &str) -> Response<Answer> {
    let fails = |part: &str| {
        let behaviour = call.connection.node.behaviour();
        part == "etcd"
            && ((check == "/readyz" && behaviour == Behaviour::ReadyzFails)
                || (check == "/livez" && behaviour == Behaviour::DatastoreDown))
    };
    if let Some(part) = rest.strip_prefix('/').filter(|part| !part.is_empty()) {
        if !CHECKS.contains(&part) {
            return no_such_path();
        }
        if !fails(part) {
            return text_response("ok".to_owned());
        }
        let text = "internal server error: reason withheld\n".to_owned();
        return with_status(StatusCode::INTERNAL_SERVER_ERROR, text_response(text));
    }
    if !rest.is_empty() && rest != "/" {
        return no_such_path();
    }
    let name = check.trim_start_matches('/');
    let failed = CHECKS.into_iter().any(fails);
    let verbose = call.query_has("verbose");
    if !failed && !verbose {
        return text_response("ok".to_owned());
    }
    let text: String = CHECKS
        .into_iter()
        .map(|part| {
            if fails(part) {
                format!("[-]{part} failed: reason withheld\n")
            } else {
                format!("[+]{part} ok\n")
            }
        })
        .collect();
    if failed {
        let text = format!("{text}{name} check failed\n");
        return with_status(StatusCode::INTERNAL_SERVER_ERROR, text_response(text));
    }
    text_response(format!("{text}{name} check passed\n"))
}
