//! Any bytes as the answer of a machine: reading must not panic, and what comes out is within the bounds.

#![no_main]

use libfuzzer_sys::fuzz_target;
use machines::Kind;
use machines::reply;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(tree) = reply::parse(bytes) {
        assert!(tree.entries.len() <= reply::MOST_ENTRIES);
        for (path, entry) in &tree.entries {
            assert!(path.starts_with('/'));
            assert!(entry.mode.is_none_or(|mode| mode <= 0o7777));
            match &entry.kind {
                Kind::File(content) => assert!(content.len() <= reply::LARGEST_FILE),
                Kind::PrivateKey(Some(public)) => {
                    assert!(public.starts_with(b"-----BEGIN PUBLIC KEY-----"));
                }
                _ => {}
            }
        }
    }
    let _ = machines::lxd::parse(bytes);
    let _ = machines::multipass::parse_list(bytes);
    for name in machines::wsl::names(bytes) {
        assert!(!name.is_empty());
    }
});
