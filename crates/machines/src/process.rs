//! Runs one program within bounds: time, bytes, and nothing of it left behind. English (`LC_ALL=C`).

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncRead;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Child;
use tokio::process::Command;
use zeroize::Zeroizing;

#[cfg(unix)]
#[path = "process/unix.rs"]
mod group;
#[cfg(not(unix))]
#[path = "process/windows.rs"]
mod group;

/// After a program has ended, how long its pipes may stay open: an ssh master (`ControlPersist`) keeps
/// standard error for as long as it lives.
const AFTERMATH: Duration = Duration::from_millis(500);

/// What is run.
pub struct Call<'a> {
    /// The program.
    pub program: &'a Path,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// What it reads on standard input, before that ends.
    pub input: &'a [u8],
    /// The most bytes of standard output.
    pub stdout_limit: usize,
    /// The most bytes of standard error.
    pub stderr_limit: usize,
    /// How long it may take.
    pub patience: Duration,
    /// It may ask at the terminal, so it stays in the terminal's process group.
    pub interactive: bool,
    /// Where it runs; the folder of this process otherwise.
    pub folder: Option<&'a Path>,
}

/// What it left behind.
pub struct Ended {
    /// Its exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub stdout: Zeroizing<Vec<u8>>,
    /// Its standard error.
    pub stderr: Zeroizing<Vec<u8>>,
}

/// Why there is no end to speak of.
#[derive(Debug)]
pub enum CallError {
    /// It could not be started.
    NotStarted(io::Error),
    /// It took too long.
    TimedOut,
    /// It wrote more bytes than this.
    TooMuch(usize),
    /// Its pipes broke.
    Broken(io::Error),
}

/// Kills the child and what it started, unless it has ended.
struct Reins {
    child: Child,
    group: Option<group::Group>,
}

impl Drop for Reins {
    fn drop(&mut self) {
        // Once the child was waited for, its number may be another's.
        if self.child.id().is_some()
            && let Some(group) = &self.group
        {
            group.kill();
        }
        // Where there is no group, `kill_on_drop` ends the child.
    }
}

/// Runs it to its end. When the future is dropped or the time is over, it is killed with its children.
///
/// # Errors
/// [`CallError`].
pub async fn run(call: Call<'_>) -> Result<Ended, CallError> {
    let mut command = Command::new(call.program);
    command
        .args(&call.arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Messages are classified by their English texts.
        .env("LC_ALL", "C")
        .kill_on_drop(true);
    if let Some(folder) = call.folder {
        command.current_dir(folder);
    }
    if !call.interactive {
        group::separate(&mut command);
    }
    let child = command.spawn().map_err(CallError::NotStarted)?;
    let group = (!call.interactive)
        .then(|| group::Group::of(&child))
        .flatten();
    let mut reins = Reins { child, group };
    tokio::time::timeout(call.patience, converse(&mut reins.child, &call))
        .await
        .map_err(|_| CallError::TimedOut)?
}

async fn converse(child: &mut Child, call: &Call<'_>) -> Result<Ended, CallError> {
    let stdin = child.stdin.take();
    let stdout = child.stdout.take();
    let stderr = child.stderr.take();
    let mut out = Zeroizing::new(Vec::new());
    let mut err = Zeroizing::new(Vec::new());
    let code = {
        let write = async {
            let Some(mut stdin) = stdin else {
                return Ok(());
            };
            // A program that ends before it has read everything says why by its exit code.
            if stdin.write_all(call.input).await.is_ok() {
                let _ = stdin.shutdown().await;
            }
            Ok(())
        };
        let talk = async {
            tokio::try_join!(
                write,
                read(stdout, &mut out, call.stdout_limit),
                read(stderr, &mut err, call.stderr_limit),
            )
        };
        tokio::pin!(talk);
        tokio::select! {
            // Both at once may be ready: what was said comes first.
            biased;
            talked = &mut talk => {
                talked?;
                child.wait().await.map_err(CallError::Broken)?.code()
            }
            status = child.wait() => {
                let status = status.map_err(CallError::Broken)?;
                if let Ok(talked) = tokio::time::timeout(AFTERMATH, &mut talk).await {
                    talked?;
                }
                status.code()
            }
        }
    };
    Ok(Ended {
        code,
        stdout: out,
        stderr: err,
    })
}

/// Reads to the end, at most `limit` bytes.
async fn read(
    pipe: Option<impl AsyncRead + Unpin>,
    into: &mut Zeroizing<Vec<u8>>,
    limit: usize,
) -> Result<(), CallError> {
    let Some(mut pipe) = pipe else { return Ok(()) };
    let mut buffer = Zeroizing::new(vec![0; 32 * 1024]);
    loop {
        let read = pipe.read(&mut buffer).await.map_err(CallError::Broken)?;
        if read == 0 {
            return Ok(());
        }
        if into.len() + read > limit {
            return Err(CallError::TooMuch(limit));
        }
        into.extend_from_slice(buffer.get(..read).unwrap_or_default());
    }
}
