//! Clusters behind ports of this machine: the port is another one after each start.

use std::net::SocketAddr;
use std::time::Duration;

use testnode::Ca;
use testnode::Cluster;
use testnode::Node;

use super::closed;
use super::published;
use super::stand_in;
use crate::support::Sandbox;
use crate::support::changed;
use crate::support::odd;
use crate::support::place;

const DOCKER: &str = "ps --no-trunc --format {{json .}}";

fn docker(node: SocketAddr) -> String {
    format!(
        r#"{{"ID":"1","Names":"db","Ports":"127.0.0.1:5432->5432/tcp","State":"running"}}
{{"ID":"6f603ae99714","Image":"kindest/node:v1.33.1","Names":"kind-control-plane","Ports":"127.0.0.1:{}->6443/tcp","State":"running"}}
"#,
        node.port()
    )
}

/// An entry at a port of this machine; `prepare` lets one source know the new port.
fn assert_followed(server: &str, by: &str, prepare: impl Fn(&Sandbox, SocketAddr)) {
    for command in [&["heal"][..], &["k", "get", "ns"]] {
        let cluster = Cluster::new();
        let node = published(&cluster);
        let before = odd(
            &cluster,
            &server.replace("PORT", &closed().port().to_string()),
        );
        let sandbox = Sandbox::with(&before);
        prepare(&sandbox, node.address());
        sandbox
            .bowline(command)
            .expect(0)
            .stays_plain()
            .says(&format!("(by {by}"));
        let after = sandbox.text();
        let (_, lines) = changed(&before, &after);
        assert!(lines[0].contains(&format!("'{}'", node.url())), "{lines:?}");
        sandbox.bowline(&["undo"]).expect(0);
        assert_eq!(sandbox.text(), before);
    }
}

#[test]
fn kind_in_docker() {
    assert_followed(
        "https://127.0.0.1:PORT",
        "docker, kind-control-plane",
        |sandbox, node| stand_in(sandbox, "docker", &[(DOCKER, &docker(node))]),
    );
}

/// A name is kept by `k`, which uses what it found for the call.
#[test]
fn localhost_is_a_port_of_this_machine_too() {
    let cluster = Cluster::new();
    let node = published(&cluster);
    let before = odd(&cluster, &format!("https://localhost:{}", closed().port()));
    let sandbox = Sandbox::with(&before);
    stand_in(&sandbox, "docker", &[(DOCKER, &docker(node.address()))]);
    sandbox.bowline(&["k", "get", "ns"]).expect(0);
    assert_eq!(sandbox.text(), before);
    sandbox.bowline(&["heal"]).expect(0);
    assert!(sandbox.text().contains(&node.url()));
}

/// k3d publishes on all addresses, and writes that into the kubeconfig.
#[test]
fn k3d_in_docker() {
    assert_followed(
        "https://0.0.0.0:PORT",
        "docker, k3d-dev-serverlb",
        |sandbox, node| {
            let json = format!(
                r#"{{"Names":"k3d-dev-serverlb","Ports":"80/tcp, 0.0.0.0:{}->6443/tcp"}}"#,
                node.port()
            );
            stand_in(sandbox, "docker", &[(DOCKER, &json)]);
        },
    );
}

#[test]
fn kind_in_podman() {
    assert_followed(
        "https://127.0.0.1:PORT",
        "podman, kind-control-plane",
        |sandbox, node| {
            let json = format!(
                r#"[{{"Names":["kind-control-plane"],"Ports":[{{"host_ip":"127.0.0.1","container_port":6443,"host_port":{},"range":1,"protocol":"tcp"}}]}}]"#,
                node.port()
            );
            stand_in(sandbox, "podman", &[("ps --format json", &json)]);
        },
    );
}

#[test]
fn a_port_that_lima_forwards() {
    assert_followed("https://127.0.0.1:PORT", "lima, k8s", |sandbox, node| {
        let json = format!(
            r#"{{"name":"k8s","status":"Running","sshAddress":"127.0.0.1","config":{{"portForwards":[{{"guestPort":6443,"hostPort":{},"proto":"tcp"}}]}}}}"#,
            node.port()
        );
        stand_in(sandbox, "limactl", &[("list --json", &json)]);
    });
}

/// The entry has the address that WSL had; what answers is Windows' relay, under the same port.
#[test]
fn wsls_relay_takes_the_place_of_an_address_that_is_gone() {
    let cluster = Cluster::new();
    let node = published(&cluster);
    let gone = SocketAddr::new(place().ip(), node.address().port());
    let sandbox = Sandbox::with(odd(&cluster, &format!("https://{gone}")));
    stand_in(
        &sandbox,
        "wsl.exe",
        &[
            ("--list --running --quiet", "Ubuntu\r\n"),
            ("--distribution Ubuntu --exec hostname -I", "\r\n"),
        ],
    );
    sandbox.bowline(&["heal"]).expect(0).says("(by wsl, Ubuntu");
    assert!(sandbox.text().contains(&node.url()));
}

/// The relay broke: the distribution's own address is what is left.
#[test]
fn an_entry_at_the_relay_moves_to_the_distributions_address() {
    let cluster = Cluster::new();
    let port = closed().port();
    let there = SocketAddr::new(place().ip(), port);
    let node = Node::start(&cluster, there).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &format!("https://127.0.0.1:{port}")));
    let hostname = format!("{}\n", there.ip());
    stand_in(
        &sandbox,
        "wsl.exe",
        &[
            ("--list --running --quiet", "Ubuntu\r\n"),
            ("--distribution Ubuntu --exec hostname -I", &hostname),
        ],
    );
    sandbox.bowline(&["heal"]).expect(0).says("(by wsl, Ubuntu");
    assert!(sandbox.text().contains(&node.url()));
}

/// minikube's profiles share one CA. After a start, the old port is another profile's: the record tells them
/// apart, and the token goes to the right one.
#[test]
fn a_port_that_another_cluster_of_the_same_ca_got_is_not_taken_for_ours() {
    let ca = Ca::new("minikubeCA");
    let profile = || Cluster::builder().ca(&ca).build();
    let (ours, other) = (profile(), profile());
    let node = published(&ours);
    let old = node.address();
    let sandbox = Sandbox::with(odd(&ours, &node.url()));
    sandbox.bowline(&["heal"]).expect(0).says("works");
    let new = closed();
    node.move_to(new).unwrap();
    let thief = Node::start(&other, old).unwrap();
    let json = format!(
        r#"{{"Names":"other","Ports":"127.0.0.1:{}->8443/tcp"}}
{{"Names":"minikube","Ports":"127.0.0.1:{}->8443/tcp"}}"#,
        old.port(),
        new.port()
    );
    stand_in(&sandbox, "docker", &[(DOCKER, &json)]);
    sandbox
        .bowline(&["heal"])
        .expect(0)
        .says("(by docker, minikube");
    assert!(sandbox.text().contains(&node.url()));
    assert_eq!(thief.records().credential_bytes(), 0);
}

/// A Docker that hangs costs its time limit, and is named.
#[test]
fn a_docker_that_hangs_is_named_in_time() {
    let cluster = Cluster::new();
    let before = odd(&cluster, &format!("https://127.0.0.1:{}", closed().port()));
    let sandbox = Sandbox::with(&before);
    sandbox.script("docker", "exec /bin/sleep 60\n");
    let outcome = sandbox
        .bowline(&["heal"])
        .expect(3)
        .says("docker: no answer within 2 s");
    assert!(outcome.elapsed < Duration::from_secs(3), "{outcome:#?}");
    assert_eq!(sandbox.text(), before);
}
