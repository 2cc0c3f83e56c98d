//! What works is said to work, what is only worth knowing is a warning, and `--fix` mends what is ours.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use testnode::Behaviour;
use testnode::ClientCertificateSpec;
use testnode::Cluster;
use testnode::Leaf;
use testnode::LeafKind;
use testnode::Node;
use testnode::NodeOptions;
use testnode::Role;

use super::stage::Act;
use super::stage::Stage;
use super::stage::named;
use crate::support::place;

const DAY: Duration = Duration::from_hours(24);

fn warnings(diagnosis: &Value) -> Vec<&str> {
    let findings = diagnosis["findings"].as_array().unwrap();
    assert!(findings.iter().all(|finding| finding["breaks"] == false));
    findings
        .iter()
        .map(|finding| finding["id"].as_str().unwrap())
        .collect()
}

#[test]
fn a_healthy_context_is_healthy_on_every_rung() {
    let stage = Stage::with(Cluster::new());
    let diagnosis = stage.diagnose(0);
    assert!(warnings(&diagnosis).is_empty(), "{diagnosis:#}");
    for rung in diagnosis["rungs"].as_array().unwrap() {
        assert_eq!(rung["state"], "ok", "{diagnosis:#}");
        assert_ne!(rung["fact"], "", "{diagnosis:#}");
    }
    for (field, value) in [("context", "dev"), ("cluster", "dev"), ("user", "dev")] {
        assert_eq!(diagnosis[field], value);
    }
    assert_eq!(diagnosis["server"], stage.node.url());
    stage
        .bowline(&["doctor"])
        .expect(0)
        .says("Nothing is broken.")
        .says("  credential      ok          accepted as admin\n")
        .stays_plain();
    let yaml = stage.bowline(&["doctor", "-o", "yaml"]).expect(0);
    assert!(yaml.stdout.contains("healthy: true\n"), "{yaml:#?}");
    // What was proved is remembered: the next `k` need not prove it again.
    let handshakes = stage.node.records().handshakes.len();
    stage.bowline(&["k", "get", "ns"]).expect(0);
    let agents = |request: &testnode::Request| {
        request
            .user_agent
            .as_deref()
            .unwrap_or_default()
            .starts_with("bowline")
    };
    let records = stage.node.records();
    assert!(records.handshakes.len() > handshakes);
    let ours = records
        .requests
        .iter()
        .rev()
        .take_while(|r| !agents(r))
        .count();
    assert!(ours > 0, "{records:#?}");
}

/// What is only worth knowing: what is done, and what doctor says then.
pub(super) const WARNINGS: &[(&str, Act, &[&str])] = &[
    (
        "slow",
        |stage| {
            let late = Behaviour::Late(Duration::from_millis(1100));
            stage.node.set_behaviour(late).unwrap();
        },
        &["slow"],
    ),
    (
        "hosts.ics disagrees",
        |stage| {
            stage.node.move_to(([127, 0, 0, 1], 0).into()).unwrap();
            let port = stage.node.address().port();
            let line = stage.line("server:");
            let name =
                format!("    server: https://localhost:{port}\n    tls-server-name: kubernetes");
            stage.edit(&line, &name);
            fs::write(
                stage.sandbox.path("hosts.ics"),
                "127.0.0.9 localhost # 2036 11 6 29 10 30 0 0\r\n",
            )
            .unwrap();
        },
        &["name-disagrees"],
    ),
    (
        "certificate ends soon",
        |stage| {
            let ip = stage.node.address().ip();
            let leaf = stage.cluster.leaf(&LeafKind::ApiServerEndsSoon, &[ip]);
            stage.node.set_leaf(leaf);
        },
        &["certificate-ends-soon"],
    ),
    (
        "plugin wants a terminal",
        |stage| {
            stage.sandbox.script("get-token", "exit 1\n");
            stage.user("\n    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: get-token\n      interactiveMode: Always\n");
        },
        &["plugin-asks", "plugin-not-run"],
    ),
    (
        "token ends soon",
        |stage| {
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            let claims = format!("{{\"exp\":{}}}", now.unwrap().as_secs() + 300);
            let token = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
            let list = format!("{token},admin,admin,\"system:masters\"\n");
            stage.cluster.set_known_tokens(&list);
            stage.user(&format!("\n    token: {token}\n"));
        },
        &["token-ends-soon"],
    ),
    (
        "node not ready",
        |stage| {
            let options = NodeOptions {
                behaviour: Behaviour::Refuse,
                ..NodeOptions::default()
            };
            let node = Node::start_with(&stage.cluster, place(), options).unwrap();
            stage.others.push(node);
        },
        &["node-not-ready"],
    ),
    (
        "certificate not made anew",
        |stage| {
            let line = stage.line("server:");
            stage.node.move_to(place()).unwrap();
            let url = stage.node.url();
            stage.edit(
                &line,
                &format!("    server: {url}\n    tls-server-name: kubernetes"),
            );
        },
        &["certificate-lacks-address"],
    ),
    (
        "plain http",
        |stage| {
            let at = place();
            let line = stage.line("server:");
            stage.edit(&line, &format!("    server: http://{at}"));
            let other = stage.other.clone();
            stage.somebody(&other, at, Role::PlainWebServer, None);
        },
        &["plain-http"],
    ),
    (
        "public CA",
        |stage| {
            let at = place();
            let line = stage.line("server:");
            stage.edit(&line, &format!("    server: https://{at}"));
            let ca = stage.line("certificate-authority-data:");
            stage.edit(&format!("{ca}\n"), "");
            let public = Cluster::builder().ca_name("R11").build();
            let kind = LeafKind::ApiServerFor(vec!["k8s.example.com".to_owned()]);
            let leaf = Leaf::new(public.ca(), &kind, &[at.ip()]);
            stage.somebody(&public, at, Role::ApiServer, Some(leaf));
        },
        &["system-ca"],
    ),
    (
        "proxy",
        |stage| {
            let at = place();
            let other = stage.other.clone();
            stage.somebody(&other, at, Role::PlainWebServer, None);
            stage.edit(
                "    server: ",
                &format!("    proxy-url: http://{at}\n    server: "),
            );
        },
        &["proxied"],
    ),
];

#[test]
fn warnings_are_no_faults() {
    for (name, fault, expected) in WARNINGS {
        println!("row {name}");
        let mut stage = Stage::with(Cluster::new());
        fault(&mut stage);
        let diagnosis = stage.diagnose(0);
        assert_eq!(warnings(&diagnosis), *expected, "{name}: {diagnosis:#}");
    }
}

/// Found by the tests below.
pub(super) const FOUND: &[&str] = &[
    "kubeconfig-exposed",
    "kubeconfig-missing",
    "client-certificate-ends-soon",
    "clock-skew",
    "default-switch",
    "plugin-api-deprecated",
    "plugin-not-run",
    "insecure",
    "basic-auth",
];

#[test]
fn what_is_only_worth_knowing_breaks_nothing() {
    let mut stage = Stage::with(Cluster::new());
    let open = fs::Permissions::from_mode(0o640);
    fs::set_permissions(stage.sandbox.file(), open).unwrap();
    let diagnosis = stage.diagnose(0);
    assert_eq!(warnings(&diagnosis), ["kubeconfig-exposed"]);
    let finding = diagnosis["findings"][0].clone();
    super::remedy::apply(&mut stage, &finding, None);
    assert!(warnings(&stage.diagnose(0)).is_empty());

    // A file that is not there.
    let gone = stage.sandbox.path("gone");
    stage.list = Some(format!(
        "{}:{}",
        gone.display(),
        stage.sandbox.file().display()
    ));
    assert_eq!(warnings(&stage.diagnose(0)), ["kubeconfig-missing"]);
    stage.list = None;

    // An end that is near.
    let now = SystemTime::now();
    let spec = ClientCertificateSpec::admin().valid(now - DAY, now + 5 * DAY);
    let client = stage.cluster.client_certificate(&spec);
    let url = stage.node.url();
    stage.write(&named(&stage.cluster.kubeconfig_x509(&url, &client)));
    assert_eq!(
        warnings(&stage.diagnose(0)),
        ["client-certificate-ends-soon"]
    );
    stage.write(&named(&stage.cluster.kubeconfig(&url)));

    // A clock that is wrong, which nothing depends on yet.
    stage.node.set_clock(-3600);
    let diagnosis = stage.diagnose(0);
    assert_eq!(warnings(&diagnosis), ["clock-skew"]);
    let seen = diagnosis["findings"][0]["seen"].as_str().unwrap();
    assert!(seen.contains("60 min behind"), "{seen}");
    stage.node.set_clock(0);

    // The network says that the address is one of the Default Switch.
    stage.sandbox.announce(&[("dev", stage.node.address())]);
    let diagnosis = stage.diagnose(0);
    assert_eq!(warnings(&diagnosis), ["default-switch"]);
    stage
        .bowline(&["doctor"])
        .expect(0)
        .says("bowline heal dev --by-name")
        .says("New-VMSwitch -Name External");
    fs::remove_file(stage.sandbox.path("hosts.ics")).unwrap();

    // Something before the API server may take a password; it does not.
    let url = stage.node.url();
    stage.user("\n    username: admin\n    password: s3cret\n");
    let diagnosis = stage.diagnose(5);
    let ids = diagnosis["findings"].as_array().unwrap().iter();
    let ids: Vec<_> = ids.map(|finding| finding["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["basic-auth", "basic-auth-refused"]);
    stage.write(&named(&stage.cluster.kubeconfig(&url)));

    // A plugin of an old protocol, which is not run unasked.
    let ran = stage.sandbox.path("ran");
    stage
        .sandbox
        .script("get-token", &format!(": > '{}'\nexit 1\n", ran.display()));
    stage.user("\n    exec:\n      apiVersion: client.authentication.k8s.io/v1beta1\n      command: get-token\n");
    let diagnosis = stage.diagnose(0);
    assert_eq!(
        warnings(&diagnosis),
        ["plugin-api-deprecated", "plugin-not-run"]
    );
    assert!(!ran.exists());
    stage.flags = vec!["--run-plugins"];
    let diagnosis = stage.diagnose(5);
    assert_eq!(diagnosis["verdict"], "plugin-failed");
    assert!(ran.exists());
}

#[test]
fn an_insecure_entry_is_given_no_credential() {
    let mut stage = Stage::with(Cluster::new());
    // The cluster at this server was proved before.
    stage.diagnose(0);
    stage.node.clear_records();
    let line = stage.line("certificate-authority-data:");
    stage.edit(&line, "    insecure-skip-tls-verify: true");
    let diagnosis = stage.diagnose(0);
    assert_eq!(warnings(&diagnosis), ["insecure"]);
    assert_eq!(stage.node.records().credential_bytes(), 0);
    let finding = diagnosis["findings"][0].clone();
    assert_eq!(finding["mend"]["command"], "bowline heal dev --pin");
    super::remedy::apply(&mut stage, &finding, None);
    assert!(warnings(&stage.diagnose(0)).is_empty());
    stage.kubectl(&["get", "ns"]).expect(0);
}

#[test]
fn what_the_cluster_accepts_is_not_past_its_end() {
    // By this machine's clock it ended; the cluster says otherwise.
    let token = "eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjE2MDAwMDAwMDB9.c2ln";
    let list = format!("{token},admin,admin,\"system:masters\"\n");
    let stage = Stage::with(Cluster::builder().known_tokens(&list).build());
    let diagnosis = stage.diagnose(0);
    assert_eq!(warnings(&diagnosis), ["token-expired"]);
}

#[test]
fn fix_runs_what_is_ours_until_nothing_is_broken() {
    let stage = Stage::with(Cluster::new());
    let token = stage.cluster.admin_token().to_owned();
    stage.edit(&token, "wr0ngT0ken");
    stage.edit(
        "    server: ",
        "    insecure-skip-tls-verify: true\n    server: ",
    );
    stage.move_away();
    let before = stage.sandbox.text();
    stage.bowline(&["doctor"]).expect(6);
    assert_eq!(stage.sandbox.text(), before, "a diagnosis changes nothing");
    stage
        .bowline(&["doctor", "--fix"])
        .expect(0)
        .says("$ bowline config set-cluster dev --insecure-skip-tls-verify=false")
        .says("$ bowline heal dev")
        .says("$ bowline add multipass:dev")
        .says("Nothing is broken.")
        .never_says(&token);
    stage.kubectl(&["get", "ns"]).expect(0);
    // What is not ours is left to its owner.
    stage
        .node
        .set_behaviour(testnode::Behaviour::Refuse)
        .unwrap();
    stage
        .bowline(&["doctor", "--fix"])
        .expect(3)
        .says("mend:  multipass exec dev -- sudo microk8s start")
        .never_says("$ bowline");
    stage.bowline(&["doctor", "--fix", "-o", "json"]).expect(2);
}

#[test]
fn a_file_of_a_flag_is_a_file_of_the_remedy() {
    let stage = Stage::with(Cluster::new());
    stage.move_away();
    let other = stage.sandbox.path("it's mine");
    fs::copy(stage.sandbox.file(), &other).unwrap();
    fs::remove_file(stage.sandbox.file()).unwrap();
    let file = other.to_str().unwrap();
    let outcome = stage
        .bowline(&["doctor", "--kubeconfig", file, "-o", "json"])
        .expect(3);
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let finding = super::stage::verdict(&report["contexts"][0]);
    let arguments = finding["mend"]["arguments"].as_array().unwrap();
    let arguments: Vec<_> = arguments
        .iter()
        .map(|text| text.as_str().unwrap())
        .collect();
    stage.bowline(&arguments).expect(0);
    stage.bowline(&["doctor", "--kubeconfig", file]).expect(0);
}

#[test]
fn contexts_are_told_apart() {
    let stage = Stage::with(Cluster::new());
    let gone = place();
    stage.edit(
        "contexts:\n",
        &format!("- cluster:\n    server: https://{gone}\n  name: gone\ncontexts:\n- context:\n    cluster: gone\n    user: dev\n  name: gone\n"),
    );
    let outcome = stage.bowline(&["doctor", "--all", "-o", "json"]).expect(3);
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let verdicts: Vec<_> = report["contexts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|context| (context["context"].as_str(), context["verdict"].as_str()))
        .collect();
    assert_eq!(
        verdicts,
        [(Some("gone"), Some("port-refused")), (Some("dev"), None)]
    );
    stage.bowline(&["doctor", "dev", "dev"]).expect(0);
    stage.bowline(&["doctor", "dev", "gone"]).expect(3);
}
