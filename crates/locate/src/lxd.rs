//! `lxc list --format json` and `incus list --format json`: all instances with their addresses.

use std::path::Path;

use machines::lxd;

use crate::found::Found;
use crate::mac::Mac;
use crate::program;

/// The running instances of the JSON.
///
/// # Errors
/// A text when it is not that JSON.
pub fn parse(json: &[u8]) -> Result<Vec<Found>, String> {
    let instances = lxd::parse(json)?;
    let running = instances.into_iter().filter(lxd::Instance::runs);
    let found = running.flat_map(|instance| {
        let found = instance.addresses.into_iter().map(|address| {
            let hwaddr = instance.hardware.get(&address);
            Found::at(address)
                .named(&instance.name)
                .mac(hwaddr.and_then(|text| Mac::parse(text)))
        });
        found.collect::<Vec<_>>()
    });
    Ok(found.collect())
}

/// Runs `lxc` or `incus`. The caller bounds the time; a dropped future kills the process.
///
/// # Errors
/// A text that says what failed.
pub async fn collect(program: &Path) -> Result<Vec<Found>, String> {
    parse(&program::run(program, &["list", "--format", "json"]).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::found::shown;

    /// The form of canonical/lxd `shared/api/instance_state.go`, as `lxc list` prints it, shortened.
    const REAL: &str = r#"[
      {"name":"k8s","status":"Running","type":"virtual-machine","state":{"status":"Running","network":{
         "enp5s0":{"addresses":[
            {"family":"inet","address":"10.148.126.7","netmask":"24","scope":"global"},
            {"family":"inet6","address":"fe80::216:3eff:fe0c:eedd","netmask":"64","scope":"link"}],
            "hwaddr":"00:16:3e:0c:ee:dd","state":"up","type":"broadcast"},
         "lo":{"addresses":[{"family":"inet","address":"127.0.0.1","netmask":"8","scope":"local"}],
            "hwaddr":"","state":"up","type":"loopback"},
         "vxlan.calico":{"addresses":[{"family":"inet","address":"10.1.76.0","netmask":"32","scope":"global"}]}}}},
      {"name":"off","status":"Stopped","state":null}]"#;

    #[test]
    fn reads_running_instances_with_their_hardware_addresses() {
        assert_eq!(
            shown(&parse(REAL.as_bytes()).unwrap()),
            ["10.148.126.7 k8s 00:16:3e:0c:ee:dd", "10.1.76.0 k8s"]
        );
        assert!(parse(b"Error: not initialized").is_err());
        assert_eq!(parse(b"[]").unwrap(), []);
    }
}
