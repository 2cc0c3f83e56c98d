//! Another VM gets the node's old address, or nobody has it.

use std::time::Duration;

use testnode::Cluster;

use super::host::LARGE;
use super::host::Leases;
use super::host::SMALL;
use super::host::SWITCH;
use super::host::forget_neighbours;
use super::only;
use super::scene::Certificate;
use super::scene::FIGURE;
use super::scene::NAME;
use super::scene::Scene;
use super::vm::Vm;
use super::within;
use crate::support::Outcome;
use crate::support::netns;
use crate::support::netns::NeighbourTable;
use crate::support::run;

const MAC: &str = "52:54:00:a4:6f:b0";

/// What the issue promises.
const AT_MOST: Duration = Duration::from_secs(3);

#[test]
fn a_vm_that_got_the_old_address_is_refused() {
    within(
        "dhcp::strangers::a_vm_that_got_the_old_address_is_refused",
        |folder| {
            let [network, ..] = LARGE;
            let mut scene = Scene::new(folder, network);
            scene.sandbox.settings(&scene.all_but_sweep());
            let old = scene.address();
            // The same network again, and another VM boots first: its cluster and its names are called the same.
            scene.host.reboot(network, Leases::Fresh);
            scene.vm.switch_off();
            let other = Vm::new(&scene.host, NAME, MAC);
            other.boot_at(&scene.host, old);
            let stranger = other.serve(&Cluster::new(), old);
            let before = scene.copies();

            // The VM is still off. All that names the stranger is wrong, and kubectl gives it nothing either.
            scene
                .sandbox
                .bowline(&["heal"])
                .expect(4)
                .says(&format!("{old}:16443 (by entry): another cluster"));
            scene.sandbox.bowline(&["k", "get", "ns"]).expect(1);
            assert_eq!(scene.copies(), before);

            scene.vm.switch_on();
            scene.moves(Certificate::Renewed);
            assert_ne!(scene.address(), old);
            scene.is_followed("");
            assert!(!stranger.records().handshakes.is_empty());
            assert_eq!(stranger.records().credential_bytes(), 0);
        },
    );
}

/// `k get ns` with a kubectl that only fails: the real one would try for long.
fn k(scene: &Scene) -> Outcome {
    let kubectl = scene.sandbox.script("kubectl", "exit 1\n");
    let mut command = scene.sandbox.command(&["k", "get", "ns"]);
    command.env("BOWLINE_KUBECTL", kubectl);
    run(command, b"").expect(1)
}

/// How many addresses of the switch were asked for in vain.
fn asked_in_vain() -> usize {
    let table = netns::tool(&["ip", "neigh", "show", "dev", SWITCH]);
    let in_vain = |line: &&str| line.contains("FAILED") || line.contains("INCOMPLETE");
    table.lines().filter(in_vain).count()
}

#[test]
fn a_vm_that_is_off_costs_three_seconds_once() {
    let test = "dhcp::strangers::a_vm_that_is_off_costs_three_seconds_once";
    let table = NeighbourTable::mine();
    within(test, |folder| {
        let [first, second, _] = SMALL;
        let mut scene = Scene::new(folder, first);
        scene.sandbox.settings(&scene.all_but_sweep());
        scene.sandbox.bowline(&["heal"]).expect(0);
        // It has a lease of the new network, which the files still tell, and then it is off.
        scene.reboot(second, Leases::Kept, Certificate::Old);
        scene.vm.switch_off();
        let before = scene.copies();
        let outcome = scene.sandbox.bowline(&["heal"]).expect(3);
        let took = outcome.elapsed;
        assert!(took < AT_MOST, "{outcome:#?}");
        println!("{FIGURE} {} ms until nothing is found", took.as_millis());
        let at = scene.node.address();
        outcome.says(&format!("{at} (by "));

        // The switch is swept once, and not by the next call.
        std::fs::remove_file(scene.sandbox.state_file()).unwrap();
        scene.sandbox.settings(&only(&["sweep"], ""));
        forget_neighbours();
        k(&scene)
            .says("sweep: 172.19.0.0/24 on virbr0: 253 addresses tried")
            .never_says("a moment ago");
        assert!(asked_in_vain() > 200, "{}", asked_in_vain());
        forget_neighbours();
        let outcome = k(&scene);
        println!(
            "{FIGURE} {} ms for the next call",
            outcome.elapsed.as_millis()
        );
        outcome.says("a moment ago").never_says("addresses tried");
        assert_eq!(asked_in_vain(), 0);
        assert_eq!(scene.copies(), before);

        // It is back, and what costs nothing is read all the same.
        scene.vm.switch_on();
        scene.moves(Certificate::Renewed);
        scene.sandbox.settings(&scene.hosts_ics());
        scene.is_followed("hosts.ics");
    });
    table.assert_never_full();
}
