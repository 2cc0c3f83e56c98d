//! `bowline node users`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use ::kubeconfig::Secret;
use identity::Limits;
use machines::Place;
use operations::Kubeconfigs;
use operations::failure::argument;
use operations::node::access::Access;
use operations::node::issued::Issued;
use operations::node::ours;
use operations::node::ours::Credential;
use operations::node::ours::Old;
use operations::node::reached::Own;
use operations::node::reached::Reached;
use operations::node::restart;
use operations::node::users::certificates;
use operations::node::users::certificates::Fresh;
use operations::node::users::list;
use operations::node::users::list::By;
use operations::node::users::list::Row;
use operations::node::users::tokens;
use operations::node::users::tokens::ADMINISTRATORS;
use operations::node::users::tokens::TokenPlan;
use serde_json::json;

use super::SCHEMA;
use super::Scene;
use super::block_on;
use super::cell;
use super::kubeconfig;
use super::kubeconfig::Destination;
use super::print;
use crate::cli::duration::Span;
use crate::cli::node::AddUserArgs;
use crate::cli::node::OutputArgs;
use crate::cli::node::RemoveArgs;
use crate::cli::node::Restart;
use crate::cli::node::RotateArgs;
use crate::cli::node::UsersCommand;
use crate::cli::node::Written;
use crate::error::CommandError;
use crate::exit;
use crate::output;
use crate::output::day;
use crate::output::table::table;

/// How long a certificate is good unless it is said: three months, after which somebody should ask again.
const LIFETIME: Duration = Duration::from_hours(90 * 24);

/// What the names of Kubernetes' own users and groups begin with.
const RESERVED: &str = "system:";

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

fn show(scene: &Scene, arguments: OutputArgs) -> Result<u8, CommandError> {
    let access = scene.open()?;
    let own = Own::read(&access)?;
    let kubeconfigs = scene.kubeconfigs()?;
    let issued = issued(scene)?;
    let keys = own.authority.keys();
    let mine: Vec<_> = issued.of(&keys).collect();
    // Requests are a part of the answer that the files do not have.
    let limits = Limits::default();
    let requests = match scene.reach(&access, &kubeconfigs) {
        Ok(reached) => block_on(certificates::requests(&access, &reached, &limits))?
            .map_err(|error| error.to_string()),
        Err(error) => Err(error.message),
    };
    if let Err(reason) = &requests {
        output::note(&format!("signing requests are not listed: {reason}"));
    }
    let requests = requests.unwrap_or_default();
    let rows = list::list(&access, &mine, &requests, &scene.files(&kubeconfigs))?;
    let value = json!({
        "schema": SCHEMA,
        "revision": access.node.revision,
        "auth": access.node.auth,
        "users": rows,
    });
    print(arguments.output, || text(&access, &rows), &value)?;
    Ok(exit::OK)
}

fn text(access: &Access, rows: &[Row]) -> String {
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let held: Vec<_> = row
                .held
                .iter()
                .map(|held| format!("{} in {}", cell(&held.user), held.file.display()))
                .collect();
            vec![
                cell(&row.user),
                cell(&row.groups.join(", ")),
                match row.by {
                    By::Token => "token",
                    By::Certificate => "certificate",
                    By::Request => "request",
                }
                .to_owned(),
                cell(&row.origin),
                match (row.by, row.expires) {
                    (_, Some(expires)) => day(expires),
                    (By::Token, None) => "no end".to_owned(),
                    _ => String::new(),
                },
                held.join(", "),
            ]
        })
        .collect();
    let mut text = table(&["USER", "GROUPS", "BY", "WHERE", "UNTIL", "YOURS"], &cells);
    let mut notes: Vec<(&str, Vec<String>)> = Vec::new();
    for row in rows {
        let Some(note) = row.note.as_deref() else {
            continue;
        };
        let user = match row.expires {
            Some(expires) if rows.iter().filter(|it| it.user == row.user).count() > 1 => {
                format!("{} (until {})", cell(&row.user), day(expires))
            }
            _ => cell(&row.user),
        };
        match notes.iter_mut().find(|(known, _)| *known == note) {
            Some((_, users)) => users.push(user),
            None => notes.push((note, vec![user])),
        }
    }
    for (note, users) in notes {
        let _ = write!(text, "\n{}: {}\n", users.join(", "), cell(note));
    }
    if access.node.allows_everything() {
        text.push_str(
            "\nThis cluster allows everything to everyone who can log in (--authorization-mode=AlwaysAllow):\n`microk8s enable rbac` there ends that\n",
        );
    }
    text
}

fn add(scene: &Scene, arguments: &AddUserArgs) -> Result<u8, CommandError> {
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
            groups(&arguments.group),
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

fn add_token(scene: &Scene, access: &Access, arguments: &AddUserArgs) -> Result<u8, CommandError> {
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

fn never_ends(access: &Access) -> CommandError {
    CommandError::new(
        exit::USAGE,
        format!(
            "{}: users log in with static tokens there, which never end: --expires is for client certificates",
            access.name()
        ),
    )
}

/// Gives a fresh certificate away: its key is nowhere else.
fn give(
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

/// An error after the node got a new token.
fn has_token(access: &Access, user: &str, error: &CommandError) -> CommandError {
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

/// What went wrong of several things that were all tried.
fn all<const N: usize>(results: [Result<(), CommandError>; N]) -> Result<(), CommandError> {
    results
        .into_iter()
        .filter_map(Result::err)
        .reduce(|first, next| {
            CommandError::new(first.code, format!("{}\n{}", first.message, next.message))
        })
        .map_or(Ok(()), Err)
}

fn rotate(scene: &Scene, arguments: &RotateArgs) -> Result<u8, CommandError> {
    kubeconfig::refuse_existing(scene, &arguments.kubeconfig)?;
    let access = scene.open()?;
    let kubeconfigs = scene.kubeconfigs()?;
    kubeconfig::refuse_existing(scene, &arguments.kubeconfig)?;
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
    let files = scene.files(&kubeconfigs);
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
    let followed = ours_follow(scene, &files, &olds, user, &plan)
        .map_err(|error| has_token(&access, user, &error));
    let forgotten = forget(scene, &plan.old);
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

/// The files of ours that hold one of these credentials.
fn holding(files: &[PathBuf], olds: &[Old]) -> Result<Vec<PathBuf>, CommandError> {
    let mut holding = Vec::new();
    for old in olds {
        holding.extend(ours::holders(files, old)?.into_iter().map(|it| it.file));
    }
    holding.dedup();
    Ok(holding)
}

fn rotate_certificate(
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
            self::groups(&groups),
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
fn olds_end(old: &[operations::node::issued::Certificate]) -> String {
    let end = old.iter().map(|certificate| certificate.expires).max();
    end.map(|end| format!(", {}", day(end))).unwrap_or_default()
}

/// A user of the node's own kubeconfig: the administrator.
fn built_in(
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

fn unknown(access: &Access, user: &str) -> CommandError {
    CommandError::new(
        exit::BAD_INPUT,
        format!(
            "{}: no certificate was issued for {} from here; `bowline node users list` shows the users that are known",
            access.name(),
            cell(user)
        ),
    )
}

fn remove(scene: &Scene, arguments: &RemoveArgs) -> Result<u8, CommandError> {
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
fn remove_certificate(
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

/// Writes the node's files.
fn write(access: &Access, plan: &TokenPlan) -> Result<(), CommandError> {
    block_on(plan.write(access, &output::note))?
        .map_err(|error| CommandError::new(exit::FAILED, error.to_string()))?;
    for file in &plan.files {
        output::note(&format!("{}: wrote {}", access.name(), cell(&file.path)));
    }
    if is_copy(access) {
        output::note(
            "this is a copy: the node itself knows nothing of the change until the files are there",
        );
    }
    Ok(())
}

/// Nothing runs in a copy; found out before anything in it is changed.
fn refuse_restart(access: &Access, arguments: Restart) -> Result<(), CommandError> {
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

fn is_copy(access: &Access) -> bool {
    matches!(access.machine.place(), Place::Folder(_))
}

/// Restarts where that was asked for.
fn restart(access: &Access, plan: &TokenPlan, arguments: Restart) -> Result<(), CommandError> {
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
fn check(access: &Access, reached: &Reached, plan: &TokenPlan) -> Result<(), CommandError> {
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

/// Gives our kubeconfigs the new token.
fn ours_follow(
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
struct Followed {
    changed: Vec<PathBuf>,
    failed: Result<(), CommandError>,
}

/// Puts a new credential in the place of old ones, as one change. A file that cannot be changed does not keep
/// the others from it.
fn follow(
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

fn report(changed: &[PathBuf], user: &str) -> Result<(), CommandError> {
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

/// Takes tokens that are of no use any more out of the history.
fn forget(scene: &Scene, tokens: &[Secret]) -> Result<(), CommandError> {
    let secrets: Vec<&[u8]> = tokens.iter().map(Secret::expose).collect();
    scene.world.store.forget(&secrets)?;
    Ok(())
}

fn tell_others(plan: &TokenPlan) {
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
fn dry_run(
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

fn issue(
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

fn remember(scene: &Scene, fresh: &Fresh) -> Result<(), CommandError> {
    let path = scene.environment.issued_file()?;
    Issued::update(&scene.world.store, &path, |issued| {
        issued.certificates.push(fresh.record.clone());
    })?;
    Ok(())
}

fn told_until(fresh: &Fresh) {
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

/// Nobody gets the whole cluster without somebody saying so.
fn refuse_power(
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

fn lifetime(asked: Option<Span>) -> Result<Duration, CommandError> {
    let lifetime = asked.map_or(LIFETIME, |span| span.0);
    if lifetime < certificates::SHORTEST {
        return Err(CommandError::new(
            exit::USAGE,
            "--expires: a certificate is good for 10 minutes at least",
        ));
    }
    Ok(lifetime)
}

fn groups(groups: &[String]) -> String {
    if groups.is_empty() {
        return "no group".to_owned();
    }
    cell(&groups.join(", "))
}

fn days(lifetime: Duration) -> String {
    let hours = lifetime.as_secs() / 3600;
    if hours >= 48 {
        format!("{} days", hours / 24)
    } else {
        format!("{} minutes", lifetime.as_secs() / 60)
    }
}
