//! `bowline env`: the list of kubeconfigs for every other program.

use std::ffi::OsStr;
use std::ffi::OsString;
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
use crate::shells::quote;

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
    let (before, written) = match syntax {
        Syntax::Bash | Syntax::Zsh => ("export KUBECONFIG=", quote::posix(value)),
        Syntax::Fish => ("set -gx KUBECONFIG ", quote::fish(value)),
        Syntax::Powershell => ("$env:KUBECONFIG = ", quote::powershell(text()?).into()),
        Syntax::Nushell => ("$env.KUBECONFIG = ", quote::nushell(text()?).into()),
        Syntax::Elvish => ("set-env KUBECONFIG ", quote::elvish(value).into()),
        Syntax::Plain | Syntax::Json => ("", value.to_vec()),
    };
    Some([before.as_bytes(), &written, b"\n"].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_has_its_assignment() {
        for (syntax, line) in [
            (Syntax::Bash, "export KUBECONFIG='/a b'\n"),
            (Syntax::Zsh, "export KUBECONFIG='/a b'\n"),
            (Syntax::Fish, "set -gx KUBECONFIG '/a b'\n"),
            (Syntax::Powershell, "$env:KUBECONFIG = '/a b'\n"),
            (Syntax::Nushell, "$env.KUBECONFIG = \"/a b\"\n"),
            (Syntax::Elvish, "set-env KUBECONFIG \"/a b\"\n"),
            (Syntax::Plain, "/a b\n"),
        ] {
            let written = assignment(syntax, b"/a b").unwrap();
            assert_eq!(String::from_utf8(written).unwrap(), line);
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_kept_or_refused() {
        let of = |syntax| assignment(syntax, b"/\xff\n");
        assert_eq!(of(Syntax::Bash).unwrap(), b"export KUBECONFIG='/\xff\n'\n");
        assert_eq!(of(Syntax::Plain).unwrap(), b"/\xff\n\n");
        assert!(of(Syntax::Elvish).is_some());
        assert_eq!(of(Syntax::Nushell), None);
        assert_eq!(of(Syntax::Powershell), None);
    }
}
