//! `podman ps`: as Docker's, in another JSON.

use std::path::Path;

use serde::Deserialize;

use crate::api_ports;
use crate::docker::here;
use crate::found::Found;
use crate::json;
use crate::program;

/// What Podman is called with.
pub const ARGUMENTS: [&str; 3] = ["ps", "--format", "json"];

/// More ports than a container publishes.
const MOST_PORTS: usize = 64;

/// containers/podman `pkg/domain/entities/types/container_ps.go`, `ListContainer`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Container {
    names: Vec<String>,
    ports: Option<Vec<Port>>,
}

/// containers/common `libnetwork/types/network.go`, `PortMapping`.
#[derive(Deserialize)]
struct Port {
    #[serde(default)]
    host_ip: String,
    #[serde(rename = "container_port")]
    container: u16,
    #[serde(rename = "host_port")]
    host: u16,
    #[serde(default)]
    range: u16,
    #[serde(default)]
    protocol: String,
}

/// Reads the JSON: the ports of this machine that lead to an API server's port in a container.
///
/// # Errors
/// A text when it is something else.
pub fn parse(output: &[u8]) -> Result<Vec<Found>, String> {
    let containers: Vec<Container> = json::objects(output, "podman ps")?;
    let found = containers.into_iter().flat_map(|container| {
        let name = container.names.into_iter().next().unwrap_or_default();
        let ports = container.ports.into_iter().flatten().take(MOST_PORTS);
        let found = ports.flat_map(|port| published(&port));
        found.map(|found| found.named(&name)).collect::<Vec<_>>()
    });
    Ok(found.collect())
}

fn published(port: &Port) -> Vec<Found> {
    let Some(address) = here(&port.host_ip).filter(|_| port.protocol == "tcp") else {
        return Vec::new();
    };
    let from = port.container;
    let to = from.saturating_add(port.range.saturating_sub(1));
    api_ports::API_PORTS
        .into_iter()
        .filter(|inside| port.host != 0 && (from..=to).contains(inside))
        .filter_map(|inside| Some(Found::at(address).port(port.host.checked_add(inside - from)?)))
        .collect()
}

/// Runs Podman. The caller bounds the time; a dropped future kills the process.
///
/// # Errors
/// A text that says what failed.
pub async fn collect(program: &Path) -> Result<Vec<Found>, String> {
    parse(&program::run(program, &ARGUMENTS).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::found::shown;

    /// The fields of containers/podman `pkg/domain/entities/types/container_ps.go` and of containers/common
    /// `libnetwork/types/network.go`, shortened, values made up.
    const REAL: &str = r#"[
      {"AutoRemove":false,"Command":null,"Id":"9d7e","Image":"docker.io/kindest/node:v1.33.1","Names":["kind-control-plane"],
       "Ports":[{"host_ip":"127.0.0.1","container_port":6443,"host_port":41243,"range":1,"protocol":"tcp"}],"State":"running"},
      {"Id":"2","Names":["web"],"Ports":[{"host_ip":"","container_port":80,"host_port":8080,"range":1,"protocol":"tcp"}]},
      {"Id":"3","Names":["ranges"],"Ports":[{"host_ip":"","container_port":6440,"host_port":7000,"range":10,"protocol":"tcp"},
        {"host_ip":"0.0.0.0","container_port":6443,"host_port":7000,"range":1,"protocol":"udp"}]},
      {"Id":"4","Names":["bare"],"Ports":null}]"#;

    #[test]
    fn reads_published_ports_of_api_servers() {
        assert_eq!(
            shown(&parse(REAL.as_bytes()).unwrap()),
            [
                "127.0.0.1 :41243 kind-control-plane",
                "127.0.0.1 :7003 ranges",
            ]
        );
        assert_eq!(parse(b"[]").unwrap(), []);
        for text in ["Cannot connect to Podman", "{}", "[3]"] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        let full = r#"[{"Names":[],"Ports":[{"container_port":65535,"host_port":65535,"range":65535,"protocol":"tcp"},
            {"container_port":6440,"host_port":65534,"range":9,"protocol":"tcp"}]}]"#;
        assert_eq!(parse(full.as_bytes()).unwrap(), []);
    }
}
