//! kubectl reads the same values before and after an edit that we do.
//!
//! Runs where a plain kubectl is found (`BOWLINE_KUBECTL`, or on `PATH`) and says so where not.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "helpers of tests"
)]

#[path = "edits/apply.rs"]
mod apply;
#[path = "edits/model.rs"]
#[allow(dead_code, reason = "shared with the test of edits")]
mod model;
#[path = "edits/random.rs"]
#[allow(dead_code, reason = "shared with the test of edits")]
mod random;

use std::path::Path;
use std::process::Command;

use kubeconfig::Cluster;
use kubeconfig::Config;
use kubeconfig::Context;
use kubeconfig::Document;
use kubeconfig::Edit;
use kubeconfig::List;
use kubeconfig::Named;
use kubeconfig::Secret;
use kubeconfig::User;
use serde_json::Value;
use serde_json::json;

/// What `kubectl config view --raw -o json` prints, or `None` when kubectl refuses the file.
fn view(kubectl: &Path, folder: &Path, bytes: &[u8]) -> Option<Value> {
    let file = folder.join("config");
    std::fs::write(&file, bytes).unwrap();
    let output = Command::new(kubectl)
        .args(["config", "view", "--raw", "-o", "json"])
        .env("KUBECONFIG", &file)
        .env("KUBERC", "off")
        .env("HOME", folder)
        .output()
        .unwrap();
    if !output.status.success() {
        return None;
    }
    Some(comparable(serde_json::from_slice(&output.stdout).unwrap()))
}

/// Without what the typed view does not tell apart: `[]`, `{}` and null mean the same to a client.
fn comparable(mut value: Value) -> Value {
    if value["preferences"] == json!({}) {
        // Up to 1.33.
        value.as_object_mut().unwrap().remove("preferences");
    }
    for entry in value["users"].as_array_mut().into_iter().flatten() {
        let user = &mut entry["user"];
        for (plugin, name) in [
            ("exec", "args"),
            ("exec", "env"),
            ("auth-provider", "config"),
        ] {
            if let Some(field) = user.get_mut(plugin).and_then(|it| it.get_mut(name))
                && (*field == json!([]) || *field == json!({}))
            {
                *field = Value::Null;
            }
        }
    }
    value
}

/// Our reading in the same form, extensions and preferences included.
fn ours(config: &Config) -> Value {
    comparable(kubeconfig::print::value(config))
}

const FULL: &str = r#"
# A bit of everything.
kind: Config
users:
  - name: "u 1"   # first
    user:
      exec: {command: get, args: [a, "b c"], env: [{name: X, value: "1"}], apiVersion: client.authentication.k8s.io/v1beta1, installHint: "x\ty"}
  - user: {token: 'it''s', as: root, as-groups: [g, "2"], as-user-extra: {k: [v]}, tokenFile: ./t}
    name: plain
  - name: old
    user:
      auth-provider:
        name: oidc
        config: {client-id: a, 9: "x", y: 'z'}
      client-key-data: |
        S0VZ
        S0VZ
      username: >-
        joe
        public
      password: p#w
apiVersion: v1
base: &base
  certificate-authority-data: Q0VSVA==
  server: https://base:6443
clusters:
- cluster:
    server: https://10.1.2.3:16443 # the VM
    unknown: {x: 1}
  name: a
- cluster: {server: "https://[fd00::1]:6443", insecure-skip-tls-verify: yes, proxy-url: 'socks5://x'}
  name: flow
- name: merged
  cluster:
    tls-server-name: before
    <<: *base
    disable-compression: True
- name: aliased
  cluster: *base
contexts:
- {name: c, context: {cluster: a, user: "u 1", namespace: 2024-01-01}}
- name: 1:30
  context:
current-context: c
"#;

fn inputs() -> Vec<(&'static str, Vec<u8>)> {
    let wide = |unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
        std::iter::once(0xfeff)
            .chain(FULL.encode_utf16())
            .flat_map(unit)
            .collect()
    };
    let json = r#"{"kind":"Config","clusters":[{"name":"a","cluster":{"server":"https:\u002f\u002f1"}},],"users":[],"contexts":null}"#;
    vec![
        ("full", FULL.into()),
        ("full, CRLF", FULL.replace('\n', "\r\n").into()),
        ("full, CR", FULL.replace('\n', "\r").into()),
        ("full, no final newline", FULL.trim_end().into()),
        ("full, little endian", wide(u16::to_le_bytes)),
        ("full, big endian", wide(u16::to_be_bytes)),
        ("full, byte order mark", format!("\u{feff}{FULL}").into()),
        ("json", json.into()),
        ("json, tabs", json.replace(',', ",\n\t\t").into()),
        ("second document", b"clusters:\n- name: a\n  cluster:\n    server: x\n---\nfoo: [".to_vec()),
        ("duplicate keys", b"clusters: []\nclusters:\n- name: a\n  name: b\n  name: a\n  cluster:\n    server: x\n    server: z\n".to_vec()),
        ("folded", b"clusters:\n- name: a\n  cluster:\n    server: >-\n      https://x\n\n    # c\n    x: |+\n      y\n\n\n".to_vec()),
        ("plain over lines", b"clusters:\n- name: a\n  cluster:\n    server: https://x\n      y\n    x: z\n".to_vec()),
        ("merge list", b"p: &p {server: https://p, tls-server-name: p}\nq: &q {server: https://q, proxy-url: q}\nclusters:\n- name: m\n  cluster:\n    <<: [*p, *q]\n- name: a\n  cluster: {server: x}\n".to_vec()),
        ("tags", b"clusters:\n- name: ! a\n  cluster: {server: !foo x, tls-server-name: !!str 12}\n".to_vec()),
        ("dashes alone", b"clusters:\n-\n    name: a\n    cluster:\n     server: x\nusers:\n-\n".to_vec()),
        ("odd quotes", b"'clusters':\n- \"name\": 'a'\n  ? cluster\n  : server: x\n".to_vec()),
        ("empty", b"".to_vec()),
        ("comments", b"# nothing\n\n".to_vec()),
        ("braces", b"{}".to_vec()),
        ("dashes", b"---\n# x\n".to_vec()),
        ("null", b"--- ~\n".to_vec()),
    ]
}

fn edits() -> Vec<(&'static str, Vec<Edit>)> {
    let server = |cluster: &str, server: &str| Edit::SetServer {
        cluster: cluster.into(),
        server: server.into(),
    };
    let tls = |cluster: &str, name: &str| Edit::SetTlsServerName {
        cluster: cluster.into(),
        name: name.into(),
    };
    let insert = |name: &str| Edit::Insert {
        cluster: Named::new(
            name,
            Cluster {
                server: "https://172.20.0.9:16443".into(),
                tls_server_name: Some("kubernetes.default.svc".into()),
                certificate_authority_data: Some(vec![0, 255, 10]),
                ..Cluster::default()
            },
        ),
        user: Named::new(
            name,
            User {
                token: Some(Secret::from("123")),
                client_key_data: Some(Secret::from("KEY")),
                ..User::default()
            },
        ),
        context: Named::new(
            name,
            Context {
                cluster: name.into(),
                user: name.into(),
                namespace: Some("no".into()),
                ..Context::default()
            },
        ),
    };
    let names = [
        "new",
        "y",
        "0o7",
        "1_000",
        "a: b",
        " a",
        "it's \"q\" \\",
        "a\nb\r\n",
        "\u{1b}[2J",
        "\0",
        "\u{85}\u{2028}",
        "\u{feff}x",
        "\u{202e}",
        "日本",
        "😀",
        "<<",
        "=",
        "-",
        "#",
        "a/b:c@d",
        "~",
        "[",
        "\u{fffe}",
        "é\u{a0}",
    ];
    let mut edits = vec![
        ("nothing", vec![]),
        ("server", vec![server("a", "https://192.168.7.7:16443")]),
        (
            "bracketed server",
            vec![server("a", "https://[fd00::2]:16443")],
        ),
        (
            "server and name",
            vec![
                server("a", "https://192.168.7.7:16443"),
                tls("a", "kubernetes.default.svc"),
            ],
        ),
        ("name", vec![tls("a", "k")]),
        (
            "name in flow style",
            vec![tls("flow", "k"), server("flow", "https://1")],
        ),
        ("current", vec![Edit::SetCurrentContext("other".into())]),
        (
            "no current, other names",
            vec![
                Edit::SetCurrentContext(String::new()),
                Edit::Rename {
                    list: List::Clusters,
                    from: "a".into(),
                    to: "no".into(),
                    references: true,
                },
            ],
        ),
        (
            "removed",
            vec![Edit::Remove {
                list: List::Clusters,
                name: "a".into(),
            }],
        ),
        (
            "put",
            vec![Edit::PutCluster(Named::new(
                "a",
                Cluster {
                    insecure_skip_tls_verify: true,
                    proxy_url: Some("1".into()),
                    ..Cluster::default()
                },
            ))],
        ),
    ];
    for name in names {
        edits.push((
            name,
            vec![insert(name), Edit::SetCurrentContext(name.into())],
        ));
    }
    edits
}

#[test]
fn kubectl_agrees() {
    let kubectl = match testnode::kubectl::find() {
        Ok(kubectl) => kubectl.path,
        Err(error) => {
            println!("skipped: {error}");
            return;
        }
    };
    let folder = tempfile::tempdir().unwrap();
    let mut compared = 0;
    for (index, (input, bytes)) in inputs().into_iter().enumerate() {
        let document =
            Document::parse(bytes.clone()).unwrap_or_else(|error| panic!("{input}: {error}"));
        let theirs = view(&kubectl, folder.path(), &bytes).expect(input);
        assert_eq!(ours(document.config()), theirs, "{input}");
        for (number, (what, edits)) in edits().into_iter().enumerate() {
            // Every name into the first inputs of each kind; one of them into all.
            if number > 10 && !matches!(index, 0 | 1 | 7 | 17) {
                continue;
            }
            let Ok(edited) = document.edit(&edits) else {
                // Refusals are the business of other tests; here nothing wrong may be written.
                continue;
            };
            let theirs = view(&kubectl, folder.path(), &edited).unwrap_or_else(|| {
                panic!("{input}, {what}:\n{}", String::from_utf8_lossy(&edited))
            });
            let again = Document::parse(edited.clone()).unwrap();
            assert_eq!(
                ours(again.config()),
                theirs,
                "{input}, {what}:\n{}",
                String::from_utf8_lossy(&edited)
            );
            compared += 1;
        }
    }
    assert!(compared > 150, "only {compared}");
}

#[test]
fn kubectl_agrees_on_random_edits_of_random_files() {
    let kubectl = match testnode::kubectl::find() {
        Ok(kubectl) => kubectl.path,
        Err(error) => {
            println!("skipped: {error}");
            return;
        }
    };
    let folder = tempfile::tempdir().unwrap();
    for seed in 0..60 {
        let (text, bytes) = random::file(seed);
        let document = Document::parse(bytes).unwrap();
        let edits = model::edits(
            &mut random::Random::new(seed + 1),
            document.config(),
            seed + 2,
        );
        let mut expected = document.config().clone();
        for edit in &edits {
            apply::apply(&mut expected, edit).unwrap();
        }
        let edited = document.edit(&edits).unwrap();
        let theirs = view(&kubectl, folder.path(), &edited);
        let shown = || format!("{seed}: {text}\n{edits:?}\n{}", random::text(&edited));
        assert_eq!(Some(ours(&expected)), theirs, "{}", shown());
    }
}

#[test]
fn kubectl_refuses_what_we_refuse() {
    let Ok(kubectl) = testnode::kubectl::find() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut differences = Vec::new();
    for scalar in [
        "y",
        "n",
        "Yes",
        "on",
        "OFF",
        "true",
        "123",
        "0123",
        "08",
        "0o17",
        "0x1F",
        "0b101",
        "-0b1",
        "1_000",
        "1.10",
        "1.",
        ".5",
        "+1",
        "-1",
        "1e3",
        "433e40",
        "1e999",
        "685_230.15",
        "1:30",
        "2024-01-01",
        "2024-01-01T00:00:00Z",
        "1.2.3",
        "0x",
        "0xg",
        "+",
        "-",
        ".",
        "..",
        "._",
        "1e",
        "e1",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775808",
        "-9223372036854775809",
        "null",
        "~",
        "NULL",
        "Null",
        "nULL",
        "<<",
        "=",
        "tRue",
        "0o8",
        "0_7",
        "_1",
        "1__0",
        "+0x1",
        "-0o7",
        "0B1",
        "0X1",
        "0O7",
        ".inf",
        "+.inf",
        ".NaN",
        "!!str 5",
        "! '5'",
        "! 5",
        "! a",
        "!!int '5'",
        "!foo 5",
        "'5'",
        "\"\\u00e9\"",
        "1_",
        "0.",
        "00",
        "0",
    ] {
        for text in [
            format!("contexts:\n- name: x\n  context:\n    user: {scalar}\n"),
            format!("contexts:\n- name: {scalar}\n"),
            format!(
                "users:\n- name: u\n  user:\n    auth-provider: {{name: x, config: {{k: {scalar} }}}}\n"
            ),
        ] {
            let theirs = view(&kubectl.path, folder.path(), text.as_bytes());
            let ours = Document::parse(text.clone())
                .ok()
                .map(|document| ours(document.config()));
            if ours != theirs {
                differences.push(format!("{text:?}\n  we:   {ours:?}\n  they: {theirs:?}"));
            }
        }
    }
    for text in [
        "- a",
        "x",
        "kind: Pod",
        "apiVersion: v2",
        "kind: [x]",
        "clusters: {}",
        "clusters: x",
        "clusters:\n- x",
        "users:\n- name: a\n- name: a",
        "contexts:\n- null\n- {}",
        "%YAML 1.2\n---\nkind: Config",
        "%YAML 1.1\n---\nkind: Config",
        "{kind: Config} junk",
        "kind: Config\n...\n] junk",
        "kind: Config\njunk",
        "? [a]\n: b",
        "{[a]: b}",
        "~: x",
        "x: *y",
        "x: &y [*y]",
        "x: &y {a: b}\n<<: *y",
        "x: &y [a]\n<<: *y",
        "<<: x",
        "x: &y {kind: Pod}\n<<: [*y]",
        "extensions:\n- name: a\n- name: a",
        "preferences: x",
        "preferences: {colors: 1}",
        "x: .nan",
        "x: -.inf",
        "current-context: a\u{1}b",
        "current-context: \"a\u{7f}b\"",
        "current-context: a\u{feff}b",
        "kind:\tConfig",
        "users:\n- name: a\n  user: {client-key-data: Q0VSVA}",
        "users:\n- name: a\n  user: {client-key-data: 'Q0VS VA=='}",
        "users:\n- name: a\n  user: {client-key-data: \"Q0VS\\nVA==\"}",
        "users:\n- name: a\n  user: {client-key-data: ~}",
        "users:\n- name: a\n  user: {exec: {env: {}}}",
        "users:\n- name: a\n  user: {exec: {provideClusterInfo: maybe}}",
        "users:\n- name: a\n  user: {exec: ~, as-groups: ~}",
        "users:\n- name: a\n  user: {as-user-extra: {k: v}}",
        "Kind: Pod",
        "kind: Config\nKind: Pod",
        "Kind: Config\nkind: Pod",
        "KIND: Pod",
        "clusters:\n- name: x\n  cluster: {server: ''}",
    ] {
        let theirs = view(&kubectl.path, folder.path(), text.as_bytes());
        let ours = Document::parse(text).map(|document| ours(document.config()));
        if ours.as_ref().ok() != theirs.as_ref() {
            differences.push(format!("{text:?}\n  we:   {ours:?}\n  they: {theirs:?}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
