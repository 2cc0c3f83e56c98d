//! The user's editor: which one, and its command line.
//!
//! `EDITOR='code --wait'` is split into words here, by a shell's rules for blanks, quotes and backslashes. No shell
//! is run: the name of the file would be read by it.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use kubeconfig::redact::escape;
use tokio::process::Command;

use crate::commands::block_on;
use crate::commands::exec::child;
use crate::commands::exec::child::Signal;
use crate::commands::exec::child::Signals;
use crate::environment;
use crate::error::CommandError;
use crate::exit;
use crate::output;

/// Those that say it, the first that is set: kubectl's own, then the one for screens, as git does.
const VARIABLES: [&str; 3] = ["KUBE_EDITOR", "VISUAL", "EDITOR"];

/// More than an editor takes that ends when it is asked to.
const PATIENCE: Duration = Duration::from_secs(2);

/// A program that edits a file, and its arguments before the file.
#[derive(Debug)]
pub(super) struct Editor {
    /// Who named it, for messages.
    named: String,
    program: PathBuf,
    arguments: Vec<OsString>,
}

impl Editor {
    /// The one that the environment names, else the system's own.
    pub(super) fn find() -> Result<Self, CommandError> {
        let named = VARIABLES
            .iter()
            .find_map(|name| Some((*name, environment::variable(name)?)));
        let Some((name, value)) = named else {
            // An editor of the screen would wait forever for keys that nobody presses.
            let can_be_seen = output::is_interactive() && output::is_terminal();
            if !cfg!(windows) && !can_be_seen {
                let message = "there is no terminal for vi: set KUBE_EDITOR, VISUAL or EDITOR to a program that needs none";
                return Err(CommandError::new(exit::FAILED, message));
            }
            let program = if cfg!(windows) { "notepad" } else { "vi" };
            return Self::of(program.to_owned(), vec![program.into()]);
        };
        let shown = format!("{name}={}", value.to_string_lossy());
        let words = match value.to_str() {
            // A path with blanks in it, as Windows' are.
            _ if Path::new(&value).is_absolute() && Path::new(&value).is_file() => vec![value],
            Some(text) => words(text, cfg!(windows)).ok_or_else(|| {
                CommandError::new(
                    exit::USAGE,
                    format!("{}: a quote in it is not closed", escape(&shown)),
                )
            })?,
            None => vec![value],
        };
        Self::of(shown, words)
    }

    fn of(named: String, words: Vec<OsString>) -> Result<Self, CommandError> {
        let mut words = words.into_iter();
        let program = words.next().unwrap_or_default();
        let Some(found) = environment::installed(Path::new(&program)) else {
            let message = format!(
                "there is no editor {} ({}): set KUBE_EDITOR to one, with its arguments; no shell reads it",
                escape(&program.to_string_lossy()),
                escape(&named)
            );
            return Err(CommandError::new(exit::FAILED, message));
        };
        Ok(Self {
            named,
            program: found,
            arguments: words.collect(),
        })
    }

    /// Opens a file, and waits until the editor is done with it. Ctrl-C is the editor's: some go on after it. Who is
    /// asked to end asks the editor to: the copy that is edited has credentials in it, which must not be left behind.
    pub(super) fn open(&self, file: &Path) -> Result<End, CommandError> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).arg(file);
        let end = block_on(async {
            let mut signals = Signals::listen()?;
            let mut editor = command.spawn()?;
            let signal = loop {
                tokio::select! {
                    status = editor.wait() => return status.map(End::Itself),
                    signal = signals.next() => if !signal.is_a_terminals() {
                        break signal;
                    }
                }
            };
            child::end(&mut editor, signal);
            if tokio::time::timeout(PATIENCE, editor.wait()).await.is_err() {
                editor.kill().await?;
            }
            Ok(End::Asked(signal))
        })?;
        end.map_err(|error: io::Error| {
            let message = format!("{} cannot be run: {error}", escape(&self.named));
            CommandError::new(exit::FAILED, message)
        })
    }
}

/// How an edit ended.
pub(super) enum End {
    /// The editor ended.
    Itself(ExitStatus),
    /// This program was asked to end, and has ended the editor.
    Asked(Signal),
}

/// The words of a command line; `None` when a quote is not closed. On Windows a backslash belongs to a path, and
/// only `"` quotes.
fn words(text: &str, windows: bool) -> Option<Vec<OsString>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match (quote, char) {
            (Some(open), close) if open == close => quote = None,
            (None, '"') => {
                quote = Some(char);
                word.get_or_insert_default();
            }
            (None, '\'') if !windows => {
                quote = Some(char);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') if !windows => {
                let next = chars.next()?;
                let word = word.get_or_insert_default();
                // In quotes a backslash that escapes nothing stands for itself (POSIX shell, 2.2.3).
                if quote.is_some() && !matches!(next, '"' | '\\' | '$' | '`') {
                    word.push('\\');
                }
                word.push(next);
            }
            (None, blank) if blank.is_whitespace() => words.extend(word.take()),
            (_, other) => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word.take());
    let words = words.into_iter().map(OsString::from).collect();
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_as_a_shell_does_and_expands_nothing() {
        let unix = |text| words(text, false);
        let list = |expected: &[&str]| Some(expected.iter().map(OsString::from).collect());
        assert_eq!(unix("vi"), list(&["vi"]));
        assert_eq!(unix("  code  --wait "), list(&["code", "--wait"]));
        assert_eq!(
            unix("'/my editor' -c \"a 'b' \\\" \\n\" x\\ y ''"),
            list(&["/my editor", "-c", "a 'b' \" \\n", "x y", ""])
        );
        assert_eq!(
            unix("vi; touch $(owned) `x` *"),
            list(&["vi;", "touch", "$(owned)", "`x`", "*"])
        );
        for open in ["vi 'a", "vi \"a", "vi \\"] {
            assert_eq!(unix(open), None, "{open}");
        }
        assert_eq!(
            words(r#""C:\Program Files\x.exe" -n d:\it's"#, true),
            list(&[r"C:\Program Files\x.exe", "-n", r"d:\it's"])
        );
    }
}
