//! In a terminal with a choice of its own: new entries go to the user's file, the choice to the session.

use std::fs;

use crate::support::Sandbox;

#[test]
fn entries_go_to_the_kubeconfig_and_the_choice_to_the_session() {
    let sandbox = Sandbox::with(
        "contexts:\n- name: a\n  context: {cluster: a}\n- name: b\n  context: {cluster: b}\ncurrent-context: a\n",
    );
    let session = sandbox.path("state/sessions/1-1.bowline-session.json");
    fs::create_dir_all(session.parent().unwrap()).unwrap();
    fs::write(&session, r#"{"current-context": "a"}"#).unwrap();
    let guard = sandbox.path("state/bowline-guard.json");
    let chain = std::env::join_paths([session.clone(), guard, sandbox.file()]).unwrap();
    let config = |arguments: &[&str]| {
        let mut command = sandbox.command(&[&["config"], arguments].concat());
        command.env("KUBECONFIG", &chain);
        crate::support::run(command, b"").expect(0);
    };
    config(&["set-cluster", "new", "--server=https://10.0.0.1"]);
    config(&["use-context", "b"]);
    assert!(sandbox.text().contains("name: new"), "{}", sandbox.text());
    assert!(sandbox.text().contains("current-context: a"));
    assert_eq!(
        fs::read_to_string(&session).unwrap(),
        r#"{"current-context": "b"}"#
    );
}
