//! `bowline node info`, `args` and `credentials`, on nodes of every version, and that nothing secret is in what
//! any subcommand prints.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::Value;

use crate::support::Sandbox;
use crate::support::Tree;

const VERSIONS: [&str; 7] = ["1.19", "1.21", "1.26", "1.28", "1.34", "1.36", "upgraded"];

/// The listing of the post: kube-apiserver's arguments at revision 3582.
const POST: &str = include_str!("../../../../microk8s/tests/data/kube-apiserver-3582.args");

#[track_caller]
fn json(sandbox: &Sandbox, tree: &Tree, arguments: &[&str]) -> Value {
    let call = ["-o", "json", "--root", tree.argument()];
    let outcome = sandbox
        .bowline(&[&["node"], arguments, &call].concat())
        .expect(0);
    let value: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(value["schema"], 1);
    value
}

#[test]
fn every_version_tells_what_it_is_and_no_secret() {
    let sandbox = Sandbox::new();
    for version in VERSIONS {
        let tree = Tree::stock(version);
        let info = json(&sandbox, &tree, &["info"]);
        let release = if version == "upgraded" {
            "1.34"
        } else {
            version
        };
        let told = info["version"].as_str().unwrap();
        assert!(told.trim_start_matches('v').starts_with(release), "{told}");
        let current = fs::read_link(tree.root().join("var/snap/microk8s/current")).unwrap();
        assert_eq!(info["revision"], current.to_str().unwrap());
        assert_eq!(info["damages"], serde_json::json!([]), "{version}");
        let tokens = ["1.19", "1.21", "1.26", "upgraded"].contains(&version);
        let by = if tokens { "token" } else { "x509" };
        assert_eq!(info["auth"]["mode"], by, "{version}");
        assert_eq!(info["hostname"], "microk8s-vm");
        assert_eq!(info["ports"]["secure"], 16443);
        sandbox
            .bowline(&["node", "info", "--root", tree.argument()])
            .expect(0)
            .says(current.to_str().unwrap())
            .says("AlwaysAllow")
            // Port 0 is none.
            .never_says("read only 0")
            .never_says("without TLS 0");

        // Those between are no different in what they hold.
        if !["1.26", "1.34", "upgraded"].contains(&version) {
            continue;
        }
        let secrets = tree.secrets();
        assert!(secrets.len() > 50, "{}", secrets.len());
        let before = tree.everything();
        for words in [
            "info",
            "args",
            "args kube-apiserver",
            "credentials",
            "users list",
            "certs",
            "certs --expiring 9999d",
            "audit",
        ] {
            for format in ["table", "json", "yaml"] {
                let words: Vec<_> = words.split(' ').collect();
                let rest = ["-o", format, "--root", tree.argument()];
                let outcome = sandbox
                    .bowline(&[&["node"], &words[..], &rest].concat())
                    .stays_plain();
                assert!(
                    matches!(outcome.code, Some(0 | 8)),
                    "{words:?} {outcome:#?}"
                );
                let said = outcome.stdout + &outcome.stderr;
                assert!(said.len() > 100, "{words:?} -o {format}: {said}");
                for secret in &secrets {
                    assert!(!said.contains(secret), "{version} {words:?} -o {format}");
                }
            }
        }
        sandbox
            .bowline(&[
                "node",
                "repair",
                "--new",
                "172.28.41.9",
                "--root",
                tree.argument(),
            ])
            .expect(0)
            .says("nothing was done");
        assert_eq!(tree.everything(), before, "{version}");
    }
}

#[test]
fn the_posts_arguments_are_shown_with_the_revision() {
    let sandbox = Sandbox::new();
    let tree = Tree::stock("1.21");
    // The revision of the post.
    let snap = tree.root().join("var/snap/microk8s");
    let current = fs::read_link(snap.join("current")).unwrap();
    fs::rename(snap.join(current), snap.join("3582")).unwrap();
    fs::remove_file(snap.join("current")).unwrap();
    symlink("3582", snap.join("current")).unwrap();
    tree.write("args/kube-apiserver", POST);

    let value = json(&sandbox, &tree, &["args", "kube-apiserver"]);
    assert_eq!(value["revision"], "3582");
    let services = value["services"].as_array().unwrap();
    assert_eq!(services.len(), 1);
    let flags = services[0]["flags"].as_array().unwrap();
    assert_eq!(flags.len(), 18);
    let table = sandbox
        .bowline(&["node", "args", "kube-apiserver", "--root", tree.argument()])
        .expect(0)
        .never_says("SNAP_DATA")
        .never_says("not known to bowline");
    for (line, flag) in POST.lines().zip(flags) {
        let (name, value) = line.trim_start_matches("--").split_once('=').unwrap();
        let value = value.replace("${SNAP_DATA}", "/var/snap/microk8s/3582");
        let value = value.trim_matches('\'');
        assert_eq!(flag["name"], name);
        assert_eq!(flag["value"], value, "{name}");
        assert!(flag["about"].is_string(), "{name}");
        let row = table
            .stdout
            .lines()
            .find(|row| row.contains(&format!(" --{name}=")));
        assert!(row.unwrap_or_default().contains(value), "{name}: {row:?}");
    }
    let judged = |name: &str| {
        let flag = flags.iter().find(|flag| flag["name"] == name).unwrap();
        flag["judgement"]["severity"].as_str().map(str::to_owned)
    };
    assert_eq!(judged("authorization-mode").as_deref(), Some("high"));
    assert!(judged("token-auth-file").is_some());
    assert_eq!(judged("cert-dir"), None);

    sandbox
        .bowline(&["node", "args", "kube-apisever", "--root", tree.argument()])
        .expect(6)
        .says("kube-apisever")
        .says("kube-apiserver, ");
    sandbox
        .bowline(&["node", "args", "../certs/ca.key", "--root", tree.argument()])
        .expect(6)
        .never_says("PRIVATE KEY");
}

#[test]
fn credentials_are_told_with_the_user_whom_the_cluster_sees() {
    let sandbox = Sandbox::new();
    let tree = Tree::stock("upgraded");
    // The post reads `admin` in scheduler.config.
    let scheduler = tree.text("credentials/scheduler.config");
    tree.write(
        "credentials/scheduler.config",
        &scheduler
            .replace("user: scheduler", "user: admin")
            .replace("name: scheduler", "name: admin"),
    );
    let value = json(&sandbox, &tree, &["credentials"]);
    let files = value["files"].as_array().unwrap();
    let file = |end: &str| {
        let found = files
            .iter()
            .find(|file| file["path"].as_str().unwrap().ends_with(end));
        found
            .unwrap_or_else(|| panic!("{end}: {value:#}"))
            .to_string()
    };
    let ours = file("current/credentials/scheduler.config");
    assert!(
        ours.contains("\"admin\"") && ours.contains("system:kube-scheduler"),
        "{ours}"
    );
    let table = sandbox
        .bowline(&["node", "credentials", "--root", tree.argument()])
        .expect(0)
        // The revision before the refresh.
        .says("3582/credentials/client.config: the node does not use it any more")
        .says("context microk8s, server https://127.0.0.1:16443");
    let row = |name: &str| {
        let mut rows = table.stdout.lines();
        rows.find(|row| row.starts_with(name)).unwrap().to_owned()
    };
    for part in ["admin (system:masters)", "token", "good", "0660"] {
        assert!(row("credentials/client.config").contains(part), "{part}");
    }
    let scheduler = row("credentials/scheduler.config");
    assert!(
        scheduler.contains(" admin ") && scheduler.contains("system:kube-scheduler"),
        "{scheduler}"
    );

    // One whose token is in no list, and one that is not a kubeconfig.
    let list = tree.text("credentials/known_tokens.csv");
    let lines = list.split_inclusive('\n');
    let kept = lines.filter(|line| !line.contains("kube-proxy"));
    tree.write("credentials/known_tokens.csv", &kept.collect::<String>());
    tree.write("credentials/controller.config", "clusters: [\u{1b}[31m");
    let table = sandbox
        .bowline(&["node", "credentials", "--root", tree.argument()])
        .expect(0)
        .stays_plain();
    let row = |name: &str| {
        let mut rows = table.stdout.lines();
        rows.find(|row| row.starts_with(name)).unwrap().to_owned()
    };
    assert!(
        row("credentials/proxy.config").contains("not known"),
        "{table:#?}"
    );
    assert!(
        !row("credentials/controller.config").contains("good"),
        "{table:#?}"
    );

    // By certificate.
    let tree = Tree::stock("1.34");
    sandbox
        .bowline(&["node", "credentials", "--root", tree.argument()])
        .expect(0)
        .says("admin (system:masters)")
        .says("certificate")
        .never_says("not signed");
}
