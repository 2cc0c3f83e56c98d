//! `bowline use` where no shell asks, and at a terminal with the picker.

use crate::pty::Terminal;
use crate::pty::USUAL;
use crate::support::Sandbox;

const THREE: &str = "current-context: dev\ncontexts:\n- {name: dev, context: {cluster: c, user: u}}\n- {name: prod-eu, context: {cluster: c, user: u}}\n- {name: prod-us, context: {cluster: c, user: u}}\nclusters: [{name: c, cluster: {server: 'https://192.0.2.1'}}]\nusers: [{name: u, user: {token: hunter2hunter2}}]\n";

fn current(sandbox: &Sandbox) -> String {
    let said = sandbox.kubectl(&["config", "current-context"]);
    said.expect(0).stdout.trim_end().to_owned()
}

#[test]
fn parts_patterns_aliases_and_labels_choose() {
    let sandbox = Sandbox::with(THREE);
    sandbox.settings("[aliases]\np = 'prod-us'\n[labels]\nprod-eu = ['europe']\n");
    for (typed, expected) in [
        ("us", "prod-us"),
        ("dev", "dev"),
        ("*-eu", "prod-eu"),
        ("p", "prod-us"),
        ("-", "prod-eu"),
        ("label:europe", "prod-eu"),
    ] {
        sandbox.bowline(&["use", typed]).expect(0);
        assert_eq!(current(&sandbox), expected, "{typed}");
    }
    // Nobody can be asked.
    for (line, said) in [
        (
            &["use", "prod"][..],
            "prod is part of several contexts; there are: prod-eu, prod-us\n",
        ),
        (&["use", "*"], "there are: dev, prod-eu, prod-us\n"),
        (
            &["use"],
            "no context is named; there are: dev, prod-eu, prod-us\n",
        ),
        (&["use", "prod-ue"], "did you mean prod-eu, or prod-us?"),
        (&["use", ""], "there is no context `` in"),
    ] {
        sandbox.bowline(line).expect(6).says(said);
    }
    assert_eq!(current(&sandbox), "prod-eu");
}

#[test]
fn the_picker_chooses_for_real_and_escape_changes_nothing() {
    if !Terminal::is_possible("use with the picker") {
        return;
    }
    let sandbox = Sandbox::with(THREE);
    let mut terminal = Terminal::start(Terminal::bowline(&sandbox, &["use", "prod"]), USUAL);
    terminal.wait_for_text("> prod-eu");
    terminal.wait_for_text("192.0.2.1");
    terminal.wait_for_text("u, a token");
    assert!(!terminal.raw().contains("hunter2"));
    terminal.send("\x1b");
    assert_eq!(terminal.end(), Some(130));
    assert_eq!(sandbox.text(), THREE);
    let mut terminal = Terminal::start(Terminal::bowline(&sandbox, &["use"]), USUAL);
    terminal.wait_for_text("> dev");
    terminal.send("us\r");
    assert_eq!(terminal.end(), Some(0));
    assert_eq!(current(&sandbox), "prod-us");
}

#[test]
fn the_history_says_which_namespace_it_was() {
    let sandbox = Sandbox::with(THREE);
    sandbox.bowline(&["ns", "team", "--force"]).expect(0);
    sandbox.bowline(&["use", "-"]).expect(0);
    let told: Vec<_> = sandbox.history();
    let told: Vec<_> = told.iter().map(|change| &change["summary"]).collect();
    assert_eq!(
        told,
        ["use dev (namespace team)", "use dev (namespace default)"]
    );
}
