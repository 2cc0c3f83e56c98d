//! What Multipass says of its instances, as JSON (`src/client/cli/formatter/json_formatter.cpp`).

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Deserialize;

/// An instance.
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
    /// Whether something can be run in it.
    pub fn is_running(&self) -> bool {
        self.state == "Running"
    }
}

#[derive(Deserialize)]
struct Info {
    info: BTreeMap<String, Fields>,
}

#[derive(Deserialize)]
struct List {
    list: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
    #[serde(flatten)]
    fields: Fields,
}

#[derive(Deserialize)]
struct Fields {
    #[serde(default)]
    state: String,
    #[serde(default)]
    ipv4: Vec<String>,
}

impl Fields {
    fn named(self, name: String) -> Instance {
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

/// Reads `multipass info --format json`. Unknown fields and addresses such as `UNKNOWN` are passed over.
///
/// # Errors
/// A text when it is not that JSON.
pub fn parse(json: &[u8]) -> Result<Vec<Instance>, String> {
    let output: Info = serde_json::from_slice(json)
        .map_err(|_| "its output is not the JSON of `multipass info`".to_owned())?;
    let instances = output.info.into_iter();
    Ok(instances.map(|(name, fields)| fields.named(name)).collect())
}

/// Reads `multipass list --format json`.
///
/// # Errors
/// A text when it is not that JSON.
pub fn parse_list(json: &[u8]) -> Result<Vec<Instance>, String> {
    let output: List = serde_json::from_slice(json)
        .map_err(|_| "its output is not the JSON of `multipass list`".to_owned())?;
    let instances = output.list.into_iter();
    Ok(instances
        .map(|named| named.fields.named(named.name))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The form of Multipass' own test data (`tests/unit/test_data/formatters`, 9b0af2ec), values changed.
    const INFO: &str = r#"{"errors":[],"info":{
        "microk8s-vm":{"state":"Running","ipv4":["172.28.40.7","172.17.0.1","10.1.76.0"],"image_hash":"ab",
          "image_release":"22.04 LTS","release":"Ubuntu 22.04.4 LTS","cpu_count":"2","snapshot_count":"0",
          "load":[0.4,0.1,0],"disks":{"sda1":{"used":"1","total":"2"}},"memory":{"used":1,"total":2},
          "mounts":{},"zone":{"name":"zone1","available":true}},
        "old":{"state":"Stopped","ipv4":[],"cpu_count":"","memory":{}},
        "odd":{"state":"Unknown","ipv4":["UNKNOWN"]}}}"#;

    const LIST: &str = r#"{"list":[
        {"ipv4":["10.21.124.56"],"name":"microk8s-vm","release":"Ubuntu 22.04 LTS","state":"Running"},
        {"ipv4":[],"name":"old","release":"Ubuntu 22.04 LTS","state":"Stopped"}]}"#;

    fn shown(instances: &[Instance]) -> Vec<String> {
        let shown = instances
            .iter()
            .map(|i| format!("{} {} {:?}", i.name, i.state, i.addresses));
        shown.collect()
    }

    #[test]
    fn reads_real_output() {
        assert_eq!(
            shown(&parse(INFO.as_bytes()).unwrap()),
            [
                "microk8s-vm Running [172.28.40.7, 172.17.0.1, 10.1.76.0]",
                "odd Unknown []",
                "old Stopped []",
            ]
        );
        assert_eq!(
            shown(&parse_list(LIST.as_bytes()).unwrap()),
            ["microk8s-vm Running [10.21.124.56]", "old Stopped []"]
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
            r#"{"list":[{}]}"#,
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
            assert!(parse_list(text.as_bytes()).is_err(), "{text}");
        }
    }
}
