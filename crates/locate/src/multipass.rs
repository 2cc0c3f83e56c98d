//! `multipass info --format json`: all instances of Multipass with their addresses.

use std::path::Path;
use std::process::Stdio;

pub use machines::multipass::Instance;
pub use machines::multipass::parse;

/// Runs Multipass. The caller bounds the time; a dropped future kills the process.
///
/// # Errors
/// A text that says what failed.
pub async fn collect(program: &Path) -> Result<Vec<Instance>, String> {
    let output = tokio::process::Command::new(program)
        .args(["info", "--format", "json"])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| format!("{}: {error}", program.display()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let line = said
            .lines()
            .find(|line| !line.trim().is_empty())
            .unwrap_or("it said nothing");
        return Err(format!("{} failed: {}", program.display(), line.trim()));
    }
    parse(&output.stdout)
}
