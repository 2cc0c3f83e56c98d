//! A terminal's own choice in shells that run lines, with the real kubectl.

use super::command;
use super::loads;
use super::sessions::left;
use super::sessions::sandbox;
use super::shell;
use crate::support::run;

/// Those that run a line without a terminal.
const PLAIN: [&str; 3] = ["bash", "zsh", "fish"];

/// The shell's own end counts, not that of a part of it.
#[test]
fn a_subshell_ends_nothing() {
    for name in ["bash", "zsh"] {
        let Some(_) = shell(name, "a_subshell_ends_nothing") else {
            continue;
        };
        let sandbox = sandbox();
        let text = format!(
            "{}\nbowline use prod\n(exit 0)\n: \"$(exit 0)\"\ntrue | (exit 0)\n{{ exit 0; }} &\nwait\n\
             kubectl config current-context\n(bowline use dev)\nkubectl config current-context",
            loads(name)
        );
        let said = run(command(&sandbox, name, &text), b"").expect(0);
        assert_eq!(said.stdout, "prod\ndev\n", "{name}");
    }
}

#[test]
fn an_inherited_choice_of_a_shell_that_is_gone_is_none() {
    for name in PLAIN {
        let Some(_) = shell(name, "an_inherited_choice_of_a_shell_that_is_gone") else {
            continue;
        };
        let sandbox = sandbox();
        let load = loads(name);
        let said = run(
            command(
                &sandbox,
                name,
                &format!("{load}\nbowline use prod; sh -c 'echo $KUBECONFIG'"),
            ),
            b"",
        )
        .expect(0);
        let mut heir = command(
            &sandbox,
            name,
            &format!("{load}\nkubectl config current-context; env | grep KUBECONFIG="),
        );
        heir.env("KUBECONFIG", said.stdout.trim_end());
        let said = run(heir, b"").expect(1);
        assert_eq!(said.stdout, "dev\n", "{name}");
        said.says("this one follows the kubeconfig");
        assert_eq!(left(&sandbox), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn loading_it_again_changes_nothing() {
    for name in PLAIN {
        let Some(_) = shell(name, "loading_it_again_changes_nothing") else {
            continue;
        };
        let sandbox = sandbox();
        let load = loads(name);
        let look = "sh -c 'echo $KUBECONFIG; ls -l --time-style=full-iso state/sessions'";
        let text = format!("{load}\nbowline use prod\n{look}\n{load}\n{load}\n{look}\n");
        let said = run(command(&sandbox, name, &text), b"").expect(0);
        assert_eq!(said.stderr, "bowline: prod (namespace default)\n", "{name}");
        let lines: Vec<&str> = said.stdout.lines().collect();
        let (before, after) = lines.split_at(lines.len() / 2);
        assert!(before.len() >= 3);
        assert_eq!(before, after, "{name}");
    }
}

#[test]
fn a_name_is_never_run() {
    for name in PLAIN {
        let Some(_) = shell(name, "a_name_is_never_run") else {
            continue;
        };
        let sandbox = sandbox();
        let text = format!(
            "{}\nbowline use $NAME\nkubectl config current-context\nbowline use dev\nbowline use -\n",
            loads(name)
        );
        let text = text.replace("$NAME", "\"$NAME\"");
        let mut shell = command(&sandbox, name, &text);
        let hostile = "$(touch owned)`touch owned`'";
        shell.env("NAME", hostile);
        let said = run(shell, b"").expect(0);
        assert_eq!(said.stdout, format!("{hostile}\n"), "{name}");
        assert!(!sandbox.path("owned").exists(), "{name}");
    }
}

/// Nobody works on another cluster than the one that was chosen, only because a file is gone.
#[test]
fn without_its_session_a_terminal_has_no_cluster() {
    for name in PLAIN {
        let Some(_) = shell(name, "without_its_session") else {
            continue;
        };
        let sandbox = sandbox();
        let text = format!(
            "{}\nbowline use prod\nrm -r state/sessions\nkubectl get pods\nk get pods\n\
             bowline use dev\nkubectl config current-context\n",
            loads(name)
        );
        let said = run(command(&sandbox, name, &text), b"").expect(0);
        assert_eq!(said.stdout, "dev\n", "{name}");
        let lines: Vec<&str> = said.stderr.lines().collect();
        assert_eq!(lines[0], "bowline: prod (namespace default)");
        // kubectl, and k, which does not even ask it.
        assert!(lines[1].contains("run:bowline-use"), "{name}: {said:#?}");
        assert!(
            lines[2].contains("`bowline use CONTEXT`"),
            "{name}: {said:#?}"
        );
        assert_eq!(lines[3..], ["bowline: dev (namespace team)"], "{name}");
    }
}

/// Exit codes are bowline's, and what fails changes nothing.
#[test]
fn a_refusal_keeps_the_choice_and_ends_what_ends_at_failures() {
    for name in PLAIN {
        let Some(_) = shell(name, "a_refusal_keeps_the_choice") else {
            continue;
        };
        let sandbox = sandbox();
        let (code, strict) = match name {
            "fish" => ("$status", "not"),
            _ => ("$?", "set -e;"),
        };
        let text = format!(
            "{}\nbowline use prod\nbowline use nope\necho {code}\nbowline use dev -n 'No Namespace'\necho {code}\n\
             kubectl config current-context\n{strict} bowline use nope\necho {code}\n",
            loads(name)
        );
        let text = format!("{text}true\n");
        let said = run(command(&sandbox, name, &text), b"");
        assert!(said.stderr.contains("there is no context nope"), "{name}");
        if name == "fish" {
            assert_eq!(said.expect(0).stdout, "6\n6\nprod\n0\n");
        } else {
            assert_eq!(said.expect(6).stdout, "6\n6\nprod\n", "{name}");
        }
    }
}

/// What a subshell chooses cannot reach the terminal: it is the subshell's, that is said, and the terminal goes on as
/// if nothing had been.
#[test]
fn a_pipe_or_parentheses_choose_for_themselves() {
    const ONLY: &str =
        "bowline: only in this subshell: a pipe or parentheses keep it from the terminal";
    for name in ["bash", "zsh"] {
        let Some(_) = shell(name, "a_pipe_or_parentheses_choose_for_themselves") else {
            continue;
        };
        let sandbox = sandbox();
        let text = format!(
            "{}\nset -eu\nnow() {{ kubectl config current-context; }}\n\
             bowline use prod | cat\nnow\n\
             x=$(bowline use prod; now)\necho \"$x\"; now\n\
             (bowline use prod; now; bowline ns b --force; bowline use dev; now; bowline use -; kubectl config view --minify -o 'jsonpath={{..namespace}}'; echo); now\n\
             env | grep -c ^KUBECONFIG= || :\n\
             bowline ns c --force; kubectl config view --minify -o 'jsonpath={{..namespace}}'; echo; now\n\
             (bowline use prod); now\n",
            loads(name)
        );
        let said = run(command(&sandbox, name, &text), b"").expect(0);
        assert_eq!(
            said.stdout, "dev\nprod\ndev\nprod\ndev\nb\ndev\n0\nc\ndev\nprod\n",
            "{name}: {said:#?}"
        );
        let lines: Vec<&str> = said.stderr.lines().collect();
        let prod = "bowline: prod (namespace default)";
        assert_eq!(
            lines,
            [
                prod,
                ONLY,
                prod,
                ONLY,
                prod,
                ONLY,
                "bowline: prod (namespace b)",
                "bowline: dev (namespace team)",
                "bowline: prod (namespace b)",
                // Of the terminal, which has a choice of its own from here on.
                "bowline: dev (namespace c)",
                prod,
            ],
            "{name}"
        );
        sandbox.bowline(&["history"]).expect(0);
        assert_eq!(left(&sandbox), Vec::<String>::new(), "{name}");
        assert_eq!(sandbox.text(), super::sessions::TWO);
    }
}

/// In fish, what stands in a pipe is no other process.
#[test]
fn a_pipe_of_fish_chooses_for_the_terminal() {
    let Some(_) = shell("fish", "a_pipe_of_fish_chooses_for_the_terminal") else {
        return;
    };
    let sandbox = sandbox();
    let text = format!(
        "{}\nbowline use prod | cat\nkubectl config current-context\n",
        loads("fish")
    );
    let said = run(command(&sandbox, "fish", &text), b"").expect(0);
    assert_eq!(said.stdout, "prod\n");
    assert_eq!(said.stderr, "bowline: prod (namespace default)\n");
}
