//! `minikube profile list -l -o json`: minikube's clusters, each node with address and port.

use std::path::Path;

use serde::Deserialize;

use crate::found::Found;
use crate::json;
use crate::program;

/// Only what is written down (`-l`): asking each machine for its state takes seconds.
pub const ARGUMENTS: [&str; 5] = ["profile", "list", "-l", "-o", "json"];

/// kubernetes/minikube `cmd/minikube/cmd/config/profile_list.go`. Those that minikube calls invalid have no
/// configuration.
#[derive(Deserialize)]
struct Profiles {
    valid: Option<Vec<Profile>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Profile {
    name: String,
    config: Option<Config>,
}

/// kubernetes/minikube `pkg/minikube/config/types.go`, `ClusterConfig` and `Node`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Config {
    nodes: Option<Vec<Node>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Node {
    #[serde(default, rename = "IP")]
    address: String,
    #[serde(default)]
    port: u16,
    #[serde(default)]
    control_plane: bool,
}

/// Reads the JSON: the nodes that run an API server.
///
/// # Errors
/// A text when it is something else.
pub fn parse(output: &[u8]) -> Result<Vec<Found>, String> {
    let listed: Vec<Profiles> = json::objects(output, "minikube profile list")?;
    let profiles = listed.into_iter().filter_map(|listed| listed.valid);
    let found = profiles.flatten().flat_map(|profile| {
        let nodes = profile.config.and_then(|config| config.nodes);
        let nodes = nodes
            .into_iter()
            .flatten()
            .filter(|node| node.control_plane);
        let found = nodes.filter_map(|node| {
            let found = Found::at(node.address.parse().ok()?);
            Some(Found {
                port: Some(node.port).filter(|port| *port != 0),
                ..found.named(&profile.name)
            })
        });
        found.collect::<Vec<_>>()
    });
    Ok(found.collect())
}

/// Runs minikube. The caller bounds the time; a dropped future kills the process.
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

    /// The fields of kubernetes/minikube `pkg/minikube/config/types.go`, shortened, values made up.
    const REAL: &str = r#"{"invalid":[{"Name":"broken","Status":"","Config":null,"Active":false}],"valid":[
      {"Name":"minikube","Status":"","Config":{"Name":"minikube","Driver":"kvm2","APIServerPort":8443,
        "KubernetesConfig":{"KubernetesVersion":"v1.34.0","ClusterName":"minikube","APIServerName":"minikubeCA"},
        "Nodes":[{"Name":"","IP":"192.168.39.38","Port":8443,"KubernetesVersion":"v1.34.0","ContainerRuntime":"docker","ControlPlane":true,"Worker":true},
                 {"Name":"m02","IP":"192.168.39.39","Port":8443,"ControlPlane":false,"Worker":true}]},"Active":true},
      {"Name":"new","Status":"","Config":{"Name":"new","Nodes":[{"Name":"","IP":"","Port":0,"ControlPlane":true}]}},
      {"Name":"none","Config":{"Nodes":null}}]}"#;

    #[test]
    fn reads_nodes_with_an_api_server() {
        assert_eq!(
            shown(&parse(REAL.as_bytes()).unwrap()),
            ["192.168.39.38 :8443 minikube"]
        );
        assert_eq!(parse(br#"{"invalid":[],"valid":[]}"#).unwrap(), []);
        // What minikube prints when nothing was ever started (exit code 14 too).
        let error = r#"{"error":{"Op":"open","Path":"/home/a/.minikube/profiles","Err":2}}"#;
        assert_eq!(parse(error.as_bytes()).unwrap(), []);
        for text in ["* Exiting due to x", "[3]", r#"{"valid":3}"#] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
