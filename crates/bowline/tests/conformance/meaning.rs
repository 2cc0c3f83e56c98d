//! Whether two kubeconfigs mean the same.

use kubeconfig::Config;
use kubeconfig::Document;
use kubeconfig::Named;

/// Compares what kubectl wrote with what bowline wrote.
pub(crate) fn same_meaning(expected: &[u8], found: &[u8]) -> Result<(), String> {
    let (was, is) = (config(expected)?, config(found)?);
    if was != is {
        return Err(format!("meaning: expected {was:#?}\n     got {is:#?}"));
    }
    Ok(())
}

/// What a kubeconfig means, without what is a matter of the writer.
pub(crate) fn config(bytes: &[u8]) -> Result<Config, String> {
    let document = Document::parse(bytes).map_err(|error| error.to_string())?;
    let mut config = document.config().clone();
    sort(&mut config.clusters);
    sort(&mut config.contexts);
    sort(&mut config.users);
    for user in &mut config.users {
        if let Some(exec) = &mut user.value.exec {
            // kubectl writes the default out.
            let has_default = exec.api_version.as_deref().is_some_and(|version| {
                version.contains("/v1alpha1") || version.contains("/v1beta1")
            });
            if has_default && exec.interactive_mode.is_none() {
                exec.interactive_mode = Some("IfAvailable".to_owned());
            }
        }
    }
    Ok(config)
}

fn sort<T>(entries: &mut [Named<T>]) {
    entries.sort_by(|a, b| a.name.cmp(&b.name));
}
