//! A terminal's own choice in shells on terminals, with the real kubectl.

use std::fs;
use std::process::Command;

use rustix::process::Pid;
use rustix::process::Signal;
use rustix::process::kill_process;

use super::loads;
use super::prompt::at_the_prompt;
use super::prompt::interactive;
use super::prompt::started;
use super::shell;
use super::with_programs;
use crate::pty::Terminal;
use crate::support::Sandbox;
use crate::support::names;

const ALL: [&str; 4] = ["bash", "zsh", "fish", "elvish"];

pub(super) const TWO: &str = "contexts:\n\
    - name: dev\n  context: {cluster: one, user: me, namespace: team}\n\
    - name: prod\n  context: {cluster: one, user: me}\n\
    - name: \"$(touch owned)`touch owned`'\"\n  context: {cluster: one, user: me}\n\
    clusters: [{name: one, cluster: {server: 'https://192.0.2.1'}}]\n\
    users: [{name: me, user: {}}]\n\
    current-context: dev\n";

pub(super) fn sandbox() -> Sandbox {
    with_programs(TWO)
}

/// Checks something in every shell that is here, each with a sandbox of its own.
fn in_each_shell(test: &str, check: impl Fn(&str, &Sandbox)) {
    if !Terminal::is_possible(test) {
        return;
    }
    for name in ALL {
        if shell(name, test).is_some() {
            check(name, &sandbox());
        }
    }
}

/// Chooses with `bowline use`, and waits until the choice is told.
#[track_caller]
fn choose(terminal: &Terminal, arguments: &str, told: &str) {
    terminal.send(&format!("bowline use {arguments}\r"));
    terminal.wait_for_text(&format!("bowline: {told}"));
}

/// What lies in the folder of the sessions.
pub(super) fn left(sandbox: &Sandbox) -> Vec<String> {
    names(&sandbox.path("state/sessions"))
}

/// Runs a line that asks kubectl for the current context, and waits for it in capitals, which nobody typed.
#[track_caller]
fn expect_context(terminal: &Terminal, context: &str) {
    terminal.send("clear\r");
    terminal.wait_for("a cleared screen", |screen| {
        !screen.contents().contains("clear") && screen.contents().contains("ready>")
    });
    terminal.send("kubectl config current-context | tr a-z A-Z\r");
    terminal.wait_for_text(&context.to_uppercase());
}

/// Runs a line for `sh`, a child of the shell, and waits for its end.
#[track_caller]
fn in_a_child(terminal: &Terminal, script: &str) {
    terminal.send(&format!("sh -c '{script}; echo do\"\"ne'\r"));
    terminal.wait_for_text("done");
}

#[track_caller]
fn exit(terminal: &mut Terminal) {
    terminal.send("exit\r");
    terminal.end();
}

#[test]
fn two_terminals_have_two_choices_and_children_see_them() {
    in_each_shell("two_terminals_have_two_choices", |name, sandbox| {
        let mut one = at_the_prompt(sandbox, name);
        let mut other = at_the_prompt(sandbox, name);
        choose(&one, "prod -n blue", "prod (namespace blue)");
        choose(&other, "dev", "dev (namespace team)");
        expect_context(&one, "prod");
        expect_context(&other, "dev");
        in_a_child(&one, "echo \"$KUBECONFIG\" >seen");
        let seen = fs::read_to_string(sandbox.path("seen")).unwrap();
        let list: Vec<&str> = seen.trim_end().split(':').collect();
        assert!(
            list[0].contains(&format!("/state/sessions/{}-", one.pid())),
            "{name}: {seen}"
        );
        let guard = sandbox.path("state/bowline-guard.json");
        let guard = guard.to_str().unwrap();
        let own = sandbox.file();
        let own = own.to_str().unwrap();
        assert_eq!(list[1..], [guard, own, guard, list[0]], "{name}");
        choose(&one, "-n red", "prod (namespace red)");
        one.send("bowline use -\r");
        one.wait_for_text("ready> bowline use -\nbowline: prod (namespace blue)");
        // The kubeconfig is as it was.
        assert_eq!(sandbox.text(), TWO, "{name}");
        choose(&one, "--end", "this terminal follows the kubeconfig");
        expect_context(&one, "dev");
        exit(&mut one);
        exit(&mut other);
    });
}

/// `bowline shell` is asked for by name: a startup file that sets KUBECONFIG does not take it back.
#[test]
fn a_shell_has_the_choice_that_it_was_started_for() {
    let test = "a_shell_has_the_choice_that_it_was_started_for";
    if !Terminal::is_possible(test) {
        return;
    }
    for name in ALL {
        let Some(program) = shell(name, test) else {
            continue;
        };
        let sandbox = sandbox();
        let own = sandbox.file();
        let sets = match name {
            "fish" => format!("set -gx KUBECONFIG {}", own.display()),
            "elvish" => format!("set E:KUBECONFIG = {}", own.display()),
            _ => format!("export KUBECONFIG={}", own.display()),
        };
        let load = format!("{sets}\n{}", loads(name));
        let mut command = interactive(&sandbox, name, &load);
        command.env("SHELL", &program);
        let mut outer = started(command);
        outer.send("bowline shell prod -n blue\r");
        outer.wait_for("a second prompt", |screen| {
            screen.contents().matches("ready>").count() == 2
        });
        expect_context(&outer, "prod");
        // A shell in it has its own startup file's.
        outer.send(&format!("{name}\r"));
        expect_context(&outer, "dev");
        outer.send("exit\r");
        expect_context(&outer, "prod");
        outer.send("exit\r");
        expect_context(&outer, "dev");
        exit(&mut outer);
    }
}

/// Also after a shell that could do nothing at its end.
#[test]
fn what_kubectl_wrote_outlives_the_session_and_nothing_else_does() {
    in_each_shell("what_kubectl_wrote_outlives_the_session", |name, _| {
        for killed in [false, true] {
            let sandbox = sandbox();
            let mut terminal = at_the_prompt(&sandbox, name);
            choose(&terminal, "prod", "prod (namespace default)");
            terminal.send("kubectl config set-cluster fresh --server=https://192.0.2.9\r");
            terminal.wait_for_text("Cluster \"fresh\" set.");
            assert_eq!(sandbox.text(), TWO, "{name}: it stands in the session");
            assert!(!left(&sandbox).is_empty());
            if killed {
                let pid = Pid::from_raw(terminal.pid().try_into().unwrap()).unwrap();
                kill_process(pid, Signal::KILL).unwrap();
                assert_eq!(terminal.end(), None);
            } else {
                exit(&mut terminal);
            }
            if killed || ["bash", "elvish"].contains(&name) {
                assert!(!left(&sandbox).is_empty(), "{name}: nobody was told");
                // The next terminal.
                at_the_prompt(&sandbox, name);
            }
            assert_eq!(left(&sandbox), Vec::<String>::new(), "{name}");
            let said = sandbox.kubectl(&["config", "view", "-o", "jsonpath={.clusters[*].name}"]);
            assert_eq!(said.expect(0).stdout, "fresh one", "{name}");
            assert!(sandbox.text().ends_with("current-context: dev\n"));
            sandbox.bowline(&["undo"]).expect(0);
            assert_eq!(sandbox.text(), TWO, "{name}");
        }
    });
}

/// As tmux does, and any terminal that is opened from another: the shell is another one, its environment the same.
#[test]
fn a_shell_in_a_shell_goes_its_own_way() {
    in_each_shell("a_shell_in_a_shell", |name, sandbox| {
        let outer = at_the_prompt(sandbox, name);
        choose(&outer, "prod -n blue", "prod (namespace blue)");
        in_a_child(&outer, "echo \"$KUBECONFIG\" >seen");
        let inherited = fs::read_to_string(sandbox.path("seen")).unwrap();
        let mut inner = interactive(sandbox, name, &loads(name));
        inner.env("KUBECONFIG", inherited.trim_end());
        let mut inner = started(inner);
        expect_context(&inner, "prod");
        let files = left(sandbox);
        let of = |terminal: &Terminal| {
            let begin = format!("{}-", terminal.pid());
            let mine = |file: &&String| file.starts_with(&begin) && file.contains("session");
            files.iter().filter(mine).count()
        };
        assert_eq!((of(&outer), of(&inner)), (1, 1), "{name}: {files:?}");
        choose(&inner, "dev", "dev (namespace team)");
        expect_context(&inner, "dev");
        expect_context(&outer, "prod");
        // And directly in it.
        outer.send(&format!("clear\r/usr/bin/{name}\r"));
        outer.wait_for("a shell in it", |screen| {
            screen.contents().matches("ready>").count() == 2
        });
        expect_context(&outer, "prod");
        choose(&outer, "dev", "dev (namespace team)");
        outer.send("exit\r");
        expect_context(&outer, "prod");
        exit(&mut inner);
    });
}

/// It is the same process: its choice is still its own.
#[test]
fn a_shell_that_replaces_itself_keeps_the_choice() {
    in_each_shell("a_shell_that_replaces_itself", |name, sandbox| {
        let mut terminal = at_the_prompt(sandbox, name);
        choose(&terminal, "prod", "prod (namespace default)");
        let before = left(sandbox);
        terminal.send(&format!("exec /usr/bin/{name}\r"));
        terminal.wait_for("the new one", |screen| {
            screen.contents().matches("ready>").count() >= 3
        });
        expect_context(&terminal, "prod");
        assert_eq!(left(sandbox), before, "{name}");
        exit(&mut terminal);
    });
}

#[test]
fn elvish_keeps_exceptions() {
    let test = "elvish_keeps_exceptions";
    if !Terminal::is_possible(test) || shell("elvish", test).is_none() {
        return;
    }
    let sandbox = sandbox();
    let terminal = at_the_prompt(&sandbox, "elvish");
    choose(&terminal, "prod", "prod (namespace default)");
    terminal.send("try { bowline use nope } catch e { echo code(put $e[reason][exit-status]) }\r");
    terminal.wait_for_text("code6");
    expect_context(&terminal, "prod");
    terminal.send("sh -c 'env >seen; echo do\"\"ne'\r");
    terminal.wait_for_text("done");
    let seen = fs::read_to_string(sandbox.path("seen")).unwrap();
    assert!(!seen.contains("BOWLINE_SHELL_PID"), "{seen}");
}

/// A name in a variable, a file that is gone, and an integration that is loaded again, all at the prompt.
#[test]
fn elvish_is_as_safe_as_the_others() {
    let test = "elvish_is_as_safe_as_the_others";
    if !Terminal::is_possible(test) || shell("elvish", test).is_none() {
        return;
    }
    let sandbox = sandbox();
    let mut command = interactive(&sandbox, "elvish", &loads("elvish"));
    command.env("NAME", "$(touch owned)`touch owned`'");
    let mut terminal = started(command);
    choose(
        &terminal,
        "$E:NAME",
        "$(touch owned)`touch owned`' (namespace default)",
    );
    assert!(!sandbox.path("owned").exists());
    choose(&terminal, "prod", "prod (namespace default)");
    let before = left(&sandbox);
    terminal.send(&format!("{}\r", loads("elvish")));
    expect_context(&terminal, "prod");
    assert_eq!(left(&sandbox), before);
    fs::remove_dir_all(sandbox.path("state/sessions")).unwrap();
    terminal.send("kubectl get pods\r");
    terminal.wait_for_text("run:bowline-use");
    choose(&terminal, "dev", "dev (namespace team)");
    expect_context(&terminal, "dev");
    exit(&mut terminal);
    // Its session is of a shell that is gone: the next terminal has none.
    let list = format!(
        "{}:{}",
        sandbox
            .path("state/sessions")
            .join(
                left(&sandbox)
                    .iter()
                    .find(|name| name.contains("session"))
                    .unwrap()
            )
            .display(),
        sandbox.file().display()
    );
    let mut heir = interactive(&sandbox, "elvish", &loads("elvish"));
    heir.env("KUBECONFIG", list);
    let heir = started(heir);
    heir.send("echo kc (has-env KUBECONFIG)\r");
    heir.wait_for_text("kc $false");
    assert_eq!(left(&sandbox), Vec::<String>::new());
}

/// The user's own things stay the user's.
#[test]
fn traps_hooks_and_histories_are_left_alone() {
    let test = "traps_hooks_and_histories_are_left_alone";
    if !Terminal::is_possible(test) {
        return;
    }
    for (name, before, look) in [
        (
            "bash",
            "trap 'echo bye >bye' EXIT\nPROMPT_COMMAND='x=1'\nHISTFILE=~/mine\n",
            "trap -p; echo \"$PROMPT_COMMAND|$HISTFILE|$PS1\"",
        ),
        (
            "zsh",
            "trap 'echo bye >bye' EXIT\nzshexit() { echo mine >>bye }\nHISTFILE=~/mine\nSAVEHIST=9\n",
            "functions zshexit; echo \"$ZDOTDIR|$HISTFILE|$PS1\"",
        ),
    ] {
        if shell(name, test).is_none() {
            continue;
        }
        let look_at = |load: &str| {
            let sandbox = sandbox();
            let shell: Command = interactive(&sandbox, name, &format!("{before}{load}"));
            let mut terminal = started(shell);
            if !load.is_empty() {
                choose(&terminal, "prod", "prod (namespace default)");
            }
            terminal.send(&format!("{{ {look}; }} >looked; echo do''ne\r"));
            terminal.wait_for_text("done");
            exit(&mut terminal);
            let read = |name| fs::read_to_string(sandbox.path(name)).unwrap();
            let left = left(&sandbox).is_empty();
            let history = read("home/mine").contains("looked");
            let home = sandbox.path("home").display().to_string();
            let looked = read("looked").replace(&home, "~");
            (looked, read("bye"), history, left || name == "bash")
        };
        assert_eq!(look_at(&loads(name)), look_at(""), "{name}");
    }
}
