//! `heal --pin`: entries that accept anybody get an identity, and kubectl enforces it.

use testnode::Cluster;
use testnode::LeafKind;
use testnode::Node;

use crate::support::Sandbox;
use crate::support::odd;
use crate::support::place;

/// What kubectl makes of an entry: the CA goes, the flag comes.
fn insecure(sandbox: &Sandbox) -> String {
    sandbox
        .kubectl(&[
            "config",
            "set-cluster",
            "microk8s",
            "--insecure-skip-tls-verify=true",
        ])
        .expect(0);
    let text = sandbox.text();
    assert!(!text.contains("certificate-authority-data"), "{text}");
    text
}

/// What an entry says that was never followed, nor had a CA.
fn never_had_one(cluster: &Cluster, node: &Node) -> String {
    odd(cluster, &node.url())
        .lines()
        .map(|line| match line.trim_start() {
            ca if ca.starts_with("certificate-authority-data:") => {
                "    insecure-skip-tls-verify: true\n".to_owned()
            }
            _ => format!("{line}\n"),
        })
        .collect()
}

#[test]
fn the_identity_that_is_remembered_comes_back_unasked() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    sandbox.bowline(&["k", "get", "ns"]).expect(0);
    let lost = insecure(&sandbox);
    sandbox
        .bowline(&["heal", "--pin", "--dry-run"])
        .expect(0)
        .says("proved there before");
    assert_eq!(sandbox.text(), lost);
    sandbox.bowline(&["heal", "--pin"]).expect(0).says("wrote");
    let text = sandbox.text();
    assert!(!text.contains("insecure-skip-tls-verify"), "{text}");
    assert!(
        text.contains("tls-server-name: kubernetes.default.svc"),
        "{text}"
    );
    sandbox
        .kubectl(&["get", "ns"])
        .expect(0)
        .says("kube-system");
    sandbox.bowline(&["status"]).expect(0).says("ok");
    // Its CA came back, not only its certificate: it may be renewed.
    node.renew_leaf();
    sandbox
        .kubectl(&["get", "ns"])
        .expect(0)
        .says("kube-system");
    sandbox.bowline(&["undo"]).expect(0);
    assert_eq!(sandbox.text(), lost);
}

#[test]
fn whoever_proved_it_first_its_identity_is_remembered() {
    for by_status in [false, true] {
        let cluster = Cluster::new();
        let node = Node::start(&cluster, place()).unwrap();
        let sandbox = Sandbox::new();
        if by_status {
            sandbox.write(odd(&cluster, &node.url()));
            sandbox.bowline(&["status"]).expect(0);
        } else {
            let add = ["add", "-", "--name", "microk8s"];
            sandbox
                .feed(&add, cluster.kubeconfig(&node.url()))
                .expect(0);
        }
        insecure(&sandbox);
        let printed = sandbox.bowline(&["heal"]).expect(4).stderr;
        assert!(printed.contains("--pin"), "{printed}");
        sandbox
            .bowline(&["heal", "--pin"])
            .expect(0)
            .says("proved there before");
    }
}

#[test]
fn a_stranger_in_its_place_is_refused_and_the_flag_stays() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    sandbox.bowline(&["heal"]).expect(0);
    let lost = insecure(&sandbox);
    let (address, other) = (node.address(), Cluster::new());
    drop(node);
    let stranger = Node::start(&other, address).unwrap();
    let outcome = sandbox
        .bowline(&["heal", "--pin"])
        .expect(4)
        .says("refused")
        .says(&stranger.leaf_spki_sha256());
    assert_eq!(sandbox.text(), lost);
    assert_eq!(stranger.records().credential_bytes(), 0, "{outcome:?}");
    // It was set up anew, and the user says so.
    let pin = format!("--pin={}", stranger.leaf_spki_sha256());
    sandbox.bowline(&["heal", &pin]).expect(0);
    assert!(!sandbox.text().contains("insecure"));
}

#[test]
fn a_server_that_nothing_is_known_of_is_pinned_by_its_key_only() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let before = never_had_one(&cluster, &node);
    let sandbox = Sandbox::with(&before);
    sandbox
        .bowline(&["heal"])
        .expect(4)
        .says("insecure-skip-tls-verify");
    let shown = node.leaf_spki_sha256();
    let asked = sandbox.bowline(&["heal", "--pin"]).expect(4).says(&shown);
    assert_eq!(sandbox.text(), before, "{asked:?}");
    let other = format!("--pin=sha256:{}", "0".repeat(64));
    sandbox
        .bowline(&["heal", &other])
        .expect(4)
        .says("not sha256:0000");
    sandbox.bowline(&["heal", "--pin=abc"]).expect(2);
    assert_eq!(sandbox.text(), before);

    // The very command that was printed.
    let command = asked
        .stderr
        .rsplit_once("bowline ")
        .map(|(_, command)| command.trim().to_owned())
        .unwrap();
    let words: Vec<&str> = command.split(' ').collect();
    sandbox.bowline(&words).expect(0).says("wrote");
    let pinned = sandbox.text();
    assert!(!pinned.contains("insecure"), "{pinned}");
    sandbox
        .kubectl(&["get", "ns"])
        .expect(0)
        .says("kube-system");
    sandbox.bowline(&["heal"]).expect(0).says("works at");

    // Who takes its place now is refused by kubectl itself.
    let (address, other) = (node.address(), Cluster::new());
    drop(node);
    let stranger = Node::start(&other, address).unwrap();
    let refused = sandbox.kubectl(&["get", "ns"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    sandbox.bowline(&["k", "get", "ns"]).expect(1);
    sandbox.bowline(&["heal"]).expect(4);
    assert_eq!(stranger.records().credential_bytes(), 0);
    sandbox
        .bowline(&["heal", "--pin"])
        .expect(0)
        .says("nothing to pin");
}

#[test]
fn what_is_no_api_server_is_not_pinned() {
    let cluster = Cluster::new();
    for kind in [LeafKind::MicroK8sKubelet, LeafKind::ApiServerExpired] {
        let at = place();
        let options = testnode::NodeOptions {
            leaf: Some(cluster.leaf(&kind, &[at.ip()])),
            ..testnode::NodeOptions::default()
        };
        let node = Node::start_with(&cluster, at, options).unwrap();
        let before = never_had_one(&cluster, &node);
        let sandbox = Sandbox::with(&before);
        let pin = format!("--pin={}", node.leaf_spki_sha256());
        sandbox.bowline(&["heal", &pin]).expect(4);
        assert_eq!(sandbox.text(), before);
        assert_eq!(node.records().credential_bytes(), 0);
    }
    let at = place();
    let options = testnode::NodeOptions {
        role: testnode::Role::WebServer,
        ..testnode::NodeOptions::default()
    };
    let web = Node::start_with(&cluster, at, options).unwrap();
    let sandbox = Sandbox::with(never_had_one(&cluster, &web));
    sandbox
        .bowline(&["heal", "--pin"])
        .expect(4)
        .says("as an API server does");
    let gone = place();
    let sandbox = Sandbox::with(
        never_had_one(&cluster, &web).replace(&web.url(), &format!("https://{gone}")),
    );
    sandbox
        .bowline(&["heal", "--pin"])
        .expect(3)
        .says(&gone.to_string());
    let sandbox = Sandbox::with(never_had_one(&cluster, &web).replace("https://127", "http://127"));
    sandbox
        .bowline(&["heal", "--pin"])
        .expect(4)
        .says("plain http");
}

#[test]
fn an_entry_with_both_a_ca_and_the_flag_keeps_its_ca() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let secure = odd(&cluster, &node.url());
    let both = secure.replace(
        "    x-bought",
        "    insecure-skip-tls-verify: true\n    x-bought",
    );
    let sandbox = Sandbox::with(&both);
    // kubectl refuses both together.
    assert_eq!(sandbox.kubectl(&["get", "ns"]).code, Some(1));
    sandbox
        .bowline(&["heal", "--pin"])
        .expect(0)
        .says("by the CA that the entry has");
    sandbox
        .kubectl(&["get", "ns"])
        .expect(0)
        .says("kube-system");
    let text = sandbox.text();
    assert!(text.contains("certificate-authority-data"), "{text}");
    assert!(text.contains("# from microk8s config"), "{text}");
}

#[test]
fn a_cluster_that_was_set_up_anew_is_pinned_in_place_of_the_ca_beside_the_flag() {
    let (old, cluster) = (Cluster::new(), Cluster::new());
    let node = Node::start(&cluster, place()).unwrap();
    let both = odd(&old, &node.url()).replace(
        "    x-bought",
        "    insecure-skip-tls-verify: true\n    x-bought",
    );
    let both = both.replace(old.admin_token(), cluster.admin_token());
    let sandbox = Sandbox::with(&both);
    sandbox
        .bowline(&["heal", "--pin"])
        .expect(4)
        .says("refused");
    assert_eq!(sandbox.text(), both);
    let pin = format!("--pin={}", node.leaf_spki_sha256());
    sandbox.bowline(&["heal", &pin]).expect(0);
    sandbox
        .kubectl(&["get", "ns"])
        .expect(0)
        .says("kube-system");
    sandbox.bowline(&["heal"]).expect(0).says("works at");
}

#[test]
fn an_entry_that_another_shares_is_not_pinned() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let shared = never_had_one(&cluster, &node)
        .replace("  cluster:\n", "  cluster: &one\n")
        .replace("apiVersion:", "- {name: alias, cluster: *one}\napiVersion:");
    let sandbox = Sandbox::with(&shared);
    let pin = format!("--pin={}", node.leaf_spki_sha256());
    sandbox
        .bowline(&["heal", "dev", &pin])
        .expect(6)
        .says("shared through a YAML anchor");
    assert_eq!(sandbox.text(), shared);
}

#[test]
fn pinning_keeps_the_encoding_of_the_file() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let pin = format!("--pin={}", node.leaf_spki_sha256());
    let text = never_had_one(&cluster, &node).replace('\n', "\r\n");
    for bytes in [text.clone().into_bytes(), crate::support::utf16(&text)] {
        let sandbox = Sandbox::with(&bytes);
        sandbox.bowline(&["heal", &pin]).expect(0).says("wrote");
        let after = sandbox.bytes();
        assert_eq!(after[..4], bytes[..4]);
        sandbox.bowline(&["heal"]).expect(0).says("works at");
        sandbox.bowline(&["undo"]).expect(0);
        assert_eq!(sandbox.bytes(), bytes);
    }
}

/// A certificate that was signed anew is not the one that was pinned: everybody refuses it, and says why.
#[test]
fn a_pinned_certificate_works_everywhere_until_it_is_another() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(never_had_one(&cluster, &node));
    let pin = format!("--pin={}", node.leaf_spki_sha256());
    sandbox.bowline(&["heal", &pin]).expect(0).says("wrote");
    sandbox.bowline(&["status"]).expect(0).says("ok");
    sandbox.bowline(&["heal"]).expect(0).says("works at");
    sandbox
        .bowline(&["k", "get", "ns"])
        .expect(0)
        .says("kube-system");
    sandbox
        .kubectl(&["get", "ns"])
        .expect(0)
        .says("kube-system");

    let pinned = sandbox.text();
    node.set_leaf(cluster.leaf(&LeafKind::ApiServer, &[node.address().ip()]));
    node.clear_records();
    sandbox.kubectl(&["get", "ns"]).expect(1);
    sandbox.bowline(&["status"]).expect(4).says("CA");
    sandbox.bowline(&["heal"]).expect(4).says("CA");
    sandbox.bowline(&["k", "get", "ns"]).expect(1).says("CA");
    assert_eq!(node.records().credential_bytes(), 0);
    assert_eq!(sandbox.text(), pinned);
}

#[test]
fn what_a_newer_bowline_remembers_is_left_alone() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(odd(&cluster, &node.url()));
    std::fs::create_dir(sandbox.path("state")).unwrap();
    let file = sandbox.path("state/authorities.json");
    let newer = r#"{"version":2,"certificates":["of another form"]}"#;
    std::fs::write(&file, newer).unwrap();
    sandbox.bowline(&["heal"]).expect(0);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), newer);
    // One that is damaged holds nothing that could not be learnt again.
    std::fs::write(&file, "{").unwrap();
    std::fs::remove_file(sandbox.state_file()).unwrap();
    sandbox.bowline(&["heal"]).expect(0);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("BEGIN CERTIFICATE"), "{text}");
}
