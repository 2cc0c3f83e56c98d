//! Any bytes as the answer of a source: reading must not panic, and what is found is bounded and has plain
//! names of bounded length.

#![no_main]

use libfuzzer_sys::fuzz_target;
use locate::Found;

/// More than any parser keeps for the few bytes that it is given.
const MOST: usize = 4096;

fn check(found: &[Found]) {
    assert!(found.len() <= MOST);
    for found in found {
        assert!(found.port != Some(0));
        let name = found.name.as_deref().unwrap_or("-");
        assert!(!name.is_empty() && name.len() <= 253);
        if let Some(mac) = found.mac {
            assert_eq!(locate::Mac::parse(&mac.to_string()), Some(mac));
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    for record in locate::hosts_ics::parse(&text) {
        assert!(!record.address.is_unspecified());
        assert!(record.name.bytes().all(|b| b.is_ascii_graphic()));
    }
    check(&locate::dnsmasq::parse(&text));
    check(&locate::dhcpd_leases::parse(&text));
    check(&locate::libvirt::parse_table(&text));
    check(&locate::wsl::parse("Ubuntu", bytes));
    let _ = machines::wsl::names(bytes);
    for parse in [
        locate::libvirt::parse_status,
        locate::multipass::parse,
        locate::lxd::parse,
        locate::hyper_v::parse,
        locate::lima::parse,
        locate::colima::parse,
        locate::minikube::parse,
        locate::docker::parse,
        locate::podman::parse,
    ] {
        if let Ok(found) = parse(bytes) {
            check(&found);
        }
    }
});
