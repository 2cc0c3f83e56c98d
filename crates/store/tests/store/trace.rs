//! What a program asked of the system, from `strace -f -y`.
//!
//! Knows nothing of the store, so that the same questions can be asked of the whole program.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

/// The calls that matter to files and locks.
const CALLS: &str = "openat,flock,fcntl,write,pwrite64,fsync,fdatasync,fchmod,fchown,rename,renameat,renameat2,link,linkat,unlink,unlinkat,close";

/// One finished system call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) name: String,
    /// Everything between the parentheses; descriptors carry their path: `3</tmp/file>`.
    pub(crate) arguments: String,
    pub(crate) succeeded: bool,
}

/// The calls of a program in their order, all its threads and children together.
#[derive(Debug)]
pub(crate) struct Trace {
    pub(crate) calls: Vec<Call>,
}

/// Whether processes can be traced here, or why not.
pub(crate) fn can_trace() -> Result<(), String> {
    let output = Command::new("strace")
        .args(["-o", "/dev/null", "true"])
        .output();
    let output = output.map_err(|error| format!("strace: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let reason = String::from_utf8_lossy(&output.stderr);
    Err(format!("strace: {}", reason.trim()))
}

/// `command` under strace, which writes to `log`.
pub(crate) fn strace(command: &Command, log: &Path) -> Command {
    let mut strace = Command::new("strace");
    strace
        .args([
            "-f",
            "-y",
            "-s",
            "64",
            "-e",
            &format!("trace={CALLS}"),
            "-o",
        ])
        .arg(log);
    strace.arg(command.get_program()).args(command.get_args());
    for (key, value) in command.get_envs() {
        match value {
            Some(value) => strace.env(key, value),
            None => strace.env_remove(key),
        };
    }
    strace
}

impl Trace {
    /// Reads strace's log, joining calls that were interrupted by those of other threads.
    pub(crate) fn parse(log: &str) -> Trace {
        let mut begun = HashMap::<&str, String>::new();
        let mut calls = Vec::new();
        for line in log.lines() {
            let Some((thread, rest)) = line.split_once(' ') else {
                continue;
            };
            let rest = rest.trim_start();
            let whole = if let Some(start) = rest.strip_suffix("<unfinished ...>") {
                begun.insert(thread, start.to_owned());
                continue;
            } else if let Some(end) = rest.strip_prefix("<... ") {
                let Some((_, end)) = end.split_once(" resumed>") else {
                    continue;
                };
                begun.remove(thread).unwrap_or_default() + end
            } else {
                rest.to_owned()
            };
            calls.extend(call(&whole));
        }
        Trace { calls }
    }

    /// The first call at or after `from` that fits.
    ///
    /// # Panics
    ///
    /// With the trace, when there is none.
    pub(crate) fn after(&self, from: usize, what: &str, fits: impl Fn(&Call) -> bool) -> usize {
        let found = self
            .calls
            .iter()
            .skip(from)
            .position(|call| call.succeeded && fits(call));
        let Some(found) = found else {
            let shown: Vec<String> = self.calls.iter().map(Call::show).collect();
            panic!(
                "after call {from} nobody did \"{what}\":\n{}",
                shown.join("\n")
            );
        };
        from + found
    }

    /// How many calls fit.
    pub(crate) fn count(&self, fits: impl Fn(&Call) -> bool) -> usize {
        self.calls
            .iter()
            .filter(|call| call.succeeded && fits(call))
            .count()
    }
}

impl Call {
    /// Whether it is the call `name` with an argument that contains `part`.
    pub(crate) fn is(&self, name: &str, part: &str) -> bool {
        self.name == name && self.arguments.contains(part)
    }

    /// Whether it creates a file, which must not exist, whose path contains `part`.
    pub(crate) fn creates(&self, part: &str) -> bool {
        self.is("openat", part) && self.arguments.contains("O_CREAT|O_EXCL")
    }

    /// Whether it gives a file that has another name the name `path` too, which must not exist.
    pub(crate) fn links_to(&self, path: &str) -> bool {
        let is_link = matches!(self.name.as_str(), "link" | "linkat");
        self.succeeded && is_link && self.arguments.contains(&format!("\"{path}\""))
    }

    /// Whether it makes the file or folder of that path durable.
    pub(crate) fn syncs(&self, path: &str) -> bool {
        let end = format!("<{path}>");
        matches!(self.name.as_str(), "fsync" | "fdatasync") && self.arguments.contains(&end)
    }

    /// Whether it writes to a file whose path contains `part`.
    pub(crate) fn writes(&self, part: &str) -> bool {
        let descriptor = self.arguments.split('>').next().unwrap_or_default();
        matches!(self.name.as_str(), "write" | "pwrite64") && descriptor.contains(part)
    }

    /// Whether it gives a file the name `path`.
    pub(crate) fn renames_to(&self, path: &str) -> bool {
        let quoted = format!("\"{path}\"");
        let last = self
            .arguments
            .rsplit(", ")
            .find(|argument| argument.starts_with('"'));
        self.name.starts_with("rename") && last == Some(quoted.as_str())
    }

    /// Whether it removes the name `path`.
    pub(crate) fn removes(&self, path: &str) -> bool {
        self.name.starts_with("unlink") && self.arguments.contains(&format!("\"{path}\""))
    }

    fn show(&self) -> String {
        format!(
            "{}({}){}",
            self.name,
            self.arguments,
            if self.succeeded { "" } else { " failed" }
        )
    }
}

fn call(line: &str) -> Option<Call> {
    let (name, rest) = line.split_once('(')?;
    let (arguments, result) = rest.rsplit_once(" = ")?;
    let arguments = arguments.trim_end().strip_suffix(')')?;
    let succeeded = !result.trim_start().starts_with('-');
    Some(Call {
        name: name.to_owned(),
        arguments: arguments.to_owned(),
        succeeded,
    })
}

#[test]
fn calls_are_read_with_their_interruptions() {
    let log = r#"100 openat(AT_FDCWD</w>, "/k/config.lock", O_WRONLY|O_CREAT|O_EXCL|O_CLOEXEC, 0600) = 4</k/config.lock>
101 fsync(5</k/.bowline-1.tmp> <unfinished ...>
100 flock(3</s/a.lock>, LOCK_EX|LOCK_NB) = -1 EAGAIN (Resource temporarily unavailable)
101 <... fsync resumed>)              = 0
100 rename("/k/.bowline-1.tmp", "/k/config") = 0
100 +++ exited with 0 +++"#;
    let trace = Trace::parse(log);
    assert_eq!(trace.calls.len(), 4);
    assert!(trace.calls[0].creates("config.lock"));
    assert!(!trace.calls[1].succeeded);
    assert!(trace.calls[2].syncs("/k/.bowline-1.tmp"));
    assert!(trace.calls[3].renames_to("/k/config"));
}
