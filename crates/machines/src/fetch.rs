//! Reading many files in one round trip.

use zeroize::Zeroizing;

use crate::machine::Input;
use crate::script::Script;
use crate::tree::Entry;
use crate::tree::Kind;
use crate::tree::Tree;

/// Reads what [`crate::reply`] describes. Standard input has a line for each pattern: `=` and a path, or
/// `*` and a pattern for the shell's own matching; then `.`, so that no end of file is needed.
///
/// Written for dash, bash and busybox; `stat -c` and `base64` are those of coreutils or busybox.
pub(crate) const SCRIPT: Script = Script::new("read files", include_str!("fetch.sh"));

/// The patterns as the script reads them, and what cannot be asked for.
pub(crate) fn request(patterns: &[&str]) -> (Input, Tree) {
    let mut input = Zeroizing::new(Vec::new());
    let mut refused = Tree::default();
    for &pattern in patterns {
        if !is_askable(pattern) {
            refused.entries.insert(pattern.to_owned(), unaskable());
        } else if pattern.contains('*') {
            input.push(b'*');
            // Only `*` means something.
            for byte in pattern.bytes() {
                match byte {
                    b'[' => input.extend_from_slice(b"[[]"),
                    b'?' => input.extend_from_slice(b"[?]"),
                    _ => input.push(byte),
                }
            }
            input.push(b'\n');
        } else {
            input.push(b'=');
            input.extend_from_slice(pattern.as_bytes());
            input.push(b'\n');
        }
    }
    input.extend_from_slice(b".\n");
    (input, refused)
}

/// An absolute path, of plain text, that goes only downward. In a pattern a backslash would mean different
/// things to different shells.
pub(crate) fn is_askable(pattern: &str) -> bool {
    pattern.starts_with('/')
        && pattern.len() <= 4096
        && !pattern.chars().any(char::is_control)
        && !pattern.split('/').any(|name| name == "..")
        && !(pattern.contains('*') && pattern.contains('\\'))
}

pub(crate) fn unaskable() -> Entry {
    Entry {
        kind: Kind::Unreadable("not a plain absolute path".to_owned()),
        mode: None,
        owner: None,
        group: None,
        modified: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_star_means_something() {
        let (input, refused) = request(&[
            "/a/current/args/*",
            "/a/[b]?.crt",
            "/a/[b]?*.crt",
            "relative",
            "/a/../b",
            "/a\nb",
            r"/a\*",
        ]);
        assert_eq!(
            String::from_utf8_lossy(&input),
            "*/a/current/args/*\n=/a/[b]?.crt\n*/a/[[]b][?]*.crt\n.\n"
        );
        let paths: Vec<_> = refused.unreadable().map(|(path, _)| path).collect();
        assert_eq!(paths, ["/a\nb", "/a/../b", r"/a\*", "relative"]);
    }
}
