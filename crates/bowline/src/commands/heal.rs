//! `bowline heal`.

mod ahead;

use std::cell::Cell;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use identity::Limits;
use identity::Proof;
use identity::api::Credentials;
use kubeconfig::redact;
use locate::Candidate;
use locate::Source;
use operations::Connection;
use operations::Followable;
use operations::Kubeconfigs;
use operations::State;
use operations::World;
use operations::authorities;
use operations::credentials;
use operations::failure::ours;
use operations::heal;
use operations::heal::Copies;
use operations::heal::Decision;
use operations::heal::Look;
use operations::heal::Options;
use operations::heal::by_name;
use operations::heal::siblings;
use operations::kubeconfigs::Target;
use operations::kubeconfigs::Trust;
use operations::state::Place;
use operations::state::Question;
use operations::state::Release;
use store::Alone;

use self::ahead::Ahead;
use super::block_on;
use crate::cli::HealArgs;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;
use crate::output;
use crate::output::look;
use crate::output::plain;

/// How long to wait for another bowline that looks for the same cluster: longer than any search.
pub(super) const OTHERS_WAIT: Duration = Duration::from_secs(25);

pub(crate) fn run(arguments: &HealArgs) -> Result<u8, CommandError> {
    let environment = Environment::find();
    let world = environment.world()?;
    let flag = arguments.files.kubeconfig.as_deref().map(Path::as_os_str);
    let paths = environment.kubeconfig_paths(flag)?;
    let kubeconfigs = Kubeconfigs::load(paths.clone())?;
    if flag.is_some() {
        kubeconfigs.require_file()?;
    }
    let contexts = super::chosen_contexts(&kubeconfigs, &arguments.contexts, arguments.all)?;
    if let Some(key) = &arguments.pin {
        return super::pin::run(&world, &kubeconfigs, &contexts, key.as_deref(), arguments);
    }
    let several = contexts.len() > 1;
    let mut code = exit::OK;
    let mut connections: Vec<Connection> = Vec::new();
    for context in &contexts {
        match kubeconfigs.connection(Some(context)) {
            // Several contexts of one cluster entry are one thing to heal.
            Ok(connection) if connections.iter().any(|seen| same(seen, &connection)) => {}
            Ok(connection) => connections.push(connection),
            Err(error) if several => code = code.max(CommandError::from(error).report()),
            Err(error) => return Err(error.into()),
        }
    }
    let mut ahead = Ahead::default();
    if connections.len() > 1 && arguments.at.is_empty() {
        let connections = connections.iter();
        ahead = Ahead::look(&world, &kubeconfigs, connections, arguments.sweep)?;
    }
    for connection in &connections {
        // What another bowline finds at this moment need not be found twice.
        let question = Question::of(&connection.target);
        let alone = question.and_then(|question| {
            let alone = world.store.alone(&question.name(), OTHERS_WAIT);
            alone.ok().flatten()
        });
        // Each heal may change the files that the next one edits.
        let kubeconfigs = Kubeconfigs::load(paths.clone())?;
        if alone.as_ref().is_some_and(Alone::waited) {
            ahead.take(&connection.target);
        }
        let context = &connection.context;
        match one(&world, &kubeconfigs, context, arguments, &mut ahead) {
            Ok(one) => code = code.max(one),
            // One entry that cannot be healed must not keep the others from it.
            Err(error) if several => code = code.max(error.report()),
            Err(error) => return Err(error),
        }
    }
    Ok(code)
}

/// Whether two contexts lead to the same cluster entry.
fn same(one: &Connection, other: &Connection) -> bool {
    one.target.name == other.target.name && one.target.file == other.target.file
}

fn one(
    world: &World,
    kubeconfigs: &Kubeconfigs,
    context: &str,
    arguments: &HealArgs,
    ahead: &mut Ahead,
) -> Result<u8, CommandError> {
    let connection = kubeconfigs.connection(Some(context))?;
    let target = &connection.target;
    let state = State::load(&world.state_file)?;
    let at = arguments
        .at
        .iter()
        .map(|text| address(text, target.server.port))
        .collect::<Result<_, _>>()?;
    let options = Options {
        at,
        sweep: arguments.sweep,
        on_sweep: Some(look::sweep_begins),
        ..Options::default()
    };
    let credentials = usable_credentials(&connection);
    let looked = match ahead.take(target) {
        Some(found) => Ok(found),
        None => block_on(heal::look(
            world,
            &state,
            kubeconfigs,
            target,
            credentials.as_ref(),
            &options,
        ))?,
    };
    let found = match looked {
        Ok(found) => found,
        Err(error) if arguments.all => {
            output::print(&format!(
                "{}: left as it is: {error}\n",
                redact::escape(context)
            ))?;
            return Ok(exit::OK);
        }
        Err(error) => {
            let remedy = match target.trust {
                Trust::Insecure => {
                    let named = arguments.files.kubeconfig.as_deref();
                    let pin = ours("heal", context, &["--pin"], named);
                    format!("; to give it an identity: {pin}")
                }
                _ => String::new(),
            };
            let message = format!("context {}: {error}{remedy}", redact::escape(context));
            return Err(CommandError::new(exit::NOT_PROVED, message));
        }
    };
    output::print(&format!(
        "{}\n",
        plain(&look::headline(context, target, &found))
    ))?;
    let code = look::code(&found);
    if found.decision.answer().is_none() {
        output::print(&plain(&look::reasons(&found)))?;
    }
    let named = arguments.files.kubeconfig.as_deref();
    if let Some(remedy) = look::remedy(context, &found, named) {
        output::print(&format!("  {remedy}\n"))?;
    }
    if let Some(offer) = look::sweep_offer(context, &found, named) {
        output::print(&format!("  {offer}\n"))?;
    }
    let name = match (&arguments.by_name, &found.decision) {
        (
            Some(given),
            Decision::Works(answer) | Decision::NeedsName(answer) | Decision::Moved(answer),
        ) => Some(block_on(by_name::name_of(
            world,
            target,
            answer,
            given.as_deref(),
        ))??),
        _ => None,
    };
    let copies = copies(world, &state, kubeconfigs, target, &found.decision)?;
    for cause in &copies.unreadable {
        output::note(&format!("a copy is left as it is: {cause}"));
    }
    let plan = heal::plan(
        &world.settings,
        kubeconfigs,
        &state,
        &copies,
        target,
        &found.decision,
        name.as_deref(),
    )?;
    for cause in &plan.left {
        output::note(&format!("a copy is left as it is: {cause}"));
    }
    for change in &plan.changes {
        let path = change.path.display().to_string();
        output::print(&redact::diff(&change.before, &change.after, &path))?;
    }
    if arguments.dry_run {
        if !plan.is_empty() {
            output::note("nothing was changed (--dry-run)");
        }
        return Ok(code);
    }
    let applied = heal::apply(world, &plan, &format!("heal {}", redact::escape(context)))?;
    for path in &applied.done {
        output::print(&plain(&format!("wrote {}\n", path.display())))?;
    }
    for cause in &applied.left {
        output::note(&format!("a copy is left as it is: {cause}"));
    }
    if let Some((candidate, proof)) = found.decision.answer() {
        let healed = Kubeconfigs::load(kubeconfigs.paths.clone())?;
        let target = healed.connection(Some(context))?.target;
        remember(
            world,
            &state,
            &target,
            (candidate, proof),
            (found.decision.place(), found.shared),
            credentials.as_ref(),
        )?;
    } else {
        doubt(world, target, &found, false)?;
    }
    Ok(code)
}

/// Remembers what was proved for an entry and, now and then, what the cluster says of its other API servers.
pub(super) fn remember(
    world: &World,
    state: &State,
    target: &Target,
    (candidate, proof): (&Candidate, &Proof),
    (place, shared): (Place, bool),
    credentials: Option<&Credentials>,
) -> Result<Option<Release>, CommandError> {
    let mut more = None;
    if let Trust::Authority { authority, .. } = &target.trust
        && state.is_to_be_asked(authority, proof.address, operations::world::now())
    {
        authorities::remember(&world.store, &[(target, proof.authority)])?;
        let own = candidate.source == Source::Entry;
        more = Some(block_on(siblings::more(
            world,
            target,
            authority,
            proof,
            own,
            credentials,
        ))?);
    }
    let release = Cell::new(None);
    State::update(&world.store, &world.state_file, |state| {
        state.remember(target, candidate, proof, place, shared);
        if let Some(more) = &more {
            state.learn_more(proof, more, operations::world::now());
        }
        if let Some(question) = Question::of(target) {
            release.set(state.note_release(&question, proof));
        }
    })?;
    Ok(release.get())
}

/// The kubeconfigs beside the chain, where a decision may change them.
pub(super) fn copies(
    world: &World,
    state: &State,
    kubeconfigs: &Kubeconfigs,
    target: &Target,
    decision: &Decision,
) -> Result<Copies, CommandError> {
    let (Decision::Works(answer) | Decision::NeedsName(answer) | Decision::Moved(answer)) =
        decision
    else {
        return Ok(Copies::default());
    };
    let mut copies = Copies::load(world, kubeconfigs);
    if !copies.members.is_empty() {
        let limits = Limits::default();
        block_on(copies.find_older(world, state, target, &answer.1, &limits))?;
    }
    Ok(copies)
}

/// The entry's server turned out not to be its cluster: no `k` may go on trusting an older verdict. Where all was
/// searched and nothing found, the next one need not search all again at once.
pub(super) fn doubt(
    world: &World,
    target: &Target,
    found: &Look,
    thrifty: bool,
) -> Result<(), CommandError> {
    let lost = matches!(
        found.decision,
        Decision::Lost | Decision::NotFollowed(Followable::Tunnel)
    ) && !thrifty;
    let mut rejected = found.rejected.iter();
    let silent = matches!(found.decision, Decision::Lost)
        && rejected.all(|(_, error)| operations::check::is_silence(error));
    if let Some(question) = Question::of(target) {
        State::update(&world.store, &world.state_file, |state| {
            state.revoke(&question);
            if silent {
                state.unreached(&question, operations::world::now());
            }
            if lost {
                state.lose(&question, operations::world::now());
            }
        })?;
    }
    Ok(())
}

/// The credentials of a context, if it has any that can be used without running something.
pub(super) fn usable_credentials(connection: &Connection) -> Option<Credentials> {
    let (file, user) = connection.user.as_ref()?;
    credentials::of(file, user).ok()
}

/// `--at`: an address with or without port. Names are not taken: whoever answers to one is another
/// question.
pub(super) fn address(text: &str, port: u16) -> Result<SocketAddr, CommandError> {
    // An IPv6 address without a port may stand in brackets, as in a URL.
    let bare = match text.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').unwrap_or(text),
        None => text,
    };
    // Rust reads only numbers of interfaces; people have names of them.
    let unscoped = text.trim_start_matches('[');
    let unscoped = unscoped.split(['%', ']']).next().unwrap_or(unscoped);
    if unscoped
        .parse::<IpAddr>()
        .is_ok_and(|address| matches!(address, IpAddr::V6(v6) if v6.is_unicast_link_local()))
    {
        let message = format!(
            "--at {}: a link-local address means nothing without a zone, and kubectl cannot check a certificate for one with a zone: name another address of the machine",
            redact::escape(text)
        );
        return Err(CommandError::new(exit::USAGE, message));
    }
    let whole = text.parse::<SocketAddr>().ok();
    whole
        .or_else(|| {
            let address = bare.parse::<IpAddr>().ok()?;
            Some(SocketAddr::new(address, port))
        })
        .filter(|at| at.port() != 0 && !at.ip().is_unspecified() && !at.ip().is_multicast())
        .ok_or_else(|| {
            let message = format!(
                "--at {}: not an address such as 172.28.40.7 or 172.28.40.7:16443",
                redact::escape(text)
            );
            CommandError::new(exit::USAGE, message)
        })
}
