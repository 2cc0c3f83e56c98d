//! Carrying out what a node needs after its address changed, step by step.

use machines::Input;
use machines::MachineError;
use machines::Script;
use microk8s::repair::Action;
use microk8s::repair::Plan;
use microk8s::repair::Site;
use microk8s::repair::Step;

use super::access::Access;
use super::restart::service;
use super::scripts;

/// Why a step failed; those before it are done.
#[derive(Debug, thiserror::Error)]
#[error("step {step} failed: {}{}", .source.told(), left(*.copied, *.stopped))]
pub struct RepairFailure {
    /// Its number, from 1.
    pub step: usize,
    /// Whether there is a copy of what was there before.
    pub copied: bool,
    /// Whether MicroK8s was stopped and not started again.
    pub stopped: bool,
    /// Why.
    pub source: MachineError,
}

fn left(copied: bool, stopped: bool) -> String {
    let mut text = String::new();
    if copied {
        text.push_str("\n  the copy is /var/snap/microk8s/common/before-repair.tar");
    }
    if stopped {
        text.push_str("\n  MicroK8s is stopped there: `sudo snap start microk8s` starts it");
    }
    text
}

/// Carries a plan out up to the first step that needs a decision or another machine; returns how many steps
/// were done. `tell` is told of each before it is begun, and `note` before sudo is used for a file.
///
/// # Errors
/// [`RepairFailure`].
pub async fn apply(
    access: &Access,
    plan: &Plan,
    tell: &dyn Fn(usize, &Step),
    note: &dyn Fn(&str),
) -> Result<usize, RepairFailure> {
    let (mut copied, mut stopped) = (false, false);
    for (index, step) in plan.steps.iter().enumerate() {
        if !is_ours(step) {
            return Ok(index);
        }
        tell(index + 1, step);
        // One that fails may have stopped some of its services.
        stopped |= step.action == Action::Stop;
        carry_out(access, step, note)
            .await
            .map_err(|source| RepairFailure {
                step: index + 1,
                copied,
                stopped,
                source,
            })?;
        copied |= step.action == Action::Backup;
        stopped &= step.action != Action::Start;
    }
    Ok(plan.steps.len())
}

/// Whether a step can be done here and without a person.
pub fn is_ours(step: &Step) -> bool {
    matches!(step.site, Site::Here) && !matches!(step.action, Action::ByHand)
}

async fn carry_out(access: &Access, step: &Step, note: &dyn Fn(&str)) -> Result<(), MachineError> {
    match step.action {
        Action::Stop => service(access, "stop", "microk8s").await,
        Action::Start => {
            service(access, "start", "microk8s").await?;
            run(access, scripts::WAIT, "").await
        }
        Action::Restart(name) => service(access, "restart", name).await,
        Action::Wait => run(access, scripts::WAIT, "").await,
        Action::Backup => run(access, scripts::BACKUP, "").await,
        Action::RefreshCerts(which) => run(access, scripts::REFRESH, which).await,
        Action::Edit => {
            for file in &step.files {
                access
                    .replace(&file.path, file.before.as_deref(), &file.after, note)
                    .await?;
            }
            Ok(())
        }
        // `is_ours` is asked first.
        Action::ByHand => Ok(()),
    }
}

async fn run(access: &Access, script: Script, word: &str) -> Result<(), MachineError> {
    let input = Input::new(format!("{word}\n").into_bytes());
    access
        .machine
        .succeed(script, &input, access.privilege)
        .await
        .map(drop)
}

#[cfg(test)]
mod tests {
    use machines::Place;

    use super::*;

    #[test]
    fn a_failure_says_how_the_node_is_left() {
        let failure = |copied, stopped| {
            let source = MachineError::ReadOnly {
                place: Place::Local,
                path: "/x".to_owned(),
            };
            let failure = RepairFailure {
                step: 1,
                copied,
                stopped,
                source,
            };
            failure.to_string()
        };
        assert!(!failure(false, false).contains("the copy is"));
        assert!(!failure(false, false).contains("stopped"));
        assert!(failure(true, true).contains("before-repair.tar"));
        assert!(failure(false, true).contains("`sudo snap start microk8s`"));
    }
}
