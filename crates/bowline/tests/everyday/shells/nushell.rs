//! Nushell, which is in no package of Debian: the test script fetches it, and says so where it cannot.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use super::sandbox;
use super::sessions;
use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::run;
use crate::support::skip;

/// Where nushell is. The test script has said so already where it could not be fetched.
fn nushell(test: &str) -> Option<PathBuf> {
    let named = std::env::var_os("BOWLINE_NUSHELL").map(PathBuf::from);
    if named.as_deref() == Some(Path::new("none")) {
        eprintln!("SKIPPED: {test}: BOWLINE_NUSHELL is none");
        return None;
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found = std::env::split_paths(&path).map(|folder| folder.join("nu"));
    let program = named.or_else(|| found.find(|program| program.exists()));
    if program.is_none() {
        skip(test, "there is no nushell");
    }
    program
}

/// Runs lines behind the integration; `arguments` are those of `bowline init nushell`.
#[track_caller]
fn lines(sandbox: &Sandbox, nu: &Path, arguments: &[&str], text: &str) -> Outcome {
    run(command(sandbox, nu, arguments, text), b"")
}

fn command(sandbox: &Sandbox, nu: &Path, arguments: &[&str], text: &str) -> Command {
    let script = sandbox.bowline(&[&["init", "nushell"], arguments].concat());
    let file = sandbox.path("bowline.nu");
    fs::write(&file, script.expect(0).stdout).unwrap();
    let mut command = sandbox.settle(Command::new(nu));
    let path = format!("{}:/usr/bin:/bin", sandbox.path("bin").display());
    command.env("PATH", path).env_remove("KUBECONFIG");
    let text = format!("source {}\n{text}", file.display());
    command.args(["--no-config-file", "--no-std-lib", "-c", &text]);
    command
}

#[test]
fn nushell_chooses_for_itself_and_its_children() {
    let Some(nu) = nushell("nushell_chooses_for_itself") else {
        return;
    };
    let sandbox = sessions::sandbox();
    let said = lines(
        &sandbox,
        &nu,
        &[],
        "bowline use prod -n blue\n^kubectl config current-context\n\
         ^sh -c 'echo $KUBECONFIG'; print $nu.pid\n\
         ^kubectl config set-cluster fresh --server=https://192.0.2.9\n\
         try { bowline use nope } catch {|error| print $error.exit_code }\n\
         ^kubectl config current-context\n\
         bowline use --end\n^kubectl config current-context\nprint ('KUBECONFIG' in $env)",
    )
    .expect(0);
    let told: Vec<&str> = said.stdout.lines().collect();
    let own = format!("/state/sessions/{}-", told[2]);
    assert!(told[0] == "prod" && told[1].contains(&own), "{said:#?}");
    assert_eq!(told[4..], ["6", "prod", "dev", "false"], "{said:#?}");
    assert!(sandbox.text().contains("https://192.0.2.9"));
    // It tells no end: the next command sees to it.
    sandbox.bowline(&["history"]).expect(0);
    assert_eq!(sessions::left(&sandbox), Vec::<String>::new());
}

#[test]
fn nushell_adopts_and_never_runs_a_name() {
    let Some(nu) = nushell("nushell_adopts") else {
        return;
    };
    let sandbox = sessions::sandbox();
    let hostile = "$(touch owned)`touch owned`'";
    let mut outer = command(
        &sandbox,
        &nu,
        &[],
        &format!(
            "bowline use $env.NAME\n^kubectl config current-context\n\
             ^{nu} --no-config-file --no-std-lib -c 'source {script}; ^sh -c \"echo $KUBECONFIG\"; bowline use dev; ^kubectl config current-context'\n\
             ^sh -c 'echo $KUBECONFIG'; ^kubectl config current-context",
            nu = nu.display(),
            script = sandbox.path("bowline.nu").display()
        ),
    );
    outer.env("NAME", hostile);
    let said = run(outer, b"").expect(0);
    let told: Vec<&str> = said.stdout.lines().collect();
    assert_eq!([told[0], told[2], told[4]], [hostile, "dev", hostile]);
    assert_ne!(told[1], told[3], "it has one of its own");
    assert!(told[1].contains("/state/sessions/"), "{said:#?}");
    assert!(!sandbox.path("owned").exists());
}

#[test]
fn nushell_gives_every_argument_on_and_can_do_without_parts() {
    let Some(nu) = nushell("nushell_gives_every_argument_on") else {
        return;
    };
    let sandbox = super::stand_in();
    let said = lines(
        &sandbox,
        &nu,
        &[],
        "k get po -o yaml -w -v=6 '' 'a  b' '*' '$(x)' -- ls",
    );
    assert_eq!(
        said.expect(7).stdout,
        "<no pid><k><get><po><-o><yaml><-w><-v=6><><a  b><*><$(x)><--><ls>\n"
    );
    let bare = ["--no-k", "--no-mks", "--no-completion"];
    let said = lines(
        &sandbox,
        &nu,
        &bare,
        "bowline use dev\nprint $env.KUBECONFIG",
    );
    let said = said.expect(0).stdout;
    assert!(said.starts_with("/s o/"), "{said}");
    lines(&sandbox, &nu, &bare, "k get po").expect(1);
}

/// As nushell calls it at the Tab key.
#[test]
fn nushell_completes() {
    let Some(nu) = nushell("nushell_completes") else {
        return;
    };
    let sandbox = sandbox();
    let said = lines(
        &sandbox,
        &nu,
        &[],
        "__bowline_complete 'bowline use ' | get completions | to json --raw | print",
    );
    let said: serde_json::Value = serde_json::from_str(&said.expect(0).stdout).unwrap();
    assert_eq!(said[0]["value"], "dev");
    assert_eq!(
        said[1]["value"],
        "'xx$(touch owned)`touch owned`;touch owned'"
    );
}
