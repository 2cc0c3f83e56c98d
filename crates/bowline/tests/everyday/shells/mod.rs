//! The integration in the real shells, and completion in them. PowerShell is only read.

mod choices;
mod complete;
mod keys;
mod load;
mod nushell;
mod powershell;
mod prompt;
mod sessions;

use std::path::Path;
use std::process::Command;

use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::run;
use crate::support::skip;

/// Contexts that nobody should have.
pub(crate) const HOSTILE: &str = "contexts:\n\
    - name: dev\n  context: {cluster: one, user: me, namespace: team}\n\
    - name: 'xx$(touch owned)`touch owned`;touch owned'\n  context: {cluster: one, user: me}\n\
    - name: 'yy it''s \"q\" 🚀'\n  context: {cluster: one, user: me}\n\
    - name: \"zz\\e[31m\\nbowline\"\n  context: {cluster: one, user: me}\n\
    clusters: [{name: one, cluster: {server: 'https://192.0.2.1'}}]\n\
    users: [{name: me, user: {}}]\n\
    current-context: dev\n";

/// A shell of Debian.
pub(crate) fn shell(name: &str, test: &str) -> Option<String> {
    let path = format!("/usr/bin/{name}");
    if Path::new(&path).exists() {
        return Some(path);
    }
    skip(test, &format!("there is no {name}"));
    None
}

/// A sandbox with the hostile kubeconfig, and bowline on PATH behind nothing but the shells' own tools.
pub(crate) fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(HOSTILE);
    let link = sandbox.path("bin/bowline");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_bowline"), link).unwrap();
    sandbox
}

/// A sandbox with bowline and the real kubectl on PATH.
pub(crate) fn with_programs(kubeconfig: &str) -> Sandbox {
    let sandbox = Sandbox::with(kubeconfig);
    let link = |name: &str, to: &Path| {
        std::os::unix::fs::symlink(to, sandbox.path("bin").join(name)).unwrap();
    };
    link("bowline", Path::new(env!("CARGO_BIN_EXE_bowline")));
    link("kubectl", sandbox.kubectl_path());
    sandbox
}

/// A sandbox whose `bowline` is a stand-in that says how it was called, and rejects what no integration calls.
/// `init` is the real one's.
pub(crate) fn stand_in() -> Sandbox {
    let sandbox = Sandbox::with(HOSTILE);
    let real = env!("CARGO_BIN_EXE_bowline");
    sandbox.script(
        "bowline",
        &format!(
            "case \"$1 $2\" in\n\
             'use fail') exit 3 ;;\n\
             'use none') echo KUBECONFIG ;;\n\
             'use --help') printf 'help\\nmore\\n' ;;\n\
             'use dev' | 'ns team') printf 'KUBECONFIG=%s' \"/s o/$BOWLINE_SHELL_PID\" ;;\n\
             'session adopt') echo adopt >>\"$HOME/calls\"; echo KUBECONFIG=/adopted ;;\n\
             'session end') echo \"end $BOWLINE_SHELL_PID\" >>\"$HOME/calls\" ;;\n\
             'init '*) exec {real} \"$@\" ;;\n\
             'k '* | 'status '*) printf '<%s>' \"${{BOWLINE_SHELL_PID-no pid}}\" \"$@\"; echo; exit 7 ;;\n\
             *) echo \"unexpected: $*\" >&2; exit 99 ;;\n\
             esac"
        ),
    );
    sandbox
}

/// The line that loads the integration.
pub(crate) fn loads(shell: &str) -> String {
    match shell {
        "fish" => "bowline init fish | source".to_owned(),
        "elvish" => "eval (bowline init elvish | slurp)".to_owned(),
        _ => format!("eval \"$(bowline init {shell})\""),
    }
}

/// Runs a script in a shell without the user's startup files.
#[track_caller]
pub(crate) fn script(sandbox: &Sandbox, shell: &str, text: &str) -> Outcome {
    run(command(sandbox, shell, text), b"")
}

/// That command.
pub(crate) fn command(sandbox: &Sandbox, shell: &str, text: &str) -> Command {
    let mut command = sandbox.settle(Command::new(format!("/usr/bin/{shell}")));
    let bare: &[&str] = match shell {
        "bash" => &["--norc", "--noprofile"],
        "zsh" => &["-f"],
        _ => &["--no-config"],
    };
    command.args(bare).args(["-c", text]);
    let path = format!("{}:/usr/bin:/bin", sandbox.path("bin").display());
    command.env("PATH", path).env_remove("KUBECONFIG");
    command
}
