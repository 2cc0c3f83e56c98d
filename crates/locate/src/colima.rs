//! `colima list --json`: Colima's profiles. Without `--network-address` they have no address of their own, and
//! their ports are on this machine.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::path::Path;

use serde::Deserialize;

use crate::found::Found;
use crate::json;
use crate::program;

/// abiosoft/colima `environment/vm/lima/limautil/instance.go`.
#[derive(Deserialize)]
struct Instance {
    name: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    address: String,
}

/// Reads the JSON, one object a line: of each running profile its address, where it has one, and 127.0.0.1,
/// where its ports are found under their own numbers.
///
/// # Errors
/// A text when it is something else.
pub fn parse(output: &[u8]) -> Result<Vec<Found>, String> {
    let instances: Vec<Instance> = json::objects(output, "colima list --json")?;
    let running = instances
        .into_iter()
        .filter(|instance| instance.status == "Running");
    let found = running.flat_map(|instance| {
        let own: Option<IpAddr> = instance.address.parse().ok();
        let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let addresses = own.into_iter().chain([here]);
        addresses
            .map(|address| Found::at(address).named(&instance.name))
            .collect::<Vec<_>>()
    });
    Ok(found.collect())
}

/// Runs Colima. The caller bounds the time; a dropped future kills the process.
///
/// # Errors
/// A text that says what failed.
pub async fn collect(program: &Path) -> Result<Vec<Found>, String> {
    parse(&program::run(program, &["list", "--json"]).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::found::shown;

    /// The fields of abiosoft/colima `environment/vm/lima/limautil/instance.go`, values made up.
    const REAL: &str = r#"{"name":"default","status":"Running","arch":"aarch64","cpus":2,"memory":2147483648,"disk":107374182400,"runtime":"docker+k3s"}
{"name":"k8s","status":"Running","arch":"aarch64","cpus":2,"memory":2147483648,"disk":107374182400,"address":"192.168.106.2","runtime":"containerd+k3s"}
{"name":"off","status":"Stopped","arch":"aarch64","cpus":2,"memory":2147483648,"disk":107374182400}
"#;

    #[test]
    fn reads_running_profiles() {
        assert_eq!(
            shown(&parse(REAL.as_bytes()).unwrap()),
            ["127.0.0.1 default", "192.168.106.2 k8s", "127.0.0.1 k8s"]
        );
        assert_eq!(parse(b"").unwrap(), []);
        for text in ["FATA[0000] x", "{}", "[3]"] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
