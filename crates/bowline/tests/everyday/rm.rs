//! `bowline rm`: the context and what only it uses; undo brings it back byte for byte.

use std::fs;

use crate::pty::Terminal;
use crate::pty::USUAL;
use crate::support::Sandbox;
use crate::support::run;

const TEXT: &str = "\
# mine
clusters:
- name: shared # two use it
  cluster: {server: 'https://10.0.0.1', certificate-authority: pki/ca.crt}
- name: alone
  cluster: {server: 'https://10.0.0.2'}
users:
- name: one
  user: {token: s3cr3t-one, client-key: one.key}
- name: two
  user: {token: s3cr3t-two}
contexts:
- name: a
  context: {cluster: shared, user: one}
- name: b
  context: {cluster: shared, user: two}
- name: c
  context: {cluster: alone, user: two}
current-context: a
";

#[test]
fn what_others_use_stays_and_says_why() {
    let sandbox = Sandbox::with(TEXT);
    let settings =
        "[aliases]\nx = 'a'\ny = 'b'\n[labels]\na = ['l']\n[clusters.alone]\nfollow = false\n";
    sandbox.settings(settings);
    sandbox
        .bowline(&["rm", "a", "--dry-run"])
        .expect(0)
        .says("-- name: a")
        .never_says("s3cr3t");
    assert_eq!(sandbox.text(), TEXT);
    sandbox
        .bowline(&["rm", "a"])
        .expect(0)
        .says("removed context a")
        .says("removed user one")
        .says("cluster shared stays: context b uses it")
        .says("one.key")
        .says("there is none now")
        .never_says("s3cr3t");
    let after = sandbox.text();
    assert!(after.contains("name: shared # two use it") && after.starts_with("# mine\n"));
    assert!(!after.contains("name: one") && !after.contains("current-context: a"));
    let toml = fs::read_to_string(sandbox.path("config.toml")).unwrap();
    assert!(!toml.contains("'a'") && !toml.contains("'l'"), "{toml}");
    assert!(toml.contains("y = 'b'") && toml.contains("[clusters.alone]"));
    sandbox
        .bowline(&["rm", "c"])
        .expect(0)
        .says("user two stays");
    let toml = fs::read_to_string(sandbox.path("config.toml")).unwrap();
    assert!(!toml.contains("alone"), "{toml}");
    sandbox.bowline(&["undo"]).expect(0);
    sandbox.bowline(&["undo"]).expect(0);
    assert_eq!(sandbox.text(), TEXT);
    let toml = fs::read_to_string(sandbox.path("config.toml")).unwrap();
    assert_eq!(toml, settings);
    sandbox
        .bowline(&["rm", "a", "b", "c", "--keep-entries"])
        .expect(0);
    assert!(sandbox.text().contains("name: shared") && sandbox.text().contains("name: two"));
}

#[test]
fn a_pattern_asks_first() {
    let sandbox = Sandbox::with(TEXT);
    sandbox
        .bowline(&["rm", "[ab]"])
        .expect(6)
        .says("2 contexts would be removed: a, b")
        .says("--yes");
    sandbox.bowline(&["rm", "z*"]).expect(6).says("fits z*");
    sandbox
        .bowline(&["rm", "a", "bb"])
        .expect(6)
        .says("did you mean b?");
    assert_eq!(sandbox.text(), TEXT);
    sandbox.bowline(&["rm", "[ab]", "--yes"]).expect(0);
    let names = sandbox.kubectl(&["config", "get-contexts", "-o", "name"]);
    assert_eq!(names.stdout, "c\n");
    assert!(!sandbox.text().contains("shared"));
}

#[test]
fn what_was_hidden_is_told_or_goes_too() {
    let sandbox = Sandbox::with(TEXT);
    let second = sandbox.path("second");
    let text = "contexts:\n- {name: a, context: {cluster: shared, user: one}}\n- {name: d, context: {}}\ncurrent-context: d\n";
    fs::write(&second, text).unwrap();
    let chain = std::env::join_paths([&sandbox.file(), &second]).unwrap();
    let call = |arguments: &[&str]| {
        let mut command = sandbox.command(arguments);
        command.env("KUBECONFIG", &chain);
        run(command, b"").expect(0)
    };
    call(&["rm", "a"])
        .says("another context a is in")
        .says("user one stays: context a uses it")
        .says("now it is d");
    assert_eq!(fs::read_to_string(&second).unwrap(), text);
    call(&["undo"]);
    call(&["rm", "a", "--everywhere"]).says("removed user one");
    assert!(!fs::read_to_string(&second).unwrap().contains("name: a"));
    call(&["undo"]);
    assert_eq!(fs::read_to_string(&second).unwrap(), text);
    assert_eq!(sandbox.text(), TEXT);
}

#[test]
fn a_kubeconfig_beside_the_chain_may_need_the_entry() {
    let sandbox = Sandbox::with(TEXT);
    let beside = sandbox.path("beside");
    sandbox.settings(&format!("kubeconfigs = ['{}']\n", beside.display()));
    fs::write(
        &beside,
        "contexts:\n- {name: far, context: {cluster: alone}}\n",
    )
    .unwrap();
    sandbox
        .bowline(&["rm", "c"])
        .expect(0)
        .says("cluster alone stays: context far uses it");
    sandbox.bowline(&["undo"]).expect(0);
    fs::write(
        &beside,
        "clusters:\n- {name: alone, cluster: {}}\ncontexts:\n- {name: far, context: {cluster: alone}}\n",
    )
    .unwrap();
    sandbox
        .bowline(&["rm", "c"])
        .expect(0)
        .says("removed cluster alone");
}

#[test]
fn what_config_toml_says_of_it_alone_goes_too_but_its_protection() {
    let sandbox = Sandbox::with(TEXT);
    let settings = "[aliases]\nx = 'c'\ny = 'b'\n[labels]\nc = ['l']\n[clusters.alone]\nfollow = false\n[protect.c]\n[protect.'[c]']\n[protect.'*']\n[protect.b]\n";
    sandbox.settings(settings);
    let said = sandbox.bowline(&["rm", "c"]).expect(0);
    for gone in ["alias x", "labels of c", "hints about cluster alone"] {
        assert!(
            said.stdout.contains(&format!("removed {gone} from")),
            "{said:#?}"
        );
    }
    // Somebody may take in a context of that name again, and not know that it is bare now.
    said.says("config.toml still protects c, should a context of that name come back: bowline protect --remove c")
        .never_says("--remove '*'");
    let toml = fs::read_to_string(sandbox.path("config.toml")).unwrap();
    assert_eq!(
        toml,
        "[aliases]\ny = 'b'\n[labels]\n[protect.c]\n[protect.'[c]']\n[protect.'*']\n[protect.b]\n"
    );
    assert_eq!(sandbox.history().len(), 1);
    sandbox.bowline(&["undo"]).expect(0);
    assert_eq!(sandbox.text(), TEXT);
    let toml = || fs::read_to_string(sandbox.path("config.toml")).unwrap();
    assert_eq!(toml(), settings);
    // What config.toml says is not about another file's names.
    let other = sandbox.path("other");
    fs::write(&other, TEXT).unwrap();
    sandbox
        .bowline(&["rm", "c", "--kubeconfig", "other"])
        .expect(0)
        .never_says("config.toml");
    assert_eq!(toml(), settings);
    sandbox
        .bowline(&["rename", "b", "z", "--kubeconfig", "other"])
        .expect(0)
        .never_says("config.toml");
}

#[test]
fn a_pattern_is_asked_about_on_a_terminal() {
    if !Terminal::is_possible("rm") {
        return;
    }
    let hostile = "- {name: \"esc\\e[2J\", context: {cluster: alone}}\n";
    let text = TEXT.replace("current-context", &format!("{hostile}current-context"));
    let sandbox = Sandbox::with(&text);
    let ask = |size| {
        let terminal = Terminal::start(Terminal::bowline(&sandbox, &["rm", "[ae]*"]), size);
        terminal.wait_for_text("Remove them? [y/N]");
        terminal
    };
    // Only yes is yes; ctrl-D is the end of the input, and ctrl-C ends the program.
    for (keys, code) in [
        ("n\r", Some(6)),
        ("\r", Some(6)),
        ("yellow\r", Some(6)),
        ("\u{4}", Some(6)),
        ("\u{3}", None),
    ] {
        let mut terminal = ask(USUAL);
        assert!(
            terminal.text().contains("esc\\x1b[2J"),
            "{}",
            terminal.text()
        );
        terminal.send(keys);
        assert_eq!(terminal.end(), code, "{keys:?}: {}", terminal.text());
        assert_eq!(sandbox.text(), text, "{keys:?}");
    }
    assert!(sandbox.history().is_empty());
    let mut terminal = ask((24, 60));
    terminal.send("y\r");
    assert_eq!(terminal.end(), Some(0), "{}", terminal.text());
    assert!(!sandbox.text().contains("name: a\n"), "{}", sandbox.text());
    sandbox.bowline(&["undo"]).expect(0);
    assert_eq!(sandbox.text(), text);
}
