//! Each source alone.

use std::path::Path;

use super::host::LARGE;
use super::host::Leases;
use super::host::Network;
use super::host::SMALL;
use super::only;
use super::scene::Certificate;
use super::scene::NAME;
use super::scene::Scene;
use super::within;
use crate::support::netns::NeighbourTable;

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
        (second, Leases::Fresh, Certificate::Renewed),
        (third, Leases::Kept, Certificate::Old),
        (first, Leases::Kept, Certificate::Renewed),
        (second, Leases::Fresh, Certificate::Old),
    ];
    for (network, leases, certificate) in moves {
        scene.meet_another_user();
        meet(&scene);
        let [_, before] = scene.host.names();
        scene.reboot(network, leases, certificate);
        let [_, after] = scene.host.names();
        assert!(after.starts_with(&before), "hosts.ics keeps what is stale");
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
        let settings = |scene: &Scene| {
            let path = scene.host.hosts_ics();
            only(
                &["hosts_ics"],
                &format!("hosts_ics = ['{}']\n", path.display()),
            )
        };
        let by = format!("hosts.ics, {NAME}.mshome.net");
        is_followed_through(folder, LARGE, &by, settings, |_| {});
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
            let path = scene.host.leases();
            let more = format!("dnsmasq_leases = ['{}']\n", path.display());
            scene.sandbox.settings(&only(&["dnsmasq_leases"], &more));
            let url = scene.node.url();
            let elsewhere = url.replace(&scene.address().to_string(), scene_nobody());
            let text = scene.sandbox.text();
            scene.sandbox.write(text.replace(&url, &elsewhere));
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

/// An address at which nobody is.
const fn scene_nobody() -> &'static str {
    "127.0.77.77"
}

#[test]
fn by_dnsmasq_leases() {
    within("dhcp::sources::by_dnsmasq_leases", |folder| {
        let settings = |scene: &Scene| {
            let path = scene.host.leases();
            let more = format!("dnsmasq_leases = ['{}']\n", path.display());
            only(&["dnsmasq_leases"], &more)
        };
        let by = format!("dnsmasq.leases, {NAME}");
        is_followed_through(folder, LARGE, &by, settings, |_| {});
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
            let settings = |_: &Scene| only(&["sweep"], "");
            is_followed_through(folder, SMALL, "sweep", settings, |_| {});
        },
    );
    table.assert_never_full();
}
