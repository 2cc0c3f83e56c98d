//! What is known without looking around: where the cluster was, what the user said of it, and its machine.

use std::fs;

use testnode::Cluster;
use testnode::Node;

use super::assert_found;
use crate::add_machines::machines::Machines;
use crate::support::Sandbox;
use crate::support::odd;
use crate::support::place;

#[test]
fn last_good() {
    for command in [&["heal"][..], &["k", "get", "ns"]] {
        let cluster = Cluster::new();
        let node = Node::start(&cluster, place()).unwrap();
        let first = node.address();
        let sandbox = Sandbox::with(odd(&cluster, &node.url()));
        sandbox.bowline(&["heal"]).expect(0).says("works at");
        node.move_to(place()).unwrap();
        sandbox.announce(&[("microk8s-vm", node.address())]);
        sandbox.bowline(&["heal"]).expect(0).says("(by hosts.ics");
        let before = sandbox.text();

        // It comes back to where it was, and nobody says so.
        fs::remove_file(sandbox.path("hosts.ics")).unwrap();
        node.move_to(first).unwrap();
        sandbox
            .bowline(command)
            .expect(0)
            .stays_plain()
            .says("(by last good");
        assert!(sandbox.text().contains(&format!("'{}'", node.url())));
        sandbox.bowline(&["undo"]).expect(0);
        assert_eq!(sandbox.text(), before);
    }
}

#[test]
fn candidates_of_the_settings() {
    assert_found("", "config.toml", |sandbox, node| {
        let nobody = place();
        let settings = format!("[clusters.microk8s]\ncandidates = ['{nobody}', '{node}']\n");
        sandbox.settings(&settings);
    });
}

/// Only the machine that is named is asked: the stand-ins refuse every other question.
#[test]
fn the_machine_of_the_settings() {
    type Kind = fn(&Sandbox) -> Machines<'_>;
    let kinds: [(&str, &str, Kind); 3] = [
        ("multipass:dev", "dev", |sandbox| {
            Machines::multipass(sandbox)
        }),
        ("lxd:dev", "dev", |sandbox| Machines::lxd(sandbox)),
        ("ssh:me@lab1", "lab1", |sandbox| Machines::ssh(sandbox)),
    ];
    for (machine, name, kind) in kinds {
        println!("{machine}");
        assert_found("", "machine", |sandbox, node| {
            let machines = kind(sandbox);
            // Another one is somebody else's.
            machines.runs("other", &[place()]);
            machines.runs(name, &[place(), node]);
            sandbox.settings(&format!("[clusters.microk8s]\nmachine = '{machine}'\n"));
        });
    }
}
