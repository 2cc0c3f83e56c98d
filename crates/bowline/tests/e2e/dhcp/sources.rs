//! Each source alone.

use std::path::Path;

use super::host::LARGE;
use super::host::Leases;
use super::host::Network;
use super::host::SMALL;
use super::host::forget_neighbours;
use super::only;
use super::scene::Certificate;
use super::scene::NAME;
use super::scene::Scene;
use super::within;
use crate::support::netns::NeighbourTable;

/// An address in no network of the host.
const NOBODY: &str = "10.99.0.9";

/// The VM moves from network to network; the user's settings are `settings` when it does. `meet` is what
/// happened before.
fn is_followed_through(
    folder: &Path,
    networks: [Network; 3],
    by: &str,
    settings: impl Fn(&Scene) -> String,
    meet: impl Fn(&Scene),
) {
    let [first, second, third] = networks;
    let mut scene = Scene::new(folder, first);
    let moves = [
        (second, Leases::Kept, Certificate::Old),
        (third, Leases::Kept, Certificate::Renewed),
        (second, Leases::Fresh, Certificate::Old),
        (third, Leases::Fresh, Certificate::Renewed),
    ];
    for (network, leases, certificate) in moves {
        scene.meet_another_user();
        meet(&scene);
        let line = format!("{} {NAME}", scene.address());
        scene.reboot(network, leases, certificate);
        let [text, ics] = scene.host.names();
        assert!(ics.contains(&line), "a line of a network that is gone");
        assert_eq!(text.contains("primary"), leases == Leases::Kept, "{text}");
        scene.is_not_found_with(&only(&[], ""));
        scene.sandbox.settings(&settings(&scene));
        scene.is_followed(by);
    }
}

/// The user's kubeconfig works, and bowline has seen it.
fn seen(scene: &Scene) {
    scene.sandbox.settings(&only(&[], ""));
    scene.sandbox.bowline(&["heal"]).expect(0).says("works at");
}

#[test]
fn by_hosts_ics() {
    within("dhcp::sources::by_hosts_ics", |folder| {
        let by = format!("hosts.ics, {NAME}.mshome.net");
        is_followed_through(folder, LARGE, &by, Scene::hosts_ics, |_| {});
    });
}

#[test]
fn by_dns() {
    within("dhcp::sources::by_dns", |folder| {
        let settings = |_: &Scene| {
            let host = format!("[clusters.microk8s]\nhost = '{NAME}.mshome.net'\n");
            only(&["dns"], &host)
        };
        let by = format!("DNS, {NAME}.mshome.net");
        is_followed_through(folder, LARGE, &by, settings, |_| {});
    });
}

#[test]
fn by_mshome_net() {
    within("dhcp::sources::by_mshome_net", |folder| {
        let settings = |_: &Scene| only(&["mshome"], "");
        // Its name is on record: the host's files told it once.
        let named = |scene: &Scene| {
            scene.sandbox.settings(&scene.dnsmasq_leases());
            let text = scene.sandbox.text();
            let elsewhere = text.replace(&scene.address().to_string(), NOBODY);
            scene.sandbox.write(elsewhere);
            scene
                .sandbox
                .bowline(&["heal"])
                .expect(0)
                .says(&format!("(by dnsmasq.leases, {NAME}"));
        };
        let by = format!("mshome.net, {NAME}.mshome.net");
        is_followed_through(folder, LARGE, &by, settings, named);
    });
}

#[test]
fn by_dnsmasq_leases() {
    within("dhcp::sources::by_dnsmasq_leases", |folder| {
        let by = format!("dnsmasq.leases, {NAME}");
        is_followed_through(folder, LARGE, &by, Scene::dnsmasq_leases, |_| {});
    });
}

#[test]
fn by_its_hardware_address() {
    within("dhcp::sources::by_its_hardware_address", |folder| {
        let settings = |_: &Scene| only(&["neighbours"], "");
        is_followed_through(folder, LARGE, "neighbours", settings, seen);
    });
}

#[test]
fn by_trying_the_addresses_of_the_switch() {
    let table = NeighbourTable::mine();
    within(
        "dhcp::sources::by_trying_the_addresses_of_the_switch",
        |folder| {
            let settings = |_: &Scene| {
                // Addresses that are known would be tried first.
                forget_neighbours();
                only(&["sweep"], "")
            };
            is_followed_through(folder, SMALL, "sweep", settings, |_| {});
        },
    );
    table.assert_never_full();
}
