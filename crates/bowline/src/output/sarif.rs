//! Findings as SARIF 2.1.0 (OASIS), for code scanning and editors.

use microk8s::Severity;
use microk8s::audit::Finding;
use serde_json::Value;
use serde_json::json;

/// A run of `node audit`: the rules that found something, and where.
pub(crate) fn sarif(findings: &[Finding]) -> Value {
    let mut rules: Vec<&Finding> = Vec::new();
    for finding in findings {
        if rules.iter().all(|rule| rule.rule != finding.rule) {
            rules.push(finding);
        }
    }
    let results: Vec<Value> = findings
        .iter()
        .map(|finding| {
            let text = format!(
                "{}: {}. {} Mend: {}",
                finding.title, finding.evidence, finding.consequence, finding.remedy
            );
            json!({
                "ruleId": finding.rule,
                "ruleIndex": rules.iter().position(|rule| rule.rule == finding.rule),
                "level": level(finding.severity),
                "message": { "text": text },
                "locations": [{
                    "physicalLocation": {
                        "artifactLocation": { "uri": uri(&finding.file) }
                    }
                }],
            })
        })
        .collect();
    let rules: Vec<Value> = rules
        .iter()
        .map(|rule| {
            json!({
                "id": rule.rule,
                "shortDescription": { "text": rule.title },
                "fullDescription": { "text": rule.consequence },
                "help": { "text": rule.remedy },
                "defaultConfiguration": { "level": level(rule.severity) },
                "properties": { "security-severity": score(rule.severity), "tags": ["security"] },
            })
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "bowline",
                    "version": env!("CARGO_PKG_VERSION"),
                    "rules": rules,
                }
            },
            "results": results,
        }],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// What GitHub sorts security findings by: above 7 is high, above 4 medium.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "8.0",
        Severity::Medium => "5.0",
        Severity::Low => "3.0",
        Severity::Info => "0.0",
    }
}

/// A path as a relative reference (RFC 3986): what may not stand in one is percent-encoded.
fn uri(path: &str) -> String {
    use std::fmt::Write as _;
    let mut uri = String::new();
    for byte in path.trim_start_matches('/').bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}
