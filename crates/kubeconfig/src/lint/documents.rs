//! A second YAML document, which no client reads.

use crate::document::Document;

/// Where a second document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Second {
    /// The line of the `---` before it.
    pub line: usize,
}

/// The second document of a file that has something in it. A `---` in the first column ends a document wherever
/// it stands (YAML 1.1 §4.3.1), in a quoted text too.
pub fn second_document(document: &Document) -> Option<Second> {
    let mut begun = false;
    let mut mark = None;
    for (index, line) in document.source().text().lines().enumerate() {
        if let Some(rest) = marker(line) {
            if begun && mark.is_none() {
                mark = Some(index + 1);
            }
            if is_content(rest) {
                match mark {
                    Some(line) => return Some(Second { line }),
                    None => begun = true,
                }
            }
            continue;
        }
        // `...` ends one, too.
        if line == "..." || !is_content(line) || (!begun && line.starts_with('%')) {
            continue;
        }
        match mark {
            Some(line) => return Some(Second { line }),
            None => begun = true,
        }
    }
    None
}

/// What follows a `---`.
fn marker(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("---")?;
    (rest.is_empty() || rest.starts_with([' ', '\t'])).then_some(rest)
}

fn is_content(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_second_document_and_nothing_else() {
        for (text, line) in [
            ("", None),
            ("kind: Config\n", None),
            ("---\nkind: Config\n", None),
            ("# c\n---\nkind: Config\n---\n# c\n", None),
            ("%YAML 1.1\n---\nkind: Config\n...\n", None),
            ("kind: Config\n---\nkind: Config\n", Some(2)),
            ("---\nkind: Config\n--- {kind: Config}\n", Some(3)),
            ("kind: Config\nx: |\n  -----BEGIN\n  ---\n  a\n", None),
        ] {
            let document = Document::parse(text).unwrap();
            let found = second_document(&document).map(|second| second.line);
            assert_eq!(found, line, "{text:?}");
        }
    }
}
