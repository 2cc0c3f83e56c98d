//! The text of a prompt: a template, and names that can do nothing to a terminal or a shell.

use kubeconfig::redact::escape;
use operations::choose::effective;

use crate::shells::Shell;

/// What is printed where nothing else is wished.
const USUAL: &str = "{!}{context}{:namespace}";

/// What stands in the places of a template, safe already.
pub(super) struct Values {
    pub(super) context: String,
    /// Empty where none is said.
    pub(super) namespace: String,
    pub(super) protected: bool,
}

/// A name without what a terminal would act on or a shell would expand.
pub(super) fn safe(name: &str, shell: Option<Shell>) -> String {
    let escaped = escape(name);
    let Some(shell @ (Shell::Bash | Shell::Zsh)) = shell else {
        return escaped.into_owned();
    };
    let mut text = String::new();
    for character in escaped.chars() {
        match character {
            // Whether a prompt is expanded once, twice or never depends on how it is set, so no quoting is
            // right everywhere.
            '%' if shell == Shell::Zsh => text.push_str("%%"),
            '$' | '`' | '\\' | '%' => text.push('?'),
            other => text.push(other),
        }
    }
    text
}

/// Fills a template. `{{` and `}}` are braces.
pub(super) fn fill(template: Option<&str>, values: &Values) -> Result<String, String> {
    let mut rest = template.unwrap_or(USUAL);
    let mut text = String::new();
    while let Some(at) = rest.find(['{', '}']) {
        let (before, behind) = rest.split_at(at);
        text.push_str(before);
        if let Some(after) = behind.strip_prefix("{{") {
            text.push('{');
            rest = after;
            continue;
        }
        if let Some(after) = behind.strip_prefix("}}") {
            text.push('}');
            rest = after;
            continue;
        }
        let place = behind
            .strip_prefix('{')
            .and_then(|behind| behind.split_once('}'));
        let Some((name, after)) = place else {
            return Err("--format: a brace alone; `{{` and `}}` are braces".to_owned());
        };
        match name {
            "context" => text.push_str(&values.context),
            "namespace" => text.push_str(effective(Some(&values.namespace))),
            ":namespace" if effective(Some(&values.namespace)) != "default" => {
                text.push(':');
                text.push_str(&values.namespace);
            }
            "!" if values.protected => text.push('!'),
            ":namespace" | "!" => {}
            other => return Err(format!("--format: there is no {{{}}}", escape(other))),
        }
        rest = after;
    }
    text.push_str(rest);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: Option<&str>, namespace: &str, protected: bool) -> Result<String, String> {
        let values = Values {
            context: "dev".to_owned(),
            namespace: namespace.to_owned(),
            protected,
        };
        fill(template, &values)
    }

    #[test]
    fn templates_are_filled() {
        for (template, namespace, protected, expected) in [
            (None, "", false, "dev"),
            (None, "default", false, "dev"),
            (None, "team-a", true, "!dev:team-a"),
            (
                Some("({{{context}}}/{namespace})"),
                "",
                true,
                "({dev}/default)",
            ),
            (Some("plain"), "", false, "plain"),
            (Some("é{!}é"), "", true, "é!é"),
        ] {
            let text = filled(template, namespace, protected).unwrap();
            assert_eq!(text, expected, "{template:?}");
        }
        for template in ["{", "}", "{x}", "{context"] {
            assert!(filled(Some(template), "", false).is_err(), "{template}");
        }
    }

    #[test]
    fn names_do_nothing() {
        let name = "a$(x)`y`\\$z%n\u{1b}[31m";
        assert_eq!(safe(name, Some(Shell::Bash)), "a?(x)?y???z?n?x1b[31m");
        assert_eq!(safe(name, Some(Shell::Zsh)), "a?(x)?y???z%%n?x1b[31m");
        assert!(!safe(name, None).contains('\u{1b}'));
    }
}
