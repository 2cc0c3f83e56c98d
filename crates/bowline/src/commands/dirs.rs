//! `bowline dirs`: more kubeconfigs behind those of KUBECONFIG.

use std::path::Path;
use std::path::PathBuf;

use kubeconfig::redact::escape;
use operations::dirs;
use operations::dirs::Expanded;
use operations::dirs::Found;
use operations::dirs::Kind;
use operations::dirs::Skip;
use operations::dirs::Source;
use operations::settings::change;
use serde_json::json;

use crate::cli::StructuredFormat;
use crate::cli::dirs::DirsArgs;
use crate::cli::dirs::DirsCommand;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;
use crate::output;
use crate::output::structured;
use crate::output::table::table;

/// Lists the sources, or changes them.
pub(crate) fn run(arguments: &DirsArgs) -> Result<u8, CommandError> {
    let environment = Environment::find();
    match &arguments.command {
        None => list(&environment, arguments.output),
        Some(DirsCommand::Add { sources }) => add(&environment, sources),
        Some(DirsCommand::Remove { sources }) => remove(&environment, sources),
    }
}

/// All that the settings name, behind the files of kubectl.
fn expanded(environment: &Environment) -> Result<Expanded, CommandError> {
    // Without a home folder there may still be settings.
    let of_kubectl = environment.kubectl_paths(None).unwrap_or_default();
    Ok(environment.dirs(&of_kubectl)?)
}

fn list(environment: &Environment, format: Option<StructuredFormat>) -> Result<u8, CommandError> {
    let expanded = expanded(environment)?;
    match format {
        Some(StructuredFormat::Json) => output::print(&structured::json(&value(&expanded)))?,
        Some(StructuredFormat::Yaml) => output::print(&structured::yaml(&value(&expanded)))?,
        None if expanded.sources.is_empty() => {
            output::note("no sources: take one with `bowline dirs add FOLDER`");
        }
        None => output::print(&shown(&expanded.sources))?,
    }
    Ok(exit::OK)
}

/// The table, and below it what is left out for a reason that is worth knowing.
fn shown(sources: &[Source]) -> String {
    let rows: Vec<_> = sources
        .iter()
        .map(|source| {
            let given = source.found.iter().filter(|found| found.given.is_ok());
            let contexts: usize = source
                .found
                .iter()
                .filter_map(|found| found.given.as_ref().ok())
                .sum();
            let given = given.count();
            vec![
                escape(&source.written).into_owned(),
                kind(source.kind).to_owned(),
                given.to_string(),
                contexts.to_string(),
                (source.found.len() - given).to_string(),
            ]
        })
        .collect();
    let mut text = table(&["SOURCE", "KIND", "FILES", "CONTEXTS", "SKIPPED"], &rows);
    let reasons: Vec<_> = sources.iter().flat_map(reasons).collect();
    if !reasons.is_empty() {
        text.push('\n');
        text.extend(reasons.iter().flat_map(|reason| [reason.as_str(), "\n"]));
    }
    text
}

/// Why a source, or some of its files, give nothing.
fn reasons(source: &Source) -> Vec<String> {
    let about = |path: &Path, reason: &dyn std::fmt::Display| {
        let path = path.to_string_lossy();
        format!("{}: {}", escape(&path), escape(&reason.to_string()))
    };
    let skipped = source.found.iter().filter_map(|found| match &found.given {
        Err(reason) if !reason.is_usual() => Some(about(&found.path, reason)),
        _ => None,
    });
    let problem = source
        .problem
        .iter()
        .map(|problem| about(Path::new(&source.written), problem));
    problem.chain(skipped).collect()
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::File => "file",
        Kind::Folder => "folder",
        Kind::Pattern => "pattern",
        Kind::Gone => "gone",
    }
}

fn value(expanded: &Expanded) -> serde_json::Value {
    let file = |found: &Found| {
        json!({
            "file": found.path.to_string_lossy(),
            "contexts": found.given.as_ref().ok(),
            "skipped": found.given.as_ref().err().map(Skip::to_string),
        })
    };
    let sources: Vec<_> = expanded
        .sources
        .iter()
        .map(|source| {
            json!({
                "source": source.written,
                "kind": kind(source.kind),
                "problem": source.problem,
                "files": source.found.iter().map(file).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({ "schema": 1, "sources": sources })
}

fn add(environment: &Environment, arguments: &[PathBuf]) -> Result<u8, CommandError> {
    let new = kept(environment, arguments)?;
    let of_kubectl = environment.kubectl_paths(None).unwrap_or_default();
    let expanded = dirs::expand(&new, environment.home(), &of_kubectl);
    for source in &expanded.sources {
        require_usable(source)?;
    }
    let summary = format!("dirs add {}", new.join(" "));
    let changed = change::update(
        &environment.store()?,
        environment.settings_file()?,
        &summary,
        &["dirs"],
        |settings| {
            let mut dirs = settings.dirs.clone();
            for source in &new {
                if !dirs.contains(source) {
                    dirs.push(source.clone());
                }
            }
            change::list(dirs)
        },
    )?;
    if !changed {
        output::note("nothing changed: they are sources already");
        return Ok(exit::OK);
    }
    output::print(&shown(&expanded.sources))?;
    Ok(exit::OK)
}

/// A source that gives nothing because of a slip must not be kept in silence.
fn require_usable(source: &Source) -> Result<(), CommandError> {
    let refused = |reason: &str| {
        let message = format!("{}: {}", escape(&source.written), escape(reason));
        Err(CommandError::new(exit::BAD_INPUT, message))
    };
    if let Some(problem) = &source.problem {
        return refused(problem);
    }
    match (source.kind, source.found.first().map(|found| &found.given)) {
        (Kind::Gone, _) => refused("it does not exist"),
        (Kind::File, Some(Err(reason))) if *reason != Skip::Known => refused(&reason.to_string()),
        _ => Ok(()),
    }
}

fn remove(environment: &Environment, arguments: &[PathBuf]) -> Result<u8, CommandError> {
    let settings = environment.settings()?;
    let home = environment.home();
    let mut gone: Vec<String> = Vec::new();
    for argument in arguments {
        // As it stands there, else by what it means.
        let spelled = argument.to_str().map(str::to_owned);
        let kept = kept(environment, std::slice::from_ref(argument)).unwrap_or_default();
        let is_meant = |known: &&String| {
            spelled.as_ref() == Some(*known)
                || kept.iter().any(|kept| {
                    kept == *known || dirs::meaning(kept, home) == dirs::meaning(known, home)
                })
        };
        let known = settings.dirs.iter().find(is_meant);
        let Some(known) = known else {
            let argument = argument.to_string_lossy();
            let message = format!(
                "{} is no source: `bowline dirs` lists them",
                escape(&argument)
            );
            return Err(CommandError::new(exit::BAD_INPUT, message));
        };
        gone.push(known.clone());
    }
    let summary = format!("dirs remove {}", gone.join(" "));
    change::update(
        &environment.store()?,
        environment.settings_file()?,
        &summary,
        &["dirs"],
        |settings| {
            let dirs = settings.dirs.iter().filter(|known| !gone.contains(known));
            change::list(dirs.cloned().collect())
        },
    )?;
    for source in &gone {
        output::note(&format!("{source} is no source any more; its files stay"));
    }
    Ok(exit::OK)
}

/// How arguments are kept.
fn kept(environment: &Environment, arguments: &[PathBuf]) -> Result<Vec<String>, CommandError> {
    let working = std::env::current_dir().ok();
    let keep = |argument: &PathBuf| {
        dirs::to_keep(argument, environment.home(), working.as_deref()).map_err(|error| {
            let argument = argument.to_string_lossy();
            CommandError::new(exit::BAD_INPUT, format!("{}: {error}", escape(&argument)))
        })
    };
    arguments.iter().map(keep).collect()
}
