//! `multipass info` and `multipass list`, read.

use std::collections::BTreeMap;
use std::net::IpAddr;

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

impl Instance {
    /// Whether commands can run in it (Multipass `src/utils/utils.cpp`, `is_running`).
    pub fn runs(&self) -> bool {
        matches!(self.state.as_str(), "Running" | "Delayed Shutdown")
    }
}

#[derive(Deserialize)]
struct Output {
    info: BTreeMap<String, Info>,
}

#[derive(Deserialize)]
struct List {
    list: Vec<Info>,
}

#[derive(Deserialize)]
struct Info {
    #[serde(default)]
    name: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    ipv4: Vec<String>,
}

impl Info {
    fn instance(self, name: String) -> Instance {
        Instance {
            name,
            state: self.state,
            addresses: self
                .ipv4
                .iter()
                .filter_map(|text| text.parse().ok())
                .collect(),
        }
    }
}

/// Reads the JSON of `multipass info --format json` (Multipass
/// `src/client/cli/formatter/json_formatter.cpp`). Unknown fields and addresses such as `UNKNOWN` are passed
/// over.
///
/// # Errors
/// A text when it is not that JSON.
pub fn parse(json: &[u8]) -> Result<Vec<Instance>, String> {
    let output: Output = serde_json::from_slice(json)
        .map_err(|_| "its output is not the JSON of `multipass info`".to_owned())?;
    let instances = output.info.into_iter();
    Ok(instances.map(|(name, info)| info.instance(name)).collect())
}

/// Reads the JSON of `multipass list --format json`, in the order of Multipass.
///
/// # Errors
/// A text when it is not that JSON.
pub fn parse_list(json: &[u8]) -> Result<Vec<Instance>, String> {
    let output: List = serde_json::from_slice(json)
        .map_err(|_| "its output is not the JSON of `multipass list`".to_owned())?;
    let instance = |mut info: Info| {
        let name = std::mem::take(&mut info.name);
        info.instance(name)
    };
    Ok(output.list.into_iter().map(instance).collect())
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

    /// As above.
    const LIST: &str = r#"{"list":[
        {"ipv4":["10.168.32.2","10.1.76.0"],"name":"foo","release":"Ubuntu 16.04 LTS","state":"Running"},
        {"ipv4":[],"name":"bombastic","release":"Ubuntu 18.04 LTS","state":"Stopped",
         "zone":{"name":"zone1","available":true}}]}"#;

    fn shown(instances: &[Instance]) -> Vec<String> {
        instances
            .iter()
            .map(|i| format!("{} {} {:?} {}", i.name, i.state, i.addresses, i.runs()))
            .collect()
    }

    #[test]
    fn reads_real_output() {
        assert_eq!(
            shown(&parse(REAL.as_bytes()).unwrap()),
            [
                "microk8s-vm Running [172.28.40.7, 172.17.0.1, 10.1.76.0] true",
                "odd Unknown [] false",
                "old Stopped [] false",
            ]
        );
        assert_eq!(
            shown(&parse_list(LIST.as_bytes()).unwrap()),
            [
                "foo Running [10.168.32.2, 10.1.76.0] true",
                "bombastic Stopped [] false",
            ]
        );
    }

    #[test]
    fn refuses_other_texts() {
        for text in [
            "",
            "{}",
            "[]",
            "info failed: …",
            r#"{"info":3}"#,
            r#"{"list":3}"#,
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
            assert!(parse_list(text.as_bytes()).is_err(), "{text}");
        }
    }
}
