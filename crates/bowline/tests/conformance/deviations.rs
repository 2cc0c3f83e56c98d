//! Where bowline does not do as kubectl does, and what it does instead.

use crate::sandbox::Changes;
use crate::sandbox::Outcome;
use crate::sandbox::Sandbox;

/// What bowline does in a case.
#[derive(Clone, Copy)]
pub(crate) struct Deviation {
    pub(crate) id: &'static str,
    /// The exit code, of each step alike.
    pub(crate) exit: i32,
    /// What standard error says; when empty, it says nothing.
    pub(crate) stderr: &'static [&'static str],
    /// What standard output says.
    pub(crate) stdout: &'static [&'static str],
    /// What neither of them says.
    pub(crate) never: &'static [&'static str],
    /// The files that change; no other does.
    pub(crate) changed: &'static [&'static str],
}

const NOTHING: Deviation = Deviation {
    id: "",
    exit: 0,
    stderr: &[],
    stdout: &[],
    never: &[],
    changed: &[],
};

const DEVIATIONS: &[Deviation] = &[
    // kubectl refuses; bowline lists.
    Deviation {
        id: "T172",
        stdout: &["\"name\": \"dev\"", "\"name\": \"prod\""],
        ..NOTHING
    },
    // kubectl deletes nothing and ends with 0.
    Deviation {
        id: "T221",
        exit: 1,
        stderr: &["error: Unexpected args: []\n"],
        stdout: &["bowline config delete-context NAME"],
        ..NOTHING
    },
    Deviation {
        id: "T222",
        exit: 1,
        stderr: &["error: Unexpected args: [dev prod]\n"],
        stdout: &["bowline config delete-context NAME"],
        ..NOTHING
    },
];

/// The row of a case, if it has one.
pub(crate) fn deviation(id: &str) -> Option<&'static Deviation> {
    DEVIATIONS.iter().find(|deviation| deviation.id == id)
}

impl Deviation {
    /// Judges one call. `$DIR` in the row is the case's folder.
    pub(crate) fn judge(&self, sandbox: &Sandbox, found: &Outcome, differences: &mut Vec<String>) {
        let fill = |part: &str| String::from_utf8(sandbox.content(part)).unwrap();
        let (stdout, stderr) = (&found.stdout, &found.stderr);
        if found.exit != Some(self.exit) {
            let (was, is) = (self.exit, found.exit);
            differences.push(format!("exit code: expected {was}, got {is:?}"));
        }
        for part in self
            .stdout
            .iter()
            .filter(|part| !stdout.contains(&fill(part)))
        {
            differences.push(format!("stdout does not say {part:?}: {stdout:?}"));
        }
        for part in self
            .stderr
            .iter()
            .filter(|part| !stderr.contains(&fill(part)))
        {
            differences.push(format!("stderr does not say {part:?}: {stderr:?}"));
        }
        if self.stderr.is_empty() && !stderr.is_empty() {
            differences.push(format!("stderr says {stderr:?}"));
        }
        for part in self.never {
            let part = fill(part);
            if stdout.contains(&part) || stderr.contains(&part) {
                differences.push(format!("it says {part:?}: {stdout:?} {stderr:?}"));
            }
        }
    }

    /// Judges what changed in the folder.
    pub(crate) fn judge_files(&self, changes: &Changes, differences: &mut Vec<String>) {
        let found: Vec<&str> = changes.keys().map(String::as_str).collect();
        if found != self.changed {
            let expected = self.changed;
            differences.push(format!(
                "changed files: expected {expected:?}, got {found:?}"
            ));
        }
    }
}

#[test]
fn every_row_is_of_a_case() {
    let cases: Vec<String> = crate::case::all().into_iter().map(|case| case.id).collect();
    for (at, row) in DEVIATIONS.iter().enumerate() {
        assert!(cases.iter().any(|id| id == row.id), "{}", row.id);
        let first = DEVIATIONS.iter().position(|other| other.id == row.id);
        assert_eq!(first, Some(at), "{} has two rows", row.id);
    }
}
