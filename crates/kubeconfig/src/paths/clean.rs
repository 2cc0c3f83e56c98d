//! The shortest spelling of a path.

use super::System;
use super::volume::split;

/// Returns the shortest path that means the same without asking a file system (Go's `Clean`):
/// `.` and repeated separators go, `..` takes away what stands before it. Empty becomes `.`.
pub fn clean(system: System, path: &str) -> String {
    let (volume, rest) = split(system, path);
    if rest.is_empty() && !volume.is_empty() {
        let share = volume.len() > 1 && volume.bytes().take(2).all(|byte| system.separates(byte));
        return slashes(
            system,
            if share {
                volume.to_owned()
            } else {
                format!("{volume}.")
            },
        );
    }
    let rooted = rest
        .bytes()
        .next()
        .is_some_and(|byte| system.separates(byte));
    let mut parts: Vec<&str> = Vec::new();
    for part in rest.split(|char| u8::try_from(char).is_ok_and(|byte| system.separates(byte))) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    let separator = system.separator().to_string();
    let mut out = parts.join(&separator);
    if rooted {
        out.insert_str(0, &separator);
    } else if out.is_empty() {
        out.push('.');
    }
    if system == System::Windows && volume.is_empty() {
        // What is left must not become a drive or a device.
        let first = out.split('\\').next().unwrap_or_default();
        if !rooted && !path.starts_with(first) && first.contains(':') {
            out.insert_str(0, ".\\");
        } else if out == r"\??" || out.starts_with(r"\??\") {
            out.insert_str(0, "\\.");
        }
    }
    slashes(system, format!("{volume}{out}"))
}

fn slashes(system: System, path: String) -> String {
    match system {
        System::Unix => path,
        System::Windows => path.replace('/', "\\"),
    }
}

/// Returns the elements as one clean path (Go's `Join`); nothing of nothing.
pub fn join(system: System, elements: &[&str]) -> String {
    let mut out = String::new();
    for element in elements {
        let mut element = *element;
        let last = out.bytes().next_back();
        match (system, last) {
            // The first, or relative to the current directory of a drive.
            (_, None) | (System::Windows, Some(b':')) => {}
            (System::Unix, Some(_)) => out.push('/'),
            (System::Windows, Some(last)) if system.separates(last) => {
                element = element.trim_start_matches(['/', '\\']);
                if out.len() == 1
                    && element
                        .strip_prefix("??")
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '\\']))
                {
                    out.push_str(".\\");
                }
            }
            (System::Windows, Some(_)) => out.push('\\'),
        }
        out.push_str(element);
    }
    if out.is_empty() {
        return out;
    }
    clean(system, &out)
}

/// Returns all but the last element of a path, clean (Go's `Dir`).
pub fn dir(system: System, path: &str) -> String {
    let (volume, rest) = split(system, path);
    let end = rest
        .bytes()
        .rposition(|byte| system.separates(byte))
        .map_or(0, |at| at + 1);
    let directory = clean(system, rest.get(..end).unwrap_or_default());
    if directory == "." && volume.len() > 2 {
        return volume.to_owned();
    }
    format!("{volume}{directory}")
}
