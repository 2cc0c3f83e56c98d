//! `bowline prompt`: the choice of this terminal, for its prompt.
//!
//! It runs before every command line, so it reads next to nothing: a terminal's session is a few bytes, and what the
//! kubeconfigs say is remembered until one of them changes.

mod cache;
mod text;

use std::path::PathBuf;

use operations::choose::effective;
use operations::protect::Guards;
use operations::session;

use self::cache::Cache;
use self::text::Shown;
use crate::cli::prompt::PromptArgs;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;
use crate::output;

/// Prints the choice. A prompt is no place for errors: where there is trouble it is empty.
pub(crate) fn run(arguments: &PromptArgs) -> Result<u8, CommandError> {
    let environment = Environment::find();
    let text = match chosen(&environment) {
        Ok(Choice::Made { context, namespace }) => {
            let shown = Shown {
                guarded: is_guarded(&environment, &context),
                context: &context,
                namespace: effective(Some(&namespace)),
            };
            text::of(&arguments.format, &shown, arguments.shell)
        }
        Ok(Choice::Lost) => text::plain("context lost: bowline use", arguments.shell),
        Ok(Choice::None) => {
            if arguments.debug {
                output::note("no context is chosen");
            }
            String::new()
        }
        Err(error) => {
            if arguments.debug {
                output::note(&error.message);
            }
            String::new()
        }
    };
    // No line end: it stands in a prompt.
    output::print(&text)?;
    Ok(exit::OK)
}

/// What is chosen in this terminal.
enum Choice {
    Made {
        context: String,
        namespace: String,
    },
    /// The terminal's session is gone.
    Lost,
    None,
}

fn chosen(environment: &Environment) -> Result<Choice, CommandError> {
    let paths = environment.kubectl_paths(None)?;
    let first = paths.first().filter(|path| session::is_session(path));
    let Some(first) = first else {
        return of_kubeconfigs(environment, None);
    };
    let found = session::read(first)
        .map_err(|error| CommandError::new(exit::BAD_STATE, error.to_string()))?;
    let Some(found) = found else {
        let is_guarded = paths.iter().any(|path| session::is_guard(path));
        return if is_guarded {
            Ok(Choice::Lost)
        } else {
            of_kubeconfigs(environment, None)
        };
    };
    match session::selection(&found) {
        None => Ok(Choice::Lost),
        Some(selection) => match selection.namespace {
            Some(namespace) => Ok(Choice::Made {
                context: selection.context,
                namespace,
            }),
            None => of_kubeconfigs(environment, Some(selection.context)),
        },
    }
}

/// What the user's kubeconfigs say: of this context, or of the one that they choose.
fn of_kubeconfigs(
    environment: &Environment,
    context: Option<String>,
) -> Result<Choice, CommandError> {
    let files: Vec<PathBuf> = environment.own_kubeconfig_paths(None)?;
    let folder = environment.state_folder()?;
    let mut cache = Cache::load(folder, &files);
    let context = context.or_else(|| cache.current()).unwrap_or_default();
    let namespace = cache.namespace(&context);
    cache.save(environment);
    if let Some(cause) = cache.trouble() {
        return Err(CommandError::new(exit::BAD_INPUT, cause));
    }
    Ok(if context.is_empty() {
        Choice::None
    } else {
        Choice::Made { context, namespace }
    })
}

/// Whether `k` would ask before it changes something there.
fn is_guarded(environment: &Environment, context: &str) -> bool {
    let content = environment
        .settings_file()
        .ok()
        .and_then(|file| std::fs::read(file).ok());
    let Some(content) = content else {
        return false;
    };
    // What cannot be read may protect it.
    Guards::read(&content).map_or(true, |guards| {
        guards.rules().iter().any(|rule| rule.covers(context))
    })
}
