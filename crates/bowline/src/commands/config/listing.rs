//! `get-contexts`, `get-clusters`, `get-users` (kubectl `pkg/cmd/config/get_*.go`).

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use kubeconfig::redact::escape;
use operations::modify::ContextLine;
use serde_json::json;

use super::command::ContextsOutput;
use super::command::GetContexts;
use super::tabwriter;
use crate::output::structured;

/// A context by its name.
type Row<'a> = (&'a str, ContextLine<'a>);

/// Text for standard output, and what was asked for and is not there.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) text: String,
    pub(super) missing: Vec<String>,
}

/// Formats contexts; `rows` come sorted by name. `terminal`: names must not be able to drive it.
pub(super) fn contexts(
    rows: &BTreeMap<&str, ContextLine<'_>>,
    current: &str,
    wanted: &GetContexts,
    terminal: bool,
) -> Listed {
    let mut missing = Vec::new();
    let mut chosen: Vec<Row<'_>> = if wanted.names.is_empty() {
        rows.iter().map(|(name, line)| (*name, *line)).collect()
    } else {
        let find = |name: &String| {
            let row = rows.get_key_value(name.as_str());
            if row.is_none() {
                missing.push(format!("context {name} not found"));
            }
            row.map(|(name, line)| (*name, *line))
        };
        wanted.names.iter().filter_map(find).collect()
    };
    chosen.sort_by_key(|(name, _)| *name);
    let text = match wanted.output {
        ContextsOutput::Table => table(&chosen, current, !wanted.no_headers, terminal),
        ContextsOutput::Name => lines(chosen.iter().map(|(name, _)| *name), terminal),
        ContextsOutput::Json => structured::json(&value(&chosen, current)),
        ContextsOutput::Yaml => structured::yaml(&value(&chosen, current)),
    };
    Listed { text, missing }
}

/// Formats the names of clusters or users.
pub(super) fn names(names: &BTreeSet<&str>, terminal: bool) -> String {
    format!("NAME\n{}", lines(names.iter().copied(), terminal))
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

fn table(rows: &[Row<'_>], current: &str, headers: bool, terminal: bool) -> String {
    let mut text = String::with_capacity(rows.len() * 64);
    if headers {
        text.push_str("CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n");
    }
    for (name, line) in rows {
        text.push_str(if *name == current { "*" } else { "" });
        for cell in [name, line.cluster, line.user, line.namespace] {
            text.push('\t');
            if terminal {
                text.push_str(&escape(cell));
            } else {
                text.push_str(cell);
            }
        }
        text.push('\n');
    }
    tabwriter::align(&text)
}

fn value(rows: &[Row<'_>], current: &str) -> serde_json::Value {
    let contexts: Vec<_> = rows
        .iter()
        .map(|(name, line)| {
            let namespace = Some(line.namespace).filter(|name| !name.is_empty());
            json!({
                "name": name,
                "current": *name == current,
                "cluster": line.cluster,
                "user": line.user,
                "namespace": namespace,
                "file": line.file.to_string_lossy(),
            })
        })
        .collect();
    json!({ "schema": 1, "contexts": contexts })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row<'a>(name: &'a str, cluster: &'a str, user: &'a str, namespace: &'a str) -> Row<'a> {
        let line = ContextLine {
            file: std::path::Path::new("f"),
            cluster,
            user,
            namespace,
        };
        (name, line)
    }

    fn shown(rows: &[Row<'_>], wanted: &GetContexts) -> Listed {
        let rows = rows.iter().copied().collect();
        contexts(&rows, "dev", wanted, true)
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
        CURRENT···NAME·········CLUSTER···AUTHINFO···NAMESPACE
        ··········a\x1b[31mb···c·········u··········n
        *·········dev··········dev-c·····dev-u······team-a
        ··········日本語··········c·········u··········
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
