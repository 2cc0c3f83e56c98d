//! Multicast DNS against avahi, which most Linux machines that answer to `.local` run.

use std::net::IpAddr;
use std::process::Child;
use std::process::Stdio;
use std::time::Duration;

use locate::System;
use locate::interfaces;
use locate::mdns::resolve;

use crate::support::netns;
use crate::support::netns::Machine;
use crate::support::netns::wait_for;

struct Avahi(Child);

impl Drop for Avahi {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

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
            // It keeps its number and a socket in /run, and may run outside.
            netns::tool(&["mount", "-t", "tmpfs", "tmpfs", "/run"]);
            // It wants to give that to a user of its own; a user namespace may have root alone.
            for (file, text) in [
                ("passwd", "root:x:0:0::/:/bin/sh\navahi:x:0:0::/:/bin/sh\n"),
                ("group", "root:x:0:\navahi:x:0:\n"),
            ] {
                let ours = folder.join(file);
                std::fs::write(&ours, text).unwrap();
                let etc = format!("/etc/{file}");
                netns::tool(&["mount", "--bind", ours.to_str().unwrap(), &etc]);
            }
            let config = folder.join("avahi.conf");
            std::fs::write(
            &config,
            "[server]\nhost-name=microk8s-vm\nuse-ipv4=yes\nuse-ipv6=no\nenable-dbus=no\nallow-interfaces=eth0\n[publish]\npublish-workstation=no\npublish-hinfo=no\n",
        )
        .unwrap();
            netns::bridge("virbr0", "10.66.0.1/24");
            // A second network, in which nobody has that name.
            netns::bridge("virbr1", "10.67.0.1/24");
            let _other = Machine::plugged_into("virbr1", "52:54:00:a4:6f:92");
            let machine = Machine::plugged_into("virbr0", "52:54:00:a4:6f:91");
            machine.add(&["10.66.0.7/24".to_owned()]);
            machine.tool(&["ip", "route", "add", "default", "dev", "eth0"]);
            let avahi = machine
                .command(&[
                    "avahi-daemon",
                    "--no-drop-root",
                    "--no-chroot",
                    "--no-rlimits",
                    "--file",
                ])
                .arg(&config)
                .stdout(Stdio::null())
                .spawn()
                .unwrap();
            let _avahi = Avahi(avahi);

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
