//! `bowline rm`.

use kubeconfig::List;
use kubeconfig::redact::escape;
use operations::tidy;
use operations::tidy::Sight;
use operations::tidy::remove;
use operations::tidy::remove::Request;

use super::beside;
use super::carry_out;
use super::listed;
use super::place;
use super::say;
use super::shown;
use crate::cli::rm::RmArgs;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;
use crate::output;
use crate::output::ask;

pub(crate) fn run(arguments: &RmArgs) -> Result<u8, CommandError> {
    let environment = Environment::find();
    let mut place = place(&environment, &arguments.changing.files)?;
    place.beside = beside(&environment, &place.paths)?;
    let chosen = remove::chosen(&Sight::read(&place)?, &arguments.contexts)?;
    if chosen.by_pattern
        && !arguments.yes
        && !arguments.changing.dry_run
        && !is_confirmed(&chosen.names)?
    {
        output::note("nothing was changed");
        return Ok(exit::BAD_INPUT);
    }
    let request = Request {
        names: chosen.names,
        keep_entries: arguments.keep_entries,
        everywhere: arguments.everywhere,
        only: None,
    };
    let decide = |sight: &Sight| remove::decide(sight, &request);
    let plan = tidy::plan(&place, decide)?;
    let plural = if request.names.len() == 1 { "" } else { "s" };
    let summary = format!("remove context{plural} {}", listed(&request.names));
    let applied = carry_out(
        &environment,
        &place,
        &plan,
        &summary,
        arguments.changing.dry_run,
        decide,
    )?;
    let done = applied.as_ref().and_then(|applied| applied.value.as_ref());
    let removal = done.unwrap_or(&plan.steps.value);
    if let Some(applied) = &applied {
        if applied.followed > 0 {
            tell_terminals(&plan, &request);
        }
        for list in [List::Contexts, List::Clusters, List::Users] {
            for gone in removal.gone.iter().filter(|gone| gone.list == list) {
                let (kind, name) = (list.entry(), escape(&gone.name));
                say(&format!("removed {kind} {name} from {}", shown(&gone.file)))?;
            }
        }
        for what in &removal.settings {
            say(&format!("removed {what} from {}", shown(&place.settings)))?;
        }
    }
    for note in removal.kept.iter().chain(&removal.notes) {
        output::note(note);
    }
    Ok(exit::OK)
}

/// Says which choices of terminals went, this one's perhaps.
fn tell_terminals(plan: &tidy::Plan<remove::Removal>, request: &Request) {
    let sessions = plan.sight().sessions.iter();
    let chosen = sessions.map(|seen| seen.config().current_context.as_str());
    let gone = chosen
        .filter(|chosen| request.names.iter().any(|name| name == chosen))
        .count();
    if gone > 0 {
        output::note(&format!(
            "{} had chosen that and {} no choice any more: choose again there with `bowline use CONTEXT`",
            output::count(gone, "terminal"),
            if gone == 1 { "has" } else { "have" },
        ));
    }
}

/// Asks about what a pattern fits.
fn is_confirmed(names: &[String]) -> Result<bool, CommandError> {
    let many = output::count(names.len(), "context");
    let what = format!("{many} would be removed: {}", listed(names));
    if !output::is_interactive() {
        let message = format!("{what}; nothing was changed: repeat it with --yes");
        return Err(CommandError::new(exit::BAD_INPUT, message));
    }
    Ok(ask::agrees(&format!("{what}. Remove them? [y/N]"))?)
}
