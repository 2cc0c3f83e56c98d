//! Questions to whoever sits at the terminal.

use std::io;
use std::io::BufRead as _;
use std::io::Read as _;

use super::note;

/// Longer is no answer.
const LONGEST: u64 = 4096;

/// Whether the question is agreed to; anything but yes is no.
pub(crate) fn agrees(question: &str) -> io::Result<bool> {
    let answer = answer(question)?;
    Ok(matches!(answer.as_deref(), Some("y" | "Y" | "yes" | "Yes")))
}

/// The line that is typed, without blanks around it; `None` at the end of the input.
pub(crate) fn answer(question: &str) -> io::Result<Option<String>> {
    note(question);
    let mut line = String::new();
    let read = io::stdin().lock().take(LONGEST).read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim().to_owned()))
}
