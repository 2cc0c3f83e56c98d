//! `bowline env`: the list of kubeconfigs for every other program.

use std::ffi::OsStr;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::Path;
use std::path::PathBuf;

use serde_json::json;

use crate::cli::env::EnvArgs;
use crate::cli::env::Syntax;
use crate::environment::Environment;
use crate::environment::variable;
use crate::error::CommandError;
use crate::exit;
use crate::output;
use crate::output::structured;

/// The variable that every client reads.
const NAME: &str = "KUBECONFIG";

/// Prints the assignment.
pub(crate) fn run(arguments: &EnvArgs) -> Result<u8, CommandError> {
    let environment = Environment::find();
    let paths = environment.kubeconfig_paths(None)?;
    let value = std::env::join_paths(&paths).map_err(|_| {
        // Only a default file can have it: of a list, each is a part between separators.
        let message = "the home folder has the separator of lists in its path: KUBECONFIG cannot name a file in it";
        CommandError::new(exit::BAD_INPUT, message)
    })?;
    let syntax = arguments.shell.unwrap_or_else(usual);
    if syntax == Syntax::Json {
        output::print(&structured::json(&as_json(&value, &paths)))?;
        return Ok(exit::OK);
    }
    let bytes = assignment(syntax, value.as_encoded_bytes()).ok_or_else(|| {
        let message = "a path in the list is not Unicode, which this shell cannot take: rename it, or use --shell=plain";
        CommandError::new(exit::BAD_INPUT, message)
    })?;
    output::print_bytes(&bytes)?;
    Ok(exit::OK)
}

/// The syntax of the user's shell.
fn usual() -> Syntax {
    if cfg!(windows) {
        return Syntax::Powershell;
    }
    let shell = variable("SHELL").map(PathBuf::from).unwrap_or_default();
    match shell.file_name().and_then(OsStr::to_str) {
        Some("fish") => Syntax::Fish,
        Some("zsh") => Syntax::Zsh,
        Some("pwsh") => Syntax::Powershell,
        Some("nu") => Syntax::Nushell,
        Some("elvish") => Syntax::Elvish,
        _ => Syntax::Bash,
    }
}

fn as_json(value: &OsString, paths: &[PathBuf]) -> serde_json::Value {
    let files: Vec<_> = paths.iter().map(|path| path.to_string_lossy()).collect();
    let of_session = paths
        .iter()
        .any(|path| operations::session::is_session(path));
    let value = Path::new(value).to_string_lossy();
    json!({ "schema": 1, NAME: value, "files": files, "session": of_session })
}

/// One line that sets the variable; `None` where the shell has no way to write these bytes.
fn assignment(syntax: Syntax, value: &[u8]) -> Option<Vec<u8>> {
    let text = || std::str::from_utf8(value).ok();
    let line = |before: &str, quoted: Vec<u8>| {
        let mut line = before.as_bytes().to_vec();
        line.extend(quoted);
        line.push(b'\n');
        Some(line)
    };
    match syntax {
        // The same with zsh's RC_QUOTES, in which `''` within quotes is a quote.
        Syntax::Bash | Syntax::Zsh => line(
            "export KUBECONFIG=",
            in_quotes(value, |byte| match byte {
                b'\'' => Some(b"'\\''"),
                _ => None,
            }),
        ),
        Syntax::Fish => line(
            "set -gx KUBECONFIG ",
            in_quotes(value, |byte| match byte {
                b'\'' => Some(b"\\'"),
                b'\\' => Some(b"\\\\"),
                _ => None,
            }),
        ),
        Syntax::Powershell => line("$env:KUBECONFIG = ", of_powershell(text()?)),
        Syntax::Nushell => line("$env.KUBECONFIG = ", of_nushell(text()?)),
        Syntax::Elvish => line("set-env KUBECONFIG ", of_elvish(value)),
        Syntax::Plain | Syntax::Json => line("", value.to_vec()),
    }
}

/// Within single quotes, and some bytes in another way.
fn in_quotes(value: &[u8], other: impl Fn(u8) -> Option<&'static [u8]>) -> Vec<u8> {
    let mut quoted = vec![b'\''];
    for byte in value {
        match other(*byte) {
            Some(bytes) => quoted.extend(bytes),
            None => quoted.push(*byte),
        }
    }
    quoted.push(b'\'');
    quoted
}

/// Every kind of single quote ends a text, and is one itself when it stands twice (PowerShell
/// `engine/parser/CharTraits.cs`, `IsSingleQuote`).
fn of_powershell(value: &str) -> Vec<u8> {
    let mut quoted = String::from("'");
    for char in value.chars() {
        if matches!(char, '\'' | '\u{2018}'..='\u{201b}') {
            quoted.push(char);
        }
        quoted.push(char);
    }
    quoted.push('\'');
    quoted.into_bytes()
}

/// Nushell has no way to write a `'` in single quotes; in double quotes a backslash escapes.
fn of_nushell(value: &str) -> Vec<u8> {
    let mut quoted = String::from("\"");
    for char in value.chars() {
        match char {
            '"' | '\\' => quoted.extend(['\\', char]),
            char if char.is_control() => {
                let _ = write!(quoted, "\\u{{{:x}}}", u32::from(char));
            }
            char => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted.into_bytes()
}

/// In double quotes, where `\xHH` is a byte: a source of elvish is Unicode, a value need not be.
fn of_elvish(value: &[u8]) -> Vec<u8> {
    let mut quoted = String::from("\"");
    for chunk in value.utf8_chunks() {
        for char in chunk.valid().chars() {
            match char {
                '"' | '\\' => quoted.extend(['\\', char]),
                char if char.is_control() => {
                    let _ = write!(quoted, "\\u{:04x}", u32::from(char));
                }
                char => quoted.push(char),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(quoted, "\\x{byte:02x}");
        }
    }
    quoted.push('"');
    quoted.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(syntax: Syntax, value: &str) -> String {
        String::from_utf8(assignment(syntax, value.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn every_shell_has_its_quotes() {
        let value = "/a'b\\$(x)\u{2019}\"";
        for (syntax, line) in [
            (Syntax::Bash, r#"export KUBECONFIG='/a'\''b\$(x)’"'"#),
            (Syntax::Fish, r#"set -gx KUBECONFIG '/a\'b\\$(x)’"'"#),
            (Syntax::Powershell, r#"$env:KUBECONFIG = '/a''b\$(x)’’"'"#),
            (Syntax::Nushell, r#"$env.KUBECONFIG = "/a'b\\$(x)’\"""#),
            (Syntax::Elvish, r#"set-env KUBECONFIG "/a'b\\$(x)’\"""#),
            (Syntax::Plain, value),
        ] {
            assert_eq!(written(syntax, value), format!("{line}\n"));
        }
        assert_eq!(written(Syntax::Zsh, value), written(Syntax::Bash, value));
    }

    #[test]
    fn bytes_that_are_no_text_are_kept_or_refused() {
        let of = |syntax| assignment(syntax, b"/\xff\n");
        assert_eq!(of(Syntax::Bash).unwrap(), b"export KUBECONFIG='/\xff\n'\n");
        assert_eq!(
            of(Syntax::Elvish).unwrap(),
            b"set-env KUBECONFIG \"/\\xff\\u000a\"\n"
        );
        assert_eq!(of(Syntax::Nushell), None);
        assert_eq!(of(Syntax::Powershell), None);
        assert_eq!(
            written(Syntax::Nushell, "a\nb"),
            "$env.KUBECONFIG = \"a\\u{a}b\"\n"
        );
    }
}
