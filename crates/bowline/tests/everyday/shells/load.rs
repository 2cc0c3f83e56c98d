//! Loading it, and what the functions do, in shells without a terminal.

use super::command;
use super::loads;
use super::script;
use super::shell;
use super::stand_in;
use crate::support::run;

const SHELLS: [&str; 3] = ["bash", "zsh", "fish"];

#[test]
fn it_loads_twice_without_a_word() {
    for name in SHELLS {
        let Some(_) = shell(name, "it_loads_twice_without_a_word") else {
            continue;
        };
        let sandbox = stand_in();
        let load = loads(name);
        let said = script(&sandbox, name, &format!("{load}\n{load}")).expect(0);
        assert_eq!(
            (said.stdout.as_str(), said.stderr.as_str()),
            ("", ""),
            "{name}"
        );
        assert!(
            !sandbox.path("home/calls").exists(),
            "{name}: nothing was inherited"
        );
    }
}

#[test]
fn the_answer_is_taken_over_and_the_code_kept() {
    for name in SHELLS {
        let Some(_) = shell(name, "the_answer_is_taken_over") else {
            continue;
        };
        let sandbox = stand_in();
        let (code, pid) = match name {
            "fish" => ("$status", "$fish_pid"),
            _ => ("$?", "$$"),
        };
        let text = format!(
            "{}\nbowline use dev\nprintf '%s|' {code} \"$KUBECONFIG\" {pid}\n\
             env | /usr/bin/grep -c ^KUBECONFIG=\n\
             bowline use fail\nprintf '%s|' {code} \"$KUBECONFIG\"\n\
             bowline use none\nprintf '%s|' {code} \"$KUBECONFIG\"\n\
             bowline use --help\n",
            loads(name)
        );
        let said = script(&sandbox, name, &text).expect(0);
        let first = said.stdout.lines().next().unwrap();
        let parts: Vec<&str> = first.split('|').collect();
        let chosen = format!("/s o/{}", parts[2]);
        assert_eq!((parts[0], parts[1]), ("0", chosen.as_str()), "{name}");
        assert_eq!(parts[3], "1", "{name}: a child sees it");
        let rest = said.stdout.split_once('\n').unwrap().1;
        assert_eq!(rest, format!("3|{chosen}|0||help\nmore\n"), "{name}");
        assert_eq!(said.stderr, "", "{name}");
    }
}

#[test]
fn k_and_all_other_commands_pass_every_argument() {
    for name in SHELLS {
        let Some(_) = shell(name, "k_passes_every_argument") else {
            continue;
        };
        let sandbox = stand_in();
        let text = format!(
            "{}\nk get po -o yaml -w -v=6 '' 'a  b' '*' '$(x)' -- ls\nbowline status -h\n",
            loads(name)
        );
        let said = script(&sandbox, name, &text).expect(7);
        assert_eq!(
            said.stdout,
            "<no pid><k><get><po><-o><yaml><-w><-v=6><><a  b><*><$(x)><--><ls>\n\
             <no pid><status><-h>\n",
            "{name}"
        );
    }
}

/// `set -euo pipefail`, an alias `k`, another IFS, a `PROMPT_COMMAND` and an EXIT trap of the user's own.
#[test]
fn odd_options_do_not_break_it() {
    let odd = [
        (
            "bash",
            "shopt -s expand_aliases\nalias k=echo mks=echo\nset -euo pipefail\nset -o posix\nIFS=:/\nPROMPT_COMMAND=mine\ntrap 'echo bye \"$PROMPT_COMMAND\"' EXIT",
        ),
        (
            "bash",
            "set -o noglob -o noclobber\nset -eu\nIFS=KU\nPROMPT_COMMAND=mine\ntrap 'echo bye \"$PROMPT_COMMAND\"' EXIT",
        ),
        (
            "zsh",
            "alias k=echo mks=echo\nsetopt ksh_arrays sh_word_split glob_subst no_unset err_exit pipe_fail warn_create_global\nIFS=:/\nPROMPT_COMMAND=mine\ntrap 'print -r bye \"$PROMPT_COMMAND\"' EXIT",
        ),
    ];
    for (name, before) in odd {
        let Some(_) = shell(name, "odd_options_do_not_break_it") else {
            continue;
        };
        let sandbox = stand_in();
        // zsh 5.9 runs no EXIT trap where a function's code ends it by `err_exit`, with or without this.
        let end = if name == "zsh" { " || exit $?" } else { "" };
        let text = format!(
            "{before}\n{}\nbowline use dev\nprintf '%s\\n' \"$KUBECONFIG\"\nk a 'b c' || printf '%s\\n' $?\nbowline use fail{end}\necho not reached",
            loads(name)
        );
        let said = script(&sandbox, name, &text).expect(3);
        let lines: Vec<&str> = said.stdout.lines().collect();
        assert!(lines[0].starts_with("/s o/"), "{name}: {said:#?}");
        assert_eq!(
            lines[1..],
            ["<no pid><k><a><b c>", "7", "bye mine"],
            "{name}"
        );
        assert_eq!(said.stderr, "", "{name}");
    }
}

#[test]
fn an_inherited_choice_is_adopted_and_ended_where_the_shell_tells() {
    for name in SHELLS {
        let Some(_) = shell(name, "an_inherited_choice_is_adopted") else {
            continue;
        };
        let sandbox = stand_in();
        let text = format!("{}\nprintf '%s\\n' \"$KUBECONFIG\"\n", loads(name));
        let mut inherits = command(&sandbox, name, &text);
        inherits.env("KUBECONFIG", "/s/1-2.bowline-session.json:/g:/c");
        let said = run(inherits, b"").expect(0);
        assert_eq!(said.stdout, "/adopted\n", "{name}");
        let calls = std::fs::read_to_string(sandbox.path("home/calls")).unwrap();
        assert_eq!(calls, "adopt\n", "{name}");

        let text = format!(
            "{}\nexport KUBECONFIG=/s/1-2.bowline-session.json\nexit 5\n",
            loads(name)
        );
        let text = if name == "fish" {
            text.replace("export KUBECONFIG=", "set -gx KUBECONFIG ")
        } else {
            text
        };
        script(&sandbox, name, &text).expect(5);
        let calls = std::fs::read_to_string(sandbox.path("home/calls")).unwrap();
        let ended = calls
            .lines()
            .filter(|line| line.starts_with("end "))
            .count();
        assert_eq!(ended, usize::from(name != "bash"), "{name}: {calls}");
    }
}

#[test]
fn parts_can_be_left_out() {
    let sandbox = stand_in();
    let text = "eval \"$(bowline init bash --no-k --no-mks --no-completion)\"\ntype -t k mks; type -t bowline; complete -p bowline";
    let said = script(&sandbox, "bash", text).expect(1);
    assert_eq!(said.stdout, "function\n");
}
