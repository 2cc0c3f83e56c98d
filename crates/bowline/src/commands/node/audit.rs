//! `bowline node audit`.

use std::fmt::Write as _;

use microk8s::Severity;
use microk8s::audit::Finding;
use microk8s::audit::Present;
use microk8s::paths;
use operations::node::access::Access;
use operations::node::copies;
use operations::node::copies::LooseCopy;
use operations::node::reached::Own;
use serde_json::json;

use super::SCHEMA;
use super::Scene;
use super::cell;
use super::now;
use crate::cli::node::AuditArgs;
use crate::cli::node::AuditFormat;
use crate::error::CommandError;
use crate::exit;
use crate::output;
use crate::output::sarif;
use crate::output::structured;

/// How long ahead the end of a certificate is told: a month to act.
const HORIZON: i64 = 30 * 24 * 3600;

pub(super) fn run(scene: &Scene, arguments: &AuditArgs) -> Result<u8, CommandError> {
    let access = scene.open_with(paths::COPIES)?;
    let addresses = super::addresses(&access, &scene.at()?);
    let present = Present {
        now: now(),
        horizon: HORIZON,
        addresses: &addresses,
    };
    let mut findings = microk8s::audit::audit(&access.node, &access.tree, &present);
    let copies = loose_copies(scene, &access)?;
    findings.extend(copies.iter().map(finding));
    for finding in &mut findings {
        finding.remedy = scene.aimed(&finding.remedy);
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let text = match arguments.output {
        AuditFormat::Table => output::plain(&text(&access, &findings)),
        AuditFormat::Json => structured::json(&value(&access, &findings)),
        AuditFormat::Yaml => structured::yaml(&value(&access, &findings)),
        AuditFormat::Sarif => structured::json(&sarif::sarif(&findings)),
    };
    output::print(&text)?;
    if arguments.fix {
        return fix(&copies, arguments.dry_run, findings.len());
    }
    Ok(code(findings.len()))
}

fn code(findings: usize) -> u8 {
    if findings == 0 { exit::OK } else { exit::FOUND }
}

/// Kubeconfigs of ours that others here can read. A worker has no CA of the administrator to know them by.
fn loose_copies(scene: &Scene, access: &Access) -> Result<Vec<LooseCopy>, CommandError> {
    let Ok(own) = Own::read(access) else {
        return Ok(Vec::new());
    };
    let paths = match scene.kubeconfigs() {
        Ok(kubeconfigs) => kubeconfigs.paths,
        // What is wrong with the node is told all the same.
        Err(error) if scene.on.kubeconfig.is_none() => {
            output::note(&format!(
                "a kubeconfig of yours is left out: {}",
                error.message
            ));
            scene.environment.kubeconfig_paths(None)?
        }
        Err(error) => return Err(error),
    };
    Ok(copies::loose(&scene.with_copies(&paths), &own.authority))
}

fn finding(copy: &LooseCopy) -> Finding {
    let contexts: Vec<_> = copy.contexts.iter().map(|name| cell(name)).collect();
    let file = copy.file.to_string_lossy();
    Finding {
        rule: "own-kubeconfig-readable",
        severity: Severity::High,
        title: "a kubeconfig on this machine can be read by others",
        file: file.clone().into_owned(),
        evidence: format!(
            "{} has mode {:04o}, with the credential of {}",
            cell(&file),
            copy.mode,
            contexts.join(", ")
        ),
        consequence: "Everyone with an account on this machine can do in the cluster what you can.",
        remedy: format!(
            "chmod 600 {}, or bowline node audit --fix",
            operations::failure::argument(&file)
        ),
        fixable: true,
    }
}

fn text(access: &Access, findings: &[Finding]) -> String {
    let mut text = String::new();
    let name = access.name();
    if findings.is_empty() {
        return format!("{name}: nothing found\n");
    }
    for finding in findings {
        let _ = write!(
            text,
            "{}: {} ({})\n  seen: {}\n  means: {}\n  mend: {}\n\n",
            finding.severity.name().to_uppercase(),
            finding.title,
            finding.rule,
            cell(&finding.evidence),
            finding.consequence,
            cell(&finding.remedy),
        );
    }
    let count = |severity| {
        findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    };
    let _ = writeln!(
        text,
        "{name}: {} high, {} medium, {} low, {} info",
        count(Severity::High),
        count(Severity::Medium),
        count(Severity::Low),
        count(Severity::Info)
    );
    text
}

fn value(access: &Access, findings: &[Finding]) -> serde_json::Value {
    json!({
        "schema": SCHEMA,
        "machine": access.machine.place().to_string(),
        "revision": access.node.revision,
        "version": access.node.version,
        "findings": findings,
    })
}

/// Mends what cannot lock anyone out: copies on this machine. The snap's own modes are MicroK8s' business.
fn fix(copies: &[LooseCopy], dry_run: bool, findings: usize) -> Result<u8, CommandError> {
    if copies.is_empty() {
        output::note("nothing of this can be mended without risk to lock somebody out");
        return Ok(code(findings));
    }
    for copy in copies {
        let file = copy.file.to_string_lossy();
        output::note(&format!(
            "{}: mode {:04o} becomes 0600",
            cell(&file),
            copy.mode
        ));
    }
    if dry_run {
        output::note("nothing was changed (--dry-run)");
        return Ok(code(findings));
    }
    for copy in copies {
        copies::tighten(&copy.file).map_err(|error| {
            let file = cell(&copy.file.to_string_lossy());
            CommandError::new(
                exit::FAILED,
                format!("{file}: its mode cannot be changed: {error}"),
            )
        })?;
    }
    Ok(code(findings - copies.len()))
}
