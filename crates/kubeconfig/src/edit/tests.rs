//! Bytes before, bytes after, for the shapes that files have.

mod entries;

use std::fmt::Write as _;

use super::Edit;
use super::EditError;
use crate::Cluster;
use crate::Context;
use crate::Document;
use crate::Exec;
use crate::ExecEnv;
use crate::Named;
use crate::Secret;
use crate::User;

fn edit(before: &str, edits: &[Edit]) -> Result<String, EditError> {
    let document = Document::parse(before).unwrap();
    document
        .edit(edits)
        .map(|bytes| String::from_utf8(bytes).unwrap())
}

fn server(value: &str) -> Edit {
    Edit::SetServer {
        cluster: "a".into(),
        server: value.into(),
    }
}

fn tls(value: &str) -> Edit {
    Edit::SetTlsServerName {
        cluster: "a".into(),
        name: value.into(),
    }
}

fn current(value: &str) -> Edit {
    Edit::SetCurrentContext(value.into())
}

fn insert(name: &str) -> Edit {
    let cluster = Cluster {
        server: "https://10.0.0.1:16443".into(),
        ..Cluster::default()
    };
    let user = User {
        token: Some(Secret::from("t0")),
        ..User::default()
    };
    let context = Context {
        cluster: name.into(),
        user: name.into(),
        namespace: None,
        ..Context::default()
    };
    Edit::Insert {
        cluster: Named::new(name, cluster),
        user: Named::new(name, user),
        context: Named::new(name, context),
    }
}

#[track_caller]
fn becomes(before: &str, edits: &[Edit], after: &str) {
    let result = edit(before, edits).unwrap_or_else(|error| panic!("{error}\n{before}"));
    assert_eq!(result, after, "from\n{before}");
    // What is done is done: the same edits change nothing more.
    let again: Vec<_> = edits
        .iter()
        .filter(|edit| !matches!(edit, Edit::Insert { .. }))
        .cloned()
        .collect();
    assert_eq!(edit(after, &again).unwrap(), after);
}

const ONE: &str = "https://10.0.0.1:16443";

#[test]
fn server_keeps_the_quotes_it_has() {
    for (before, after) in [
        (
            "clusters:\n- cluster:\n    server: https://1 # c\n  name: a\n",
            "clusters:\n- cluster:\n    server: https://10.0.0.1:16443 # c\n  name: a\n",
        ),
        (
            "clusters:\n- name: a\n  cluster: {server: 'https://1'}",
            "clusters:\n- name: a\n  cluster: {server: 'https://10.0.0.1:16443'}",
        ),
        (
            "clusters: [{\"name\":\"a\",\"cluster\":{\"server\":\"https://1\",\"x\":[1]}}]",
            "clusters: [{\"name\":\"a\",\"cluster\":{\"server\":\"https://10.0.0.1:16443\",\"x\":[1]}}]",
        ),
        (
            "clusters:\n- name: a\n  cluster:\n    server: >-\n      https://1\n    x: y\n",
            "clusters:\n- name: a\n  cluster:\n    server: \"https://10.0.0.1:16443\"\n    x: y\n",
        ),
        (
            "clusters:\n- name: a\n  cluster:\n    server: !!str https://1\n",
            "clusters:\n- name: a\n  cluster:\n    server: !!str https://10.0.0.1:16443\n",
        ),
        (
            "clusters:\n- name: a\n  cluster:\n    server:\n    x: y\n",
            "clusters:\n- name: a\n  cluster:\n    server: https://10.0.0.1:16443\n    x: y\n",
        ),
        (
            "clusters:\n- name: a\n  cluster:\n    server: null\n",
            "clusters:\n- name: a\n  cluster:\n    server: https://10.0.0.1:16443\n",
        ),
        (
            "clusters:\n- name: a\n  cluster:\n    server: \"\"\n",
            "clusters:\n- name: a\n  cluster:\n    server: https://10.0.0.1:16443\n",
        ),
        (
            "clusters:\n- name: a\n  cluster:\n",
            "clusters:\n- name: a\n  cluster:\n    server: https://10.0.0.1:16443\n",
        ),
        (
            "clusters:\n- name: a\n  cluster: {}\n",
            "clusters:\n- name: a\n  cluster:\n    server: https://10.0.0.1:16443\n",
        ),
        (
            "clusters:\n- name: a\n",
            "clusters:\n- cluster:\n    server: https://10.0.0.1:16443\n  name: a\n",
        ),
        (
            "clusters:\n- name: a\n  cluster:\n    x: 1\n",
            "clusters:\n- name: a\n  cluster:\n    server: https://10.0.0.1:16443\n    x: 1\n",
        ),
        // The last of two keys counts.
        (
            "clusters:\n- name: a\n  cluster:\n    server: x\n    server: z\n",
            "clusters:\n- name: a\n  cluster:\n    server: x\n    server: https://10.0.0.1:16443\n",
        ),
        // Only the first document is read.
        (
            "clusters:\n- name: a\n  cluster:\n    server: x\n---\njunk: [",
            "clusters:\n- name: a\n  cluster:\n    server: https://10.0.0.1:16443\n---\njunk: [",
        ),
    ] {
        becomes(before, &[server(ONE)], after);
    }
}

#[test]
fn a_bracketed_address_is_quoted_in_flow_style_only() {
    becomes(
        "clusters:\n- name: a\n  cluster: {server: https://1}\n",
        &[server("https://[fd00::1]:6443")],
        "clusters:\n- name: a\n  cluster: {server: \"https://[fd00::1]:6443\"}\n",
    );
    becomes(
        "clusters:\n- name: a\n  cluster:\n    server: https://1\n",
        &[server("https://[fd00::1]:6443")],
        "clusters:\n- name: a\n  cluster:\n    server: https://[fd00::1]:6443\n",
    );
}

#[test]
fn tls_server_name_is_one_line_behind_server() {
    for (before, after) in [
        (
            "clusters:\n- cluster:\n    server: https://1\n  name: a\n",
            "clusters:\n- cluster:\n    server: https://1\n    tls-server-name: k8s\n  name: a\n",
        ),
        (
            "clusters:\n  - name: a\n    cluster:\n        server: https://1   # why # that\n        # below\n        x: y\n",
            "clusters:\n  - name: a\n    cluster:\n        server: https://1   # why # that\n        tls-server-name: k8s\n        # below\n        x: y\n",
        ),
        (
            "clusters:\r\n- name: a\r\n  cluster:\r\n    server: https://1",
            "clusters:\r\n- name: a\r\n  cluster:\r\n    server: https://1\r\n    tls-server-name: k8s",
        ),
        (
            "clusters:\r- name: a\r  cluster:\r    server: https://1\r",
            "clusters:\r- name: a\r  cluster:\r    server: https://1\r    tls-server-name: k8s\r",
        ),
        (
            "clusters:\n- name: a\n  cluster:\n    server: https://1",
            "clusters:\n- name: a\n  cluster:\n    server: https://1\n    tls-server-name: k8s",
        ),
        (
            "clusters:\n- name: a\n  cluster:\n    tls-server-name: old # x\n    server: https://1\n",
            "clusters:\n- name: a\n  cluster:\n    tls-server-name: k8s # x\n    server: https://1\n",
        ),
        (
            "clusters:\n- name: a\n  cluster: {server: https://1, x: 1}\n",
            "clusters:\n- name: a\n  cluster: {server: https://1, tls-server-name: k8s, x: 1}\n",
        ),
        (
            "{\"clusters\": [{\"name\": \"a\", \"cluster\": {\"server\": \"https://1\"}}]}",
            "{\"clusters\": [{\"name\": \"a\", \"cluster\": {\"server\": \"https://1\", \"tls-server-name\": \"k8s\"}}]}",
        ),
        (
            "clusters:\n- name: a\n  cluster:\n    server: |-\n      https://1\n    x: y\n",
            "clusters:\n- name: a\n  cluster:\n    server: |-\n      https://1\n    tls-server-name: k8s\n    x: y\n",
        ),
        (
            "clusters:\n- name: a\n  cluster:\n    server: |-\n      https://1",
            "clusters:\n- name: a\n  cluster:\n    server: |-\n      https://1\n    tls-server-name: k8s",
        ),
        (
            "clusters:\n- name: a\n  cluster:\n    \"server\": \"https://1\"\n",
            "clusters:\n- name: a\n  cluster:\n    \"server\": \"https://1\"\n    \"tls-server-name\": \"k8s\"\n",
        ),
        (
            "clusters:\n- name: a\n  cluster:\n    x: 1\n",
            "clusters:\n- name: a\n  cluster:\n    tls-server-name: k8s\n    x: 1\n",
        ),
        (
            "clusters:\n- name: a\n  cluster: {server: , x: 1}\n",
            "clusters:\n- name: a\n  cluster: {server: , tls-server-name: k8s , x: 1}\n",
        ),
    ] {
        becomes(before, &[tls("k8s")], after);
    }
}

#[test]
fn both_at_once_touch_two_lines() {
    becomes(
        "clusters:\n- cluster:\n    server: https://1",
        &[
            Edit::SetServer {
                cluster: String::new(),
                server: ONE.into(),
            },
            Edit::SetTlsServerName {
                cluster: String::new(),
                name: "k8s".into(),
            },
        ],
        "clusters:\n- cluster:\n    server: https://10.0.0.1:16443\n    tls-server-name: k8s",
    );
}

#[test]
fn what_is_shared_is_refused() {
    for before in [
        "x: &s https://1\nclusters:\n- name: a\n  cluster:\n    server: *s\n",
        "clusters:\n- name: a\n  cluster:\n    server: &s https://1\n",
        "clusters:\n- name: a\n  cluster: &c\n    server: https://1\n",
        "x: &c {server: https://1}\nclusters:\n- name: a\n  cluster: *c\n",
        "clusters:\n- &c\n  name: a\n  cluster:\n    server: https://1\n",
        "clusters: &c\n- name: a\n  cluster:\n    server: https://1\n",
        "--- &c\nclusters:\n- name: a\n  cluster:\n    server: https://1\n",
    ] {
        let error = edit(before, &[server(ONE)]).unwrap_err();
        assert!(
            matches!(error, EditError::Shared { .. }),
            "{error}\n{before}"
        );
    }
    // The same value is no change, shared or not.
    becomes(
        "x: &s https://1\nclusters:\n- name: a\n  cluster: {server: *s}\n",
        &[server("https://1")],
        "x: &s https://1\nclusters:\n- name: a\n  cluster: {server: *s}\n",
    );
    // A field of one's own beside a merge is one's own, and can be made.
    becomes(
        "x: &c {server: https://1}\nclusters:\n- name: a\n  cluster:\n    <<: *c\n",
        &[server(ONE)],
        "x: &c {server: https://1}\nclusters:\n- name: a\n  cluster:\n    <<: *c\n    server: https://10.0.0.1:16443\n",
    );
    becomes(
        "x: &c {server: https://1}\nclusters:\n- name: a\n  cluster:\n    <<: *c\n    server: https://2\n",
        &[server(ONE)],
        "x: &c {server: https://1}\nclusters:\n- name: a\n  cluster:\n    <<: *c\n    server: https://10.0.0.1:16443\n",
    );
    // kubectl lets a merge behind the field win.
    let merged_last = "x: &c {server: https://1}\nclusters:\n- name: a\n  cluster:\n    server: https://2\n    <<: *c\n";
    let document = Document::parse(merged_last).unwrap();
    assert_eq!(document.config().clusters[0].value.server, "https://1");
}

#[test]
fn current_context_has_its_place() {
    for (before, after) in [
        ("current-context: old # c\n", "current-context: new # c\n"),
        ("current-context: \"\"\n", "current-context: new\n"),
        ("current-context: \"old\"\n", "current-context: \"new\"\n"),
        (
            "current-context:\nkind: Config\n",
            "current-context: new\nkind: Config\n",
        ),
        (
            "apiVersion: v1\ncontexts:\n- name: x\n  # end\n# about kind\nkind: Config\n",
            "apiVersion: v1\ncontexts:\n- name: x\ncurrent-context: new\n  # end\n# about kind\nkind: Config\n",
        ),
        (
            "kind: Config\napiVersion: v1\n",
            "kind: Config\napiVersion: v1\ncurrent-context: new\n",
        ),
        ("apiVersion: v1", "apiVersion: v1\ncurrent-context: new"),
        (
            "{apiVersion: v1, kind: Config}",
            "{apiVersion: v1, current-context: new, kind: Config}",
        ),
        (
            "{\"kind\": \"Config\"}",
            "{\"current-context\": \"new\", \"kind\": \"Config\"}",
        ),
        (
            "",
            "apiVersion: v1\nclusters: null\ncontexts: null\ncurrent-context: new\nkind: Config\nusers: null\n",
        ),
        (
            "# mine",
            "# mine\napiVersion: v1\nclusters: null\ncontexts: null\ncurrent-context: new\nkind: Config\nusers: null\n",
        ),
        (
            "---\n",
            "---\napiVersion: v1\nclusters: null\ncontexts: null\ncurrent-context: new\nkind: Config\nusers: null\n",
        ),
        (
            "{}\n",
            "apiVersion: v1\nclusters: null\ncontexts: null\ncurrent-context: new\nkind: Config\nusers: null\n",
        ),
    ] {
        becomes(before, &[current("new")], after);
    }
}

#[test]
fn a_new_file_is_what_kubectl_writes() {
    let exec = Exec {
        command: "get-token".into(),
        args: vec!["--x".into()],
        env: vec![ExecEnv {
            name: "A".into(),
            value: "y".into(),
        }],
        api_version: Some("client.authentication.k8s.io/v1".into()),
        ..Exec::default()
    };
    let edits = [
        Edit::Insert {
            cluster: Named::new(
                "c",
                Cluster {
                    server: ONE.into(),
                    tls_server_name: Some("kubernetes.default.svc".into()),
                    certificate_authority_data: Some(b"CERT".to_vec()),
                    ..Cluster::default()
                },
            ),
            user: Named::new(
                "u",
                User {
                    exec: Some(exec),
                    ..User::default()
                },
            ),
            context: Named::new(
                "x",
                Context {
                    cluster: "c".into(),
                    user: "u".into(),
                    namespace: Some("n".into()),
                    ..Context::default()
                },
            ),
        },
        current("x"),
    ];
    let bytes = Document::empty().edit(&edits).unwrap();
    insta::assert_snapshot!(String::from_utf8(bytes).unwrap(), @r#"
    apiVersion: v1
    clusters:
    - cluster:
        certificate-authority-data: Q0VSVA==
        server: https://10.0.0.1:16443
        tls-server-name: kubernetes.default.svc
      name: c
    contexts:
    - context:
        cluster: c
        namespace: "n"
        user: u
      name: x
    current-context: x
    kind: Config
    users:
    - name: u
      user:
        exec:
          apiVersion: client.authentication.k8s.io/v1
          args:
          - --x
          command: get-token
          env:
          - name: A
            value: "y"
          provideClusterInfo: false
    "#);
}

#[test]
fn entries_are_indented_as_their_neighbours() {
    for (before, after) in [
        // kubectl's own style.
        (
            "clusters:\n- cluster:\n    server: s\n  name: a\n# tail\ncontexts: []\nusers: null # none\n",
            "clusters:\n- cluster:\n    server: s\n  name: a\n- cluster:\n    server: https://10.0.0.1:16443\n  name: b\n# tail\n\
          contexts:\n- context:\n    cluster: b\n    user: b\n  name: b\nusers: # none\n- name: b\n  user:\n    token: t0\n",
        ),
        // Indented, wide.
        (
            "clusters:\n    -   cluster:\n            server: s\n        name: a\ncontexts:\nusers:\n",
            "clusters:\n    -   cluster:\n            server: s\n        name: a\n    -   cluster:\n            server: https://10.0.0.1:16443\n        name: b\n\
          contexts:\n- context:\n    cluster: b\n    user: b\n  name: b\nusers:\n- name: b\n  user:\n    token: t0\n",
        ),
        // Keys on the line below the dash; no final newline.
        (
            "users: ~\ncontexts: []\nclusters:\n  -\n    name: a\n    cluster: {}",
            "users:\n- name: b\n  user:\n    token: t0\ncontexts:\n- context:\n    cluster: b\n    user: b\n  name: b\n\
          clusters:\n  -\n    name: a\n    cluster: {}\n  - cluster:\n      server: https://10.0.0.1:16443\n    name: b",
        ),
        // Missing keys.
        (
            "kind: Config\n",
            "clusters:\n- cluster:\n    server: https://10.0.0.1:16443\n  name: b\n\
          contexts:\n- context:\n    cluster: b\n    user: b\n  name: b\nkind: Config\nusers:\n- name: b\n  user:\n    token: t0\n",
        ),
        // Flow.
        (
            "{clusters: [{name: a, cluster: {server: s}}], contexts: [], users: null}\n",
            "{clusters: [{name: a, cluster: {server: s}}, {cluster: {server: https://10.0.0.1:16443}, name: b}], \
          contexts: [{context: {cluster: b, user: b}, name: b}], users: [{name: b, user: {token: t0}}]}\n",
        ),
        // JSON, one item per line.
        (
            "{\n  \"clusters\": [\n    {\"name\": \"a\"}\n  ],\n  \"contexts\": [],\n  \"users\": []\n}\n",
            "{\n  \"clusters\": [\n    {\"name\": \"a\"},\n    {\"cluster\": {\"server\": \"https://10.0.0.1:16443\"}, \"name\": \"b\"}\n  ],\n  \
          \"contexts\": [{\"context\": {\"cluster\": \"b\", \"user\": \"b\"}, \"name\": \"b\"}],\n  \
          \"users\": [{\"name\": \"b\", \"user\": {\"token\": \"t0\"}}]\n}\n",
        ),
    ] {
        becomes(before, &[insert("b")], after);
    }
}

#[test]
fn taken_names_are_refused_before_anything_is_planned() {
    let error = edit("users:\n- name: b\n", &[insert("b")]).unwrap_err();
    assert_eq!(
        error,
        EditError::Exists {
            kind: "user",
            name: "b".into()
        }
    );
    let error = edit("", &[server(ONE)]).unwrap_err();
    assert_eq!(error.to_string(), "cluster \"a\" is not in this file");
}

#[test]
fn any_name_survives() {
    for name in [
        "",
        " ",
        " a",
        "a ",
        "y",
        "null",
        "~",
        "1.5",
        "012",
        "0o7",
        "1_000",
        "2024-01-01",
        "12:30:45",
        "<<",
        "=",
        "a: b",
        "a #b",
        "#a",
        "- a",
        "-",
        "?",
        "*a",
        "&a",
        "!a",
        "|",
        ">",
        "%a",
        "@a",
        "`a`",
        "{a",
        "[a]",
        "a,b",
        "'q'",
        "\"q\"",
        "a'b",
        "back\\slash",
        "a\nb",
        "a\r\nb",
        "\t",
        "\0",
        "\u{1b}[31m",
        "\u{7f}",
        "\u{85}",
        "\u{a0}",
        "\u{ad}",
        "\u{2028}",
        "\u{2029}x",
        "\u{202e}",
        "\u{feff}",
        "\u{fffe}",
        "\u{ffff}",
        "é",
        "日本",
        "😀",
        "---",
        "...",
        "--- a",
        "a:",
        ":a",
        "::",
        "key: [",
        "\u{10ffff}",
        "arn:aws:eks:eu-1:1:cluster/x",
        "a/b@c",
    ] {
        for before in [
            "",
            "clusters: []\ncontexts: [{name: 'z'}]\nusers: [{\"name\": \"z\"}]\n",
            "{\"clusters\": [], \"contexts\": [], \"users\": []}",
        ] {
            let bytes = Document::parse(before)
                .unwrap()
                .edit(&[insert(name), current(name)])
                .unwrap_or_else(|error| panic!("{name:?}: {error}"));
            let document = Document::parse(bytes).unwrap();
            assert!(document.config().cluster(name).is_some(), "{name:?}");
            assert_eq!(document.config().current_context, name);
        }
    }
}

#[test]
fn wide_files_stay_wide() {
    let text = "clusters:\r\n- name: a\r\n  cluster:\r\n    server: https://1 # é😀\r\n";
    let after = "clusters:\r\n- name: a\r\n  cluster:\r\n    server: https://10.0.0.1:16443 # é😀\r\n    tls-server-name: k8s\r\n";
    let wide = |text: &str, unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
        std::iter::once(0xfeff)
            .chain(text.encode_utf16())
            .flat_map(unit)
            .collect()
    };
    for unit in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
        let document = Document::parse(wide(text, unit)).unwrap();
        assert_eq!(document.edit(&[]).unwrap(), wide(text, unit));
        assert_eq!(
            document.edit(&[server(ONE), tls("k8s")]).unwrap(),
            wide(after, unit)
        );
    }
    let marked = format!("\u{feff}{text}");
    becomes(
        &marked,
        &[server(ONE), tls("k8s")],
        &format!("\u{feff}{after}"),
    );
}

#[test]
fn many_edits_are_planned_on_one_tree() {
    let mut text = String::from("clusters:\n");
    let mut edits = Vec::new();
    for index in 0..300 {
        writeln!(text, "- name: c{index}\n  cluster:\n    server: https://1").unwrap();
        edits.push(Edit::SetServer {
            cluster: format!("c{index}"),
            server: format!("https://{index}.x"),
        });
    }
    let after = edit(&text, &edits).unwrap();
    assert!(after.contains("c299\n  cluster:\n    server: https://299.x\n"));
    assert_eq!(after.lines().count(), text.lines().count());
}

#[test]
fn what_cannot_be_edited_safely_is_left_alone() {
    for before in [
        "? clusters\n: - name: a\n    cluster: {server: https://1}\n    ? x\n    : y\n",
        "clusters:\n- name: a\n  cluster:\n    ? server\n    : https://1\n",
    ] {
        let result = edit(before, &[tls("k8s")]);
        if let Ok(after) = result {
            let document = Document::parse(after).unwrap();
            assert_eq!(
                document.config().clusters[0]
                    .value
                    .tls_server_name
                    .as_deref(),
                Some("k8s")
            );
        }
    }
    let error = edit(
        "clusters:\n- name: a\n  cluster:\n    server: !!binary aHR0cHM6Ly8x\n",
        &[server(ONE)],
    );
    assert!(
        matches!(error, Err(EditError::Unsupported { line: 4, .. })),
        "{error:?}"
    );
}
