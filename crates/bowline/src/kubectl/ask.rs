//! Asks a kubectl something that it is to say at once.

use std::ffi::OsStr;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::find::nested;

/// Nothing that is asked for is longer.
const MOST_BYTES: u64 = 4 << 20;

/// What it writes to standard output, whatever it says of success; `None` where the output does not end in time.
pub(crate) fn ask(
    kubectl: &Path,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    patience: Duration,
) -> Option<Vec<u8>> {
    // It may be a wrapper around this very program.
    let (name, depth) = nested().ok()?;
    let mut child = Command::new(kubectl)
        .args(arguments)
        .env(name, depth)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let stdout = child.stdout.take()?;
    let (sender, receiver) = mpsc::channel();
    // What the program started may hold the pipe open for ever: then the thread stays behind.
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let result = stdout.take(MOST_BYTES).read_to_end(&mut bytes);
        let _ = sender.send(result.map(|_| bytes));
    });
    let said = receiver.recv_timeout(patience);
    // One that has said all may still be at work.
    let _ = child.kill();
    let _ = child.wait();
    said.ok()?.ok()
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn what_goes_on_writing_or_leaves_a_child_behind_is_not_waited_for() {
        let said = |script: &str, patience| {
            ask(
                Path::new("/bin/sh"),
                ["-c", script],
                Duration::from_millis(patience),
            )
        };
        assert_eq!(said("echo a; exit 3", 10_000).unwrap(), b"a\n");
        assert_eq!(said("yes", 10_000).unwrap().len() as u64, MOST_BYTES);
        let began = Instant::now();
        assert_eq!(said("echo a; exec sleep 9", 100), None);
        assert_eq!(said("echo a; sleep 9 & exit 0", 100), None);
        assert!(began.elapsed() < Duration::from_secs(9));
    }
}
