//! One CA for several clusters, as minikube has it for all its profiles: a second fact decides, and is told.

use testnode::ClientCertificateSpec;
use testnode::Cluster;
use testnode::LeafKind;
use testnode::Node;

use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::place;

/// Two profiles of one minikube, each with its node, in one kubeconfig, and both looked at.
struct Profiles {
    one: Cluster,
    first: Node,
    second: Node,
    sandbox: Sandbox,
}

/// What the users log in with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Certificate,
    Token,
}

impl Profiles {
    fn start(by: By) -> Self {
        let one = Cluster::builder().ca_name("minikubeCA").build();
        let two = Cluster::builder().ca(one.ca()).build();
        let first = Node::start(&one, place()).unwrap();
        let second = Node::start(&two, place()).unwrap();
        let sandbox = Sandbox::new();
        for (name, cluster, node) in [("one", &one, &first), ("two", &two, &second)] {
            let client = cluster.client_certificate(&ClientCertificateSpec::admin());
            let printed = match by {
                By::Certificate => cluster.kubeconfig_x509(&node.url(), &client),
                By::Token => cluster.kubeconfig(&node.url()),
            };
            let add = ["add", "-", "--name", name];
            sandbox.feed(&add, printed).expect(0);
        }
        sandbox.bowline(&["status", "--all"]).expect(0);
        Self {
            one,
            first,
            second,
            sandbox,
        }
    }

    fn heal(&self) -> Outcome {
        self.sandbox.bowline(&["heal", "one"])
    }
}

#[test]
fn the_key_of_the_node_says_which_cluster_it_is() {
    let profiles = Profiles::start(By::Certificate);
    profiles.first.move_to(place()).unwrap();
    profiles.sandbox.announce(&[
        ("two", profiles.second.address()),
        ("one", profiles.first.address()),
    ]);
    profiles
        .heal()
        .expect(0)
        .says("moved from")
        .says(&profiles.first.address().to_string())
        .says("proved by its CA key and the node's key");
}

#[test]
fn a_node_that_was_made_anew_is_known_by_the_uid_of_its_cluster() {
    let profiles = Profiles::start(By::Certificate);
    profiles.first.move_to(place()).unwrap();
    let addresses = [profiles.first.address().ip()];
    let leaf = profiles.one.leaf(&LeafKind::ApiServer, &addresses);
    profiles.first.set_leaf(leaf);
    profiles.sandbox.announce(&[
        ("two", profiles.second.address()),
        ("one", profiles.first.address()),
    ]);
    let at = profiles.first.address().to_string();
    profiles
        .heal()
        .says(&at)
        .says("proved by its CA key and the UID of kube-system");
}

#[test]
fn the_other_cluster_at_the_address_is_refused_and_gets_no_bearer() {
    let profiles = Profiles::start(By::Token);
    let gone = profiles.first.address();
    profiles.first.move_to(place()).unwrap();
    profiles
        .first
        .set_behaviour(testnode::Behaviour::Refuse)
        .unwrap();
    profiles.second.move_to(gone).unwrap();
    profiles.second.clear_records();
    let before = profiles.sandbox.text();
    profiles
        .heal()
        .expect(4)
        .says("another cluster of the same CA");
    profiles
        .sandbox
        .bowline(&["status", "one"])
        .expect(4)
        .says("another cluster of the same CA");
    assert_eq!(profiles.second.records().credential_bytes(), 0);
    assert_eq!(profiles.sandbox.text(), before);
}
