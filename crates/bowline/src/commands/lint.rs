//! `bowline lint`.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::path::PathBuf;

use kubeconfig::redact::escape;
use operations::heal::copies::matched;
use operations::lint;
use operations::lint::Finding;
use operations::lint::Fix;
use operations::lint::Present;
use operations::lint::Report;
use operations::lint::Request;
use operations::lint::Source;

use crate::cli::lint::LintArgs;
use crate::cli::node::AuditFormat;
use crate::environment;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;
use crate::output;
use crate::output::lint as shown;
use crate::output::sarif;
use crate::output::structured;

/// More than any kubeconfig has.
const LARGEST: u64 = 1 << 30;

pub(crate) fn run(arguments: &LintArgs) -> Result<u8, CommandError> {
    if arguments.rules {
        return rules(arguments.output);
    }
    for id in arguments.rule.iter().chain(&arguments.ignore) {
        require_rule(id)?;
    }
    let environment = Environment::find();
    let request = request(&environment, &arguments.files)?;
    let present = Present {
        now: i64::try_from(operations::world::now().as_secs()).unwrap_or(i64::MAX),
        horizon: i64::try_from(arguments.expiring.0.as_secs()).unwrap_or(i64::MAX),
        home: environment.home(),
        find_program: &|name| environment::find_program(name, |_| true),
    };
    let mut report = lint::lint(request, &present);
    let hidden = choose(&mut report, arguments);
    let text = match arguments.output {
        AuditFormat::Table => output::plain(&shown::text(&report, hidden)),
        AuditFormat::Json => structured::json(&shown::value(&report)),
        AuditFormat::Yaml => structured::yaml(&shown::value(&report)),
        AuditFormat::Sarif => structured::json(&sarif::sarif(&report.findings)),
    };
    output::print(&text)?;
    let left = if arguments.fix {
        fix(&report.findings, arguments.dry_run)?
    } else {
        report.findings.len()
    };
    Ok(if left == 0 { exit::OK } else { exit::FOUND })
}

fn request(environment: &Environment, files: &[PathBuf]) -> Result<Request, CommandError> {
    if files.is_empty() {
        let list = environment::variable("KUBECONFIG");
        // Those that config.toml names are nobody's chain: each stands for itself.
        let (others, unmatched) = matched(&environment.settings()?.kubeconfigs);
        for cause in unmatched {
            output::note(&cause);
        }
        return Ok(Request {
            chain: environment
                .kubeconfig_paths(None)?
                .into_iter()
                .map(Source::file)
                .collect(),
            alone: others.into_iter().map(Source::file).collect(),
            list: list.map(|list| std::env::split_paths(&list).collect()),
        });
    }
    let mut chain: Vec<Source> = Vec::new();
    for file in files {
        let source = if file == Path::new("-") {
            Source {
                path: file.clone(),
                bytes: Some(standard_input()?),
            }
        } else {
            let path = environment.expand(file);
            // A mistyped name must not look like a kubeconfig without faults.
            if matches!(path.try_exists(), Ok(false)) {
                let path = escape(&path.to_string_lossy()).into_owned();
                return Err(CommandError::new(
                    exit::BAD_INPUT,
                    format!("{path} does not exist"),
                ));
            }
            Source::file(path)
        };
        if chain.iter().all(|known| known.path != source.path) {
            chain.push(source);
        }
    }
    Ok(Request {
        chain,
        ..Request::default()
    })
}

fn standard_input() -> Result<Vec<u8>, CommandError> {
    let mut bytes = Vec::new();
    std::io::stdin().take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn require_rule(id: &str) -> Result<(), CommandError> {
    if lint::rules().any(|rule| rule.id == id) {
        return Ok(());
    }
    Err(CommandError::new(
        exit::USAGE,
        format!(
            "there is no rule {}: `bowline lint --rules` lists them",
            escape(id)
        ),
    ))
}

/// Drops what was not asked for, and tells how many findings matter less.
fn choose(report: &mut Report, arguments: &LintArgs) -> usize {
    let named = |finding: &Finding| {
        let is = |id: &String| id == finding.rule;
        if arguments.rule.is_empty() {
            !arguments.ignore.iter().any(is)
        } else {
            arguments.rule.iter().any(is)
        }
    };
    report.findings.retain(named);
    let before = report.findings.len();
    if arguments.rule.is_empty() {
        let least = arguments.severity.severity();
        report.findings.retain(|finding| finding.severity >= least);
    }
    before - report.findings.len()
}

fn rules(format: AuditFormat) -> Result<u8, CommandError> {
    let text = match format {
        AuditFormat::Table => shown::rules(),
        AuditFormat::Yaml => structured::yaml(&shown::rules_value()),
        AuditFormat::Json | AuditFormat::Sarif => structured::json(&shown::rules_value()),
    };
    output::print(&text)?;
    Ok(exit::OK)
}

/// Mends what can be mended without a decision, and tells how many findings are left.
fn fix(findings: &[Finding], dry_run: bool) -> Result<usize, CommandError> {
    // Several findings may be about one file.
    let mut fixes: BTreeMap<&Path, Fix> = BTreeMap::new();
    for change in findings.iter().filter_map(|finding| finding.fix.as_ref()) {
        let known = fixes.entry(&change.path).or_insert_with(|| change.clone());
        known.to &= change.to;
    }
    let left = findings.iter().filter(|finding| !finding.fixable).count();
    if fixes.is_empty() {
        output::note("nothing of this is mended by --fix: it only takes rights away from others");
        return Ok(findings.len());
    }
    for change in fixes.values() {
        let file = escape(&change.path.to_string_lossy()).into_owned();
        let modes = format!("mode {:04o} becomes {:04o}", change.from, change.to);
        output::note(&format!("{file}: {modes}"));
        if dry_run {
            continue;
        }
        lint::fix(change).map_err(|error| {
            CommandError::new(
                exit::FAILED,
                format!("{file}: its mode cannot be changed: {error}"),
            )
        })?;
    }
    if dry_run {
        output::note("nothing was changed (--dry-run)");
        return Ok(findings.len());
    }
    Ok(left)
}
