//! The context that is meant, or a person is asked.

use std::path::PathBuf;

use kubeconfig::redact::escape;
use operations::Settings;
use operations::choose::Found;
use operations::choose::find;
use operations::choose::find::Words;
use operations::kubeconfigs::KubeconfigError;
use operations::near;

use super::Terminal;
use crate::error::CommandError;
use crate::exit;
use crate::picker;
use crate::picker::Choice;
use crate::picker::PickError;
use crate::picker::Picked;

/// What a label is asked for by.
const LABEL: &str = "label:";

/// The context that `typed` means in a terminal.
pub(crate) fn meant(
    typed: Option<&str>,
    terminal: &Terminal,
    settings: &Settings,
) -> Result<String, CommandError> {
    let names = terminal.names();
    let words = Words {
        aliases: &settings.aliases,
        labels: &settings.labels,
    };
    let Some(typed) = typed else {
        let all: Vec<String> = names.into_iter().map(str::to_owned).collect();
        return asked("no context is named", "", &all, terminal, settings);
    };
    match find(typed, names.into_iter(), words) {
        Found::One(name) => Ok(name),
        Found::Several(names) => {
            let why = format!("{} is part of several contexts", escape(typed));
            asked(&why, typed, &names, terminal, settings)
        }
        Found::None(near) => Err(unknown(typed, terminal, &near)),
        Found::Gone { context } => Err(CommandError::new(
            exit::BAD_INPUT,
            format!(
                "{} is an alias of the context {}, which does not exist",
                escape(typed),
                escape(&context)
            ),
        )),
    }
}

/// Which of these; an error that names them where nobody can be asked.
fn asked(
    why: &str,
    typed: &str,
    names: &[String],
    terminal: &Terminal,
    settings: &Settings,
) -> Result<String, CommandError> {
    if names.is_empty() {
        return Err(nothing(terminal));
    }
    let note = |name: &String| {
        let aliases = settings.aliases.iter();
        let aliases = aliases.filter(|(_, context)| *context == name);
        let labels = settings.labels.get(name).into_iter().flatten();
        let words = aliases.map(|(alias, _)| alias.as_str());
        words
            .chain(labels.map(String::as_str))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let choices: Vec<Choice> = names
        .iter()
        .map(|name| Choice {
            name: name.clone(),
            note: note(name),
        })
        .collect();
    // A pattern or a label has done its work already; as a query it would hide everything.
    let part = typed.to_lowercase();
    let is_part = names.iter().all(|name| name.to_lowercase().contains(&part));
    let query = if is_part { typed } else { "" };
    let preview = terminal.preview();
    let about = |index: usize| {
        let name = names.get(index);
        name.map_or_else(Vec::new, |name| preview.of(name))
    };
    let chosen = match picker::pick("context", &choices, query, &about) {
        Ok(Picked::Chosen(index)) => names.get(index).cloned(),
        Ok(Picked::Cancelled) => return Err(CommandError::silent(exit::CANCELLED)),
        Err(PickError::NoTerminal) => None,
        Err(error @ PickError::Terminal(_)) => {
            return Err(CommandError::new(exit::FAILED, error.to_string()));
        }
    };
    chosen.ok_or_else(|| {
        CommandError::new(
            exit::BAD_INPUT,
            format!("{why}; there are: {}", near::listed(names)),
        )
    })
}

/// That there is nothing to choose from.
fn nothing(terminal: &Terminal) -> CommandError {
    let files = files(terminal);
    CommandError::new(
        exit::BAD_INPUT,
        format!("there are no contexts in {files}: take one in with `bowline add FILE`"),
    )
}

/// That no context is chosen, and why.
pub(crate) fn unchosen(terminal: &Terminal) -> CommandError {
    if terminal.is_lost() {
        return KubeconfigError::SessionGone.into();
    }
    if terminal.names().is_empty() {
        return nothing(terminal);
    }
    CommandError::new(
        exit::BAD_INPUT,
        format!(
            "no context is chosen in {}: choose one with `bowline use CONTEXT`",
            files(terminal)
        ),
    )
}

/// That there is no such context, and which is perhaps meant.
pub(super) fn unknown(typed: &str, terminal: &Terminal, near: &[String]) -> CommandError {
    if let Some(word) = typed.strip_prefix(LABEL)
        && near.is_empty()
    {
        let word = escape(word);
        return CommandError::new(
            exit::BAD_INPUT,
            format!(
                "no context has the label {word}: `bowline label` lists them, `bowline label CONTEXT {word}` gives it"
            ),
        );
    }
    let names: Vec<String> = terminal.names().into_iter().map(str::to_owned).collect();
    let hint = if names.is_empty() {
        ", which has no contexts: take one in with `bowline add FILE`".to_owned()
    } else if near.is_empty() {
        format!("; there are: {}", near::listed(&names))
    } else {
        near::did_you_mean(near.iter().map(String::as_str))
    };
    CommandError::new(
        exit::BAD_INPUT,
        format!(
            "there is no context {} in {}{hint}",
            near::shown(typed),
            files(terminal)
        ),
    )
}

fn files(terminal: &Terminal) -> String {
    near::files(terminal.files().iter().map(PathBuf::as_path))
}
