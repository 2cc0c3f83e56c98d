//! What kubectl writes is accepted.

use kubeconfig::outline::Outline;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::agree;
use crate::mutate::Dice;

const NAMES: &[&str] = &[
    "a",
    "prod",
    "kind-kind",
    "gke_p_europe-west4_c",
    "arn:aws:eks:eu-west-1:1:cluster/x",
    "admin@k8s",
    "1",
    "0x1f",
    "yes",
    "null",
    "~",
    "it's",
    "x y",
    "a: b",
    "a #b",
    "#",
    "-",
    "- a",
    "-a",
    "--flag=x",
    " a",
    "a ",
    ":",
    "a:",
    ":a",
    "?",
    "? a",
    "[a]",
    "{a}",
    "a,b",
    "'a'",
    "*a",
    "&a",
    "!a",
    "%a",
    "@a",
    "`a`",
    "|",
    ">",
    "=",
    "<<",
    "<a>",
    "\\a",
    "a\\b",
    "~/x",
    "./x",
    "../x",
    "/a/b.crt",
    "C:\\a\\b",
    "https://10.0.0.1:6443",
    "https://[fd00::1]:6443",
    "socks5://u:p@h:1",
    "2024-01-01",
    "2024-01-01T00:00:00Z",
    "12:30",
    "1.5",
    "1.2.3",
    "1e3",
    ".5",
    "+1",
    "$HOME",
    "${X}",
    "(a)",
    "a|b",
    "a>b",
    "a&b",
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrIn0.c2ln-_",
    "{.credential.token}",
    "",
    "---",
    "...",
    "a...",
    "=a",
    ";",
    "^",
    "a%",
    "x'y\"z",
];

fn word(dice: &mut Dice) -> String {
    match dice.below(4) {
        0 => format!("{}{}", dice.pick(NAMES), dice.pick(NAMES)),
        1 => format!("c{}", dice.below(1000)),
        _ => (*dice.pick(NAMES)).to_owned(),
    }
}

fn data(dice: &mut Dice) -> Value {
    use base64::Engine as _;
    let bytes: Vec<u8> = (0..dice.below(90))
        .map(|_| u8::try_from(dice.below(256)).unwrap_or_default())
        .collect();
    base64::prelude::BASE64_STANDARD.encode(bytes).into()
}

fn anything(dice: &mut Dice, depth: usize) -> Value {
    match dice.below(if depth == 0 { 6 } else { 9 }) {
        0 => Value::Null,
        1 => (dice.below(2) == 0).into(),
        2 => dice.below(1_000_000).into(),
        3 => (f64::from(u16::try_from(dice.below(9999)).unwrap_or_default()) / 8.0).into(),
        4 | 5 => word(dice).into(),
        6 => (0..dice.below(3))
            .map(|_| anything(dice, depth - 1))
            .collect(),
        _ => map(dice, |dice| anything(dice, depth - 1)),
    }
}

fn map(dice: &mut Dice, value: impl Fn(&mut Dice) -> Value) -> Value {
    const KEYS: &[&str] = &[
        "a",
        "last-update",
        "y",
        "1",
        "client-id",
        "example.com/x",
        "A_b",
        "version",
        "null",
        "deep",
    ];
    let count = dice.below(4);
    (0..count)
        .map(|_| ((*dice.pick(KEYS)).to_owned(), value(dice)))
        .collect::<Map<_, _>>()
        .into()
}

fn words(dice: &mut Dice) -> Value {
    (0..dice.below(4)).map(|_| word(dice)).collect()
}

fn extensions(dice: &mut Dice) -> Value {
    (0..dice.below(3))
        .map(|number| json!({"name": format!("e{number}"), "extension": map(dice, |dice| anything(dice, 3))}))
        .collect()
}

/// A field's name and what makes a value for it.
type Maker<'a> = (&'a str, &'a dyn Fn(&mut Dice) -> Value);

/// Some of the fields, each one time out of two.
fn some(dice: &mut Dice, fields: &[Maker<'_>]) -> Value {
    let mut out = Map::new();
    for (name, value) in fields {
        if dice.below(2) == 0 {
            out.insert((*name).to_owned(), value(dice));
        }
    }
    out.into()
}

fn config(dice: &mut Dice) -> Value {
    let text: &dyn Fn(&mut Dice) -> Value = &|dice| word(dice).into();
    let flag: &dyn Fn(&mut Dice) -> Value = &|dice| (dice.below(2) == 0).into();
    let exec = |dice: &mut Dice| {
        let env: Value = (0..dice.below(3))
            .map(|_| json!({"name": word(dice), "value": word(dice)}))
            .collect();
        let rest: [Maker<'_>; 6] = [
            ("command", text),
            ("args", &words),
            ("env", &|_| env.clone()),
            ("apiVersion", &|_| "client.authentication.k8s.io/v1".into()),
            ("installHint", text),
            ("provideClusterInfo", flag),
        ];
        some(dice, &rest)
    };
    let provider = |dice: &mut Dice| json!({"name": word(dice), "config": map(dice, |dice| word(dice).into())});
    let list = |dice: &mut Dice, key: &str, fields: &[Maker<'_>]| {
        let mut entries = Map::new();
        for _ in 0..dice.below(9) {
            let value = some(dice, fields);
            entries.insert(word(dice), value);
        }
        entries
            .into_iter()
            .map(|(name, value)| json!({"name": name, key: value}))
            .collect::<Value>()
    };
    let clusters = list(
        dice,
        "cluster",
        &[
            ("server", text),
            ("tls-server-name", text),
            ("insecure-skip-tls-verify", flag),
            ("certificate-authority", text),
            ("certificate-authority-data", &data),
            ("proxy-url", text),
            ("disable-compression", flag),
            ("extensions", &extensions),
        ],
    );
    let users = list(
        dice,
        "user",
        &[
            ("client-certificate", text),
            ("client-certificate-data", &data),
            ("client-key", text),
            ("client-key-data", &data),
            ("token", text),
            ("tokenFile", text),
            ("as", text),
            ("as-uid", text),
            ("as-groups", &words),
            ("as-user-extra", &|dice| map(dice, words)),
            ("username", text),
            ("password", text),
            ("auth-provider", &provider),
            ("exec", &exec),
            ("extensions", &extensions),
        ],
    );
    let mut contexts = list(
        dice,
        "context",
        &[
            ("cluster", text),
            ("user", text),
            ("namespace", text),
            ("extensions", &extensions),
        ],
    );
    if let Some(contexts) = contexts.as_array_mut() {
        contexts.push(json!({"name": "chosen", "context": {}}));
    }
    json!({
        "kind": "Config", "apiVersion": "v1", "preferences": {"colors": dice.below(2) == 0, "extensions": extensions(dice)},
        "clusters": clusters, "users": users, "contexts": contexts, "extensions": extensions(dice),
    })
}

#[test]
fn what_kubectl_writes_is_accepted() {
    let kubectl = match testnode::kubectl::find() {
        Ok(kubectl) => kubectl,
        Err(error) => {
            println!("skipped: {error}");
            return;
        }
    };
    let count = std::env::var("BOWLINE_CONFIGS")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(8);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    let (mut accepted, mut written) = (0, 0);
    for seed in 0..count {
        let config = config(&mut Dice(seed));
        std::fs::write(&file, config.to_string()).unwrap();
        let output = kubectl
            .command(folder.path(), &file)
            .env("KUBERC", "off")
            .args(["config", "use-context", "chosen"])
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let text = String::from_utf8(std::fs::read(&file).unwrap()).unwrap();
        assert!(text.ends_with('\n') && !text.starts_with('{'));
        written += 1;
        if agree::check(text.as_bytes()) {
            accepted += 1;
        } else {
            println!("seed {seed}: {}", refused_line(&text));
        }
    }
    println!("{accepted} of {written} files accepted");
    assert!(accepted * 100 >= written * 99, "{accepted} of {written}");
}

/// The first line that is not understood, or what else is wrong.
fn refused_line(text: &str) -> &str {
    let mut end = 0;
    text.split_inclusive('\n')
        .find(|line| {
            end += line.len();
            Outline::of(&text.as_bytes()[..end]).is_none()
        })
        .unwrap_or("names")
}
