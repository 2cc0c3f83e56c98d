//! What kubectl's arguments say about the connection, and what they ask for.

use std::ffi::OsStr;
use std::ffi::OsString;

use operations::protect::Command;

use super::flags::Flag;
use super::flags::Unknown;
use super::subcommands::OFFLINE;
use super::subcommands::ONLINE;

/// What a kubectl command line says about the connection. Of a flag that is given twice the last one counts,
/// as in kubectl.
#[derive(Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Arguments {
    /// `--context`.
    pub(crate) context: Option<String>,
    /// `--cluster`.
    pub(crate) cluster: Option<String>,
    /// `--kubeconfig`.
    pub(crate) kubeconfig: Option<OsString>,
    /// `--server`.
    pub(crate) server: Option<String>,
    /// Whether the server is given, or how to trust it: then the entry is not what kubectl uses.
    pub(crate) overrides_server: bool,
    /// Whether no cluster is asked.
    pub(crate) offline: bool,
    /// Whether the subcommand is a plugin's.
    pub(crate) runs_plugin: bool,
    /// The subcommand and the words behind it.
    pub(crate) command: Command,
    /// `--dry-run`: whatever the subcommand would change, it does not.
    dry_run: bool,
    /// `--raw`: a request as it stands, and `--dry-run` is not looked at (`rawhttp` in kubectl).
    raw: bool,
}

impl Arguments {
    /// Reads kubectl's arguments, up to `--`.
    pub(crate) fn read(arguments: &[OsString]) -> Self {
        Self::read_as(arguments, Unknown::Alone)
    }

    /// All that they can mean: whether a flag takes the next word for its value is not known of all of kubectl's.
    pub(crate) fn readings(arguments: &[OsString]) -> Vec<Self> {
        let mut readings: Vec<_> = [Unknown::TakeNext, Unknown::Alone]
            .into_iter()
            .map(|unknown| Self::read_as(arguments, unknown))
            .collect();
        readings.dedup();
        readings
    }

    fn read_as(arguments: &[OsString], unknown: Unknown) -> Self {
        let mut read = Self::default();
        let mut words: Vec<String> = Vec::new();
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
            let Some(flag) = Flag::read(text) else {
                // Of what is no subcommand's name cobra takes none for it (`stripFlags` in command.go).
                if !(words.is_empty() && matches!(text, "" | "-")) {
                    words.push(text.to_owned());
                }
                continue;
            };
            let value = || -> Option<OsString> {
                match flag.attached {
                    Some(value) => Some(OsString::from(value)),
                    None => rest.as_slice().first().cloned(),
                }
            };
            match flag.name.as_ref() {
                "-h" | "-h=true" => help = true,
                name if name.starts_with("-h=") => help = false,
                "--help" => help = flag.attached.is_none_or(|value| value == "true"),
                "--client" => client_only = flag.attached.is_none_or(|value| value == "true"),
                "--raw" => read.raw = true,
                "--context" => read.context = value().and_then(text_of),
                "--cluster" => read.cluster = value().and_then(text_of),
                "--kubeconfig" => read.kubeconfig = value(),
                // Without a value it means the client's (and is an error in some versions).
                "--dry-run" => {
                    let harmless = |value| matches!(value, "client" | "server" | "true");
                    read.dry_run = flag.attached.is_none_or(harmless);
                }
                "--server" | "-s" => {
                    read.overrides_server = true;
                    read.server = value().and_then(text_of);
                }
                "--certificate-authority" | "--insecure-skip-tls-verify" | "--tls-server-name" => {
                    read.overrides_server = true;
                }
                _ => {}
            }
            if flag.takes_next(words.is_empty(), unknown) {
                rest.next();
            }
        }
        let subcommand = words.first().map(String::as_str);
        read.runs_plugin =
            subcommand.is_some_and(|name| !ONLINE.contains(&name) && !OFFLINE.contains(&name));
        read.offline = help
            || subcommand.is_none_or(|name| OFFLINE.contains(&name))
            || (subcommand == Some("version") && client_only);
        read.command = Command { words };
        read
    }

    /// Whether nothing is changed, whatever the subcommand is. What a plugin takes these flags for is not known.
    pub(crate) fn is_harmless(&self) -> bool {
        !self.runs_plugin && (self.offline || (self.dry_run && !self.raw))
    }
}

/// kubectl takes an empty name for none.
fn text_of(value: OsString) -> Option<String> {
    value.into_string().ok().filter(|name| !name.is_empty())
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
    fn the_subcommand_is_found_as_kubectl_finds_it() {
        for (line, word) in [
            ("-l app=x delete pods", Some("delete")),
            ("--selector app delete pods", Some("delete")),
            ("--selector=app delete pods", Some("delete")),
            ("-A delete pods", Some("pods")),
            ("--match-server-version delete x", Some("delete")),
            ("--match_server_version delete x", Some("delete")),
            ("--as_group get delete x", Some("delete")),
            ("-oyaml delete x", Some("delete")),
            ("-n get delete x", Some("delete")),
            ("--insecure-skip-tls-verify=true delete x", Some("delete")),
            ("-f x", None),
            ("-n= delete --raw /x", Some("delete")),
            ("-n=get delete x", Some("delete")),
            ("- delete x", Some("delete")),
        ] {
            let words = read(line).command.words;
            assert_eq!(words.first().map(String::as_str), word, "{line}");
        }
        let words = read("rollout -n x restart deploy/a -- delete")
            .command
            .words;
        assert_eq!(words, ["rollout", "restart", "deploy/a"]);
        // `k "$OPTIONS" delete x`, without options.
        let line = ["", "delete", "x"].map(OsString::from);
        assert_eq!(Arguments::read(&line).command.words, ["delete", "x"]);
    }

    #[test]
    fn a_flag_that_may_be_a_value_is_read_both_ways() {
        let contexts = |line: &str| -> Vec<Option<String>> {
            let readings = Arguments::readings(&words(line));
            readings.into_iter().map(|read| read.context).collect()
        };
        let dev = || Some("dev".to_owned());
        for (line, expected) in [
            ("delete x -l --context=dev", vec![None, dev()]),
            ("delete x --new-flag --context dev", vec![None, dev()]),
            ("delete x -itl --context=dev", vec![None, dev()]),
            // What is known to take no value leaves no doubt.
            ("delete x --all -A --context=dev", vec![dev()]),
            ("delete x -it --now --context dev", vec![dev()]),
            ("delete x --cascade --wait=false --context dev", vec![dev()]),
            ("delete x --all_namespaces --context dev", vec![dev()]),
            ("delete x -l=a --context dev", vec![dev()]),
        ] {
            assert_eq!(contexts(line), expected, "{line}");
        }
        let harmless = |line: &str| {
            let readings = Arguments::readings(&words(line));
            readings.iter().all(Arguments::is_harmless)
        };
        assert!(!harmless("create cm x --from-literal --dry-run=client"));
        assert!(!harmless("delete x -l -h"));
        assert!(harmless("create cm x --from-literal a=b --dry-run=client"));
    }

    #[test]
    fn knows_what_changes_nothing() {
        for (line, harmless) in [
            ("delete pod x", false),
            ("delete pod x --dry-run=client", true),
            ("delete pod x --dry-run=server", true),
            ("delete pod x --dry_run=server", true),
            ("delete pod x --dry-run", true),
            ("delete pod x --dry-run=none", false),
            ("delete pod x --dry-run=client --dry-run=none", false),
            ("delete pod x -- --dry-run=client", false),
            ("delete -h", true),
            ("delete --help=false", false),
            ("delete x -h --help=false", false),
            ("delete x --help -h=false", false),
            ("delete x --help=false -h", true),
            ("delete --raw /x --dry-run=client", false),
            ("delete --raw=/x --dry-run=server", false),
            ("delete --raw /x -h", true),
            ("some-plugin --dry-run=client", false),
            ("some-plugin -h", false),
            ("config delete-context x", true),
        ] {
            assert_eq!(read(line).is_harmless(), harmless, "{line}");
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
