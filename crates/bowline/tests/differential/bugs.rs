//! A test of the test: bowline with a bug that it might have, which must not pass.

use serde_json::Value;

use crate::commands::Focus;
use crate::dice::Coverage;
use crate::play;
use crate::play::Oracle;
use crate::play::Runner;
use crate::scene::Scene;
use crate::side::Outcome;
use crate::side::Side;

/// A planted bug.
struct Bug {
    name: &'static str,
    /// The subcommand that has it, and what brings it out.
    focus: Focus,
    run: Runner,
}

/// So many sequences are enough to find any of them.
const ENOUGH: u64 = 60;

const BUGS: [Bug; 20] = [
    Bug {
        name: "--namespace is ignored",
        focus: ("set-context", &["--namespace=n"]),
        run: |side, argv| side.run(&without(argv, "--namespace=")),
    },
    Bug {
        name: "delete-context removes the neighbour",
        focus: ("delete-context", &[]),
        run: |side, argv| {
            let names = names(side, argv, "contexts");
            let (Some(name), Some(other)) = (
                argv.get(2).filter(|name| names.contains(name)),
                names.iter().find(|name| argv.get(2) != Some(name)),
            ) else {
                return side.run(argv);
            };
            let mut outcome = side.run(&replaced(argv, name, other));
            outcome.stdout = outcome.stdout.replace(other, name);
            outcome
        },
    },
    Bug {
        name: "rename-context forgets the current context",
        focus: ("rename-context", &[]),
        run: |side, argv| {
            let before = config(side, argv);
            let outcome = side.run(argv);
            again(side, argv, "current-context", &before["current-context"]);
            outcome
        },
    },
    Bug {
        name: "--token keeps the password",
        focus: ("set-credentials", &["--token=x"]),
        run: |side, argv| keep(side, argv, "users", "user", "password"),
    },
    Bug {
        name: "a comment in a flow mapping swallows what follows",
        focus: ("set-context", &[]),
        run: |side, argv| {
            let before = side.files();
            let outcome = side.run(argv);
            for (path, (content, _)) in side.files() {
                let text = String::from_utf8_lossy(&content);
                if before.get(&path).is_some_and(|(old, _)| *old != content)
                    && text.contains(", # why\n")
                {
                    side.write(&path, text.replacen(", # why\n", ", # why", 1).as_bytes());
                }
            }
            outcome
        },
    },
    Bug {
        name: "the last file of the chain wins",
        focus: ("view", &[]),
        run: |side, argv| side.with_chain(|files| files.reverse()).run(argv),
    },
    Bug {
        name: "unset leaves switches as they are",
        focus: ("unset", &[]),
        run: |side, argv| match argv.get(2) {
            Some(path)
                if ["verify", "compression", "colors"]
                    .iter()
                    .any(|end| path.ends_with(end)) =>
            {
                let mut outcome = side.run(&["config".into(), "unset".into(), "kind".into()]);
                outcome.stdout = format!("Property \"{path}\" unset.\n");
                outcome
            }
            _ => side.run(argv),
        },
    },
    Bug {
        name: "base64 is not decoded",
        focus: ("set", &[]),
        run: |side, argv| match argv.get(2) {
            Some(path) if path.ends_with("-data") => side.run(&with(argv, "--set-raw-bytes")),
            _ => side.run(argv),
        },
    },
    Bug {
        name: "the final newline is missing",
        focus: ("use-context", &[]),
        run: |side, argv| {
            let mut outcome = side.run(argv);
            outcome.stdout.truncate(outcome.stdout.trim_end().len());
            outcome
        },
    },
    Bug {
        name: "new entries go to the last file",
        focus: ("set-cluster", &[]),
        run: |side, argv| side.with_chain(|files| files.reverse()).run(argv),
    },
    Bug {
        name: "--insecure-skip-tls-verify keeps the CA",
        focus: ("set-cluster", &["--insecure-skip-tls-verify"]),
        run: |side, argv| {
            keep(
                side,
                argv,
                "clusters",
                "cluster",
                "certificate-authority-data",
            )
        },
    },
    Bug {
        name: "--server keeps the tls-server-name",
        focus: ("set-cluster", &["--server=https://y"]),
        run: |side, argv| keep(side, argv, "clusters", "cluster", "tls-server-name"),
    },
    Bug {
        name: "errors end with 0",
        focus: ("use-context", &[]),
        run: |side, argv| Outcome {
            exit: Some(0),
            ..side.run(argv)
        },
    },
    Bug {
        name: "delete-context clears the current context",
        focus: ("delete-context", &[]),
        run: |side, argv| {
            let outcome = side.run(argv);
            if outcome.stderr.starts_with("warning") {
                again(side, argv, "current-context", &Value::from(""));
            }
            outcome
        },
    },
    Bug {
        name: "delete-context does not warn",
        focus: ("delete-context", &[]),
        run: |side, argv| {
            let mut outcome = side.run(argv);
            outcome.stderr = outcome.stderr.replace(WARNING, "");
            outcome
        },
    },
    Bug {
        name: "get-contexts does not sort",
        focus: ("get-contexts", &[]),
        run: |side, argv| {
            let mut outcome = side.run(argv);
            let mut lines: Vec<_> = outcome.stdout.split_inclusive('\n').collect();
            if let Some(rows) = lines.get_mut(1..) {
                rows.reverse();
            }
            outcome.stdout = lines.concat();
            outcome
        },
    },
    Bug {
        name: "--minify ignores --context",
        focus: ("view", &["--minify", "--context=dev"]),
        run: |side, argv| {
            let call = with(&without(argv, "--context="), "--minify");
            side.run(if argv.contains(&"--minify".to_owned()) {
                &call
            } else {
                argv
            })
        },
    },
    Bug {
        name: "a changed file may be read by all",
        focus: ("set-credentials", &[]),
        run: |side, argv| {
            let before = side.files();
            let outcome = side.run(argv);
            for (path, (content, _)) in side.files() {
                if before.get(&path).is_none_or(|(old, _)| *old != content) {
                    side.share(&path);
                }
            }
            outcome
        },
    },
    Bug {
        name: "--exec-arg is not split at commas",
        focus: (
            "set-credentials",
            &["--exec-command=tool", "--exec-arg=a,b"],
        ),
        run: |side, argv| {
            let whole = argv
                .iter()
                .map(|word| word.replace("a,b", "\"a,b\""))
                .collect::<Vec<_>>();
            side.run(&whole)
        },
    },
    Bug {
        name: "a lock is left behind",
        focus: ("set", &[]),
        run: |side, argv| {
            let outcome = side.run(argv);
            if outcome.exit == Some(0) {
                side.write("a.yaml.lock", b"");
            }
            outcome
        },
    },
];

const WARNING: &str = "warning: this removed your active context, use \"kubectl config use-context\" to select a different one\n";

/// Says which sequence finds each bug. A sequence counts that fails with the bug and passes without it.
pub(crate) fn all_are_caught(oracle: &Oracle, seed: u64) {
    // Where the bug does not show beside bowline itself, there is nothing to find: that is quickly seen.
    let bowline = Oracle {
        path: env!("CARGO_BIN_EXE_bowline").into(),
    };
    let mut missed = Vec::new();
    for (at, bug) in (0..).zip(&BUGS) {
        let caught = (0..ENOUGH).find(|index| {
            let scene = Scene::new(crate::seed_of(seed + at, *index), Some(bug.focus));
            let differs = |run: Runner, oracle| {
                !play::play(&scene, oracle, run, &mut Coverage::new()).is_empty()
            };
            differs(bug.run, &bowline) && differs(bug.run, oracle) && !differs(Side::run, oracle)
        });
        match caught {
            Some(index) => println!("caught by sequence {index}: {}", bug.name),
            None => missed.push(bug.name),
        }
    }
    assert!(missed.is_empty(), "not caught: {missed:?}");
}

fn without(argv: &[String], start: &str) -> Vec<String> {
    let words = argv.iter().filter(|word| !word.starts_with(start));
    words.cloned().collect()
}

fn with(argv: &[String], word: &str) -> Vec<String> {
    argv.iter().cloned().chain([word.to_owned()]).collect()
}

fn replaced(argv: &[String], word: &str, other: &str) -> Vec<String> {
    let words = argv.iter().map(|it| if it == word { other } else { it });
    words.map(str::to_owned).collect()
}

/// A call on the files that `argv` is about.
fn beside(argv: &[String], words: &[&str]) -> Vec<String> {
    let mut call: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    for (at, word) in argv.iter().enumerate() {
        if word.starts_with("--kubeconfig") {
            call.push(word.clone());
            if word == "--kubeconfig" {
                call.extend(argv.get(at + 1).cloned());
            }
        }
    }
    call
}

fn config(side: &Side, argv: &[String]) -> Value {
    let outcome = side.run(&beside(argv, &["config", "view", "--raw", "-o", "json"]));
    play::json(&outcome.stdout).unwrap_or_default()
}

fn names(side: &Side, argv: &[String], list: &str) -> Vec<String> {
    let config = config(side, argv);
    let entries = config[list]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let names = entries.iter().filter_map(|entry| entry["name"].as_str());
    names.map(str::to_owned).collect()
}

/// Sets a property to what it was.
fn again(side: &Side, argv: &[String], path: &str, value: &Value) {
    if value == "" {
        side.run(&beside(argv, &["config", "unset", path]));
    } else if let Some(value) = value.as_str() {
        side.run(&beside(argv, &["config", "set", path, value]));
    }
}

/// Runs the call, and sets a field that it removed to what it was.
fn keep(side: &Side, argv: &[String], list: &str, body: &str, field: &str) -> Outcome {
    let old = |config: &Value| -> Option<String> {
        let entries = config[list].as_array()?;
        let entry = entries
            .iter()
            .find(|entry| argv.iter().any(|word| entry["name"] == **word))?;
        let value = entry[body][field].as_str()?;
        Some(format!("{}\n{value}", entry["name"].as_str()?))
    };
    let before = old(&config(side, argv));
    let outcome = side.run(argv);
    if let (Some(before), None) = (before, old(&config(side, argv)))
        && let Some((name, value)) = before.split_once('\n')
    {
        again(
            side,
            argv,
            &format!("{list}.{name}.{field}"),
            &Value::from(value),
        );
    }
    outcome
}
