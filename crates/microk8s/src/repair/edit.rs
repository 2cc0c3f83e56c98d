use std::net::IpAddr;

/// A text with one address in place of another, wherever it stands by itself: not inside a longer number,
/// name or address. `None` when it does not occur.
pub(super) fn readdress(bytes: &[u8], old: IpAddr, new: IpAddr) -> Option<Vec<u8>> {
    let (old, new) = (old.to_string(), new.to_string());
    let mut out = Vec::with_capacity(bytes.len());
    let mut found = false;
    let mut at = 0;
    while let Some(rest) = bytes.get(at..) {
        let Some(offset) = find(rest, old.as_bytes()) else {
            out.extend_from_slice(rest);
            break;
        };
        let (start, end) = (at + offset, at + offset + old.len());
        let before = start.checked_sub(1).and_then(|at| bytes.get(at));
        let after = (bytes.get(end), bytes.get(end + 1));
        let alone = !before
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || b"._".contains(byte))
            && !matches!(after, (Some(byte), _) if byte.is_ascii_alphanumeric() || *byte == b'_')
            && !matches!(after, (Some(b'.'), Some(byte)) if byte.is_ascii_alphanumeric());
        out.extend_from_slice(rest.get(..offset).unwrap_or_default());
        out.extend_from_slice(if alone {
            new.as_bytes()
        } else {
            old.as_bytes()
        });
        found |= alone;
        at = end;
    }
    found.then_some(out)
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

/// The same in one line only, counted from 1.
pub(super) fn readdress_line(
    bytes: &[u8],
    line: usize,
    old: IpAddr,
    new: IpAddr,
) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut found = false;
    for (index, text) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        match readdress(text, old, new) {
            Some(changed) if index + 1 == line => {
                out.extend_from_slice(&changed);
                found = true;
            }
            _ => out.extend_from_slice(text),
        }
    }
    found.then_some(out)
}

/// The command that makes the same change: GNU sed, on lines that match `only` (all where it is empty). It
/// leaves the old file beside the new one.
pub(super) fn command(path: &str, only: &str, old: &str, new: &str) -> String {
    let pattern: String = old
        .chars()
        .flat_map(|c| match c {
            '.' | '[' | ']' | '*' => vec!['\\', c],
            _ => vec![c],
        })
        .collect();
    let edge = |c: Option<char>| {
        let word = c.is_some_and(|c| c.is_ascii_alphanumeric());
        if word { "\\b" } else { "" }
    };
    let (begin, end) = (edge(old.chars().next()), edge(old.chars().last()));
    let only = if only.is_empty() {
        String::new()
    } else {
        format!("/{only}/")
    };
    format!("sudo sed -i.before-repair '{only}s/{begin}{pattern}{end}/{new}/g' {path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_address_itself_changes() {
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let change = |text: &str, old: &str| {
            let out = readdress(text.as_bytes(), address(old), address("10.9.9.9"));
            out.map(|bytes| String::from_utf8(bytes).unwrap())
        };
        for (text, expected) in [
            ("a: 10.0.0.5:19001\n", Some("a: 10.9.9.9:19001\n")),
            ("10.0.0.5", Some("10.9.9.9")),
            (
                "x=10.0.0.5,10.0.0.55,110.0.0.5,10.0.0.5.6",
                Some("x=10.9.9.9,10.0.0.55,110.0.0.5,10.0.0.5.6"),
            ),
            ("at 10.0.0.5.", Some("at 10.9.9.9.")),
            ("10.0.0.50", None),
            ("", None),
        ] {
            assert_eq!(change(text, "10.0.0.5").as_deref(), expected, "{text}");
        }
        assert_eq!(
            change("[fd00::5]:1", "fd00::5").as_deref(),
            Some("[10.9.9.9]:1")
        );
        let two = readdress_line(
            b"10.0.0.5\n10.0.0.5\n",
            2,
            address("10.0.0.5"),
            address("10.9.9.9"),
        );
        assert_eq!(two.as_deref(), Some(b"10.0.0.5\n10.9.9.9\n".as_slice()));
    }
}
