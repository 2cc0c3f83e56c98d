//! What has to be equal, by class.

use std::collections::BTreeSet;

use crate::case::After;
use crate::case::Case;
use crate::case::Class;
use crate::case::Step;
use crate::meaning::same_meaning;
use crate::sandbox::Changes;
use crate::sandbox::Item;
use crate::sandbox::Outcome;
use crate::sandbox::Sandbox;

/// Compares one call.
pub(crate) fn step(class: Class, expected: &Step, found: &Outcome, differences: &mut Vec<String>) {
    if found.exit != Some(expected.exit) {
        let (was, is) = (expected.exit, found.exit);
        differences.push(format!("exit code: expected {was}, got {is:?}"));
    }
    let streams = [
        ("stdout", &expected.stdout, &found.stdout),
        ("stderr", &expected.stderr, &found.stderr),
    ];
    for (name, expected, found) in streams {
        let same = match class {
            Class::Exact => expected == found,
            Class::Help => errors(expected) == errors(found),
            Class::AnyOrder => lines(expected) == lines(found),
            Class::Defect => true,
        };
        if !same {
            differences.push(format!(
                "{name}: expected {expected:?}\n{name}:      got {found:?}"
            ));
        }
    }
}

fn errors(text: &str) -> Vec<&str> {
    text.lines()
        .filter(|line| line.starts_with("error:"))
        .collect()
}

/// The lines, with the words of each in any order (Go's maps have none), and addresses made equal.
fn lines(text: &str) -> BTreeSet<BTreeSet<String>> {
    let word = |word: &str| match word.split_once("0x") {
        Some((before, address)) => {
            let rest = address.trim_start_matches(|c: char| c.is_ascii_hexdigit());
            format!("{before}0x…{rest}").replace(['[', ']'], "")
        }
        None => word.to_owned(),
    };
    text.lines()
        .map(|line| line.replace("map[", "map ").split(' ').map(word).collect())
        .collect()
}

/// Compares what is in the folder afterwards.
pub(crate) fn files(
    case: &Case,
    sandbox: &Sandbox,
    changes: &Changes,
    differences: &mut Vec<String>,
) {
    for (path, expected) in &case.changed {
        match changes.get(path) {
            None => differences.push(format!("{path}: it did not change")),
            Some(None) => differences.push(format!("{path}: it is gone")),
            Some(Some(item)) => {
                if let Some(difference) = item_differs(sandbox, expected, item) {
                    differences.push(format!("{path}: {difference}"));
                }
            }
        }
    }
    for path in changes
        .keys()
        .filter(|path| !case.changed.contains_key(*path))
    {
        differences.push(format!("{path}: it should not have changed"));
    }
}

fn item_differs(sandbox: &Sandbox, expected: &After, found: &Item) -> Option<String> {
    let Some(content) = &expected.content else {
        // A folder of ours may be more private than kubectl's.
        return match found {
            Item::Folder { mode } if mode & !expected.mode == 0 => None,
            Item::Folder { mode } => Some(format!("the folder's mode is {mode:o}")),
            _ => Some("it is no folder".to_owned()),
        };
    };
    let expected_bytes = sandbox.content(content);
    match found {
        Item::File { mode, .. } if *mode != expected.mode => {
            Some(format!("mode: expected {:o}, got {mode:o}", expected.mode))
        }
        Item::File { content, .. } if *content == expected_bytes => None,
        Item::File { content, .. } if !expected.new => same_meaning(&expected_bytes, content).err(),
        Item::File { content, .. } => {
            let (was, is) = (
                String::from_utf8_lossy(&expected_bytes),
                String::from_utf8_lossy(content),
            );
            Some(format!("content: expected {was:?}\n     got {is:?}"))
        }
        _ => Some("it is no file".to_owned()),
    }
}
