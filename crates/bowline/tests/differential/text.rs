//! Random kubeconfigs: how they are written.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::dice::Dice;

/// Files that no tree gives.
pub(crate) const SPECIAL: [(&str, &str); 12] = [
    ("empty file", ""),
    ("comments only", "# nothing\n"),
    (
        "merge key",
        "x: &base\n  server: https://base\n  tls-server-name: n\nclusters:\n- name: dev\n  cluster:\n    <<: *base\n    tls-server-name: own\n- name: prod\n  cluster: {server: 'https://p'}\n",
    ),
    (
        "second document",
        "current-context: dev\ncontexts:\n- name: dev\n  context: {cluster: dev, user: dev}\n---\ncurrent-context: prod\n",
    ),
    (
        "duplicate key",
        "current-context: prod\nclusters:\n- name: dev\n  cluster: {server: one, server: two}\ncurrent-context: dev\ncontexts: [{name: dev, context: {user: dev}}]\n",
    ),
    (
        "duplicate name",
        "users:\n- name: dev\n  user: {token: hunter2}\n- name: dev\n  user: {password: hunter2}\n",
    ),
    ("broken flow", "clusters: [\n"),
    ("broken indent", "clusters:\n- name: a\n\tcluster: {}\n"),
    ("wrong kind", "kind: Secret\napiVersion: v1\n"),
    (
        "wrong type",
        "contexts:\n- name: dev\n  context: {user: y}\n",
    ),
    (
        "wrong base64",
        "clusters:\n- name: dev\n  cluster: {certificate-authority-data: \"Q0E\"}\n",
    ),
    (
        "nameless and null entries",
        "contexts:\n- context: {cluster: dev}\n- name: dev\nusers:\n- name: prod\n  user: null\nclusters: null\n",
    ),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Block,
    Flow,
    Json,
}

struct Writer<'d> {
    dice: &'d mut Dice,
    out: String,
    comments: bool,
    anchors: bool,
    step: usize,
    /// How far the items of a list stand behind its key.
    list_step: usize,
    pretty: bool,
    /// What anchors stand for.
    known: BTreeMap<String, String>,
}

/// The bytes of a file that means the tree, or once in a while means something else.
pub(crate) fn file(dice: &mut Dice, tree: &Value) -> Vec<u8> {
    if dice.once_in(14) {
        let (production, text) = SPECIAL[dice.below(SPECIAL.len())];
        dice.cover(production);
        return text.as_bytes().to_vec();
    }
    let style = match dice.production(&["block", "block", "block", "flow", "json"]) {
        "block" => Style::Block,
        "flow" => Style::Flow,
        _ => Style::Json,
    };
    let yaml = style != Style::Json;
    let step = 2 + 2 * dice.below(2);
    let mut writer = Writer {
        comments: yaml && dice.produces("comments", 2),
        anchors: yaml && dice.produces("anchors", 4),
        step,
        list_step: if dice.once_in(2) { step } else { 0 },
        pretty: dice.produces("several lines in flow", 2),
        dice,
        out: String::new(),
        known: BTreeMap::new(),
    };
    if style == Style::Block && tree.as_object().is_some_and(|tree| !tree.is_empty()) {
        if writer.dice.produces("document marker", 8) {
            writer.out += "---\n";
        }
        writer.block(tree, 0, true);
    } else {
        writer.flow(tree, style, 0);
        writer.out += "\n";
    }
    let Writer { dice, mut out, .. } = writer;
    if dice.produces("no final newline", 8) {
        out.truncate(out.trim_end().len());
    }
    if dice.produces("crlf", 12) {
        out = out.replace('\n', "\r\n");
    }
    if !out.contains("$DIR") && dice.produces("utf-16", 20) {
        let wide = std::iter::once(0xfeff).chain(out.encode_utf16());
        return wide.flat_map(u16::to_le_bytes).collect();
    }
    if dice.produces("byte order mark", 25) {
        out.insert(0, '\u{feff}');
    }
    out.into_bytes()
}

impl Writer<'_> {
    fn comment_line(&mut self, indent: usize) {
        if self.comments && self.dice.once_in(4) {
            let indent = if self.dice.once_in(3) { 0 } else { indent };
            self.out += &format!("{}# it's: a \"comment\"\n", " ".repeat(indent));
        }
        if self.comments && self.dice.once_in(10) {
            self.out += "\n";
        }
    }

    fn end_line(&mut self) {
        if self.comments && self.dice.once_in(5) {
            self.out += " # why";
        }
        self.out += "\n";
    }

    fn shuffled<'v>(&mut self, value: &'v Value) -> Vec<(&'v str, &'v Value)> {
        let mut fields: Vec<_> = value.as_object().unwrap().iter().collect();
        let mut out = Vec::new();
        while !fields.is_empty() {
            let (key, value) = fields.remove(self.dice.below(fields.len()));
            out.push((key.as_str(), value));
        }
        out
    }

    fn block(&mut self, value: &Value, indent: usize, first_indented: bool) {
        for (index, (key, value)) in self.shuffled(value).into_iter().enumerate() {
            if index > 0 {
                self.comment_line(indent);
            }
            if index > 0 || first_indented {
                self.out += &" ".repeat(indent);
            }
            let key = self.quoted(key, Style::Block);
            self.out += &format!("{key}:");
            self.field(value, indent);
        }
    }

    fn field(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Array(items) if !items.is_empty() && !self.dice.once_in(8) => {
                self.end_line();
                let pad = indent + self.list_step;
                for item in items {
                    self.comment_line(pad);
                    self.item(item, pad);
                }
            }
            Value::Object(fields) if !fields.is_empty() && !self.dice.once_in(6) => {
                if self.anchors && self.dice.once_in(10) {
                    let anchor = self.anchor(value.to_string());
                    self.out += &format!(" &{anchor}");
                }
                self.end_line();
                self.block(value, indent + self.step, true);
            }
            Value::String(text)
                if !text.is_empty()
                    && !text.starts_with(' ')
                    && !text.contains('\n')
                    && self.dice.produces("block scalar", 15) =>
            {
                let pad = " ".repeat(indent + self.step);
                self.out += &format!(" {}\n{pad}{text}\n", self.dice.pick(&["|-", ">-"]));
            }
            Value::Null if self.dice.once_in(2) => self.end_line(),
            value => {
                self.out += " ";
                self.flow(value, Style::Flow, indent + self.step);
                self.end_line();
            }
        }
    }

    fn item(&mut self, item: &Value, pad: usize) {
        self.out += &" ".repeat(pad);
        self.out += "- ";
        match item {
            Value::Object(fields) if !fields.is_empty() && !self.dice.once_in(6) => {
                self.block(item, pad + 2, false);
            }
            item => {
                self.flow(item, Style::Flow, pad + 2);
                self.end_line();
            }
        }
    }

    fn flow(&mut self, value: &Value, style: Style, indent: usize) {
        if style != Style::Json && self.anchors && !value.is_null() {
            let key = value.to_string();
            if let Some(anchor) = self.known.get(&key)
                && self.dice.below(3) > 0
            {
                self.out += &format!("*{anchor} ");
                return;
            }
            if self.dice.once_in(12) {
                let anchor = self.anchor(key);
                self.out += &format!("&{anchor} ");
            }
        }
        let (open, close, items): (_, _, Vec<(Option<&str>, &Value)>) = match value {
            Value::Array(items) => ('[', ']', items.iter().map(|item| (None, item)).collect()),
            Value::Object(_) => {
                let fields = self.shuffled(value).into_iter();
                (
                    '{',
                    '}',
                    fields.map(|(key, value)| (Some(key), value)).collect(),
                )
            }
            Value::String(text) => {
                let text = self.quoted(text, style);
                self.out += &text;
                return;
            }
            value => {
                self.out += &value.to_string();
                return;
            }
        };
        let count = items.len();
        let lines = self.pretty && count > 0 && !self.dice.once_in(4);
        self.out.push(open);
        for (index, (key, value)) in items.into_iter().enumerate() {
            if lines {
                if index > 0 && style == Style::Flow {
                    self.end_line();
                } else {
                    self.out += "\n";
                }
                self.out += &" ".repeat(indent + 2);
            } else if index > 0 && self.dice.once_in(2) {
                self.out += " ";
            }
            if let Some(key) = key {
                let key = self.quoted(key, style);
                self.out += &format!("{key}: ");
            }
            self.flow(value, style, indent + 2);
            if index + 1 < count || (style == Style::Flow && self.dice.produces("last comma", 8)) {
                self.out += ",";
            }
        }
        if lines {
            self.out += "\n";
            self.out += &" ".repeat(indent);
        }
        self.out.push(close);
    }

    fn anchor(&mut self, key: String) -> String {
        self.dice.cover("anchor");
        let anchor = format!("a{}", self.known.len());
        self.known.insert(key, anchor.clone());
        anchor
    }

    fn quoted(&mut self, text: &str, style: Style) -> String {
        let plain = text.starts_with(|char: char| char.is_alphabetic())
            && text
                .chars()
                .all(|char| char.is_alphanumeric() || "-./".contains(char))
            && !["true", "no", "y", "off"].contains(&text);
        let single = !text.contains('\n');
        match (style, self.dice.below(4)) {
            (Style::Block | Style::Flow, 0 | 1) if plain => text.to_owned(),
            (Style::Block | Style::Flow, 2) if single => {
                format!("'{}'", text.replace('\'', "''"))
            }
            _ => serde_json::to_string(text).unwrap(),
        }
    }
}
