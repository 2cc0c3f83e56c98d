//! `lxc list --format json` and `incus list --format json`: instances with their addresses.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Deserialize;

/// An instance that may run a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its name, without its remote.
    pub name: String,
    /// `Running`, `Stopped`, `Frozen`, …
    pub status: String,
    /// Its global addresses of both families, by interface; those of container networks among them.
    pub addresses: Vec<IpAddr>,
}

impl Instance {
    /// Whether something can be asked of it now.
    pub fn is_running(&self) -> bool {
        self.status == "Running"
    }
}

#[derive(Deserialize)]
struct Listed {
    name: String,
    #[serde(default)]
    status: String,
    /// `null` for an instance whose server does not answer.
    state: Option<State>,
}

#[derive(Deserialize)]
struct State {
    /// `null` for an instance that does not run.
    network: Option<BTreeMap<String, Interface>>,
}

#[derive(Deserialize)]
struct Interface {
    addresses: Option<Vec<Address>>,
}

#[derive(Deserialize)]
struct Address {
    #[serde(default)]
    address: String,
    #[serde(default)]
    scope: String,
}

/// Reads the JSON (LXD and Incus `shared/api/instance.go`, `InstanceFull`, and `instance_state.go`,
/// `InstanceStateNetworkAddress`). Unknown fields are passed over, and so are the loopback interface and
/// addresses of other scopes than `global`.
///
/// # Errors
/// A text when it is not that JSON.
pub fn parse(json: &[u8]) -> Result<Vec<Instance>, String> {
    let listed: Vec<Listed> = serde_json::from_slice(json)
        .map_err(|_| "its output is not the JSON of `list --format json`".to_owned())?;
    Ok(listed.into_iter().map(instance).collect())
}

fn instance(listed: Listed) -> Instance {
    let network = listed.state.and_then(|state| state.network);
    let addresses = network
        .unwrap_or_default()
        .into_iter()
        .filter(|(name, _)| name != "lo")
        .flat_map(|(_, interface)| interface.addresses.unwrap_or_default())
        .filter(|address| address.scope == "global")
        .filter_map(|address| address.address.parse().ok())
        .collect();
    Instance {
        name: listed.name,
        status: listed.status,
        addresses,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The form of `InstanceFull` (LXD `shared/api/instance.go` and `instance_state.go`), values made up.
    const LIST: &str = r#"[
        {"name":"mk8s","status":"Running","status_code":103,"type":"virtual-machine","architecture":"x86_64",
         "config":{"limits.cpu":"2"},"devices":{},"ephemeral":false,"profiles":["default"],"location":"none",
         "backups":null,"snapshots":null,
         "state":{"status":"Running","status_code":103,"disk":null,"memory":{"usage":1},"pid":4711,"network":{
           "lo":{"addresses":[{"family":"inet","address":"127.0.0.1","netmask":"8","scope":"local"},
                              {"family":"inet","address":"10.9.9.9","netmask":"32","scope":"global"}],
                 "counters":{},"hwaddr":"","host_name":"","mtu":65536,"state":"up","type":"loopback"},
           "enp5s0":{"addresses":[{"family":"inet","address":"10.122.140.7","netmask":"24","scope":"global"},
                                  {"family":"inet6","address":"fd42:4b97::216","netmask":"64","scope":"global"},
                                  {"family":"inet6","address":"fe80::216:3eff","netmask":"64","scope":"link"}],
                     "hwaddr":"00:16:3e:7a:5f:ff","state":"up","type":"broadcast"},
           "cali1":{"addresses":[],"state":"up"},
           "cali2":{"addresses":null,"state":"up"},
           "vxlan.calico":{"addresses":[{"family":"inet","address":"10.1.76.0","netmask":"32","scope":"global"}]}}}},
        {"name":"off","status":"Stopped","state":{"status":"Stopped","network":null}},
        {"name":"gone","status":"Error","state":null},
        {"name":"bare"}]"#;

    #[test]
    fn reads_a_list() {
        let found = parse(LIST.as_bytes()).unwrap();
        let shown: Vec<_> = found
            .iter()
            .map(|i| format!("{} {} {:?}", i.name, i.status, i.addresses))
            .collect();
        assert_eq!(
            shown,
            [
                "mk8s Running [10.122.140.7, fd42:4b97::216, 10.1.76.0]",
                "off Stopped []",
                "gone Error []",
                "bare  []",
            ]
        );
        let running: Vec<_> = found.iter().map(Instance::is_running).collect();
        assert_eq!(running, [true, false, false, false]);
    }

    #[test]
    fn refuses_other_texts() {
        for text in [
            "",
            "{}",
            "null",
            "Error: not found",
            "[3]",
            r#"[{"name":1}]"#,
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        assert_eq!(parse(b"[]").unwrap(), []);
    }

    proptest! {
        #[test]
        fn never_panics(bytes in any::<Vec<u8>>(), at in 0..LIST.len(), byte: u8) {
            let _ = parse(&bytes);
            let mut damaged = LIST.as_bytes().to_vec();
            damaged[at] = byte;
            let _ = parse(&damaged);
        }
    }
}
