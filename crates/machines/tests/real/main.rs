//! Machines as they are: this one through `sh`, another through a real sshd, and stand-ins for the programs that
//! cannot run here, which reject what they do not expect.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "the helpers of tests fail and report like tests"
)]

mod local;
mod ssh;
#[path = "../support/sshd.rs"]
mod sshd;
mod stand_ins;

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use machines::Machine;
use machines::Programs;

/// More than anything here takes on a loaded machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// Says that a test could not run here, where a person and where the test script see it.
fn skip(name: &str, reason: &str) {
    eprintln!("SKIPPED: {name}: {reason}");
    if let Some(path) = std::env::var_os("BOWLINE_SKIPPED") {
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.create(true).append(true).open(path).unwrap();
        writeln!(file, "{name}: {reason}").unwrap();
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(work)
}

fn programs() -> Programs {
    Programs {
        sh: Some(PathBuf::from("/bin/sh")),
        ..Programs::default()
    }
}

fn machine(place: &str, programs: Programs) -> Machine {
    Machine::new(place.parse().unwrap(), programs, PATIENCE)
}

fn write(path: &Path, text: &str, mode: u32) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Puts a program there, by another process: while this one has it open for writing, a fork of another thread
/// would keep it from being run ("text file busy").
fn install(path: &Path, text: &str) {
    let mut child = std::process::Command::new("install")
        .args(["-m", "755", "/dev/stdin"])
        .arg(path)
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    assert!(child.wait().unwrap().success());
}
