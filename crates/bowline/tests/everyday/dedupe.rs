//! `bowline dedupe`: one of each stays, and every context still leads where it led.

use crate::support::Sandbox;

const TEXT: &str = "# mine\nclusters:\n- name: a\n  cluster: {server: 'https://10.0.0.1:6443'}   # first\n- name: b\n  cluster: {server: 'https://10.0.0.1:6443'}\n- name: other\n  cluster: {server: 'https://10.0.0.2:6443'}\ncontexts:\n- name: dev\n  context: {cluster: a, user: u}\n- name: dev-2\n  context: {cluster: b, user: v}\n- name: dev-kube\n  context: {cluster: b, user: v, namespace: kube-system}   # kept\n- name: else\n  context: {cluster: other, user: w}\nusers:\n- name: u\n  user: {token: hunter2}\n- name: v\n  user: {token: hunter2}\n- name: w\n  user: {token: hunter3}\ncurrent-context: dev\n";

#[test]
fn one_of_each_stays_and_contexts_follow() {
    let sandbox = Sandbox::with(TEXT);
    sandbox
        .bowline(&["dedupe"])
        .expect(0)
        .says("cluster a stays; b goes")
        .says("user u stays; v goes")
        .says("context dev stays; dev-2 goes")
        .says("nothing was changed")
        .never_says("hunter");
    assert_eq!(sandbox.text(), TEXT);
    sandbox.bowline(&["dedupe", "--apply"]).expect(0);
    let after = sandbox.text();
    let expected = TEXT
        .replace(
            "- name: b\n  cluster: {server: 'https://10.0.0.1:6443'}\n",
            "",
        )
        .replace("- name: dev-2\n  context: {cluster: b, user: v}\n", "")
        .replace(
            "{cluster: b, user: v, namespace",
            "{cluster: a, user: u, namespace",
        )
        .replace("- name: v\n  user: {token: hunter2}\n", "");
    assert_eq!(after, expected);
    assert_eq!(sandbox.history().len(), 1);
    sandbox
        .bowline(&["dedupe"])
        .expect(0)
        .says("nothing is there twice");
    sandbox.bowline(&["undo"]).expect(0);
    assert_eq!(sandbox.text(), TEXT);
}

#[test]
fn without_a_current_context_the_most_used_stays() {
    let text = TEXT.replace("current-context: dev\n", "");
    let sandbox = Sandbox::with(&text);
    sandbox
        .bowline(&["dedupe", "--apply"])
        .expect(0)
        .says("cluster b stays; a goes");
    assert!(sandbox.text().contains("{cluster: b, user: v, namespace"));
}
