//! `bowline export`: one context that needs no other file.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use testnode::ClientCertificateSpec;
use testnode::Cluster;
use testnode::Node;

use crate::pty::Terminal;
use crate::pty::USUAL;
use crate::support::Sandbox;
use crate::support::place;

#[test]
fn files_are_taken_in_and_kubectl_is_content() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let client = cluster.client_certificate(&ClientCertificateSpec::admin());
    let sandbox = Sandbox::with(format!(
        "clusters:\n- name: c\n  cluster: {{server: '{}', certificate-authority: pki/ca.crt}}\n- {{name: other, cluster: {{server: 'https://10.0.0.1'}}}}\nusers:\n- name: u\n  user: {{client-certificate: pki/c.crt, client-key: pki/c.key}}\ncontexts:\n- {{name: a, context: {{cluster: c, user: u, namespace: kube-system}}}}\n- {{name: b, context: {{cluster: other}}}}\n- {{name: broken, context: {{cluster: gone}}}}\ncurrent-context: b\n",
        node.url()
    ));
    let before = sandbox.bytes();
    let pki = sandbox.path("home/.kube/pki");
    fs::create_dir(&pki).unwrap();
    fs::write(pki.join("ca.crt"), cluster.ca_pem()).unwrap();
    fs::write(pki.join("c.crt"), client.pem()).unwrap();
    fs::write(pki.join("c.key"), client.key_pem()).unwrap();
    let out = sandbox.path("out.yaml");
    let export = ["export", "a", "-o", "out.yaml"];
    sandbox
        .bowline(&[&export[..], &["--dry-run"]].concat())
        .expect(0)
        .says("client-key-data: REDACTED");
    assert!(!out.exists());
    sandbox.bowline(&export).expect(0).says("wrote context a");
    let mode = fs::metadata(&out).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    // It needs nothing of what is here.
    fs::remove_dir_all(&pki).unwrap();
    let elsewhere = Sandbox::with(fs::read(&out).unwrap());
    elsewhere
        .kubectl(&["get", "ns"])
        .expect(0)
        .says("kube-system");
    assert!(!elsewhere.text().contains("other"));
    assert_eq!(sandbox.bytes(), before);
    assert!(sandbox.history().is_empty());

    let text = fs::read(&out).unwrap();
    sandbox
        .bowline(&["export", "b", "-o", "out.yaml"])
        .expect(6)
        .says("--force");
    assert_eq!(fs::read(&out).unwrap(), text);
    fs::set_permissions(&out, fs::Permissions::from_mode(0o644)).unwrap();
    sandbox
        .bowline(&["export", "b", "-o", "out.yaml", "--force"])
        .expect(0);
    let mode = fs::metadata(&out).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    let printed = sandbox.bowline(&["export", "b"]).expect(0).stdout;
    assert_eq!(printed, fs::read_to_string(&out).unwrap());
    for (arguments, word) in [
        (
            &["export", "a"][..],
            "ca.crt cannot be taken in: it does not exist",
        ),
        (&["export", "broken"], "cluster gone does not exist"),
        (&["export", "borken"], "did you mean broken?"),
        (
            &["export", "b", "-o", "no/where.yaml"],
            "there is no folder",
        ),
    ] {
        sandbox.bowline(arguments).expect(6).says(word);
    }
}

#[test]
fn programs_stay_and_are_told() {
    let sandbox = Sandbox::with(
        "clusters:\n- {name: c, cluster: {server: 'https://10.0.0.1'}}\nusers:\n- name: u\n  user: {tokenFile: token, exec: {apiVersion: client.authentication.k8s.io/v1, command: ./bin/login, interactiveMode: Never}}\ncontexts:\n- {name: a, context: {cluster: c, user: u}}\n",
    );
    fs::write(sandbox.path("home/.kube/token"), "t0k3n\n").unwrap();
    let outcome = sandbox.bowline(&["export", "a"]).expect(0);
    let command = sandbox.path("home/.kube/bin/login");
    let line = format!("command: {}", command.display());
    assert!(outcome.stdout.contains(&line), "{outcome:#?}");
    assert!(outcome.stdout.contains("token: t0k3n\n"));
    assert!(outcome.stderr.contains("is not renewed"));
    assert!(outcome.stderr.contains("has to be where it is used"));
}

#[test]
fn what_is_replaced_comes_back() {
    let sandbox = Sandbox::with(
        "clusters:\n- {name: c, cluster: {server: 'https://10.0.0.1'}}\nusers:\n- {name: u, user: {token: s3cr3t}}\ncontexts:\n- {name: a, context: {cluster: c, user: u}}\n",
    );
    let out = sandbox.path("out.yaml");
    let mine = "# nowhere else\nusers: []\n";
    let export = ["export", "a", "-o", "out.yaml", "--force"];
    // Of a new file there is no copy in the history.
    sandbox.bowline(&export).expect(0).never_says("undo");
    assert!(sandbox.history().is_empty());
    fs::write(&out, mine).unwrap();
    fs::set_permissions(&out, fs::Permissions::from_mode(0o644)).unwrap();
    let began = sandbox.bowline(&export).expect(0);
    began.says("`bowline undo 1` brings back what was replaced");
    let mode = || fs::metadata(&out).unwrap().permissions().mode() & 0o7777;
    assert!(fs::read_to_string(&out).unwrap().contains("s3cr3t"));
    assert_eq!(mode(), 0o600);
    sandbox
        .bowline(&["undo", "1"])
        .expect(0)
        .never_says("s3cr3t");
    assert_eq!(fs::read_to_string(&out).unwrap(), mine);
}

#[test]
fn credentials_are_not_shown_on_a_terminal_unasked() {
    if !Terminal::is_possible("export") {
        return;
    }
    let sandbox = Sandbox::with(
        "clusters:\n- {name: c, cluster: {server: 'https://10.0.0.1'}}\nusers:\n- {name: u, user: {token: s3cr3t}}\ncontexts:\n- {name: a, context: {cluster: c, user: u}}\n",
    );
    let shown = |arguments: &[&str], code| {
        let mut terminal = Terminal::start(Terminal::bowline(&sandbox, arguments), USUAL);
        assert_eq!(terminal.end(), Some(code), "{}", terminal.text());
        terminal.raw()
    };
    let refused = shown(&["export", "a"], 6);
    assert!(
        refused.contains("--yes") && !refused.contains("s3cr3t"),
        "{refused}"
    );
    let dry = shown(&["export", "a", "--dry-run"], 0);
    assert!(dry.contains("REDACTED") && !dry.contains("s3cr3t"), "{dry}");
    let written = shown(&["export", "a", "-o", "out.yaml"], 0);
    assert!(!written.contains("s3cr3t"), "{written}");
    assert!(shown(&["export", "a", "--yes"], 0).contains("s3cr3t"));
}
