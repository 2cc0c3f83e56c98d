//! `lxc list --format json` and `incus list --format json`, read.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Deserialize;

/// An instance of LXD or Incus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its name.
    pub name: String,
    /// `Running`, `Stopped`, `Frozen`, …
    pub status: String,
    /// Its global addresses, IPv4 first.
    pub addresses: Vec<IpAddr>,
    /// The hardware address behind each, as LXD spells it.
    pub hardware: BTreeMap<IpAddr, String>,
}

impl Instance {
    /// Whether commands can run in it.
    pub fn runs(&self) -> bool {
        self.status.eq_ignore_ascii_case("running")
    }
}

/// canonical/lxd `shared/api/instance.go`; lxc/incus has the same.
#[derive(Deserialize)]
struct Listed {
    name: String,
    #[serde(default)]
    status: String,
    /// `null` when it is stopped, or not asked for.
    state: Option<State>,
}

/// canonical/lxd `shared/api/instance_state.go`.
#[derive(Deserialize)]
struct State {
    network: Option<BTreeMap<String, Network>>,
}

#[derive(Deserialize)]
struct Network {
    #[serde(default)]
    hwaddr: String,
    addresses: Option<Vec<Address>>,
}

#[derive(Deserialize)]
struct Address {
    #[serde(default)]
    address: String,
    #[serde(default)]
    scope: String,
}

/// Reads the JSON.
///
/// # Errors
/// A text when it is not that JSON.
pub fn parse(json: &[u8]) -> Result<Vec<Instance>, String> {
    let listed: Vec<Listed> = serde_json::from_slice(json)
        .map_err(|_| "its output is not the JSON of `list --format json`".to_owned())?;
    Ok(listed.into_iter().map(instance).collect())
}

fn instance(listed: Listed) -> Instance {
    let networks = listed.state.and_then(|state| state.network);
    let networks = networks.into_iter().flatten();
    let mut addresses: Vec<IpAddr> = Vec::new();
    let mut hardware = BTreeMap::new();
    for (_, network) in networks.filter(|(name, _)| name != "lo") {
        let global = network.addresses.into_iter().flatten();
        let global = global.filter(|address| address.scope == "global");
        for address in global.filter_map(|address| address.address.parse().ok()) {
            addresses.push(address);
            if !network.hwaddr.is_empty() {
                hardware.insert(address, network.hwaddr.clone());
            }
        }
    }
    addresses.sort_by_key(IpAddr::is_ipv6);
    Instance {
        name: listed.name,
        status: listed.status,
        addresses,
        hardware,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The form of canonical/lxd `doc/rest-api.yaml` and `shared/api/instance_state.go`, as `lxc list` prints
    /// it, shortened.
    const REAL: &str = r#"[
      {"architecture":"x86_64","config":{"image.os":"Ubuntu"},"name":"k8s","status":"Running","status_code":103,
       "location":"none","type":"virtual-machine","project":"default","snapshots":null,
       "state":{"status":"Running","status_code":103,"disk":{},"memory":{"usage":1},
        "network":{
         "cali1":{"addresses":[{"family":"inet6","address":"fe80::ecee:eeff:feee:eeee","netmask":"64","scope":"link"}],
                  "hwaddr":"ee:ee:ee:ee:ee:ee","state":"up","type":"broadcast"},
         "enp5s0":{"addresses":[
            {"family":"inet6","address":"fd42:4c81:5770:1eaf:216:3eff:fe0c:eedd","netmask":"64","scope":"global"},
            {"family":"inet","address":"10.148.126.7","netmask":"24","scope":"global"},
            {"family":"inet6","address":"fe80::216:3eff:fe0c:eedd","netmask":"64","scope":"link"}],
            "hwaddr":"00:16:3e:0c:ee:dd","mtu":1500,"state":"up","type":"broadcast"},
         "lo":{"addresses":[{"family":"inet","address":"127.0.0.1","netmask":"8","scope":"local"}],
            "state":"up","type":"loopback"},
         "vxlan.calico":{"addresses":[{"family":"inet","address":"10.1.76.0","netmask":"32","scope":"global"}]},
         "down":{"addresses":null}}}},
      {"name":"off","status":"Stopped","state":null},
      {"name":"bare","status":"STOPPED","state":{"network":null}}]"#;

    #[test]
    fn reads_real_output() {
        let shown: Vec<_> = parse(REAL.as_bytes())
            .unwrap()
            .iter()
            .map(|i| format!("{} {} {:?}", i.name, i.runs(), i.addresses))
            .collect();
        assert_eq!(
            shown,
            [
                "k8s true [10.148.126.7, 10.1.76.0, fd42:4c81:5770:1eaf:216:3eff:fe0c:eedd]",
                "off false []",
                "bare false []",
            ]
        );
    }

    #[test]
    fn refuses_other_texts() {
        for text in ["", "{}", "Error: x", r#"[{"status":"Running"}]"#, "[3]"] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
