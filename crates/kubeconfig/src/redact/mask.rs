//! A kubeconfig's text with its secrets taken out.

use std::collections::HashSet;
use std::ops::Range;

use super::escape;
use super::rules::is_secret_name;
use super::url;
use crate::encoding::Source;
use crate::error::ParseError;
use crate::tree::Kind;
use crate::tree::NodeId;
use crate::tree::Tree;
use crate::tree::View;

/// A parsed text and which of its nodes must not be seen.
pub(super) struct Masked {
    source: Source,
    tree: Tree,
    secret: Vec<bool>,
}

impl Masked {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let source = Source::decode(bytes.to_vec()).map_err(|unreadable| unreadable.error)?;
        let tree = Tree::parse(source.text())?;
        let secret = secrets(View::new(source.text(), &tree));
        Ok(Self {
            source,
            tree,
            secret,
        })
    }

    fn view(&self) -> View<'_> {
        View::new(self.source.text(), &self.tree)
    }

    fn values(&self) -> HashSet<&str> {
        let view = self.view();
        let nodes = view
            .nodes()
            .filter(|(id, _)| self.secret.get(*id) == Some(&true));
        nodes.filter_map(|(id, _)| view.raw(id)).collect()
    }

    /// The text to show, beside `other`; `label` stands for what `other` does not have.
    pub(super) fn render(&self, other: &Self, label: &str) -> String {
        let shared = other.values();
        let view = self.view();
        let mut holes: Vec<(Range<usize>, String)> = Vec::new();
        for (id, node) in view.nodes() {
            let (Kind::Scalar { .. }, Some(raw)) = (&node.kind, view.raw(id)) else {
                continue;
            };
            if node.span.is_empty() {
                continue;
            }
            if self.secret.get(id) == Some(&true) {
                let label = if shared.contains(raw) {
                    "REDACTED"
                } else {
                    label
                };
                holes.push((node.span.clone(), label.to_owned()));
            } else if raw.contains(['@', '?']) && url(raw) != raw {
                holes.push((node.span.clone(), url(raw).into_owned()));
            }
        }
        // Nodes come in the order of the text, except that nothing promises it.
        holes.sort_by_key(|(range, _)| range.start);
        let text = view.text();
        let end = view.tree().end().min(text.len());
        let mut shown = String::with_capacity(text.len());
        let mut from = 0;
        for (range, hole) in holes {
            shown.push_str(text.get(from..range.start).unwrap_or_default());
            shown.push_str(&hole);
            let written = text.get(range.clone()).unwrap_or_default();
            from = range.start + written.trim_end_matches(['\n', '\r']).len();
        }
        shown.push_str(text.get(from..end).unwrap_or_default());
        let mut out = String::with_capacity(shown.len());
        lines(&shown, &mut out, hide_comment);
        // No field of a second document is known to be harmless.
        lines(
            text.get(end..).unwrap_or_default(),
            &mut out,
            |line| match line.trim() {
                "" | "---" | "..." => escape(line).into_owned(),
                comment if comment.starts_with('#') => hide_comment(line),
                _ => "(behind the first document: not shown)".to_owned(),
            },
        );
        out
    }
}

/// Runs `show` over each line; all line breaks become `\n`, and a missing one stays missing.
fn lines(text: &str, out: &mut String, show: impl Fn(&str) -> String) {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    for line in text.split_inclusive('\n') {
        let content = line.strip_suffix('\n').unwrap_or(line);
        // Tabs cannot drive a terminal, and JSON is often indented with them.
        let shown: Vec<_> = show(content)
            .split('\t')
            .map(|part| escape(part).into_owned())
            .collect();
        out.push_str(&shown.join("\t"));
        out.push_str(if content.len() < line.len() { "\n" } else { "" });
    }
}

/// People comment out whole entries, secrets included.
fn hide_comment(line: &str) -> String {
    let bytes = line.as_bytes();
    let hash = bytes.iter().enumerate().position(|(at, byte)| {
        *byte == b'#' && (at == 0 || matches!(bytes.get(at - 1), Some(b' ' | b'\t')))
    });
    let Some(hash) = hash else {
        return line.to_owned();
    };
    let comment = line.get(hash..).unwrap_or_default();
    let lower = comment.to_ascii_lowercase();
    let word = ["token", "passw", "secret", "-data", "key"]
        .iter()
        .any(|word| lower.contains(word));
    // Long words are base64, wherever they come from.
    let opaque = comment
        .split_whitespace()
        .any(|word| word.len() >= 32 && !word.contains("://"));
    if word || opaque || (comment.contains("://") && comment.contains('@')) {
        return format!("{}# REDACTED", line.get(..hash).unwrap_or_default());
    }
    line.to_owned()
}

fn secrets(view: View<'_>) -> Vec<bool> {
    let mut secret = vec![false; view.nodes().count()];
    for (_, node) in view.nodes() {
        let Kind::Mapping { entries, .. } = &node.kind else {
            continue;
        };
        for &(key, value) in entries {
            match view.raw(key).unwrap_or_default() {
                "auth-provider" => below(view, value, "config", &mut secret),
                "exec" => {
                    below(view, value, "args", &mut secret);
                    below(view, value, "env", &mut secret);
                }
                name if name.ends_with("-data") || is_secret_name(name) => {
                    mark(view, value, &mut secret);
                }
                _ => {}
            }
        }
    }
    secret
}

/// Marks what is under one key of a mapping, however often the key occurs. Of `env` only what is
/// not a name.
fn below(view: View<'_>, mapping: NodeId, name: &str, secret: &mut [bool]) {
    let fields = view.fields(mapping).unwrap_or_default();
    for field in fields.iter().filter(|field| field.name == name) {
        match &view.node(view.resolved(field.value)).kind {
            Kind::Sequence { items, .. } if name == "env" => {
                for item in items {
                    match view.fields(*item) {
                        Ok(parts) => parts
                            .iter()
                            .filter(|part| part.name != "name")
                            .for_each(|part| mark(view, part.value, secret)),
                        Err(_) => mark(view, *item, secret),
                    }
                }
            }
            _ => mark(view, field.value, secret),
        }
    }
}

fn mark(view: View<'_>, node: NodeId, secret: &mut [bool]) {
    let mut waiting = vec![node];
    while let Some(id) = waiting.pop() {
        let id = view.resolved(id);
        match secret.get_mut(id) {
            Some(marked) if !*marked => *marked = true,
            _ => continue,
        }
        match &view.node(id).kind {
            Kind::Sequence { items, .. } => waiting.extend(items),
            Kind::Mapping { entries, .. } => {
                waiting.extend(entries.iter().map(|(_, value)| *value));
            }
            _ => {}
        }
    }
}
