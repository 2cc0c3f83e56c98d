//! The text of a prompt: names may hold anything, and a shell may expand what it is given.

use kubeconfig::redact::escape;

use crate::cli::prompt::PromptShell;

/// What can be shown.
pub(super) struct Shown<'a> {
    pub(super) context: &'a str,
    pub(super) namespace: &'a str,
    /// Whether the context is protected.
    pub(super) guarded: bool,
}

/// The format with its words replaced. Only names are escaped: the format is the user's own.
pub(super) fn of(format: &str, shown: &Shown<'_>, shell: Option<PromptShell>) -> String {
    let words: [(&str, String); 3] = [
        ("{context}", plain(shown.context, shell)),
        ("{namespace}", plain(shown.namespace, shell)),
        (
            "{!}",
            if shown.guarded {
                "!".to_owned()
            } else {
                String::new()
            },
        ),
    ];
    let mut text = String::new();
    let mut rest = format;
    // From left to right, so that a name that looks like a word is not replaced.
    while let Some((at, word, value)) = words
        .iter()
        .filter_map(|(word, value)| Some((rest.find(word)?, *word, value)))
        .min_by_key(|(at, ..)| *at)
    {
        let (before, behind) = rest.split_at(at);
        text.push_str(before);
        text.push_str(value);
        rest = behind.strip_prefix(word).unwrap_or_default();
    }
    text.push_str(rest);
    text
}

/// A text that drives no terminal, and that a shell does not expand.
pub(super) fn plain(text: &str, shell: Option<PromptShell>) -> String {
    let escaped = escape(text);
    let mut plain = String::with_capacity(escaped.len());
    for char in escaped.chars() {
        match (shell, char) {
            // bash decodes backslashes in PS1, and expands the result as within double quotes (bash(1), PROMPTING).
            (Some(PromptShell::Bash), '$' | '`') => {
                plain.push_str("\\\\");
                plain.push(char);
            }
            (Some(PromptShell::Bash), '\\') => plain.push_str("\\\\\\\\"),
            // zsh expands % always, and the others with PROMPT_SUBST (zshmisc(1), PROMPT EXPANSION).
            (Some(PromptShell::Zsh), '%') => plain.push_str("%%"),
            (Some(PromptShell::Zsh), '$' | '`' | '\\') => {
                plain.push('\\');
                plain.push(char);
            }
            _ => plain.push(char),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_format_are_replaced_once() {
        let shown = Shown {
            context: "{namespace}",
            namespace: "team",
            guarded: true,
        };
        assert_eq!(
            of("{context}:{namespace}{!}", &shown, None),
            "{namespace}:team!"
        );
        assert_eq!(of("k8s {context", &shown, None), "k8s {context");
        assert_eq!(of("", &shown, None), "");
    }

    #[test]
    fn names_drive_nothing() {
        assert_eq!(plain("\u{1b}[2Jx", None), "\\x1b[2Jx");
        assert_eq!(plain("$(x)`y`", Some(PromptShell::Bash)), r"\\$(x)\\`y\\`");
        assert_eq!(plain("a\\b", Some(PromptShell::Bash)), r"a\\\\b");
        assert_eq!(plain("100%", Some(PromptShell::Zsh)), "100%%");
        assert_eq!(plain("$(x)", Some(PromptShell::Zsh)), "\\$(x)");
    }
}
