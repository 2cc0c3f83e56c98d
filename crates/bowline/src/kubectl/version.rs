//! Asks a kubectl for its own version.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

/// A kubectl answers within 0.1 s; a wrapper that asks the network first need not be waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Longer versions are none.
const LONGEST: usize = 64;

/// The version of a kubectl, for example `v1.32.5`; `None` where it does not say.
pub(super) fn ask(kubectl: &Path) -> Option<String> {
    // Those before 1.8 know no format.
    [
        &["version", "--client", "-o", "json"][..],
        &["version", "--client"],
    ]
    .iter()
    .find_map(|arguments| {
        let said = super::ask::ask(kubectl, *arguments, PATIENCE)?;
        read(std::str::from_utf8(&said).ok()?)
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Versions {
    client_version: Client,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Client {
    git_version: String,
}

fn read(text: &str) -> Option<String> {
    let version = match serde_json::from_str::<Versions>(text) {
        Ok(versions) => versions.client_version.git_version,
        Err(_) => older(text)?,
    };
    let is_fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_' | '~');
    (version.len() <= LONGEST && version.chars().all(is_fine)).then_some(version)
}

/// `Client Version: version.Info{Major:"1", Minor:"7", GitVersion:"v1.7.0", …}`, or `Client Version: v1.28.2`.
fn older(text: &str) -> Option<String> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("Client Version: "))?;
    let version = match line.split_once("GitVersion:\"") {
        Some((_, rest)) => rest.split_once('"')?.0,
        None => line,
    };
    Some(version.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    // As kubectl 1.33.1, 1.32.4 of Google's SDK, 1.28.2 and 1.7.0 print it.
    #[test]
    fn reads_what_kubectls_of_all_ages_say() {
        for (text, version) in [
            (
                r#"{"clientVersion": {"major": "1", "minor": "33", "gitVersion": "v1.33.1"}, "kustomizeVersion": "v5.6.0"}"#,
                Some("v1.33.1"),
            ),
            (
                r#"{"clientVersion": {"minor": "32+", "gitVersion": "v1.32.4-dispatcher"}}"#,
                Some("v1.32.4-dispatcher"),
            ),
            (
                "Client Version: v1.28.2\nKustomize Version: v5.0.4\n",
                Some("v1.28.2"),
            ),
            (
                "Client Version: version.Info{Major:\"1\", Minor:\"7\", GitVersion:\"v1.7.0\", GitCommit:\"d3ada01\"}\n",
                Some("v1.7.0"),
            ),
            (r#"{"clientVersion": {"gitVersion": "v1\u001b[2J"}}"#, None),
            ("Client Version: version.Info{GitVersion:\"v1", None),
            ("{}", None),
            ("", None),
        ] {
            assert_eq!(read(text).as_deref(), version, "{text}");
        }
    }
}
