//! `bowline ns`: chooses a namespace, in this terminal or in the kubeconfig.

mod known;

use std::fmt::Write as _;

use kubeconfig::redact::escape;
use operations::choose::Found;
use operations::choose::Selection;
use operations::choose::find;
use operations::choose::find::Words;
use operations::namespaces::Answer;
use operations::near;
use serde_json::json;

use self::known::Known;
use self::known::Source;
use super::choose::Current;
use super::choose::Terminal;
use super::choose::meant::unchosen;
use super::use_::require_namespace;
use crate::cli::ns::NsArgs;
use crate::cli::ns::NsFormat;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;
use crate::output;
use crate::picker::Choice;
use crate::picker::PickError;
use crate::picker::Picked;
use crate::picker::pick;

/// Runs the command.
pub(crate) fn run(arguments: &NsArgs) -> Result<u8, CommandError> {
    let environment = Environment::find();
    let terminal = Terminal::open(&environment, arguments.global)?;
    if arguments.namespace.as_deref() == Some("-") {
        // What was chosen before does not need what is chosen now.
        let previous = terminal.previous()?;
        terminal.set(&previous)?;
        return Ok(exit::OK);
    }
    let current = terminal.current().ok_or_else(|| unchosen(&terminal))?;
    if arguments.list {
        return list(&environment, &current, arguments.output);
    }
    let typed = arguments.namespace.as_deref();
    let namespace = chosen(&environment, &current, typed, arguments.force)?;
    // A cache can be damaged, and a server say anything.
    require_namespace(&namespace)?;
    terminal.set(&Selection {
        context: current.selection.context,
        namespace: Some(namespace),
    })?;
    Ok(exit::OK)
}

/// The namespace that is meant.
fn chosen(
    environment: &Environment,
    current: &Current,
    typed: Option<&str>,
    force: bool,
) -> Result<String, CommandError> {
    let Some(typed) = typed else {
        let known = Known::ask(environment, &current.selection.context)?;
        known.tell();
        return asked("no namespace is named", &known.names, current, "");
    };
    if force {
        require_namespace(typed)?;
        return Ok(typed.to_owned());
    }
    let remembered = Known::remembered(environment, &current.selection.context)?;
    if remembered.names.iter().any(|name| name == typed) && remembered.source == Source::Cache {
        // It had it: should it be gone, kubectl will say so.
        return Ok(typed.to_owned());
    }
    let known = Known::ask(environment, &current.selection.context)?;
    let nothing = Words {
        aliases: &std::collections::BTreeMap::new(),
        labels: &std::collections::BTreeMap::new(),
    };
    match find(typed, known.names.iter().map(String::as_str), nothing) {
        Found::One(name) if known.source != Source::Kubeconfig || name == typed => {
            known.tell();
            Ok(name)
        }
        Found::Several(names) if known.source != Source::Kubeconfig => {
            let why = format!("{} is part of several namespaces", escape(typed));
            asked(&why, &names, current, typed)
        }
        _ => unlisted(&known, typed),
    }
}

/// A name that is in no list: it may be there all the same, where the list could not be had.
fn unlisted(known: &Known, typed: &str) -> Result<String, CommandError> {
    require_namespace(typed)?;
    let exists = match &known.source {
        Source::Cluster => Answer::Said(false),
        Source::Cache | Source::Kubeconfig => known.exists(typed)?,
    };
    match exists {
        Answer::Said(true) => Ok(typed.to_owned()),
        Answer::Said(false) => {
            let guess = near::guess(typed, known.names.iter().map(String::as_str));
            Err(CommandError::new(
                exit::BAD_INPUT,
                format!(
                    "there is no namespace {} in the cluster of {}{guess} (--force chooses it all the same)",
                    near::shown(typed),
                    escape(&known.context)
                ),
            ))
        }
        Answer::Forbidden => {
            output::note(&format!(
                "{} was not checked: you may not look at namespaces there",
                escape(typed)
            ));
            Ok(typed.to_owned())
        }
        Answer::Away(cause) => {
            output::note(&format!("{} was not checked: {cause}", escape(typed)));
            Ok(typed.to_owned())
        }
    }
}

/// Which of these; an error that names them where nobody can be asked.
fn asked(
    why: &str,
    names: &[String],
    current: &Current,
    query: &str,
) -> Result<String, CommandError> {
    let choices: Vec<Choice> = names
        .iter()
        .map(|name| Choice {
            name: name.clone(),
            note: if *name == current.namespace {
                "current".to_owned()
            } else {
                String::new()
            },
        })
        .collect();
    let is_part = names.iter().all(|name| name.contains(query));
    let query = if is_part { query } else { "" };
    match pick("namespace", &choices, query, &|_| Vec::new()) {
        Ok(Picked::Chosen(index)) => Ok(names.get(index).cloned().unwrap_or_default()),
        Ok(Picked::Cancelled) => Err(CommandError::silent(exit::CANCELLED)),
        Err(PickError::NoTerminal) => Err(CommandError::new(
            exit::BAD_INPUT,
            format!("{why}; there are: {}", near::listed(names)),
        )),
        Err(error @ PickError::Terminal(_)) => {
            Err(CommandError::new(exit::FAILED, error.to_string()))
        }
    }
}

fn list(
    environment: &Environment,
    current: &Current,
    format: Option<NsFormat>,
) -> Result<u8, CommandError> {
    let known = Known::ask(environment, &current.selection.context)?;
    let mut text = String::new();
    match format {
        Some(NsFormat::Json) => {
            let value = json!({
                "schema": 1,
                "context": known.context,
                "namespace": current.namespace,
                "source": known.source.name(),
                "namespaces": known.names,
            });
            text = format!("{value:#}\n");
        }
        Some(NsFormat::Name) => {
            known.tell();
            for name in &known.names {
                text.push_str(&escape(name));
                text.push('\n');
            }
        }
        None => {
            known.tell();
            for name in &known.names {
                let mark = if *name == current.namespace { '*' } else { ' ' };
                let _ = writeln!(text, "{mark} {}", escape(name));
            }
        }
    }
    output::print(&text)?;
    Ok(exit::OK)
}
