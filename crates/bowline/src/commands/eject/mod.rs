//! `bowline eject`.

mod shells;

use std::fmt::Write as _;
use std::path::Path;

use kubeconfig::redact::escape;
use operations::eject;
use operations::eject::Belongings;
use operations::eject::Places;
use operations::session;
use store::Store;

use crate::cli::eject::EjectArgs;
use crate::commands::choose::place::Place;
use crate::commands::edit::copy;
use crate::environment;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;
use crate::output;
use crate::output::ask;

pub(crate) fn run(arguments: &EjectArgs) -> Result<u8, CommandError> {
    let environment = Environment::find();
    let places = places(&environment)?;
    let found = eject::find(&places);
    if !found.ties.is_empty() {
        return Err(tied(&found));
    }
    let keeps = arguments.keep_settings;
    output::print(&told(&environment.store()?, &places, &found, keeps))?;
    let goes = !found.state.is_empty() || (found.settings.is_some() && !keeps);
    if !goes || arguments.dry_run {
        if goes {
            output::note("nothing was removed (--dry-run)");
        }
        return Ok(exit::OK);
    }
    let settings = agreed(arguments, &found)?;
    if found.state.is_empty() && !settings {
        output::note("nothing was removed");
        return Ok(exit::OK);
    }
    let found = bring_home(&environment, &places, found)?;
    eject::remove(&places, &found, settings)
        .map_err(|error| CommandError::new(exit::FAILED, error.to_string()))?;
    output::print("removed; your kubeconfigs are as they were\n")?;
    Ok(exit::OK)
}

/// What programs wrote into the sessions of terminals belongs to the user, and does not go with them. What there is
/// afterwards.
fn bring_home(
    environment: &Environment,
    places: &Places,
    found: Belongings,
) -> Result<Belongings, CommandError> {
    if found.sessions.is_empty() {
        return Ok(found);
    }
    let place = Place::find(environment)?;
    let store = environment.store()?;
    let harvested = session::end_all(&store, &place.sessions, &found.sessions, &place.own)
        .map_err(|error| {
            CommandError::new(exit::FAILED, format!("nothing was removed: {error}"))
        })?;
    for one in &harvested {
        output::note(&format!(
            "programs wrote into a terminal's session what belongs in your kubeconfig, and now is there: {}",
            one.summary()
        ));
    }
    let guard = found.guard;
    let mut found = eject::find(places);
    if let Some(guard) = guard {
        found.leave(&guard);
    }
    if !found.ties.is_empty() {
        return Err(tied(&found));
    }
    Ok(found)
}

fn places(environment: &Environment) -> Result<Places, CommandError> {
    Ok(Places {
        state: environment.state_folder()?.to_owned(),
        is_alone: environment::variable("BOWLINE_STATE").is_none(),
        settings: environment.settings_file()?.to_owned(),
        shell_files: shells::files(environment.home()),
        kubeconfigs: environment.own_kubeconfig_paths(None)?,
        program: std::env::current_exe().ok(),
    })
}

/// Entries that would not work any more: whoever removes bowline wants to know that first.
fn tied(found: &Belongings) -> CommandError {
    let mut message = String::from(
        "nothing was removed: these entries need what would go; give them a value of their own, or remove them (`bowline edit`):",
    );
    for tie in &found.ties {
        let _ = write!(
            message,
            "\n  {}: {} {}: {}",
            tie.file.display(),
            tie.kind,
            escape(&tie.name),
            tie.field
        );
    }
    CommandError::new(exit::BAD_INPUT, message)
}

/// What would go, what stays, and what is left to the user.
fn told(store: &Store, places: &Places, found: &Belongings, keeps_settings: bool) -> String {
    let mut text = String::new();
    let shown = |path: &Path| escape(&path.to_string_lossy()).into_owned();
    if found.is_empty() {
        text.push_str("there is no state and there are no settings of bowline here\n");
    }
    if !found.state.is_empty() {
        let _ = writeln!(
            text,
            "what bowline knows by itself, in {}:",
            shown(&places.state)
        );
        for path in &found.state {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let _ = writeln!(text, "  {}{}", escape(&name), what(store, path, found));
        }
    }
    if let Some(settings) = &found.settings {
        let stays = if keeps_settings { " (stays)" } else { "" };
        let _ = writeln!(text, "your settings: {}{stays}", shown(settings));
    }
    for path in &found.strange {
        let _ = writeln!(text, "not bowline's, stays: {}", shown(path));
    }
    if !found.hooks.is_empty() {
        text.push_str("lines of your own files that name bowline; take out those that load it:\n");
        for hook in &found.hooks {
            let place = shown(&hook.file);
            let _ = writeln!(text, "  {place}:{}: {}", hook.line, escape(&hook.text));
        }
    }
    text.push_str(&terminals(found));
    if let Some(program) = &places.program {
        let _ = writeln!(
            text,
            "the program itself is {}: remove it the way it was installed",
            shown(program)
        );
    }
    text
}

/// What is lost with a part of the state.
fn what(store: &Store, path: &Path, found: &Belongings) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match &*name {
        "journal" => {
            let changes = store.history().map_or(0, |groups| groups.len());
            format!(
                "   {}: `bowline undo` ends with it, and secrets in it go",
                output::count(changes, "change")
            )
        }
        "sessions" => format!(
            "   {} of terminals",
            output::count(found.sessions.len(), "choice")
        ),
        copy::FOLDER => "   texts that `bowline edit` kept".to_owned(),
        _ => String::new(),
    }
}

/// The terminals that still run have the names of files in KUBECONFIG that will not exist.
fn terminals(found: &Belongings) -> String {
    let mut text = String::new();
    if !found.sessions.is_empty() {
        let _ = writeln!(
            text,
            "{} may still have such a choice in KUBECONFIG: close them, or set it anew there",
            output::count(found.sessions.len(), "terminal")
        );
    }
    if let Some(guard) = &found.guard {
        let _ = writeln!(
            text,
            "stays, so that kubectl does not go on there with another context: {}; remove it when they are closed",
            escape(&guard.to_string_lossy())
        );
    }
    let list = environment::variable("KUBECONFIG").unwrap_or_default();
    let paths: Vec<_> = std::env::split_paths(&list).collect();
    if paths.iter().any(|path| session::is_ours(path)) {
        let own = std::env::join_paths(session::of_the_user(&paths)).unwrap_or_default();
        let _ = writeln!(
            text,
            "in this one: KUBECONFIG={}",
            operations::failure::argument(&own.to_string_lossy())
        );
    }
    text
}

/// Whether the settings go too, once it is agreed that anything goes.
fn agreed(arguments: &EjectArgs, found: &Belongings) -> Result<bool, CommandError> {
    if arguments.yes {
        return Ok(!arguments.keep_settings);
    }
    let refused = |why: &str| {
        Err(CommandError::new(
            exit::BAD_INPUT,
            format!("nothing was removed{why}"),
        ))
    };
    if !output::is_interactive() {
        return refused(": nobody can be asked here; to remove it: bowline eject --yes");
    }
    if !found.state.is_empty() && !ask::agrees("remove what bowline knows by itself? [y/N]")? {
        return refused("");
    }
    if arguments.keep_settings || found.settings.is_none() {
        return Ok(false);
    }
    Ok(ask::agrees(
        "remove your settings (config.toml), too? [y/N]",
    )?)
}
