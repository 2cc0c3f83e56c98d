//! Patterns in a folder, matched as a shell matches them.

use std::fs;

use super::Copy;
use super::Found;
use super::unreadable;
use crate::reply;
use crate::tree::Entry;
use crate::tree::Kind;
use crate::tree::Tree;

/// The paths that a pattern may match, as names; without `*` the path itself, whether it is there or not.
/// A folder that may not be listed is told to the tree.
pub(super) fn expand(copy: &Copy, pattern: &[String], tree: &mut Tree) -> Vec<Vec<String>> {
    let mut paths: Vec<Vec<String>> = vec![vec![]];
    for (number, part) in pattern.iter().enumerate() {
        let is_last = number + 1 == pattern.len();
        let mut next = Vec::new();
        for path in paths {
            if next.len() > reply::MOST_ENTRIES {
                break;
            }
            if !part.contains('*') {
                next.push(extended(&path, part));
                continue;
            }
            for name in list(copy, &path, tree) {
                if matches(part, &name) {
                    let longer = extended(&path, &name);
                    if is_last || copy.find_folder(&longer).is_some() {
                        next.push(longer);
                    }
                }
            }
        }
        paths = next;
    }
    paths
}

fn extended(path: &[String], name: &str) -> Vec<String> {
    let mut path = path.to_vec();
    path.push(name.to_owned());
    path
}

/// The names in a folder, sorted.
fn list(copy: &Copy, path: &[String], tree: &mut Tree) -> Vec<String> {
    let folder = match copy.find_folder(path) {
        Some(Found::Here(folder)) => folder,
        // Of the folders above the copy, only the way to it is known.
        Some(Found::Above) => return copy.origin.get(path.len()).cloned().into_iter().collect(),
        None => return vec![],
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            tree.entries
                .insert(format!("/{}", path.join("/")), unreadable(&error));
            return vec![];
        }
    };
    let mut names = Vec::new();
    for entry in entries.flatten().take(reply::MOST_ENTRIES) {
        match entry.file_name().into_string() {
            Ok(name) => names.push(name),
            Err(name) => {
                let shown = format!("/{}/{}", path.join("/"), name.to_string_lossy());
                tree.entries.insert(
                    shown,
                    Entry {
                        kind: Kind::Unreadable(reply::FOREIGN_NAME.to_owned()),
                        mode: None,
                        owner: None,
                        group: None,
                        modified: 0,
                    },
                );
            }
        }
    }
    names.sort();
    names
}

/// Whether `*` in a pattern stands for the rest of a name; never for the `.` of a hidden one.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_is_the_rest_of_a_name() {
        for (pattern, name) in [
            ("*", "a"),
            ("*.crt", "server.crt"),
            ("s*r.crt", "server.crt"),
            ("a*b*c", "aXbYbZc"),
            ("**", "a"),
            (".b*", ".bowline"),
            ("a", "a"),
            ("a*", "a"),
            ("[a]*", "[a]b"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("*", ".hidden"),
            ("*hidden", ".hidden"),
            ("*.crt", "server.key"),
            ("ab*ba", "aba"),
            ("a*b*c", "acb"),
            ("a", "ab"),
            ("[a]*", "ab"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }
}
