//! What kubectl would offer: it is asked the way its own shell scripts ask it (cobra, `completions.go`).

use std::time::Duration;

use super::answer::Answer;
use super::answer::Kind;
use super::names;
use crate::kubectl::ask::ask;
use crate::kubectl::find::find;

/// A cluster that does not answer by then gives no names.
const PATIENCE: Duration = Duration::from_secs(4);

// cobra's `ShellCompDirective`.
const FAILED: u32 = 1;
const NO_SPACE: u32 = 2;
const NO_FILES: u32 = 4;
const FILES: u32 = 8;
const FOLDERS: u32 = 16;

pub(super) fn candidates(before: &[String], current: &str) -> Answer {
    let begin = ["__complete"].into_iter();
    let arguments = begin
        .chain(before.iter().map(String::as_str))
        .chain([current]);
    let said = find()
        .ok()
        .and_then(|kubectl| ask(&kubectl, arguments, PATIENCE));
    let mut answer = said.map_or_else(Answer::default, |said| {
        read(&String::from_utf8_lossy(&said))
    });
    if answer.candidates.is_empty()
        && let Some(ours) = ours(before, current)
    {
        answer = ours;
    }
    answer
}

/// Names from the user's files, where they are wanted: for some of them kubectl needs the cluster.
fn ours(before: &[String], current: &str) -> Option<Answer> {
    if let Some(kind) = before.last().and_then(|flag| names::of_flag(flag)) {
        return Some(names::of(kind, None));
    }
    let (flag, _) = current.split_once('=')?;
    Some(names::of(names::of_flag(flag)?, None).behind(&format!("{flag}=")))
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
