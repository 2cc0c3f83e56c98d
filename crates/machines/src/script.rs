//! Scripts for POSIX `sh` that run on a machine: constants, whose data comes in on standard input.

/// One of our fixed scripts.
///
/// `ssh` hands its command to the login shell of the other side, which may be any: fish, csh, zsh. Within
/// apostrophes all of them take everything literally but `'`, `!` (csh) and `\` (fish), so a script that has
/// none of these means the same to all. That is checked when the program is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Script {
    name: &'static str,
    text: &'static str,
}

impl Script {
    /// A script; `name` says in messages what it does.
    ///
    /// # Panics
    /// At compile time, where a constant's text holds a byte that a login shell could read otherwise.
    pub const fn new(name: &'static str, text: &'static str) -> Self {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let byte = bytes[at];
            assert!(
                !matches!(byte, b'\'' | b'!' | b'\\' | 0),
                "a script must not hold an apostrophe, an exclamation mark or a backslash"
            );
            assert!(byte.is_ascii(), "a script must be ASCII");
            at += 1;
        }
        Self { name, text }
    }

    /// What it does.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// Its text.
    pub fn text(self) -> &'static str {
        self.text
    }

    /// The words of a command line for a login shell.
    pub(crate) fn quoted(self) -> String {
        format!("sh -c '{}'", self.text)
    }
}
