//! Fields that no client reads: mistyped ones, and those of a newer version.

use crate::config::List;
use crate::document::Document;
use crate::outline::schema;
use crate::outline::schema::Field;
use crate::outline::schema::Shape;
use crate::tree::Kind;
use crate::tree::NodeId;
use crate::tree::View;
use crate::tree::last;

/// More than anybody reads of one file.
const MOST: usize = 100;

/// A name that is no longer than this may be shown: what is longer is no name of a field.
const LONGEST: usize = 40;

/// A field that no client reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Its line.
    pub line: usize,
    /// Where it stands: the key of the list or mapping; empty at the top.
    pub of: &'static str,
    /// Its name, unless it may be a part of a secret.
    pub name: Option<String>,
    /// The field that was probably meant.
    pub meant: Option<&'static str>,
}

/// The fields of a file that client-go does not know (`tools/clientcmd/api/v1/types.go`). It passes over them
/// without a word, and drops them when it writes.
pub fn unknown_fields(document: &Document) -> Vec<Unknown> {
    let view = document.view();
    let mut found = Vec::new();
    if let Some(root) = view.root() {
        mapping(view, root, &schema::TOP, "", &mut found);
    }
    found
}

/// Those of one entry of a file.
pub fn unknown_in(document: &Document, list: List, name: &str) -> Vec<Unknown> {
    let config = document.config();
    let at = match list {
        List::Clusters => config.clusters.iter().position(|named| named.name == name),
        List::Users => config.users.iter().position(|named| named.name == name),
        List::Contexts => config.contexts.iter().position(|named| named.name == name),
    };
    let view = document.view();
    let item = || {
        let fields = view.fields(view.root()?).ok()?;
        let entries = view.resolved(last(&fields, list.key())?.value);
        match &view.node(entries).kind {
            Kind::Sequence { items, .. } => items.get(at?).copied(),
            _ => None,
        }
    };
    let mut found = Vec::new();
    if let Some(item) = item() {
        mapping(view, item, schema::entry(list), list.key(), &mut found);
    }
    found
}

fn mapping(
    view: View<'_>,
    node: NodeId,
    known: &'static [Field],
    of: &'static str,
    found: &mut Vec<Unknown>,
) {
    if !matches!(view.node(view.resolved(node)).kind, Kind::Mapping { .. }) {
        return;
    }
    let Ok(fields) = view.fields(node) else {
        return;
    };
    for field in fields {
        if found.len() >= MOST {
            return;
        }
        if let Some(row) = known.iter().find(|row| field.name == row.key) {
            value(view, field.value, &row.shape, row.key, found);
            continue;
        }
        // These two are read without regard to case (apimachinery `serializer/json/meta.go`).
        let is_header = of.is_empty()
            && ["apiVersion", "kind"]
                .iter()
                .any(|name| field.name.eq_ignore_ascii_case(name));
        if is_header || field.merged {
            continue;
        }
        let meant = known
            .iter()
            .map(|row| row.key)
            .find(|key| is_like(&field.name, key));
        let is_short = field.name.chars().count() <= LONGEST;
        // Beside a credential a stray word may be one.
        let is_public = meant.is_some() || !matches!(of, "user" | "env" | "auth-provider");
        found.push(Unknown {
            line: view.node(field.key).line,
            of,
            name: (is_short && is_public).then(|| field.name.into_owned()),
            meant,
        });
    }
}

fn value(
    view: View<'_>,
    node: NodeId,
    shape: &'static Shape,
    key: &'static str,
    found: &mut Vec<Unknown>,
) {
    let items = || match &view.node(view.resolved(node)).kind {
        Kind::Sequence { items, .. } => items.as_slice(),
        _ => &[],
    };
    match shape {
        Shape::Struct(known) => mapping(view, node, known, key, found),
        Shape::Entries(list) => {
            for item in items() {
                mapping(view, *item, schema::entry(*list), key, found);
            }
        }
        Shape::List(Shape::Struct(known)) => {
            for item in items() {
                mapping(view, *item, known, key, found);
            }
        }
        _ => {}
    }
}

/// Whether a name is a key spelt otherwise: other case, other or no dashes, or one letter wrong.
fn is_like(name: &str, key: &str) -> bool {
    let letters = |text: &str| -> Vec<char> {
        text.chars()
            .filter(|char| char.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .take(LONGEST)
            .collect()
    };
    let (name, key) = (letters(name), letters(key));
    if name == key {
        return true;
    }
    // Of two short words every one is like the other.
    if key.len() < 5 || name.len().abs_diff(key.len()) > 1 {
        return false;
    }
    let same = name.iter().zip(&key).take_while(|(a, b)| a == b).count();
    let rest = |text: &[char], from: usize| text.get(from..).unwrap_or_default().to_vec();
    let (n, k) = (name.as_slice(), key.as_slice());
    rest(n, same + 1) == rest(k, same + 1)
        || rest(n, same) == rest(k, same + 1)
        || rest(n, same + 1) == rest(k, same)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(usize, &'static str, Option<String>, Option<&'static str>)> {
        unknown_fields(&Document::parse(text).unwrap())
            .into_iter()
            .map(|unknown| (unknown.line, unknown.of, unknown.name, unknown.meant))
            .collect()
    }

    #[test]
    fn names_what_nobody_reads() {
        let text = "\
ApiVersion: v1
team: a
clusters:
- name: a
  cluster:
    server: https://a
    certificate_authority_data: eA==
    insecure-skip-tls-verifi: true
    extensions: [{name: x, extension: {any: thing}}]
users:
- name: a
  user:
    hunter2: x
    tokenfile: /t
    exec: {command: a, interactivemode: Never, env: [{name: a, hunter3: b}]}
    auth-provider: {name: oidc, config: {anything: goes}}
preferences: {colours: true}
";
        let name = |name: &str| Some(name.to_owned());
        let expected = [
            (2, "", name("team"), None),
            (
                7,
                "cluster",
                name("certificate_authority_data"),
                Some("certificate-authority-data"),
            ),
            (
                8,
                "cluster",
                name("insecure-skip-tls-verifi"),
                Some("insecure-skip-tls-verify"),
            ),
            (13, "user", None, None),
            (14, "user", name("tokenfile"), Some("tokenFile")),
            (15, "exec", name("interactivemode"), Some("interactiveMode")),
            (15, "env", None, None),
            (17, "preferences", name("colours"), Some("colors")),
        ];
        assert_eq!(found(text), expected);
    }

    #[test]
    fn of_one_entry() {
        let text = "clusters:\n- {name: a, cluster: {x: 1}}\n- name: b\n  team: 2\n  cluster: {server: 's', z: 3}\nusers: [{name: b, user: {x: 1}}]\n";
        let document = Document::parse(text).unwrap();
        let names = |list, name: &str| -> Vec<String> {
            let found = unknown_in(&document, list, name).into_iter();
            found.filter_map(|unknown| unknown.name).collect()
        };
        assert_eq!(names(List::Clusters, "b"), ["team", "z"]);
        assert_eq!(names(List::Clusters, "a"), ["x"]);
        assert_eq!(unknown_in(&document, List::Users, "b").len(), 1);
        assert!(unknown_in(&document, List::Users, "a").is_empty());
        assert!(unknown_in(&document, List::Contexts, "b").is_empty());
    }

    #[test]
    fn there_is_an_end() {
        let many: Vec<String> = (0..500).map(|i| format!("x{i}: 1")).collect();
        let many = many.join("\n");
        assert_eq!(found(&many).len(), MOST);
        assert_eq!(found(&format!("{}: 1\n", "x".repeat(60)))[0].2, None);
    }
}
