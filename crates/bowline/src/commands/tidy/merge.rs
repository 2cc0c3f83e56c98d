//! `bowline merge`.

use std::path::PathBuf;

use kubeconfig::redact::escape;
use operations::tidy;
use operations::tidy::Place;
use operations::tidy::Seen;
use operations::tidy::merge;
use operations::tidy::merge::Merging;
use operations::tidy::merge::Request;

use super::absolute;
use super::carry_out;
use super::is_same;
use super::listed;
use super::place;
use super::say;
use super::shown;
use super::working_folder;
use crate::cli::merge::MergeArgs;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;
use crate::output;

pub(crate) fn run(arguments: &MergeArgs) -> Result<u8, CommandError> {
    let environment = Environment::find();
    let mut place = place(&environment, &arguments.changing.files)?;
    let mut request = Request {
        prefix: arguments.prefix.clone(),
        consent: arguments.yes,
        folder: working_folder()?,
        ..Request::default()
    };
    for file in &arguments.sources {
        let file = absolute(&environment, file)?;
        if request
            .sources
            .iter()
            .any(|seen| is_same(&seen.path, &file))
        {
            continue;
        }
        let seen = Seen::read(&file).map_err(|error| {
            let error = CommandError::from(error);
            let message = format!(
                "{}; nothing was changed: name the others without it",
                error.message
            );
            CommandError::new(error.code, message)
        })?;
        if !seen.exists {
            let message = format!("{} does not exist; nothing was changed", shown(&file));
            return Err(CommandError::new(exit::BAD_INPUT, message));
        }
        request.sources.push(seen);
    }
    if let Some(into) = &arguments.into {
        let into = absolute(&environment, into)?;
        let known = place.paths.iter().find(|path| is_same(path, &into));
        let into = known.cloned().unwrap_or(into);
        if !place.paths.contains(&into) {
            place.paths = vec![into.clone()];
        }
        request.into = Some(into);
    }
    let destination = leave_sources(&mut place, &request)?;
    let decide = |sight: &tidy::Sight| merge::decide(sight, &request);
    let plan = tidy::plan(&place, decide)?;
    let merging = &plan.steps.value;
    let names: Vec<String> = merging.taken.iter().map(|it| it.name.clone()).collect();
    let plural = if names.len() == 1 { "" } else { "s" };
    let summary = format!("merge context{plural} {}", listed(&names));
    let dry_run = arguments.changing.dry_run;
    let done = carry_out(&environment, &place, &plan, &summary, dry_run, decide)?;
    if done.is_some() {
        tell(merging, &destination)?;
    }
    for why in merging.notes.iter().chain(&merging.left) {
        output::note(why);
    }
    // Whoever removes the files next must not believe that everything was taken.
    Ok(if merging.left.is_empty() {
        exit::OK
    } else {
        exit::BAD_INPUT
    })
}

/// Looks at the chain without the files that are merged; what they hold is not there already. Tells where everything
/// goes.
fn leave_sources(place: &mut Place, request: &Request) -> Result<PathBuf, CommandError> {
    let is_source = |path: &PathBuf| {
        let mut sources = request.sources.iter();
        sources.any(|source| is_same(&source.path, path))
    };
    let itself = |path: &PathBuf| {
        let message = format!(
            "{} would be merged into itself; name another file with --into",
            shown(path)
        );
        CommandError::new(exit::BAD_INPUT, message)
    };
    if let Some(into) = request.into.as_ref().filter(|into| is_source(into)) {
        return Err(itself(into));
    }
    let first = place.paths.first().cloned();
    place.paths.retain(|path| !is_source(path));
    let existing = place.paths.iter().find(|path| path.exists());
    let destination = request.into.as_ref();
    let destination = destination.or(existing).or(place.paths.last()).cloned();
    destination.ok_or_else(|| itself(&first.unwrap_or_default()))
}

fn tell(merging: &Merging, destination: &std::path::Path) -> Result<(), CommandError> {
    for taken in &merging.taken {
        let was = if taken.was == taken.name {
            String::new()
        } else {
            format!(" ({} there)", escape(&taken.was))
        };
        say(&format!(
            "added context {}{was} from {} to {}",
            escape(&taken.name),
            shown(&taken.file),
            shown(destination)
        ))?;
    }
    for known in &merging.known {
        say(&format!(
            "context {} of {} is there already, as {}",
            escape(&known.was),
            shown(&known.file),
            escape(&known.name)
        ))?;
    }
    if let Some(name) = &merging.switched {
        say(&format!("{} is now the current context", escape(name)))?;
    }
    Ok(())
}
