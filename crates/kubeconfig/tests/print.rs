//! What we print is what kubectl prints, to the byte.
//!
//! Random configs full of texts that YAML makes hard go to a plain kubectl in our writing, many
//! at a time, and must come back the same. Says so where there is no kubectl.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "helpers of tests"
)]

use std::collections::BTreeMap;

use kubeconfig::AuthProvider;
use kubeconfig::Cluster;
use kubeconfig::Config;
use kubeconfig::Context;
use kubeconfig::Document;
use kubeconfig::Edit;
use kubeconfig::Exec;
use kubeconfig::ExecEnv;
use kubeconfig::Extensions;
use kubeconfig::Named;
use kubeconfig::Preferences;
use kubeconfig::Secret;
use kubeconfig::User;
use kubeconfig::print;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::Value;
use testnode::kubectl::Kubectl;

/// Texts that a YAML 1.1 reader takes for something else, or nearly.
const WORDS: [&str; 52] = [
    "y",
    "no",
    "On",
    "OFF",
    "true",
    "null",
    "~",
    "",
    "012",
    "08",
    "0o17",
    "0o8",
    "0x1F",
    "0b1",
    "0b+1",
    "1_000",
    "1e3",
    "1e999",
    "433e40",
    ".5",
    ".5_0",
    "._5",
    "1.",
    "+1",
    "-1",
    ".inf",
    "-.INF",
    ".nan",
    "12:30:45",
    "1:60",
    "190:20:30.15",
    "2024-01-01",
    "2024-13-01",
    "2024-1-1T1:2:3Z",
    "2024-01-01 00:00:00",
    "=",
    "<",
    "-",
    "?",
    ":",
    "---",
    "...",
    "--- a",
    "%a",
    "@a",
    "`a",
    "-a",
    "?a",
    ":a",
    "a:",
    "10.0.0.1",
    "https://[fd00::1]:6443",
];

const PIECES: [&str; 46] = [
    " ", " ", "  ", "\n", "\n", "\n\n", "\n ", " \n", "#", " #", ": ", ":", "- ", "-", "'", "\"",
    "\\", "\t", "\r", "\r\n", "\u{1}", "\u{7}", "\u{8}", "\u{c}", "\u{1b}", "\0", "\u{a0}",
    "\u{ad}", "\u{feff}", "\u{2028}", "\u{2029}", "\u{200b}", "\u{301}", "é", "日本", "😀", "{",
    "[", ",", "&", "*", "!", "|", ">", "<", "%",
];

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(PIECES.as_slice()).prop_map(str::to_owned),
        "[a-zA-Z]{1,6}",
    ];
    prop::collection::vec(piece, 1..9).prop_map(|pieces| pieces.concat())
}

/// Longer than a line, so that it may be folded.
fn long() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        8 => "[a-z0-9]{1,14}",
        1 => Just("it's".to_owned()),
        1 => Just("\u{1}".to_owned()),
        1 => Just("😀".to_owned()),
        1 => Just("\"".to_owned()),
        1 => Just("日本".to_owned()),
        1 => Just("x:".to_owned()),
        1 => Just("\n".to_owned()),
        1 => Just("\u{2028}".to_owned()),
    ];
    let blank = prop::sample::select([" ", " ", " ", " ", "  ", "   "].as_slice());
    prop::collection::vec((word, blank), 10..40).prop_map(|words| {
        words
            .into_iter()
            .flat_map(|(word, blank)| [word, blank.to_owned()])
            .collect()
    })
}

/// What kubectl cannot print: it fails on these, and makes a blank of U+0085.
fn is_printed(char: char) -> bool {
    !matches!(char, '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}')
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => pieces(),
        2 => prop::sample::select(WORDS.as_slice()).prop_map(str::to_owned),
        2 => long(),
        1 => any::<String>(),
        2 => "[a-z][a-z0-9.-]{0,12}",
    ]
    .prop_map(|text| text.chars().filter(|char| is_printed(*char)).collect())
}

fn some_text() -> impl Strategy<Value = Option<String>> {
    prop::option::weighted(0.3, text().prop_filter("absent", |text| !text.is_empty()))
}

fn secret() -> impl Strategy<Value = Option<Secret>> {
    some_text().prop_map(|text| text.map(Secret::from))
}

fn bytes() -> impl Strategy<Value = Option<Vec<u8>>> {
    prop::option::weighted(0.3, prop::collection::vec(any::<u8>(), 1..150))
}

/// Keys whose order kubectl always agrees on with itself: a letter behind a digit breaks it.
fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-zA-Z_.-]{1,6}[0-9]{0,4}",
        1 => "[0-9]{1,4}",
        2 => pieces(),
        1 => long().prop_map(|text| text.replace(|char: char| char.is_ascii_digit(), "x")),
        1 => Just(String::new()),
    ]
}

fn dictionary<T: std::fmt::Debug>(
    value: impl Strategy<Value = T>,
) -> impl Strategy<Value = BTreeMap<String, T>> {
    prop::collection::btree_map(key(), value, 0..4)
}

fn number() -> impl Strategy<Value = Value> {
    let float = prop_oneof![
        prop::num::f64::NORMAL,
        any::<i32>().prop_map(|value| f64::from(value) / 8.0),
        (-30_i32..30, 1_u8..100)
            .prop_map(|(exponent, value)| f64::from(value) * 10_f64.powi(exponent)),
    ];
    prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i8>().prop_map(Value::from),
        float.prop_map(Value::from),
    ]
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number(),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            dictionary(inner).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

fn extensions() -> impl Strategy<Value = Extensions> {
    prop_oneof![
        3 => Just(Extensions::default()),
        1 => prop::collection::btree_map(text(), json(), 1..3).prop_map(Extensions),
    ]
}

fn cluster() -> impl Strategy<Value = Cluster> {
    (
        (text(), some_text(), any::<bool>(), some_text()),
        (bytes(), some_text(), any::<bool>(), extensions()),
    )
        .prop_map(|(one, two)| Cluster {
            server: one.0,
            tls_server_name: one.1,
            insecure_skip_tls_verify: one.2,
            certificate_authority: one.3,
            certificate_authority_data: two.0,
            proxy_url: two.1,
            disable_compression: two.2,
            extensions: two.3,
        })
}

fn context() -> impl Strategy<Value = Context> {
    (text(), text(), some_text(), extensions()).prop_map(
        |(cluster, user, namespace, extensions)| Context {
            cluster,
            user,
            namespace,
            extensions,
        },
    )
}

fn exec() -> impl Strategy<Value = Exec> {
    let versions = [None, Some("v1alpha1"), Some("v1beta1"), Some("v1")];
    let variable = (text(), text()).prop_map(|(name, value)| ExecEnv {
        name,
        value: Secret::from(value),
    });
    (
        (
            text(),
            prop::collection::vec(text().prop_map(Secret::from), 0..4),
        ),
        prop::collection::vec(variable, 0..3),
        prop::sample::select(versions.to_vec()),
        (some_text(), any::<bool>(), some_text()),
    )
        .prop_map(|((command, args), env, version, rest)| Exec {
            command,
            args,
            env,
            api_version: version.map(|version| format!("client.authentication.k8s.io/{version}")),
            install_hint: rest.0,
            provide_cluster_info: rest.1,
            interactive_mode: rest.2,
        })
}

fn user() -> impl Strategy<Value = User> {
    let provider = (text(), dictionary(text().prop_map(Secret::from)))
        .prop_map(|(name, config)| AuthProvider { name, config });
    (
        (some_text(), bytes(), some_text(), bytes()),
        (secret(), some_text(), some_text(), some_text()),
        (
            prop::collection::vec(text(), 0..3),
            dictionary(prop::collection::vec(text(), 1..3)),
            some_text(),
            secret(),
        ),
        (
            prop::option::of(provider),
            prop::option::of(exec()),
            extensions(),
        ),
    )
        .prop_map(|(one, two, three, four)| User {
            client_certificate: one.0,
            client_certificate_data: one.1,
            client_key: one.2,
            client_key_data: one.3.map(Secret::new),
            token: two.0,
            token_file: two.1,
            as_user: two.2,
            as_uid: two.3,
            as_groups: three.0,
            as_user_extra: three.1,
            username: three.2,
            password: three.3,
            auth_provider: four.0,
            exec: four.1,
            extensions: four.2,
        })
}

fn named<T: std::fmt::Debug>(
    value: impl Strategy<Value = T>,
    size: usize,
) -> impl Strategy<Value = Vec<Named<T>>> {
    // What the map keeps is unique; the order of a file is any.
    prop::collection::hash_map(text(), value, 0..size).prop_map(|map| {
        map.into_iter()
            .map(|(name, value)| Named::new(name, value))
            .collect()
    })
}

fn config(size: usize) -> impl Strategy<Value = Config> {
    (
        (
            named(cluster(), size),
            named(user(), size),
            named(context(), size),
        ),
        (text(), any::<bool>(), extensions(), extensions()),
    )
        .prop_map(|(lists, rest)| Config {
            clusters: lists.0,
            users: lists.1,
            contexts: lists.2,
            current_context: rest.0,
            preferences: Preferences {
                colors: rest.1,
                extensions: rest.2,
            },
            extensions: rest.3,
        })
}

/// What `kubectl config view --raw` prints for a file, without the empty `preferences` that
/// kubectl 1.33 and older add.
fn view(kubectl: &Kubectl, folder: &std::path::Path, file: &str, format: &str) -> String {
    let path = folder.join("config");
    std::fs::write(&path, file).unwrap();
    let output = kubectl
        .command(folder, &path)
        .args(["config", "view", "--raw", "-o", format])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}\n{file}");
    String::from_utf8(output.stdout)
        .unwrap()
        .replace("\npreferences: {}\n", "\n")
        .replace("\n    \"preferences\": {},\n", "\n")
}

/// Says where two texts part, which may be far inside.
fn compare(ours: &str, theirs: &str) -> Result<(), TestCaseError> {
    let at = ours.lines().zip(theirs.lines()).position(|(a, b)| a != b);
    if ours == theirs {
        return Ok(());
    }
    let part = |text: &str| {
        let from = at.unwrap_or_default().saturating_sub(4);
        let lines: Vec<_> = text.lines().skip(from).take(9).map(str::to_owned).collect();
        lines
    };
    let message = format!(
        "line {at:?}\nours: {:#?}\ntheirs: {:#?}",
        part(ours),
        part(theirs)
    );
    Err(TestCaseError::fail(message))
}

#[test]
fn kubectl_prints_the_same() {
    let kubectl = match testnode::kubectl::find() {
        Ok(kubectl) => kubectl,
        Err(error) => {
            println!("skipped: {error}");
            return;
        }
    };
    let folder = tempfile::tempdir().unwrap();
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 12,
        max_shrink_iters: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let result = runner.run(&config(110), |mut config| {
        if kubectl.version < (1, 33) {
            // Older ones lose these when they merge files, even one.
            let extensions = &mut config.preferences.extensions.0;
            extensions.retain(|_, value| !value.is_null());
        }
        let yaml = print::yaml(&config);
        compare(&yaml, &view(&kubectl, folder.path(), &yaml, "yaml"))?;
        compare(
            &print::json(&config),
            &view(&kubectl, folder.path(), &yaml, "json"),
        )
    });
    if let Err(error) = result {
        // The whole config is too much to read.
        let text = error.to_string();
        panic!("{}", text.get(..4000).unwrap_or(&text));
    }
}

const LAYOUTS: [&str; 5] = [
    "clusters:\n- cluster: {server: x}\n  name: a\nusers:\n- name: a\n  user: {}\ncontexts:\n- name: a\n",
    "clusters:\n    -   name: a\n        cluster:\n            server: x\nusers: []\ncontexts:\n    - name: a\n      context:\n         cluster: x\n",
    "clusters: null\nusers:\n  - user:\n        token: x\n    name: a",
    "{\"clusters\": [{\"name\": \"a\"}], \"users\": null, \"contexts\": []}\n",
    "",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_new_file_means_what_was_printed(config in config(4)) {
        for written in [print::new_file(&config), print::kyaml(&config), print::json(&config)] {
            let again = Document::parse(written).unwrap();
            compare(&print::json(&config), &print::json(again.config()))?;
        }
    }

    #[test]
    fn new_entries_stand_in_any_layout(
        layout in prop::sample::select(LAYOUTS.as_slice()),
        newline in prop::sample::select(["\n", "\r\n", "\r"].as_slice()),
        (cluster, user, context) in (cluster(), user(), context()),
        name in text(),
    ) {
        prop_assume!(name != "a");
        let document = Document::parse(layout.replace('\n', newline)).unwrap();
        // Reading makes one of several spellings of a number.
        let new = Config {
            clusters: vec![Named::new(name.clone(), cluster)],
            users: vec![Named::new(name.clone(), user)],
            contexts: vec![Named::new(name, context)],
            ..Config::default()
        };
        let new = Document::parse(print::new_file(&new)).unwrap().config().clone();
        let insert = Edit::Insert {
            cluster: new.clusters[0].clone(),
            user: new.users[0].clone(),
            context: new.contexts[0].clone(),
        };
        let edited = document.edit(&[insert]).unwrap();
        let mut expected = document.config().clone();
        expected.clusters.extend(new.clusters);
        expected.users.extend(new.users);
        expected.contexts.extend(new.contexts);
        let after = Document::parse(edited).unwrap();
        compare(&print::json(after.config()), &print::json(&expected))?;
    }
}
