//! What holds for every file: random configs in random layouts, and random bytes.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use kubeconfig::Cluster;
use kubeconfig::Context;
use kubeconfig::Document;
use kubeconfig::Edit;
use kubeconfig::List;
use kubeconfig::Named;
use kubeconfig::Secret;
use kubeconfig::User;
use proptest::prelude::*;

#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent habits of writers"
)]
struct Layout {
    indented: bool,
    step: usize,
    name_first: bool,
    flow_bodies: bool,
    quote: u8,
    comments: bool,
    newline: &'static str,
    final_newline: bool,
    wide: u8,
    lists: Vec<usize>,
    json: bool,
}

fn layout() -> impl Strategy<Value = Layout> {
    (
        (
            any::<bool>(),
            1_usize..5,
            any::<bool>(),
            any::<bool>(),
            0_u8..3,
            any::<bool>(),
        ),
        (
            prop_oneof![Just("\n"), Just("\r\n"), Just("\r")],
            any::<bool>(),
            0_u8..4,
        ),
        Just(vec![0, 1, 2, 3]).prop_shuffle(),
        prop::bool::weighted(0.2),
    )
        .prop_map(
            |(
                (indented, step, name_first, flow_bodies, quote, comments),
                (newline, final_newline, wide),
                lists,
                json,
            )| {
                Layout {
                    indented,
                    step,
                    name_first,
                    flow_bodies,
                    quote,
                    comments,
                    newline,
                    final_newline,
                    wide,
                    lists,
                    json,
                }
            },
        )
}

/// Names and values as they occur, and some that need care.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z][a-z0-9.-]{0,12}",
        "[a-z]{1,4}@[a-z]{1,4}",
        Just("it's".to_owned()),
        Just("123".to_owned()),
        Just("no".to_owned()),
        Just("a: b # c".to_owned()),
        Just("日本 é".to_owned()),
        Just("\"x\\".to_owned()),
    ]
}

fn entries() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::btree_map(word(), word(), 1..5).prop_map(|map| map.into_iter().collect())
}

impl Layout {
    fn scalar(&self, text: &str) -> String {
        let safe = text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || b".-@/:".contains(&byte))
            && text != "no"
            && text != "n"
            && text != "y"
            && text != "on"
            && !text.ends_with(':');
        match self.quote {
            _ if self.json => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
            0 if safe => text.to_owned(),
            1 => format!("'{}'", text.replace('\'', "''")),
            _ => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
        }
    }

    fn list(
        &self,
        out: &mut Vec<String>,
        list: &str,
        body: &str,
        entries: &[(String, Vec<(&str, String)>)],
    ) {
        let pad = if self.indented {
            " ".repeat(self.step)
        } else {
            String::new()
        };
        let comment = |text: &str| {
            if self.comments {
                format!(" # {text}")
            } else {
                String::new()
            }
        };
        out.push(format!("{list}:{}", comment("the list")));
        for (name, fields) in entries {
            if self.comments {
                out.push(format!("{pad}# before"));
                out.push(String::new());
            }
            let mut lines = vec![format!("name: {}{}", self.scalar(name), comment("named"))];
            let fields: Vec<_> = fields
                .iter()
                .map(|(key, value)| format!("{key}: {}", self.scalar(value)))
                .collect();
            let body_lines = if self.flow_bodies {
                vec![format!(
                    "{body}: {{ {} }}{}",
                    fields.join(", "),
                    comment("flow")
                )]
            } else {
                let inner = " ".repeat(self.step);
                let fields = fields
                    .iter()
                    .map(|field| format!("{inner}{field}{}", comment("it's a \"field\"")));
                std::iter::once(format!("{body}:")).chain(fields).collect()
            };
            let at = usize::from(self.name_first);
            lines.splice(at..at, body_lines);
            for (index, line) in lines.iter().enumerate() {
                out.push(format!(
                    "{pad}{}{line}",
                    if index == 0 { "- " } else { "  " }
                ));
            }
        }
    }

    fn file(&self, entries: &[(String, String)]) -> String {
        let clusters: Vec<_> = entries
            .iter()
            .map(|(name, value)| {
                (
                    name.clone(),
                    vec![
                        ("unknown", value.clone()),
                        ("server", format!("https://{}", name.len())),
                        ("proxy-url", value.clone()),
                    ],
                )
            })
            .collect();
        let users: Vec<_> = entries
            .iter()
            .map(|(name, value)| (name.clone(), vec![("token", value.clone())]))
            .collect();
        let contexts: Vec<_> = entries
            .iter()
            .map(|(name, value)| {
                (
                    name.clone(),
                    vec![("cluster", name.clone()), ("user", value.clone())],
                )
            })
            .collect();
        if self.json {
            let list = |list: &str, body: &str, entries: &[(String, Vec<(&str, String)>)]| {
                let items: Vec<_> = entries
                    .iter()
                    .map(|(name, fields)| {
                        let fields: Vec<_> = fields
                            .iter()
                            .map(|(key, value)| format!("\"{key}\": {}", self.scalar(value)))
                            .collect();
                        format!(
                            "    {{\"name\": {}, \"{body}\": {{{}}}}}",
                            self.scalar(name),
                            fields.join(", ")
                        )
                    })
                    .collect();
                format!(
                    "  \"{list}\": [{0}{1}{0}  ]",
                    self.newline,
                    items.join(&format!(",{}", self.newline))
                )
            };
            let parts = [
                list("clusters", "cluster", &clusters),
                list("users", "user", &users),
                list("contexts", "context", &contexts),
                "  \"current-context\": \"x\"".to_owned(),
            ];
            let parts: Vec<_> = self
                .lists
                .iter()
                .map(|index| parts[*index].clone())
                .collect();
            return format!(
                "{{{0}{1}{0}}}",
                self.newline,
                parts.join(&format!(",{}", self.newline))
            );
        }
        let mut out = vec!["# head".to_owned()];
        for index in &self.lists {
            match index {
                0 => self.list(&mut out, "clusters", "cluster", &clusters),
                1 => self.list(&mut out, "users", "user", &users),
                2 => self.list(&mut out, "contexts", "context", &contexts),
                _ => out.push("current-context: x".to_owned()),
            }
        }
        out.join(self.newline) + if self.final_newline { self.newline } else { "" }
    }

    fn bytes(&self, text: &str) -> Vec<u8> {
        let wide = |unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
            std::iter::once(0xfeff)
                .chain(text.encode_utf16())
                .flat_map(unit)
                .collect()
        };
        match self.wide {
            0 => wide(u16::to_le_bytes),
            1 => wide(u16::to_be_bytes),
            2 => format!("\u{feff}{text}").into_bytes(),
            _ => text.as_bytes().to_vec(),
        }
    }
}

/// The text of edited bytes in the layout's own encoding.
fn text_of(layout: &Layout, bytes: &[u8]) -> String {
    match layout.wide {
        0 | 1 => {
            let unit = if layout.wide == 0 {
                u16::from_le_bytes
            } else {
                u16::from_be_bytes
            };
            let units: Vec<u16> = bytes
                .chunks(2)
                .map(|pair| unit([pair[0], pair[1]]))
                .collect();
            String::from_utf16(&units[1..]).unwrap()
        }
        2 => String::from_utf8(bytes[3..].to_vec()).unwrap(),
        _ => String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

proptest! {
    #[test]
    fn an_edit_changes_what_it_says_and_nothing_else(
        layout in layout(),
        entries in entries(),
        pick in any::<prop::sample::Index>(),
        server in "https://(10\\.0\\.0\\.[1-9]|\\[fd00::[1-9]\\]|[a-z]{1,9}):[1-9][0-9]{1,3}",
        name in word(),
    ) {
        let text = layout.file(&entries);
        let bytes = layout.bytes(&text);
        let document = Document::parse(bytes.clone()).unwrap();
        prop_assert_eq!(document.edit(&[]).unwrap(), bytes);

        let cluster = entries[pick.index(entries.len())].0.clone();
        let edits = [
            Edit::SetServer { cluster: cluster.clone(), server: server.clone() },
            Edit::SetTlsServerName { cluster: cluster.clone(), name: name.clone() },
        ];
        let edited = document.edit(&edits).unwrap();
        let after = Document::parse(edited.clone()).unwrap();
        let mut expected = document.config().clone();
        let value = expected.clusters.iter_mut().find(|entry| entry.name == cluster).unwrap();
        value.value.server = server;
        value.value.tls_server_name = Some(name);
        prop_assert_eq!(after.config(), &expected);
        prop_assert_eq!(after.edit(&edits).unwrap(), edited.clone());

        // One line changed and, in block style, one added.
        let new = text_of(&layout, &edited);
        let (old, new): (Vec<_>, Vec<_>) =
            (text.split(layout.newline).collect(), new.split(layout.newline).collect());
        let added = usize::from(!layout.json && !layout.flow_bodies);
        prop_assert_eq!(new.len(), old.len() + added);
        let kept = new.iter().filter(|line| old.contains(line)).count();
        prop_assert!(kept >= new.len() - 1 - added, "{:?}\n{:?}", old, new);
    }

    #[test]
    fn entries_are_added_to_any_layout(layout in layout(), entries in entries(), name in any::<String>()) {
        let text = layout.file(&entries);
        let document = Document::parse(layout.bytes(&text)).unwrap();
        prop_assume!(document.config().cluster(&name).is_none());
        let edits = [
            Edit::Insert {
                cluster: Named::new(name.clone(), Cluster { server: name.clone(), ..Cluster::default() }),
                user: Named::new(name.clone(), User {
                    token: Some(Secret::from(name.clone())).filter(|_| !name.is_empty()),
                    ..User::default()
                }),
                context: Named::new(name.clone(), Context { cluster: name.clone(), ..Context::default() }),
            },
            Edit::SetCurrentContext(name.clone()),
        ];
        let edited = document.edit(&edits).unwrap();
        let after = Document::parse(edited.clone()).unwrap();
        prop_assert_eq!(&after.config().cluster(&name).unwrap().server, &name);
        prop_assert_eq!(&after.config().current_context, &name);
        prop_assert_eq!(after.config().contexts.len(), document.config().contexts.len() + 1);
        // Every old line is there, in order; only the one with the current context may differ.
        let new = text_of(&layout, &edited);
        if !layout.json {
            let mut new = new.split(layout.newline);
            for line in text.split(layout.newline).filter(|line| !line.is_empty()) {
                prop_assert!(line.starts_with("current-context") || new.any(|new| new == line), "{line:?}");
            }
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Document::parse(bytes.clone());
        let _ = kubeconfig::redact::diff(&bytes, b"", "x");
    }

    #[test]
    fn almost_yaml_never_panics(
        parts in prop::collection::vec(
            prop_oneof![
                Just("clusters:"), Just("\n"), Just("\n- "), Just("  "), Just("name: a"), Just("cluster:"), Just("server: x"),
                Just("{"), Just("}"), Just("["), Just("]"), Just(","), Just("&a "), Just("*a"), Just("<<: *a"), Just("!!str "),
                Just("|\n"), Just(">-\n"), Just("'"), Just("\""), Just("# c"), Just("? "), Just(": "), Just("---\n"), Just("...\n"),
                Just("\t"), Just("\r"), Just("é"), Just("users: []"), Just("contexts: null"), Just("~"),
            ],
            0..25,
        ),
    ) {
        let text = parts.concat();
        if let Ok(document) = Document::parse(text.clone()) {
            let mut edits = vec![Edit::SetCurrentContext("x y".into())];
            for cluster in &document.config().clusters {
                edits.push(Edit::SetServer { cluster: cluster.name.clone(), server: "https://1:2".into() });
                edits.push(Edit::SetTlsServerName { cluster: cluster.name.clone(), name: "n".into() });
                let (list, name) = (List::Clusters, cluster.name.clone());
                edits.push(Edit::PutCluster(Named::new(&name, Cluster { proxy_url: Some("p".into()), ..Cluster::default() })));
                edits.push(Edit::Rename { list, from: name.clone(), to: "z".into(), references: true });
                edits.push(Edit::Remove { list, name });
            }
            edits.push(Edit::Insert {
                cluster: Named::new("new", Cluster::default()),
                user: Named::new("new", User::default()),
                context: Named::new("new", Context::default()),
            });
            for edit in &edits {
                if let Ok(edited) = document.edit(std::slice::from_ref(edit)) {
                    prop_assert!(Document::parse(edited.clone()).is_ok());
                    let _ = kubeconfig::redact::diff(text.as_bytes(), &edited, "x");
                }
            }
            let _ = document.edit(&edits);
        }
    }
}
