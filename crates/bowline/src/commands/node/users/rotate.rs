//! `bowline node users rotate`.

use operations::Kubeconfigs;
use operations::node::access::Access;
use operations::node::issued::Issued;
use operations::node::ours::Credential;
use operations::node::ours::Old;
use operations::node::reached::Own;
use operations::node::users::tokens;
use operations::node::users::tokens::ADMINISTRATORS;

use super::super::Scene;
use super::super::cell;
use super::super::kubeconfig;
use super::super::kubeconfig::Destination;
use super::add::named_groups;
use super::add::refuse_power;
use super::all;
use super::built_in;
use super::certificates::days;
use super::certificates::give;
use super::certificates::issue;
use super::certificates::lifetime;
use super::certificates::remember;
use super::certificates::told_until;
use super::never_ends;
use super::ours::Followed;
use super::ours::follow;
use super::ours::holding;
use super::ours::ours_follow;
use super::ours::report;
use super::tokens::check;
use super::tokens::dry_run;
use super::tokens::forget;
use super::tokens::has_token;
use super::tokens::is_copy;
use super::tokens::refuse_restart;
use super::tokens::restart;
use super::tokens::tell_others;
use super::tokens::write;
use crate::cli::node::RotateArgs;
use crate::error::CommandError;
use crate::exit;
use crate::output;
use crate::output::day;

pub(super) fn rotate(scene: &Scene, arguments: &RotateArgs) -> Result<u8, CommandError> {
    kubeconfig::refuse_existing(scene, &arguments.kubeconfig)?;
    let access = scene.open()?;
    let kubeconfigs = scene.kubeconfigs()?;
    if !access.node.reads_tokens() {
        return rotate_certificate(scene, &access, &kubeconfigs, arguments);
    }
    let user = &arguments.user;
    if arguments.expires.is_some() {
        return Err(never_ends(&access));
    }
    refuse_restart(&access, arguments.restart)?;
    let plan = tokens::rotate(&access, user)?;
    let olds: Vec<Old> = plan.old.iter().cloned().map(Old::Token).collect();
    // The cluster knows nothing of what is changed in a copy: there ours keep what is accepted.
    let files = if is_copy(&access) {
        Vec::new()
    } else {
        scene.files(&kubeconfigs)
    };
    // Before anything is changed: nobody should find out afterwards that the cluster cannot be asked, or one of
    // ours not be read.
    let holding = holding(&files, &olds)?;
    if arguments.restart.dry_run {
        return dry_run(&access, &plan, &holding, arguments.restart);
    }
    let reached = if arguments.restart.restart || arguments.kubeconfig.file.is_some() {
        Some(scene.reach(&access, &kubeconfigs)?)
    } else {
        None
    };
    let destination = Destination::open(scene, &arguments.kubeconfig)?;
    write(&access, &plan)?;
    let restarted = restart(&access, &plan, arguments.restart);
    // The node has the new token whatever happens here, and reads it at its next start.
    let (followed, forgotten) = if is_copy(&access) {
        (Ok(()), Ok(()))
    } else {
        let followed = ours_follow(scene, &files, &olds, user, &plan)
            .map_err(|error| has_token(&access, user, &error));
        (followed, forget(scene, &plan.old))
    };
    if !arguments.restart.restart && !holding.is_empty() {
        output::note("your kubeconfigs carry the new token, which is accepted after that restart");
    }
    let mut given = Ok(());
    if let (Some(reached), Some(token), Some(_)) = (&reached, &plan.new, &arguments.kubeconfig.file)
    {
        let credential = Credential::Token(token.clone()).user();
        let to = &arguments.kubeconfig;
        given = kubeconfig::write(scene, &access, reached, user, credential, to, destination)
            .map_err(|error| has_token(&access, user, &error));
    }
    let checked = match (&restarted, &reached) {
        (Ok(()), Some(reached)) if arguments.restart.restart => check(&access, reached, &plan),
        _ => Ok(()),
    };
    tell_others(&plan);
    all([restarted, followed, forgotten, given, checked])?;
    Ok(exit::OK)
}

pub(super) fn rotate_certificate(
    scene: &Scene,
    access: &Access,
    kubeconfigs: &Kubeconfigs,
    arguments: &RotateArgs,
) -> Result<u8, CommandError> {
    let user = &arguments.user;
    let own = Own::read(access)?;
    let keys = own.authority.keys();
    let path = scene.environment.issued_file()?;
    let issued = Issued::load(&path)?;
    let old: Vec<_> = issued
        .of(&keys)
        .filter(|certificate| certificate.user == *user && !certificate.removed)
        .cloned()
        .collect();
    let (groups, olds): (Vec<String>, Vec<Old>) = match old.last() {
        Some(last) => {
            let olds = old.iter().map(|known| Old::Key(known.key)).collect();
            (last.groups.clone(), olds)
        }
        None => built_in(access, &own, user)?,
    };
    let administrates = groups.iter().any(|group| group == ADMINISTRATORS);
    if !administrates {
        refuse_power(access, user, &groups, arguments.force)?;
    }
    let reached = scene.reach(access, kubeconfigs)?;
    let lifetime = lifetime(arguments.expires)?;
    let files = scene.files(kubeconfigs);
    let holding = holding(&files, &olds)?;
    if arguments.restart.dry_run {
        output::print(&format!(
            "{}: would have a new certificate issued for {} in {}, good for {}\n",
            access.name(),
            cell(user),
            named_groups(&groups),
            days(lifetime),
        ))?;
        for file in &holding {
            output::print(&format!("would write {}\n", file.display()))?;
        }
        output::note("nothing was changed (--dry-run)");
        return Ok(exit::OK);
    }
    let destination = Destination::open(scene, &arguments.kubeconfig)?;
    let fresh = issue(access, &reached, user, &groups, lifetime)?;
    let remembered = remember(scene, &fresh);
    let summary = format!("node users rotate {}", cell(user));
    let Followed { changed, failed } = follow(scene, &files, &olds, &fresh.credential, &summary);
    let reported = report(&changed, user);
    // What none of ours took has its key nowhere else.
    let given = if changed.is_empty() || arguments.kubeconfig.file.is_some() {
        let to = &arguments.kubeconfig;
        give(scene, access, &reached, user, &fresh, to, destination)
    } else {
        Ok(())
    };
    told_until(&fresh);
    output::note(&format!(
        "the certificate before cannot be revoked: it is good until its end{}",
        olds_end(&old)
    ));
    all([remembered, failed, reported, given])?;
    Ok(exit::OK)
}

/// When the last of those issued before ends, where that is known.
pub(super) fn olds_end(old: &[operations::node::issued::Certificate]) -> String {
    let end = old.iter().map(|certificate| certificate.expires).max();
    end.map(|end| format!(", {}", day(end))).unwrap_or_default()
}
