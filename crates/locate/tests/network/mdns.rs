//! Multicast DNS against avahi, which most Linux machines that answer to `.local` run.

use std::net::IpAddr;
use std::time::Duration;

use locate::System;
use locate::interfaces;
use locate::mdns::resolve;

use crate::support::avahi::Avahi;
use crate::support::netns;
use crate::support::netns::Machine;
use crate::support::netns::wait_for;

fn ask(name: &str, patience: Duration) -> Option<Vec<IpAddr>> {
    let networks = interfaces::collect(&System::linux()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let answer = tokio::time::timeout(patience, resolve(name, &networks)).await;
        answer.ok().map(|answer| answer.unwrap())
    })
}

#[test]
fn avahi_is_asked_and_answers() {
    netns::within(
        "mdns::avahi_is_asked_and_answers",
        &["avahi-daemon"],
        |folder| {
            netns::bridge("virbr0", "10.66.0.1/24");
            // A second network, in which nobody has that name.
            netns::bridge("virbr1", "10.67.0.1/24");
            let _other = Machine::plugged_into("virbr1", "52:54:00:a4:6f:92");
            let machine = Machine::plugged_into("virbr0", "52:54:00:a4:6f:91");
            machine.add(&["10.66.0.7/24".to_owned()]);
            let _avahi = Avahi::on(&machine, folder, "microk8s-vm");

            let second = Duration::from_secs(1);
            wait_for("an answer of avahi", || {
                ask("microk8s-vm.local", second).is_some()
            });
            let expected: IpAddr = "10.66.0.7".parse().unwrap();
            assert_eq!(ask("microk8s-vm.local", 5 * second), Some(vec![expected]));
            assert_eq!(ask("MicroK8s-VM.local.", 5 * second), Some(vec![expected]));
            assert_eq!(ask("nobody.local", second), None);
        },
    );
}
