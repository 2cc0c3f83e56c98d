//! One context: the terminal, the input and the exit code are the program's own.

use std::io::IsTerminal as _;

use super::Program;
use super::child;
use super::child::End;
use super::child::Signal;
use super::child::Signals;
use super::selection::Selections;
use crate::error::CommandError;
use crate::exit;

/// Runs the program as if it had been started in that context by itself.
///
/// This program stays beside it, and does not become it as `k` does: it takes the selection away again.
pub(super) async fn run(
    program: &Program,
    context: &str,
    selections: &Selections,
) -> Result<u8, CommandError> {
    let mut signals = Signals::listen()?;
    let selection = selections.make(context)?;
    let mut command = child::command(program, context, &selection);
    let mut child = command.spawn().map_err(|error| {
        let message = format!("{} cannot be run: {error}", program.path.display());
        CommandError::new(exit::NOT_STARTED, message)
    })?;
    let at_terminal = std::io::stdin().is_terminal() || std::io::stderr().is_terminal();
    let mut asked = false;
    loop {
        tokio::select! {
            status = child.wait() => return Ok(End::of(status?).exit_code()),
            signal = signals.next() => {
                if at_terminal && signal.is_a_terminals() {
                    continue;
                }
                let insists = std::mem::replace(&mut asked, true) && !signal.is_a_terminals();
                child::end(&mut child, if insists { Signal::Kill } else { signal });
            }
        }
    }
}
