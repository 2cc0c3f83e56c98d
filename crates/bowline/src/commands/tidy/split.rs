//! `bowline split`.

use kubeconfig::redact::escape;
use operations::tidy::Sight;
use operations::tidy::export;
use operations::tidy::export::ExportError;
use operations::tidy::split::Part;
use operations::tidy::split::split;

use super::absolute;
use super::export::tell_replaced;
use super::place;
use super::say;
use super::shown;
use super::working_folder;
use crate::cli::split::SplitArgs;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;
use crate::output;

pub(crate) fn run(arguments: &SplitArgs) -> Result<u8, CommandError> {
    let environment = Environment::find();
    let place = place(&environment, &arguments.writing.files)?;
    let folder = absolute(&environment, &arguments.folder)?;
    if folder.exists() && !folder.is_dir() {
        let message = format!("there is no folder {}: it is a file", shown(&folder));
        return Err(CommandError::new(exit::BAD_INPUT, message));
    }
    let pattern = arguments.context.as_deref();
    let split = split(&Sight::read(&place)?, &folder, pattern, &working_folder()?)?;
    for part in &split.parts {
        let name = escape(&part.context);
        for note in &part.exported.notes {
            output::note(&format!("context {name}: {note}"));
        }
    }
    if arguments.writing.dry_run {
        for part in &split.parts {
            if !arguments.force && part.path.symlink_metadata().is_ok() {
                return Err(ExportError::Exists(part.path.clone()).into());
            }
            output::print(&export::diff(&part.path, &part.exported.text))?;
        }
        output::note("nothing was written (--dry-run)");
    } else {
        write(&environment, &split.parts, arguments)?;
    }
    for error in &split.left {
        output::note(&format!("left out: {error}"));
    }
    // Whoever removes the original next must not believe that everything was written.
    Ok(if split.left.is_empty() {
        exit::OK
    } else {
        exit::BAD_INPUT
    })
}

fn write(
    environment: &Environment,
    parts: &[Part],
    arguments: &SplitArgs,
) -> Result<(), CommandError> {
    let many = output::count(parts.len(), "context");
    let summary = format!("split {many} into {}", shown(&arguments.folder));
    let files = parts
        .iter()
        .map(|part| (part.path.as_path(), &part.exported.text));
    let files: Vec<_> = files.collect();
    let replaced = export::write(&environment.store()?, &files, &summary, arguments.force)?;
    for part in parts {
        let name = escape(&part.context);
        say(&format!("wrote context {name} to {}", shown(&part.path)))?;
    }
    tell_replaced(replaced);
    Ok(())
}
