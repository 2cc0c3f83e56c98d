//! `bowline init`: prints what a shell is to run when it starts.

use super::session;
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
    // Where no shell tells its end, the next one that starts sees to it.
    session::sweep();
    Ok(exit::OK)
}
