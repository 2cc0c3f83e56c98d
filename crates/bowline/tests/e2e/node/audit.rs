//! `bowline node audit`: the known list of each version, planted faults, what `--fix` mends, and SARIF.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use crate::support::Sandbox;
use crate::support::Tree;

const DAYS: &str = "365";

/// The rules that find something, with their evidence.
#[track_caller]
fn found(sandbox: &Sandbox, tree: &Tree, options: &[&str]) -> Vec<(String, String)> {
    let call = ["node", "audit", "-o", "json", "--root", tree.argument()];
    let outcome = sandbox.bowline(&[&call, options].concat());
    let value: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(value["schema"], 1);
    let findings = value["findings"].as_array().unwrap();
    let code = if findings.is_empty() { 0 } else { 8 };
    assert_eq!(outcome.code, Some(code), "{outcome:#?}");
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    findings
        .iter()
        .map(|finding| (text(finding, "rule"), text(finding, "evidence")))
        .collect()
}

fn rules(found: &[(String, String)]) -> Vec<&str> {
    found.iter().map(|(rule, _)| rule.as_str()).collect()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn stock_nodes_give_the_list_of_their_version_and_hardened_ones_nothing() {
    let sandbox = Sandbox::new();
    let tokens = [
        "authorization-always-allow",
        "kubelet-not-verified",
        "static-tokens",
    ];
    let upgraded = [&tokens[..], &["forgotten-credentials"]].concat();
    let x509 = ["authorization-always-allow"];
    let version_one = ["authorization-always-allow", "v1-client-certificate"];
    let lists: [(&str, &[&str]); 7] = [
        ("1.19", &tokens),
        ("1.21", &tokens),
        ("1.26", &tokens),
        ("upgraded", &upgraded),
        ("1.28", &x509),
        ("1.34", &version_one),
        ("1.36", &version_one),
    ];
    for (version, expected) in lists {
        let tree = Tree::stock(version);
        let before = tree.everything();
        let all = found(&sandbox, &tree, &[]);
        let mut rules = rules(&all);
        rules.sort_unstable();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(rules, expected, "{version}");
        assert_eq!(tree.everything(), before);
    }
    for version in ["1.28", "1.36"] {
        let tree = Tree::new(version, &["--hardened"]);
        assert_eq!(found(&sandbox, &tree, &[]), [], "{version}");
        sandbox
            .bowline(&["node", "audit", "--root", tree.argument()])
            .expect(0)
            .says("nothing found");
        let at = found(&sandbox, &tree, &["--at", "172.28.40.7"]);
        assert_eq!(at, [], "{version}");
    }
}

#[test]
fn planted_faults_are_found() {
    let sandbox = Sandbox::new();
    let finds = |tree: &Tree, options: &[&str], rule: &str, evidence: &str| {
        let all = found(&sandbox, tree, options);
        let it = all.iter().any(|(r, e)| r == rule && e.contains(evidence));
        assert!(it, "{rule} {evidence:?}: {all:#?}");
    };
    let tree = Tree::stock("1.26");
    let list = tree.data("credentials/known_tokens.csv");
    let before = fs::read_to_string(&list).unwrap();

    // Only in a folder that others can go through, too.
    set_mode(&list, 0o664);
    set_mode(&tree.data("credentials"), 0o775);
    finds(&tree, &[], "credentials-readable", "known_tokens.csv");
    set_mode(&list, 0o660);
    set_mode(&tree.data("credentials"), 0o770);
    assert!(!rules(&found(&sandbox, &tree, &[])).contains(&"credentials-readable"));

    let token = before.split(',').next().unwrap();
    fs::write(&list, format!("{before}{token},bob,bob\n")).unwrap();
    finds(&tree, &[], "duplicate-token", "");
    let all = found(&sandbox, &tree, &[]);
    assert!(all.iter().all(|(_, text)| !text.contains(token)), "{all:?}");
    fs::write(&list, format!("{before}half,written")).unwrap();
    finds(&tree, &[], "token-file-refused", "");
    fs::write(&list, &before).unwrap();

    let flags = tree.text("args/kube-apiserver");
    tree.write(
        "args/kube-apiserver",
        &format!("{flags}--anonymous-auth=true\n").replace("AlwaysAllow", "RBAC"),
    );
    finds(&tree, &[], "anonymous-auth", "");
    tree.write(
        "args/kube-apiserver",
        &flags
            .replace("--insecure-port=0\n", "")
            .replace("--secure-port", "--insecure-port=8080\n--secure-port"),
    );
    finds(&tree, &[], "insecure-port", "8080");
    tree.write("args/kube-apiserver", &flags);

    let here = ["--at", "172.28.41.9"];
    finds(&tree, &here, "server-cert-address", "172.28.41.9");
    let all = found(&sandbox, &tree, &["--at", "172.28.40.7"]);
    assert!(!rules(&all).contains(&"server-cert-address"), "{all:?}");

    // A copy that `microk8s config > f` left.
    let copy = tree.root().join("home/joe/.kube");
    fs::create_dir_all(&copy).unwrap();
    let copy = copy.join("config");
    fs::write(&copy, tree.text("credentials/client.config")).unwrap();
    set_mode(&copy, 0o644);
    finds(&tree, &[], "kubeconfig-readable", "/home/joe/.kube/config");
    set_mode(&copy, 0o600);
    assert!(!rules(&found(&sandbox, &tree, &[])).contains(&"kubeconfig-readable"));

    let old = Tree::new("1.28", &["--server-start", "400", "--server-days", DAYS]);
    finds(&old, &[], "certificate-expired", "certs/server.crt");
    let soon = Tree::new("1.28", &["--server-start", "345", "--server-days", DAYS]);
    finds(&soon, &[], "certificate-expiring", "certs/server.crt");
}

#[test]
fn only_our_own_kubeconfig_of_that_cluster_is_mended() {
    let tree = Tree::stock("1.28");
    let sandbox = Sandbox::with(tree.text("credentials/client.config"));
    set_mode(&sandbox.file(), 0o644);
    // Of another cluster, in the same chain; and what the installer left.
    let other = sandbox.path("home/.kube/other");
    fs::write(
        &other,
        Tree::stock("1.36").text("credentials/client.config"),
    )
    .unwrap();
    set_mode(&other, 0o640);
    fs::create_dir(sandbox.path("home/.microk8s")).unwrap();
    let copy = sandbox.path("home/.microk8s/config");
    fs::write(&copy, sandbox.bytes()).unwrap();
    set_mode(&copy, 0o640);
    let chain = format!("{}:{}", sandbox.file().display(), other.display());
    let audit = |options: &[&str]| {
        let call = ["node", "audit", "--root", tree.argument()];
        sandbox.bowline_on(&chain, &[&call, options].concat())
    };
    let (node, bytes) = (tree.everything(), sandbox.bytes());
    audit(&[])
        .expect(8)
        .says("own-kubeconfig-readable")
        .says("--fix");
    audit(&["--dry-run"]).expect(2);
    audit(&["--fix", "--dry-run"])
        .expect(8)
        .says("mode 0644 becomes 0600")
        .says("nothing was changed");
    assert_eq!(mode(&sandbox.file()), 0o644);
    assert_eq!(mode(&copy), 0o640);

    // What is left is the cluster's own: it allows everything.
    audit(&["--fix"]).expect(8).says("mode 0644 becomes 0600");
    assert_eq!(mode(&sandbox.file()), 0o600);
    assert_eq!(mode(&copy), 0o600);
    assert_eq!(mode(&other), 0o640);
    assert_eq!(sandbox.bytes(), bytes);
    assert_eq!(tree.everything(), node);
    let client = tree.data("credentials/client.config");
    assert_eq!(mode(&client), 0o660);
    audit(&[]).expect(8).never_says("own-kubeconfig-readable");
    audit(&["--fix"])
        .expect(8)
        .says("nothing of this can be mended");

    // Where nothing else is wrong, nothing is left after it.
    let hardened = Tree::new("1.28", &["--hardened"]);
    let sandbox = Sandbox::with(hardened.text("credentials/client.config"));
    set_mode(&sandbox.file(), 0o644);
    let call = ["node", "audit", "--root", hardened.argument()];
    sandbox.bowline(&call).expect(8);
    sandbox.bowline(&[&call[..], &["--fix"]].concat()).expect(0);
    assert_eq!(mode(&sandbox.file()), 0o600);
    sandbox.bowline(&call).expect(0);
}

#[test]
fn a_copy_is_not_told_to_restart() {
    let tree = Tree::stock("1.26");
    let sandbox = Sandbox::new();
    let said = sandbox.bowline(&["node", "audit", "--root", tree.argument(), "-o", "json"]);
    let report: Value = serde_json::from_str(&said.expect(8).stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let tokens = findings.iter().find(|one| one["rule"] == "static-tokens");
    assert_eq!(
        tokens.unwrap()["remedy"],
        "on the node itself: bowline node users rotate admin --restart"
    );
}

#[test]
fn a_damaged_kubeconfig_of_ours_does_not_hide_what_is_wrong_with_the_node() {
    let tree = Tree::stock("1.28");
    let sandbox = Sandbox::with("clusters: [\n");
    sandbox
        .bowline(&["node", "audit", "--root", tree.argument()])
        .expect(8)
        .says("authorization-always-allow")
        .says(".kube/config");
}

#[test]
fn sarif_is_what_code_scanning_reads() {
    let tree = Tree::new("1.26", &["--server-start", "400", "--server-days", DAYS]);
    let sandbox = Sandbox::with(tree.text("credentials/client.config"));
    set_mode(&sandbox.file(), 0o644);
    let outcome = sandbox
        .bowline(&["node", "audit", "-o", "sarif", "--root", tree.argument()])
        .expect(8);
    let sarif: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    assert!(sarif["$schema"].as_str().unwrap().contains("sarif"));
    let runs = sarif["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 1);
    let driver = &runs[0]["tool"]["driver"];
    assert_eq!(driver["name"], "bowline");
    let rules = driver["rules"].as_array().unwrap();
    let ids: Vec<_> = rules
        .iter()
        .map(|rule| rule["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    let results = runs[0]["results"].as_array().unwrap();
    // Two certificates, one rule.
    assert!(results.len() > ids.len(), "{ids:?}");
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(result["ruleId"], ids[index]);
        let level = result["level"].as_str().unwrap();
        assert!(["error", "warning", "note"].contains(&level), "{level}");
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let locations = result["locations"].as_array().unwrap();
        assert!(!locations.is_empty());
        for location in locations {
            let uri = location["physicalLocation"]["artifactLocation"]["uri"].as_str();
            let uri = uri.unwrap();
            assert!(!uri.is_empty() && !uri.starts_with('/'), "{uri}");
            let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/%".contains(c);
            assert!(uri.chars().all(plain), "{uri}");
        }
    }
    let empty = Tree::new("1.28", &["--hardened"]);
    let outcome = sandbox
        .bowline(&["node", "audit", "-o", "sarif", "--root", empty.argument()])
        .expect(0);
    let sarif: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(sarif["runs"][0]["results"], serde_json::json!([]));
}
