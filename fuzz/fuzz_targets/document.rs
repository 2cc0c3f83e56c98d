//! Any bytes: parsing must not panic, and what is edited must parse again.

#![no_main]

use kubeconfig::Document;
use kubeconfig::Edit;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = Document::parse(bytes) else {
        return;
    };
    assert_eq!(document.bytes(), bytes);
    let Some(cluster) = document.config().clusters.first() else {
        return;
    };
    let server = "https://[fd00::1]:16443".to_owned();
    let edit = Edit::SetServer {
        cluster: cluster.name.clone(),
        server: server.clone(),
    };
    let Ok(edited) = document.edit(&[edit]) else {
        return;
    };
    let again = Document::parse(edited).expect("an edited document parses");
    assert_eq!(
        again.config().clusters.first().map(|c| &c.value.server),
        Some(&server)
    );
});
