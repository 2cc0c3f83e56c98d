//! What `bowline config` has beyond kubectl's.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::Value;
use serde_json::json;

use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::run;

const FILE: &str = "\
current-context: dev
clusters:
- {name: one, cluster: {server: 'https://one.example.com'}}
- {name: two, cluster: {server: 'https://two.example.com'}}
contexts:
- {name: dev, context: {cluster: one, user: me, namespace: blue}}
- {name: test, context: {cluster: two, user: me}}
users:
- {name: me, user: {token: secret-token}}
";

/// Writes another file of a chain.
fn file(sandbox: &Sandbox, name: &str, text: &str) -> String {
    let path = sandbox.path(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn contexts_are_listed_for_programs() {
    let sandbox = Sandbox::with(FILE);
    let path = sandbox.file();
    let row = |name: &str, current: bool, cluster: &str, namespace: Value| json!({"name": name, "current": current, "cluster": cluster, "user": "me", "namespace": namespace, "file": path});
    let [dev, test] = [
        row("dev", true, "one", json!("blue")),
        row("test", false, "two", Value::Null),
    ];
    let list = |more: &[&str]| -> Value {
        let line = [&["get-contexts", "-o", "json"], more].concat();
        serde_json::from_str(&sandbox.config(&line).expect(0).stdout).unwrap()
    };
    assert_eq!(list(&[]), json!({"schema": 1, "contexts": [dev, test]}));
    assert_eq!(list(&["test"]), json!({"schema": 1, "contexts": [test]}));
    let yaml = sandbox.config(&["get-contexts", "-o", "yaml"]).expect(0);
    yaml.says("schema: 1\n")
        .says("  name: dev\n")
        .says("  namespace: null\n");
}

#[test]
fn a_context_takes_along_what_nothing_else_uses() {
    let sandbox = Sandbox::with(FILE);
    let shown = sandbox.file();
    let shown = shown.display();
    let delete = |name: &str| {
        sandbox
            .config(&["delete-context", name, "--with-cluster-and-user"])
            .expect(0)
            .stdout
    };
    assert_eq!(
        delete("test"),
        format!("deleted context test from {shown}\ndeleted cluster two from {shown}\n")
    );
    assert!(sandbox.text().contains("name: me"), "dev uses the user too");
    assert_eq!(
        delete("dev"),
        format!(
            "deleted context dev from {shown}\ndeleted cluster one from {shown}\ndeleted user me from {shown}\n"
        )
    );
    for list in ["get-clusters", "get-users"] {
        assert_eq!(sandbox.config(&[list]).expect(0).stdout, "NAME\n");
    }
    sandbox.bowline(&["undo"]).expect(0);
    sandbox.bowline(&["undo"]).expect(0);
    assert_eq!(sandbox.text(), FILE);
}

#[test]
fn contexts_follow_a_renamed_cluster_and_user_in_every_file() {
    let sandbox = Sandbox::with(FILE);
    let other =
        "contexts:\n# elsewhere\n- name: far\n  context: {cluster: one, user: me}   # both\n";
    let other = file(&sandbox, "other", other);
    let chain = format!("{}:{other}", sandbox.file().display());
    let on = |line: &[&str]| sandbox.bowline_on(&chain, line);
    on(&["config", "rename-cluster", "one", "prod"])
        .expect(0)
        .says("Cluster \"one\" renamed to \"prod\".\n");
    on(&["config", "rename-user", "me", "you"])
        .expect(0)
        .says("User \"me\" renamed to \"you\".\n");
    assert_eq!(
        sandbox.text(),
        FILE.replace("name: one", "name: prod")
            .replace("cluster: one", "cluster: prod")
            .replace("name: me", "name: you")
            .replace("user: me", "user: you")
    );
    assert_eq!(
        read(&other),
        "contexts:\n# elsewhere\n- name: far\n  context: {cluster: prod, user: you}   # both\n"
    );
    on(&["config", "rename-cluster", "prod", "two"])
        .expect(1)
        .says("the cluster \"two\" already exists");
    on(&["config", "rename-user", "nobody", "x"])
        .expect(1)
        .says("it's not in");
    // One change each, whatever the number of files.
    assert_eq!(sandbox.history().len(), 2);
    on(&["undo"]).expect(0);
    on(&["undo"]).expect(0);
    assert_eq!(sandbox.text(), FILE);
    assert!(read(&other).contains("{cluster: one, user: me}"));
}

/// Without root's power to write where nobody may.
fn as_anybody(sandbox: &Sandbox, chain: &str, line: &[&str]) -> Outcome {
    let inner = sandbox.command(line);
    let mut command = sandbox.settle(Command::new("setpriv"));
    command
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("KUBECONFIG", chain)
        .arg("--bounding-set=-dac_override,-dac_read_search")
        .arg(inner.get_program())
        .args(inner.get_args());
    let outcome = run(command, b"");
    if outcome.stderr.contains("setpriv") {
        // Only root may give power up.
        return sandbox.bowline_on(chain, line);
    }
    outcome
}

#[test]
fn only_the_file_that_changes_is_locked_and_need_be_writable() {
    let sandbox = Sandbox::with(FILE);
    let folder = sandbox.path("read-only");
    fs::create_dir(&folder).unwrap();
    let other = file(
        &sandbox,
        "read-only/config",
        "contexts:\n- {name: far, context: {}}\n",
    );
    // The lock of somebody who never lets go.
    let lock = file(&sandbox, "read-only/config.lock", "");
    let missing = sandbox.path("missing/too");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    let own = sandbox.file();
    let chain = format!("{other}:{}:{}", missing.display(), own.display());
    let set = ["config", "set-context", "test", "--namespace=green"];
    as_anybody(&sandbox, &chain, &set).expect(0);
    assert!(sandbox.text().contains("green"));
    let select = ["config", "use-context", "dev"];
    let refused = as_anybody(&sandbox, &format!("{}:{other}", own.display()), &select);
    refused.expect(0);
    let far = ["config", "set-context", "far", "--namespace=x"];
    as_anybody(&sandbox, &chain, &far).expect(1).says(&other);
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    fs::remove_file(&lock).unwrap();
    assert_eq!(crate::support::names(&folder), ["config"]);
    assert_eq!(read(&other), "contexts:\n- {name: far, context: {}}\n");
    assert!(!missing.exists() && !missing.parent().unwrap().exists());
}

#[test]
fn a_tilde_is_the_home_in_flags_and_lists() {
    let sandbox = Sandbox::with(FILE);
    fs::write(sandbox.path("home/.kube/b"), "current-context: other\n").unwrap();
    let current = |chain: &str, line: &[&str]| sandbox.bowline_on(chain, line).expect(0).stdout;
    let line = ["config", "current-context"];
    assert_eq!(current("~/.kube/b:~/.kube/config", &line), "other\n");
    assert_eq!(current("~/.kube/nowhere:~/.kube/config", &line), "dev\n");
    for line in [
        &["config", "current-context", "--kubeconfig=~/.kube/b"][..],
        &["config", "current-context", "--kubeconfig", "~/.kube/b"],
        &["--kubeconfig", "~/.kube/b", "config", "current-context"],
    ] {
        assert_eq!(current("", line), "other\n", "{line:?}");
    }
    sandbox
        .bowline_on(
            "~/.kube/b",
            &["config", "set-cluster", "new", "--server=https://n"],
        )
        .expect(0);
    assert!(!sandbox.path("~").exists());
    assert!(read(sandbox.path("home/.kube/b").to_str().unwrap()).contains("https://n"));
}

#[test]
fn without_home_no_file_of_the_working_folder_is_taken() {
    let sandbox = Sandbox::with(FILE);
    fs::create_dir(sandbox.path(".kube")).unwrap();
    fs::write(sandbox.path(".kube/config"), "current-context: planted\n").unwrap();
    for line in [
        &["config", "current-context"][..],
        &["config", "set-context", "x"],
    ] {
        for home in [None, Some("")] {
            let mut command = sandbox.command(line);
            command.env_remove("KUBECONFIG").env_remove("HOME");
            if let Some(home) = home {
                command.env("HOME", home);
            }
            run(command, b"")
                .expect(1)
                .says("HOME is not set")
                .says("KUBECONFIG")
                .never_says("planted");
        }
    }
    assert_eq!(
        read(sandbox.path(".kube/config").to_str().unwrap()),
        "current-context: planted\n"
    );
}

#[test]
fn the_file_of_long_ago_is_pointed_out_and_not_copied() {
    let sandbox = Sandbox::new();
    let old = sandbox.path("home/.kube/.kubeconfig");
    fs::write(&old, FILE).unwrap();
    let said = sandbox.config(&["get-contexts"]).expect(0);
    let said = said.says(&format!(
        "mv {} {}",
        old.display(),
        sandbox.file().display()
    ));
    assert!(!said.stdout.contains("dev"), "{said:?}");
    assert_eq!(sandbox.beside(), [".kubeconfig"]);
    sandbox.write(FILE);
    assert_eq!(sandbox.config(&["get-contexts"]).expect(0).stderr, "");
}

/// Runs `bowline config` with a terminal as its output.
fn on_a_terminal(sandbox: &Sandbox, line: &[&str]) -> String {
    let inner = sandbox.command(&["config"]);
    let words: Vec<_> = line.iter().map(|word| format!("'{word}'")).collect();
    let program = inner.get_program().to_str().unwrap();
    let shell = format!("'{program}' config {} 2>&1", words.join(" "));
    let mut command = sandbox.settle(Command::new("script"));
    command
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("SHELL", "/bin/sh")
        .args(["-qec", &shell, "/dev/null"]);
    let outcome = run(command, b"");
    outcome.stdout.replace("\r\n", "\n")
}

#[test]
fn names_drive_no_terminal_and_reach_a_pipe_unchanged() {
    let name = "\u{1b}]0;owned\u{7}\u{9b}31m";
    let quoted = "\"\\e]0;owned\\a\\u009b31m\"";
    let sandbox = Sandbox::with(format!(
        "current-context: {quoted}\n\
         clusters:\n- {{name: {quoted}, cluster: {{server: 'https://a'}}}}\n\
         contexts:\n- {{name: {quoted}, context: {{cluster: {quoted}, user: {quoted}, namespace: {quoted}}}}}\n\
         users:\n- {{name: {quoted}, user: {{token: secret-token}}}}\n"
    ));
    for line in [
        &["get-contexts"][..],
        &["get-contexts", "-o", "name"],
        &["get-contexts", "-o", "json"],
        &["get-contexts", "-o", "yaml"],
        &["get-clusters"],
        &["get-users"],
        &["current-context"],
        &["view"],
        &["view", "-o", "json"],
        &["view", "-o", "jsonpath={.contexts[0].name}{\"\\n\"}"],
        &["view", "-o", "go-template={{index . \"current-context\"}}"],
        &["use-context", name],
        &["set-context", name, "--namespace=x"],
        &["rename-context", name, "\u{1b}[31mnew"],
        &["rename-context", "\u{1b}[31mgone", "x"],
        &["delete-context", "\u{1b}[31mnew"],
        &["delete-user", "\u{1b}[31mgone"],
        &["set", "\u{1b}[31mx.y", "z"],
    ] {
        let shown = on_a_terminal(&sandbox, line);
        assert!(shown.len() > 5, "{line:?}: {shown:?}");
        let raw = |c: char| c.is_control() && c != '\n';
        assert!(!shown.chars().any(raw), "{line:?}: {shown:?}");
    }
    let sandbox = Sandbox::with(format!(
        "current-context: {quoted}\ncontexts:\n- name: {quoted}\n"
    ));
    let piped = sandbox.config(&["current-context"]).expect(0).stdout;
    assert_eq!(piped, format!("{name}\n"));
    let piped = sandbox
        .config(&["get-contexts", "-o", "name"])
        .expect(0)
        .stdout;
    assert_eq!(piped, format!("{name}\n"));
    // As kubectl does, so that a script finds what it looks for.
    let theirs = sandbox.kubectl(&["config", "get-contexts", "-o", "name"]);
    assert_eq!(piped, theirs.expect(0).stdout);
}

#[test]
fn a_list_member_that_comes_through_a_pipe_is_read() {
    let sandbox = Sandbox::with(FILE);
    let chain = format!("/dev/stdin:{}", sandbox.file().display());
    let mut command = sandbox.command(&["config", "get-contexts", "-o", "name"]);
    command.env("KUBECONFIG", &chain);
    let outcome = run(command, b"contexts:\n- {name: piped, context: {}}\n").expect(0);
    assert_eq!(outcome.stdout, "dev\npiped\ntest\n");
}

#[test]
fn a_context_that_was_hidden_keeps_its_cluster_and_user() {
    let sandbox = Sandbox::with(
        "clusters:\n- {name: c, cluster: {server: https://c}}\nusers:\n- {name: u}\n\
         contexts:\n- {name: x, context: {cluster: c, user: u}}\n",
    );
    let other = file(
        &sandbox,
        "other",
        "contexts:\n- {name: x, context: {cluster: c, user: u, namespace: mine}}\n",
    );
    let chain = format!("{}:{other}", sandbox.file().to_str().unwrap());
    sandbox
        .bowline_on(
            &chain,
            &["config", "delete-context", "x", "--with-cluster-and-user"],
        )
        .expect(0);
    let left = read(sandbox.file().to_str().unwrap());
    assert!(
        left.contains("name: c") && left.contains("name: u"),
        "{left}"
    );
}
