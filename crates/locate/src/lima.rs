//! `limactl list --json`: Lima's instances. Most have no address of their own: Lima forwards their ports to
//! this machine.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::path::Path;

use serde::Deserialize;

use crate::api_ports;
use crate::candidate::is_this_machine;
use crate::found::Found;
use crate::json;
use crate::program;

/// More rules than anybody writes.
const MOST_RULES: usize = 64;

/// lima-vm/lima `pkg/limatype/lima_instance.go`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Instance {
    name: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    ssh_address: String,
    #[serde(default, rename = "guestIPAddress")]
    guest: String,
    config: Option<Config>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    port_forwards: Option<Vec<Forward>>,
}

/// lima-vm/lima `pkg/limatype/lima_yaml.go`, `PortForward`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Forward {
    #[serde(default)]
    guest_port: u16,
    #[serde(default)]
    host_port: u16,
    #[serde(default, rename = "hostIP")]
    host: String,
    #[serde(default)]
    proto: String,
    #[serde(default)]
    ignore: bool,
    #[serde(default)]
    reverse: bool,
}

/// Reads the JSON, one object a line: of each running instance the guest's own address, where it has one; the
/// ports of this machine that it forwards to an API server's; and 127.0.0.1, where every other port of the
/// guest is found under its own number.
///
/// # Errors
/// A text when it is something else.
pub fn parse(output: &[u8]) -> Result<Vec<Found>, String> {
    let instances: Vec<Instance> = json::objects(output, "limactl list --json")?;
    let running = instances
        .into_iter()
        .filter(|instance| instance.status == "Running");
    Ok(running.flat_map(of_instance).collect())
}

fn of_instance(instance: Instance) -> Vec<Found> {
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let own = [&instance.guest, &instance.ssh_address];
    let own = own
        .into_iter()
        .filter_map(|text| text.parse().ok())
        .filter(|address: &IpAddr| !is_this_machine(*address) && !address.is_unspecified())
        .take(1)
        .map(Found::at);
    let rules = instance.config.and_then(|config| config.port_forwards);
    let forwarded = rules
        .into_iter()
        .flatten()
        .take(MOST_RULES)
        .filter(|rule| !rule.ignore && !rule.reverse && rule.proto != "udp" && rule.host_port != 0)
        .filter(|rule| api_ports::contains(rule.guest_port))
        .map(|rule| {
            let host: Option<IpAddr> = rule.host.parse().ok();
            let address = host.filter(|host| !host.is_unspecified()).unwrap_or(here);
            Found::at(address).port(rule.host_port)
        });
    own.chain(forwarded)
        .chain([Found::at(here)])
        .map(|found| found.named(&instance.name))
        .collect()
}

/// Runs Lima. The caller bounds the time; a dropped future kills the process.
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

    /// The fields of lima-vm/lima `pkg/limatype/lima_instance.go` (v2), shortened, values made up; the rules
    /// of its `templates/k8s.yaml` and of a user's own.
    const REAL: &str = r#"{"name":"k8s","hostname":"lima-k8s","status":"Running","dir":"/Users/a/.lima/k8s","vmType":"vz","arch":"aarch64","cpus":4,"memory":4294967296,"disk":107374182400,"sshLocalPort":60022,"config":{"portForwards":[{"guestPort":6443,"hostPort":16443,"proto":"tcp"},{"guestPort":80,"hostPort":8080},{"guestSocket":"/run/docker.sock","hostSocket":"x"},{"guestPort":6443,"hostPort":1,"ignore":true}]},"sshAddress":"127.0.0.1","protected":false,"limaVersion":"2.0.1"}
{"name":"shared","hostname":"lima-shared","status":"Running","network":[{"lima":"shared","interface":"lima0"}],"sshAddress":"127.0.0.1","guestIPAddress":"192.168.105.3","config":{}}
{"name":"old","hostname":"lima-old","status":"Stopped","sshAddress":"127.0.0.1","errors":["x"]}
"#;

    #[test]
    fn reads_running_instances() {
        assert_eq!(
            shown(&parse(REAL.as_bytes()).unwrap()),
            [
                "127.0.0.1 :16443 k8s",
                "127.0.0.1 k8s",
                "192.168.105.3 shared",
                "127.0.0.1 shared",
            ]
        );
        // Lima prints nothing when there is no instance, and warns on standard error.
        assert_eq!(parse(b"").unwrap(), []);
        for text in ["time=x level=warning", "{}", "[3]"] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
