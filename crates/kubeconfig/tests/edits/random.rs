//! Random kubeconfigs in random layouts, from a seed.
//!
//! Comments between entries say `keep`; what is in an entry says `in-` and the entry's list and
//! index, unknown fields too.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

/// A generator of numbers (xorshift64*): a seed is all that a failure has to name.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).unwrap() % bound
    }

    /// True once in `bound` times.
    pub(crate) fn once_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    pub(crate) fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }
}

pub(crate) const NAMES: [&str; 7] = ["a", "b-c", "d@e", "it's", "12", "no", "a: b # c"];

const WORDS: [&str; 10] = [
    "x",
    "https://10.0.0.1:6443",
    "true",
    "1e3",
    "it's",
    "\"q\\",
    "a: b # c",
    "日本",
    "[z]",
    "two words",
];

fn word(random: &mut Random) -> Value {
    random.pick(&WORDS).into()
}

fn words(random: &mut Random) -> Value {
    (0..random.below(4)).map(|_| word(random)).collect()
}

fn extensions(random: &mut Random) -> Value {
    let mut names = vec!["e1", "e2", "e3"];
    let mut items = Vec::new();
    for _ in 0..random.below(3) {
        let name = names.remove(random.below(names.len()));
        let value = match random.below(3) {
            0 => word(random),
            1 => json!({"v": [1, null, {"k": "x"}], "w": {}}),
            _ => Value::Null,
        };
        items.push(json!({"name": name, "extension": value}));
    }
    Value::Array(items)
}

struct Fields<'r> {
    random: &'r mut Random,
    fields: Vec<(String, Value)>,
}

impl Fields<'_> {
    fn maybe(mut self, name: &str, value: impl FnOnce(&mut Random) -> Value) -> Self {
        if self.random.once_in(3) {
            let value = value(self.random);
            let at = self.random.below(self.fields.len() + 1);
            self.fields.insert(at, (name.to_owned(), value));
        }
        self
    }

    fn done(self) -> Value {
        Value::Object(self.fields.into_iter().collect())
    }
}

fn fields(random: &mut Random) -> Fields<'_> {
    Fields {
        random,
        fields: Vec::new(),
    }
}

fn flag(random: &mut Random) -> Value {
    random.once_in(2).into()
}

fn cluster(random: &mut Random) -> Value {
    fields(random)
        .maybe("server", word)
        .maybe("server", word)
        .maybe("tls-server-name", word)
        .maybe("insecure-skip-tls-verify", flag)
        .maybe("certificate-authority", word)
        .maybe("certificate-authority-data", |_| "Q0VSVA==".into())
        .maybe("proxy-url", word)
        .maybe("extensions", extensions)
        .done()
}

fn user(random: &mut Random) -> Value {
    fields(random)
        .maybe("token", word)
        .maybe("username", word)
        .maybe("client-key-data", |_| "S0VZ".into())
        .maybe("as", word)
        .maybe("as-groups", words)
        .maybe("as-user-extra", |random| {
            fields(random).maybe("k", words).maybe("l m", words).done()
        })
        .maybe("auth-provider", |random| {
            fields(random)
                .maybe("name", word)
                .maybe("config", |random| {
                    fields(random).maybe("k", word).maybe("l", word).done()
                })
                .done()
        })
        .maybe("exec", |random| {
            fields(random)
                .maybe("command", word)
                .maybe("args", words)
                .maybe("env", |random| {
                    let variable = |random: &mut Random| json!({"name": random.pick(&WORDS), "value": random.pick(&WORDS)});
                    (0..random.below(4)).map(|_| variable(random)).collect()
                })
                .maybe("apiVersion", |_| "client.authentication.k8s.io/v1beta1".into())
                .maybe("provideClusterInfo", flag)
                .maybe("interactiveMode", |_| "Never".into())
                .done()
        })
        .maybe("extensions", extensions)
        .done()
}

fn context(random: &mut Random) -> Value {
    fields(random)
        .maybe("cluster", |random| random.pick(&NAMES).into())
        .maybe("user", |random| random.pick(&NAMES).into())
        .maybe("namespace", word)
        .maybe("extensions", extensions)
        .done()
}

fn list(
    random: &mut Random,
    list: &str,
    body: &str,
    entry: impl Fn(&mut Random) -> Value,
) -> Value {
    let mut names = NAMES.to_vec();
    let mut items = Vec::new();
    for index in 0..random.below(5) {
        let name = names.remove(random.below(names.len()));
        let mut value = entry(random);
        if let Value::Object(fields) = &mut value
            && random.once_in(2)
        {
            fields.insert("unknown".into(), format!("in-{list}-{index}").into());
        }
        let mut item = Map::new();
        item.insert(body.into(), value);
        item.insert("name".into(), name.into());
        items.push(Value::Object(item));
    }
    Value::Array(items)
}

fn tree(random: &mut Random) -> Value {
    let mut top = vec![
        ("apiVersion", json!("v1")),
        ("kind", json!("Config")),
        ("clusters", list(random, "clusters", "cluster", cluster)),
        ("users", list(random, "users", "user", user)),
        ("contexts", list(random, "contexts", "context", context)),
        ("current-context", random.pick(&NAMES).into()),
        ("extensions", extensions(random)),
        (
            "preferences",
            fields(random)
                .maybe("colors", flag)
                .maybe("extensions", extensions)
                .done(),
        ),
    ];
    let mut out = Map::new();
    while !top.is_empty() {
        let (key, value) = top.remove(random.below(top.len()));
        if !random.once_in(5) {
            out.insert(key.into(), value);
        }
    }
    Value::Object(out)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Block,
    Flow,
    Json,
}

struct Writer<'r> {
    random: &'r mut Random,
    out: String,
    newline: &'static str,
    comments: bool,
    step: usize,
    indented: bool,
    pretty: bool,
    count: usize,
    /// What comments say.
    inside: String,
}

/// Writes a random file; the text, and its bytes in a random encoding.
pub(crate) fn file(seed: u64) -> (String, Vec<u8>) {
    let mut random = Random::new(seed);
    let tree = tree(&mut random);
    let style = random.pick(&[
        Style::Block,
        Style::Block,
        Style::Block,
        Style::Flow,
        Style::Json,
    ]);
    let newline = random.pick(&["\n", "\n", "\n", "\r\n", "\r"]);
    let encoding = random.below(8);
    let mut writer = Writer {
        comments: style != Style::Json && random.once_in(2),
        step: 1 + random.below(4),
        indented: random.once_in(2),
        pretty: random.once_in(2),
        random: &mut random,
        out: String::new(),
        newline,
        count: 0,
        inside: "keep".into(),
    };
    if style == Style::Block {
        writer.comment_line(0);
        writer.block(&tree, 0, true);
    } else {
        writer.flow(&tree, style, 0);
        writer.out += newline;
    }
    let mut text = writer.out;
    if random.once_in(4) {
        let length = text.trim_end_matches(['\n', '\r']).len();
        text.truncate(length);
    }
    let wide = |unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
        std::iter::once(0xfeff)
            .chain(text.encode_utf16())
            .flat_map(unit)
            .collect()
    };
    let bytes = match encoding {
        0 => wide(u16::to_le_bytes),
        1 => wide(u16::to_be_bytes),
        2 => format!("\u{feff}{text}").into_bytes(),
        _ => text.clone().into_bytes(),
    };
    (text, bytes)
}

/// The text of bytes in any of the encodings.
pub(crate) fn text(bytes: &[u8]) -> String {
    let wide = |unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes
            .chunks(2)
            .skip(1)
            .map(|pair| unit([pair[0], pair[1]]))
            .collect();
        String::from_utf16(&units).unwrap()
    };
    match bytes {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).unwrap(),
        _ => String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

impl Writer<'_> {
    fn comment(&mut self) -> String {
        self.count += 1;
        format!("# {} {}.", self.inside, self.count)
    }

    fn comment_line(&mut self, indent: usize) {
        if self.comments && self.random.once_in(3) {
            let indent = self.random.pick(&[0, indent]);
            let comment = self.comment();
            self.out += &[&" ".repeat(indent), &comment, self.newline].concat();
        }
        if self.comments && self.random.once_in(8) {
            self.out += self.newline;
        }
    }

    fn end_line(&mut self) {
        if self.comments && self.random.once_in(3) {
            let comment = self.comment();
            self.out += &[" ", &comment].concat();
        }
        self.out += self.newline;
    }

    fn block(&mut self, value: &Value, indent: usize, first_indented: bool) {
        for (index, (key, value)) in self.shuffled(value).into_iter().enumerate() {
            if index > 0 {
                self.comment_line(indent);
            }
            let top = indent == 0 && first_indented;
            if top && !["clusters", "users", "contexts"].contains(&key) {
                self.inside = "any".into();
            }
            if index > 0 || first_indented {
                self.out += &" ".repeat(indent);
            }
            let key_text = self.scalar(key, Style::Block);
            self.out += &[&key_text, ":"].concat();
            self.field(key, value, indent);
            if top {
                self.inside = "keep".into();
            }
        }
    }

    fn shuffled<'v>(&mut self, value: &'v Value) -> Vec<(&'v str, &'v Value)> {
        let mut fields: Vec<_> = value.as_object().unwrap().iter().collect();
        let mut out = Vec::new();
        while !fields.is_empty() {
            let (key, value) = fields.remove(self.random.below(fields.len()));
            out.push((key.as_str(), value));
        }
        out
    }

    fn field(&mut self, key: &str, value: &Value, indent: usize) {
        match value {
            Value::Array(items) if !items.is_empty() && !self.random.once_in(5) => {
                self.end_line();
                let top = ["clusters", "users", "contexts"].contains(&key) && indent == 0;
                let pad = indent + if self.indented { self.step } else { 0 };
                for (index, item) in items.iter().enumerate() {
                    self.comment_line(pad);
                    if top {
                        self.inside = format!("in-{key}-{index}");
                    }
                    self.item(item, pad);
                    if top {
                        self.inside = "keep".into();
                    }
                }
            }
            Value::Object(fields) if !fields.is_empty() && !self.random.once_in(4) => {
                self.end_line();
                self.comment_line(indent + self.step);
                self.block(value, indent + self.step, true);
            }
            Value::String(text)
                if !text.is_empty() && key != "apiVersion" && self.random.once_in(12) =>
            {
                let header = self.random.pick(&[" |-", " >-"]);
                let indent = " ".repeat(indent + self.step);
                self.out += &[header, self.newline, &indent, text, self.newline].concat();
            }
            Value::Null if self.random.once_in(2) => self.end_line(),
            value => {
                self.out += " ";
                self.flow(value, Style::Flow, indent + self.step);
                self.end_line();
            }
        }
    }

    fn item(&mut self, item: &Value, pad: usize) {
        self.out += &" ".repeat(pad);
        self.out += "-";
        match item {
            Value::Object(fields) if !fields.is_empty() && !self.random.once_in(4) => {
                if self.random.once_in(6) {
                    self.end_line();
                    self.block(item, pad + 2, true);
                } else {
                    self.out += " ";
                    self.block(item, pad + 2, false);
                }
            }
            item => {
                self.out += " ";
                self.flow(item, Style::Flow, pad + 2);
                self.end_line();
            }
        }
    }

    fn flow(&mut self, value: &Value, style: Style, indent: usize) {
        let (open, close, count) = match value {
            Value::Array(items) => ('[', ']', items.len()),
            Value::Object(fields) => ('{', '}', fields.len()),
            Value::String(text) => {
                let text = self.scalar(text, style);
                self.out += &text;
                return;
            }
            value => {
                self.out += &value.to_string();
                return;
            }
        };
        let items: Vec<(Option<&str>, &Value)> = match value {
            Value::Array(items) => items.iter().map(|item| (None, item)).collect(),
            value => self
                .shuffled(value)
                .into_iter()
                .map(|(key, value)| (Some(key), value))
                .collect(),
        };
        let outside = self.inside.clone();
        if outside == "keep" {
            self.inside = "any".into();
        }
        let lines = self.pretty && count > 0 && !self.random.once_in(4);
        let inner = indent + self.step;
        self.out.push(open);
        for (index, (key, value)) in items.into_iter().enumerate() {
            if lines {
                if index == 0 {
                    self.out += self.newline;
                } else {
                    self.end_line_in(style);
                }
                self.out += &" ".repeat(inner);
            } else if index > 0 && self.random.once_in(2) {
                self.out += " ";
            }
            if let Some(key) = key {
                let key = self.scalar(key, style);
                self.out += &[&key, ": "].concat();
            }
            self.flow(value, style, inner);
            if index + 1 < count || (style == Style::Flow && self.random.once_in(6)) {
                self.out += ",";
            }
        }
        if lines {
            self.out += self.newline;
            self.out += &" ".repeat(indent);
        }
        self.out.push(close);
        self.inside = outside;
    }

    fn end_line_in(&mut self, style: Style) {
        if style == Style::Json {
            self.out += self.newline;
        } else {
            self.end_line();
        }
    }

    fn scalar(&mut self, text: &str, style: Style) -> String {
        let safe = text.starts_with(|char: char| char.is_ascii_alphabetic())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-./".contains(&byte))
            && !["true", "no", "y", "n"].contains(&text);
        match (style, self.random.below(4)) {
            (Style::Block | Style::Flow, 0 | 1) if safe => text.to_owned(),
            (Style::Block | Style::Flow, 2) => format!("'{}'", text.replace('\'', "''")),
            _ => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
        }
    }
}
