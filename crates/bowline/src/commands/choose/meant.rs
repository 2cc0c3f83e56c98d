//! The context that is meant, or a person is asked.

use kubeconfig::redact::escape;
use operations::Settings;
use operations::choose::Found;
use operations::choose::find;
use operations::choose::find::Words;

use super::Terminal;
use crate::error::CommandError;
use crate::exit;
use crate::picker::Choice;
use crate::picker::PickError;
use crate::picker::Picked;
use crate::picker::pick;

/// How many names a message shows.
const SHOWN: usize = 8;

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
        return asked("no context is named", &all, terminal, "");
    };
    match find(typed, names.into_iter(), words) {
        Found::One(name) => Ok(name),
        Found::Several(names) => {
            let question = format!("{} is part of several contexts", escape(typed));
            asked(&question, &names, terminal, typed)
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

/// Which of these; an error that names them where nobody can be asked. What was `typed` may be a label or a pattern,
/// which the picker does not know: then all that it matched are offered.
fn asked(
    question: &str,
    names: &[String],
    terminal: &Terminal,
    typed: &str,
) -> Result<String, CommandError> {
    if names.is_empty() {
        return Err(CommandError::new(
            exit::BAD_INPUT,
            format!(
                "there are no contexts in {}: take one in with `bowline add FILE`",
                files(terminal)
            ),
        ));
    }
    let current = terminal.current()?.map(|current| current.selection.context);
    let choices: Vec<Choice> = names
        .iter()
        .map(|name| Choice {
            name: name.clone(),
            note: match &current {
                Some(current) if current == name => "current".to_owned(),
                _ => String::new(),
            },
        })
        .collect();
    let folded = typed.to_lowercase();
    let all_have_it = names
        .iter()
        .all(|name| name.to_lowercase().contains(&folded));
    let query = if all_have_it { typed } else { "" };
    let preview = terminal.preview();
    let about = |index: usize| names.get(index).map(|name| preview.of(name));
    match pick("context", &choices, query, &|index| {
        about(index).unwrap_or_default()
    }) {
        Ok(Picked::Chosen(index)) => Ok(names.get(index).cloned().unwrap_or_default()),
        Ok(Picked::Cancelled) => Err(CommandError::cancelled()),
        Err(PickError::NoTerminal) => Err(CommandError::new(
            exit::BAD_INPUT,
            format!("{question}; there are: {}", listed(names)),
        )),
        Err(error) => Err(CommandError::new(exit::FAILED, error.to_string())),
    }
}

/// That there is no such context, and which is perhaps meant.
pub(super) fn unknown(typed: &str, terminal: &Terminal, near: &[String]) -> CommandError {
    let names: Vec<String> = terminal.names().into_iter().map(str::to_owned).collect();
    let hint = if names.is_empty() {
        ", which has no contexts: take one in with `bowline add FILE`".to_owned()
    } else if near.is_empty() {
        format!("; there are: {}", listed(&names))
    } else {
        format!("; did you mean {}?", listed(near))
    };
    CommandError::new(
        exit::BAD_INPUT,
        format!(
            "there is no context {} in {}{hint}",
            escape(typed),
            files(terminal)
        ),
    )
}

fn listed(names: &[String]) -> String {
    let shown: Vec<_> = names.iter().take(SHOWN).map(|name| escape(name)).collect();
    let more = if names.len() > SHOWN { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

fn files(terminal: &Terminal) -> String {
    let files = terminal.files().iter();
    let files: Vec<_> = files.map(|file| file.display().to_string()).collect();
    files.join(", ")
}
