//! Any text as the neighbour table, of /proc or of a program: only usable hardware addresses come out, each
//! found again by what was read.

#![no_main]

use libfuzzer_sys::fuzz_target;
use locate::Mac;
use locate::neighbours;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    for table in [neighbours::parse(&text), neighbours::parse_proc(&text)] {
        for neighbour in table.all() {
            assert!(neighbour.mac.is_usable());
            assert_eq!(Mac::parse(&neighbour.mac.to_string()), Some(neighbour.mac));
            let found = table.mac_of(neighbour.address);
            assert!(found.is_none() || table.all().iter().any(|n| Some(n.mac) == found));
            for address in table.addresses_of(neighbour.mac) {
                assert!(
                    !address.is_unspecified() && !address.is_multicast() && !address.is_loopback()
                );
            }
        }
    }
    let _ = Mac::parse(&text);
});
