//! What comes before a path on Windows (Go's `internal/filepathlite`, `path_windows.go`).

use super::System;

/// Whether a path starts at a root (Go's `IsAbs`). On Windows neither `\x` nor `c:x` does.
pub fn is_abs(system: System, path: &str) -> bool {
    if system == System::Unix {
        return path.starts_with('/');
    }
    let (volume, rest) = split(system, path);
    let first = |text: &str| {
        text.bytes()
            .next()
            .is_some_and(|byte| system.separates(byte))
    };
    let share = first(volume) && first(volume.get(1..).unwrap_or_default());
    !volume.is_empty() && (share || first(rest))
}

/// A path's drive, share or device, and the rest.
pub(super) fn split(system: System, path: &str) -> (&str, &str) {
    match system {
        System::Unix => ("", path),
        System::Windows => path.split_at_checked(length(path)).unwrap_or(("", path)),
    }
}

fn length(path: &str) -> usize {
    let separates = |byte: &u8| System::Windows.separates(*byte);
    let bytes = path.as_bytes();
    match bytes {
        [_, b':', ..] => 2,
        [first, ..] if !separates(first) => 0,
        [] => 0,
        _ if begins(bytes, br"\\.\UNC") => share(bytes, br"\\.\UNC\".len()),
        _ if [br"\\.", br"\\?", br"\??"]
            .iter()
            .any(|device| begins(bytes, *device)) =>
        {
            if bytes.len() == 3 {
                return 3;
            }
            let rest = bytes.get(4..).unwrap_or_default();
            rest.iter()
                .position(separates)
                .map_or(bytes.len(), |at| 4 + at)
        }
        [_, second, ..] if separates(second) => share(bytes, 2),
        _ => 0,
    }
}

/// Whether a path has a prefix that ends there or before a separator.
fn begins(path: &[u8], prefix: &[u8]) -> bool {
    let separates = |byte: u8| System::Windows.separates(byte);
    let Some((head, rest)) = path.split_at_checked(prefix.len()) else {
        return false;
    };
    let same = |(a, b): (&u8, &u8)| {
        if separates(*b) {
            separates(*a)
        } else {
            a.eq_ignore_ascii_case(b)
        }
    };
    head.iter().zip(prefix).all(same) && rest.first().is_none_or(|byte| separates(*byte))
}

/// Server and share behind `from`.
fn share(path: &[u8], from: usize) -> usize {
    let separators = path
        .iter()
        .enumerate()
        .skip(from)
        .filter(|(_, byte)| System::Windows.separates(**byte));
    separators.map(|(at, _)| at).nth(1).unwrap_or(path.len())
}
