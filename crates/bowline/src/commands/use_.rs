//! `bowline use`: chooses a context, in this terminal or everywhere.

use kubeconfig::redact::escape;
use operations::choose::Selection;
use operations::choose::is_namespace;

use super::choose::Terminal;
use super::choose::meant::meant;
use super::session;
use crate::cli::use_::UseArgs;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;

/// Runs the command.
pub(crate) fn run(arguments: &UseArgs) -> Result<u8, CommandError> {
    let environment = Environment::find();
    if arguments.end {
        return session::give_up(&environment);
    }
    let (context, namespace) = (&arguments.context, &arguments.namespace);
    let terminal = Terminal::open(&environment, arguments.global)?;
    let selection = chosen(
        &environment,
        &terminal,
        context.as_deref(),
        namespace.clone(),
    )?;
    terminal.set(&selection)?;
    Ok(exit::OK)
}

/// What arguments choose.
pub(crate) fn chosen(
    environment: &Environment,
    terminal: &Terminal,
    typed: Option<&str>,
    namespace: Option<String>,
) -> Result<Selection, CommandError> {
    if let Some(namespace) = &namespace {
        require_namespace(namespace)?;
    }
    let context = match typed {
        Some("-") => {
            let previous = terminal.previous()?;
            return Ok(Selection {
                namespace: namespace.or(previous.namespace),
                ..previous
            });
        }
        // Only the namespace is to be another one.
        None if namespace.is_some() => terminal.current().map(|now| now.selection.context),
        _ => None,
    };
    let context = match context {
        Some(context) => context,
        None => meant(typed, terminal, &environment.settings()?)?,
    };
    Ok(Selection { context, namespace })
}

/// Refuses what no namespace can be called.
pub(crate) fn require_namespace(name: &str) -> Result<(), CommandError> {
    if name.is_empty() || is_namespace(name) {
        return Ok(());
    }
    Err(CommandError::new(
        exit::BAD_INPUT,
        format!(
            "no namespace can be called {}: lower case letters, digits and `-`, at most 63",
            escape(name)
        ),
    ))
}
