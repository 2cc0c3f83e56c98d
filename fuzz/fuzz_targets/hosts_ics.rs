//! Any text as `hosts.ics`: what is read is bounded, plain, and the likeliest first.

#![no_main]

use libfuzzer_sys::fuzz_target;
use locate::hosts_ics;

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    let records = hosts_ics::parse(&text);
    assert!(records.len() <= 32);
    assert!(records.is_sorted_by_key(|record| record.stale));
    for record in &records {
        assert!(!record.address.is_unspecified() && !record.address.is_multicast());
        assert!(text.contains(&record.name));
        assert!(record.name.bytes().all(|byte| byte.is_ascii_graphic()));
    }
});
