//! The kernel's own neighbour table, before and after a machine got another address.

use std::net::IpAddr;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::time::Duration;

use locate::Mac;
use locate::System;
use locate::neighbours::Neighbours;
use locate::neighbours::collect;

use crate::support::netns;
use crate::support::netns::Machine;
use crate::support::netns::wait_for;

const MAC: &str = "52:54:00:a4:6f:91";

fn table() -> Neighbours {
    let system = System {
        ip: netns::find("ip"),
        ..System::linux()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(collect(&system)).unwrap()
}

/// Sends something, so that both sides must know each other.
fn talk(to: &str) {
    let to: SocketAddr = to.parse().unwrap();
    let refused = TcpStream::connect_timeout(&to, Duration::from_secs(5)).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
}

#[test]
fn the_same_hardware_address_is_found_at_another_address() {
    netns::within(
        "neighbours::the_same_hardware_address_is_found_at_another_address",
        &[],
        |_| {
            let ip = |text: &str| -> IpAddr { text.parse().unwrap() };
            let mac: Mac = MAC.parse().unwrap();
            netns::bridge("virbr0", "10.66.0.1/24");
            netns::tool(&[
                "ip",
                "address",
                "add",
                "fd66::1/64",
                "dev",
                "virbr0",
                "nodad",
            ]);
            let machine = Machine::plugged_into("virbr0", MAC);
            machine.add(&["10.66.0.7/24".to_owned(), "fd66::7/64".to_owned()]);
            assert_eq!(table().mac_of(ip("10.66.0.7")), None, "nobody talked yet");

            talk("10.66.0.7:16443");
            talk("[fd66::7]:16443");
            let before = table();
            assert_eq!(before.mac_of(ip("10.66.0.7")), Some(mac));
            assert_eq!(before.mac_of(ip("fd66::7")), Some(mac));
            assert_eq!(before.addresses_of(mac), [ip("10.66.0.7"), ip("fd66::7")]);

            // It gets another address in another network and says something, as every machine that boots does.
            netns::tool(&["ip", "address", "add", "10.99.0.1/24", "dev", "virbr0"]);
            machine.remove("10.66.0.7/24");
            machine.add(&["10.99.0.42/24".to_owned()]);
            machine.within(|| talk("10.99.0.1:9"));
            wait_for("the new address in the table", || {
                table().addresses_of(mac).contains(&ip("10.99.0.42"))
            });

            // Nobody answers there: an entry, but no neighbour.
            let silent = TcpStream::connect_timeout(
                &"10.66.0.200:1".parse().unwrap(),
                Duration::from_millis(50),
            );
            assert!(silent.is_err());
            let table = table();
            assert!(
                table
                    .all()
                    .iter()
                    .all(|neighbour| neighbour.address != ip("10.66.0.200"))
            );
            assert_eq!(table.all().iter().filter(|n| n.mac != mac).count(), 0);
        },
    );
}
