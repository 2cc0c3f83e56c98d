//! Any packet as the answer of multicast DNS: reading ends, and gives few addresses that mean something.

#![no_main]

use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;
use locate::mdns;

const NAME: &str = "microk8s-vm.local";

fuzz_target!(|packet: &[u8]| {
    // Its identifier is whatever the packet has, so that the rest is reached.
    let id = u16::from_be_bytes([
        packet.first().copied().unwrap_or_default(),
        packet.get(1).copied().unwrap_or_default(),
    ]);
    let addresses = mdns::parse(packet, id, NAME);
    assert!(addresses.len() <= mdns::MOST_ADDRESSES);
    for address in &addresses {
        assert!(!matches!(address, IpAddr::V6(a) if a.is_unicast_link_local()));
    }
    assert!(mdns::parse(packet, id.wrapping_add(1), NAME).is_empty());
    if let Ok(name) = std::str::from_utf8(packet)
        && let Some(question) = mdns::question(id, name)
    {
        assert!(question.len() <= 12 + 2 * (255 + 4));
        // A question is no answer.
        assert!(mdns::parse(&question, id, name).is_empty());
    }
});
