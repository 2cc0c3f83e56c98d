//! More than one boot, and what else `hosts.ics` says.

use std::fs;
use std::net::Ipv4Addr;

use testnode::Cluster;
use testnode::Node;

use super::host::LARGE;
use super::host::Leases;
use super::host::Network;
use super::scene::Certificate;
use super::scene::NAME;
use super::scene::Scene;
use super::vm::at;
use super::within;

const BY: &str = "hosts.ics, microk8s-vm.mshome.net";

#[test]
fn each_boot_is_followed_and_each_is_taken_back() {
    within(
        "dhcp::reboots::each_boot_is_followed_and_each_is_taken_back",
        |folder| {
            let [first, second, third] = LARGE;
            let mut scene = Scene::new(folder, first);
            scene.sandbox.settings(&scene.all_but_sweep());
            let at_first = scene.copies();
            scene.reboot(second, Leases::Kept, Certificate::Old);
            scene.answers("");
            scene.is_mended(&at_first);

            // A boot that no command saw, and one more, with a certificate that is two boots old.
            let at_second = scene.copies();
            scene.reboot(third, Leases::Kept, Certificate::Old);
            scene.reboot(first, Leases::Kept, Certificate::Old);
            scene.answers("");
            scene.is_mended(&at_second);
            assert_eq!(scene.sandbox.history().len(), 2);
            scene.is_taken_back(&at_second);
            scene.is_taken_back(&at_first);
        },
    );
}

/// Removes the lines of an address.
fn forget(scene: &Scene, address: &str) {
    let path = scene.host.hosts_ics();
    let text = fs::read_to_string(&path).unwrap();
    let kept = text
        .split_inclusive('\n')
        .filter(|line| !line.starts_with(&format!("{address} ")));
    let kept: String = kept.collect();
    assert_ne!(text, kept);
    fs::write(path, kept).unwrap();
}

fn own(network: Network) -> Ipv4Addr {
    network.own.parse().unwrap()
}

#[test]
fn the_hosts_own_line_leads_nobody_astray() {
    within(
        "dhcp::reboots::the_hosts_own_line_leads_nobody_astray",
        |folder| {
            let [first, second, third] = LARGE;
            let mut scene = Scene::new(folder, first);
            scene.sandbox.settings(&scene.hosts_ics());
            // A cluster that runs on the host itself, at the same port.
            let desktop = Cluster::new();
            scene.reboot(second, Leases::Fresh, Certificate::Renewed);
            let here = Node::start(&desktop, at(own(second))).unwrap();
            scene.is_followed(BY);
            assert_eq!(here.records().connections, 0);
            drop(here);

            // Its line is the one of the network that is gone, so that all others look stale.
            scene.meet_another_user();
            scene.sandbox.settings(&scene.hosts_ics());
            scene.reboot(third, Leases::Kept, Certificate::Old);
            forget(&scene, third.own);
            scene.is_followed(BY);
        },
    );
}

#[test]
fn the_host_itself_is_not_taken_for_its_vm() {
    within(
        "dhcp::reboots::the_host_itself_is_not_taken_for_its_vm",
        |folder| {
            let [first, second, _] = LARGE;
            let mut scene = Scene::new(folder, first);
            scene.sandbox.settings(&scene.hosts_ics());
            scene.reboot(second, Leases::Fresh, Certificate::Old);
            scene.vm.switch_off();
            // A port of the host that leads to the very cluster would be taken for it.
            let here = Node::start(&scene.cluster, at(own(second))).unwrap();
            let before = scene.copies();
            let at = scene.node.address();
            scene
                .sandbox
                .bowline(&["heal"])
                .expect(3)
                .says(&format!("{at} (by hosts.ics, {NAME}.mshome.net): "));
            assert_eq!(here.records().connections, 0);
            assert_eq!(scene.copies(), before);
        },
    );
}
