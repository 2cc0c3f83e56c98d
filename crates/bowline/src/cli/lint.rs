//! The arguments of `lint`.

use std::path::PathBuf;

use clap::Args;
use clap::ValueEnum;
use operations::lint::Severity;

use super::duration::Span;
use super::node::AuditFormat;

#[derive(Args, Debug)]
pub(crate) struct LintArgs {
    /// The kubeconfigs, or `-` for standard input; by default those of KUBECONFIG, or ~/.kube/config, and those
    /// that `kubeconfigs` in config.toml names
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Tell what matters this much or more, and nothing else
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = Level::Low)]
    pub(crate) severity: Level,
    /// Tell what this rule finds, however little it matters; may be given several times
    #[arg(long, value_name = "ID")]
    pub(crate) rule: Vec<String>,
    /// Leave out what this rule finds; may be given several times
    #[arg(long, value_name = "ID", conflicts_with = "rule")]
    pub(crate) ignore: Vec<String>,
    /// How far ahead the end of certificates and tokens is told (30d, 12h)
    #[arg(long, value_name = "TIME", default_value = "30d")]
    pub(crate) expiring: Span,
    /// Take rights away from others on files that hold credentials (chmod); nothing else is changed
    #[arg(long)]
    pub(crate) fix: bool,
    /// Show what --fix would change, and change nothing
    #[arg(long, requires = "fix")]
    pub(crate) dry_run: bool,
    /// List the rules
    #[arg(long, conflicts_with_all = ["files", "rule", "ignore", "fix"])]
    pub(crate) rules: bool,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = AuditFormat::Table)]
    pub(crate) output: AuditFormat,
}

/// How much something matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Level {
    /// Worth knowing
    Info,
    /// Worth mending when there is time
    Low,
    /// Does not work, or will stop working
    Medium,
    /// Lets others in, or keeps every client out
    High,
}

impl Level {
    pub(crate) fn severity(self) -> Severity {
        match self {
            Self::Info => Severity::Info,
            Self::Low => Severity::Low,
            Self::Medium => Severity::Medium,
            Self::High => Severity::High,
        }
    }
}
