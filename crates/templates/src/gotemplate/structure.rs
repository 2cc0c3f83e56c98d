//! Whether blocks open and close as they should: gotmpl takes a text that ends in the middle of one,
//! or an `{{end}}` without any, for a shorter template.

/// What is open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    /// `if`, `with` or `range`, which may have an `else`.
    Branch,
    /// The same behind its last `else`.
    Else,
    /// `define` or `block`.
    Body(&'static str),
}

/// The line and what Go says is wrong there (Go `text/template/parse/parse.go`).
pub(super) fn check(text: &str) -> Result<(), (usize, String)> {
    let mut open = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        let action = rest.get(at + 2..).unwrap_or_default();
        let line = line(text, action);
        let Some(length) = length(action) else {
            // Unclosed: gotmpl says so.
            return Ok(());
        };
        rest = action.get(length..).unwrap_or_default();
        let inside = action.get(..length).unwrap_or_default();
        let inside = inside.strip_prefix("- ").unwrap_or(inside).trim_start();
        let word_end = inside.find(|char: char| !char.is_ascii_alphanumeric());
        let (word, after) = inside.split_at(word_end.unwrap_or(inside.len()));
        match word {
            "if" | "with" | "range" => open.push(Open::Branch),
            "define" => open.push(Open::Body("define")),
            "block" => open.push(Open::Body("block")),
            "end" if open.pop().is_none() => return Err((line, "unexpected {{end}}".to_owned())),
            "else" => {
                // `else if` opens nothing new: one `end` closes all.
                let last = !["if", "with"]
                    .iter()
                    .any(|word| after.trim_start().starts_with(word));
                let problem = match open.last_mut() {
                    Some(branch @ Open::Branch) => {
                        if last {
                            *branch = Open::Else;
                        }
                        continue;
                    }
                    Some(Open::Else) => "expected end; found {{else}}".to_owned(),
                    Some(Open::Body(kind)) => format!("unexpected {{{{else}}}} in {kind} clause"),
                    None => "unexpected {{else}}".to_owned(),
                };
                return Err((line, problem));
            }
            _ => {}
        }
    }
    if open.is_empty() {
        Ok(())
    } else {
        Err((line(text, ""), "unexpected EOF".to_owned()))
    }
}

/// The line of `text` in which its end `tail` begins.
fn line(text: &str, tail: &str) -> usize {
    let before = text.get(..text.len() - tail.len()).unwrap_or_default();
    before.matches('\n').count() + 1
}

/// How many bytes of `action` (behind `{{`) come before its `}}`, which is not one in a text or a
/// comment.
fn length(action: &str) -> Option<usize> {
    let start = if action.starts_with("- ") { 2 } else { 0 };
    if action.get(start..)?.starts_with("/*") {
        let end = action.find("*/")? + 2;
        return Some(end + action.get(end..)?.find("}}")?);
    }
    let mut chars = action.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '}' if action.get(at..)?.starts_with("}}") => return Some(at),
            '`' => _ = chars.find(|(_, char)| *char == '`')?,
            '"' | '\'' => loop {
                match chars.next()?.1 {
                    '\\' => _ = chars.next()?,
                    end if end == char => break,
                    _ => {}
                }
            },
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn blocks_are_counted_as_go_does() {
        for (text, problem) in [
            ("{{if .a}}{{else if .b}}{{else}}{{end}}", None),
            ("{{range .a}}{{with .b}}{{end}}{{else}}{{end}}", None),
            (
                "{{/* {{end}} */}}{{\"{{end}}\"}}{{`}}{{end}}`}}{{'\"'}}",
                None,
            ),
            ("{{- if .a -}}{{- end -}}", None),
            ("{{block \"a\" .}}{{end}}", None),
            ("{{endless}}", None),
            ("{{", None),
            ("{{end}}", Some((1, "unexpected {{end}}"))),
            ("a\n{{if .a}}\n", Some((3, "unexpected EOF"))),
            ("\n{{else}}", Some((2, "unexpected {{else}}"))),
            (
                "{{if 1}}{{else}}{{else}}{{end}}",
                Some((1, "expected end; found {{else}}")),
            ),
            (
                "{{define \"a\"}}{{else}}{{end}}",
                Some((1, "unexpected {{else}} in define clause")),
            ),
        ] {
            let found = check(text).err();
            let found = found
                .as_ref()
                .map(|(line, problem)| (*line, problem.as_str()));
            assert_eq!(found, problem, "{text}");
        }
    }
}
