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
    // kubectl looks for a folder called `~`.
    Deviation {
        id: "T022",
        stdout: &["current-context: dev\n", "name: prod-c\n"],
        never: &["s3cr3t"],
        ..NOTHING
    },
    // kubectl reads `.kube/config` of the working folder.
    Deviation {
        id: "T033",
        exit: 1,
        stderr: &["error: HOME is not set and neither is KUBECONFIG"],
        ..NOTHING
    },
    Deviation {
        id: "T034",
        exit: 1,
        stderr: &["error: HOME is not set and neither is KUBECONFIG"],
        ..NOTHING
    },
    // kubectl copies the file, with another mode.
    Deviation {
        id: "T035",
        stdout: &["CURRENT   NAME   CLUSTER   AUTHINFO   NAMESPACE\n"],
        stderr: &["mv $DIR/home/.kube/.kubeconfig $DIR/home/.kube/config"],
        never: &["shared"],
        ..NOTHING
    },
    Deviation {
        id: "T036",
        stdout: &["ctx-b"],
        ..NOTHING
    },
    // kubectl prints the whole list, with its secrets.
    Deviation {
        id: "T059",
        exit: 1,
        stderr: &["duplicate name \"shared\" in list\n"],
        never: &["uu"],
        ..NOTHING
    },
    Deviation {
        id: "T060",
        exit: 1,
        stderr: &["duplicate name \"a\" in list\n"],
        never: &["https://"],
        ..NOTHING
    },
    Deviation {
        id: "T061",
        exit: 1,
        stderr: &["duplicate name \"a\" in list\n"],
        never: &["topsecret"],
        ..NOTHING
    },
    // kubectl hides less.
    Deviation {
        id: "T131",
        stdout: &[
            "\"token\": \"REDACTED\"",
            "\"client-key-data\": \"DATA+OMITTED\"",
        ],
        never: &["\"tok\"", "u:p@proxy"],
        ..NOTHING
    },
    // kubectl prints the whole config into the error.
    Deviation {
        id: "T140",
        exit: 1,
        stderr: &[
            "error: error executing jsonpath \"{.contexts[9].name}\": Error executing template: array index out of bounds: index 9, length 2\n",
        ],
        never: &["object given", "prod-c"],
        ..NOTHING
    },
    // kubectl prints the whole config on standard output.
    Deviation {
        id: "T160",
        exit: 1,
        stderr: &[
            "error: error executing template \"{{.nope}}\": template: output:1:2: executing \"output\" at <.nope>: map has no entry for key \"nope\"\n",
        ],
        never: &["raw data", "prod-c"],
        ..NOTHING
    },
    // Escaped on a terminal, which the case has not; see tests/e2e/config for that.
    Deviation {
        id: "T178",
        stdout: &["          a\nb         \u{1b}[31mred   u         \n"],
        ..NOTHING
    },
    // kubectl removes the CA, or refers to the working folder, and says that all is well.
    Deviation {
        id: "T241",
        exit: 1,
        stderr: &["error: --certificate-authority is empty"],
        ..NOTHING
    },
    Deviation {
        id: "T245",
        exit: 1,
        stderr: &["error: certificate-authority d is a directory"],
        ..NOTHING
    },
    Deviation {
        id: "T246",
        exit: 1,
        stderr: &["error: certificate-authority file x.crt is empty\n"],
        ..NOTHING
    },
    Deviation {
        id: "T390",
        exit: 1,
        stderr: &["error: --certificate-authority is empty"],
        ..NOTHING
    },
    Deviation {
        id: "T391",
        exit: 1,
        stderr: &["error: --client-certificate is empty"],
        ..NOTHING
    },
    Deviation {
        id: "T393",
        exit: 1,
        stderr: &["error: client-certificate d is a directory"],
        ..NOTHING
    },
    // kubectl makes another program of `./auth`.
    Deviation {
        id: "T274",
        stdout: &["User \"a\" set.\n"],
        changed: &["c.yaml"],
        ..NOTHING
    },
    // kubectl panics.
    Deviation {
        id: "T299",
        exit: 1,
        stderr: &["error: cannot set users.dev-u.exec to a single value"],
        ..NOTHING
    },
    Deviation {
        id: "T302",
        exit: 1,
        stderr: &["error: cannot set preferences.extensions.foo to a single value"],
        ..NOTHING
    },
    Deviation {
        id: "T303",
        exit: 1,
        stderr: &["error: cannot set extensions.foo to a single value"],
        ..NOTHING
    },
    // kubectl writes the cluster into the other file.
    Deviation {
        id: "T306",
        exit: 1,
        stderr: &["error: can't set a map to a value: map["],
        ..NOTHING
    },
    // kubectl gives up at once, and where nothing is to be done.
    Deviation {
        id: "T343",
        exit: 1,
        stderr: &["c.yaml is locked by ", "bowline unlock "],
        ..NOTHING
    },
    Deviation {
        id: "T344",
        stdout: &["Switched to context \"dev\".\n"],
        ..NOTHING
    },
    // kubectl locks files that it does not change.
    Deviation {
        id: "T346",
        stdout: &["Context \"shared\" modified.\n"],
        changed: &["a"],
        ..NOTHING
    },
    Deviation {
        id: "T347",
        stdout: &["Context \"shared\" modified.\n"],
        changed: &["a"],
        ..NOTHING
    },
    Deviation {
        id: "T350",
        stdout: &["Context \"shared\" modified.\n"],
        changed: &["a"],
        ..NOTHING
    },
    Deviation {
        id: "T351",
        exit: 1,
        stderr: &["error: KUBECONFIG names no file"],
        ..NOTHING
    },
    Deviation {
        id: "T352",
        exit: 1,
        stderr: &["d/c.yaml", "its folder cannot be written to"],
        ..NOTHING
    },
    Deviation {
        id: "T406",
        stdout: &["Switched to context \"prod\".\n"],
        changed: &["c.yaml"],
        ..NOTHING
    },
    // kubectl prints what the extensions hold.
    Deviation {
        id: "T381",
        exit: 1,
        stderr: &["duplicate name \"e\" in list\n"],
        never: &["[49]"],
        ..NOTHING
    },
    // kubectl cannot read escapes that any JSON may have.
    Deviation {
        id: "T385",
        stdout: &["a/b\u{e9}\n"],
        ..NOTHING
    },
    Deviation {
        id: "T386",
        stdout: &["\u{1f600}\n"],
        ..NOTHING
    },
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
