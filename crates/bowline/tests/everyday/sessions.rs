//! Terminals with a choice of their own, with real shells' processes and the real kubectl.

use std::process::Child;
use std::process::Command;

use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::names;
use crate::support::run;

pub(crate) const TWO: &str = "contexts:\n\
    - {name: dev, context: {cluster: c, user: u, namespace: team}}\n\
    - {name: prod, context: {cluster: c, user: u}}\n\
    - {name: 'x$(touch owned) 🚀', context: {cluster: c, user: u}}\n\
    clusters: [{name: c, cluster: {server: 'https://192.0.2.1'}}]\n\
    users: [{name: u, user: {}}]\n\
    current-context: prod\n";

/// What is said where a terminal lost its choice.
const LOST: &str = "this terminal's own choice is gone: choose again with `bowline use CONTEXT`";

/// A shell that only lives.
pub(crate) struct Shell {
    child: Child,
    pub(crate) kubeconfig: Option<String>,
}

impl Shell {
    pub(crate) fn new() -> Self {
        let child = Command::new("sleep").arg("600").spawn().unwrap();
        Self {
            child,
            kubeconfig: None,
        }
    }

    /// Bowline as the shell's function calls it: its answer is taken over.
    #[track_caller]
    pub(crate) fn bowline(&mut self, sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
        self.call(sandbox, sandbox.command(arguments))
    }

    /// The same with a command that calls bowline.
    #[track_caller]
    pub(crate) fn call(&mut self, sandbox: &Sandbox, command: Command) -> Outcome {
        let mut command = self.command(sandbox, command);
        command.env("BOWLINE_SHELL_PID", self.child.id().to_string());
        let said = run(command, b"");
        if let Some(value) = said.stdout.strip_prefix("KUBECONFIG=") {
            self.kubeconfig = Some(value.trim_end_matches('\n').to_owned());
        }
        if said.stdout == "KUBECONFIG\n" {
            self.kubeconfig = None;
        }
        said
    }

    #[track_caller]
    pub(crate) fn kubectl(&self, sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
        let mut command = sandbox.settle(Command::new(sandbox.kubectl_path()));
        command.args(arguments);
        run(self.command(sandbox, command), b"")
    }

    #[track_caller]
    pub(crate) fn prompt(&self, sandbox: &Sandbox, more: &[&str]) -> String {
        let command = sandbox.command(&[&["prompt"], more].concat());
        let said = run(self.command(sandbox, command), b"").expect(0);
        assert_eq!(said.stderr, "");
        said.stdout
    }

    pub(crate) fn command(&self, sandbox: &Sandbox, mut command: Command) -> Command {
        let own = sandbox.file().to_str().unwrap().to_owned();
        command.env("KUBECONFIG", self.kubeconfig.as_ref().unwrap_or(&own));
        command
    }

    pub(crate) fn session(&self) -> std::path::PathBuf {
        let list = self.kubeconfig.as_deref().unwrap();
        list.split(':').next().unwrap().into()
    }

    pub(crate) fn end(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn two_terminals_have_two_contexts_and_the_file_stays() {
    let sandbox = Sandbox::with(TWO);
    let (mut one, mut two) = (Shell::new(), Shell::new());
    let said = one.bowline(&sandbox, &["use", "dev"]).expect(0);
    assert_eq!(said.stderr, "bowline: dev (namespace team)\n");
    two.bowline(&sandbox, &["use", "x$(touch owned) 🚀", "-n", "b"])
        .expect(0);
    let current = |shell: &Shell| {
        let said = shell.kubectl(&sandbox, &["config", "current-context"]);
        said.expect(0).stdout
    };
    assert_eq!(current(&one), "dev\n");
    assert_eq!(current(&two), "x$(touch owned) 🚀\n");
    let view = ["config", "view", "--minify", "-o", "jsonpath={..namespace}"];
    assert_eq!(one.kubectl(&sandbox, &view).expect(0).stdout, "team");
    assert_eq!(two.kubectl(&sandbox, &view).expect(0).stdout, "b");
    assert_eq!(one.prompt(&sandbox, &[]), "dev:team\n");
    assert_eq!(
        two.prompt(&sandbox, &["--shell", "bash"]),
        "x?(touch owned) 🚀:b\n"
    );
    assert_eq!(sandbox.text(), TWO);
    assert!(!sandbox.path("owned").exists());
    one.bowline(&sandbox, &["use", "prod"]).expect(0);
    one.bowline(&sandbox, &["use", "-"]).expect(0);
    assert_eq!(current(&one), "dev\n");
    // The other terminals see what is chosen for all.
    one.bowline(&sandbox, &["use", "--global", "dev"]).expect(0);
    assert_eq!(sandbox.text(), TWO.replace("context: prod", "context: dev"));
}

#[test]
fn a_vanished_session_makes_kubectl_fail_and_the_prompt_say_so() {
    let sandbox = Sandbox::with(TWO);
    let mut shell = Shell::new();
    shell.bowline(&sandbox, &["use", "dev"]).expect(0);
    std::fs::remove_file(shell.session()).unwrap();
    let said = shell
        .kubectl(&sandbox, &["get", "pods"])
        .says("bowline-use");
    assert_ne!(said.code, Some(0));
    assert_eq!(shell.prompt(&sandbox, &[]), "context lost: bowline use\n");
    // The kubeconfig's own choice was not meant here.
    let listed = shell.bowline(&sandbox, &["ls"]).expect(0).says(LOST);
    assert!(
        listed.stdout.contains("prod") && !listed.stdout.contains('*'),
        "{listed:#?}"
    );
    let listed = shell
        .bowline(&sandbox, &["ls", "-o", "json"])
        .expect(0)
        .says(LOST);
    assert!(!listed.stdout.contains("true"), "{listed:#?}");
    for arguments in [
        &["ns", "team"][..],
        &["ns"],
        &["ns", "--list"],
        &["shell"],
        &["exec", "--", "true"],
    ] {
        let said = shell.bowline(&sandbox, arguments).expect(6).says(LOST);
        assert_eq!(said.stdout, "", "{said:#?}");
    }
    let said = shell.bowline(&sandbox, &["k", "get", "pods"]).expect(6);
    assert_eq!(said.stderr.lines().count(), 1, "{said:#?}");
    said.says(LOST);
    let said = shell.bowline(&sandbox, &["use", "--global", "prod"]);
    said.expect(0).says(LOST);
    assert_eq!(sandbox.text(), TWO);
    shell.bowline(&sandbox, &["use", "dev"]).expect(0);
    assert_eq!(shell.prompt(&sandbox, &[]), "dev:team\n");
    // What cannot be read is no choice either.
    std::fs::write(shell.session(), "{").unwrap();
    shell.bowline(&sandbox, &["ls"]).expect(0).says(LOST);
    shell
        .bowline(&sandbox, &["ns", "a", "--force"])
        .expect(6)
        .says(LOST);
    let said = shell.bowline(&sandbox, &["use", "dev"]).expect(0);
    said.says("was damaged and is begun anew");
    assert_eq!(shell.prompt(&sandbox, &[]), "dev:team\n");
}

/// A choice that the terminal did not take over, or that it left, is none.
#[test]
fn only_what_kubeconfig_names_is_in_force() {
    let sandbox = Sandbox::with(TWO);
    let mut shell = Shell::new();
    shell.bowline(&sandbox, &["use", "dev"]).expect(0);
    let left = shell.kubeconfig.take();
    let listed = shell.bowline(&sandbox, &["ls", "-o", "json"]).expect(0);
    let value: serde_json::Value = serde_json::from_str(&listed.stdout).unwrap();
    let current = value["contexts"].as_array().unwrap().iter();
    let current: Vec<_> = current.filter(|it| it["current"] == true).collect();
    assert_eq!(current.len(), 1);
    assert_eq!(current[0]["name"], "prod");
    let said = shell.bowline(&sandbox, &["ns", "b", "--force"]).expect(0);
    assert_eq!(said.stderr, "bowline: prod (namespace b)\n");
    assert_eq!(shell.kubeconfig, left);
    assert_eq!(shell.prompt(&sandbox, &[]), "prod:b\n");
    assert_eq!(sandbox.text(), TWO);
}

/// direnv, or a line in a startup file, puts a file in front: its current context is what kubectl takes.
#[test]
fn a_file_before_the_session_overrules_it_where_it_chooses() {
    let sandbox = Sandbox::with(TWO);
    let mut shell = Shell::new();
    shell.bowline(&sandbox, &["use", "dev"]).expect(0);
    let list = shell.kubeconfig.clone().unwrap();
    let project = sandbox.path("project");
    for (text, chosen) in [("", "dev:team\n"), ("current-context: prod\n", "prod\n")] {
        std::fs::write(&project, text).unwrap();
        shell.kubeconfig = Some(format!("{}:{list}", project.display()));
        assert_eq!(shell.prompt(&sandbox, &[]), chosen);
        let kubectl = shell.kubectl(&sandbox, &["config", "current-context"]);
        let kubectl = kubectl.expect(0).stdout;
        assert_eq!(kubectl.trim(), chosen.trim().split(':').next().unwrap());
    }
    // The namespace is that of the context that the terminal shows, and a shell that starts here keeps it.
    let adopted = shell.bowline(&sandbox, &["session", "adopt"]).expect(0);
    assert_eq!(adopted.stdout, "");
    let said = shell.bowline(&sandbox, &["ns", "b", "--force"]).expect(0);
    assert_eq!(said.stderr, "bowline: prod (namespace b)\n");
    assert_eq!(shell.prompt(&sandbox, &[]), "prod:b\n");
}

#[test]
fn a_relative_kubeconfig_stays_the_same_file_in_every_folder() {
    let sandbox = Sandbox::with(TWO);
    let mut shell = Shell::new();
    let name = sandbox
        .file()
        .file_name()
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    shell.kubeconfig = Some(name);
    let mut command = shell.command(&sandbox, sandbox.command(&["use", "dev"]));
    command.env("BOWLINE_SHELL_PID", shell.child.id().to_string());
    command.current_dir(sandbox.file().parent().unwrap());
    let told = run(command, b"").expect(0).stdout;
    let list = told.trim_end().strip_prefix("KUBECONFIG=").unwrap();
    assert!(list.split(':').all(|path| path.starts_with('/')), "{list}");
    let own = sandbox.file();
    assert_eq!(list.split(':').nth(2), own.to_str(), "{list}");
}

/// The choice goes to the cluster that the terminal has by now, not to the one before the tool wrote.
#[test]
fn a_namespace_does_not_bring_back_what_a_tool_replaced() {
    let sandbox = Sandbox::with(TWO);
    let mut shell = Shell::new();
    shell
        .bowline(&sandbox, &["use", "dev", "-n", "t"])
        .expect(0);
    shell
        .kubectl(
            &sandbox,
            &["config", "set-cluster", "new", "--server=https://192.0.2.9"],
        )
        .expect(0);
    shell
        .kubectl(&sandbox, &["config", "set-context", "dev", "--cluster=new"])
        .expect(0);
    let server = |shell: &Shell| {
        let view = ["config", "view", "--minify", "-o", "jsonpath={..server}"];
        shell.kubectl(&sandbox, &view).expect(0).stdout
    };
    assert_eq!(server(&shell), "https://192.0.2.9");
    shell.bowline(&sandbox, &["ns", "q", "--force"]).expect(0);
    assert_eq!(server(&shell), "https://192.0.2.9");
    assert_eq!(shell.prompt(&sandbox, &[]), "dev:q\n");
    // For a context without a namespace of this terminal's: tools write the entry into the session.
    shell.bowline(&sandbox, &["use", "prod"]).expect(0);
    shell
        .kubectl(
            &sandbox,
            &["config", "set-context", "prod", "--cluster=new", "--user=u"],
        )
        .expect(0);
    shell.bowline(&sandbox, &["ns", "q", "--force"]).expect(0);
    assert_eq!(server(&shell), "https://192.0.2.9");
}

/// It chose for its terminal; without that it does not choose for all others.
#[test]
fn a_script_that_outlives_its_terminal_chooses_nothing() {
    let sandbox = Sandbox::with(TWO);
    let mut shell = Shell::new();
    shell.bowline(&sandbox, &["use", "dev"]).expect(0);
    shell.end();
    for line in [&["use", "dev"][..], &["ns", "b", "--force"]] {
        sandbox.bowline(&["ls"]).expect(0);
        let script = shell.command(&sandbox, sandbox.command(line));
        run(script, b"").expect(6).says("is gone");
    }
    assert_eq!(sandbox.text(), TWO);
    let script = shell.command(&sandbox, sandbox.command(&["use", "--global", "dev"]));
    run(script, b"").expect(0);
    assert_eq!(sandbox.text(), TWO.replace("context: prod", "context: dev"));
}

/// A context of the same name in a terminal's own kubeconfig is another one.
#[test]
fn a_rename_is_followed_by_terminals_that_have_that_context_and_by_no_others() {
    let sandbox = Sandbox::with(TWO);
    let project = sandbox.path("project");
    std::fs::write(&project, TWO).unwrap();
    let (mut one, mut two) = (Shell::new(), Shell::new());
    two.kubeconfig = Some(project.display().to_string());
    for shell in [&mut one, &mut two] {
        shell.bowline(&sandbox, &["use", "dev"]).expect(0);
    }
    sandbox.bowline(&["rename", "dev", "dev9"]).expect(0);
    assert_eq!(one.prompt(&sandbox, &[]), "dev9:team\n");
    assert_eq!(two.prompt(&sandbox, &[]), "dev:team\n");
    sandbox.bowline(&["rm", "dev9", "--yes"]).expect(0);
    assert_eq!(two.prompt(&sandbox, &[]), "dev:team\n");
    assert_eq!(std::fs::read_to_string(&project).unwrap(), TWO);
}

/// What programs wrote into a session that was left goes where it belongs, not into another list's file.
#[test]
fn what_was_written_into_a_left_session_goes_home() {
    let sandbox = Sandbox::with(TWO);
    let mut shell = Shell::new();
    shell.bowline(&sandbox, &["use", "dev"]).expect(0);
    let set = ["config", "set-cluster", "new", "--server=https://192.0.2.9"];
    shell.kubectl(&sandbox, &set).expect(0);
    let other = sandbox.path("other");
    std::fs::write(&other, TWO).unwrap();
    shell.kubeconfig = Some(other.display().to_string());
    shell.bowline(&sandbox, &["use", "prod"]).expect(0);
    assert!(sandbox.text().contains("192.0.2.9"));
    assert_eq!(std::fs::read_to_string(&other).unwrap(), TWO);
    assert_eq!(shell.prompt(&sandbox, &[]), "prod\n");
}

#[test]
fn what_kubectl_wrote_outlives_a_killed_terminal_and_undo_takes_it_back() {
    let sandbox = Sandbox::with(TWO);
    let mut shell = Shell::new();
    shell.bowline(&sandbox, &["use", "dev"]).expect(0);
    let set = ["config", "set-cluster", "new", "--server=https://192.0.2.9"];
    shell.kubectl(&sandbox, &set).expect(0);
    let set = ["config", "set-credentials", "me", "--token=hunter2hunter2"];
    shell.kubectl(&sandbox, &set).expect(0);
    assert_eq!(sandbox.text(), TWO);
    shell.end();
    let said = sandbox.bowline(&["history"]).expect(0);
    let said = said.says("cluster new").never_says("hunter2");
    assert!(said.stderr.contains("bowline undo"), "{said:#?}");
    assert!(sandbox.text().contains("192.0.2.9") && sandbox.text().contains("hunter2"));
    assert!(sandbox.text().contains("current-context: prod"));
    assert_eq!(names(&sandbox.path("state/sessions")), Vec::<String>::new());
    assert_eq!(sandbox.history().len(), 1);
    sandbox.bowline(&["undo"]).expect(0);
    assert_eq!(sandbox.text(), TWO);
}

#[test]
fn a_terminal_gives_its_choice_up() {
    let sandbox = Sandbox::with(TWO);
    let mut shell = Shell::new();
    shell.bowline(&sandbox, &["use", "dev"]).expect(0);
    let session = shell.session();
    shell.bowline(&sandbox, &["use", "--end"]).expect(0);
    assert!(!session.exists());
    assert_eq!(shell.prompt(&sandbox, &[]), "prod\n");
    // `-` is what was given up.
    shell.bowline(&sandbox, &["use", "-"]).expect(0);
    assert_eq!(shell.prompt(&sandbox, &[]), "dev:team\n");
}

#[test]
fn a_choice_that_loses_its_context_is_told() {
    let sandbox = Sandbox::with(TWO);
    let mut shell = Shell::new();
    shell.bowline(&sandbox, &["use", "dev"]).expect(0);
    sandbox
        .bowline(&["rename", "dev", "new"])
        .expect(0)
        .never_says("choose again");
    assert_eq!(shell.prompt(&sandbox, &[]), "new:team\n");
    sandbox
        .bowline(&["undo"])
        .expect(0)
        .says("a terminal has chosen new, which is not there any more");
    shell
        .bowline(&sandbox, &["status", "new"])
        .expect(6)
        .says("there is no context new in ")
        .never_says("bowline-session")
        .never_says("bowline-guard");
    sandbox
        .bowline(&["redo"])
        .expect(0)
        .never_says("not there any more");
    let other = sandbox.bowline(&["rm", "prod"]).expect(0);
    assert!(!other.stderr.contains("terminal"), "{other:#?}");
    sandbox
        .bowline(&["rm", "new"])
        .expect(0)
        .says("1 terminal had chosen that and has no choice any more");
    shell
        .bowline(&sandbox, &["status"])
        .expect(6)
        .says("own choice is gone");
}

/// What kubectl chooses in a terminal is that terminal's choice, for bowline as well.
#[test]
fn kubectl_changes_the_choice_of_its_terminal_and_nothing_else() {
    let sandbox = Sandbox::with(TWO);
    let (mut one, mut two) = (Shell::new(), Shell::new());
    one.bowline(&sandbox, &["use", "prod", "-n", "a"]).expect(0);
    two.bowline(&sandbox, &["use", "prod"]).expect(0);
    let list = one.kubeconfig.clone();
    let starred = |shell: &mut Shell| {
        let said = shell.bowline(&sandbox, &["ls", "-o", "json"]).expect(0);
        let value: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
        let contexts = value["contexts"].as_array().unwrap().clone();
        let current = contexts.into_iter().filter(|it| it["current"] == true);
        let current: Vec<_> = current
            .map(|it| format!("{}:{}", it["name"], it["namespace"]))
            .collect();
        current.join(" ").replace('"', "")
    };
    assert_eq!(starred(&mut one), "prod:a");
    let kubectl = |shell: &Shell, line: &str| {
        let line: Vec<_> = line.split(' ').collect();
        shell.kubectl(&sandbox, &line).expect(0).stdout
    };
    kubectl(&one, "config use-context dev");
    assert_eq!(one.prompt(&sandbox, &[]), "dev:team\n");
    assert_eq!(starred(&mut one), "dev:team");
    assert_eq!(kubectl(&one, "config current-context"), "dev\n");
    // The namespace was chosen for the other context, and is not left there.
    let said = one.bowline(&sandbox, &["use", "prod"]).expect(0);
    assert_eq!(said.stderr, "bowline: prod (namespace default)\n");
    assert_eq!(one.prompt(&sandbox, &[]), "prod\n");
    // Where kubectl finds the entry it changes it: in the session, which has one of its own, …
    one.bowline(&sandbox, &["ns", "b", "--force"]).expect(0);
    kubectl(&one, "config set-context --current --namespace=c");
    assert_eq!(one.prompt(&sandbox, &[]), "prod:c\n");
    assert_eq!(starred(&mut one), "prod:c");
    assert_eq!(sandbox.text(), TWO);
    // Nothing of it reaches another terminal, and the way back is known.
    assert_eq!(two.prompt(&sandbox, &[]), "prod\n");
    kubectl(&one, "config use-context dev");
    let said = one.bowline(&sandbox, &["use", "-"]).expect(0);
    assert!(
        said.stderr.starts_with("bowline: prod (namespace "),
        "{said:#?}"
    );
    assert_eq!(one.kubeconfig, list);
    // One that is unset chooses nothing here; the guard keeps the kubeconfig's from coming through.
    kubectl(&one, "config unset current-context");
    let said = one.kubectl(&sandbox, &["get", "pods"]);
    assert_ne!(said.code, Some(0));
    said.says("run:bowline-use");
    assert_eq!(one.prompt(&sandbox, &[]), "context lost: bowline use\n");
    assert_eq!(starred(&mut one), "");
    one.bowline(&sandbox, &["use", "dev"]).expect(0);
    assert_eq!(starred(&mut one), "dev:team");
    assert_eq!(sandbox.text(), TWO);
}

/// What nobody can read is told once and kept; what others wrote comes home all the same.
#[test]
fn a_session_that_cannot_be_read_is_put_aside_when_its_terminal_is_gone() {
    const NEW: &str = "set-cluster new --server=https://192.0.2.9";
    let sandbox = Sandbox::with(TWO);
    let mut shells = [Shell::new(), Shell::new(), Shell::new()];
    for shell in &mut shells {
        shell.bowline(&sandbox, &["use", "dev"]).expect(0);
    }
    let line: Vec<_> = ["config"].into_iter().chain(NEW.split(' ')).collect();
    shells[2].kubectl(&sandbox, &line).expect(0);
    let damaged = shells[0].session();
    std::fs::write(&damaged, "clusters: [\u{1b}[2J").unwrap();
    let folder = sandbox.path("state/sessions");
    // While its terminal lives, it is that terminal's.
    sandbox
        .bowline(&["history"])
        .expect(0)
        .never_says("damaged");
    assert!(damaged.exists());
    let alive = shells[1].session();
    shells[0].end();
    shells[2].end();
    let said = sandbox.bowline(&["history"]).expect(0).stays_plain();
    let said = said.says("is damaged").says("cluster new");
    let kept = format!("{}.damaged", damaged.file_name().unwrap().to_str().unwrap());
    assert!(said.stderr.contains(&kept), "{said:#?}");
    assert!(sandbox.text().contains("192.0.2.9"));
    assert_eq!(
        std::fs::read_to_string(folder.join(&kept)).unwrap(),
        "clusters: [\u{1b}[2J"
    );
    let alive = alive.file_name().unwrap().to_str().unwrap().to_owned();
    let memory = alive.replace("session.json", "memory.json");
    let mut expected = vec![alive, memory, kept];
    expected.sort();
    assert_eq!(names(&folder), expected);
    // Once.
    for arguments in [
        &["history"][..],
        &["ls"],
        &["use", "dev"],
        &["init", "bash"],
    ] {
        let said = sandbox.bowline(arguments).expect(0);
        said.never_says("damaged").never_says("programs wrote");
    }
    assert_eq!(names(&folder), expected);
    assert_eq!(shells[1].prompt(&sandbox, &[]), "dev:team\n");
}
