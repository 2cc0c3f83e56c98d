//! Users of a cluster as the real kubectl makes them: certificates by request, and what they may do.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test ends where it fails")]

mod support;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use support::{Home, LOOPBACK, Outcome, eventually, matches};
use tempfile::TempDir;
use testnode::{Ca, Cluster, Node, Signer};

const CLIENT: &str = "kubernetes.io/kube-apiserver-client";

fn openssl(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("openssl");
    let output = command
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// A cluster with its admin, and a folder with a key and a request of a user.
struct Setting {
    home: Home,
    cluster: Cluster,
    node: Node,
    folder: TempDir,
}

impl Setting {
    fn new(cluster: Cluster, subject: &str) -> Self {
        let folder = TempDir::new().unwrap();
        openssl(
            folder.path(),
            &[
                "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out",
                "csr.pem", "-subj", subject,
            ],
        );
        Self {
            home: Home::new(),
            node: Node::start(&cluster, LOOPBACK.into()).unwrap(),
            cluster,
            folder,
        }
    }

    fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(file)).unwrap()
    }

    fn admin(&self, arguments: &[&str]) -> Outcome {
        let kubeconfig = self.cluster.kubeconfig(&self.node.url());
        self.home.run(&kubeconfig, arguments)
    }

    fn admin_does(&self, arguments: &[&str]) -> String {
        let outcome = self.admin(arguments);
        assert_eq!(outcome.code, Some(0), "{arguments:?}: {outcome:?}");
        outcome.stdout
    }

    /// `kubectl create -f` of a request with this PEM and these lines in its `spec`.
    fn request(&self, pem: &str, more: &str) -> Outcome {
        let text = format!(
            "apiVersion: certificates.k8s.io/v1\nkind: CertificateSigningRequest\nmetadata:\n  name: alice\n\
             spec:\n  request: {}\n{more}",
            STANDARD.encode(pem)
        );
        let path = self.folder.path().join("csr.yaml");
        std::fs::write(&path, text).unwrap();
        let mut arguments = vec!["create", "-f", path.to_str().unwrap()];
        // Older ones would read OpenAPI v2 in protobuf, which is not served.
        if self.home.kubectl.version < (1, 29) {
            arguments.push("--validate=false");
        }
        self.admin(&arguments)
    }

    fn requests(&self, more: &str) {
        let spec = format!("  signerName: {CLIENT}\n  usages: [client auth]\n{more}");
        let outcome = self.request(&self.read("csr.pem"), &spec);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
    }

    fn condition(&self) -> String {
        let table = self.admin_does(&["get", "csr", "--no-headers"]);
        table.split_whitespace().last().unwrap().to_owned()
    }

    /// The kubeconfig of whom the certificate was issued to.
    fn issued(&self) -> String {
        let path = "jsonpath={.status.certificate}";
        let certificate = self.admin_does(&["get", "csr", "alice", "-o", path]);
        let token = format!("token: {}", self.cluster.admin_token());
        let kubeconfig = self.cluster.kubeconfig(&self.node.url());
        kubeconfig.replace(
            &token,
            &format!(
                "client-certificate-data: {certificate}\n    client-key-data: {}",
                STANDARD.encode(self.read("key.pem"))
            ),
        )
    }
}

/// The CA as MicroK8s makes it, by `openssl`, and with an RSA key.
fn rsa_ca() -> Ca {
    let folder = TempDir::new().unwrap();
    openssl(
        folder.path(),
        &[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-sha256",
            "-days",
            "3650",
            "-keyout",
            "ca.key",
            "-subj",
            "/CN=10.152.183.1",
            "-out",
            "ca.crt",
        ],
    );
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    Ca::from_pem(&read("ca.crt"), &read("ca.key")).unwrap()
}

#[test]
fn a_requested_certificate_is_issued_and_accepted() {
    let cluster = Cluster::builder().ca(&rsa_ca()).build();
    let setting = Setting::new(cluster, "/CN=alice/O=dev/O=ops");
    setting.requests("  expirationSeconds: 86400\n");
    let table = setting.admin_does(&["get", "csr"]);
    let mut lines = table.lines();
    assert_eq!(
        lines.next(),
        Some(
            "NAME    AGE   SIGNERNAME                            REQUESTOR   REQUESTEDDURATION   CONDITION"
        )
    );
    let row = lines.next().unwrap();
    let pattern = "alice   *s    kubernetes.io/kube-apiserver-client   admin       24h                 Pending";
    assert!(matches(pattern, row), "{row}");
    let yaml = setting.admin_does(&["get", "csr", "alice", "-o", "yaml"]);
    for line in [
        "  username: admin\n",
        "  uid: admin\n",
        "  - system:masters\n",
    ] {
        assert!(yaml.contains(line), "{yaml}");
    }

    setting.admin_does(&["certificate", "approve", "alice"]);
    assert_eq!(setting.condition(), "Approved,Issued");
    let whoami = [
        "auth",
        "whoami",
        "-o",
        "jsonpath={.status.userInfo.username} {.status.userInfo.groups}",
    ];
    let outcome = setting.home.run(&setting.issued(), &whoami);
    assert_eq!(
        outcome.stdout, r#"alice ["dev","ops","system:authenticated"]"#,
        "{outcome:?}"
    );

    let path = "jsonpath={.status.certificate}";
    let certificate = STANDARD
        .decode(setting.admin_does(&["get", "csr", "alice", "-o", path]))
        .unwrap();
    std::fs::write(setting.folder.path().join("crt.pem"), certificate).unwrap();
    let show = [
        "x509",
        "-in",
        "crt.pem",
        "-noout",
        "-subject",
        "-ext",
        "extendedKeyUsage,basicConstraints",
        "-checkend",
    ];
    let text = openssl(setting.folder.path(), &[&show[..], &["86000"]].concat());
    for part in [
        "O = dev + O = ops, CN = alice",
        "TLS Web Client Authentication",
        "CA:FALSE",
    ] {
        // OpenSSL 3.2 and later print names without the spaces.
        let found = text.contains(part) || text.contains(&part.replace(" = ", "="));
        assert!(found, "{text}");
    }
    let mut ends = Command::new("openssl");
    ends.args([&show[..], &["86401"]].concat());
    assert!(
        !ends
            .current_dir(setting.folder.path())
            .output()
            .unwrap()
            .status
            .success()
    );

    let outcome = setting.admin(&["delete", "csr", "alice"]);
    let expected = "certificatesigningrequest.certificates.k8s.io \"alice\" deleted";
    assert!(outcome.stdout.starts_with(expected), "{outcome:?}");
    assert_eq!(
        setting.admin(&["get", "csr"]).stderr,
        "No resources found\n"
    );
}

#[test]
fn a_watch_sees_approval_and_then_the_certificate() {
    let setting = Setting::new(Cluster::new(), "/CN=alice");
    setting.requests("");
    let kubeconfig = setting.cluster.kubeconfig(&setting.node.url());
    let mut watch = setting
        .home
        .spawn(&kubeconfig, &["get", "csr", "-w", "--no-headers"]);
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let mut next = || {
        let line = lines.next().unwrap().unwrap();
        line.split_whitespace().last().unwrap().to_owned()
    };
    assert_eq!(next(), "Pending");
    eventually("the watch begins", || {
        let lines = setting.node.records().lines();
        lines.iter().any(|line| line.contains("watch=true"))
    });
    // A change of another resource is none of this watch's concern.
    setting.admin_does(&["create", "ns", "other"]);
    setting.admin_does(&["certificate", "approve", "alice"]);
    assert_eq!([next(), next()], ["Approved", "Approved,Issued"]);
    watch.kill().unwrap();
    watch.wait().unwrap();
}

#[test]
fn what_is_denied_or_left_alone_stays_unsigned() {
    let setting = Setting::new(Cluster::new(), "/CN=alice");
    setting.requests("");
    setting.admin_does(&["certificate", "deny", "alice"]);
    assert_eq!(setting.condition(), "Denied");
    assert_eq!(
        setting.admin(&["certificate", "approve", "alice"]).code,
        Some(1)
    );
    assert_eq!(setting.condition(), "Denied");

    let setting = Setting::new(
        Cluster::builder().signer(Signer::Absent).build(),
        "/CN=alice",
    );
    setting.requests("");
    setting.admin_does(&["certificate", "approve", "alice"]);
    assert_eq!(setting.condition(), "Approved");
}

#[test]
fn usages_of_another_kind_of_certificate_fail() {
    let setting = Setting::new(Cluster::new(), "/CN=alice");
    let spec = format!("  signerName: {CLIENT}\n  usages: [server auth]\n");
    setting.request(&setting.read("csr.pem"), &spec);
    setting.admin_does(&["certificate", "approve", "alice"]);
    assert_eq!(setting.condition(), "Approved,Failed");
    let path = "jsonpath={.status.conditions[1].message}";
    let message = setting.admin_does(&["get", "csr", "alice", "-o", path]);
    assert_eq!(message, "invalid usage for client certificate: server auth");
}

#[test]
fn an_expired_certificate_is_refused() {
    let cluster = Cluster::builder().signer(Signer::Expired).build();
    let setting = Setting::new(cluster, "/CN=alice");
    setting.requests("");
    setting.admin_does(&["certificate", "approve", "alice"]);
    let outcome = setting.home.run(&setting.issued(), &["get", "ns"]);
    let expected = "error: You must be logged in to the server";
    assert!(outcome.last_error().starts_with(expected), "{outcome:?}");
}

/// The texts of kube-apiserver: pkg/apis/certificates/validation/validation.go,
/// plugin/pkg/admission/certificates/subjectrestriction/admission.go.
#[test]
fn requests_are_refused_in_the_words_of_kubernetes() {
    let setting = Setting::new(Cluster::new(), "/CN=eve/O=dev/O=system:masters");
    let csr = setting.read("csr.pem");
    let good = format!("  signerName: {CLIENT}\n  usages: [client auth]\n");
    let damaged = {
        // The last byte of the signature.
        let mut lines: Vec<_> = csr.lines().map(str::to_owned).collect();
        let last = lines.len() - 2;
        let flipped = if lines[last].starts_with('A') {
            "B"
        } else {
            "A"
        };
        lines[last].replace_range(..1, flipped);
        lines.join("\n") + "\n"
    };
    let usages = "  usages: [client auth]\n";
    for (pem, spec, expected) in [
        (
            csr.as_str(),
            good.as_str(),
            "certificatesigningrequests.certificates.k8s.io \"alice\" is forbidden: use of \
             kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed",
        ),
        (
            "no request",
            &good,
            "PEM block type must be CERTIFICATE REQUEST",
        ),
        (&damaged, &good, "spec.request: Invalid value: []byte{*"),
        (
            &csr,
            &format!("  signerName: {CLIENT}\n"),
            "spec.usages: Required value: usages must be provided",
        ),
        (
            &csr,
            usages,
            "spec.signerName: Required value: signerName must be provided",
        ),
        (
            &csr,
            &format!("  signerName: signer\n{usages}"),
            "spec.signerName: Invalid value: \"signer\": must be a fully qualified domain and path of the form \
             'example.com/signer-name'",
        ),
        (
            &csr,
            &format!("{good}  expirationSeconds: 599\n"),
            "spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 \
             minutes)",
        ),
    ] {
        let outcome = setting.request(pem, spec);
        assert_eq!(outcome.code, Some(1), "{expected}");
        let pattern = format!("*{expected}");
        assert!(
            matches(&pattern, outcome.stderr.trim_end()),
            "{expected}: {}",
            outcome.stderr
        );
    }
    assert_eq!(
        setting.admin(&["get", "csr"]).stderr,
        "No resources found\n"
    );
}

#[test]
fn bindings_grant_and_their_end_revokes() {
    let setting = Setting::new(Cluster::builder().rbac(true).build(), "/CN=alice/O=dev");
    setting.requests("");
    setting.admin_does(&["certificate", "approve", "alice"]);
    let alice = setting.issued();
    let may = |arguments: &[&str]| {
        let arguments = [&["auth", "can-i"][..], arguments].concat();
        setting.home.run(&alice, &arguments).stdout.trim() == "yes"
    };
    let pods = &["list", "pods", "-A"];
    let denied = setting.home.run(&alice, &["get", "pods", "-n", "default"]);
    assert_eq!(
        denied.last_error(),
        "Error from server (Forbidden): pods is forbidden: User \"alice\" cannot list resource \"pods\" in API \
         group \"\" in the namespace \"default\""
    );
    let approve = setting.home.run(&alice, &["get", "csr"]);
    assert_eq!(
        approve.last_error(),
        "Error from server (Forbidden): certificatesigningrequests.certificates.k8s.io is forbidden: User \
         \"alice\" cannot list resource \"certificatesigningrequests\" in API group \"certificates.k8s.io\" at \
         the cluster scope"
    );
    assert!(!may(pods));
    setting.admin_does(&[
        "create",
        "clusterrolebinding",
        "a",
        "--clusterrole=view",
        "--user=alice",
    ]);
    assert!(may(pods) && !may(&["delete", "pods", "-n", "default"]));
    assert_eq!(
        setting.home.run(&alice, &["get", "pods", "-A"]).code,
        Some(0)
    );
    setting.admin_does(&[
        "create",
        "rolebinding",
        "d",
        "--clusterrole=edit",
        "--group=dev",
        "-n",
        "default",
    ]);
    assert!(
        may(&["delete", "pods", "-n", "default"]) && !may(&["delete", "pods", "-n", "kube-system"])
    );
    setting.admin_does(&["delete", "clusterrolebinding", "a"]);
    assert!(!may(pods) && may(&["list", "pods", "-n", "default"]));

    let rows = setting.admin_does(&[
        "get",
        "rolebindings,clusterrolebindings",
        "-A",
        "-o",
        "wide",
        "--no-headers",
    ]);
    let rows: Vec<_> = rows.lines().filter(|row| !row.is_empty()).collect();
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(
        matches("default * ClusterRole/edit *dev*", rows[0]),
        "{rows:?}"
    );
    assert!(
        matches(
            "*cluster-admin * ClusterRole/cluster-admin *system:masters*",
            rows[1]
        ),
        "{rows:?}"
    );
    setting.admin_does(&["delete", "rolebinding", "d", "-n", "default"]);
    assert!(!may(&["list", "pods", "-n", "default"]));

    let refused = setting.admin(&[
        "create",
        "clusterrolebinding",
        "x/y",
        "--clusterrole=view",
        "--user=a",
    ]);
    assert!(
        refused.stderr.contains("may not contain '/'"),
        "{refused:?}"
    );
    let refused = setting.admin(&[
        "create",
        "rolebinding",
        "x",
        "--clusterrole=view",
        "--user=a",
        "-n",
        "none",
    ]);
    assert!(
        refused.stderr.contains("namespaces \"none\" not found"),
        "{refused:?}"
    );
}

#[test]
fn an_api_server_with_a_broken_token_file_does_not_start() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, LOOPBACK.into()).unwrap();
    let good = cluster.known_tokens();
    let get = || {
        let token = Some(cluster.admin_token());
        let reply = support::get(&cluster, node.address(), "/api", token, None);
        reply.ok().map(|reply| reply.status)
    };
    assert_eq!(get(), Some(200));
    cluster.set_known_tokens(&format!("{good}\"half,written"));
    let why = "parse error on line 6: extraneous or missing \" in quoted-field";
    assert_eq!(cluster.known_tokens_error().as_deref(), Some(why));
    assert_eq!(get(), None);
    cluster.set_known_tokens(&good);
    assert_eq!(get(), Some(200));
}
