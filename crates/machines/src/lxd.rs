//! What LXD and Incus say of their instances: `lxc list --format json`, `incus list --format json` (LXD
//! `shared/api/instance_full.go`, `instance_state.go`).

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Deserialize;

/// An instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its name.
    pub name: String,
    /// `Running`, `Stopped`, `Frozen`, …
    pub status: String,
    /// Its global addresses, those of its container networks among them.
    pub addresses: Vec<IpAddr>,
}

impl Instance {
    /// Whether something can be run in it.
    pub fn is_running(&self) -> bool {
        self.status == "Running"
    }
}

#[derive(Deserialize)]
struct Full {
    name: String,
    #[serde(default)]
    status: String,
    /// Null where it is stopped.
    #[serde(default)]
    state: Option<State>,
}

#[derive(Deserialize)]
struct State {
    #[serde(default)]
    network: Option<BTreeMap<String, Network>>,
}

#[derive(Deserialize)]
struct Network {
    #[serde(default)]
    addresses: Option<Vec<Address>>,
}

#[derive(Deserialize)]
struct Address {
    #[serde(default)]
    address: String,
    #[serde(default)]
    scope: String,
}

/// Reads the JSON; devices in the order of their names, so that `eth0` and `enp5s0` come before `vxlan.calico`.
///
/// # Errors
/// A text when it is not that JSON.
pub fn parse(json: &[u8]) -> Result<Vec<Instance>, String> {
    let listed: Vec<Full> = serde_json::from_slice(json)
        .map_err(|_| "its output is not the JSON of `list --format json`".to_owned())?;
    let instance = |full: Full| {
        let networks = full.state.and_then(|state| state.network);
        let addresses = networks
            .unwrap_or_default()
            .into_iter()
            .filter(|(device, _)| device != "lo")
            .flat_map(|(_, network)| network.addresses.unwrap_or_default())
            .filter(|address| address.scope == "global")
            .filter_map(|address| address.address.parse().ok());
        Instance {
            name: full.name,
            status: full.status,
            addresses: addresses.collect(),
        }
    };
    Ok(listed.into_iter().map(instance).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fields of LXD's `shared/api/instance_full.go` and `instance_state.go`, values made up.
    const LIST: &str = r#"[{"name":"dev","status":"Running","status_code":103,"type":"virtual-machine",
        "state":{"status":"Running","network":{
          "lo":{"addresses":[{"family":"inet","address":"127.0.0.1","netmask":"8","scope":"local"}]},
          "vxlan.calico":{"addresses":[{"family":"inet","address":"10.1.76.0","netmask":"32","scope":"global"}]},
          "enp5s0":{"hwaddr":"00:16:3e:01:02:03","state":"up","addresses":[
            {"family":"inet","address":"10.21.124.56","netmask":"24","scope":"global"},
            {"family":"inet6","address":"fd42::1","netmask":"64","scope":"global"},
            {"family":"inet6","address":"fe80::1","netmask":"64","scope":"link"}]}}}},
        {"name":"old","status":"Stopped","state":null},
        {"name":"odd","status":"Running","state":{"network":null}}]"#;

    #[test]
    fn reads_real_output() {
        let shown: Vec<_> = parse(LIST.as_bytes())
            .unwrap()
            .iter()
            .map(|i| format!("{} {} {:?}", i.name, i.status, i.addresses))
            .collect();
        assert_eq!(
            shown,
            [
                "dev Running [10.21.124.56, fd42::1, 10.1.76.0]",
                "old Stopped []",
                "odd Running []",
            ]
        );
    }

    #[test]
    fn refuses_other_texts() {
        for text in ["", "{}", "Error: not found", r#"[{"status":"Running"}]"#] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
