//! Runs the programs of the demonstration and shows what they say.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use kubeconfig::redact;

use super::scene::Scene;
use crate::error::CommandError;
use crate::exit;
use crate::output;

pub(super) struct Stage {
    bowline: PathBuf,
    kubectl: Option<PathBuf>,
    environment: Vec<(&'static str, PathBuf)>,
    kubeconfig: PathBuf,
    /// The kubeconfig before the last move.
    before: Vec<u8>,
}

impl Stage {
    pub(super) fn open(scene: &Scene, kubectl: Option<PathBuf>) -> Result<Self, CommandError> {
        let mut environment = vec![
            ("HOME", scene.home()),
            ("USERPROFILE", scene.home()),
            ("KUBECONFIG", scene.kubeconfig()),
            ("BOWLINE_CONFIG", scene.settings()),
            ("BOWLINE_STATE", scene.folder().join("state")),
            // Only the folder's own settings count.
            ("KUBERC", PathBuf::from("off")),
        ];
        environment.extend(kubectl.clone().map(|path| ("BOWLINE_KUBECTL", path)));
        let kubeconfig = scene.kubeconfig();
        Ok(Self {
            bowline: std::env::current_exe()?,
            kubectl,
            environment,
            kubeconfig,
            before: Vec::new(),
        })
    }

    pub(super) fn has_kubectl(&self) -> bool {
        self.kubectl.is_some()
    }

    pub(super) fn add(&mut self, scene: &Scene) -> Result<(), CommandError> {
        let input = scene.printed_config();
        let mut command = self.command(&self.bowline);
        command.args(["add", "-", "--name", "dev"]);
        play(
            "microk8s config | bowline add - --name dev",
            command,
            Some(&input),
            Some(true),
        )?;
        self.remember()
    }

    /// Lets kubectl fill its discovery cache, which the timings are not about.
    pub(super) fn warm_up(&self) -> Result<(), CommandError> {
        if let Some(kubectl) = &self.kubectl {
            self.command(kubectl).args(["get", "namespaces"]).output()?;
        }
        Ok(())
    }

    /// Asks the cluster for its namespaces, through bowline.
    pub(super) fn ask(&mut self, success: bool) -> Result<Duration, CommandError> {
        self.remember()?;
        let mut command = self.command(&self.bowline);
        let shown = if self.has_kubectl() {
            command.args(["k", "get", "namespaces"]);
            "bowline k get namespaces"
        } else {
            command.args(["status"]);
            "bowline status"
        };
        play(shown, command, None, Some(success))
    }

    /// The same when the cluster has moved; without kubectl, `heal` does what `k` would.
    pub(super) fn follow(&mut self, success: bool) -> Result<Duration, CommandError> {
        if self.has_kubectl() {
            return self.ask(success);
        }
        let time = self.heal(success)?;
        if success {
            self.ask(true)?;
        }
        Ok(time)
    }

    pub(super) fn heal(&mut self, success: bool) -> Result<Duration, CommandError> {
        self.remember()?;
        let mut command = self.command(&self.bowline);
        command.arg("heal");
        play("bowline heal", command, None, Some(success))
    }

    pub(super) fn kubectl_alone(&self, success: bool) -> Result<(), CommandError> {
        if let Some(kubectl) = &self.kubectl {
            let mut command = self.command(kubectl);
            command.args(["get", "namespaces"]);
            play("kubectl get namespaces", command, None, Some(success))?;
        }
        Ok(())
    }

    /// What the last step changed in the kubeconfig.
    pub(super) fn show_diff(&self) -> Result<(), CommandError> {
        let now = std::fs::read(&self.kubeconfig)?;
        let diff = redact::diff(&self.before, &now, "config");
        say("All that changed in the kubeconfig:")?;
        Ok(output::print(&indent(diff.as_bytes()))?)
    }

    fn remember(&mut self) -> Result<(), CommandError> {
        self.before = std::fs::read(&self.kubeconfig)?;
        Ok(())
    }

    fn command(&self, program: &PathBuf) -> Command {
        let mut command = Command::new(program);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

fn play(
    shown: &str,
    mut command: Command,
    input: Option<&str>,
    success: Option<bool>,
) -> Result<Duration, CommandError> {
    output::print(&format!("  $ {shown}\n"))?;
    let start = Instant::now();
    let Output {
        status,
        stdout,
        stderr,
    } = {
        let stdin = if input.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        };
        let mut child = command
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let (Some(input), Some(mut pipe)) = (input, child.stdin.take()) {
            pipe.write_all(input.as_bytes())?;
        }
        child.wait_with_output()?
    };
    let time = start.elapsed();
    output::print(&indent(&stderr))?;
    output::print(&indent(&stdout))?;
    let said = if status.success() { "ok" } else { "failed" };
    output::print(&format!(
        "  {said} after {:.0} ms\n",
        time.as_secs_f64() * 1000.0
    ))?;
    if let Some(success) = success {
        expect(status.success() == success, &format!("`{shown}` {said}"))?;
    }
    Ok(time)
}

/// Tells the next part of the story.
pub(super) fn say(text: &str) -> Result<(), CommandError> {
    Ok(output::print(&format!("\n{text}\n"))?)
}

/// Fails unless the story went as told.
pub(super) fn expect(holds: bool, otherwise: &str) -> Result<(), CommandError> {
    if holds {
        return Ok(());
    }
    Err(CommandError::new(
        exit::FAILED,
        format!("the demonstration went wrong: {otherwise}"),
    ))
}

fn indent(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    text.lines().flat_map(|line| ["  ", line, "\n"]).collect()
}
