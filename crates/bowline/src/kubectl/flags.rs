//! kubectl's flags, as far as they say where its subcommand is.

use std::borrow::Cow;

/// kubectl's global flags that take a value, long and short (`kubectl options`).
pub(super) const WITH_VALUE: [&str; 30] = [
    "--as",
    "--as-group",
    "--as-uid",
    "--as-user-extra",
    "--cache-dir",
    "--certificate-authority",
    "--client-certificate",
    "--client-key",
    "--cluster",
    "--context",
    "--kubeconfig",
    "--kuberc",
    "--log-flush-frequency",
    "--namespace",
    "--password",
    "--profile",
    "--profile-output",
    "--request-timeout",
    "--server",
    "--tls-server-name",
    "--token",
    "--user",
    "--username",
    "--vmodule",
    "--v",
    "--log-backtrace-at",
    "--log-dir",
    "--log-file",
    "--log-file-max-size",
    "--stderrthreshold",
];

/// Short forms of the same.
const SHORT_WITH_VALUE: [char; 3] = ['n', 's', 'v'];

/// Global flags that take none. Before the subcommand, kubectl's parser takes the next word for the value of any other
/// flag (`stripFlags` in spf13/cobra, command.go): `-l app=x delete pods` deletes.
const WITHOUT_VALUE: [&str; 9] = [
    "--add-dir-header",
    "--alsologtostderr",
    "--disable-compression",
    "--insecure-skip-tls-verify",
    "--logtostderr",
    "--match-server-version",
    "--one-output",
    "--skip-headers",
    "--warnings-as-errors",
];

/// Flags of kubectl's commands that take no value, or none but an attached one (`kubectl COMMAND --help`, 1.33: those
/// that are shown with `=false` or `=true`, and of the others those with a value of their own when none is attached).
/// `-f`, `-p`, `-w` and `--raw` are not here: what they are differs from command to command.
const WITHOUT_VALUE_BEHIND: [&str; 65] = [
    "--all",
    "--all-containers",
    "--all-namespaces",
    "--all-pods",
    "--allow-missing-template-keys",
    "--append-hash",
    "--arguments-only",
    "--attach",
    "--cascade",
    "--command",
    "--create-annotation",
    "--delete-emptydir-data",
    "--disable-eviction",
    "--dry-run",
    "--edit",
    "--enable-helm",
    "--expose",
    "--follow",
    "--force",
    "--force-conflicts",
    "--global-default",
    "--help",
    "--ignore-daemonsets",
    "--ignore-errors",
    "--ignore-not-found",
    "--insecure-skip-tls-verify-backend",
    "--interactive",
    "--keep-annotations",
    "--keep-init-containers",
    "--keep-labels",
    "--keep-liveness",
    "--keep-readiness",
    "--keep-startup",
    "--leave-stdin-open",
    "--list",
    "--local",
    "--no-headers",
    "--no-preserve",
    "--now",
    "--overwrite",
    "--previous",
    "--privileged",
    "--prune",
    "--quiet",
    "--record",
    "--recursive",
    "--remove-extra-permissions",
    "--remove-extra-subjects",
    "--resolve",
    "--rm",
    "--same-node",
    "--save-config",
    "--server-side",
    "--set-raw-bytes",
    "--share-processes",
    "--show-labels",
    "--show-managed-fields",
    "--stdin",
    "--timestamps",
    "--tty",
    "--validate",
    "--wait",
    "--watch",
    "--watch-only",
    "--windows-line-endings",
];

/// Short forms of the same.
const SHORT_WITHOUT_VALUE: [char; 6] = ['A', 'R', 'h', 'i', 'q', 't'];

/// A flag of the command line.
pub(super) struct Flag<'a> {
    /// With its dashes; kubectl takes `_` for `-`.
    pub(super) name: Cow<'a, str>,
    /// The value that is attached to it.
    pub(super) attached: Option<&'a str>,
}

impl<'a> Flag<'a> {
    /// Splits `--flag=value`, `-sVALUE`; `None` for a word that is no flag.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        if text.starts_with("--") {
            let (name, attached) = match text.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (text, None),
            };
            let name = if name.contains('_') {
                Cow::Owned(name.replace('_', "-"))
            } else {
                Cow::Borrowed(name)
            };
            return Some(Self { name, attached });
        }
        let short = text.strip_prefix('-')?.chars().next()?;
        if !SHORT_WITH_VALUE.contains(&short) {
            return Some(Self {
                name: Cow::Borrowed(text),
                attached: None,
            });
        }
        let (name, value) = text.split_at(2);
        // `-n=` is the namespace `=` (`parseSingleShortArg` in spf13/pflag, flag.go).
        let value = match value.strip_prefix('=') {
            Some(behind) if !behind.is_empty() => behind,
            _ => value,
        };
        Some(Self {
            name: Cow::Borrowed(name),
            attached: (!value.is_empty()).then_some(value),
        })
    }

    /// Whether the next word is its value; `is_first` says that no subcommand was seen yet.
    pub(super) fn takes_next(&self, is_first: bool, unknown: Unknown) -> bool {
        if self.attached.is_some() {
            return false;
        }
        let name = self.name.as_ref();
        if WITH_VALUE.contains(&name) || matches!(name, "-n" | "-s" | "-v") {
            return true;
        }
        if is_first {
            // Of short flags that stand together, or have their value attached, none takes the next.
            let alone = name.starts_with("--") || (name.len() == 2 && !name.contains('='));
            return alone && !WITHOUT_VALUE.contains(&name);
        }
        unknown == Unknown::TakeNext && !self.is_without_value()
    }

    /// Whether a flag behind the subcommand certainly takes no value from the next word.
    fn is_without_value(&self) -> bool {
        let name = self.name.as_ref();
        if name.starts_with("--") {
            return WITHOUT_VALUE.contains(&name) || WITHOUT_VALUE_BEHIND.contains(&name);
        }
        let letters = name.strip_prefix('-').unwrap_or(name);
        // The last of `-itf` is the one that may take it; what is behind `=` belongs to the flag.
        let last = letters.chars().next_back();
        name.contains('=') || last.is_some_and(|last| SHORT_WITHOUT_VALUE.contains(&last))
    }
}

/// What is made of flags behind the subcommand whose kind is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    /// They have no value, or an attached one.
    Alone,
    /// The next word is their value, even when it looks like a flag: `-l --dry-run`.
    TakeNext,
}
