//! Runs a program that knows machines, within bounds.

use std::path::Path;
use std::time::Duration;

use machines::process;
use machines::process::Call;
use machines::process::CallError;

/// More than two thousand machines take, of which LXD tells some 5 KiB each; it is held in memory.
const MOST_STDOUT: usize = 16 << 20;
const MOST_STDERR: usize = 64 << 10;

/// The caller's time limit comes first; this one is for a caller without.
const AT_MOST: Duration = Duration::from_secs(10);

/// Its standard output, provided that it ends with 0. It reads nothing, may write so much and no more, speaks
/// English (`LC_ALL=C`), and is killed with its children when the future is dropped.
///
/// # Errors
/// A text that names the program and says what failed.
pub(crate) async fn run(program: &Path, arguments: &[&str]) -> Result<Vec<u8>, String> {
    let call = Call {
        program,
        arguments: arguments.iter().map(Into::into).collect(),
        input: &[],
        stdout_limit: MOST_STDOUT,
        stderr_limit: MOST_STDERR,
        patience: AT_MOST,
        interactive: false,
        folder: None,
    };
    let path = program.display();
    let ended = process::run(call).await.map_err(|error| match error {
        CallError::NotStarted(error) | CallError::Broken(error) => format!("{path}: {error}"),
        CallError::TimedOut => format!("{path}: no answer within {} s", AT_MOST.as_secs()),
        CallError::TooMuch(limit) => format!("{path} printed more than {} KiB", limit >> 10),
    })?;
    if ended.code == Some(0) {
        return Ok(ended.stdout.to_vec());
    }
    // Windows' programs speak UTF-16, and some on standard output.
    let said = [&ended.stderr, &ended.stdout].map(|bytes| machines::wsl::text(bytes));
    let mut lines = said.iter().flat_map(|text| text.lines()).map(str::trim);
    let line = lines
        .find(|line| !line.is_empty())
        .unwrap_or("it said nothing");
    let line: String = line.chars().take(300).collect();
    Err(format!("{path} failed: {line}"))
}
