//! `bowline manual`: man pages, and the generated parts of docs/commands.md, from the same source as the help.

mod markdown;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::Path;

use crate::cli;
use crate::cli::manual::ManualArgs;
use crate::error::CommandError;
use crate::exit;
use crate::output;

/// Writes what was asked for.
pub(crate) fn run(arguments: &ManualArgs) -> Result<u8, CommandError> {
    let failed = |path: &Path, error: &dyn std::fmt::Display| {
        CommandError::new(exit::FAILED, format!("{}: {error}", path.display()))
    };
    if let Some(folder) = &arguments.folder {
        fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
        clap_mangen::generate_to(cli::command(), folder).map_err(|error| failed(folder, &error))?;
        output::note(&format!("man pages are in {}", folder.display()));
    }
    if let Some(file) = &arguments.markdown {
        let before = fs::read_to_string(file).map_err(|error| failed(file, &error))?;
        let after = markdown::renewed(&before, &cli::command()).map_err(|error| {
            CommandError::new(exit::BAD_INPUT, format!("{}: {error}", file.display()))
        })?;
        if after != before {
            fs::write(file, after).map_err(|error| failed(file, &error))?;
            output::note(&format!("wrote {}", file.display()));
        }
    }
    Ok(exit::OK)
}
