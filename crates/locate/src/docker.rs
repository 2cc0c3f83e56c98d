//! `docker ps`: the ports of this machine behind which containers are, as kind, k3d and minikube publish
//! their API servers. When such a container is started again, its port may be another.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::path::Path;

use serde::Deserialize;

use crate::api_ports;
use crate::found::Found;
use crate::json;
use crate::program;

/// What Docker is called with; its own `json` format is younger than this.
pub const ARGUMENTS: [&str; 4] = ["ps", "--no-trunc", "--format", "{{json .}}"];

/// More ports than a container publishes.
const MOST_PORTS: usize = 64;

/// docker/cli `cli/command/formatter/container.go`: all values are strings.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Container {
    names: String,
    #[serde(default)]
    ports: String,
}

/// Reads the JSON, one object a line: the ports of this machine that lead to an API server's port in a
/// container.
///
/// # Errors
/// A text when it is something else.
pub fn parse(output: &[u8]) -> Result<Vec<Found>, String> {
    let containers: Vec<Container> = json::objects(output, "docker ps")?;
    let found = containers.iter().flat_map(|container| {
        // Several names when others are linked to it; its own has no slash.
        let names = container.names.split(',');
        let name = names.rev().find(|name| !name.contains('/'));
        let ports = container.ports.split(", ").take(MOST_PORTS);
        ports
            .flat_map(published)
            .map(move |found| found.named(name.unwrap_or_default()))
    });
    Ok(found.collect())
}

/// `127.0.0.1:41243->6443/tcp`, `0.0.0.0:6443-6444->6443-6444/tcp`, `[::]:80->80/tcp`, `:::80->80/tcp`; what
/// is not published has no arrow.
fn published(text: &str) -> Vec<Found> {
    let read = || {
        let (host, container) = text.split_once("->")?;
        let (address, first) = host.rsplit_once(':')?;
        let (ports, protocol) = container.split_once('/')?;
        let address = here(address.trim_matches(['[', ']']))?;
        let (first, _) = range(first)?;
        let inside = range(ports).filter(|_| protocol == "tcp")?;
        Some((address, first, inside))
    };
    let Some((address, first, (from, to))) = read() else {
        return Vec::new();
    };
    api_ports::API_PORTS
        .into_iter()
        .filter(|port| (from..=to).contains(port))
        .filter_map(|port| Some(Found::at(address).port(first.checked_add(port - from)?)))
        .collect()
}

/// The address by which this machine reaches what is published there: all of its addresses mean the loopback
/// one.
pub(crate) fn here(address: &str) -> Option<IpAddr> {
    let address: IpAddr = match address {
        // Podman's word for all.
        "" => IpAddr::V4(Ipv4Addr::LOCALHOST),
        address => address.parse().ok()?,
    };
    Some(match address {
        IpAddr::V4(address) if address.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(address) if address.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        address => address,
    })
}

/// `6443` or `6443-6444`.
fn range(text: &str) -> Option<(u16, u16)> {
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let (from, to) = (from.parse().ok()?, to.parse().ok()?);
    (from != 0 && from <= to).then_some((from, to))
}

/// Runs Docker. The caller bounds the time; a dropped future kills the process.
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

    /// The fields of docker/cli `cli/command/formatter/container.go`; the ports are those of kind's
    /// documentation (several control planes), of k3d's serverlb (k3d-io/k3d issues) and of minikube's kicbase.
    const REAL: &str = r#"{"Command":"\"/usr/local/bin/entrypoint /sbin/init\"","ID":"6f603ae99714","Image":"kindest/node:v1.33.1","Labels":"io.x-k8s.kind.cluster=kind","Names":"kind-control-plane","Ports":"127.0.0.1:34545->6443/tcp","State":"running","Status":"Up 3 hours"}
{"ID":"22aaa0145768","Names":"kind-external-load-balancer","Ports":"127.0.0.1:46629->6443/tcp","State":"running"}
{"ID":"d369e0029974","Names":"k3d-multidc-serverlb","Ports":"0.0.0.0:8080->80/tcp, [::]:8080->80/tcp, 0.0.0.0:34707->6443/tcp","State":"running"}
{"ID":"76b5dc46042b","Names":"web/k3d,k3d-multidc-agent-1","Ports":"","State":"running"}
{"ID":"3","Names":"minikube","Ports":"127.0.0.1:32772->22/tcp, 127.0.0.1:32773->2376/tcp, 127.0.0.1:32775->8443/tcp"}
{"ID":"4","Names":"ranges","Ports":"80/tcp, :::7000-7002->6442-6444/tcp, 0.0.0.0:6443->6443/udp"}
"#;

    #[test]
    fn reads_published_ports_of_api_servers() {
        assert_eq!(
            shown(&parse(REAL.as_bytes()).unwrap()),
            [
                "127.0.0.1 :34545 kind-control-plane",
                "127.0.0.1 :46629 kind-external-load-balancer",
                "127.0.0.1 :34707 k3d-multidc-serverlb",
                "127.0.0.1 :32775 minikube",
                "::1 :7001 ranges",
            ]
        );
        assert_eq!(parse(b"").unwrap(), []);
    }

    #[test]
    fn other_texts_are_refused_and_odd_ports_passed_over() {
        for text in ["Cannot connect to the Docker daemon", "{}", "[3]"] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        for ports in [
            "->",
            "x->6443/tcp",
            "1.2.3:5->6443/tcp",
            "127.0.0.1:0->6443/tcp",
            "127.0.0.1:99999->6443/tcp",
            "127.0.0.1:5->6443",
            "127.0.0.1:5->7-6/tcp",
            "127.0.0.1:65535->6442-6443/tcp",
        ] {
            let text = format!(r#"{{"Names":"x","Ports":"{ports}"}}"#);
            assert_eq!(parse(text.as_bytes()).unwrap(), [], "{ports}");
        }
    }
}
