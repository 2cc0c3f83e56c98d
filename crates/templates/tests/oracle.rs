//! kubectl prints the same for the same templates.
//!
//! Runs where a plain kubectl is found (`BOWLINE_KUBECTL`, or on `PATH`) and says so where not.
//! `TEMPLATES_SEED` and `TEMPLATES_COUNT` choose other random templates than the usual ones.

#![allow(
    clippy::format_push_string,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests"
)]

#[path = "oracle/gotemplate.rs"]
mod gotemplate;
#[path = "oracle/jsonpath.rs"]
mod jsonpath;
#[path = "oracle/random.rs"]
mod random;

use serde_json::Value;
use testnode::kubectl::Kubectl;

/// What became of a template: what was printed, or the first line of the error.
type Printed = Result<Vec<u8>, String>;

/// kubectl over the fixture.
struct Oracle {
    kubectl: Kubectl,
    folder: tempfile::TempDir,
    value: Value,
}

impl Oracle {
    /// `None`, said aloud, where there is no kubectl, or none of at least 1.`minor`.
    fn find(minor: u32) -> Option<Self> {
        let kubectl = match testnode::kubectl::find() {
            Ok(kubectl) => kubectl,
            Err(error) => {
                println!("skipped: {error}");
                return None;
            }
        };
        if kubectl.version < (1, minor) {
            println!(
                "skipped: {} is older than 1.{minor}",
                kubectl.path.display()
            );
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config"), include_str!("fixture.yaml")).unwrap();
        let mut oracle = Self {
            kubectl,
            folder,
            value: Value::Null,
        };
        let json = oracle.view("json", true).unwrap().unwrap();
        oracle.value = serde_json::from_slice(&json).unwrap();
        Some(oracle)
    }

    /// `kubectl config view --raw -o output`; `None` when kubectl panics.
    fn view(&self, output: &str, missing_keys: bool) -> Option<Printed> {
        let output = self
            .kubectl
            .command(self.folder.path(), &self.folder.path().join("config"))
            .args(["config", "view", "--raw", "-o", output])
            .arg(format!("--allow-missing-template-keys={missing_keys}"))
            .output()
            .unwrap();
        match output.status.code() {
            Some(0) => Some(Ok(output.stdout)),
            Some(1) => {
                let error = String::from_utf8_lossy(&output.stderr).into_owned();
                Some(Err(error.strip_prefix("error: ").unwrap().to_owned()))
            }
            _ => None,
        }
    }
}

/// Shows both sides of a difference.
fn difference(template: &str, ours: &Printed, theirs: &Printed) -> String {
    let show = |printed: &Printed| match printed {
        Ok(bytes) => format!("prints {}", bytes.escape_ascii()),
        Err(error) => format!("fails: {error}"),
    };
    format!(
        "{template:?}\n  we:   {}\n  they: {}",
        show(ours),
        show(theirs)
    )
}
