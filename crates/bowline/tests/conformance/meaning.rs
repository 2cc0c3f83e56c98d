//! Whether two kubeconfigs mean the same.

use std::fs;

use kubeconfig::Config;
use kubeconfig::Document;
use kubeconfig::Named;
use testnode::kubectl;

/// Compares what kubectl wrote with what bowline wrote.
///
/// The typed view holds neither preferences nor extensions: where one of the texts has any, a kubectl is
/// asked too, if there is one.
pub(crate) fn same_meaning(expected: &[u8], found: &[u8]) -> Result<(), String> {
    let (was, is) = (config(expected)?, config(found)?);
    if was != is {
        return Err(format!("meaning: expected {was:#?}\n     got {is:#?}"));
    }
    let has_more = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        text.contains("extensions") || text.contains("preferences")
    };
    if has_more(expected) || has_more(found) {
        let (was, is) = (view(expected), view(found));
        if was != is {
            return Err(format!("kubectl reads {was:?}\n     but {is:?}"));
        }
    }
    Ok(())
}

fn config(bytes: &[u8]) -> Result<Config, String> {
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

/// What `kubectl config view` makes of it; nothing without a kubectl.
fn view(bytes: &[u8]) -> Option<String> {
    let kubectl = match kubectl::find() {
        Ok(kubectl) => kubectl,
        Err(error) => {
            println!("skipped preferences and extensions: {error}");
            return None;
        }
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    fs::write(&file, bytes).unwrap();
    let output = kubectl
        .command(folder.path(), &file)
        .args(["config", "view", "--raw", "-o", "json"])
        .output()
        .unwrap();
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}
