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
#[error("step {step} failed: {}{}", .source.told(), if *.copied { "; the copy is /var/snap/microk8s/common/before-repair.tar" } else { "" })]
pub struct RepairFailure {
    /// Its number, from 1.
    pub step: usize,
    /// Why.
    pub source: MachineError,
    /// Whether the copy of the node's files was made before.
    pub copied: bool,
}

/// Carries a plan out up to the first step that needs a decision or another machine; returns how many steps
/// were done. `tell` is told of each before it is begun.
///
/// # Errors
/// [`RepairFailure`].
pub async fn apply(
    access: &Access,
    plan: &Plan,
    tell: &dyn Fn(usize, &Step),
) -> Result<usize, RepairFailure> {
    for (index, step) in plan.steps.iter().enumerate() {
        if !is_ours(step) {
            return Ok(index);
        }
        tell(index + 1, step);
        carry_out(access, step)
            .await
            .map_err(|source| RepairFailure {
                step: index + 1,
                source,
                copied: done_before(plan, index),
            })?;
    }
    Ok(plan.steps.len())
}

/// Whether the copy was made before the step of this index.
fn done_before(plan: &Plan, index: usize) -> bool {
    let mut before = plan.steps.iter().take(index);
    before.any(|step| matches!(step.action, Action::Backup))
}

/// Whether a step can be done here and without a person.
pub fn is_ours(step: &Step) -> bool {
    matches!(step.site, Site::Here) && !matches!(step.action, Action::ByHand)
}

async fn carry_out(access: &Access, step: &Step) -> Result<(), MachineError> {
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
                    .machine
                    .replace(
                        &file.path,
                        file.before.as_deref(),
                        &file.after,
                        access.privilege,
                    )
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
