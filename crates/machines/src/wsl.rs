//! What `wsl.exe` says: UTF-16 of its own, UTF-8 from the programs that it runs.

/// A distribution of WSL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distribution {
    /// Its name.
    pub name: String,
    /// Whether it runs. The word is in the language of Windows; one that is not English counts as no.
    pub is_running: bool,
}

/// Text of wsl.exe: UTF-16LE, with or without a byte order mark, unless `WSL_UTF8` is set. Text of a Linux
/// program has no zero bytes.
pub fn decode(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(b"\xff\xfe").unwrap_or(bytes);
    if !bytes.contains(&0) {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let units = bytes.chunks(2).map(|pair| match pair {
        [low, high] => u16::from_le_bytes([*low, *high]),
        _ => u16::from_le_bytes([pair.first().copied().unwrap_or_default(), 0]),
    });
    char::decode_utf16(units)
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// Reads `wsl.exe --list --verbose`: a header, then `*` for the default, the name, the state, the version,
/// in columns as wide as the header's; names may hold blanks.
pub fn parse_list(bytes: &[u8]) -> Vec<Distribution> {
    let text = decode(bytes);
    let row = |line: &str| {
        let line = line.trim_start_matches(['*', ' ']).trim_end();
        // From the right: version, state, and the rest is the name.
        let (rest, version) = line.rsplit_once(char::is_whitespace)?;
        version.parse::<u8>().ok()?;
        let (name, state) = rest.trim_end().rsplit_once("  ")?;
        Some(Distribution {
            name: name.trim().to_owned(),
            is_running: state.trim() == "Running",
        })
    };
    text.lines().filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Microsoft's documentation of `wsl --list --verbose` shows it.
    const LIST: &str = "  NAME                   STATE           VERSION\r\n\
                        * Ubuntu                 Running         2\r\n  \
                          My own distribution    Stopped         2\r\n  \
                          docker-desktop         Wird beendet    2\r\n";

    #[test]
    fn reads_real_output_in_either_encoding() {
        let utf16: Vec<u8> = LIST.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked = [b"\xff\xfe", utf16.as_slice()].concat();
        for bytes in [LIST.as_bytes(), &utf16, &marked] {
            let shown: Vec<_> = parse_list(bytes)
                .into_iter()
                .map(|it| (it.name, it.is_running))
                .collect();
            let name = str::to_owned;
            assert_eq!(
                shown,
                [
                    (name("Ubuntu"), true),
                    (name("My own distribution"), false),
                    (name("docker-desktop"), false),
                ]
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = decode(&bytes);
            let _ = parse_list(&bytes);
        }
    }
}
