//! `bowline node users add`.

use operations::failure::argument;
use operations::node::access::Access;
use operations::node::ours::Credential;
use operations::node::users::certificates;
use operations::node::users::tokens;
use operations::node::users::tokens::ADMINISTRATORS;

use super::super::Scene;
use super::super::cell;
use super::super::kubeconfig;
use super::super::kubeconfig::Destination;
use super::all;
use super::certificates::days;
use super::certificates::give;
use super::certificates::issue;
use super::certificates::lifetime;
use super::certificates::remember;
use super::certificates::told_until;
use super::issued;
use super::never_ends;
use super::tokens::check;
use super::tokens::dry_run;
use super::tokens::has_token;
use super::tokens::refuse_restart;
use super::tokens::restart;
use super::tokens::write;
use crate::cli::node::AddUserArgs;
use crate::error::CommandError;
use crate::exit;
use crate::output;

/// What the names of Kubernetes' own users and groups begin with.
pub(super) const RESERVED: &str = "system:";

pub(super) fn add(scene: &Scene, arguments: &AddUserArgs) -> Result<u8, CommandError> {
    kubeconfig::refuse_existing(scene, &arguments.kubeconfig)?;
    let access = scene.open()?;
    let user = &arguments.user;
    refuse_power(&access, user, &arguments.group, arguments.force)?;
    if access.node.reads_tokens() {
        return add_token(scene, &access, arguments);
    }
    certificates::check(user, &arguments.group)?;
    let lifetime = lifetime(arguments.expires)?;
    let kubeconfigs = scene.kubeconfigs()?;
    // A list that cannot be written to is found out before there is something to write down.
    issued(scene)?;
    let reached = scene.reach(&access, &kubeconfigs)?;
    if arguments.restart.dry_run {
        output::print(&format!(
            "{}: would have a certificate issued for {} in {}, good for {}\n",
            access.name(),
            cell(user),
            named_groups(&arguments.group),
            days(lifetime)
        ))?;
        return Ok(exit::OK);
    }
    let destination = Destination::open(scene, &arguments.kubeconfig)?;
    let fresh = issue(&access, &reached, user, &arguments.group, lifetime)?;
    let remembered = remember(scene, &fresh);
    let given = give(
        scene,
        &access,
        &reached,
        user,
        &fresh,
        &arguments.kubeconfig,
        destination,
    );
    all([remembered, given])?;
    told_until(&fresh);
    if !access.node.allows_everything() && arguments.group.is_empty() {
        output::note(&format!(
            "{} may do nothing yet; for example: kubectl create rolebinding {} --clusterrole=edit --user={} --namespace=NAMESPACE",
            cell(user),
            argument(&format!("{user}-edit")),
            argument(user)
        ));
    }
    Ok(exit::OK)
}

pub(super) fn add_token(
    scene: &Scene,
    access: &Access,
    arguments: &AddUserArgs,
) -> Result<u8, CommandError> {
    let user = &arguments.user;
    if arguments.expires.is_some() {
        return Err(never_ends(access));
    }
    refuse_restart(access, arguments.restart)?;
    let plan = tokens::add(access, user, &arguments.group)?;
    if arguments.restart.dry_run {
        return dry_run(access, &plan, &[], arguments.restart);
    }
    let kubeconfigs = scene.kubeconfigs()?;
    let reached = scene.reach(access, &kubeconfigs)?;
    let destination = Destination::open(scene, &arguments.kubeconfig)?;
    write(access, &plan)?;
    let restarted = restart(access, &plan, arguments.restart);
    // The list has the user, whether or not the API server has read it.
    let given = match plan.new.clone() {
        None => Ok(()),
        Some(token) => kubeconfig::write(
            scene,
            access,
            &reached,
            user,
            Credential::Token(token).user(),
            &arguments.kubeconfig,
            destination,
        )
        .map_err(|error| has_token(access, user, &error)),
    };
    let checked = match (&restarted, arguments.restart.restart) {
        (Ok(()), true) => check(access, &reached, &plan),
        _ => Ok(()),
    };
    all([restarted, given, checked])?;
    Ok(exit::OK)
}

/// Nobody gets the whole cluster without somebody saying so.
pub(super) fn refuse_power(
    access: &Access,
    name: &str,
    groups: &[String],
    force: bool,
) -> Result<(), CommandError> {
    if force {
        return Ok(());
    }
    let refuse = |reason: String| {
        let message = format!("{}: {reason}", access.name());
        Err(CommandError::new(exit::BAD_INPUT, message))
    };
    let user = cell(name);
    if groups.iter().any(|group| group == ADMINISTRATORS) {
        return refuse(format!(
            "{user} in {ADMINISTRATORS} could do anything in the cluster, whatever RBAC says{}. --force does it all the same",
            if access.node.reads_tokens() {
                ""
            } else {
                ", and a certificate cannot be taken back"
            }
        ));
    }
    let names = std::iter::once(name).chain(groups.iter().map(String::as_str));
    if let Some(reserved) = names.into_iter().find(|it| it.starts_with(RESERVED)) {
        return refuse(format!(
            "{} is reserved for parts of Kubernetes itself: {user} could do what they can. --force does it all the same",
            cell(reserved)
        ));
    }
    if access.node.apiserver().is_none() {
        return refuse(format!(
            "args/kube-apiserver is not there or cannot be read: whether the cluster allows everything to everyone is not known, and {user} could be able to do anything. --force does it all the same"
        ));
    }
    if access.node.allows_everything() {
        return refuse(format!(
            "this cluster allows everything to everyone who can log in (--authorization-mode=AlwaysAllow): {user} could do anything. `sudo microk8s enable rbac` there first, or --force"
        ));
    }
    Ok(())
}

pub(super) fn named_groups(groups: &[String]) -> String {
    if groups.is_empty() {
        return "no group".to_owned();
    }
    cell(&groups.join(", "))
}
