//! What happens to the files of a terminal's choice, be it by mistake: nothing of the user's is lost, and kubectl does
//! not go on with another cluster.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::sessions::Shell;
use crate::sessions::TWO;
use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::names;
use crate::support::run;

const LOST: &str = "this terminal's own choice is gone: choose again with `bowline use CONTEXT`";

fn guard(sandbox: &Sandbox) -> PathBuf {
    sandbox.path("state/bowline-guard.json")
}

/// Bowline in a terminal, but not through the shell's function.
#[track_caller]
fn bowline(shell: &Shell, sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    run(shell.command(sandbox, sandbox.command(arguments)), b"")
}

/// What root's kubectl does to the guard, whom no permission holds.
fn overwrite(guard: &Path, text: &str) {
    fs::remove_file(guard).unwrap();
    fs::write(guard, text).unwrap();
}

/// A shell inside another, which inherits its KUBECONFIG.
#[track_caller]
fn inside(outer: &Shell, sandbox: &Sandbox) -> Shell {
    let mut inner = Shell::new();
    inner.kubeconfig.clone_from(&outer.kubeconfig);
    inner.bowline(sandbox, &["session", "adopt"]).expect(0);
    inner
}

#[test]
fn what_a_link_in_the_place_of_a_session_leads_to_stays() {
    let sandbox = Sandbox::with(TWO);
    let mut shell = Shell::new();
    shell.bowline(&sandbox, &["use", "dev"]).expect(0);
    let link = |shell: &Shell| {
        fs::remove_file(shell.session()).unwrap();
        symlink(sandbox.file(), shell.session()).unwrap();
    };
    link(&shell);
    assert_eq!(shell.prompt(&sandbox, &[]), "context lost: bowline use\n");
    shell
        .bowline(&sandbox, &["use", "prod"])
        .expect(0)
        .says("was damaged");
    assert_eq!(sandbox.text(), TWO);
    assert_eq!(shell.prompt(&sandbox, &[]), "prod\n");
    assert!(shell.session().symlink_metadata().unwrap().is_file());
    // A shell inside it, and the end of both.
    link(&shell);
    let mut inner = inside(&shell, &sandbox);
    inner.bowline(&sandbox, &["use", "dev"]).expect(0);
    link(&inner);
    let said = inner.bowline(&sandbox, &["session", "end"]);
    assert_ne!(said.code, Some(0));
    inner.end();
    shell.end();
    sandbox.bowline(&["ls"]).expect(0).says("no plain file");
    assert_eq!(sandbox.text(), TWO);
    // The memory of what was chosen, and the guard, are no better.
    for name in ["selections.json", "bowline-guard.json"] {
        let file = sandbox.path("state").join(name);
        let _ = fs::remove_file(&file);
        symlink(sandbox.file(), &file).unwrap();
    }
    let mut other = Shell::new();
    other.bowline(&sandbox, &["use", "dev"]).expect(0);
    sandbox.bowline(&["use", "dev"]).expect(0);
    assert_eq!(sandbox.text(), TWO.replace("context: prod", "context: dev"));
    sandbox.bowline(&["use", "-"]).expect(0);
    assert!(guard(&sandbox).symlink_metadata().unwrap().is_file());
    assert_eq!(sandbox.text(), TWO);
}

#[test]
fn a_pipe_in_the_place_of_a_session_holds_nobody_up() {
    let sandbox = Sandbox::with(TWO);
    let mut shell = Shell::new();
    shell.bowline(&sandbox, &["use", "dev"]).expect(0);
    let session = shell.session();
    let mut memory = session.to_str().unwrap().to_owned();
    memory = memory.replace("bowline-session", "bowline-memory");
    for file in [session.as_path(), Path::new(&memory)] {
        let _ = fs::remove_file(file);
        let made = Command::new("mkfifo").arg(file).status().unwrap();
        assert!(made.success());
    }
    assert_eq!(shell.prompt(&sandbox, &[]), "context lost: bowline use\n");
    let inner = inside(&shell, &sandbox);
    assert_eq!(inner.prompt(&sandbox, &[]), "context lost: bowline use\n");
    shell.bowline(&sandbox, &["ls"]).expect(0).says(LOST);
    let rename = ["rename", "prod", "production"];
    bowline(&shell, &sandbox, &rename).expect(0);
    shell
        .bowline(&sandbox, &["use", "dev"])
        .expect(0)
        .says("was damaged");
    assert_eq!(shell.prompt(&sandbox, &[]), "dev:team\n");
}

#[test]
fn a_lock_that_a_killed_kubectl_left_is_named_and_can_be_removed() {
    let sandbox = Sandbox::with(TWO);
    let mut shell = Shell::new();
    shell.bowline(&sandbox, &["use", "dev"]).expect(0);
    let session = shell.session();
    let lock = format!("{}.lock", session.display());
    fs::write(&lock, "").unwrap();
    let said = shell.bowline(&sandbox, &["use", "prod"]).expect(1);
    assert!(said.elapsed < Duration::from_secs(5), "{said:#?}");
    said.says(&lock)
        .says(&format!("bowline unlock {}\n", session.display()));
    assert_eq!(shell.prompt(&sandbox, &[]), "dev:team\n");
    let unlock = ["unlock", session.to_str().unwrap()];
    sandbox.bowline(&unlock).expect(0);
    shell.bowline(&sandbox, &["use", "prod"]).expect(0);
    assert_eq!(shell.prompt(&sandbox, &[]), "prod\n");
}

#[test]
fn what_root_wrote_into_the_guard_is_brought_home_and_it_guards_again() {
    let sandbox = Sandbox::with(TWO);
    let mut shell = Shell::new();
    shell.bowline(&sandbox, &["use", "dev"]).expect(0);
    fs::remove_file(shell.session()).unwrap();
    overwrite(
        &guard(&sandbox),
        "users: [{name: lost, user: {token: hunter2hunter2}}]\ncurrent-context: prod\n",
    );
    assert_eq!(shell.prompt(&sandbox, &[]), "context lost: bowline use\n");
    let said = bowline(&shell, &sandbox, &["k", "get", "pods"]);
    said.expect(6)
        .says(LOST)
        .says("user lost")
        .never_says("hunter2");
    shell
        .kubectl(&sandbox, &["get", "pods"])
        .expect(1)
        .says("run:bowline-use");
    assert!(sandbox.text().contains("hunter2hunter2"));
    sandbox.bowline(&["undo"]).expect(0);
    assert_eq!(sandbox.text(), TWO);
    // Without anything in it, too.
    overwrite(&guard(&sandbox), "current-context: prod\n");
    bowline(&shell, &sandbox, &["status"]).expect(6).says(LOST);
    shell
        .kubectl(&sandbox, &["get", "pods"])
        .expect(1)
        .says("run:bowline-use");
}

#[test]
fn config_neither_chooses_nor_writes_where_the_choice_was_lost() {
    let sandbox = Sandbox::with(TWO);
    let mut shell = Shell::new();
    shell.bowline(&sandbox, &["use", "dev"]).expect(0);
    fs::remove_file(shell.session()).unwrap();
    let name = "this-terminal-lost-its-context;run:bowline-use";
    for arguments in [
        &["k", "config", "set-context", "--current", "--namespace=zz"][..],
        &["config", "set-context", "--current", "--cluster=c"],
        &["config", "use-context", "dev"],
        &["config", "unset", "current-context"],
        &["config", "set", "current-context", "dev"],
        &["config", "set-context", name],
        &["config", "rename-context", "dev", name],
    ] {
        bowline(&shell, &sandbox, arguments).expect(6).says(LOST);
        assert_eq!(sandbox.text(), TWO, "{arguments:?}");
    }
    // What has nothing to do with it is done.
    let set = ["config", "set-context", "new", "--cluster=c"];
    bowline(&shell, &sandbox, &set).expect(0);
    sandbox.bowline(&["undo"]).expect(0);
    // Nor does anybody else get a context of that name.
    let rename = ["config", "rename-context", "dev", name];
    sandbox.bowline(&rename).expect(6);
    assert_eq!(sandbox.text(), TWO);
    // Where there is one all the same, the guard has another.
    let text = format!("{TWO}# end\n").replacen(
        "contexts:\n",
        &format!("contexts:\n- {{name: '{name}', context: {{cluster: c, user: u}}}}\n"),
        1,
    );
    sandbox.write(&text);
    shell.bowline(&sandbox, &["use", "dev"]).expect(0);
    fs::remove_file(shell.session()).unwrap();
    shell
        .kubectl(&sandbox, &["get", "pods"])
        .expect(1)
        .says("run:bowline-use-2");
    bowline(&shell, &sandbox, &["status"]).expect(6).says(LOST);
}

#[test]
fn what_is_written_in_an_inherited_terminal_goes_where_that_has_its_kubeconfig() {
    let sandbox = Sandbox::with(TWO);
    let project = sandbox.path("project");
    fs::write(&project, TWO).unwrap();
    let mut outer = Shell::new();
    outer.kubeconfig = Some(project.to_str().unwrap().to_owned());
    outer.bowline(&sandbox, &["use", "dev"]).expect(0);
    let mut inner = inside(&outer, &sandbox);
    assert_ne!(inner.session(), outer.session());
    let set = ["config", "set-credentials", "me", "--token=hunter2hunter2"];
    inner.kubectl(&sandbox, &set).expect(0);
    inner.end();
    sandbox.bowline(&["ls"]).expect(0).says("user me");
    assert_eq!(sandbox.text(), TWO);
    assert!(fs::read_to_string(&project).unwrap().contains("hunter2"));
}

#[test]
fn a_context_that_kubectl_renamed_survives_its_terminal() {
    let sandbox = Sandbox::with(TWO);
    let mut shell = Shell::new();
    shell
        .bowline(&sandbox, &["use", "dev", "-n", "b"])
        .expect(0);
    let rename = ["config", "rename-context", "dev", "dev2"];
    shell.kubectl(&sandbox, &rename).expect(0);
    assert_eq!(shell.prompt(&sandbox, &[]), "dev2:b\n");
    sandbox.bowline(&["ls"]).expect(0).says("context dev2");
    assert_eq!(shell.prompt(&sandbox, &[]), "dev2:b\n");
    shell.end();
    sandbox.bowline(&["ls", "dev2"]).expect(0);
    assert!(sandbox.text().contains("name: dev,") && sandbox.text().contains("dev2"));
}

#[test]
fn a_namespace_that_was_chosen_follows_a_renamed_context() {
    let sandbox = Sandbox::with(TWO);
    let mut shell = Shell::new();
    shell
        .bowline(&sandbox, &["use", "dev", "-n", "b"])
        .expect(0);
    sandbox
        .bowline(&["rename", "dev", "dev2", "--all", "--shared"])
        .expect(0);
    assert_eq!(shell.prompt(&sandbox, &[]), "dev2:b\n");
    // It is still nothing but a choice.
    let before = sandbox.text();
    shell.bowline(&sandbox, &["ns", "e", "--force"]).expect(0);
    shell.end();
    sandbox.bowline(&["ls"]).expect(0);
    assert_eq!(sandbox.text(), before);
}

#[test]
fn what_a_terminal_wrote_earlier_does_not_replace_what_was_written_later() {
    let sandbox = Sandbox::with(TWO);
    let mut shell = Shell::new();
    shell.bowline(&sandbox, &["use", "dev"]).expect(0);
    let svc = |token| ["config", "set-credentials", "svc", token];
    shell.kubectl(&sandbox, &svc("--token=older")).expect(0);
    sandbox.bowline(&svc("--token=newer")).expect(0);
    let view = [
        "config",
        "view",
        "--raw",
        "-o",
        "jsonpath={.users[?(@.name=='svc')].user.token}",
    ];
    // There as everywhere, from now on.
    assert_eq!(shell.kubectl(&sandbox, &view).expect(0).stdout, "newer");
    shell.end();
    sandbox.bowline(&["ls"]).expect(0);
    assert_eq!(sandbox.kubectl(&view).expect(0).stdout, "newer");
    // Where bowline was not asked in between, both stay.
    let mut shell = Shell::new();
    shell.bowline(&sandbox, &["use", "dev"]).expect(0);
    let other = |token| ["config", "set-credentials", "other", token];
    shell.kubectl(&sandbox, &other("--token=older")).expect(0);
    shell.end();
    sandbox.kubectl(&other("--token=newer")).expect(0);
    sandbox
        .bowline(&["ls"])
        .expect(0)
        .says("under other names: user other as other-2");
    let view = |name: &str| {
        let path = format!("jsonpath={{.users[?(@.name=='{name}')].user.token}}");
        let said = sandbox.kubectl(&["config", "view", "--raw", "-o", &path]);
        said.expect(0).stdout
    };
    assert_eq!(
        (view("other"), view("other-2")),
        ("newer".into(), "older".into())
    );
}

#[test]
fn without_the_state_folder_a_terminal_is_lost_and_the_guard_comes_back() {
    let sandbox = Sandbox::with(TWO);
    let mut shell = Shell::new();
    shell.bowline(&sandbox, &["use", "dev"]).expect(0);
    for arguments in [
        &["prompt"][..],
        &["ls"],
        &["k", "get", "pods"],
        &["config", "use-context", "dev"],
    ] {
        fs::remove_dir_all(sandbox.path("state")).unwrap();
        let said = bowline(&shell, &sandbox, arguments);
        match arguments {
            ["prompt"] => assert_eq!(said.expect(0).stdout, "context lost: bowline use\n"),
            ["ls"] => assert!(!said.expect(0).says(LOST).stdout.contains('*')),
            _ => drop(said.expect(6).says(LOST)),
        }
        shell
            .kubectl(&sandbox, &["get", "pods"])
            .expect(1)
            .says("run:bowline-use");
    }
    assert_eq!(sandbox.text(), TWO);
    shell.bowline(&sandbox, &["use", "dev"]).expect(0);
    assert_eq!(shell.prompt(&sandbox, &[]), "dev:team\n");
}

#[test]
fn a_choice_of_a_terminal_is_not_in_the_history() {
    let sandbox = Sandbox::with(TWO);
    let set = ["config", "set-context", "dev", "--namespace=b"];
    sandbox.bowline(&set).expect(0);
    let changed = sandbox.text();
    let mut shell = Shell::new();
    shell.bowline(&sandbox, &["use", "prod"]).expect(0);
    let choose = ["k", "config", "use-context", "dev"];
    bowline(&shell, &sandbox, &choose).expect(0);
    assert_eq!(shell.prompt(&sandbox, &[]), "dev:b\n");
    assert_eq!(sandbox.history().len(), 1);
    // One that is about both is undone where that is still possible.
    let rename = ["config", "rename-context", "dev", "dev2"];
    bowline(&shell, &sandbox, &rename).expect(0);
    assert_eq!(shell.prompt(&sandbox, &[]), "dev2:b\n");
    shell.end();
    sandbox.bowline(&["ls"]).expect(0);
    assert_eq!(names(&sandbox.path("state/sessions")), Vec::<String>::new());
    sandbox.bowline(&["undo"]).expect(0);
    assert_eq!(sandbox.text(), changed);
    sandbox.bowline(&["undo"]).expect(0);
    assert_eq!(sandbox.text(), TWO);
}
