//! `get-contexts`, `get-clusters`, `get-users` (kubectl `pkg/cmd/config/get_*.go`).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use kubeconfig::redact::escape;
use operations::modify::Located;
use serde_json::json;

use super::command::ContextsOutput;
use super::command::GetContexts;

/// What is listed of a context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) cluster: String,
    pub(super) user: String,
    pub(super) namespace: String,
    pub(super) file: String,
}

/// Text for standard output, and what was asked for and is not there.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) text: String,
    pub(super) missing: Vec<String>,
}

/// Formats contexts; `rows` come sorted by name. `terminal`: names must not be able to drive it.
pub(super) fn contexts(
    rows: &BTreeMap<&str, Row>,
    current: &str,
    wanted: &GetContexts,
    terminal: bool,
) -> Listed {
    let mut missing = Vec::new();
    let mut chosen: Vec<&Row> = if wanted.names.is_empty() {
        rows.values().collect()
    } else {
        let find = |name: &String| {
            let row = rows.get(name.as_str());
            if row.is_none() {
                missing.push(format!("context {name} not found"));
            }
            row
        };
        wanted.names.iter().filter_map(find).collect()
    };
    chosen.sort_by(|a, b| a.name.cmp(&b.name));
    let text = match wanted.output {
        ContextsOutput::Table => table(&chosen, current, !wanted.no_headers),
        ContextsOutput::Name => lines(chosen.iter().map(|row| row.name.as_str()), terminal),
        ContextsOutput::Json => {
            serde_json::to_string_pretty(&value(&chosen, current)).unwrap_or_default() + "\n"
        }
        ContextsOutput::Yaml => crate::output::yaml::yaml(&value(&chosen, current)),
    };
    Listed { text, missing }
}

/// Formats the names of clusters or users.
pub(super) fn names<T>(map: &BTreeMap<String, Located<T>>, terminal: bool) -> String {
    format!("NAME\n{}", lines(map.keys().map(String::as_str), terminal))
}

fn lines<'a>(names: impl Iterator<Item = &'a str>, terminal: bool) -> String {
    let mut text = String::new();
    for name in names {
        if terminal {
            text.push_str(&escape(name));
        } else {
            text.push_str(name);
        }
        text.push('\n');
    }
    text
}

/// As Go's `text/tabwriter` does with the settings of kubectl: three blanks between columns that are
/// at least six wide, counted in characters; the last column is not filled.
fn table(rows: &[&Row], current: &str, headers: bool) -> String {
    const HEADERS: [&str; 5] = ["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"];
    const LEAST: usize = 6;
    const BETWEEN: usize = 3;
    let mut cells: Vec<[std::borrow::Cow<'_, str>; 5]> = Vec::with_capacity(rows.len() + 1);
    if headers {
        cells.push(HEADERS.map(Into::into));
    }
    for row in rows {
        let marker = if row.name == current { "*" } else { "" };
        cells.push([
            marker.into(),
            escaped(&row.name),
            escaped(&row.cluster),
            escaped(&row.user),
            escaped(&row.namespace),
        ]);
    }
    let mut widths = [LEAST; 4];
    for row in &cells {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count() + BETWEEN);
        }
    }
    let mut text = String::with_capacity(cells.len() * widths.iter().sum::<usize>());
    for [first, second, third, fourth, last] in &cells {
        for (cell, width) in [first, second, third, fourth].into_iter().zip(widths) {
            // Writing to a string cannot fail.
            let _ = write!(text, "{cell:width$}");
        }
        text.push_str(last);
        text.push('\n');
    }
    text
}

fn escaped(text: &str) -> std::borrow::Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        text.into()
    } else {
        escape(text).into()
    }
}

fn value(rows: &[&Row], current: &str) -> serde_json::Value {
    let contexts: Vec<_> = rows
        .iter()
        .map(|row| {
            let namespace = Some(&row.namespace).filter(|name| !name.is_empty());
            json!({
                "name": row.name,
                "current": row.name == current,
                "cluster": row.cluster,
                "user": row.user,
                "namespace": namespace,
                "file": row.file,
            })
        })
        .collect();
    json!({ "schema": 1, "contexts": contexts })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, cluster: &str, user: &str, namespace: &str) -> Row {
        Row {
            name: name.into(),
            cluster: cluster.into(),
            user: user.into(),
            namespace: namespace.into(),
            file: "f".into(),
        }
    }

    fn shown(rows: &[Row], wanted: &GetContexts) -> Listed {
        let rows = rows.iter().map(|row| (row.name.as_str(), row.clone())).collect();
        contexts(&rows, "dev", wanted, false)
    }

    fn all(no_headers: bool) -> GetContexts {
        GetContexts {
            names: vec![],
            output: ContextsOutput::Table,
            no_headers,
        }
    }

    #[test]
    fn columns_are_kubectls() {
        let rows = [
            row("dev", "dev-c", "dev-u", "team-a"),
            row("日本語", "c", "u", ""),
            row("a\u{1b}[31mb", "c", "u", "n"),
        ];
        insta::assert_snapshot!(shown(&rows, &all(false)).text.replace(' ', "·"), @r"
        CURRENT···NAME···········CLUSTER···AUTHINFO···NAMESPACE
        ··········a\u{1b}[31mb···c·········u··········n
        *·········dev············dev-c·····dev-u······team-a
        ··········日本語············c·········u··········
        ");
        insta::assert_snapshot!(shown(&rows[..1], &all(true)).text.replace(' ', "·"), @"*·····dev···dev-c···dev-u···team-a");
    }

    #[test]
    fn missing_names_are_told_after_the_table() {
        let wanted = GetContexts {
            names: vec!["nope".into(), "dev".into(), "dev".into()],
            output: ContextsOutput::Name,
            no_headers: false,
        };
        let listed = shown(&[row("dev", "", "", "")], &wanted);
        assert_eq!(listed.text, "dev\ndev\n");
        assert_eq!(listed.missing, ["context nope not found"]);
    }
}
