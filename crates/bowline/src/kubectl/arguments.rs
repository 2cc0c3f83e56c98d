//! What kubectl's arguments say about the connection.

use std::ffi::OsStr;
use std::ffi::OsString;

/// kubectl's global flags that take a value, long and short (`kubectl options`). Before the subcommand no
/// other flag can stand, so this table is enough to find it.
const WITH_VALUE: [&str; 30] = [
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

/// Subcommands that talk to no cluster, or, like completion, must not wait for one.
const OFFLINE: [&str; 8] = [
    "completion",
    "__complete",
    "__completeNoDesc",
    "config",
    "help",
    "kustomize",
    "options",
    "plugin",
];

/// kubectl's own subcommands that talk to a cluster (`kubectl help`, 1.20 to 1.36); any other word names a
/// plugin.
const ONLINE: [&str; 39] = [
    "alpha",
    "annotate",
    "api-resources",
    "api-versions",
    "apply",
    "attach",
    "auth",
    "autoscale",
    "certificate",
    "cluster-info",
    "cordon",
    "cp",
    "create",
    "debug",
    "delete",
    "describe",
    "diff",
    "drain",
    "edit",
    "events",
    "exec",
    "explain",
    "expose",
    "get",
    "label",
    "logs",
    "patch",
    "port-forward",
    "proxy",
    "replace",
    "rollout",
    "run",
    "scale",
    "set",
    "taint",
    "top",
    "uncordon",
    "version",
    "wait",
];

/// What a kubectl command line says about the connection. Of a flag that is given twice the last one counts,
/// as in kubectl.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// `--context`.
    pub(crate) context: Option<String>,
    /// `--cluster`.
    pub(crate) cluster: Option<String>,
    /// `--kubeconfig`.
    pub(crate) kubeconfig: Option<OsString>,
    /// Whether the server is given, or how to trust it: then the entry is not what kubectl uses.
    pub(crate) overrides_server: bool,
    /// Whether no cluster is asked.
    pub(crate) offline: bool,
    /// Whether the subcommand is a plugin's.
    pub(crate) runs_plugin: bool,
}

impl Arguments {
    /// Reads kubectl's arguments, up to `--`.
    pub(crate) fn read(arguments: &[OsString]) -> Self {
        let mut read = Self::default();
        let mut subcommand: Option<&str> = None;
        let mut help = false;
        let mut client_only = false;
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            // Names that are not Unicode cannot be a context of a YAML file.
            let Some(text) = argument.to_str() else {
                continue;
            };
            if text == "--" {
                break;
            }
            help |= matches!(text, "--help" | "-h" | "--help=true");
            client_only |= matches!(text, "--client" | "--client=true");
            let Some((flag, attached)) = flag(text) else {
                subcommand = subcommand.or(Some(text));
                continue;
            };
            let value = || -> Option<OsString> {
                match attached {
                    Some(value) => Some(OsString::from(value)),
                    None => rest.as_slice().first().cloned(),
                }
            };
            match flag {
                "--context" => read.context = value().and_then(text_of),
                "--cluster" => read.cluster = value().and_then(text_of),
                "--kubeconfig" => read.kubeconfig = value(),
                "--server"
                | "-s"
                | "--certificate-authority"
                | "--insecure-skip-tls-verify"
                | "--tls-server-name" => {
                    read.overrides_server = true;
                }
                _ => {}
            }
            let takes_value = WITH_VALUE.contains(&flag) || matches!(flag, "-n" | "-s" | "-v");
            if takes_value && attached.is_none() {
                rest.next();
            }
        }
        read.runs_plugin =
            subcommand.is_some_and(|name| !ONLINE.contains(&name) && !OFFLINE.contains(&name));
        read.offline = help
            || subcommand.is_none_or(|name| OFFLINE.contains(&name))
            || (subcommand == Some("version") && client_only);
        read
    }
}

/// kubectl takes an empty name for none.
fn text_of(value: OsString) -> Option<String> {
    value.into_string().ok().filter(|name| !name.is_empty())
}

/// Splits `--flag=value`, `-sVALUE`; `None` for a word that is no flag.
fn flag(text: &str) -> Option<(&str, Option<&str>)> {
    if text.starts_with("--") {
        return Some(match text.split_once('=') {
            Some((flag, value)) => (flag, Some(value)),
            None => (text, None),
        });
    }
    let short = text.strip_prefix('-')?.chars().next()?;
    if !SHORT_WITH_VALUE.contains(&short) {
        return Some((text, None));
    }
    let (flag, value) = text.split_at(2);
    let value = value.strip_prefix('=').unwrap_or(value);
    Some((flag, (!value.is_empty()).then_some(value)))
}

/// The arguments with `flags` added where kubectl reads them: before `--`, after which everything belongs
/// to the command that is run in a pod.
pub(crate) fn with_flags(arguments: &[OsString], flags: Vec<OsString>) -> Vec<OsString> {
    let end = arguments
        .iter()
        .position(|argument| argument == "--")
        .unwrap_or(arguments.len());
    let mut all = arguments.to_vec();
    all.splice(end..end, flags);
    all
}

/// The arguments with the value of `--kubeconfig` replaced.
pub(crate) fn with_kubeconfig(arguments: &[OsString], from: &OsStr, to: &OsStr) -> Vec<OsString> {
    let mut joined = OsString::from("--kubeconfig=");
    joined.push(from);
    let mut replaced = OsString::from("--kubeconfig=");
    replaced.push(to);
    let mut all = arguments.to_vec();
    for i in 0..all.len() {
        if all[i] == "--" {
            break;
        }
        if all[i] == joined {
            all[i].clone_from(&replaced);
        } else if all[i] == "--kubeconfig" && all.get(i + 1).is_some_and(|value| value == from) {
            to.clone_into(&mut all[i + 1]);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ')
            .filter(|word| !word.is_empty())
            .map(OsString::from)
            .collect()
    }

    fn read(line: &str) -> Arguments {
        Arguments::read(&words(line))
    }

    #[test]
    fn finds_the_connection_wherever_it_stands() {
        for line in [
            "--context dev get pods",
            "get pods --context=dev",
            "get --context other pods --context dev",
            "-n default --context dev -v 6 get pods",
            "-ndefault get pods --context dev -A",
            "exec pod --context dev -- sh --context x",
        ] {
            assert_eq!(read(line).context.as_deref(), Some("dev"), "{line}");
            assert!(!read(line).offline, "{line}");
        }
        assert_eq!(read("get po --cluster c").cluster.as_deref(), Some("c"));
        assert_eq!(
            read("--kubeconfig a get po").kubeconfig.as_deref(),
            Some(OsStr::new("a"))
        );
        assert_eq!(read("exec pod -- --context dev").context, None);
    }

    #[test]
    fn knows_when_the_entry_is_not_used() {
        for line in [
            "-s https://x get po",
            "-shttps://x get po",
            "get po --server=https://x",
            "get po -s=https://x",
        ] {
            assert!(read(line).overrides_server, "{line}");
        }
        assert!(!read("get po -o wide --sort-by x").overrides_server);
    }

    #[test]
    fn knows_what_asks_no_cluster() {
        for line in [
            "",
            "config view",
            "--context dev config view",
            "version --client",
            "get --help",
            "help",
            "-h",
            "-n config",
        ] {
            assert!(read(line).offline, "{line}");
        }
        for line in [
            "version",
            "get config",
            "-n config get po",
            "--user config get po",
            "my-plugin x",
        ] {
            assert!(!read(line).offline, "{line}");
        }
    }

    #[test]
    fn knows_a_plugin() {
        for (line, plugin) in [
            ("get po", false),
            ("-n x wait po", false),
            ("ctx", true),
            ("-n x neat get", true),
            ("", false),
        ] {
            assert_eq!(read(line).runs_plugin, plugin, "{line}");
        }
    }

    #[test]
    fn flags_are_added_where_kubectl_reads_them() {
        let added = || words("--server=x");
        assert_eq!(
            with_flags(&words("get po"), added()),
            words("get po --server=x")
        );
        assert_eq!(
            with_flags(&words("exec p -- ls -- x"), added()),
            words("exec p --server=x -- ls -- x")
        );
    }

    #[test]
    fn a_kubeconfig_is_replaced_in_both_spellings() {
        let replace =
            |line: &str| with_kubeconfig(&words(line), OsStr::new("~/c"), OsStr::new("/h/c"));
        assert_eq!(
            replace("get --kubeconfig ~/c po"),
            words("get --kubeconfig /h/c po")
        );
        assert_eq!(
            replace("get --kubeconfig=~/c -- ~/c"),
            words("get --kubeconfig=/h/c -- ~/c")
        );
    }
}
