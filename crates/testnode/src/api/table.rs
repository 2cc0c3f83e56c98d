//! Tables: what `kubectl get` prints is made by the server (k8s.io/kubernetes/pkg/printers/internalversion).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::Resource;
use super::discovery::Served;
use crate::clock;

/// How much of each object a row carries.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Include {
    Metadata,
    Object,
    Nothing,
}

impl Include {
    pub(super) fn of(resource: &Resource<'_>) -> Self {
        match resource.parameter("includeObject").as_deref() {
            Some("Object") => Self::Object,
            Some("None") => Self::Nothing,
            _ => Self::Metadata,
        }
    }
}

/// Whether the client prefers a table. Which version does not matter: v1 and v1beta1 look alike.
pub(super) fn wanted(accept: &str) -> bool {
    accept.split(',').next().is_some_and(|range| {
        let has = |wanted: &str| range.split(';').any(|part| part.trim() == wanted);
        has("as=Table") && has("g=meta.k8s.io")
    })
}

/// A table of `objects`, with the definitions of its columns where `columns` says so.
pub(super) fn table(
    served: &Served,
    version: &Value,
    objects: &[Value],
    include: Include,
    columns: bool,
) -> Value {
    let rows: Vec<_> = objects
        .iter()
        .map(|object| {
            let mut row = json!({"cells": cells(served, object)});
            match include {
                Include::Metadata => {
                    row["object"] = json!({
                        "kind": "PartialObjectMetadata",
                        "apiVersion": "meta.k8s.io/v1",
                        "metadata": object["metadata"],
                    });
                }
                Include::Object => row["object"] = object.clone(),
                Include::Nothing => {}
            }
            row
        })
        .collect();
    let definitions = if columns {
        definitions(served)
    } else {
        Value::Null
    };
    json!({
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {"resourceVersion": version},
        "columnDefinitions": definitions,
        "rows": rows,
    })
}

fn definitions(served: &Served) -> Value {
    // Name, priority: a column of priority 1 is shown by `-o wide` only.
    let columns: &[(&str, u8)] = match served.resource {
        "namespaces" => &[("Name", 0), ("Status", 0), ("Age", 0)],
        "nodes" => &[
            ("Name", 0),
            ("Status", 0),
            ("Roles", 0),
            ("Age", 0),
            ("Version", 0),
            ("Internal-IP", 1),
            ("External-IP", 1),
            ("OS-Image", 1),
            ("Kernel-Version", 1),
            ("Container-Runtime", 1),
        ],
        "endpointslices" => &[
            ("Name", 0),
            ("AddressType", 0),
            ("Ports", 0),
            ("Endpoints", 0),
            ("Age", 0),
        ],
        "endpoints" => &[("Name", 0), ("Endpoints", 0), ("Age", 0)],
        "certificatesigningrequests" => &[
            ("Name", 0),
            ("Age", 0),
            ("SignerName", 0),
            ("Requestor", 0),
            ("RequestedDuration", 0),
            ("Condition", 0),
        ],
        "clusterroles" => &[("Name", 0), ("Created At", 0)],
        "clusterrolebindings" | "rolebindings" => &[
            ("Name", 0),
            ("Role", 0),
            ("Age", 0),
            ("Users", 1),
            ("Groups", 1),
            ("ServiceAccounts", 1),
        ],
        _ => &[("Name", 0), ("Age", 0)],
    };
    columns
        .iter()
        .map(|(name, priority)| {
            json!({
                "name": name,
                "type": "string",
                "format": if *name == "Name" { "name" } else { "" },
                "description": "",
                "priority": priority,
            })
        })
        .collect()
}

fn cells(served: &Served, object: &Value) -> Value {
    let name = &object["metadata"]["name"];
    let age = age(object);
    match served.resource {
        "namespaces" => json!([name, object["status"]["phase"], age]),
        "nodes" => {
            let status = &object["status"];
            let info = &status["nodeInfo"];
            let ready = status["conditions"][0]["status"] == "True";
            json!([
                name,
                if ready { "Ready" } else { "NotReady" },
                "<none>",
                age,
                info["kubeletVersion"],
                status["addresses"][0]["address"],
                "<none>",
                info["osImage"],
                info["kernelVersion"],
                info["containerRuntimeVersion"],
            ])
        }
        "endpointslices" => {
            let port = object["ports"][0]["port"].to_string();
            let addresses = texts(&object["endpoints"], |endpoint| &endpoint["addresses"][0]);
            json!([name, object["addressType"], port, joined(&addresses), age])
        }
        "endpoints" => {
            let mut all = Vec::new();
            for subset in object["subsets"].as_array().into_iter().flatten() {
                let port = &subset["ports"][0]["port"];
                all.extend(
                    texts(&subset["addresses"], |address| &address["ip"])
                        .into_iter()
                        .map(|ip| format!("{ip}:{port}")),
                );
            }
            json!([name, joined(&all), age])
        }
        "certificatesigningrequests" => {
            let spec = &object["spec"];
            let asked = spec["expirationSeconds"].as_u64().map_or_else(
                || "<none>".to_owned(),
                |asked| clock::human(Duration::from_secs(asked)),
            );
            let condition = condition(&object["status"]);
            json!([
                name,
                age,
                spec["signerName"],
                spec["username"],
                asked,
                condition
            ])
        }
        "clusterroles" => json!([name, object["metadata"]["creationTimestamp"]]),
        "clusterrolebindings" | "rolebindings" => {
            let role = &object["roleRef"];
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let subjects = |kind: &str| {
                let all = object["subjects"].as_array().into_iter().flatten();
                let names = all
                    .filter(|subject| subject["kind"] == kind)
                    .map(|subject| match subject["namespace"].as_str() {
                        Some(namespace) => format!("{namespace}/{}", text(&subject["name"])),
                        None => text(&subject["name"]),
                    });
                names.collect::<Vec<_>>().join(", ")
            };
            json!([
                name,
                format!("{}/{}", text(&role["kind"]), text(&role["name"])),
                age,
                subjects("User"),
                subjects("Group"),
                subjects("ServiceAccount"),
            ])
        }
        _ => json!([name, age]),
    }
}

/// Where a certificate signing request stands (`extractCSRStatus`).
fn condition(status: &Value) -> String {
    let has = |kind: &str| {
        let mut all = status["conditions"].as_array().into_iter().flatten();
        all.any(|condition| condition["type"] == kind)
    };
    let mut text = if has("Denied") {
        "Denied"
    } else if has("Approved") {
        "Approved"
    } else {
        "Pending"
    }
    .to_owned();
    if has("Failed") {
        text.push_str(",Failed");
    }
    if !status["certificate"].is_null() {
        text.push_str(",Issued");
    }
    text
}

fn texts(list: &Value, text: impl Fn(&Value) -> &Value) -> Vec<String> {
    let all = list.as_array().into_iter().flatten();
    all.filter_map(|item| text(item).as_str().map(str::to_owned))
        .collect()
}

/// At most three, as the real columns show them.
fn joined(all: &[String]) -> String {
    match all {
        [] => "<unset>".to_owned(),
        [a, b, c, rest @ ..] if !rest.is_empty() => format!("{a},{b},{c} + {} more...", rest.len()),
        few => few.join(","),
    }
}

fn age(object: &Value) -> String {
    let created = object["metadata"]["creationTimestamp"]
        .as_str()
        .and_then(seconds);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    created.map_or_else(
        || "<unknown>".to_owned(),
        |created| clock::human(now.saturating_sub(Duration::from_secs(created))),
    )
}

/// The Unix time of `2026-11-22T10:38:52Z`.
fn seconds(text: &str) -> Option<u64> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<u64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    // The inverse of the conversion in `clock`: March begins the year.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year.checked_sub(1)?, month + 9)
    };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    Some(days.checked_sub(719_468)? * 86_400 + hour * 3600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_read_back() {
        for moment in [0, 951_782_400, 1_795_343_932, 2_524_608_000] {
            let text = clock::rfc3339(UNIX_EPOCH + Duration::from_secs(moment));
            assert_eq!(seconds(&text), Some(moment));
        }
        assert_eq!(seconds("yesterday"), None);
    }
}
