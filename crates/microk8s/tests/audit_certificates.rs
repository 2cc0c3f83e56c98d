//! Nodes made with MicroK8s' own commands: the known list of each version, and planted faults.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

mod trees;

use std::fmt::Write as _;
use std::net::IpAddr;

use machines::Kind;
use machines::Tree;
use microk8s::Node;
use microk8s::audit::Finding;
use microk8s::audit::Present;
use microk8s::audit::audit;
use trees::DATA;
use trees::another;
use trees::get;
use trees::make;
use trees::now;
use trees::openssl;
use trees::put;
use zeroize::Zeroizing;

const DAY: i64 = 86_400;

/// What make-tree.sh gives a node that is given none.
const ADDRESS: &str = "172.28.40.7";

fn findings(tree: &Tree, now: i64, address: &str) -> Vec<Finding> {
    let node = Node::read(tree).unwrap();
    let addresses: Vec<IpAddr> = vec![address.parse().unwrap()];
    let present = Present {
        now,
        horizon: 30 * DAY,
        addresses: &addresses,
    };
    audit(&node, tree, &present)
}

fn rules(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .map(|finding| format!("{} {}", finding.severity.name(), finding.rule))
        .collect()
}

fn show(findings: &[Finding]) -> String {
    let mut out = String::new();
    for f in findings {
        let (severity, rule) = (f.severity.name(), f.rule);
        writeln!(
            out,
            "{severity} {rule}\n  {}\n  {}\n  $ {}",
            f.file, f.evidence, f.remedy
        )
        .unwrap();
    }
    out
}

#[test]
fn stock_nodes_give_the_list_of_their_version() {
    let token_era = [
        "high authorization-always-allow",
        "medium static-tokens",
        "low kubelet-not-verified",
    ];
    let x509 = ["high authorization-always-allow"];
    let version_one = [
        "high authorization-always-allow",
        "low v1-client-certificate",
    ];
    let lists: [(&str, &[&str]); 6] = [
        ("1.19", &token_era),
        ("1.21", &token_era),
        ("1.26", &token_era),
        ("1.28", &x509),
        ("1.34", &version_one),
        ("1.36", &version_one),
    ];
    for (version, expected) in lists {
        let Some(tree) = make(version, &[]) else {
            return;
        };
        assert_eq!(
            rules(&findings(&tree, now(), ADDRESS)),
            expected,
            "{version}"
        );
    }
}

#[test]
fn an_upgraded_node_keeps_its_tokens() {
    let Some(tree) = make("upgraded", &[]) else {
        return;
    };
    let all = findings(&tree, 1_700_000_000 + 400 * DAY, ADDRESS);
    let now_valid: Vec<Finding> = all
        .into_iter()
        .filter(|finding| !finding.rule.starts_with("certificate-"))
        .collect();
    insta::assert_snapshot!(show(&now_valid));
}

#[test]
fn a_hardened_node_gives_none() {
    for version in ["1.28", "1.36"] {
        let Some(mut tree) = make(version, &["--hardened"]) else {
            return;
        };
        // The reader of these trees gives all files to the snap's group.
        for entry in tree.entries.values_mut() {
            entry.group = entry.owner.clone();
        }
        let all = findings(&tree, now(), ADDRESS);
        assert_eq!(
            rules(&all),
            Vec::<String>::new(),
            "{version}: {}",
            show(&all)
        );
    }
}

/// What a change adds to the list of a stock node.
fn added(tree: &Tree, now: i64, address: &str, stock: &Tree) -> Vec<Finding> {
    let known = rules(&findings(stock, trees::now(), ADDRESS));
    let all = findings(tree, now, address);
    all.into_iter()
        .filter(|finding| !known.contains(&format!("{} {}", finding.severity.name(), finding.rule)))
        .collect()
}

fn key(tree: &mut Tree, rest: &str, pem: &[u8]) {
    let entry = tree.entries.get_mut(&format!("{DATA}/{rest}")).unwrap();
    entry.kind = Kind::File(Zeroizing::new(pem.to_vec()));
}

#[test]
fn planted_faults_are_found() {
    let Some(stock) = make("1.28", &[]) else {
        return;
    };
    let expect = |tree: &Tree, at: i64, address: &str, rule: &str, evidence: &str, remedy: &str| {
        let all = added(tree, at, address, &stock);
        let found = all
            .iter()
            .any(|f| f.rule == rule && f.evidence.contains(evidence) && f.remedy.contains(remedy));
        assert!(found, "{rule} {evidence:?}: {}", show(&all));
    };
    // Time.
    expect(
        &stock,
        // An hour more: the certificates may be of this very second.
        now() + 340 * DAY + 3600,
        ADDRESS,
        "certificate-expiring",
        "certs/server.crt expires in 24 days",
        "refresh-certs -e server.crt",
    );
    expect(
        &stock,
        now() + 366 * DAY,
        ADDRESS,
        "certificate-expired",
        "certs/front-proxy-client.crt expired",
        "refresh-certs -e front-proxy-client.crt",
    );
    // Another address.
    expect(
        &stock,
        now(),
        "172.28.41.9",
        "server-cert-address",
        "certs/server.crt does not cover 172.28.41.9",
        "bowline node repair",
    );
    expect(
        &stock,
        now(),
        "172.28.41.9",
        "kubelet-cert-address",
        "does not cover 172.28.41.9; it covers 172.28.40.7",
        "refresh-certs -e ca.crt",
    );
    // Keys and authorities.
    let stranger = openssl(&["genrsa", "2048"], b"");
    let mut tree = stock.clone();
    key(&mut tree, "certs/server.key", &stranger);
    expect(
        &tree,
        now(),
        ADDRESS,
        "key-mismatch",
        "certs/server.crt",
        "refresh-certs -e server.crt",
    );
    let other = another("1.28").unwrap();
    let mut tree = stock.clone();
    put(
        &mut tree,
        &format!("{DATA}/certs/ca.crt"),
        &get(&other, "certs/ca.crt"),
    );
    expect(
        &tree,
        now(),
        ADDRESS,
        "other-authority",
        "certs/client.crt is not signed by ca.crt",
        "refresh-certs -e ca.crt",
    );
    expect(
        &tree,
        now(),
        ADDRESS,
        "other-authority",
        "certs/server.crt is not signed by ca.crt",
        "refresh-certs -e server.crt",
    );
    let mut tree = stock.clone();
    put(
        &mut tree,
        &format!("{DATA}/certs/client.crt"),
        b"-----BEGIN CERTIFICATE-----\nMIIC",
    );
    expect(
        &tree,
        now(),
        ADDRESS,
        "certificate-damaged",
        "certs/client.crt: its PEM is damaged",
        "refresh-certs -u",
    );
    // Tokens.
    let tokens = make("1.26", &[]).unwrap();
    let mut tree = tokens.clone();
    let csv = String::from_utf8(get(&tokens, "credentials/known_tokens.csv")).unwrap();
    let others: Vec<&str> = csv
        .split_inclusive('\n')
        .filter(|line| !line.contains("scheduler"))
        .collect();
    let cut = others.concat();
    put(
        &mut tree,
        &format!("{DATA}/credentials/known_tokens.csv"),
        cut.as_bytes(),
    );
    let all = added(&tree, now(), ADDRESS, &tokens);
    assert_eq!(rules(&all), ["high credential-refused"]);
    assert_eq!(
        all[0].evidence,
        "credentials/scheduler.config: the cluster does not know its token"
    );
}

#[test]
fn a_member_that_moved() {
    let Some(tree) = make("1.28", &["--multi-node"]) else {
        return;
    };
    let stock = findings(&tree, now(), ADDRESS);
    assert_eq!(
        rules(&stock),
        ["high authorization-always-allow"],
        "{}",
        show(&stock)
    );
    let all = added(&tree, now(), "172.28.41.9", &tree);
    assert_eq!(
        rules(&all),
        [
            "high recorded-address",
            "medium no-cert-reissue",
            "medium kubelet-cert-address"
        ],
        "{}",
        show(&all)
    );
}

#[test]
fn a_worker_has_nothing_of_a_control_plane() {
    let folder = tempfile::tempdir().unwrap();
    let Some(other) = make("1.28", &[]) else {
        return;
    };
    let (cert, key) = (folder.path().join("ca.crt"), folder.path().join("ca.key"));
    std::fs::write(&cert, get(&other, "certs/ca.crt")).unwrap();
    std::fs::write(&key, get(&other, "certs/ca.key")).unwrap();
    let options = [
        "--worker",
        "--ca",
        cert.to_str().unwrap(),
        key.to_str().unwrap(),
    ];
    let Some(tree) = make("1.28", &options) else {
        return;
    };
    let all = findings(&tree, now(), ADDRESS);
    assert_eq!(rules(&all), Vec::<String>::new(), "{}", show(&all));
}
