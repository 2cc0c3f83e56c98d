//! Any bytes: parsing must not panic, and what is printed means the same.

#![no_main]

use kubeconfig::Config;
use kubeconfig::Document;
use kubeconfig::print;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = Document::parse(bytes) else {
        return;
    };
    assert_eq!(document.bytes(), bytes);
    let mut config = document.config().clone();
    complete(&mut config);
    for printed in [
        print::yaml(&config),
        print::kyaml(&config),
        print::new_file(&config),
    ] {
        let again =
            Document::parse(printed.as_str()).unwrap_or_else(|error| panic!("{error}:\n{printed}"));
        assert_eq!(again.config(), &config, "{printed}");
    }
    // JSON may hold control characters that YAML does not allow.
    let printed = print::json(&config);
    let again: serde_json::Value = serde_json::from_str(&printed).expect("JSON");
    assert_eq!(again, print::value(&config), "{printed}");
});

/// What kubectl adds: lists are sorted by name, and a default is filled in (client-go,
/// `tools/clientcmd/api/v1/defaults.go`).
fn complete(config: &mut Config) {
    config
        .clusters
        .sort_by(|one, other| one.name.cmp(&other.name));
    config.users.sort_by(|one, other| one.name.cmp(&other.name));
    config
        .contexts
        .sort_by(|one, other| one.name.cmp(&other.name));
    for user in &mut config.users {
        if let Some(exec) = &mut user.value.exec
            && let Some(
                "client.authentication.k8s.io/v1alpha1" | "client.authentication.k8s.io/v1beta1",
            ) = exec.api_version.as_deref()
        {
            exec.interactive_mode
                .get_or_insert_with(|| "IfAvailable".to_owned());
        }
    }
}
