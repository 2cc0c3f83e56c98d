//! kubectl's flags, as far as they say where its subcommand is.

use std::borrow::Cow;

/// kubectl's global flags that take a value, long and short (`kubectl options`).
/// Behind the subcommand nothing else need be known.
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
        let value = value.strip_prefix('=').unwrap_or(value);
        Some(Self {
            name: Cow::Borrowed(name),
            attached: (!value.is_empty()).then_some(value),
        })
    }

    /// Whether the next word is its value; `is_first` says that no subcommand was seen yet.
    pub(super) fn takes_next(&self, is_first: bool) -> bool {
        if self.attached.is_some() {
            return false;
        }
        let name = self.name.as_ref();
        if WITH_VALUE.contains(&name) || matches!(name, "-n" | "-s" | "-v") {
            return true;
        }
        // Of short flags that stand together, or have their value attached, none takes the next.
        let alone = name.starts_with("--") || (name.len() == 2 && !name.contains('='));
        is_first && alone && !WITHOUT_VALUE.contains(&name)
    }
}
