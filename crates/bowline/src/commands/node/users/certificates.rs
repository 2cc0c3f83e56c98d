//! Certificates that are issued: for how long, where they are written down, and to whom they are given.

use std::time::Duration;

use identity::Limits;
use operations::failure::argument;
use operations::node::access::Access;
use operations::node::issued::Issued;
use operations::node::reached::Reached;
use operations::node::users::certificates;
use operations::node::users::certificates::Fresh;

use super::super::Scene;
use super::super::block_on;
use super::super::kubeconfig;
use super::super::kubeconfig::Destination;
use crate::cli::duration::Span;
use crate::cli::node::Written;
use crate::error::CommandError;
use crate::exit;
use crate::output;
use crate::output::day;

/// How long a certificate is good unless it is said: three months, after which somebody should ask again.
const LIFETIME: Duration = Duration::from_hours(90 * 24);

pub(super) fn issue(
    access: &Access,
    reached: &Reached,
    user: &str,
    groups: &[String],
    lifetime: Duration,
) -> Result<Fresh, CommandError> {
    let limits = Limits::default();
    let issued = certificates::issue(access, reached, user, groups, lifetime, &limits);
    Ok(block_on(issued)??)
}

/// Gives a fresh certificate away: its key is nowhere else.
pub(super) fn give(
    scene: &Scene,
    access: &Access,
    reached: &Reached,
    user: &str,
    fresh: &Fresh,
    to: &Written,
    destination: Destination,
) -> Result<(), CommandError> {
    let credential = fresh.credential.user();
    kubeconfig::write(scene, access, reached, user, credential, to, destination).map_err(|error| {
        CommandError::new(
            error.code,
            format!(
                "{}\n  the certificate was issued, and its key is lost; for another one: bowline node users rotate {} --on {}",
                error.message,
                argument(user),
                access.machine.place().argument()
            ),
        )
    })
}

pub(super) fn remember(scene: &Scene, fresh: &Fresh) -> Result<(), CommandError> {
    let path = scene.environment.issued_file()?;
    Issued::update(&scene.world.store, &path, |issued| {
        issued.certificates.push(fresh.record.clone());
    })?;
    Ok(())
}

pub(super) fn told_until(fresh: &Fresh) {
    let shortened = if fresh.is_shortened {
        " (the cluster gives no longer ones)"
    } else {
        ""
    };
    output::note(&format!(
        "the certificate is good until {}{shortened}",
        day(fresh.record.expires)
    ));
}

pub(super) fn lifetime(asked: Option<Span>) -> Result<Duration, CommandError> {
    let lifetime = asked.map_or(LIFETIME, |span| span.0);
    if lifetime < certificates::SHORTEST {
        return Err(CommandError::new(
            exit::USAGE,
            "--expires: a certificate is good for 10 minutes at least",
        ));
    }
    Ok(lifetime)
}

pub(super) fn days(lifetime: Duration) -> String {
    let hours = lifetime.as_secs() / 3600;
    if hours >= 48 {
        format!("{} days", hours / 24)
    } else {
        format!("{} minutes", lifetime.as_secs() / 60)
    }
}
