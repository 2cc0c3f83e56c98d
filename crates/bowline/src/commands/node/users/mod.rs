//! `bowline node users`.

mod add;
mod certificates;
mod list;
mod ours;
mod remove;
mod rotate;
mod tokens;

use operations::node::access::Access;
use operations::node::issued::Issued;
use operations::node::ours::Old;
use operations::node::reached::Own;

use self::add::add;
use self::list::show;
use self::remove::remove;
use self::rotate::rotate;
use super::Scene;
use super::cell;
use crate::cli::node::UsersCommand;
use crate::error::CommandError;
use crate::exit;

pub(super) fn run(scene: &Scene, command: &UsersCommand) -> Result<u8, CommandError> {
    match command {
        UsersCommand::List(arguments) => show(scene, *arguments),
        UsersCommand::Add(arguments) => add(scene, arguments),
        UsersCommand::Rotate(arguments) => rotate(scene, arguments),
        UsersCommand::Remove(arguments) => remove(scene, arguments),
    }
}

/// What was issued by us, for all clusters.
pub(super) fn issued(scene: &Scene) -> Result<Issued, CommandError> {
    Ok(Issued::load(&scene.environment.issued_file()?)?)
}

/// What went wrong of several things that were all tried.
pub(super) fn all<const N: usize>(
    results: [Result<(), CommandError>; N],
) -> Result<(), CommandError> {
    results
        .into_iter()
        .filter_map(Result::err)
        .reduce(|first, next| {
            CommandError::new(first.code, format!("{}\n{}", first.message, next.message))
        })
        .map_or(Ok(()), Err)
}

pub(super) fn never_ends(access: &Access) -> CommandError {
    CommandError::new(
        exit::USAGE,
        format!(
            "{}: users log in with static tokens there, which never end: --expires is for client certificates",
            access.name()
        ),
    )
}

pub(super) fn unknown(access: &Access, user: &str) -> CommandError {
    CommandError::new(
        exit::BAD_INPUT,
        format!(
            "{}: no certificate was issued for {} from here; `bowline node users list` shows the users that are known",
            access.name(),
            cell(user)
        ),
    )
}

/// A user of the node's own kubeconfig: the administrator.
pub(super) fn built_in(
    access: &Access,
    own: &Own,
    user: &str,
) -> Result<(Vec<String>, Vec<Old>), CommandError> {
    let pem = own.user.client_certificate_data.as_deref();
    let leaf = pem.and_then(|pem| identity::Leaf::from_pem(pem).ok());
    match leaf {
        Some(leaf) if leaf.common_names.first().is_some_and(|name| name == user) => {
            Ok((leaf.organizations, vec![Old::Key(leaf.key)]))
        }
        _ if user.starts_with("system:") => Err(CommandError::new(
            exit::BAD_INPUT,
            format!(
                "{}: {} is one of the node's own services: `sudo microk8s refresh-certs -e ca.crt` there makes all of their certificates anew",
                access.name(),
                cell(user)
            ),
        )),
        _ => Err(unknown(access, user)),
    }
}
