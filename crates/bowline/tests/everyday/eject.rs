//! `bowline eject`: afterwards nothing of ours is left, and nothing of the user's is touched.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use crate::pty;
use crate::pty::Terminal;
use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::names;
use crate::support::run;

const KUBECONFIG: &str = "# mine\ncontexts:\n- name: dev\n  context: {cluster: a, user: u}\nclusters:\n- name: a\n  cluster: {server: 'https://10.0.0.1:6443'}\nusers:\n- name: u\n  user: {token: hunter2}\ncurrent-context: dev\n";
const BASHRC: &str =
    "# bowline is fine\nexport A=1\n  eval \"$(bowline init bash)\"\necho mybowlines\n";

/// A home as people have it, with state and settings at their usual places.
fn home() -> Sandbox {
    let sandbox = Sandbox::with(KUBECONFIG);
    let home = |name: &str| {
        let path = sandbox.path("home").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    };
    fs::write(home(".bashrc"), BASHRC).unwrap();
    fs::write(
        home(".config/fish/config.fish"),
        "bowline init fish | source\n",
    )
    .unwrap();
    fs::write(home(".config/other/config.toml"), "a = 1\n").unwrap();
    fs::write(home(".local/state/other/x"), "").unwrap();
    sandbox
}

/// Without the variables that put state and settings elsewhere.
fn usual(mut command: Command) -> Command {
    command
        .env_remove("BOWLINE_STATE")
        .env_remove("BOWLINE_CONFIG");
    command
}

#[track_caller]
fn bowline(sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    run(usual(sandbox.command(arguments)), b"")
}

/// Every file and folder below a folder; of files the bytes.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path.clone());
                found.insert(path, None);
            } else {
                found.insert(path.clone(), Some(fs::read(&path).unwrap()));
            }
        }
    }
    found
}

/// Uses bowline: a change and its undo, and what an editor that fails leaves behind.
fn use_it(sandbox: &Sandbox) {
    bowline(sandbox, &["config", "set-context", "dev", "--namespace=x"]).expect(0);
    bowline(sandbox, &["undo"]).expect(0);
    let editor = sandbox.script("ed", "echo '# x' >> \"$1\"\nexit 1\n");
    let mut command = usual(sandbox.command(&["edit"]));
    command.env("EDITOR", editor);
    run(command, b"").expect(1);
    let settings = sandbox.path("home/.config/bowline/config.toml");
    fs::create_dir_all(settings.parent().unwrap()).unwrap();
    fs::write(settings, "[aliases]\nd = 'dev'\n").unwrap();
}

#[test]
fn nothing_of_ours_is_left_and_nothing_of_the_users_is_touched() {
    let sandbox = home();
    let before = tree(&sandbox.path("home"));
    use_it(&sandbox);
    let used = tree(&sandbox.path("home"));
    assert_ne!(used, before);
    let bashrc = sandbox.path("home/.bashrc").display().to_string();
    let shown = bowline(&sandbox, &["eject", "--dry-run"])
        .expect(0)
        .says("2 changes: `bowline undo` ends with it")
        .says("config.toml")
        .says("texts that `bowline edit` kept")
        .says(&format!("{bashrc}:3: eval"))
        .says("config.fish:1: bowline init fish | source")
        .never_says("mybowlines")
        .never_says("hunter2");
    assert_eq!(shown.stdout.matches(&bashrc).count(), 1, "{}", shown.stdout);
    assert_eq!(tree(&sandbox.path("home")), used, "--dry-run");
    bowline(&sandbox, &["eject"])
        .expect(6)
        .says("bowline eject --yes");
    assert_eq!(tree(&sandbox.path("home")), used, "nobody could be asked");
    bowline(&sandbox, &["eject", "--yes"]).expect(0);
    assert_eq!(tree(&sandbox.path("home")), before);
    bowline(&sandbox, &["eject", "--yes"])
        .expect(0)
        .says("there is no state");
    assert_eq!(tree(&sandbox.path("home")), before);
}

#[test]
fn the_settings_are_asked_for_separately() {
    let sandbox = home();
    use_it(&sandbox);
    let settings = sandbox.path("home/.config/bowline/config.toml");
    let state = sandbox.path("home/.local/state/bowline");
    if Terminal::is_possible("eject") {
        let ask = |answers: [&str; 2]| {
            let command = usual(Terminal::bowline(&sandbox, &["eject"]));
            let mut terminal = Terminal::start(command, pty::USUAL);
            terminal.wait_for_text("by itself? [y/N]");
            terminal.send(answers[0]);
            if answers[0] == "y\r" {
                terminal.wait_for_text("too? [y/N]");
                terminal.send(answers[1]);
            }
            terminal.end()
        };
        assert_eq!(ask(["\r", ""]), Some(6));
        assert!(state.exists() && settings.exists());
        assert_eq!(ask(["y\r", "n\r"]), Some(0));
        assert!(!state.exists() && settings.exists());
        use_it(&sandbox);
    }
    bowline(&sandbox, &["eject", "--yes", "--keep-settings"])
        .expect(0)
        .says("(stays)");
    assert!(!state.exists() && settings.exists());
    bowline(&sandbox, &["eject", "--yes"]).expect(0);
    assert!(!settings.parent().unwrap().exists());
}

#[test]
fn a_folder_that_was_named_keeps_what_is_not_ours_and_ties_come_first() {
    let sandbox = Sandbox::with(KUBECONFIG);
    sandbox
        .config(&["set-context", "dev", "--namespace=x"])
        .expect(0);
    let strange = sandbox.path("state/photos/cat");
    fs::create_dir_all(strange.parent().unwrap()).unwrap();
    fs::write(&strange, "").unwrap();
    let tied = format!("{KUBECONFIG}- name: tied\n").replace(
        "current-context: dev\n- name: tied\n",
        &format!(
            "- name: tied\n  user: {{tokenFile: '{}'}}\n",
            sandbox.path("state/token").display()
        ),
    );
    sandbox.write(&tied);
    sandbox
        .bowline(&["eject", "--yes"])
        .expect(6)
        .says("user tied: tokenFile");
    assert!(sandbox.path("state/journal").exists());
    sandbox.write(KUBECONFIG);
    sandbox
        .bowline(&["eject", "--yes"])
        .expect(0)
        .says("not bowline's, stays");
    assert_eq!(crate::support::names(&sandbox.path("state")), ["photos"]);
    assert!(strange.exists() && !sandbox.path("config.toml").exists());
    assert_eq!(sandbox.text(), KUBECONFIG);
}

#[test]
fn terminals_that_still_have_a_choice_are_told() {
    let sandbox = Sandbox::with(KUBECONFIG);
    let session = sandbox.path("state/sessions/1-1.bowline-session.json");
    fs::create_dir_all(session.parent().unwrap()).unwrap();
    fs::write(&session, r#"{"current-context": "dev"}"#).unwrap();
    let guard = sandbox.path("state/bowline-guard.json");
    let chain = std::env::join_paths([session, guard, sandbox.file()]).unwrap();
    let own = format!("KUBECONFIG={}", sandbox.file().display());
    sandbox
        .bowline_on(&chain, &["eject", "--dry-run"])
        .expect(0)
        .says("1 terminal may still")
        .says(&own);
}

/// A terminal whose shell is this test, which lives; kubectl has written a cluster into its session.
fn terminal_with_an_entry(sandbox: &Sandbox) -> PathBuf {
    let shell = |arguments: &[&str]| {
        let mut command = sandbox.command(arguments);
        command.env("BOWLINE_SHELL_PID", std::process::id().to_string());
        command
    };
    let told = run(shell(&["use", "dev"]), b"").expect(0).stdout;
    let list = told.trim().strip_prefix("KUBECONFIG=").unwrap().to_owned();
    let mut kubectl = sandbox.settle(Command::new(sandbox.kubectl_path()));
    kubectl.env("KUBECONFIG", &list);
    kubectl.args(["config", "set-cluster", "new", "--server=https://10.0.0.9"]);
    run(kubectl, b"").expect(0);
    let session = std::env::split_paths(&list).next().unwrap();
    assert!(fs::read_to_string(&session).unwrap().contains("10.0.0.9"));
    assert!(!sandbox.text().contains("10.0.0.9"));
    session
}

#[test]
fn what_kubectl_wrote_into_the_session_of_a_living_terminal_stays() {
    let sandbox = Sandbox::with(KUBECONFIG);
    let session = terminal_with_an_entry(&sandbox);
    sandbox
        .bowline(&["eject", "--dry-run"])
        .expect(0)
        .says("now is there: cluster new")
        .says("nothing was removed");
    assert!(session.exists());
    let guard = sandbox.path("state/bowline-guard.json");
    sandbox
        .bowline(&["eject", "--yes"])
        .expect(0)
        .says("stays, so that kubectl does not go on there with another context")
        .says(&guard.display().to_string());
    // That terminal, which is this process, lives.
    assert_eq!(names(&sandbox.path("state")), ["bowline-guard.json"]);
    let list = format!(
        "{}:{}:{}",
        session.display(),
        guard.display(),
        sandbox.file().display()
    );
    let mut kubectl = sandbox.settle(Command::new(sandbox.kubectl_path()));
    kubectl.env("KUBECONFIG", list).args(["get", "pods"]);
    run(kubectl, b"").expect(1).says("run:bowline-use");
    // Nobody knows of it any more.
    sandbox.bowline(&["eject", "--yes"]).expect(0);
    assert!(!sandbox.path("state").exists());
    let text = sandbox.text();
    assert!(
        text.contains("10.0.0.9") && text.starts_with("# mine\n"),
        "{text}"
    );
}

#[test]
fn what_cannot_be_brought_home_keeps_all() {
    let sandbox = Sandbox::with(KUBECONFIG);
    let session = terminal_with_an_entry(&sandbox);
    let other = session.with_file_name("1-1-a-b.bowline-session.json");
    fs::write(&other, "clusters: [").unwrap();
    let before = tree(&sandbox.path("state"));
    sandbox
        .bowline(&["eject", "--yes"])
        .expect(1)
        .says("nothing was removed")
        .says("1-1-a-b.bowline-session.json")
        .says("remove it");
    let after = tree(&sandbox.path("state"));
    assert!(before.keys().all(|path| after.contains_key(path)));
    fs::remove_file(other).unwrap();
    sandbox.bowline(&["eject", "--yes"]).expect(0);
    assert!(sandbox.text().contains("10.0.0.9"));
}

#[test]
fn a_no_is_no() {
    if !Terminal::is_possible("eject") {
        return;
    }
    let sandbox = home();
    use_it(&sandbox);
    let used = tree(&sandbox.path("home"));
    // No, the end of the input, and ctrl-C.
    for (keys, code) in [("n\r", Some(6)), ("\u{4}", Some(6)), ("\u{3}", None)] {
        let command = usual(Terminal::bowline(&sandbox, &["eject"]));
        let mut terminal = Terminal::start(command, pty::USUAL);
        terminal.wait_for_text("[y/N]");
        terminal.send(keys);
        assert_eq!(terminal.end(), code, "{keys:?}: {}", terminal.text());
        assert_eq!(tree(&sandbox.path("home")), used, "{keys:?}");
    }
}
