//! What `lint` found.

use std::fmt::Write as _;

use kubeconfig::redact::escape;
use operations::lint;
use operations::lint::Finding;
use operations::lint::Looked;
use operations::lint::Remedy;
use operations::lint::Report;
use operations::lint::Severity;
use serde_json::Value;
use serde_json::json;

use super::table;

/// The version of the JSON form; it grows by adding fields, and changes its number otherwise.
const SCHEMA: u32 = 1;

/// More of one rule than anybody reads.
const SHOWN: usize = 20;

const SEVERITIES: [Severity; 4] = [
    Severity::High,
    Severity::Medium,
    Severity::Low,
    Severity::Info,
];

/// For people: rule by rule. `hidden` findings matter less than was asked for.
pub(crate) fn text(report: &Report, hidden: usize) -> String {
    let mut text = String::new();
    let same =
        |one: &Finding, other: &Finding| one.rule == other.rule && one.severity == other.severity;
    for group in report.findings.chunk_by(same) {
        if let Some(first) = group.first() {
            rule(&mut text, first, group);
        }
    }
    text.push_str(&summary(report, hidden));
    text
}

fn rule(text: &mut String, first: &Finding, group: &[Finding]) {
    let _ = writeln!(
        text,
        "{}: {} ({})\n  means: {}",
        first.severity.name().to_uppercase(),
        first.title,
        first.rule,
        first.consequence
    );
    for finding in group.iter().take(SHOWN) {
        let line = finding
            .line
            .map_or_else(String::new, |line| format!(":{line}"));
        let _ = writeln!(
            text,
            "  seen: {}{line}: {}\n  mend: {}",
            escape(&finding.file),
            finding.evidence,
            finding.remedy
        );
    }
    if group.len() > SHOWN {
        let more = group.len() - SHOWN;
        let _ = writeln!(text, "  and {more} more: -o json lists them all");
    }
    text.push('\n');
}

fn summary(report: &Report, hidden: usize) -> String {
    let read: Vec<&Looked> = report
        .files
        .iter()
        .filter(|file| file.state != "missing")
        .collect();
    let what = match read.as_slice() {
        [] => {
            let paths: Vec<_> = report.files.iter().map(|file| escape(&file.path)).collect();
            return format!("nothing to look at: {} does not exist\n", paths.join(", "));
        }
        [one] => escape(&one.path).into_owned(),
        several => format!("{} kubeconfigs", several.len()),
    };
    let contexts: usize = read.iter().map(|file| file.contexts).sum();
    let what = match contexts {
        1 => format!("{what} (1 context)"),
        _ => format!("{what} ({contexts} contexts)"),
    };
    let notes = match hidden {
        0 => String::new(),
        hidden => format!("; {hidden} of less severity: --severity info tells them"),
    };
    if report.findings.is_empty() {
        return format!("{what}: nothing found{notes}\n");
    }
    let counts: Vec<String> = SEVERITIES
        .iter()
        .map(|severity| format!("{} {}", count(report, *severity), severity.name()))
        .collect();
    format!("{what}: {}{notes}\n", counts.join(", "))
}

fn count(report: &Report, severity: Severity) -> usize {
    let findings = report.findings.iter();
    findings
        .filter(|finding| finding.severity == severity)
        .count()
}

/// For programs.
pub(crate) fn value(report: &Report) -> Value {
    let counts: serde_json::Map<String, Value> = SEVERITIES
        .iter()
        .map(|severity| (severity.name().to_owned(), json!(count(report, *severity))))
        .collect();
    json!({
        "schema": SCHEMA,
        "files": report.files,
        "counts": counts,
        "findings": report.findings,
    })
}

/// The rules for people.
pub(crate) fn rules() -> String {
    let rows: Vec<Vec<String>> = lint::rules()
        .map(|rule| {
            vec![
                rule.id.to_owned(),
                rule.severity.name().to_owned(),
                rule.title.to_owned(),
            ]
        })
        .collect();
    table::table(&["RULE", "SEVERITY", "WHAT IS WRONG"], &rows)
}

/// The rules for programs.
pub(crate) fn rules_value() -> Value {
    let rules: Vec<Value> = lint::rules()
        .map(|rule| {
            let (Remedy::Command(remedy) | Remedy::Advice(remedy)) = &rule.remedy;
            json!({
                "id": rule.id,
                "severity": rule.severity,
                "title": rule.title,
                "consequence": rule.consequence,
                "remedy": remedy,
            })
        })
        .collect();
    json!({ "schema": SCHEMA, "rules": rules })
}
