//! `multipass info --format json`: all instances of Multipass with their addresses.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use std::process::Stdio;

use serde::Deserialize;

/// An instance that may run a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its name in Multipass.
    pub name: String,
    /// `Running`, `Stopped`, …
    pub state: String,
    /// Every IPv4 address of the guest, Docker's and Calico's among them; after a restart the first may be
    /// stale (canonical/multipass#3438).
    pub addresses: Vec<IpAddr>,
}

#[derive(Deserialize)]
struct Output {
    info: BTreeMap<String, Info>,
}

#[derive(Deserialize)]
struct Info {
    #[serde(default)]
    state: String,
    #[serde(default)]
    ipv4: Vec<String>,
}

/// Reads the JSON (Multipass `src/client/cli/formatter/json_formatter.cpp`). Unknown fields and addresses
/// such as `UNKNOWN` are passed over.
///
/// # Errors
/// A text when it is not that JSON.
pub fn parse(json: &[u8]) -> Result<Vec<Instance>, String> {
    let output: Output = serde_json::from_slice(json)
        .map_err(|_| "its output is not the JSON of `multipass info`".to_owned())?;
    let instance = |(name, info): (String, Info)| Instance {
        name,
        state: info.state,
        addresses: info
            .ipv4
            .iter()
            .filter_map(|text| text.parse().ok())
            .collect(),
    };
    Ok(output.info.into_iter().map(instance).collect())
}

/// Runs Multipass. The caller bounds the time; a dropped future kills the process.
///
/// # Errors
/// A text that says what failed.
pub async fn collect(program: &Path) -> Result<Vec<Instance>, String> {
    let output = tokio::process::Command::new(program)
        .args(["info", "--format", "json"])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| format!("{}: {error}", program.display()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let line = said
            .lines()
            .find(|line| !line.trim().is_empty())
            .unwrap_or("it said nothing");
        return Err(format!("{} failed: {}", program.display(), line.trim()));
    }
    parse(&output.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The form of Multipass' own test data (`tests/unit/test_data/formatters`, 9b0af2ec), values changed.
    const REAL: &str = r#"{"errors":[],"info":{
        "microk8s-vm":{"state":"Running","ipv4":["172.28.40.7","172.17.0.1","10.1.76.0"],"image_hash":"ab",
          "image_release":"22.04 LTS","release":"Ubuntu 22.04.4 LTS","cpu_count":"2","snapshot_count":"0",
          "load":[0.4,0.1,0],"disks":{"sda1":{"used":"1","total":"2"}},"memory":{"used":1,"total":2},
          "mounts":{},"zone":{"name":"zone1","available":true}},
        "old":{"state":"Stopped","ipv4":[],"cpu_count":"","memory":{}},
        "odd":{"state":"Unknown","ipv4":["UNKNOWN"]}}}"#;

    #[test]
    fn reads_real_output() {
        let found = parse(REAL.as_bytes()).unwrap();
        let shown: Vec<_> = found
            .iter()
            .map(|i| format!("{} {} {:?}", i.name, i.state, i.addresses))
            .collect();
        assert_eq!(
            shown,
            [
                "microk8s-vm Running [172.28.40.7, 172.17.0.1, 10.1.76.0]",
                "odd Unknown []",
                "old Stopped []",
            ]
        );
    }

    #[test]
    fn refuses_other_texts() {
        for text in ["", "{}", "[]", "info failed: …", r#"{"info":3}"#] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
