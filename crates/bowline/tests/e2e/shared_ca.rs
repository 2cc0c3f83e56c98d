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
        Self::of(by, "minikubeCA")
    }

    /// Under a CA of this name.
    fn of(by: By, ca_name: &str) -> Self {
        let one = Cluster::builder().ca_name(ca_name).build();
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

/// The second one's machine is off, and the first one's got its address: what is known of that address now is not
/// known of the second one.
#[test]
fn an_address_that_another_cluster_of_the_ca_took_over_is_not_this_ones() {
    for (by, ca_name) in [
        (By::Token, "minikubeCA"),
        (By::Certificate, "minikubeCA"),
        (By::Token, "Company Root"),
        (By::Certificate, "Company Root"),
    ] {
        println!("{ca_name}");
        let profiles = Profiles::of(by, ca_name);
        let taken = profiles.second.address();
        profiles.second.move_to(place()).unwrap();
        profiles
            .second
            .set_behaviour(testnode::Behaviour::Refuse)
            .unwrap();
        profiles.first.move_to(taken).unwrap();
        profiles.first.renew_leaf();
        profiles.sandbox.announce(&[("one", taken)]);
        profiles.heal().expect(0).says("moved from");
        profiles.first.clear_records();
        let before = profiles.sandbox.text();
        for line in [
            &["status", "two"][..],
            &["heal", "two"],
            &["doctor", "two"],
            &["k", "--context", "two", "get", "ns"],
        ] {
            let outcome = profiles.sandbox.bowline(line);
            assert_ne!(outcome.code, Some(0), "{line:?}: {outcome:#?}");
            let records = profiles.first.records();
            // With a certificate, whose key stays here, it may be asked who it is.
            let asked = records.lines();
            let mut asked = asked.iter().filter(|line| *line != "GET /version");
            let uid = "GET /api/v1/namespaces/kube-system";
            assert!(asked.all(|line| line == uid), "{line:?}: {records:#?}");
            if by == By::Token {
                assert_eq!(records.credential_bytes(), 0, "{line:?}: {records:#?}");
            }
        }
        assert_eq!(profiles.sandbox.text(), before);
        // The first one works, and goes on working.
        for line in [
            &["status", "one"][..],
            &["k", "--context", "one", "get", "ns"],
        ] {
            profiles.sandbox.bowline(line).expect(0);
        }
        // It is back, and it is told by its own key. Of a file that was never looked at, nobody knows whose it is.
        let copy = profiles.sandbox.path("copy");
        std::fs::write(&copy, &before).unwrap();
        let settings = profiles.sandbox.default_settings();
        let copies = format!("kubeconfigs = ['{}']\n{settings}", copy.display());
        profiles.sandbox.settings(&copies);
        profiles
            .second
            .set_behaviour(testnode::Behaviour::Serve)
            .unwrap();
        profiles.second.renew_leaf();
        profiles.sandbox.announce(&[
            ("one", profiles.first.address()),
            ("two", profiles.second.address()),
        ]);
        profiles
            .sandbox
            .bowline(&["heal", "two"])
            .expect(0)
            .says("moved from")
            .says(&profiles.second.address().to_string())
            .says("two clusters of its CA had this address");
        assert_eq!(std::fs::read_to_string(&copy).unwrap(), before);
        let text = profiles.sandbox.text();
        for node in [&profiles.first, &profiles.second] {
            assert_eq!(text.matches(&node.url()).count(), 1, "{text}");
        }
    }
}
