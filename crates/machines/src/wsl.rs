//! What `wsl.exe` prints: UTF-16, or UTF-8 where `WSL_UTF8=1` is set.

/// More distributions than anybody has; the rest is passed over.
const MOST: usize = 256;

/// A distribution of `wsl.exe -l -v`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distribution {
    /// Its name.
    pub name: String,
    /// Whether it runs; `None` where the word for its state is not known, as it may be translated.
    pub running: Option<bool>,
    /// Version of WSL, 1 or 2.
    pub version: u8,
    /// Whether `wsl.exe` without a name means it.
    pub default: bool,
}

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

/// The names that `wsl.exe -l -q` printed.
pub fn names(bytes: &[u8]) -> Vec<String> {
    decode(bytes)
        .lines()
        .map(str::trim)
        .filter(|line| is_name(line))
        .take(MOST)
        .map(str::to_owned)
        .collect()
}

/// The distributions that `wsl.exe -l -v` printed. Its first line is a header in the user's language; only
/// the columns are relied on:
///
/// ```text
///   NAME            STATE           VERSION
/// * Ubuntu          Running         2
///   docker-desktop  Stopped         2
/// ```
pub fn list(bytes: &[u8]) -> Vec<Distribution> {
    decode(bytes)
        .lines()
        .skip_while(|line| line.trim().is_empty())
        .skip(1)
        .filter_map(distribution)
        .take(MOST)
        .collect()
}

fn distribution(line: &str) -> Option<Distribution> {
    let (default, rest) = match line.trim_start().strip_prefix('*') {
        Some(rest) => (true, rest.trim()),
        None => (false, line.trim()),
    };
    // From the right: names may hold spaces.
    let (rest, version) = rest.rsplit_once(char::is_whitespace)?;
    let version = version.parse().ok()?;
    let rest = rest.trim_end();
    let (name, state) = match rest.rfind("  ").and_then(|at| rest.split_at_checked(at)) {
        Some((name, state)) => (name.trim(), state.trim()),
        // A word that fills its column leaves one space.
        None => rest.rsplit_once(' ')?,
    };
    is_name(name).then(|| Distribution {
        name: name.to_owned(),
        running: match state {
            "Running" => Some(true),
            "Stopped" => Some(false),
            _ => None,
        },
        version,
        default,
    })
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

    const VERBOSE: &str = "  NAME                   STATE           VERSION\r\n\
                           * Ubuntu-22.04           Running         2\r\n  \
                             docker-desktop-data    Stopped         2\r\n  \
                             My old  \"L\"            Installing      1\r\n";

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
    fn reads_states() {
        for bytes in [wide(VERBOSE), marked(VERBOSE), VERBOSE.as_bytes().to_vec()] {
            let shown: Vec<_> = list(&bytes)
                .into_iter()
                .map(|d| format!("{}|{:?}|{}|{}", d.name, d.running, d.version, d.default))
                .collect();
            assert_eq!(
                shown,
                [
                    "Ubuntu-22.04|Some(true)|2|true",
                    "docker-desktop-data|Some(false)|2|false",
                    "My old  \"L\"|None|1|false",
                ]
            );
        }
    }

    #[test]
    fn reads_a_translated_list() {
        let text = "  NOME      STATO           VERSIONE\r\n* Ubuntu    In esecuzione   2\r\n  Debian    Arrestato       2\r\n";
        let found = list(&wide(text));
        let shown: Vec<_> = found
            .iter()
            .map(|d| (d.name.as_str(), d.running, d.default))
            .collect();
        assert_eq!(shown, [("Ubuntu", None, true), ("Debian", None, false)]);
    }

    #[test]
    fn passes_over_what_is_no_distribution() {
        let text = "There is no distribution with the supplied name.\r\nError code: Wsl/WSL_E_X\r\n\r\n* \r\n*\r\n2\r\n  Running 2";
        assert_eq!(list(&wide(text)), []);
        assert_eq!(list(b""), []);
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
        fn never_panics(bytes in any::<Vec<u8>>(), text in "[ *2a\r\n]{0,60}") {
            prop_assert!(!decode(&bytes).contains('\0'));
            for name in names(&bytes).into_iter().chain(list(&bytes).into_iter().map(|d| d.name)) {
                prop_assert!(is_name(&name));
            }
            let _ = list(text.as_bytes());
        }

        #[test]
        fn a_name_survives_the_table(name in "[A-Za-z][A-Za-z0-9._-]{0,20}") {
            let line = format!("  X\r\n* {name}    Running         2\r\n");
            let found = list(&wide(&line));
            prop_assert_eq!(found.len(), 1);
            prop_assert_eq!(&found[0].name, &name);
            prop_assert_eq!(found[0].running, Some(true));
        }
    }
}
