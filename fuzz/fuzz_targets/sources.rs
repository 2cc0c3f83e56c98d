//! Any bytes as the answer of a source: reading must not panic, and no candidate is more than an address and
//! a plain name.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for record in locate::hosts_ics::parse(&String::from_utf8_lossy(bytes)) {
        assert!(!record.address.is_unspecified());
        assert!(record.name.bytes().all(|b| b.is_ascii_graphic()));
    }
    let _ = locate::multipass::parse(bytes);
});
