//! Runs a program and never waits for ever.

use std::io::Read;
use std::io::Write as _;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

/// More than any command takes on a loaded machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a program left behind.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// `None` where a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) elapsed: Duration,
}

impl Outcome {
    /// Checks the exit code, showing everything where it is another one.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// Checks that standard output or standard error says `part`.
    #[track_caller]
    pub(crate) fn says(self, part: &str) -> Self {
        let said = self.stdout.contains(part) || self.stderr.contains(part);
        assert!(said, "it does not say {part:?}: {self:#?}");
        self
    }

    /// Checks that neither standard output nor standard error says `part`.
    #[track_caller]
    pub(crate) fn never_says(self, part: &str) -> Self {
        let said = self.stdout.contains(part) || self.stderr.contains(part);
        assert!(!said, "it says {part:?}: {self:#?}");
        self
    }

    /// Checks that nothing in the output would act on a terminal.
    #[track_caller]
    pub(crate) fn stays_plain(self) -> Self {
        let raw = |text: &str| text.chars().any(|c| c.is_control() && c != '\n');
        assert!(!raw(&self.stdout) && !raw(&self.stderr), "{self:#?}");
        self
    }
}

/// Runs a command with this on its standard input. One that does not end is killed, which is a failure.
#[track_caller]
pub(crate) fn run(mut command: Command, input: &[u8]) -> Outcome {
    let began = Instant::now();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    // One that needs no input may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input);
    let stdout = collect(child.stdout.take().unwrap());
    let stderr = collect(child.stderr.take().unwrap());
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break Some(status);
        }
        if began.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            break None;
        }
        thread::sleep(Duration::from_millis(1));
    };
    let elapsed = began.elapsed();
    let outcome = Outcome {
        stdout: stdout.join().unwrap(),
        stderr: stderr.join().unwrap(),
        code: status.and_then(|status| status.code()),
        elapsed,
    };
    assert!(status.is_some(), "{command:?} did not end: {outcome:#?}");
    outcome
}

fn collect(mut from: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
