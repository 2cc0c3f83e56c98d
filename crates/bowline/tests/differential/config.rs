//! Random kubeconfigs: what they say.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::dice::Dice;

/// Names of entries. The first are chosen most often, so that files overlap and commands hit.
pub(crate) const NAMES: [&str; 20] = [
    "dev",
    "prod",
    "dev",
    "prod",
    "a.b",
    "10.0.0.1",
    "two words",
    "日本",
    "no",
    "y",
    "12",
    "0x1F",
    "1e3",
    "~",
    "a: b # c",
    "it's",
    "\"q\\",
    "[z]",
    "2024-01-01",
    "server",
];

/// Values of texts.
pub(crate) const WORDS: [&str; 14] = [
    "x",
    "https://10.0.0.1:6443",
    "https://[::1]:6443/k8s?a=b&c",
    "true",
    "off",
    "012",
    "1:30",
    "it's",
    "\"q\\",
    "a: b # c",
    "日本",
    "{z}",
    "two words",
    " <&> ",
];

const PATHS: [&str; 7] = [
    "certs/ca.crt",
    "./certs/../certs/ca.crt",
    "../outside.crt",
    "$DIR/certs/ca.crt",
    "/etc/missing.crt",
    "missing.crt",
    "empty.crt",
];

pub(crate) fn name(dice: &mut Dice) -> String {
    dice.pick(&NAMES).to_owned()
}

pub(crate) fn word(dice: &mut Dice) -> String {
    dice.pick(&WORDS).to_owned()
}

pub(crate) fn path(dice: &mut Dice) -> String {
    dice.pick(&PATHS).to_owned()
}

fn text(dice: &mut Dice) -> Value {
    word(dice).into()
}

fn file(dice: &mut Dice) -> Value {
    path(dice).into()
}

fn flag(dice: &mut Dice) -> Value {
    dice.once_in(2).into()
}

fn texts(dice: &mut Dice) -> Value {
    (0..dice.below(3)).map(|_| text(dice)).collect()
}

fn data(dice: &mut Dice) -> Value {
    let long = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB";
    dice.pick(&["Q0VSVA==", "S0VZ", long]).into()
}

fn extensions(dice: &mut Dice) -> Value {
    dice.cover("extensions");
    let mut names = vec!["e1", "e.2", "client.authentication.k8s.io/exec"];
    (0..dice.below(3))
        .map(|_| {
            let name = names.remove(dice.below(names.len()));
            let value = match dice.below(5) {
                0 => text(dice),
                1 => json!({"v": [1, null, {"k": "x"}], "w": {}, "a10": "x", "a2": 2.5}),
                2 => json!({"password": "hunter2", "when": "2024-01-01"}),
                3 => json!([]),
                _ => Value::Null,
            };
            json!({"name": name, "extension": value})
        })
        .collect()
}

struct Fields<'d>(&'d mut Dice, Map<String, Value>);

impl Fields<'_> {
    fn maybe(mut self, name: &str, bound: usize, value: impl FnOnce(&mut Dice) -> Value) -> Self {
        if self.0.produces(&format!("field {name}"), bound) {
            let value = value(self.0);
            self.1.insert(name.to_owned(), value);
        }
        self
    }

    fn done(self) -> Value {
        Value::Object(self.1)
    }
}

fn fields(dice: &mut Dice) -> Fields<'_> {
    Fields(dice, Map::new())
}

fn cluster(dice: &mut Dice) -> Value {
    fields(dice)
        .maybe("server", 1, text)
        .maybe("tls-server-name", 4, text)
        .maybe("insecure-skip-tls-verify", 4, flag)
        .maybe("certificate-authority", 4, file)
        .maybe("certificate-authority-data", 4, data)
        .maybe("proxy-url", 5, |dice| {
            dice.pick(&["http://u:p@proxy:3128", "socks5://x"]).into()
        })
        .maybe("disable-compression", 6, flag)
        .maybe("extensions", 5, extensions)
        .maybe("unknown", 8, text)
        .done()
}

fn exec(dice: &mut Dice) -> Value {
    fields(dice)
        .maybe("command", 1, |dice| {
            dice.pick(&["tool", "./auth", "../bin/auth", "/usr/bin/auth"])
                .into()
        })
        .maybe("args", 2, |dice| match dice.below(2) {
            0 => texts(dice),
            _ => json!(["--password", "hunter2", "-v"]),
        })
        .maybe("env", 3, |dice| match dice.below(2) {
            0 => json!([{"name": "A", "value": "1"}, {"name": "TOKEN", "value": "hunter2"}]),
            _ => json!([]),
        })
        .maybe("apiVersion", 1, |dice| {
            dice.pick(&[
                "client.authentication.k8s.io/v1beta1",
                "client.authentication.k8s.io/v1",
            ])
            .into()
        })
        .maybe("provideClusterInfo", 3, flag)
        .maybe("interactiveMode", 3, |_| "Never".into())
        .maybe("installHint", 5, |_| "first line\nsecond line".into())
        .done()
}

fn user(dice: &mut Dice) -> Value {
    fields(dice)
        .maybe("token", 2, text)
        .maybe("tokenFile", 6, file)
        .maybe("username", 5, text)
        .maybe("password", 5, text)
        .maybe("client-certificate", 5, file)
        .maybe("client-certificate-data", 5, data)
        .maybe("client-key", 5, file)
        .maybe("client-key-data", 5, data)
        .maybe("as", 6, text)
        .maybe("as-uid", 8, |_| "7".into())
        .maybe("as-groups", 6, texts)
        .maybe(
            "as-user-extra",
            8,
            |dice| json!({"k": texts(dice), "two words": ["v"]}),
        )
        .maybe(
            "auth-provider",
            6,
            |dice| json!({"name": "oidc", "config": {"client-secret": "cs", "idp": word(dice)}}),
        )
        .maybe("exec", 4, exec)
        .maybe("extensions", 6, extensions)
        .maybe("unknown", 8, texts)
        .done()
}

fn context(dice: &mut Dice) -> Value {
    fields(dice)
        .maybe("cluster", 1, |dice| name(dice).into())
        .maybe("user", 1, |dice| name(dice).into())
        .maybe("namespace", 2, text)
        .maybe("extensions", 6, extensions)
        .maybe("unknown", 8, text)
        .done()
}

fn list(dice: &mut Dice, body: &str, entry: impl Fn(&mut Dice) -> Value) -> Value {
    let mut names: Vec<String> = Vec::new();
    for _ in 0..dice.below(5) {
        let name = name(dice);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
        .into_iter()
        .map(|name| json!({"name": name, body: entry(dice)}))
        .collect()
}

/// A kubeconfig as a tree.
pub(crate) fn tree(dice: &mut Dice) -> Value {
    let mut top = Map::new();
    let mut put = |dice: &mut Dice, key: &str, leaves_out: usize, value: Value| {
        if dice.produces(&format!("without {key}"), leaves_out) {
            return;
        }
        top.insert(key.to_owned(), value);
    };
    put(dice, "apiVersion", 8, "v1".into());
    put(dice, "kind", 8, "Config".into());
    let clusters = list(dice, "cluster", cluster);
    put(dice, "clusters", 10, clusters);
    let users = list(dice, "user", user);
    put(dice, "users", 10, users);
    let contexts = list(dice, "context", context);
    let current = if let (Some(first), false) = (contexts[0]["name"].as_str(), dice.once_in(3)) {
        first.to_owned()
    } else {
        name(dice)
    };
    put(dice, "contexts", 10, contexts);
    put(dice, "current-context", 4, current.into());
    let preferences = fields(dice)
        .maybe("colors", 2, flag)
        .maybe("extensions", 3, extensions)
        .done();
    put(dice, "preferences", 2, preferences);
    if dice.once_in(6) {
        let extensions = extensions(dice);
        put(dice, "extensions", 10, extensions);
    }
    Value::Object(top)
}
