//! Showing what came from a kubeconfig without showing its secrets.

mod hide;
mod mask;
mod rules;
mod url;

use std::borrow::Cow;
use std::fmt::Write as _;

use similar::TextDiff;

pub use self::hide::How;
pub use self::hide::hide;
use self::mask::Masked;

/// Returns `text` so that printing it cannot drive a terminal: control characters, line breaks,
/// escape sequences, invisible characters and direction overrides are spelt out.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(dangerous) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        match char {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{ff}' if dangerous(char) => {
                let _ = write!(out, "\\x{:02x}", u32::from(char));
            }
            _ if dangerous(char) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(char));
            }
            _ => out.push(char),
        }
    }
    Cow::Owned(out)
}

fn dangerous(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Returns a URL with `user:password@` and secrets in the query replaced.
pub fn url(text: &str) -> Cow<'_, str> {
    let shown = match url::user_end(text) {
        None => Cow::Borrowed(text),
        Some(at) => {
            let after_scheme = text.find("://").map_or(0, |at| at + 3);
            let (scheme, host) = (text.get(..after_scheme), text.get(at..));
            Cow::Owned(format!(
                "{}REDACTED{}",
                scheme.unwrap_or_default(),
                host.unwrap_or_default()
            ))
        }
    };
    match url::without_query_secrets(&shown) {
        Some(shown) => Cow::Owned(shown),
        None => shown,
    }
}

/// Returns the unified diff of two kubeconfigs, with three lines of context and every secret
/// replaced: tokens, passwords, `*-data`, the config of auth providers, arguments and variables
/// of credential plugins, users in URLs, and comments that look like any of these.
///
/// `REDACTED` is the same on both sides, `REDACTED-OLD` and `REDACTED-NEW` occur on one only.
/// Control characters are escaped as by [`escape`]. A text that cannot be parsed is not shown;
/// the result says so instead. Equal texts give an empty diff.
pub fn diff(before: &[u8], after: &[u8], path: &str) -> String {
    let path = escape(path);
    if before == after {
        return String::new();
    }
    let parse = |bytes: &[u8], which: &str| {
        Masked::parse(bytes).map_err(|error| {
            format!(
                "{path}: no difference is shown, since the text {which} cannot be read: {error}\n"
            )
        })
    };
    let (before, after) = match (parse(before, "before"), parse(after, "after")) {
        (Ok(before), Ok(after)) => (before, after),
        (Err(message), _) | (_, Err(message)) => return message,
    };
    let old = before.render(&after, "REDACTED-OLD");
    let new = after.render(&before, "REDACTED-NEW");
    TextDiff::from_lines(old.as_str(), new.as_str())
        .unified_diff()
        .context_radius(3)
        .header(&path, &path)
        .to_string()
}

/// Returns the unified diff of two texts that hold no secrets, with three lines of context. Control
/// characters are escaped as by [`escape`]. Equal texts give an empty diff.
pub fn plain_diff(before: &str, after: &str, path: &str) -> String {
    if before == after {
        return String::new();
    }
    let path = escape(path);
    let escaped = |text: &str| -> String {
        let lines = text.lines();
        lines
            .flat_map(|line| [escape(line), Cow::Borrowed("\n")])
            .collect()
    };
    let (before, after) = (escaped(before), escaped(after));
    TextDiff::from_lines(before.as_str(), after.as_str())
        .unified_diff()
        .context_radius(3)
        .header(&path, &path)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::diff;
    use super::escape;
    use super::url;

    #[test]
    fn secrets_of_urls_are_hidden() {
        for (text, shown) in [
            ("https://h:6443/k8s?watch=1", "https://h:6443/k8s?watch=1"),
            ("https://u:p@h", "https://REDACTED@h"),
            (
                "https://h?token=hunter2hunter2&a=b",
                "https://h?token=REDACTED&a=b",
            ),
        ] {
            assert_eq!(url(text), shown);
        }
        let file = |server| format!("clusters:\n- name: c\n  cluster: {{server: \"{server}\"}}\n");
        let (old, new) = (file("https://h"), file("https://h?token=hunter2hunter2"));
        assert!(!diff(old.as_bytes(), new.as_bytes(), "f").contains("hunter2"));
    }

    #[test]
    fn names_cannot_drive_a_terminal() {
        assert_eq!(escape("plain é 日本"), "plain é 日本");
        assert_eq!(
            escape("a\u{1b}[2J\n\u{202e}\u{9b}x"),
            "a\\x1b[2J\\n\\u{202e}\\x9bx"
        );
    }

    #[test]
    fn urls_lose_their_user() {
        assert_eq!(url("https://joe:pw@h:1/p"), "https://REDACTED@h:1/p");
        assert_eq!(url("socks5://a@b@h"), "socks5://REDACTED@h");
        assert_eq!(url("https://joe:p/w@h"), "https://REDACTED@h");
        assert_eq!(url("https://h/@p"), "https://h/@p");
    }

    const SECRETS: &str = "\
# token: commented-out
clusters:
- name: a
  cluster:
    server: https://joe:hunter2@1.2.3.4:1
    certificate-authority-data: U0VDUkVU
users:
- name: u
  user:
    token: &t hunter2
    password: 'hunter2'
    client-key-data: |
      aHVu
      dGVyMg==
    exec: {command: c, args: [--secret, hunter2], env: [{name: N, value: hunter2}]}
    auth-provider: {name: oidc, config: {refresh: hunter2}}
    username: \"x\\e[2J\u{202e}\"
x: *t
---
token: hunter2
";

    #[test]
    fn a_diff_shows_the_change_and_no_secret() {
        let after = SECRETS
            .replace("1.2.3.4", "5.6.7.8")
            .replace("token: &t hunter2", "token: &t hunter3");
        let shown = diff(SECRETS.as_bytes(), after.as_bytes(), "~/.kube/config");
        insta::assert_snapshot!(shown, @r#"
        --- ~/.kube/config
        +++ ~/.kube/config
        @@ -2,12 +2,12 @@
         clusters:
         - name: a
           cluster:
        -    server: https://REDACTED@1.2.3.4:1
        +    server: https://REDACTED@5.6.7.8:1
             certificate-authority-data: REDACTED
         users:
         - name: u
           user:
        -    token: &t REDACTED
        +    token: &t REDACTED-NEW
             password: REDACTED
             client-key-data: |
               REDACTED
        "#);
    }

    #[test]
    fn no_part_of_a_file_shows_a_secret() {
        let shown = diff(b"", SECRETS.as_bytes(), "x");
        assert!(
            !shown.contains("hunter") && !shown.contains("commented-out"),
            "{shown}"
        );
        assert!(
            !shown.contains("aHVu") && !shown.contains("dGVyMg"),
            "{shown}"
        );
        assert!(
            !shown.contains('\u{202e}') && shown.contains("behind the first document"),
            "{shown}"
        );
        assert!(
            shown.contains("name: N") && shown.contains("command: c"),
            "{shown}"
        );
    }

    #[test]
    fn what_cannot_be_parsed_is_not_shown() {
        let shown = diff(b"a: b", b"token: 'hunter2", "x\n");
        assert!(
            shown.starts_with("x\\n: no difference is shown") && !shown.contains("hunter"),
            "{shown}"
        );
        assert_eq!(diff(b"[", b"[", "x"), "");
    }

    #[test]
    fn wide_and_carriage_return_texts_are_shown_plainly() {
        let wide: Vec<u8> = std::iter::once(0xfeff)
            .chain("kind: Config\r\n".encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(
            diff(b"kind: x\n", &wide, "p"),
            "--- p\n+++ p\n@@ -1 +1 @@\n-kind: x\n+kind: Config\n"
        );
    }
}
