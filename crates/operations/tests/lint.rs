//! Whatever is a kubeconfig can be linted: no panic, no secret, nothing that drives a terminal, the same twice.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "the helpers of tests fail like tests"
)]

use std::path::Path;

use operations::lint::Present;
use operations::lint::Report;
use operations::lint::Request;
use operations::lint::Source;
use operations::lint::lint;
use proptest::prelude::*;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

const SECRET: &str = "hunter2";

/// Texts that people, programs and attackers write.
const TEXTS: [&str; 36] = [
    "",
    "a",
    "b",
    "microk8s-cluster",
    "admin",
    "-x",
    "--",
    "~",
    "~/",
    "~/x",
    "~root/x",
    ".",
    "..",
    "/",
    "/nowhere/at/all",
    "./x",
    "{name}",
    "{file}{value}",
    "{",
    "\u{1b}[31m",
    "\u{202e}x",
    "a b\nc",
    "'; true '",
    "https://10.0.0.1:6443",
    "https://vm.mshome.net",
    "https://vm.mshome.net.:16443/api/v1",
    "http://[::1]:8080/",
    "http://10.0.0.1",
    "https://none:16443",
    "10.0.0.1:6443",
    "https://[fe80::1%25eth0]:1",
    "https://a:99999",
    "ftp://a",
    "//",
    "client.authentication.k8s.io/v1",
    "gcp",
];

/// Values that must never be seen.
const SECRETS: [&str; 3] = [
    SECRET,
    "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJodW50ZXIyIiwiZXhwIjoxfQ.aHVudGVyMg",
    "e30.eyJleHAiOjk5OTk5OTk5OTk5OTk5OTk5OTl9.x",
];

/// Base64 of things that are no certificates, and of nearly one.
const DATA: [&str; 4] = [
    "",
    "aHVudGVyMg==",
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1BPT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=",
    "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1BPT0KLS0tLS1FTkQgUFJJVkFURSBLRVktLS0tLQo=",
];

fn text() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => prop::sample::select(&TEXTS[..]).prop_map(|text| json!(text)),
        1 => "\\PC{0,12}".prop_map(|text| json!(text)),
    ]
}

fn secret() -> impl Strategy<Value = Value> {
    prop::sample::select(&SECRETS[..]).prop_map(|text| json!(text))
}

fn data() -> impl Strategy<Value = Value> {
    prop::sample::select(&DATA[..]).prop_map(|text| json!(text))
}

/// A mapping with some of these fields.
fn some(fields: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    let fields: Vec<_> = fields
        .into_iter()
        .map(|(name, value)| {
            prop::option::weighted(0.4, value.prop_map(move |value| (name, value)))
        })
        .collect();
    fields
        .prop_map(|fields| {
            let fields = fields.into_iter().flatten();
            let map: Map<String, Value> = fields
                .map(|(name, value)| (name.to_owned(), value))
                .collect();
            Value::Object(map)
        })
        .boxed()
}

fn cluster() -> BoxedStrategy<Value> {
    some(vec![
        ("server", text().boxed()),
        ("tls-server-name", text().boxed()),
        (
            "insecure-skip-tls-verify",
            any::<bool>().prop_map(|on| json!(on)).boxed(),
        ),
        ("certificate-authority", text().boxed()),
        ("certificate-authority-data", data().boxed()),
        ("proxy-url", text().boxed()),
        ("certificate_authority", text().boxed()),
    ])
}

fn user() -> BoxedStrategy<Value> {
    let exec = some(vec![
        ("command", text().boxed()),
        ("apiVersion", text().boxed()),
        ("interactiveMode", text().boxed()),
        ("installHint", text().boxed()),
        ("args", secret().prop_map(|secret| json!([secret])).boxed()),
    ]);
    some(vec![
        ("client-certificate", text().boxed()),
        ("client-certificate-data", data().boxed()),
        ("client-key", text().boxed()),
        ("client-key-data", data().boxed()),
        ("token", secret().boxed()),
        ("tokenFile", text().boxed()),
        ("username", text().boxed()),
        ("password", secret().boxed()),
        ("exec", exec),
        ("auth-provider", some(vec![("name", text().boxed())])),
        (SECRET, secret().boxed()),
    ])
}

fn context() -> BoxedStrategy<Value> {
    some(vec![("cluster", text().boxed()), ("user", text().boxed())])
}

fn list(body: &'static str, value: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    prop::collection::btree_map(text().prop_map(|name| name.to_string()), value, 0..6)
        .prop_map(move |entries| {
            let entries = entries.into_iter().map(|(name, value)| {
                let name: Value = serde_json::from_str(&name).unwrap();
                json!({ "name": name, body: value })
            });
            entries.collect()
        })
        .boxed()
}

fn kubeconfig() -> impl Strategy<Value = Value> {
    some(vec![
        ("clusters", list("cluster", cluster())),
        ("users", list("user", user())),
        ("contexts", list("context", context())),
        ("current-context", text().boxed()),
        ("team", text().boxed()),
    ])
}

fn look(sources: &[(String, String)], list: Option<Vec<&str>>) -> Report {
    let source = |(path, text): &(String, String)| Source {
        path: path.into(),
        bytes: Some(text.clone().into_bytes()),
    };
    let request = Request {
        chain: sources.iter().map(source).collect(),
        alone: sources.iter().map(source).collect(),
        list: list.map(|list| list.into_iter().map(Into::into).collect()),
    };
    let present = Present {
        now: 1_800_000_000,
        horizon: i64::MAX,
        home: Some(Path::new("/nowhere")),
        find_program: &|name| (name == "a").then(|| "/bin/sh".into()),
    };
    lint(request, &present)
}

proptest! {
    #[test]
    fn every_kubeconfig_can_be_linted(
        one in kubeconfig(),
        two in kubeconfig(),
        path in prop::sample::select(&TEXTS[..]),
        list in prop::option::of(prop::collection::vec(prop::sample::select(&TEXTS[..]), 0..4)),
    ) {
        let sources = [(path.to_owned(), one.to_string()), ("/nowhere/b".to_owned(), two.to_string())];
        let report = look(&sources, list.clone());
        for finding in &report.findings {
            let shown = format!("{} {} {:?}", finding.evidence, finding.remedy, finding.line);
            prop_assert!(!shown.contains(SECRET) && !shown.contains("aHVudGVyMg"), "{finding:#?}");
            prop_assert!(!shown.contains(['\u{1b}', '\u{202e}', '\n']), "{finding:#?}");
            prop_assert!(finding.remedy.len() > 5, "{finding:#?}");
        }
        prop_assert_eq!(report, look(&sources, list));
    }

    /// Cut off and damaged ones, too: what is refused is a finding.
    #[test]
    fn damaged_kubeconfigs_can_be_linted(one in kubeconfig(), at in 0_usize..2000, byte in any::<char>()) {
        let text: Vec<char> = one.to_string().chars().collect();
        let at = at % text.len().max(1);
        let mut damaged = text.clone();
        damaged.splice(at..(at + 1).min(text.len()), [byte]);
        for text in [&damaged[..], &text[..at]] {
            let text: String = text.iter().collect();
            look(&[("/nowhere/a".to_owned(), text)], None);
        }
    }
}
