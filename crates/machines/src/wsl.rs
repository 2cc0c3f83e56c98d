//! `wsl.exe`, whose own messages are UTF-16.

/// What `wsl.exe` printed, as text: UTF-16LE, or UTF-8 with `WSL_UTF8=1` and from programs in the guest.
pub fn text(bytes: &[u8]) -> String {
    if !is_utf16(bytes) {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let units = bytes
        .chunks_exact(2)
        .filter_map(|pair| pair.try_into().ok().map(u16::from_le_bytes));
    char::decode_utf16(units)
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .filter(|&character| character != '\u{feff}')
        .collect()
}

/// Text in UTF-8 has no NUL; ASCII in UTF-16 has one in every pair.
pub(crate) fn is_utf16(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xff\xfe") || bytes.contains(&0)
}

/// The distributions that `wsl.exe -l -q` names, one a line.
pub fn names(output: &[u8]) -> Vec<String> {
    text(output)
        .lines()
        .map(|line| line.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn reads_both_encodings() {
        let list = "Ubuntu\r\nMy \"own\" Debian\r\nÜbung\r\n";
        let expected = ["Ubuntu", "My \"own\" Debian", "Übung"];
        assert_eq!(names(&utf16(list)), expected);
        assert_eq!(names(&utf16(&format!("\u{feff}{list}"))), expected);
        assert_eq!(names(list.as_bytes()), expected);
        assert_eq!(names(b""), Vec::<String>::new());
        // Half a unit, half a pair.
        assert_eq!(text(b"a\0b"), "a");
        assert_eq!(text(b"\x00\xd8"), "\u{fffd}");
    }
}
