//! `bowline export`.

use std::path::Path;

use kubeconfig::redact::escape;
use operations::tidy::Sight;
use operations::tidy::export;
use operations::tidy::export::may_write;

use super::absolute;
use super::place;
use super::say;
use super::shown;
use super::working_folder;
use crate::cli::export::ExportArgs;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;
use crate::output;

pub(crate) fn run(arguments: &ExportArgs) -> Result<u8, CommandError> {
    let environment = Environment::find();
    let place = place(&environment, &arguments.writing.files)?;
    let exported = export::export(
        &Sight::read(&place)?,
        &arguments.context,
        &working_folder()?,
    )?;
    let to_output = arguments.output == Path::new("-");
    let file = if to_output {
        arguments.output.clone()
    } else {
        let file = absolute(&environment, &arguments.output)?;
        may_write(&file, arguments.force)?;
        file
    };
    for note in &exported.notes {
        output::note(note);
    }
    if arguments.writing.dry_run {
        output::print(&export::diff(&file, &exported.text))?;
        output::note("nothing was written (--dry-run)");
        return Ok(exit::OK);
    }
    if to_output {
        if output::is_terminal() && !arguments.yes {
            let message = "it holds credentials, which would stand on the screen: write it to a file with -o FILE, look at it with --dry-run, or say --yes";
            return Err(CommandError::new(exit::BAD_INPUT, message));
        }
        output::print_bytes(exported.text.expose())?;
        return Ok(exit::OK);
    }
    let store = environment.store()?;
    let name = escape(&arguments.context);
    let summary = format!("export context {name} to {}", shown(&file));
    let files = [(file.as_path(), &exported.text)];
    let replaced = export::write(&store, &files, &summary, arguments.force)?;
    say(&format!("wrote context {name} to {}", shown(&file)))?;
    tell_replaced(replaced);
    Ok(exit::OK)
}

/// Says how what was replaced comes back.
pub(super) fn tell_replaced(group: Option<u64>) {
    if let Some(group) = group {
        output::note(&format!(
            "`bowline undo {group}` brings back what was replaced"
        ));
    }
}
