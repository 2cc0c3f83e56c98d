//! `bowline node users remove`.

use identity::Limits;
use operations::Kubeconfigs;
use operations::node::access::Access;
use operations::node::issued::Issued;
use operations::node::ours::Old;
use operations::node::reached::Own;
use operations::node::users::certificates;
use operations::node::users::tokens;

use super::super::Scene;
use super::super::block_on;
use super::super::cell;
use super::super::kubeconfig;
use super::add::RESERVED;
use super::all;
use super::built_in;
use super::tokens::check;
use super::tokens::dry_run;
use super::tokens::forget;
use super::tokens::refuse_restart;
use super::tokens::restart;
use super::tokens::tell_others;
use super::tokens::write;
use super::unknown;
use crate::cli::node::RemoveArgs;
use crate::error::CommandError;
use crate::exit;
use crate::output;
use crate::output::day;

pub(super) fn remove(scene: &Scene, arguments: &RemoveArgs) -> Result<u8, CommandError> {
    let access = scene.open()?;
    let kubeconfigs = scene.kubeconfigs()?;
    let user = &arguments.user;
    if access.node.reads_tokens() {
        refuse_restart(&access, arguments.restart)?;
        let plan = tokens::remove(&access, user, arguments.force)?;
        if arguments.restart.dry_run {
            return dry_run(&access, &plan, &[], arguments.restart);
        }
        let reached = if arguments.restart.restart {
            Some(scene.reach(&access, &kubeconfigs)?)
        } else {
            None
        };
        write(&access, &plan)?;
        let restarted = restart(&access, &plan, arguments.restart);
        let forgotten = forget(scene, &plan.old);
        let checked = match (&restarted, &reached) {
            (Ok(()), Some(reached)) => check(&access, reached, &plan),
            _ => Ok(()),
        };
        tell_others(&plan);
        all([restarted, forgotten, checked])?;
        for token in &plan.old {
            let left =
                kubeconfig::contexts_with(&scene.files(&kubeconfigs), &Old::Token(token.clone()))?;
            if !left.is_empty() {
                output::note(&format!(
                    "the token is still in {left}, where it is of no use once the API server was restarted"
                ));
            }
        }
        return Ok(exit::OK);
    }
    remove_certificate(scene, &access, &kubeconfigs, arguments)
}

/// A certificate cannot be taken back; what RBAC grants can.
pub(super) fn remove_certificate(
    scene: &Scene,
    access: &Access,
    kubeconfigs: &Kubeconfigs,
    arguments: &RemoveArgs,
) -> Result<u8, CommandError> {
    let user = &arguments.user;
    let own = Own::read(access)?;
    if built_in(access, &own, user).is_ok() && !arguments.force {
        return Err(CommandError::new(
            exit::BAD_INPUT,
            format!(
                "{}: {} is the administrator: without one nobody can administer the cluster. Its certificate cannot be revoked anyway",
                access.name(),
                cell(user)
            ),
        ));
    }
    let keys = own.authority.keys();
    let path = scene.environment.issued_file()?;
    if user.starts_with(RESERVED) && !arguments.force {
        return Err(CommandError::new(
            exit::BAD_INPUT,
            format!(
                "{}: {} is a part of Kubernetes itself: without what is granted to it, the cluster stops working. --force takes it away all the same",
                access.name(),
                cell(user)
            ),
        ));
    }
    let known: Vec<_> = Issued::load(&path)?
        .of(&keys)
        .filter(|certificate| certificate.user == *user)
        .cloned()
        .collect();
    let reached = scene.reach(access, kubeconfigs)?;
    let limits = Limits::default();
    let bindings = block_on(certificates::bindings(access, &reached, user, &limits))??;
    if known.is_empty() && bindings.is_empty() {
        return Err(unknown(access, user));
    }
    for binding in &bindings {
        let place = binding.namespace.as_deref().map_or_else(
            || "the whole cluster".to_owned(),
            |name| format!("namespace {}", cell(name)),
        );
        output::print(&format!(
            "{} {} in {place}, by binding {}\n",
            if arguments.restart.dry_run {
                "would take away"
            } else {
                "takes away"
            },
            cell(&binding.role),
            cell(&binding.name)
        ))?;
    }
    if arguments.restart.dry_run {
        if bindings.is_empty() {
            output::print(&format!(
                "nothing is granted to {} by name; a certificate cannot be revoked\n",
                cell(user)
            ))?;
        }
        output::note("nothing was changed (--dry-run)");
        return Ok(exit::OK);
    }
    block_on(certificates::revoke(
        access, &reached, user, &bindings, &limits,
    ))??;
    Issued::update(&scene.world.store, &path, |issued| {
        for certificate in &mut issued.certificates {
            if certificate.user == *user && keys.contains(&certificate.authority) {
                certificate.removed = true;
            }
        }
    })?;
    let until = known.iter().map(|certificate| certificate.expires).max();
    let until = until.map_or_else(|| "its end".to_owned(), day);
    output::print(&format!(
        "{}: nothing is granted to {} by name any more\n",
        access.name(),
        cell(user)
    ))?;
    let groups: Vec<_> = known
        .iter()
        .flat_map(|it| it.groups.iter())
        .map(|it| cell(it))
        .collect();
    let groups = if groups.is_empty() {
        String::new()
    } else {
        format!(
            " What is granted to {} stays granted to it.",
            groups.join(", ")
        )
    };
    let everything = if access.node.allows_everything() {
        " This cluster allows everything to everyone who can log in: `microk8s enable rbac` first."
    } else {
        ""
    };
    output::note(&format!(
        "a certificate cannot be revoked: {} can log in until {until}.{groups}{everything} Only a new CA key ends it before: `microk8s refresh-certs DIRECTORY` there, with a CA of your own, after which all kubeconfigs are to be given out anew",
        cell(user)
    ));
    Ok(exit::OK)
}
