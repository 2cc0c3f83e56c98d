//! The exchange with `scripts/replace.sh`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write as _;
use zeroize::Zeroizing;

use crate::error::MachineError;
use crate::error::first_line;
use crate::place::Place;

/// What the script reads.
pub(crate) fn request(path: &str, expected: Option<&[u8]>, bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut request = Zeroizing::new(String::new());
    request.push_str(&STANDARD.encode(path));
    request.push('\n');
    match expected {
        None => request.push_str("new"),
        Some(expected) => request.push_str(&hash(expected)),
    }
    request.push('\n');
    request.push_str(&hash(bytes));
    request.push('\n');
    request.push_str(&Zeroizing::new(STANDARD.encode(bytes)));
    request.push('\n');
    Zeroizing::new(request.as_bytes().to_vec())
}

/// What the script's exit code means.
pub(crate) fn outcome(
    place: &Place,
    path: &str,
    code: Option<i32>,
    stderr: &str,
) -> Result<(), MachineError> {
    let (place, path) = (place.clone(), path.to_owned());
    Err(match code {
        Some(0) => return Ok(()),
        Some(70 | 72) => MachineError::NotAFile { place, path },
        Some(71) => MachineError::Exists { place, path },
        Some(73) => MachineError::Changed { place, path },
        Some(74..=76) => MachineError::NotWritten {
            place,
            path,
            cause: cause(stderr),
        },
        code => MachineError::Failed {
            place,
            script: "replace a file",
            code: code.unwrap_or(-1),
            said: first_line(stderr),
        },
    })
}

/// The system's words, without the temporary file's name.
fn cause(stderr: &str) -> String {
    const KNOWN: [(&str, &str); 4] = [
        ("Read-only file system", "the file system is read-only"),
        ("No space left on device", "there is no space left"),
        (
            "Permission denied",
            "permission denied (it needs root, or the group microk8s)",
        ),
        (
            "Operation not permitted",
            "its owner cannot be kept without root",
        ),
    ];
    let known = KNOWN.iter().find(|(words, _)| stderr.contains(words));
    known.map_or_else(|| first_line(stderr), |(_, cause)| (*cause).to_owned())
}

fn hash(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    let mut hex = String::with_capacity(64);
    for byte in digest.as_ref() {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
