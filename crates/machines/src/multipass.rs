//! `multipass info --format json` and `multipass list --format json`: instances with their addresses.

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
    /// Whether something can be asked of it now.
    pub fn is_running(&self) -> bool {
        // `Delayed Shutdown` runs until its time has come.
        matches!(self.state.as_str(), "Running" | "Delayed Shutdown")
    }

    fn new(name: String, details: Details) -> Self {
        Self {
            name,
            state: details.state,
            addresses: details
                .ipv4
                .iter()
                .filter_map(|text| text.parse().ok())
                .collect(),
        }
    }
}

#[derive(Deserialize)]
struct Info {
    info: BTreeMap<String, Details>,
}

#[derive(Deserialize)]
struct List {
    list: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    name: String,
    #[serde(flatten)]
    details: Details,
}

#[derive(Deserialize)]
struct Details {
    #[serde(default)]
    state: String,
    #[serde(default)]
    ipv4: Vec<String>,
}

/// Reads the JSON of `multipass info` (Multipass `src/client/cli/formatter/json_formatter.cpp`,
/// `generate_instance_details`). Unknown fields and addresses such as `UNKNOWN` are passed over.
///
/// # Errors
/// A text when it is not that JSON.
pub fn parse(json: &[u8]) -> Result<Vec<Instance>, String> {
    let output: Info = serde_json::from_slice(json)
        .map_err(|_| "its output is not the JSON of `multipass info`".to_owned())?;
    let instances = output.info.into_iter();
    Ok(instances
        .map(|(name, details)| Instance::new(name, details))
        .collect())
}

/// Reads the JSON of `multipass list` (the same file, `generate_instances_list`).
///
/// # Errors
/// A text when it is not that JSON.
pub fn parse_list(json: &[u8]) -> Result<Vec<Instance>, String> {
    let output: List = serde_json::from_slice(json)
        .map_err(|_| "its output is not the JSON of `multipass list`".to_owned())?;
    let instances = output.list.into_iter();
    Ok(instances
        .map(|listed| Instance::new(listed.name, listed.details))
        .collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The form of Multipass' own test data (`tests/unit/test_data/formatters`, 9b0af2ec), values changed.
    const INFO: &str = r#"{"errors":[],"info":{
        "microk8s-vm":{"state":"Running","ipv4":["172.28.40.7","172.17.0.1","10.1.76.0"],"image_hash":"ab",
          "image_release":"22.04 LTS","release":"Ubuntu 22.04.4 LTS","cpu_count":"2","snapshot_count":"0",
          "load":[0.4,0.1,0],"disks":{"sda1":{"used":"1","total":"2"}},"memory":{"used":1,"total":2},
          "mounts":{},"zone":{"name":"zone1","available":true}},
        "old":{"state":"Stopped","ipv4":[],"cpu_count":"","memory":{}},
        "odd":{"state":"Unknown","ipv4":["UNKNOWN"]}}}"#;

    /// Likewise; `zone` is there since after 1.16.
    const LIST: &str = r#"{"list":[
        {"name":"microk8s-vm","state":"Running","ipv4":["172.28.40.7","172.17.0.1","10.1.76.0"],
         "release":"Ubuntu 22.04 LTS","zone":{"name":"zone1","available":true}},
        {"name":"old","state":"Stopped","ipv4":[],"release":"Not Available"},
        {"name":"odd","state":"Delayed Shutdown","ipv4":["N/A"],"release":"Ubuntu 22.04 LTS"}]}"#;

    fn shown(found: &[Instance]) -> Vec<String> {
        let line = |i: &Instance| format!("{} {} {:?}", i.name, i.state, i.addresses);
        found.iter().map(line).collect()
    }

    #[test]
    fn reads_real_info() {
        assert_eq!(
            shown(&parse(INFO.as_bytes()).unwrap()),
            [
                "microk8s-vm Running [172.28.40.7, 172.17.0.1, 10.1.76.0]",
                "odd Unknown []",
                "old Stopped []",
            ]
        );
    }

    #[test]
    fn reads_a_real_list() {
        let found = parse_list(LIST.as_bytes()).unwrap();
        assert_eq!(
            shown(&found),
            [
                "microk8s-vm Running [172.28.40.7, 172.17.0.1, 10.1.76.0]",
                "old Stopped []",
                "odd Delayed Shutdown []",
            ]
        );
        let running: Vec<_> = found.iter().map(Instance::is_running).collect();
        assert_eq!(running, [true, false, true]);
        assert_eq!(parse_list(br#"{"list":[]}"#).unwrap(), []);
    }

    #[test]
    fn refuses_other_texts() {
        for text in ["", "{}", "[]", "info failed: …", r#"{"info":3}"#] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        for text in ["", "{}", "[]", r#"{"list":{}}"#, r#"{"list":[{}]}"#] {
            assert!(parse_list(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parse_list(INFO.as_bytes()).is_err() && parse(LIST.as_bytes()).is_err());
        let half = INFO.len() / 2;
        assert!(parse(&INFO.as_bytes()[..half]).is_err());
    }

    proptest! {
        #[test]
        fn never_panics(bytes in any::<Vec<u8>>(), at in 0..LIST.len(), byte: u8) {
            let _ = (parse(&bytes), parse_list(&bytes));
            let mut damaged = LIST.as_bytes().to_vec();
            damaged[at] = byte;
            let _ = parse_list(&damaged);
        }
    }
}
