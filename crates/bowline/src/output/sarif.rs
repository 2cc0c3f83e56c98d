//! Findings as SARIF 2.1.0 (OASIS), for code scanning and editors.

use microk8s::Severity;
use serde_json::Value;
use serde_json::json;

/// What SARIF wants to know of a finding.
pub(crate) struct Finding<'a> {
    pub(crate) rule: &'a str,
    pub(crate) severity: Severity,
    pub(crate) title: &'a str,
    pub(crate) file: &'a str,
    pub(crate) line: Option<usize>,
    pub(crate) evidence: &'a str,
    pub(crate) consequence: &'a str,
    pub(crate) remedy: &'a str,
}

impl<'a> From<&'a microk8s::audit::Finding> for Finding<'a> {
    fn from(finding: &'a microk8s::audit::Finding) -> Self {
        Self {
            rule: finding.rule,
            severity: finding.severity,
            title: finding.title,
            file: &finding.file,
            line: None,
            evidence: &finding.evidence,
            consequence: finding.consequence,
            remedy: &finding.remedy,
        }
    }
}

impl<'a> From<&'a operations::lint::Finding> for Finding<'a> {
    fn from(finding: &'a operations::lint::Finding) -> Self {
        Self {
            rule: finding.rule,
            severity: finding.severity,
            title: finding.title,
            file: &finding.file,
            line: finding.line,
            evidence: &finding.evidence,
            consequence: finding.consequence,
            remedy: &finding.remedy,
        }
    }
}

/// A run of `node audit` or `lint`: the rules that found something, and where.
pub(crate) fn sarif<'a>(findings: impl IntoIterator<Item = impl Into<Finding<'a>>>) -> Value {
    let findings: Vec<Finding<'_>> = findings.into_iter().map(Into::into).collect();
    let mut rules: Vec<&Finding<'_>> = Vec::new();
    for finding in &findings {
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
                "locations": [{ "physicalLocation": place(finding) }],
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

fn place(finding: &Finding<'_>) -> Value {
    let mut place = json!({ "artifactLocation": { "uri": uri(finding.file) } });
    if let (Some(line), Some(place)) = (finding.line, place.as_object_mut()) {
        place.insert("region".to_owned(), json!({ "startLine": line }));
    }
    place
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
