//! Kubeconfigs that are unusable, and names that would act on a terminal: a clear error, and nothing changed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use testnode::Cluster;
use testnode::Node;

use crate::support::Sandbox;
use crate::support::names;
use crate::support::odd;
use crate::support::place;
use crate::support::run;
use crate::support::skip;

/// The commands that read a kubeconfig.
const READERS: [&[&str]; 4] = [
    &["status"],
    &["status", "--all"],
    &["heal"],
    &["heal", "--all"],
];

/// Every reader refuses `text` with the documented code and these words; the file stays.
#[track_caller]
fn assert_refused(text: impl AsRef<[u8]>, words: &[&str]) {
    let sandbox = Sandbox::with(&text);
    for line in READERS {
        let mut outcome = sandbox.bowline(line).expect(6).stays_plain();
        for word in words {
            outcome = outcome.says(word);
        }
    }
    let dry: &[_] = text.as_ref();
    assert_eq!(sandbox.bytes(), dry);
    assert_eq!(names(&sandbox.path("state")), Vec::<String>::new());
}

#[test]
fn a_broken_kubeconfig_is_named_with_the_place() {
    assert_refused("clusters: [\n", &["home/.kube/config: "]);
    assert_refused("a: b\n\tc: d\n", &["home/.kube/config: ", "found a tab"]);
    assert_refused("- a list\n", &["home/.kube/config: "]);
    assert_refused("a sentence\n", &["home/.kube/config: "]);
    assert_refused("\u{1b}[31m: [", &["home/.kube/config: "]);
    assert_refused([0xc3, 0x28, b'\n'], &["home/.kube/config: "]);
}

#[test]
fn an_empty_kubeconfig_has_no_context() {
    for text in ["", "\n", "# nothing\n", "kind: Config\n"] {
        let sandbox = Sandbox::with(text);
        for line in [&["status"][..], &["heal"]] {
            sandbox
                .bowline(line)
                .expect(6)
                .says("no current context")
                .says("home/.kube/config")
                .says("bowline add FILE");
        }
        sandbox.bowline(&["status", "--all"]).expect(0);
        sandbox.bowline(&["heal", "--all"]).expect(0);
        sandbox
            .bowline(&["status", "dev"])
            .expect(6)
            .says("bowline add FILE");
        assert_eq!(sandbox.text(), text);
    }
}

#[test]
fn where_no_context_is_current_one_has_to_be_chosen() {
    let config = odd(&Cluster::new(), "https://10.0.0.1:16443");
    let sandbox = Sandbox::with(config.replace("current-context: 'dev'", "current-context: ''"));
    for line in [&["status"][..], &["heal"]] {
        sandbox
            .bowline(line)
            .expect(6)
            .says("no current context")
            .says("bowline config use-context NAME");
    }
}

#[test]
fn no_kubeconfig_at_all_is_like_an_empty_one() {
    let sandbox = Sandbox::new();
    sandbox
        .bowline(&["heal"])
        .expect(6)
        .says("no current context");
    assert!(!sandbox.file().exists());
    assert_eq!(names(&sandbox.path("home/.kube")), Vec::<String>::new());
    let mut command = sandbox.command(&["status"]);
    command.env_remove("HOME").env_remove("KUBECONFIG");
    run(command, b"").expect(7).says("HOME is not set");
}

#[test]
fn a_folder_is_no_kubeconfig() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.file()).unwrap();
    for line in READERS {
        sandbox.bowline(line).expect(6).says("home/.kube/config");
    }
    let config = Cluster::new().kubeconfig("https://10.0.0.1:16443");
    sandbox
        .feed(&["add", "-"], config)
        .expect(6)
        .says("home/.kube/config");
    assert_eq!(names(&sandbox.file()), Vec::<String>::new());
}

#[test]
fn an_unreadable_kubeconfig_is_named_with_the_cause() {
    let sandbox = Sandbox::with(odd(&Cluster::new(), "https://10.0.0.1:16443"));
    fs::set_permissions(sandbox.file(), fs::Permissions::from_mode(0o0)).unwrap();
    let wrap = |arguments: &[&str]| {
        if fs::read(sandbox.file()).is_err() {
            return Some(sandbox.command(arguments));
        }
        // Root reads everything; nobody does not.
        let me = Command::new("setpriv")
            .args(["--reuid=65534", "true"])
            .status();
        if !me.is_ok_and(|status| status.success()) {
            return None;
        }
        open_to_all(&sandbox.path(""));
        let program = sandbox.path("bin/bowline");
        crate::support::install(env!("CARGO_BIN_EXE_bowline"), b"", &program);
        let setpriv = Command::new("/usr/bin/setpriv");
        let mut command = sandbox.settle(setpriv);
        command
            .args(["--reuid=65534", "--clear-groups"])
            .arg(program);
        command.args(arguments);
        Some(command)
    };
    for line in READERS {
        let Some(command) = wrap(line) else {
            return skip(
                "an_unreadable_kubeconfig_is_named_with_the_cause",
                "root reads everything, and setpriv cannot be used",
            );
        };
        run(command, b"")
            .expect(6)
            .says("home/.kube/config")
            .says("ermission denied");
    }
}

/// Lets everybody into the folders of a sandbox.
fn open_to_all(sandbox: &Path) {
    for folder in [
        sandbox.to_owned(),
        sandbox.join("home"),
        sandbox.join("home/.kube"),
    ] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).unwrap();
    }
}

#[test]
fn an_unknown_context_is_answered_with_those_that_exist() {
    let sandbox = Sandbox::with(odd(&Cluster::new(), "https://10.0.0.1:16443"));
    let before = sandbox.bytes();
    for (line, meant) in [
        (&["status", "prod"][..], "there are: dev"),
        (&["heal", "prod"], "there are: dev"),
        (&["heal", "dev2", "--dry-run"], "did you mean dev?"),
    ] {
        sandbox
            .bowline(line)
            .expect(6)
            .says(&format!("there is no context {}", line[1]))
            .says(meant);
    }
    // kubectl's own word, after ours.
    let outcome = sandbox
        .bowline(&["k", "get", "ns", "--context=prod"])
        .expect(1);
    let last = outcome.stderr.lines().last().unwrap();
    assert!(outcome.stderr.contains("there are: dev"), "{outcome:#?}");
    assert!(
        !last.starts_with("bowline:") && last.contains("prod"),
        "{outcome:#?}"
    );
    assert_eq!(sandbox.bytes(), before);
}

#[test]
fn entries_that_are_missing_or_unusable_are_named() {
    let cluster = Cluster::new();
    let config = cluster.kubeconfig("https://10.0.0.1:16443");
    let ca = config
        .lines()
        .find(|line| line.contains("certificate-authority-data"))
        .unwrap()
        .to_owned();
    let server = "server: https://10.0.0.1:16443";
    for (text, words) in [
        // "not PEM" in base64.
        (
            config.replace(&ca, "    certificate-authority-data: bm90IFBFTQ=="),
            &["cluster microk8s-cluster", "microk8s config"][..],
        ),
        (
            config.replace(&ca, "    certificate-authority-data: '***'"),
            &["certificate-authority-data"],
        ),
        (
            config.replace(&ca, "    certificate-authority: gone.crt"),
            &[
                "cluster microk8s-cluster",
                "home/.kube/gone.crt does not exist",
            ],
        ),
        (
            config.replace(server, "server: 'not a url'"),
            &["cluster microk8s-cluster", "--server=https://HOST:PORT"],
        ),
        (
            config.replace(server, "server: https://10.0.0.1:99999"),
            &["cluster microk8s-cluster", "--server=https://HOST:PORT"],
        ),
        (
            config.replace(server, "server: ''"),
            &["cluster microk8s-cluster"],
        ),
        (
            config.replace("cluster: microk8s-cluster", "cluster: gone"),
            &["context microk8s", "its cluster gone does not exist"],
        ),
        (
            config.replace("user: admin", "user: gone"),
            &["context microk8s", "its user gone does not exist"],
        ),
    ] {
        assert_ne!(text, config);
        let sandbox = Sandbox::with(&text);
        for line in [&["status"][..], &["heal"], &["heal", "--all"]] {
            let mut outcome = sandbox.bowline(line).expect(6);
            for word in words {
                outcome = outcome.says(word);
            }
        }
        assert_eq!(sandbox.text(), text);
    }
}

#[test]
fn one_bad_entry_does_not_keep_the_others_from_being_healed() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let good = odd(&cluster, &format!("https://{}", place()));
    let sandbox = Sandbox::with(&good);
    let bad = sandbox.path("bad");
    let config = Cluster::new().kubeconfig("not a url");
    fs::write(&bad, config).unwrap();
    sandbox.announce(&[("microk8s-vm", node.address())]);
    let chain = std::env::join_paths([&bad, &sandbox.file()]).unwrap();
    sandbox
        .bowline_on(&chain, &["heal", "--all"])
        .expect(6)
        .says("microk8s-cluster");
    assert!(sandbox.text().contains(&node.url()));
}

#[test]
fn names_never_reach_the_terminal_raw() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let evil = "\\e]0;owned\\a\\e[2J\\r\\n'$(id)' \\\"x\\\" \\u009b31m";
    let config = cluster
        .kubeconfig(&node.url())
        .replace(": microk8s\n", &format!(": \"{evil}\"\n"))
        .replace("admin\n", &format!("\"{evil}\"\n"))
        .replace("microk8s-cluster", &format!("\"{evil}\""));
    let sandbox = Sandbox::with(&config);
    sandbox.kubectl(&["get", "ns"]).expect(0);
    let name = "\u{1b}]0;owned\u{7}\u{1b}[2J\r\n'$(id)' \"x\" \u{9b}31m";
    for line in [
        &["status"][..],
        &["status", "--all"],
        &["status", "-o", "json"],
        &["status", "-o", "yaml"],
        &["status", name],
        &["heal"],
        &["heal", name],
    ] {
        sandbox.bowline(line).expect(0).stays_plain().says("owned");
    }
    let other = format!("{name}2");
    sandbox.bowline(&["heal", &other]).expect(6).stays_plain();
    let add = ["add", "-", "--name", name];
    sandbox
        .feed(&add, &config)
        .expect(6)
        .stays_plain()
        .says("exists already");
    let add = ["add", "-", "--name", &other];
    sandbox.feed(&add, &config).expect(0).stays_plain();
    let view = ["--context", &other, "get", "ns"];
    sandbox.kubectl(&view).expect(0);

    node.move_to(place()).unwrap();
    let lost = sandbox.bowline(&["heal"]).stays_plain().says("owned");
    assert_eq!(lost.code, Some(3), "{lost:#?}");
    sandbox.bowline(&["status"]).expect(3).stays_plain();
    let k = sandbox.script("kubectl", "exit 0\n");
    let mut command = sandbox.command(&["k", "get", "ns"]);
    command.env("BOWLINE_KUBECTL", &k);
    run(command, b"").expect(0).stays_plain().says("owned");
    sandbox.announce(&[("microk8s-vm", node.address())]);
    sandbox
        .bowline(&["heal", "--dry-run"])
        .expect(0)
        .stays_plain();
    sandbox.bowline(&["heal"]).expect(0).stays_plain();
    sandbox.kubectl(&["get", "ns"]).expect(0);
}

#[test]
fn a_server_with_a_password_or_escapes_is_never_shown_raw() {
    let cluster = Cluster::new();
    for server in [
        "https://me:geheim@127.0.0.77:16443",
        "\"https://127.0.0.77:16443/\\e[31mgeheim\"",
        "\"https://\\e[31mgeheim\"",
    ] {
        let sandbox = Sandbox::with(cluster.kubeconfig(server));
        for line in READERS {
            let outcome = sandbox.bowline(line).stays_plain();
            assert_ne!(outcome.code, Some(0), "{outcome:#?}");
            if server.contains('@') {
                outcome.never_says("geheim");
            }
        }
    }
}

#[test]
fn a_mistyped_kubeconfig_is_not_an_empty_one() {
    let sandbox = Sandbox::with("");
    for command in [&["status", "--all"][..], &["heal", "--all"], &["heal"]] {
        let arguments: Vec<&str> = command
            .iter()
            .chain(&["--kubeconfig", "/nowhere/config"])
            .copied()
            .collect();
        let outcome = sandbox.bowline(&arguments).expect(6);
        assert!(
            outcome.stderr.contains("/nowhere/config does not exist"),
            "{outcome:?}"
        );
    }
}

#[test]
fn nonsense_on_the_command_line_is_refused_before_anything_is_done() {
    let cluster = testnode::Cluster::new();
    let node = testnode::Node::start(&cluster, place()).unwrap();
    let before = odd(&cluster, "https://127.77.255.254:16443");
    let sandbox = Sandbox::with(&before);
    for at in [
        "0.0.0.0",
        "224.0.0.1:6443",
        "127.0.0.2:0",
        "[::1",
        "host:6443",
        "",
    ] {
        sandbox.bowline(&["heal", "--at", at]).expect(2);
    }
    let printed = sandbox.path("printed");
    std::fs::write(&printed, cluster.kubeconfig(&node.url())).unwrap();
    for name in ["", "  "] {
        sandbox
            .bowline(&["add", &printed.to_string_lossy(), "--name", name])
            .expect(2);
    }
    // One name that does not exist: nothing is healed, not even the one that does.
    sandbox.announce(&[("microk8s-vm", node.address())]);
    sandbox.bowline(&["heal", "dev", "nosuch"]).expect(6);
    assert_eq!(sandbox.text(), before);
}

#[test]
fn without_a_home_nothing_is_put_anywhere() {
    let sandbox = Sandbox::with("");
    let mut command = sandbox.command(&["status", "--kubeconfig", "x"]);
    command
        .env_remove("HOME")
        .env_remove("BOWLINE_STATE")
        .env_remove("BOWLINE_CONFIG");
    let outcome = crate::support::run(command, b"").expect(7);
    assert!(outcome.stderr.contains("HOME is not set"), "{outcome:?}");
}

/// An entry that nobody asked about must not hold up those that work.
#[test]
fn a_ca_file_that_is_a_pipe_or_has_no_end_is_not_read() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let own = odd(&cluster, &node.url());
    let sandbox = Sandbox::new();
    let pipe = sandbox.path("pipe");
    let mut command = std::process::Command::new("mkfifo");
    command.arg(&pipe);
    run(command, b"").expect(0);
    for ca in [pipe.to_str().unwrap(), "/dev/zero"] {
        let other = format!(
            "- name: other\n  cluster: {{server: 'https://10.0.0.1:1', certificate-authority: '{ca}'}}\n"
        );
        sandbox.write(own.replace("apiVersion:", &format!("{other}apiVersion:")));
        sandbox.bowline(&["heal"]).expect(0);
        sandbox.bowline(&["k", "get", "ns"]).expect(0);
        sandbox.bowline(&["status", "--all"]).expect(0);
    }
}
