//! Carrying out a change of static tokens: the node's files, its API server, and what is said of them.

use std::path::PathBuf;

use ::kubeconfig::Secret;
use identity::Limits;
use machines::Place;
use operations::failure::argument;
use operations::node::access::Access;
use operations::node::reached::Reached;
use operations::node::restart;
use operations::node::users::tokens::TokenPlan;

use super::super::Scene;
use super::super::block_on;
use super::super::cell;
use crate::cli::node::Restart;
use crate::error::CommandError;
use crate::exit;
use crate::output;

/// Writes the node's files.
pub(super) fn write(access: &Access, plan: &TokenPlan) -> Result<(), CommandError> {
    block_on(plan.write(access, &output::note))?
        .map_err(|error| CommandError::new(exit::FAILED, error.to_string()))?;
    for file in &plan.files {
        output::note(&format!("{}: wrote {}", access.name(), cell(&file.path)));
    }
    if is_copy(access) {
        output::note(
            "this is a copy: the node itself knows nothing of the change until the files are there, and your kubeconfigs stay as they are",
        );
    }
    Ok(())
}

/// Nothing runs in a copy; found out before anything in it is changed.
pub(super) fn refuse_restart(access: &Access, arguments: Restart) -> Result<(), CommandError> {
    if arguments.restart && is_copy(access) {
        return Err(CommandError::new(
            exit::USAGE,
            format!(
                "{}: --restart: this is a copy, in which nothing runs",
                access.name()
            ),
        ));
    }
    Ok(())
}

pub(super) fn is_copy(access: &Access) -> bool {
    matches!(access.machine.place(), Place::Folder(_))
}

/// Restarts where that was asked for.
pub(super) fn restart(
    access: &Access,
    plan: &TokenPlan,
    arguments: Restart,
) -> Result<(), CommandError> {
    if !arguments.restart {
        output::note(&format!(
            "{}: its API server reads the list only when it starts. Until then {}. To restart it (pods keep running): `{}`",
            access.name(),
            match (&plan.new, plan.old.is_empty()) {
                (Some(_), true) => "it refuses the new token",
                (Some(_), false) =>
                    "it accepts the old token only, and a kubeconfig with the new one fails",
                (None, _) => "it still accepts the user's token",
            },
            restart::command(access)
        ));
        return Ok(());
    }
    output::note(&format!(
        "{}: restarts the API server: `{}`",
        access.name(),
        restart::command(access)
    ));
    block_on(restart::restart(access))??;
    Ok(())
}

/// The API server's own word: the new token is accepted, the old one refused.
pub(super) fn check(
    access: &Access,
    reached: &Reached,
    plan: &TokenPlan,
) -> Result<(), CommandError> {
    let limits = Limits::default();
    if let Some(new) = &plan.new {
        block_on(restart::accepts(access, reached, new, &limits))??;
        // Standard output may be the new kubeconfig.
        output::note("the new token is accepted");
    }
    for old in &plan.old {
        block_on(restart::refuses(access, reached, old, &limits))??;
        output::note("the old token is refused (401)");
    }
    Ok(())
}

/// Takes tokens that are of no use any more out of the history.
pub(super) fn forget(scene: &Scene, tokens: &[Secret]) -> Result<(), CommandError> {
    let secrets: Vec<&[u8]> = tokens.iter().map(Secret::expose).collect();
    scene.world.store.forget(&secrets)?;
    Ok(())
}

pub(super) fn tell_others(plan: &TokenPlan) {
    if !plan.others.is_empty() {
        output::note(&format!(
            "the other nodes of the cluster ({}) read lists of their own and do not know of this: {}, and restart their API servers",
            plan.others.join(", "),
            match (&plan.new, plan.old.is_empty()) {
                (Some(_), true) =>
                    "put the user's line into their credentials/known_tokens.csv too",
                (Some(_), false) =>
                    "the old token is good there and the new one is refused. Change the user's line in their credentials/known_tokens.csv, and the token in their credentials/*.config, to the new one",
                (None, _) =>
                    "the token is good there. Take the user's line out of their credentials/known_tokens.csv too",
            }
        ));
    }
}

/// `ours` are the kubeconfigs that would follow.
pub(super) fn dry_run(
    access: &Access,
    plan: &TokenPlan,
    ours: &[PathBuf],
    restart: Restart,
) -> Result<u8, CommandError> {
    let name = access.name();
    for file in &plan.files {
        output::print(&format!("{name}: would write {}\n", cell(&file.path)))?;
    }
    for file in ours {
        output::print(&format!("would write {}\n", file.display()))?;
    }
    output::print(&if restart.restart {
        format!("{name}: would restart the API server\n")
    } else {
        format!("{name}: would change nothing for the API server until it restarts (--restart)\n")
    })?;
    output::note("nothing was changed (--dry-run)");
    Ok(exit::OK)
}

/// An error after the node got a new token.
pub(super) fn has_token(access: &Access, user: &str, error: &CommandError) -> CommandError {
    CommandError::new(
        error.code,
        format!(
            "{}\n  the node has the new token already; to get it: bowline node kubeconfig {} --on {}",
            error.message,
            argument(user),
            access.machine.place().argument()
        ),
    )
}
