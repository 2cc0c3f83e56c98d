//! `bowline init`: prints what a shell is to run when it starts.

use crate::cli::init::InitArgs;
use crate::error::CommandError;
use crate::exit;
use crate::output;

pub(crate) fn run(arguments: &InitArgs) -> Result<u8, CommandError> {
    output::print(&arguments.shell.integration(arguments.parts()))?;
    if output::is_terminal() {
        // It was not for the eyes.
        let (place, line) = arguments.shell.place();
        output::note(&format!("this line belongs into {place}: {line}"));
    }
    Ok(exit::OK)
}
