//! What kubectl would offer: it is asked the way its own shell scripts ask it (cobra, `completions.go`).

use std::io::Read;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use super::answer::Answer;
use super::answer::Kind;
use super::names;
use super::names::Names;
use crate::kubectl::find::find;
use crate::kubectl::find::nested;

/// A cluster that does not answer by then gives no names.
const PATIENCE: Duration = Duration::from_secs(4);

/// More is not read.
const MOST_BYTES: u64 = 4 << 20;

// cobra's `ShellCompDirective`.
const FAILED: u32 = 1;
const NO_SPACE: u32 = 2;
const NO_FILES: u32 = 4;
const FILES: u32 = 8;
const FOLDERS: u32 = 16;

/// Flags whose values we know too: kubectl needs the cluster for some of them.
const KNOWN: [(&str, Names); 5] = [
    ("--context", Names::Contexts),
    ("--cluster", Names::Clusters),
    ("--user", Names::Users),
    ("--namespace", Names::Namespaces),
    ("-n", Names::Namespaces),
];

pub(super) fn candidates(before: &[String], current: &str) -> Answer {
    let said = find()
        .ok()
        .and_then(|kubectl| ask(&kubectl, before, current));
    let mut answer = said.map_or_else(Answer::default, |said| read(&said));
    if answer.candidates.is_empty()
        && let Some(ours) = ours(before, current)
    {
        answer = ours;
    }
    answer
}

/// Names from the user's files, where they are wanted.
fn ours(before: &[String], current: &str) -> Option<Answer> {
    let of = |flag: &str| {
        KNOWN
            .iter()
            .find(|(name, _)| *name == flag)
            .map(|(_, names)| *names)
    };
    if let Some(kind) = before.last().and_then(|flag| of(flag)) {
        return Some(names::of(kind, None));
    }
    let (flag, _) = current.split_once('=')?;
    Some(names::of(of(flag)?, None).behind(&format!("{flag}=")))
}

/// kubectl's answer, if it comes in time.
fn ask(kubectl: &Path, before: &[String], current: &str) -> Option<String> {
    let (name, depth) = nested().ok()?;
    let mut child = Command::new(kubectl)
        .arg("__complete")
        .args(before)
        .arg(current)
        .env(name, depth)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let stdout = child.stdout.take()?;
    let reader = thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = stdout.take(MOST_BYTES).read_to_end(&mut bytes);
        read.ok()
            .map(|_| String::from_utf8_lossy(&bytes).into_owned())
    });
    if !ends_in_time(&mut child) {
        let _ = child.kill();
        let _ = child.wait();
        return None;
    }
    reader.join().ok().flatten()
}

fn ends_in_time(child: &mut Child) -> bool {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        match child.try_wait() {
            Ok(Some(_)) => return true,
            Ok(None) => thread::sleep(Duration::from_millis(2)),
            Err(_) => return false,
        }
    }
    false
}

/// Candidates with their descriptions, and in the last line what is to be done with them.
fn read(said: &str) -> Answer {
    let mut answer = Answer::default();
    let mut directive = NO_FILES;
    for line in said.lines() {
        if let Some(number) = line.strip_prefix(':') {
            directive = number.parse().unwrap_or(NO_FILES);
            break;
        }
        if line.starts_with("_activeHelp_") {
            continue;
        }
        let (word, help) = line.split_once('\t').unwrap_or((line, ""));
        answer.add(word, help);
    }
    if directive & FAILED != 0 {
        return Answer::default();
    }
    if directive & FOLDERS != 0 {
        return Answer::folders();
    }
    if directive & FILES != 0 || (answer.candidates.is_empty() && directive & NO_FILES == 0) {
        return Answer::files();
    }
    if directive & NO_SPACE != 0 {
        answer.kind = Kind::Part;
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_are_followed() {
        let answer = read("pods\tPods run\nsvc\n_activeHelp_ hint\n:4\nCompletion ended\n");
        let words: Vec<&str> = answer
            .candidates
            .iter()
            .map(|one| one.word.as_str())
            .collect();
        assert_eq!((words, answer.kind), (vec!["pods", "svc"], Kind::Words));
        assert_eq!(read("a\n:6\n").kind, Kind::Part);
        assert_eq!(read(":0\n"), Answer::files());
        assert_eq!(read("yaml\n:8\n"), Answer::files());
        assert_eq!(read("x\n:16\n"), Answer::folders());
        assert_eq!(read("x\n:1\n"), Answer::default());
        assert_eq!(read("junk \x1b[31m\n:4\n").candidates, []);
    }
}
