//! `bowline prune`.

use kubeconfig::List;
use kubeconfig::redact::escape;
use operations::State;
use operations::tidy;
use operations::tidy::Place;
use operations::tidy::Sight;
use operations::tidy::Steps;
use operations::tidy::prune;
use operations::tidy::prune::Pruning;
use operations::tidy::prune::Request;

use super::beside;
use super::is_same;
use super::place;
use super::say;
use crate::cli::Files;
use crate::cli::prune::PruneArgs;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;
use crate::output;

/// Days without an answer, where nobody says how many.
const USUAL: u32 = 30;

pub(crate) fn run(arguments: &PruneArgs) -> Result<u8, CommandError> {
    let all = arguments.unreachable.is_none() && !arguments.expired && !arguments.dangling;
    if all && arguments.apply {
        let message =
            "--apply: say what is to go: --unreachable DAYS, --expired, --dangling, or several";
        return Err(CommandError::new(exit::USAGE, message));
    }
    let environment = Environment::find();
    let place = with_the_usual(&environment, &arguments.files)?;
    let request = Request {
        unreachable: arguments.unreachable.or(all.then_some(USUAL)),
        expired: arguments.expired || all,
        dangling: arguments.dangling || all,
        state: State::load(&environment.state_file()?)?,
        now: operations::world::now(),
    };
    if request.unreachable.is_some() || request.expired {
        prune::require_clock(&request.state, request.now)
            .map_err(|error| CommandError::new(exit::BAD_STATE, error.to_string()))?;
    }
    let decide = |sight: &Sight| prune::decide(sight, &request);
    let plan = tidy::plan(&place, decide)?;
    let pruning = &plan.steps.value;
    for (name, why) in &pruning.contexts {
        say(&format!("context {}: {why}", escape(name)))?;
    }
    for gone in &pruning.removal.gone {
        if gone.list != List::Contexts {
            let kind = gone.list.entry();
            say(&format!(
                "{kind} {}: only contexts that go use it",
                escape(&gone.name)
            ))?;
        }
    }
    for (list, name) in &pruning.unused {
        say(&format!(
            "{} {}: no context uses it",
            list.entry(),
            escape(name)
        ))?;
    }
    let notes = [&pruning.kept, &pruning.removal.kept, &pruning.removal.notes];
    for note in notes.into_iter().flatten() {
        output::note(note);
    }
    if plan.is_empty() {
        output::note("there is nothing to prune");
        return Ok(exit::OK);
    }
    output::print(&plan.diff())?;
    if !arguments.apply {
        output::note("nothing was changed; to do it, name what is to go and add --apply");
        return Ok(exit::OK);
    }
    let summary = format!(
        "prune {} and {}",
        output::count(pruning.contexts.len(), "context"),
        output::count(pruning.unused.len(), "unused entry").replace("entrys", "entries")
    );
    let again = |sight: &Sight| -> Result<Steps<Pruning>, CommandError> {
        let request = Request {
            state: State::load(&environment.state_file()?)?,
            ..request.clone()
        };
        Ok(prune::again(sight, &request, plan.sight(), pruning)?)
    };
    let applied = super::carry_out(&environment, &place, &plan, &summary, false, again)?;
    let done = applied.as_ref().and_then(|applied| applied.value.as_ref());
    for note in done.into_iter().flat_map(|pruning| &pruning.left) {
        output::note(note);
    }
    if applied.is_some_and(|applied| applied.group.is_some()) {
        say("pruned; `bowline undo` takes it back")?;
    } else {
        output::note("nothing was changed");
    }
    Ok(exit::OK)
}

/// The files, and beside them all others that may refer to what is in them.
pub(super) fn with_the_usual(
    environment: &Environment,
    files: &Files,
) -> Result<Place, CommandError> {
    let mut place = place(environment, files)?;
    place.beside = beside(environment, &place.paths)?;
    for path in environment.own_kubeconfig_paths(None).unwrap_or_default() {
        let mut known = place.paths.iter().chain(&place.beside);
        if !known.any(|known| is_same(known, &path)) {
            place.beside.push(path);
        }
    }
    Ok(place)
}
