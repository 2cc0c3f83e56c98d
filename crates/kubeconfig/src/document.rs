use crate::config::Config;
use crate::decode;
use crate::edit;
use crate::edit::Edit;
use crate::edit::EditError;
use crate::edit::Patch;
use crate::encoding::Source;
use crate::error::ParseError;
use crate::tree::Tree;
use crate::tree::View;

/// One kubeconfig: its bytes, where everything is in them, and what they mean.
#[derive(Debug)]
pub struct Document {
    source: Source,
    tree: Tree,
    config: Config,
}

impl Document {
    /// Reads a file as kubectl would: UTF-8 with or without a byte order mark, or UTF-16 with
    /// one; YAML 1.1 with go-yaml v2's rules (JSON is read as YAML too); only the first document.
    ///
    /// # Errors
    /// Whatever client-go refuses (`tools/clientcmd/client_config.go`, `Load`), with its line:
    /// see [`Problem`](crate::Problem). No error shows a value out of the file.
    pub fn parse(bytes: impl Into<Vec<u8>>) -> Result<Self, ParseError> {
        let source = Source::decode(bytes.into()).map_err(|unreadable| {
            Tree::wrong_before(&unreadable.text, unreadable.limit).unwrap_or(unreadable.error)
        })?;
        let tree = Tree::parse(source.text())?;
        let config = decode::config(View::new(source.text(), &tree))?;
        Ok(Self {
            source,
            tree,
            config,
        })
    }

    /// Stands for a file that does not exist yet: no bytes, nothing configured.
    pub fn empty() -> Self {
        Self {
            source: Source::default(),
            tree: Tree::default(),
            config: Config::default(),
        }
    }

    /// Returns what the file means.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Returns the bytes that were parsed.
    pub fn bytes(&self) -> &[u8] {
        self.source.bytes()
    }

    /// Applies `edits` in order and returns the new bytes, in this document's own encoding and
    /// line ending. Only the bytes that have to change do; with nothing to change, none does.
    ///
    /// The result is parsed again and compared: it means exactly what this document means plus
    /// the edits.
    ///
    /// # Errors
    /// See [`EditError`]; the document itself is never changed.
    pub fn edit(&self, edits: &[Edit]) -> Result<Vec<u8>, EditError> {
        Ok(self.patch(edits)?.apply(self.bytes()))
    }

    /// Plans what [`edit`](Self::edit) does, as byte ranges of [`bytes`](Self::bytes). Edits
    /// that change nothing make an empty patch.
    ///
    /// # Errors
    /// As for [`edit`](Self::edit).
    pub fn patch(&self, edits: &[Edit]) -> Result<Patch, EditError> {
        edit::patch(self, edits)
    }

    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    pub(crate) fn view(&self) -> View<'_> {
        View::new(self.source.text(), &self.tree)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::Document;
    use crate::error::Problem;

    fn refusal(bytes: &[u8]) -> String {
        Document::parse(bytes).unwrap_err().to_string()
    }

    #[test]
    fn an_empty_file_is_an_empty_config() {
        for text in [
            "",
            "\n \n",
            "# c\n",
            "---\n",
            "{}",
            "null",
            "~",
            "---\n---\nkind: Pod\n",
        ] {
            let document = Document::parse(text).unwrap();
            assert_eq!(document.config(), Document::empty().config(), "{text:?}");
            assert_eq!(document.bytes(), text.as_bytes());
        }
    }

    #[test]
    fn refusals_name_field_and_line() {
        insta::assert_snapshot!(refusal(b"contexts:\n- name: x\n  context:\n    user: y\n"),
            @"line 4, column 11: `contexts[0].context.user` is a boolean where a string is due (put it in quotes)");
        insta::assert_snapshot!(refusal(b"# c\n- x\n"), @"line 2, column 1: not a kubeconfig: the file holds a list, not a mapping");
        insta::assert_snapshot!(refusal(b"hello"), @"line 1, column 1: not a kubeconfig: the file holds a single value, not a mapping");
        insta::assert_snapshot!(refusal(b"apiVersion: v1\nkind: Pod"), @r#"line 2, column 7: `kind` is "Pod", where a kubeconfig has "Config""#);
        insta::assert_snapshot!(refusal(b"kind: \xff"), @"line 1, column 7: the file is not valid UTF-8");
        insta::assert_snapshot!(refusal(b"\xff\xfea\x00b"), @"line 1, column 2: the file is not valid UTF-16");
        insta::assert_snapshot!(refusal(b"\xff\xfe\x00\xd8"), @"line 1, column 1: the file is not valid UTF-16");
        insta::assert_snapshot!(refusal(b"a: b\r\nc: \0"), @"line 2, column 4: control character U+0000 is not allowed");
    }

    #[test]
    fn no_refusal_shows_a_secret() {
        for text in [
            "users:\n- name: a\n  user: {token: hunter2}\n- name: a\n  user: {token: hunter2}\n",
            "users:\n- name: a\n  user: {client-key-data: hunter2!}\n",
            "users:\n- name: a\n  user: {token: [hunter2]}\n",
            "users:\n- name: a\n  user: {token: \"hunter2\\q\"}\n",
            "users:\n- name: a\n  user: {token: *hunter2}\n",
            "users:\n- name: a\n  user: {token: !!int hunter2}\n",
            "users:\n- name: a\n  user: {? {hunter2: hunter2} : x}\n",
            "users:\n- name: a\n  user: {~: hunter2}\n",
            "apiVersion: v1/\nusers:\n- name: a\n  user: {token: hunter2}\n",
            "users:\n- name: a\n  user: {token: 'hunter2}\n",
            "users:\n- name: a\n  user: {token: hunter2: x}\n",
            "users:\n- name: a\n  user: {auth-provider: {config: {x: {hunter2: 1}}}}\n",
            "users:\n- name: a\n  user: {token: hunter2\u{1}}\n",
        ] {
            let error = Document::parse(text).unwrap_err();
            let shown = format!("{error} {error:?} {}", error.client_go());
            assert!(!shown.contains("hunter2"), "{shown}");
        }
        let document = Document::parse("users:\n- name: a\n  user: {token: hunter2}\nclusters:\n- name: a\n  cluster: {server: 'https://x:hunter2@h'}\n").unwrap();
        assert!(!format!("{document:?}").contains("hunter2"));
    }

    #[test]
    fn escapes_of_json_are_read() {
        let read = |text: &str| {
            let text = format!("{{\"current-context\": \"{text}\"}}");
            let document = Document::parse(text).map_err(|error| error.client_go())?;
            Ok(document.config().current_context.clone())
        };
        assert_eq!(read("a\\/b\\u00e9"), Ok("a/b\u{e9}".into()));
        assert_eq!(read("\\ud83d\\ude00."), Ok("\u{1f600}.".into()));
        let lone = Err("yaml: found invalid Unicode character escape code".to_owned());
        for half in [
            "\\ud83d",
            "\\ud83dx",
            "\\ude00\\ud83d",
            "\\ud83d\\u0041",
            "\\ud83d\\n",
        ] {
            assert_eq!(read(half), lone, "{half}");
        }
    }

    /// kubectl reads 10,000.
    #[test]
    fn a_thousand_levels_are_read() {
        let nested = |levels| format!("extra: {}{}", "[".repeat(levels), "]".repeat(levels));
        // The document itself is the first level.
        assert!(Document::parse(nested(999)).is_ok());
        assert_eq!(
            *Document::parse(nested(1000)).unwrap_err().problem,
            Problem::Depth { limit: 1000 }
        );
    }

    #[test]
    fn bombs_do_not_go_off() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for level in 1..40 {
            let items = vec![format!("*a{}", level - 1); 9].join(", ");
            writeln!(bomb, "a{level}: &a{level} [{items}]").unwrap();
        }
        assert_eq!(
            *Document::parse(bomb).unwrap_err().problem,
            Problem::AliasBomb
        );
        for deep in [
            "[".repeat(100_000),
            "- ".repeat(100_000),
            "{a: ".repeat(100_000),
            "? ".repeat(100_000),
        ] {
            assert!(Document::parse(deep).is_err());
        }
        let mut chain = String::from("m0: &m0 {a: b}\n");
        for level in 1..5000 {
            writeln!(chain, "m{level}: &m{level} {{<<: *m{}}}", level - 1).unwrap();
        }
        assert!(matches!(
            *Document::parse(chain).unwrap_err().problem,
            Problem::Depth { .. }
        ));
    }
}
