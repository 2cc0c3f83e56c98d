//! Does what a finding says: bowline's commands and those of a shell for real, those of a node as they would
//! act there.

use std::process::Command;

use serde_json::Value;
use testnode::Behaviour;
use testnode::LeafKind;

use super::stage::Act;
use super::stage::Stage;
use super::stage::named;
use crate::support::run;

/// What a command on the node does.
const ON_THE_NODE: &[(&str, Act)] = &[
    ("sudo microk8s start", serve),
    ("sudo snap restart microk8s.daemon-kubelite", serve),
    ("sudo snap restart microk8s.daemon-k8s-dqlite", serve),
    ("sudo microk8s refresh-certs -e server.crt", |stage| {
        stage.node.renew_leaf();
    }),
    ("sudo microk8s refresh-certs -e ca.crt", |stage| {
        stage.node.renew_leaf();
        for kubelet in &stage.kubelets {
            let ip = kubelet.address().ip();
            kubelet.set_leaf(stage.cluster.leaf(&LeafKind::MicroK8sKubelet, &[ip]));
        }
    }),
    // The certificate is made anew once the clock is right.
    ("sudo timedatectl set-ntp true", |stage| {
        stage.node.set_clock(0);
        stage.node.renew_leaf();
    }),
];

fn serve(stage: &mut Stage) {
    stage.node.set_behaviour(Behaviour::Serve).unwrap();
}

/// What a command does that cannot be run in a test.
const HERE: &[(&str, Act)] = &[("sudo timedatectl set-ntp true", |stage| {
    stage.node.set_clock(0);
    stage.node.renew_leaf();
    // The same bytes, written now.
    let text = stage.sandbox.text();
    stage.write(&text);
    let now = std::fs::File::options()
        .write(true)
        .open(stage.sandbox.file());
    now.unwrap()
        .set_modified(std::time::SystemTime::now())
        .unwrap();
})];

/// Does what a finding says; `hand` is what a person does where no command does it.
#[track_caller]
pub(super) fn apply(stage: &mut Stage, finding: &Value, hand: Option<Act>) {
    let mend = &finding["mend"];
    let command = mend["command"].as_str();
    if let Some(arguments) = mend["arguments"].as_array() {
        let arguments: Vec<_> = arguments
            .iter()
            .map(|text| text.as_str().unwrap())
            .collect();
        stage.bowline(&arguments).expect(0);
        return;
    }
    match (mend["at"].as_str(), command) {
        (Some("node"), Some(command)) => {
            let row = ON_THE_NODE.iter().find(|(known, _)| *known == command);
            let (_, act) = row.unwrap_or_else(|| panic!("no row for {command}"));
            let from_here = format!("multipass exec dev -- {command}");
            assert_eq!(mend["fromHere"], from_here, "{finding:#}");
            act(stage);
        }
        (Some("here"), Some(command)) => {
            if let Some((_, act)) = HERE.iter().find(|(known, _)| *known == command) {
                return act(stage);
            }
            shell(stage, command, false);
        }
        (Some("administrator"), Some(command)) => shell(stage, command, true),
        (Some("hand"), None) => match hand {
            Some(hand) => hand(stage),
            None => panic!("there is nobody to do it: {finding:#}"),
        },
        _ => panic!("{finding:#}"),
    }
}

/// Runs a command in a shell, with what it leaves in KUBECONFIG.
#[track_caller]
fn shell(stage: &mut Stage, command: &str, as_administrator: bool) {
    let ca = stage.sandbox.path("ca.crt");
    std::fs::write(&ca, stage.cluster.ca_pem()).unwrap();
    // The one word that stands for a file of the user's.
    let command = command.replace("=FILE", &format!("={}", ca.display()));
    let mut line = Command::new("/bin/sh");
    line.arg("-c")
        .arg(format!("{command}\nprintf '\\n%s' \"$KUBECONFIG\""));
    let mut line = stage.settle(line);
    let bowline = std::path::Path::new(env!("CARGO_BIN_EXE_bowline"));
    let mut path = stage.sandbox.path("bin").into_os_string();
    path.push(":");
    path.push(bowline.parent().unwrap());
    path.push(":/usr/bin:/bin");
    line.env("PATH", path);
    if as_administrator {
        let file = stage.sandbox.path("admin");
        std::fs::write(&file, named(&stage.cluster.kubeconfig(&stage.node.url()))).unwrap();
        line.env("KUBECONFIG", file);
    }
    let outcome = run(line, b"").expect(0);
    if !as_administrator && stage.list.is_some() {
        let list = outcome.stdout.rsplit('\n').next().unwrap();
        stage.list = Some(list.to_owned());
    }
}
