//! Scripts that are constants.

/// One of our fixed scripts for POSIX `sh`. It reads its data from standard input.
///
/// ```
/// use machines::Script;
/// const UPTIME: Script = Script::new("ask how long it is up", "cat /proc/uptime");
/// ```
///
/// A script with a forbidden byte does not compile:
///
/// ```compile_fail
/// use machines::Script;
/// const GREET: Script = Script::new("greet", "echo 'hello'");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Script {
    name: &'static str,
    text: &'static str,
}

impl Script {
    /// A script by what it does ("read files"), for messages, and its text.
    ///
    /// Programs on the way put it into quotes of a shell that we do not choose: Multipass writes
    /// `'…'` around it (canonical/multipass `src/utils/utils.cpp`, `to_cmd`), and a shell may be fish or csh.
    /// So it may hold no `'`, no `!`, no backslash, and nothing but ASCII.
    ///
    /// # Panics
    /// When a forbidden byte is in it; in a `const`, that is when it is compiled.
    pub const fn new(name: &'static str, text: &'static str) -> Self {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let byte = bytes[at];
            assert!(
                byte != b'\'' && byte != b'!' && byte != b'\\',
                "a script holds no quote, no exclamation mark and no backslash"
            );
            assert!(
                byte == b'\n' || (byte >= b' ' && byte < 0x7f),
                "a script is printable ASCII"
            );
            at += 1;
        }
        Self { name, text }
    }

    /// What it does, in messages.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Its text.
    pub const fn text(&self) -> &'static str {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::Script;

    #[test]
    fn a_forbidden_byte_is_refused() {
        for text in ["echo 'a'", "[ ! -e a ]", "printf \"a\\n\"", "\t:", "echo é"] {
            assert!(
                std::panic::catch_unwind(|| Script::new("test", text)).is_err(),
                "{text}"
            );
        }
        assert_eq!(Script::new("test", "echo \"$1\"\n").text(), "echo \"$1\"\n");
    }
}
