//! What searching costs: several commands at once search once, and what is switched off is not searched for at
//! every call.

use std::fs;
use std::process::Stdio;

use testnode::Behaviour;
use testnode::Cluster;
use testnode::Node;

use crate::support::Sandbox;
use crate::support::odd;
use crate::support::place;

/// A Multipass that writes down each call, and knows one machine.
fn multipass(sandbox: &Sandbox, node: &Node) {
    let calls = sandbox.path("calls");
    let address = node.address().ip();
    let script = format!(
        "[ \"$*\" = 'info --format json' ] || exit 64\n\
         echo call >> '{}'\n\
         echo '{{\"errors\":[],\"info\":{{\"microk8s-vm\":{{\"state\":\"Running\",\"ipv4\":[\"{address}\"]}}}}}}'\n",
        calls.display()
    );
    sandbox.script("multipass", &script);
}

fn calls(sandbox: &Sandbox) -> usize {
    let text = fs::read_to_string(sandbox.path("calls")).unwrap_or_default();
    text.lines().count()
}

#[test]
fn eight_commands_at_once_search_once() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    sandbox.bowline(&["status"]).expect(0);
    node.move_to(place()).unwrap();
    multipass(&sandbox, &node);
    let children: Vec<_> = (0..8)
        .map(|_| {
            let mut command = sandbox.command(&["k", "get", "ns"]);
            command
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("kube-system"), "{output:?}");
    }
    assert_eq!(calls(&sandbox), 1);
    assert_eq!(sandbox.history().len(), 1);
}

#[test]
fn a_machine_that_is_off_is_not_searched_for_at_every_call() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    sandbox.bowline(&["status"]).expect(0);
    multipass(&sandbox, &node);
    node.set_behaviour(Behaviour::Refuse).unwrap();

    sandbox.bowline(&["k", "get", "ns"]).expect(1);
    assert_eq!(calls(&sandbox), 1);
    let again = sandbox.bowline(&["k", "get", "ns"]).expect(1);
    assert_eq!(calls(&sandbox), 1, "{again:?}");
    again
        .says("looked for everywhere a moment ago")
        .says("bowline heal dev");
    // Who asks for it gets it.
    sandbox.bowline(&["heal"]).expect(3);
    assert_eq!(calls(&sandbox), 2);

    // What costs nothing is still read: it is back, and hosts.ics says where.
    node.move_to(place()).unwrap();
    node.set_behaviour(Behaviour::Serve).unwrap();
    sandbox.announce(&[("microk8s-vm", node.address())]);
    sandbox
        .bowline(&["k", "get", "ns"])
        .expect(0)
        .says("moved from");
    assert_eq!(calls(&sandbox), 2);
    // And the next time it is gone, it is searched for at once.
    fs::remove_file(sandbox.path("hosts.ics")).unwrap();
    node.move_to(place()).unwrap();
    multipass(&sandbox, &node);
    sandbox
        .bowline(&["k", "get", "ns"])
        .expect(0)
        .says("by multipass");
    assert_eq!(calls(&sandbox), 3);
}

/// Each finds that another one has just looked everywhere; none has to wait for all others to see it, too.
#[test]
fn sixteen_commands_at_once_do_not_queue_for_a_machine_that_is_off() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    node.set_behaviour(Behaviour::Swallow).unwrap();
    let kubectl = sandbox.script("ends-at-once", "exit 42\n");
    let began = std::time::Instant::now();
    let children: Vec<_> = (0..16)
        .map(|_| {
            let mut command = sandbox.command(&["k", "get", "ns"]);
            command.env("BOWLINE_KUBECTL", &kubectl);
            command.stdin(Stdio::null()).stderr(Stdio::null());
            command.spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert_eq!(child.wait().unwrap().code(), Some(42));
    }
    let elapsed = began.elapsed();
    assert!(elapsed < std::time::Duration::from_secs(8), "{elapsed:?}");
}

/// A company's CA may have hundreds of clusters on record: what they have done keeps none of its own from being
/// found where the user says.
#[test]
fn other_clusters_of_the_ca_do_not_crowd_out_what_the_user_says() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    sandbox.bowline(&["status"]).expect(0);
    let text = fs::read_to_string(sandbox.state_file()).unwrap();
    let mut state: serde_json::Value = serde_json::from_str(&text).unwrap();
    let clusters = state["clusters"].as_object_mut().unwrap();
    let known = clusters.values_mut().next().unwrap();
    let endpoints = known["endpoints"].as_array_mut().unwrap();
    let own = endpoints[0].clone();
    for number in 0..100 {
        let mut other = own.clone();
        other["address"] = place().to_string().into();
        other["leaf"] = format!("sha256:{number:064x}").into();
        other["uid"] = format!("uid-{number}").into();
        endpoints.push(other);
    }
    fs::write(sandbox.state_file(), state.to_string()).unwrap();
    node.move_to(place()).unwrap();
    let settings = sandbox.default_settings();
    sandbox.settings(&format!(
        "{settings}[clusters.microk8s]\ncandidates = ['{}']\n",
        node.address()
    ));
    sandbox.bowline(&["heal"]).expect(0).says("moved from");
}
