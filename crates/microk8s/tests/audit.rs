//! Stock nodes give the findings that are known for their version, hardened ones none, planted faults are
//! found.

mod support;

use std::net::IpAddr;

use machines::Owner;
use machines::Tree;
use microk8s::Node;
use microk8s::Severity;
use microk8s::audit::Finding;
use microk8s::audit::Present;
use microk8s::audit::RULES;
use microk8s::audit::audit;
use support::Files;

const TOKEN: &str = "QndjSEJ3Y0hCd2NIQndjSEJ3Y0hCd2NIQndjSEJ3Y0hCd2NIQndjSEJ3Yz0K";

/// Ten days after the files' last change.
const NOW: i64 = 1_700_000_000 + 10 * 86_400;

fn common(version: &str) -> Files {
    Files::new()
        .link("/var/snap/microk8s/current", "3582")
        .file(
            "/snap/microk8s/current/meta/snap.yaml",
            &format!("version: v1.{version}\n"),
        )
        .folder("/var/snap/microk8s/current/credentials", 0o770)
        .folder("/var/snap/microk8s/current/certs", 0o770)
        .data(
            "args/kubelet",
            "--anonymous-auth=false\n--authentication-token-webhook=true\n--read-only-port=0\n",
        )
        .data("args/kubelite", "--start-control-plane=true\n")
        .data("args/cluster-agent", "--bind 0.0.0.0:25000\n")
        .data("var/lock/lite.lock", "")
        .data("var/lock/ha-cluster", "")
        .data("certs/server.key", "")
        .data("credentials/client.config", "")
}

fn token_era() -> Files {
    let tokens = format!(
        "{TOKEN},admin,admin,\"system:masters\"\nabcdefghijklmnopqrstuvwxyzabcdef,system:kube-proxy,kube-proxy\n"
    );
    common("21.13")
        .data(
            "args/kube-apiserver",
            include_str!("data/kube-apiserver-3582.args"),
        )
        .data("credentials/known_tokens.csv", &tokens)
}

const X509: &str = "--authorization-mode=AlwaysAllow\n--kubelet-certificate-authority=${SNAP_DATA}/certs/ca.crt\n--secure-port=16443\n";

#[allow(clippy::expect_used, reason = "a test")]
fn findings(tree: &Tree, now: i64) -> Vec<Finding> {
    let node = Node::read(tree).expect("a node");
    let addresses: [IpAddr; 1] = ["172.20.1.7".parse().expect("an address")];
    let present = Present {
        now,
        horizon: 30 * 86_400,
        addresses: &addresses,
    };
    audit(&node, tree, &present)
}

fn found(files: Files) -> Vec<String> {
    let findings = findings(&files.tree(), NOW);
    findings
        .iter()
        .map(|finding| format!("{} {}", finding.severity.name(), finding.rule))
        .collect()
}

#[test]
fn stock_nodes_give_a_known_list() {
    assert_eq!(
        found(token_era()),
        [
            "high authorization-always-allow",
            "low kubelet-not-verified",
            "low static-tokens"
        ]
    );
    assert_eq!(
        found(common("28.15").data("args/kube-apiserver", X509)),
        ["high authorization-always-allow"]
    );
}

fn hardened() -> Files {
    let flags = X509.replace("AlwaysAllow", "RBAC,Node") + "--anonymous-auth=false\n";
    let mut tree = common("28.15")
        .data("args/kube-apiserver", &flags)
        .data(
            "args/kubelet",
            "--anonymous-auth=false\n--authorization-mode=Webhook\n--read-only-port=0\n",
        )
        .data("var/lock/cis-hardening", "")
        .tree();
    for entry in tree.entries.values_mut() {
        entry.group = entry.owner.clone();
        entry.mode = Some(0o600);
    }
    Files::of(tree)
}

#[test]
fn a_hardened_node_gives_none() {
    assert_eq!(found(hardened()), Vec::<String>::new());
}

#[test]
fn planted_faults_are_found() {
    let flag = |service: &str, text: &str| {
        let path = format!("/var/snap/microk8s/current/args/{service}");
        let before = String::from_utf8_lossy(hardened().tree().bytes(&path).unwrap_or_default())
            .into_owned();
        hardened().data(&format!("args/{service}"), &(before + text))
    };
    let config = "users:\n- name: a\n  user: {token: abc}\n";
    let tokens = |text: &str| {
        flag("kube-apiserver", "--token-auth-file=x\n").data("credentials/known_tokens.csv", text)
    };
    let admin = format!("{TOKEN},admin,admin,\"system:masters\"\n");
    for (files, expected) in [
        (
            flag("kube-apiserver", "--authorization-mode=AlwaysAllow\n"),
            "high authorization-always-allow",
        ),
        (
            flag("kube-apiserver", "--insecure-port=8080\n"),
            "high insecure-port",
        ),
        (
            flag("kube-scheduler", "--master=http://127.0.0.1:8080\n"),
            "high insecure-port",
        ),
        (
            flag("kube-apiserver", "--anonymous-auth=true\n"),
            "low anonymous-auth",
        ),
        (
            flag("kube-apiserver", "--basic-auth-file=x\n"),
            "high basic-auth",
        ),
        (
            flag("kubelet", "--anonymous-auth=true\n"),
            "high kubelet-anonymous",
        ),
        (
            flag("kubelet", "--read-only-port=10255\n"),
            "medium kubelet-read-only-port",
        ),
        (
            flag("kubelet", "--authorization-mode=AlwaysAllow\n"),
            "medium kubelet-always-allow",
        ),
        (
            hardened().data("args/kubelet", "--read-only-port=0\n"),
            "high kubelet-anonymous",
        ),
        (tokens(&admin), "low static-tokens"),
        (
            tokens(&(admin.clone() + "half\n")),
            "high token-file-refused",
        ),
        (
            tokens(
                &(admin.clone()
                    + &admin
                        .replace("admin", "b")
                        .replace(TOKEN, "1234567890123456")),
            ),
            "medium extra-cluster-admin",
        ),
        (
            tokens(&(admin.clone() + "short,bob,1\n")),
            "high weak-token",
        ),
        (
            tokens(&(admin.clone() + &format!("{TOKEN},bob,1\n"))),
            "medium duplicate-token",
        ),
        (
            tokens(&(admin + "1234567890123456,admin,admin\n")),
            "low duplicate-user",
        ),
        (
            hardened()
                .file("/root/.kube/config", config)
                .mode("/root/.kube/config", 0o640),
            "medium kubeconfig-readable",
        ),
        (
            hardened()
                .file("/home/joe/.kube/config", config)
                .mode("/home/joe/.kube/config", 0o644),
            "high kubeconfig-readable",
        ),
        (
            hardened()
                .mode("/var/snap/microk8s/current/certs/server.key", 0o644)
                .folder("/var/snap/microk8s/current/certs", 0o755),
            "high credentials-readable",
        ),
        (
            hardened().mode(
                "/var/snap/microk8s/current/credentials/client.config",
                0o644,
            ),
            "low credentials-readable",
        ),
        (
            hardened()
                .file("/var/snap/microk8s/3400/credentials/client.config", "")
                .mode("/var/snap/microk8s/3400/credentials/client.config", 0o644),
            "high credentials-readable",
        ),
    ] {
        let all = found(files);
        assert!(all.iter().any(|one| one == expected), "{expected}: {all:?}");
    }
}

#[test]
fn what_is_in_order_is_not_reported() {
    let config = "users:\n- name: a\n  user: {token: abc}\n";
    for files in [
        hardened()
            .file("/root/.kube/config", config)
            .mode("/root/.kube/config", 0o600),
        hardened()
            .file("/root/.kube/config", "users: []\n")
            .mode("/root/.kube/config", 0o644),
        // A token file that the API server does not use.
        hardened()
            .data("credentials/known_tokens.csv", "x,y\n")
            .mode(
                "/var/snap/microk8s/current/credentials/known_tokens.csv",
                0o600,
            ),
    ] {
        let all = found(files);
        assert!(
            all.iter()
                .all(|one| one.ends_with("credentials-readable") && one.starts_with("low")),
            "{all:?}"
        );
    }
}

#[test]
fn another_group_or_owner_is_told() {
    let mut tree = token_era().tree();
    let path = "/var/snap/microk8s/current/certs/server.key";
    let stranger = Some(Owner {
        id: 1000,
        name: Some("joe".to_owned()),
    });
    if let Some(entry) = tree.entries.get_mut(path) {
        entry.group.clone_from(&stranger);
    }
    let evidence = |tree: &Tree| {
        let mut all = findings(tree, NOW).into_iter();
        let found = all.find(|finding| finding.rule == "credentials-readable");
        found
            .map(|finding| (finding.evidence, finding.remedy))
            .unwrap_or_default()
    };
    assert_eq!(
        evidence(&tree),
        (
            format!("{path}: another group (0660 root:joe)"),
            format!("sudo chown root:microk8s {path} && sudo chmod 0660 {path}"),
        )
    );
    if let Some(entry) = tree.entries.get_mut(path) {
        entry.group = None;
        entry.owner = stranger;
    }
    assert!(evidence(&tree).0.contains("another owner"));
}

#[test]
fn old_tokens_weigh_more() {
    let tree = token_era().tree();
    let all = findings(&tree, NOW + 400 * 86_400);
    let tokens = all
        .iter()
        .find(|finding| finding.rule == "static-tokens")
        .expect("the finding");
    assert_eq!(tokens.severity, Severity::Medium);
    assert!(
        tokens
            .evidence
            .contains("1 of them such as MicroK8s makes, the last change 410 days ago"),
        "{}",
        tokens.evidence
    );
    // No finding shows a token, and all have something to do.
    for finding in &all {
        assert!(!format!("{finding:?}").contains(TOKEN) && !finding.remedy.is_empty());
    }
}

#[test]
fn rules_have_distinct_names() {
    let mut names: Vec<_> = RULES
        .iter()
        .flat_map(|rules| rules.iter())
        .map(|rule| rule.id)
        .collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}
