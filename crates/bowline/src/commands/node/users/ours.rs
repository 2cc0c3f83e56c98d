//! Kubeconfigs of ours that follow a change of credentials.

use std::path::PathBuf;

use operations::node::ours;
use operations::node::ours::Credential;
use operations::node::ours::Old;
use operations::node::users::tokens::TokenPlan;

use super::super::Scene;
use super::super::cell;
use super::all;
use crate::error::CommandError;
use crate::output;

/// The files of ours that hold one of these credentials.
pub(super) fn holding(files: &[PathBuf], olds: &[Old]) -> Result<Vec<PathBuf>, CommandError> {
    let mut holding = Vec::new();
    for old in olds {
        holding.extend(ours::holders(files, old)?.into_iter().map(|it| it.file));
    }
    holding.dedup();
    Ok(holding)
}

/// Gives our kubeconfigs the new token.
pub(super) fn ours_follow(
    scene: &Scene,
    files: &[PathBuf],
    olds: &[Old],
    user: &str,
    plan: &TokenPlan,
) -> Result<(), CommandError> {
    let Some(new) = plan.new.clone().map(Credential::Token) else {
        return Ok(());
    };
    let summary = format!("node users rotate {}", cell(user));
    let Followed { changed, failed } = follow(scene, files, olds, &new, &summary);
    let reported = if changed.is_empty() && failed.is_err() {
        Ok(())
    } else {
        report(&changed, user)
    };
    all([failed, reported])
}

/// What became of our kubeconfigs.
pub(super) struct Followed {
    pub(super) changed: Vec<PathBuf>,
    pub(super) failed: Result<(), CommandError>,
}

/// Puts a new credential in the place of old ones, as one change. A file that cannot be changed does not keep
/// the others from it.
pub(super) fn follow(
    scene: &Scene,
    files: &[PathBuf],
    olds: &[Old],
    new: &Credential,
    summary: &str,
) -> Followed {
    let mut change = scene.world.store.change(summary);
    let mut followed = Followed {
        changed: Vec::new(),
        failed: Ok(()),
    };
    for file in files {
        for old in olds {
            match ours::replace(&mut change, file, old, new) {
                Ok(true) if !followed.changed.contains(file) => followed.changed.push(file.clone()),
                Ok(_) => {}
                Err(error) => {
                    followed.failed = all([followed.failed, Err(error.into())]);
                    break;
                }
            }
        }
    }
    followed
}

pub(super) fn report(changed: &[PathBuf], user: &str) -> Result<(), CommandError> {
    if changed.is_empty() {
        output::note(&format!(
            "no kubeconfig of yours had the old credential of {}",
            cell(user)
        ));
    }
    for file in changed {
        output::print(&format!("wrote {}\n", file.display()))?;
    }
    Ok(())
}
