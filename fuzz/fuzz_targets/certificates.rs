//! Any bytes as a certificate, a CA bundle, a client certificate: reading must not panic.

#![no_main]

use identity::Authority;
use identity::ClientKey;
use identity::Leaf;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(leaf) = Leaf::from_der(bytes) {
        let _ = leaf.names();
        let _ = leaf.carries_cluster_names();
    }
    if let Ok(authority) = Authority::from_pem(bytes) {
        assert!(!authority.keys().is_empty());
    }
    let _ = ClientKey::from_pem(bytes, bytes);
});
