//! The reports of `status`.

use std::fmt::Write as _;

use kubeconfig::redact::escape;
use operations::status::Report;
use serde_json::Value;
use serde_json::json;

use super::day;
use super::structured;
use super::table;

/// The version of the JSON form; it grows by adding fields, and changes its number otherwise.
const SCHEMA: u32 = 1;

/// For people.
pub(crate) fn table(reports: &[Report]) -> String {
    let rows: Vec<Vec<String>> = reports
        .iter()
        .map(|report| {
            vec![
                if report.current { "*" } else { "" }.to_owned(),
                escape(&report.context).into_owned(),
                report
                    .server
                    .as_deref()
                    .map(|server| escape(server).into_owned())
                    .unwrap_or_default(),
                state(report).to_owned(),
                proved(report),
                report
                    .address
                    .as_ref()
                    .map(|a| format!("{:.1} ms", a.latency_ms))
                    .unwrap_or_default(),
                report
                    .identity
                    .as_ref()
                    .map(|i| day(i.certificate_expires))
                    .unwrap_or_default(),
                credential(report),
                found_by(report),
            ]
        })
        .collect();
    let header = [
        "CURRENT",
        "CONTEXT",
        "SERVER",
        "STATE",
        "PROVED",
        "LATENCY",
        "CERT UNTIL",
        "CREDENTIAL",
        "ADDRESS BY",
    ];
    let mut text = table::table(&header, &rows);
    for report in reports {
        let context = escape(&report.context);
        if let Some(failure) = &report.failure {
            let _ = write!(
                text,
                "\n{context}: {}\n  mend: {}\n",
                failure.cause, failure.remedy
            );
        } else if let Some(note) = &report.note {
            let _ = write!(text, "\n{context}: not proved: {note}\n");
        }
    }
    text
}

/// For programs.
pub(crate) fn json(reports: &[Report]) -> String {
    structured::json(&value(reports))
}

/// The same as YAML.
pub(crate) fn yaml(reports: &[Report]) -> String {
    structured::yaml(&value(reports))
}

fn value(reports: &[Report]) -> Value {
    json!({ "schema": SCHEMA, "contexts": reports })
}

fn state(report: &Report) -> &'static str {
    match (report.reachable, &report.failure) {
        (Some(true), None) => "ok",
        (Some(true), Some(_)) => "broken",
        (Some(false), _) => "unreachable",
        (None, Some(_)) => "unreadable",
        (None, None) => "not proved",
    }
}

/// The name, which node, and a mark where only bowline checks the name.
fn proved(report: &Report) -> String {
    report
        .identity
        .as_ref()
        .map_or_else(String::new, |identity| {
            let node: String = identity
                .node
                .trim_start_matches("sha256:")
                .chars()
                .take(8)
                .collect();
            let mark = if identity.enforced {
                ""
            } else {
                " (not pinned)"
            };
            format!("{} {node}{mark}", escape(&identity.name))
        })
}

fn credential(report: &Report) -> String {
    report
        .credential
        .as_ref()
        .map_or_else(String::new, |credential| match credential.expires {
            Some(expires) => format!("{} until {}", credential.state, day(expires)),
            None => credential.state.to_owned(),
        })
}

fn found_by(report: &Report) -> String {
    report
        .address
        .as_ref()
        .map_or_else(String::new, |address| match &address.name {
            Some(name) => format!("{} ({})", address.source, escape(name)),
            None => address.source.clone(),
        })
}
