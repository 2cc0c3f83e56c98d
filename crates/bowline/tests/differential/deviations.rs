//! Where bowline does not do as kubectl does, on purpose: how that is recognised, and what it has to do
//! instead.

use kubeconfig::Config;

use crate::meaning::config;
use crate::play::Seen;

/// A deliberate difference.
pub(crate) struct Deviation {
    pub(crate) name: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) recognised: fn(&Seen<'_>) -> bool,
    pub(crate) check: fn(&Seen<'_>) -> Result<(), String>,
    /// The folders are no longer equal, so that nothing can follow.
    pub(crate) ends: bool,
}

pub(crate) const DEVIATIONS: &[Deviation] = &[
    Deviation {
        name: "panic",
        reason: "kubectl panics",
        recognised: |seen| seen.theirs.exit == Some(2) && seen.theirs.stderr.contains("panic: "),
        check: |seen| {
            require("it panics", !seen.ours.stderr.contains("panic"))?;
            require("it ends so", matches!(seen.ours.exit, Some(0 | 1)))
        },
        ends: true,
    },
    Deviation {
        name: "says what a mapping is",
        reason: "kubectl shows its own variables",
        recognised: |seen| {
            let start = "error: unable to locate path config.navigationStep{";
            seen.theirs.stderr.starts_with(start)
        },
        check: refuses,
        ends: false,
    },
    Deviation {
        name: "hides more",
        reason: "kubectl shows secrets of plugins, providers, URLs and extensions",
        recognised: |seen| {
            seen.subcommand() == "view"
                && seen.ours.stdout.contains("REDACTED")
                && seen.files.is_empty()
        },
        check: |seen| {
            require("exit code", seen.ours.exit == seen.theirs.exit)?;
            require("stderr", seen.ours.stderr == seen.theirs.stderr)?;
            let hidden = hidden(&seen.ours.stdout, &seen.theirs.stdout);
            require("more than secrets differs", hidden)
        },
        ends: false,
    },
    Deviation {
        name: "lists as JSON",
        reason: "kubectl has a table and names only",
        recognised: |seen| {
            seen.subcommand() == "get-contexts"
                && seen
                    .theirs
                    .stderr
                    .contains("error: --output json is not available")
                && seen.files.is_empty()
        },
        check: |seen| {
            if seen.ours.stderr.contains("error loading config file") {
                return require("exit code", seen.ours.exit == Some(1));
            }
            let value: Result<serde_json::Value, _> = serde_json::from_str(&seen.ours.stdout);
            require(
                "no JSON",
                value.is_ok_and(|value| value["contexts"].is_array()),
            )
        },
        ends: false,
    },
    Deviation {
        name: "counts arguments",
        reason: "kubectl deletes nothing and ends with 0",
        recognised: |seen| {
            ["delete-context", "delete-cluster"].contains(&seen.subcommand())
                && seen.theirs.exit == Some(0)
                && seen.theirs.stdout.contains("Usage:\n  ")
        },
        check: |seen| {
            require("exit code", seen.ours.exit == Some(1))?;
            require(
                "message",
                seen.ours.stderr.starts_with("error: Unexpected args: ["),
            )?;
            require("it writes", seen.untouched())
        },
        ends: false,
    },
    Deviation {
        name: "no certificate",
        reason: "kubectl removes the CA, or refers to the working folder, and says that all is well",
        recognised: |seen| {
            let said = &seen.ours.stderr;
            let flags = ["certificate-authority", "client-certificate", "client-key"];
            seen.theirs.exit == Some(0)
                && flags.iter().any(|flag| {
                    said.starts_with(&format!("error: --{flag} is empty"))
                        || said.starts_with(&format!("error: {flag} d is a directory"))
                        || (said.starts_with(&format!("error: {flag} file "))
                            && said.ends_with(" is empty\n"))
                })
        },
        check: refuses,
        ends: true,
    },
    Deviation {
        name: "own program",
        reason: "kubectl makes `auth`, found on PATH, of the plugin `./auth`",
        recognised: |seen| {
            seen.subcommand() == "set-credentials"
                && seen.ours == seen.theirs
                && seen.equal_but_for(without_folders)
        },
        check: |seen| {
            let own = seen.ours_keep(|config| {
                let mut plugins = config
                    .users
                    .iter()
                    .filter_map(|user| user.value.exec.as_ref());
                plugins.any(|plugin| plugin.command.starts_with('.'))
            });
            require("the plugin is lost", own)
        },
        ends: true,
    },
    Deviation {
        name: "duplicates without content",
        reason: "kubectl prints the whole list, with its secrets",
        recognised: |seen| seen.theirs.stderr.contains(" in list: ["),
        check: |seen| {
            require("exit code", seen.ours.exit == seen.theirs.exit)?;
            require("stdout", seen.ours.stdout == seen.theirs.stdout)?;
            require("a secret", !seen.ours.stderr.contains("hunter2"))?;
            let cut = |text: &str| -> Vec<String> {
                text.lines()
                    .map(|line| line.split(" in list").next().unwrap().to_owned())
                    .collect()
            };
            require(
                "message",
                cut(&seen.ours.stderr) == cut(&seen.theirs.stderr),
            )
        },
        ends: false,
    },
    Deviation {
        name: "template errors without content",
        reason: "kubectl prints the whole config with them",
        recognised: |seen| {
            let (out, error) = (&seen.theirs.stdout, &seen.theirs.stderr);
            seen.subcommand() == "view"
                && (out.contains("raw data was:")
                    || error.contains("object given to jsonpath engine was:"))
        },
        check: |seen| {
            require("exit code", seen.ours.exit == seen.theirs.exit)?;
            let first = seen.theirs.stderr.lines().next().unwrap_or_default();
            let first = first
                .split(". Printing more information")
                .next()
                .unwrap_or_default();
            // Where in a Go template, and what Go calls it, is not always known.
            let kind = first.split(": template: output").next().unwrap_or_default();
            let one = seen.ours.stderr.lines().count() == 1;
            require("message", one && seen.ours.stderr.starts_with(kind))
        },
        ends: false,
    },
    Deviation {
        name: "maps without content",
        reason: "kubectl prints the bytes of extensions",
        recognised: |seen| {
            let start = "error: can't set a map to a value: map[";
            seen.theirs.stderr.starts_with(start) && seen.ours.stderr.starts_with(start)
        },
        check: |seen| {
            require("exit code", seen.ours.exit == seen.theirs.exit)?;
            require("it writes", seen.untouched() && seen.files.is_empty())
        },
        ends: false,
    },
    Deviation {
        name: "shared by an alias",
        reason: "kubectl resolves anchors for ever",
        recognised: |seen| {
            seen.theirs.exit == Some(0)
                && seen
                    .ours
                    .stderr
                    .contains("is shared through a YAML anchor, alias or merge key")
        },
        check: refuses,
        ends: true,
    },
    Deviation {
        name: "the first of several",
        reason: "kubectl looks at the entries in any order, so which file it misses first is chance",
        recognised: |seen| {
            let missing = |text: &str| {
                text == "error: cannot have values for both path and contents\n"
                    || text.starts_with("error: open ")
                        && text.ends_with(": no such file or directory\n")
            };
            seen.subcommand() == "view"
                && seen.argv.iter().any(|word| word.starts_with("--flatten"))
                && missing(&seen.ours.stderr)
                && missing(&seen.theirs.stderr)
        },
        check: |seen| require("exit code", seen.ours.exit == seen.theirs.exit),
        ends: false,
    },
    Deviation {
        name: "escapes what was given",
        reason: "kubectl prints line ends and escape sequences of arguments as they are",
        recognised: |seen| {
            let flat = |text: &str| text.replace("\\n", " ").replace('\n', " ");
            seen.ours.stderr.contains("\\n") && flat(&seen.ours.stderr) == flat(&seen.theirs.stderr)
        },
        check: |seen| {
            require("exit code", seen.ours.exit == seen.theirs.exit)?;
            require("it writes", seen.untouched() && seen.files.is_empty())
        },
        ends: false,
    },
    Deviation {
        name: "preferences where they are",
        reason: "kubectl tells an empty map from none, copies the preferences of one file into another, and makes a missing file for them",
        recognised: |seen| {
            let paths = |word: &String| word.starts_with("preferences");
            seen.subcommand() == "unset" && seen.ours == seen.theirs && seen.argv.iter().any(paths)
        },
        check: |seen| {
            require(
                "something else changes",
                seen.equal_but_for(without_preferences),
            )
        },
        ends: true,
    },
    Deviation {
        name: "counts before it reads",
        reason: "kubectl says that a file is broken before it says that the call is",
        recognised: |seen| {
            let said = &seen.ours.stderr;
            seen.theirs.stderr.contains("error loading config file")
                && (said.starts_with("error: Unexpected args: [")
                    || said.starts_with("error: user to delete is required"))
        },
        check: |seen| {
            require("exit code", seen.ours.exit == seen.theirs.exit)?;
            require("it writes", seen.untouched() && seen.files.is_empty())
        },
        ends: false,
    },
    Deviation {
        name: "hidden field",
        reason: "kubectl writes the entry into the other file",
        recognised: |seen| seen.argv.iter().any(|word| word.ends_with(".-")),
        check: |seen| require("it writes", seen.untouched()),
        ends: true,
    },
];

fn require(what: &str, holds: bool) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what.to_owned()) }
}

/// Plugins by their last name.
fn without_folders(config: &mut Config) {
    for user in &mut config.users {
        if let Some(exec) = &mut user.value.exec {
            let own = exec.command.rsplit('/').next().unwrap_or_default();
            exec.command = own.to_owned();
        }
    }
}

fn without_preferences(config: &mut Config) {
    config.preferences = kubeconfig::Preferences::default();
}

fn refuses(seen: &Seen<'_>) -> Result<(), String> {
    require("exit code", seen.ours.exit == Some(1))?;
    require("no message", seen.ours.stderr.starts_with("error: "))?;
    require("it says something else too", seen.ours.stdout.is_empty())?;
    require("it writes", seen.untouched())
}

/// Whether `ours` is `theirs` with `REDACTED` in the place of something.
fn hidden(ours: &str, theirs: &str) -> bool {
    let mut parts = ours.split("REDACTED");
    let Some(mut rest) = parts.next().and_then(|first| theirs.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<_> = parts.collect();
    let Some((last, parts)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

impl Seen<'_> {
    /// Whether the files mean the same after `change`.
    fn equal_but_for(&self, change: fn(&mut Config)) -> bool {
        let (ours, theirs) = (self.our_files.1, self.their_files.1);
        let meaning = |content: &[u8]| {
            let mut config = config(content).ok()?;
            change(&mut config);
            Some(config)
        };
        ours.keys().all(|path| theirs.contains_key(path))
            && theirs
                .iter()
                .all(|(path, (theirs, _))| match ours.get(path) {
                    Some((ours, _)) if ours == theirs => true,
                    Some((ours, _)) => {
                        meaning(ours).is_some_and(|ours| Some(ours) == meaning(theirs))
                    }
                    None => meaning(theirs) == Some(Config::default()),
                })
    }

    /// Whether a file of ours that the call wrote has something.
    fn ours_keep(&self, has: impl Fn(&Config) -> bool) -> bool {
        let mut files = self.our_files.1.values();
        files.any(|(content, _)| config(content).is_ok_and(|config| has(&config)))
    }
}
