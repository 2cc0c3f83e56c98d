//! Programs that read KUBECONFIG in another way than kubectl does see the terminal's choice all the same.

use std::path::Path;
use std::process::Command;

use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::run;
use crate::support::skip;

const TWO: &str = "contexts:\n\
    - {name: dev, context: {cluster: one, user: me, namespace: team}}\n\
    - {name: prod, context: {cluster: other, user: me}}\n\
    clusters:\n\
    - {name: one, cluster: {server: 'https://192.0.2.1'}}\n\
    - {name: other, cluster: {server: 'https://192.0.2.2'}}\n\
    users: [{name: me, user: {}}]\n\
    current-context: dev\n";

/// Where the official client for Python goes.
const PYTHON: &str = "\
from kubernetes import client, config
config.load_kube_config()
active = config.list_kube_config_contexts()[1]
print(client.Configuration.get_default_copy().host, active['name'], active['context'].get('namespace'))
";

/// Debian's python3-kubernetes.
fn python(sandbox: &Sandbox, kubeconfig: Option<&str>) -> Outcome {
    let mut command = sandbox.settle(Command::new("/usr/bin/python3"));
    command.args(["-c", PYTHON]);
    match kubeconfig {
        Some(list) => command.env("KUBECONFIG", list),
        None => command.env("KUBECONFIG", sandbox.file()),
    };
    run(command, b"")
}

#[test]
fn pythons_client_takes_the_choice_of_the_terminal() {
    if !Path::new("/usr/lib/python3/dist-packages/kubernetes").is_dir() {
        skip(
            "pythons_client_takes_the_choice_of_the_terminal",
            "there is no python3-kubernetes",
        );
        return;
    }
    let sandbox = Sandbox::with(TWO);
    let own = python(&sandbox, None).expect(0);
    assert_eq!(own.stdout, "https://192.0.2.1 dev team\n");
    let mut list = String::new();
    for (choice, expected) in [
        (&["use", "prod"][..], "https://192.0.2.2 prod None\n"),
        (&["use", "-n", "blue"], "https://192.0.2.2 prod blue\n"),
        (&["use", "dev"], "https://192.0.2.1 dev team\n"),
        (&["use", "prod"], "https://192.0.2.2 prod None\n"),
    ] {
        let mut command = sandbox.command(choice);
        command.env("BOWLINE_SHELL_PID", std::process::id().to_string());
        if !list.is_empty() {
            command.env("KUBECONFIG", &list);
        }
        let told = run(command, b"").expect(0).stdout;
        if let Some(told) = told.trim_end().strip_prefix("KUBECONFIG=") {
            told.clone_into(&mut list);
        }
        let seen = python(&sandbox, Some(&list)).expect(0);
        assert_eq!(seen.stdout, expected, "{choice:?}");
    }
    // One whose choice is gone goes nowhere, as kubectl.
    let session = list.split(':').next().unwrap();
    std::fs::remove_file(session).unwrap();
    python(&sandbox, Some(&list))
        .expect(1)
        .says("this-terminal-lost-its-context");
    let line = ["exec", "prod", "--", "/usr/bin/python3", "-c", PYTHON];
    let seen = sandbox.bowline(&line).expect(0);
    seen.says("https://192.0.2.2 prod None");
}
