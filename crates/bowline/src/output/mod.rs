//! What users see.

pub(crate) mod ask;
pub(crate) mod doctor;
pub(crate) mod lint;
pub(crate) mod look;
pub(crate) mod redraw;
pub(crate) mod report;
pub(crate) mod sarif;
pub(crate) mod structured;
pub(crate) mod table;
mod yaml;

use std::borrow::Cow;
use std::io;
use std::io::IsTerminal;
use std::io::Write as _;

use kubeconfig::redact::escape;

/// Writes to standard output. A reader that went away (`| head`) is no error.
pub(crate) fn print(text: &str) -> io::Result<()> {
    print_bytes(text.as_bytes())
}

/// The same for bytes that need not be text.
pub(crate) fn print_bytes(bytes: &[u8]) -> io::Result<()> {
    print_while_read(bytes).map(drop)
}

/// The same, and says whether there is still a reader.
pub(crate) fn print_while_read(bytes: &[u8]) -> io::Result<bool> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error),
    }
}

/// The text as it may go where `stream` leads: on a terminal it must not drive it, anywhere else it is to be
/// what it is.
pub(crate) fn shown<'a>(text: &'a str, stream: &impl IsTerminal) -> Cow<'a, str> {
    if stream.is_terminal() {
        Cow::Owned(structured::inert(text))
    } else {
        Cow::Borrowed(text)
    }
}

/// Whether standard output is a terminal.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether somebody sits at a terminal who can be asked: what ssh asks goes there.
pub(crate) fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// A text for standard error as it is, or, for a terminal, as nothing in it can drive one.
pub(crate) fn for_stderr(text: &str) -> String {
    if io::stderr().is_terminal() {
        plain(text)
    } else {
        text.to_owned()
    }
}

/// Writes a warning to standard error as it is: its words are kubectl's.
pub(crate) fn warn(text: &str) {
    let _ = write!(io::stderr(), "{}", shown(text, &io::stderr()));
}

/// Tells the user something on standard error, where it disturbs no pipe.
pub(crate) fn note(text: &str) {
    // Nobody may read it any more: no reason to fail at what is being done.
    let _ = writeln!(io::stderr(), "bowline: {}", plain(text));
}

/// The day of a time, in UTC: seconds since the Unix epoch.
pub(crate) fn day(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(
        |_| "?".to_owned(),
        |time| time.strftime("%Y-%m-%d").to_string(),
    )
}

/// The second of a time, in UTC.
pub(crate) fn second(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(
        |_| "?".to_owned(),
        |time| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}

/// How many of something.
pub(crate) fn count(number: usize, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

/// The text with everything in it escaped that could drive a terminal, except its own line breaks. Messages
/// quote certificates, resolvers and other programs.
pub(crate) fn plain(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(escape).collect();
    lines.join("\n")
}
