//! What `wsl.exe` prints: UTF-16, or UTF-8 where `WSL_UTF8=1` is set.

/// More distributions than anybody has; the rest is passed over.
const MOST: usize = 256;

/// Makes text of what `wsl.exe` printed: its own messages are UTF-16LE with or without a mark, those of
/// programs inside are UTF-8. Lines end with `\n`.
pub fn decode(bytes: &[u8]) -> String {
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        // No text has a NUL, but UTF-16 of any line end has.
        _ if bytes.contains(&0) => utf16(bytes),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) if bytes.len().is_multiple_of(2) => utf16(bytes),
            Err(_) => String::from_utf8_lossy(bytes).into_owned(),
        },
    };
    text.replace("\r\n", "\n").replace('\0', "")
}

/// The names that `wsl.exe --list --quiet` printed, with `--running` those that run.
pub fn names(bytes: &[u8]) -> Vec<String> {
    decode(bytes)
        .lines()
        .map(str::trim)
        .filter(|line| is_name(line))
        .take(MOST)
        .map(str::to_owned)
        .collect()
}

/// Whether a line can be a name that [`crate::Place`] takes.
fn is_name(line: &str) -> bool {
    !line.is_empty() && !line.starts_with('-') && !line.contains(char::is_control)
}

fn utf16(bytes: &[u8]) -> String {
    let (pairs, _) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wide(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn marked(text: &str) -> Vec<u8> {
        [&[0xff, 0xfe], wide(text).as_slice()].concat()
    }

    #[test]
    fn reads_names_in_every_encoding() {
        let text = "Ubuntu-22.04\r\nMy \"L\"\r\nДебиан\r\n\r\n--shutdown\r\na\u{1b}b\r\n";
        let expected = ["Ubuntu-22.04", "My \"L\"", "Дебиан"];
        let utf8 = text.as_bytes().to_vec();
        let utf8_marked = [b"\xef\xbb\xbf", utf8.as_slice()].concat();
        for bytes in [wide(text), marked(text), utf8, utf8_marked] {
            assert_eq!(names(&bytes), expected);
        }
        assert_eq!(names(b""), Vec::<String>::new());
    }

    #[test]
    fn decodes_messages() {
        let said = "There is no distribution with the supplied name.\r\n";
        let expected = "There is no distribution with the supplied name.\n";
        assert_eq!(decode(&wide(said)), expected);
        assert_eq!(decode(said.as_bytes()), expected);
        assert_eq!(decode("sh: 1: über\n".as_bytes()), "sh: 1: über\n");
        assert_eq!(decode(&wide("没有发行版")), "没有发行版");
        // One byte is missing at the end, as when the output was cut.
        assert_eq!(decode(&wide("ab")[..3]), "a");
        assert_eq!(decode(b"a\xffb"), "a\u{fffd}b");
    }

    proptest! {
        #[test]
        fn never_panics(bytes in any::<Vec<u8>>()) {
            prop_assert!(!decode(&bytes).contains('\0'));
            for name in names(&bytes) {
                prop_assert!(is_name(&name));
            }
        }
    }
}
