//! `bowline demo`: the README's one command.

use crate::support::Sandbox;
use crate::support::names;
use crate::support::run;

#[test]
fn the_demonstration_succeeds_with_kubectl_and_leaves_nothing() {
    let sandbox = Sandbox::with("# mine\n");
    let outcome = sandbox
        .bowline(&["demo"])
        .expect(0)
        .says("$ kubectl get namespaces")
        .says("$ bowline k get namespaces")
        .says("kube-system")
        .says("sent 0 bytes of credentials")
        .stays_plain();
    let changes = outcome.stdout.lines().map(str::trim_start);
    let changes: Vec<_> = changes.filter(|line| line.starts_with("+ ")).collect();
    assert_eq!(changes.len(), 1, "{outcome:#?}");
    assert!(changes[0].contains("server: https://"), "{outcome:#?}");
    assert_eq!(names(&sandbox.path("tmp")), Vec::<String>::new());
    assert_eq!(sandbox.text(), "# mine\n");
    assert!(!sandbox.path("state").exists());
}

#[test]
fn the_demonstration_succeeds_without_kubectl() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(&["demo"]);
    command.env_remove("BOWLINE_KUBECTL").env("PATH", "");
    run(command, b"")
        .expect(0)
        .says("$ bowline status")
        .says("$ bowline heal")
        .says("sent 0 bytes of credentials");
    assert_eq!(names(&sandbox.path("tmp")), Vec::<String>::new());
    assert!(!sandbox.file().exists());
}
