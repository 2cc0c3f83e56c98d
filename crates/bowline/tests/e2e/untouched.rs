//! What is left alone: entries that work, tunnels, load balancers, the user's choice.

use std::fs;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::time::Duration;
use std::time::SystemTime;

use testnode::Behaviour;
use testnode::Cluster;
use testnode::LeafKind;
use testnode::Node;
use testnode::NodeOptions;

use crate::support::Sandbox;
use crate::support::changed;
use crate::support::odd;
use crate::support::place;

/// A moment long gone, to which a file's times are set so that every write shows.
fn make_old(sandbox: &Sandbox) -> SystemTime {
    let then = SystemTime::now() - Duration::from_hours(24);
    let file = fs::File::options().write(true).open(sandbox.file());
    file.unwrap().set_modified(then).unwrap();
    fs::metadata(sandbox.file()).unwrap().modified().unwrap()
}

#[track_caller]
fn assert_untouched(sandbox: &Sandbox, before: &str, since: SystemTime) {
    assert_eq!(sandbox.text(), before);
    let modified = fs::metadata(sandbox.file()).unwrap().modified().unwrap();
    assert_eq!(modified, since);
}

#[test]
fn an_entry_that_works_is_never_rewritten() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let before = odd(&cluster, &node.url());
    let sandbox = Sandbox::with(&before);
    let since = make_old(&sandbox);
    // Its clone would be found if it were looked for.
    let elsewhere = Node::start(&cluster, place()).unwrap();
    sandbox.announce(&[("microk8s-vm", elsewhere.address())]);
    sandbox.bowline(&["heal"]).expect(0).says("dev: works at");
    sandbox.bowline(&["heal", "--all"]).expect(0);
    sandbox.bowline(&["k", "get", "ns"]).expect(0);
    sandbox.bowline(&["status"]).expect(0);
    let at = elsewhere.address().to_string();
    sandbox.bowline(&["heal", "--at", &at]).expect(0);
    assert_untouched(&sandbox, &before, since);
    assert_eq!(elsewhere.records().connections, 0);
}

#[test]
fn a_server_that_answers_late_is_never_declared_gone() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let before = odd(&cluster, &node.url());
    let sandbox = Sandbox::with(&before);
    let since = make_old(&sandbox);
    sandbox.bowline(&["status"]).expect(0);
    node.set_behaviour(Behaviour::Late(Duration::from_millis(900)))
        .unwrap();
    // A clone that answers at once must not be preferred.
    let clone = cluster.clone_machine();
    let clone = Node::start(&clone, place()).unwrap();
    sandbox.announce(&[("microk8s-vm", clone.address())]);
    let outcome = sandbox.bowline(&["heal"]).expect(0).says("dev: works at");
    assert!(outcome.elapsed > Duration::from_millis(900), "{outcome:?}");
    fs::remove_file(sandbox.state_file()).unwrap();
    sandbox
        .bowline(&["k", "get", "ns"])
        .expect(0)
        .says("kube-system");
    sandbox.bowline(&["k", "get", "ns"]).expect(0);
    assert_untouched(&sandbox, &before, since);
}

#[test]
fn tunnels_are_left_alone_and_say_so() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    // A port that nobody has.
    let free = Node::start(&cluster, (Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    free.set_behaviour(Behaviour::Refuse).unwrap();
    let port = free.address().port();
    node.move_to(SocketAddr::new(node.address().ip(), port))
        .unwrap();
    for host in ["127.0.0.1", "localhost", "[::1]"] {
        let before = odd(&cluster, &format!("https://{host}:{port}"));
        let sandbox = Sandbox::with(&before);
        sandbox.announce(&[("microk8s-vm", node.address())]);
        node.clear_records();
        sandbox
            .bowline(&["heal"])
            .expect(3)
            .says("left as it is")
            .says("(a tunnel)")
            .says("bowline heal dev --at ADDRESS");
        let outcome = sandbox.bowline(&["k", "get", "ns"]);
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        assert_eq!(sandbox.text(), before);
        assert_eq!(node.records().connections, 0, "{host}");

        // The user knows better.
        let at = node.address().to_string();
        sandbox.bowline(&["heal", "--at", &at]).expect(0);
        let after = sandbox.text();
        let (_, added) = changed(&before, &after);
        let added = added.concat();
        assert!(added.contains(&node.url()), "{added}");
    }
}

#[test]
fn load_balancers_and_what_must_not_be_followed_are_left_alone() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let gone = format!("https://{}", place());
    let name = "https://k8s.invalid:16443".to_owned();
    let forbidden = "[clusters.microk8s]\nfollow = false\n";
    for (server, settings, reason) in [
        (&name, "", "a name that others manage (a load balancer)"),
        (&gone, forbidden, "config.toml says follow = false"),
    ] {
        let before = odd(&cluster, server);
        let sandbox = Sandbox::with(&before);
        sandbox.settings(&format!("{}{settings}", sandbox.default_settings()));
        sandbox.announce(&[("microk8s-vm", node.address())]);
        sandbox.bowline(&["heal"]).expect(3).says(reason);
        sandbox.bowline(&["k", "get", "ns"]).says(reason);
        assert_eq!(sandbox.text(), before);
    }
    assert_eq!(node.records().connections, 0);
}

#[test]
fn the_current_context_stays_the_users_choice() {
    let (cluster, other) = (Cluster::new(), Cluster::new());
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(other.kubeconfig(&format!("https://{}", place())));
    let config = cluster.kubeconfig(&node.url());
    sandbox
        .feed(&["add", "-", "--name", "dev"], config)
        .expect(0);
    let current = |sandbox: &Sandbox| sandbox.kubectl(&["config", "current-context"]).stdout;
    assert_eq!(current(&sandbox), "microk8s\n");
    node.move_to(place()).unwrap();
    sandbox.announce(&[("microk8s-vm", node.address())]);
    sandbox.bowline(&["heal", "dev"]).expect(0);
    assert!(sandbox.text().contains(&node.url()));
    sandbox
        .bowline(&["k", "--context=dev", "get", "ns"])
        .expect(0);
    sandbox.bowline(&["heal", "--all"]);
    assert_eq!(current(&sandbox), "microk8s\n");
}

#[test]
fn a_right_server_under_a_name_it_does_not_carry_gets_the_name_only() {
    // As after a move of which only the address was mended: the certificate is for the old one.
    let cluster = Cluster::new();
    let leaf = cluster.leaf(&LeafKind::ApiServer, &[place().ip()]);
    let options = NodeOptions {
        leaf: Some(leaf),
        ..NodeOptions::default()
    };
    let node = Node::start_with(&cluster, place(), options).unwrap();
    let before = odd(&cluster, &node.url());
    let sandbox = Sandbox::with(&before);
    let outcome = sandbox.kubectl(&["get", "ns"]);
    assert_ne!(outcome.code, Some(0), "{outcome:?}");
    sandbox
        .bowline(&["status"])
        .expect(4)
        .says("bowline heal dev");
    sandbox
        .bowline(&["heal"])
        .expect(0)
        .says("kubectl refuses its certificate");
    let after = sandbox.text();
    let (removed, added) = changed(&before, &after);
    assert_eq!(removed, Vec::<&str>::new());
    assert_eq!(added, ["    tls-server-name: kubernetes.default.svc\n"]);
    let server = after.lines().position(|line| line.contains(&node.url()));
    let name = after
        .lines()
        .position(|line| line.contains("tls-server-name"));
    assert_eq!(server.map(|line| line + 1), name);
    sandbox.kubectl(&["get", "ns"]).expect(0);
}
