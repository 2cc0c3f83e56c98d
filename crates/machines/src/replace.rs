//! Replacing one file so that it is either the old or the new one, whatever happens.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::SHA256;
use ring::digest::digest;
use zeroize::Zeroizing;

use crate::error::MachineError;
use crate::machine::Input;
use crate::machine::Output;
use crate::place::Place;
use crate::quote::first_line;
use crate::quote::visible;
use crate::script::Script;

/// The largest file that is written.
pub(crate) const LARGEST: usize = crate::reply::LARGEST_FILE;

/// Standard input: the path in base64, the SHA-256 that the file must have (`none` for a new file), that of
/// the new bytes, the new bytes as lines of base64, `.`. Input that was cut off is thus never taken for a
/// shorter file.
///
/// A new file comes into being by `link`, which refuses to overwrite; an old one is replaced by `rename`.
pub(crate) const SCRIPT: Script = Script::new("replace a file", include_str!("replace.sh"));

/// What the script prints when it is done.
const DONE: &[u8] = b":replaced";

pub(crate) fn request(path: &str, expected: Option<&[u8]>, bytes: &[u8]) -> Input {
    let expected = expected.map_or_else(|| "none".to_owned(), hex_sha256);
    let head = format!(
        "{}\n{expected}\n{}\n",
        STANDARD.encode(path),
        hex_sha256(bytes)
    );
    let encoded = Zeroizing::new(STANDARD.encode(bytes));
    // All at once: a buffer that grows leaves copies behind.
    let lines = encoded.len().div_ceil(LINE);
    let mut input = Zeroizing::new(Vec::with_capacity(head.len() + encoded.len() + lines + 2));
    input.extend_from_slice(head.as_bytes());
    for line in encoded.as_bytes().chunks(LINE) {
        input.extend_from_slice(line);
        input.push(b'\n');
    }
    input.extend_from_slice(b".\n");
    input
}

/// A shell's `read` takes lines.
const LINE: usize = 4096;

fn hex_sha256(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(64);
    for byte in digest(&SHA256, bytes).as_ref() {
        // Writing into a text cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// What the script's end means.
pub(crate) fn verdict(place: &Place, path: &str, output: &Output) -> Result<(), MachineError> {
    let place = place.clone();
    let path = path.to_owned();
    let said = first_line(&output.stderr);
    let not_a_file = |what| MachineError::NotAFile {
        place: place.clone(),
        path: path.clone(),
        what,
    };
    let changed = |how| MachineError::Changed {
        place: place.clone(),
        path: path.clone(),
        how,
    };
    let garbled = |why: &str| MachineError::Garbled {
        place: place.clone(),
        why: why.to_owned(),
    };
    Err(match output.code {
        Some(0)
            if output
                .stdout
                .split(|&b| b == b'\n')
                .any(|line| line.strip_suffix(b"\r").unwrap_or(line) == DONE) =>
        {
            return Ok(());
        }
        Some(0) => garbled("it does not say that the file was replaced"),
        Some(40) => garbled("it did not understand the request"),
        Some(41) => garbled("the new bytes did not arrive whole; nothing was changed"),
        Some(42) => not_a_file("is in a folder that does not exist or may not be entered"),
        Some(43) => not_a_file("is a link"),
        Some(44) => not_a_file("is not a regular file"),
        Some(51) => not_a_file("has other hard links"),
        Some(45) => changed(DIFFERS),
        Some(46) => changed(EXISTS),
        Some(47) => changed(GONE),
        Some(48) => MachineError::NotPermitted {
            what: format!("reading {}", visible(&path)),
            place,
        },
        Some(49 | 50) => not_written(place, path, output.code, &output.stderr),
        code => MachineError::Failed {
            place,
            doing: SCRIPT.name().to_owned(),
            code,
            said,
        },
    })
}

pub(crate) const DIFFERS: &str = "is not what it was when it was read";
pub(crate) const EXISTS: &str = "exists already";
pub(crate) const GONE: &str = "is not there any more";

/// What coreutils and busybox say (strerror of the C library).
fn not_written(place: Place, path: String, code: Option<i32>, stderr: &str) -> MachineError {
    let has = |text: &str| stderr.contains(text);
    if has("Read-only file system") {
        MachineError::ReadOnly { place, path }
    } else if has("No space left on device") || has("Disk quota exceeded") {
        MachineError::NoSpace { place, path }
    } else if has("File exists") {
        MachineError::Changed {
            place,
            path,
            how: EXISTS,
        }
    } else if has("Permission denied") || has("Operation not permitted") {
        let doing = if code == Some(50) {
            "giving the new file the owner and mode of"
        } else {
            "writing beside"
        };
        MachineError::NotPermitted {
            place,
            what: format!("{doing} {}; nothing was changed", visible(&path)),
        }
    } else {
        MachineError::Failed {
            place,
            doing: SCRIPT.name().to_owned(),
            code,
            said: first_line(stderr),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_has_an_end() {
        let input = request("/a b", Some(b"old"), &[b'x'; 4000]);
        let text = String::from_utf8(input.to_vec()).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "L2EgYg==");
        // `printf old | sha256sum`
        assert_eq!(
            lines[1],
            "cba06b5736faf67e54b07b561eae94395e774c517a7d910a54369e1263ccfbd4"
        );
        assert_eq!(lines.last(), Some(&"."));
        assert_eq!(lines.len(), 3 + 2 + 1);
        let none = request("/a", None, b"");
        assert!(
            String::from_utf8(none.to_vec())
                .unwrap()
                .contains("\nnone\n")
        );
    }

    #[test]
    fn each_end_has_its_meaning() {
        let end = |code, stderr: &str, stdout: &str| {
            let output = Output {
                code: Some(code),
                stdout: Zeroizing::new(stdout.as_bytes().to_vec()),
                stderr: stderr.to_owned(),
            };
            verdict(&Place::Local, "/f", &output)
        };
        assert_eq!(end(0, "", "motd\n:replaced\n"), Ok(()));
        assert!(matches!(end(0, "", ""), Err(MachineError::Garbled { .. })));
        for (code, stderr, said) in [
            (43, "", "local: /f is a link; nothing was changed"),
            (
                45,
                "",
                "local: /f is not what it was when it was read; nothing was changed",
            ),
            (46, "", "local: /f exists already; nothing was changed"),
            (
                49,
                "ln: /f: File exists",
                "local: /f exists already; nothing was changed",
            ),
            (
                49,
                "mktemp: failed to create file via template '/.bowline.XXXXXX': Read-only file system",
                "local: /f is on a read-only file system; nothing was changed",
            ),
            (
                49,
                "base64: write error: No space left on device",
                "local: no space is left for /f; nothing was changed",
            ),
            (
                50,
                "chown: changing ownership of '/.bowline.x': Operation not permitted",
                "local: not permitted: giving the new file the owner and mode of /f; nothing was changed",
            ),
            (
                127,
                "sh: 1: mktemp: not found",
                "local: could not replace a file (exit code 127): sh: 1: mktemp: not found",
            ),
        ] {
            assert_eq!(end(code, stderr, "").unwrap_err().to_string(), said);
        }
    }
}
