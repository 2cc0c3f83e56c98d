//! What is said in place of running a command: kubectl's words, on kubectl's streams.

use kubeconfig::redact::escape;

use super::help;
use super::subcommand::Subcommand;

/// Help, or why arguments are no command: ready to print.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// For standard output.
    pub(crate) stdout: String,
    /// For standard error.
    pub(crate) stderr: String,
    /// The exit code.
    pub(crate) exit: u8,
}

impl Usage {
    /// Only the message, which may quote what was given: what could drive a terminal is escaped.
    pub(super) fn error(message: &str) -> Self {
        Self::with_hint(message, "")
    }

    fn with_hint(message: &str, hint: &str) -> Self {
        Self {
            stderr: format!("error: {}\n{hint}", escape(message)),
            exit: 1,
            ..Self::default()
        }
    }

    /// A wrong flag (kubectl `templates/templater.go`, `FlagErrorFunc`).
    pub(super) fn flag(of: Option<Subcommand>, message: &str) -> Self {
        let path = path(of);
        Self::with_hint(message, &format!("See '{path} --help' for usage.\n"))
    }

    /// A wrong argument (kubectl `cmd/util/helpers.go`, `UsageErrorf`).
    pub(super) fn argument(of: Option<Subcommand>, message: &str) -> Self {
        let hint = format!("See '{} -h' for help and examples\n", path(of));
        Self::with_hint(message, &hint)
    }

    /// The message beside the command's whole help.
    pub(super) fn with_help(of: Subcommand, message: &str) -> Self {
        Self {
            stdout: help::text(Some(of)),
            ..Self::error(message)
        }
    }

    /// Help that was asked for.
    pub(super) fn help(of: Option<Subcommand>) -> Self {
        Self {
            stdout: help::text(of),
            ..Self::default()
        }
    }

    /// No subcommand at all.
    pub(super) fn bare() -> Self {
        Self {
            stderr: help::text(None),
            exit: 1,
            ..Self::default()
        }
    }
}

/// What kubectl calls the command: scripts look for its very words.
fn path(of: Option<Subcommand>) -> String {
    match of {
        Some(subcommand) => format!("kubectl config {}", subcommand.name()),
        None => "kubectl config".to_owned(),
    }
}
