//! `bowline status`: where a context leads, what was proved there, and why it fails.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use serde_json::json;
use testnode::Behaviour;
use testnode::Ca;
use testnode::ClientCertificate;
use testnode::ClientCertificateSpec;
use testnode::Cluster;
use testnode::LeafKind;
use testnode::Node;
use testnode::X509Version;

use crate::support::Sandbox;
use crate::support::place;
use crate::support::run;
use crate::support::skip;

fn report(sandbox: &Sandbox, arguments: &[&str], code: i32) -> Value {
    let mut line = vec!["status", "-o", "json"];
    line.extend(arguments);
    let outcome = sandbox.bowline(&line).expect(code);
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome:#?}"))
}

#[test]
fn json_carries_what_was_proved() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(cluster.kubeconfig(&node.url()));
    let report = report(&sandbox, &[], 0);
    assert_eq!(report["schema"], 1);
    let context = &report["contexts"][0];
    for (field, value) in [
        ("context", json!("microk8s")),
        ("current", json!(true)),
        ("cluster", json!("microk8s-cluster")),
        ("user", json!("admin")),
        ("file", json!(sandbox.file())),
        ("server", json!(node.url())),
        ("reachable", json!(true)),
        ("failure", Value::Null),
    ] {
        assert_eq!(context[field], value, "{field}: {context:#}");
    }
    let identity = &context["identity"];
    assert_eq!(identity["ca"], json!(cluster.ca().spki_sha256()));
    assert_eq!(identity["node"], json!(node.leaf_spki_sha256()));
    assert_eq!(identity["name"], "kubernetes.default.svc");
    assert_eq!(identity["enforced"], false);
    assert!(identity["certificateExpires"].as_i64().unwrap() > 1_700_000_000);
    assert_eq!(
        context["address"]["address"],
        json!(node.address().to_string())
    );
    assert_eq!(context["address"]["source"], "entry");
    assert!(context["address"]["latencyMs"].as_f64().unwrap() > 0.0);
    assert_eq!(context["credential"]["state"], "accepted");
    assert!(!report.to_string().contains(cluster.admin_token()));
}

/// YAML read by the reader that matters: kubectl takes it in as an extension and gives it back as JSON.
#[test]
fn yaml_says_the_same_as_json() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let odd = "\"on: \\\"yes\\\" # {1}\\n- \\e[31m\"";
    let config = cluster
        .kubeconfig(&node.url())
        .replace("name: microk8s\n", &format!("name: {odd}\n"))
        .replace(
            "current-context: microk8s",
            &format!("current-context: {odd}"),
        );
    let sandbox = Sandbox::with(config);
    let mut json = report(&sandbox, &[], 0);
    let outcome = sandbox
        .bowline(&["status", "-o", "yaml"])
        .expect(0)
        .stays_plain();
    let mut yaml = String::from("kind: Config\nextensions:\n- name: report\n  extension:\n");
    for line in outcome.stdout.lines() {
        writeln!(yaml, "    {line}").unwrap();
    }
    let path = sandbox.path("yaml");
    fs::write(&path, &yaml).unwrap();
    let path = path.to_str().unwrap();
    let view = ["config", "view", "-o", "json", "--kubeconfig", path];
    let view = sandbox.kubectl(&view).expect(0);
    let view: Value = serde_json::from_str(&view.stdout).unwrap();
    let mut read = view["extensions"][0]["extension"].clone();
    assert_eq!(
        read["contexts"][0]["context"],
        "on: \"yes\" # {1}\n- \u{1b}[31m"
    );
    for report in [&mut read, &mut json] {
        // Two runs, two measurements.
        report["contexts"][0]["address"]["latencyMs"] = Value::Null;
        report["at"] = Value::Null;
        // From kubectl's view a whole object must have these.
        for field in ["apiVersion", "kind"] {
            report.as_object_mut().unwrap().remove(field);
        }
    }
    assert_eq!(read, json, "{yaml}");
}

#[test]
fn a_wrong_token_is_a_broken_credential() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with(cluster.kubeconfig_token(&node.url(), "wr0ngT0ken"));
    let report = report(&sandbox, &[], 5);
    let context = &report["contexts"][0];
    assert_eq!(context["reachable"], true);
    assert_eq!(context["credential"]["state"], "refused");
    assert_eq!(context["failure"]["rung"], "credential");
    sandbox
        .bowline(&["status"])
        .expect(5)
        .says("401 Unauthorized")
        .says("microk8s config")
        .never_says("wr0ngT0ken");
    // A machine that is known has the present one.
    sandbox.settings("[clusters.microk8s-cluster]\nmachine = 'multipass:dev'\n");
    sandbox
        .bowline(&["status"])
        .expect(5)
        .says("mend: bowline add multipass:dev");
}

#[test]
fn each_failure_is_named_by_its_rung() {
    let cluster = Cluster::new();
    let other = Node::start(&Cluster::new(), place()).unwrap();
    let expired = Node::start(&cluster, place()).unwrap();
    let kubelet = Node::start(&cluster, place()).unwrap();
    for (node, kind) in [
        (&expired, LeafKind::ApiServerExpired),
        (&kubelet, LeafKind::K3sKubelet),
    ] {
        let kubelets = [node.address().ip()];
        let addresses: &[_] = if kind == LeafKind::K3sKubelet {
            &[]
        } else {
            &kubelets
        };
        node.set_leaf(cluster.leaf(&kind, addresses));
    }
    let behaving = |behaviour| {
        let node = Node::start(&cluster, place()).unwrap();
        node.set_behaviour(behaviour).unwrap();
        node
    };
    let hung = behaving(Behaviour::Hang);
    let refused = behaving(Behaviour::Refuse);
    let swallowed = behaving(Behaviour::Swallow);
    let closing = behaving(Behaviour::CloseAfterAccept);
    for (server, rung, code, remedy) in [
        (expired.url(), "expiry", 4, "refresh-certs"),
        (kubelet.url(), "identity", 4, "bowline heal microk8s"),
        (other.url(), "identity", 4, "bowline heal microk8s"),
        (hung.url(), "port", 3, "bowline heal microk8s"),
        (refused.url(), "port", 3, "bowline heal microk8s"),
        (closing.url(), "port", 3, "bowline heal microk8s"),
        (swallowed.url(), "address", 3, "bowline heal microk8s"),
        (
            "https://no.invalid:16443".into(),
            "name",
            3,
            "ask whoever runs that name",
        ),
        (
            "https://".into(),
            "kubeconfig",
            6,
            "bowline doctor microk8s",
        ),
    ] {
        let sandbox = Sandbox::with(cluster.kubeconfig(&server));
        let report = report(&sandbox, &[], code);
        let failure = &report["contexts"][0]["failure"];
        assert_eq!(failure["rung"], rung, "{server}: {report:#}");
        let text = failure["remedy"].as_str().unwrap();
        assert!(text.contains(remedy), "{server}: {report:#}");
        // Up to what is measured anew each time.
        let cause = failure["cause"].as_str().unwrap();
        let cause = cause.split(char::is_numeric).next().unwrap();
        sandbox
            .bowline(&["status"])
            .expect(code)
            .says(cause)
            .says(text);
    }
    for node in [&other, &expired, &kubelet, &hung, &closing] {
        assert_eq!(node.records().credential_bytes(), 0);
    }
}

#[test]
fn all_contexts_are_shown_and_the_worst_decides_the_exit_code() {
    let (good, gone) = (Cluster::new(), Cluster::new());
    let node = Node::start(&good, place()).unwrap();
    let sandbox = Sandbox::new();
    let add = |name: &str, config: String| {
        sandbox
            .feed(&["add", "-", "--name", name], config)
            .expect(0);
    };
    add("good", good.kubeconfig(&node.url()));
    add("bad-token", good.kubeconfig_token(&node.url(), "wrong"));
    add("gone", gone.kubeconfig(&format!("https://{}", place())));
    let report = report(&sandbox, &["--all"], 5);
    let reachable = |context: &Value| {
        let name = context["context"].as_str().unwrap().to_owned();
        (
            name,
            context["reachable"].clone(),
            context["current"].clone(),
        )
    };
    let contexts: Vec<_> = report["contexts"]
        .as_array()
        .unwrap()
        .iter()
        .map(reachable)
        .collect();
    assert_eq!(
        contexts,
        [
            ("good".to_owned(), json!(true), json!(true)),
            ("bad-token".to_owned(), json!(true), json!(false)),
            ("gone".to_owned(), json!(false), json!(false)),
        ]
    );
    sandbox.bowline(&["status", "good"]).expect(0);
    sandbox.bowline(&["status", "gone", "good"]).expect(3);
    let table = sandbox.bowline(&["status", "--all"]).expect(5);
    let rows = table.stdout.lines();
    let row = |name: &str| rows.clone().find(|line| line.contains(name)).unwrap();
    assert!(
        row("good").starts_with('*') && row("good").contains("ok"),
        "{table:#?}"
    );
    assert!(row("bad-token").contains("broken"), "{table:#?}");
    assert!(row("gone").contains("unreachable"), "{table:#?}");
}

#[test]
fn a_client_certificate_of_version_1_works() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    for version in [X509Version::V1, X509Version::V3] {
        let spec = ClientCertificateSpec::admin().version(version);
        let client = cluster.client_certificate(&spec);
        let sandbox = Sandbox::with(cluster.kubeconfig_x509(&node.url(), &client));
        let report = report(&sandbox, &[], 0);
        let credential = &report["contexts"][0]["credential"];
        assert_eq!(credential["state"], "accepted", "{report:#}");
        assert!(credential["expires"].as_i64().unwrap() > 1_700_000_000);
        sandbox.kubectl(&["get", "ns"]).expect(0);
    }
    // Another cluster's is not accepted, whatever its version.
    let stranger = Cluster::new();
    let spec = ClientCertificateSpec::admin().version(X509Version::V1);
    let client = stranger.client_certificate(&spec);
    let sandbox = Sandbox::with(cluster.kubeconfig_x509(&node.url(), &client));
    sandbox.bowline(&["status"]).expect(5).says("401");
}

/// Keys and certificates by the commands that `MicroK8s` itself runs; OpenSSL 3 makes version 1 of them.
#[test]
fn a_client_certificate_made_by_openssl_works() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path("certs");
    fs::create_dir(&folder).unwrap();
    for line in [
        "genrsa -out ca.key 2048",
        "req -x509 -new -sha256 -nodes -days 3650 -key ca.key -subj /CN=10.152.183.1 -out ca.crt",
        "genrsa -out client.key 2048",
        "req -new -sha256 -key client.key -subj /CN=admin/O=system:masters -out client.csr",
        "x509 -req -sha256 -in client.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out client.crt -days 3650",
    ] {
        if let Err(reason) = openssl(&folder, line) {
            return skip("a_client_certificate_made_by_openssl_works", &reason);
        }
    }
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let ca = Ca::from_pem(&read("ca.crt"), &read("ca.key")).unwrap();
    let cluster = Cluster::builder().ca(&ca).build();
    let node = Node::start(&cluster, place()).unwrap();
    // Named by files, as kubectl config set-credentials does.
    let user = "    client-certificate: certs/client.crt\n    client-key: certs/client.key\n";
    let token = format!("    token: {}\n", cluster.admin_token());
    let config = cluster.kubeconfig(&node.url()).replace(&token, user);
    let file = sandbox.path("config");
    fs::write(&file, config).unwrap();
    let flag = [
        "status",
        "-o",
        "json",
        "--kubeconfig",
        file.to_str().unwrap(),
    ];
    let outcome = sandbox.bowline(&flag).expect(0);
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(report["contexts"][0]["credential"]["state"], "accepted");
    let shown = node.records().handshakes;
    let shown = shown.iter().flat_map(|shake| &shake.client_certificates);
    let version3 = |der: &Vec<u8>| der.windows(5).any(|w| w == [0xa0, 3, 2, 1, 2]);
    let shown: Vec<bool> = shown.map(version3).collect();
    assert!(!shown.is_empty(), "no certificate was shown");
    println!("openssl made version 3: {shown:?}");
}

fn openssl(folder: &Path, line: &str) -> Result<(), String> {
    let mut command = Command::new("openssl");
    command.args(line.split(' ')).current_dir(folder);
    if command.get_program().is_empty() || Command::new("openssl").arg("version").output().is_err()
    {
        return Err("openssl is not installed".to_owned());
    }
    let outcome = run(command, b"");
    assert_eq!(outcome.code, Some(0), "{line}: {outcome:#?}");
    Ok(())
}

/// A certificate whose key is another one's.
#[test]
fn a_certificate_that_does_not_fit_its_key_is_unusable() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let make = || cluster.client_certificate(&ClientCertificateSpec::admin());
    let (one, two): (ClientCertificate, ClientCertificate) = (make(), make());
    let (first, second) = (
        cluster.kubeconfig_x509(&node.url(), &one),
        cluster.kubeconfig_x509(&node.url(), &two),
    );
    let line = |text: &str| {
        let line = text.lines().find(|line| line.contains("client-key-data"));
        line.unwrap().to_owned()
    };
    let sandbox = Sandbox::with(first.replace(&line(&first), &line(&second)));
    let report = report(&sandbox, &[], 5);
    assert_eq!(report["contexts"][0]["credential"]["state"], "unusable");
}

#[test]
fn a_server_that_answers_with_errors_is_not_ok() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    node.set_behaviour(Behaviour::Unavailable).unwrap();
    let sandbox = Sandbox::with(cluster.kubeconfig(&node.url()));
    let report = report(&sandbox, &[], 10);
    let context = &report["contexts"][0];
    assert_eq!(context["reachable"], true);
    assert_eq!(context["credential"]["state"], "unchecked");
    assert_eq!(context["failure"]["rung"], "server");
    let outcome = sandbox
        .bowline(&["status"])
        .expect(10)
        .says("microk8s: the API server answered 503")
        .says("mend: bowline doctor microk8s");
    let row = outcome.stdout.lines().nth(1).unwrap();
    assert!(row.contains(" broken "), "{outcome:#?}");
    // The remedy knows more.
    sandbox
        .bowline(&["doctor", "microk8s"])
        .expect(10)
        .says("server-error");
}

#[test]
fn the_remedy_is_one_that_a_shell_takes() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let sandbox = Sandbox::with("");
    let file = sandbox.path("an other file");
    let text = cluster
        .kubeconfig(&node.url())
        .replace("name: microk8s\n", "name: --all\n")
        .replace("current-context: microk8s\n", "current-context: --all\n");
    fs::write(&file, &text).unwrap();
    let flag = format!("--kubeconfig={}", file.display());
    node.move_to(place()).unwrap();
    sandbox.announce(&[("dev", node.address())]);
    sandbox.settings(&sandbox.default_settings());
    let told = sandbox.bowline(&["status", &flag]).expect(3);
    let mend = told
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("  mend: "));
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(mend.unwrap());
    let mut shell = sandbox.settle(shell);
    let program = Path::new(env!("CARGO_BIN_EXE_bowline"));
    shell.env("PATH", program.parent().unwrap());
    run(shell, b"").expect(0).says("moved from");
    sandbox.bowline(&["status", &flag]).expect(0);

    // No address helps an entry that asks for a name which the certificate does not carry.
    let text = text.replace("    server:", "    tls-server-name: other\n    server:");
    fs::write(&file, text.replace("--all", "dev")).unwrap();
    node.renew_leaf();
    let url = node.url();
    let line = |text: &str| {
        text.lines()
            .find(|line| line.contains("server: "))
            .map(str::to_owned)
    };
    let text = fs::read_to_string(&file).unwrap();
    let old = line(&text).unwrap();
    fs::write(&file, text.replace(&old, &format!("    server: {url}"))).unwrap();
    sandbox
        .bowline(&["status", &flag])
        .expect(4)
        .says("mend: bowline doctor dev --kubeconfig='")
        .never_says("bowline heal");
}
