//! The life of sessions: inherited, given up, swept.

use std::collections::BTreeSet;
use std::time::SystemTime;

use kubeconfig::redact::escape;
use operations::choose::Memory;
use operations::modify::Chain;
use operations::session;
use operations::session::Harvested;
use operations::session::Sessions;
use operations::session::Shell;

use super::choose::place::Place;
use super::choose::protocol;
use crate::cli::session::SessionCommand;
use crate::environment::Environment;
use crate::environment::variable;
use crate::error::CommandError;
use crate::exit;
use crate::output;

/// The session of a shell that `bowline shell` started, for its startup file.
pub(super) const SESSION: &str = "BOWLINE_SESSION";

/// Runs what shells call.
pub(crate) fn run(command: &SessionCommand) -> Result<u8, CommandError> {
    let environment = Environment::find();
    match command {
        SessionCommand::Adopt => adopt(&environment),
        SessionCommand::End => end(&environment),
        SessionCommand::Become { context, namespace } => {
            super::shell::become_shell(&environment, context, namespace.as_deref())
        }
    }
}

/// A shell that starts may have inherited another shell's session. It gets a copy of the choice, so that neither
/// changes the other's; where that shell is gone, so is its choice.
fn adopt(environment: &Environment) -> Result<u8, CommandError> {
    let place = Place::find(environment)?;
    let place = match Chain::survey(&place.own) {
        Ok(chain) => place.in_force(&chain),
        // What cannot be read is told by the commands that need it.
        Err(_) => place,
    };
    let Some(shell) = &place.shell else {
        return Ok(exit::OK);
    };
    let Some(theirs) = &place.standing else {
        return keep(&place, shell);
    };
    let mine = place.sessions.file(shell);
    if *theirs == mine {
        return Ok(exit::OK);
    }
    let inherited = if place.lives(theirs) {
        session::read(theirs)?
    } else {
        None
    };
    let chosen = inherited.as_ref().and_then(session::selection);
    let (Some(inherited), Some(chosen)) = (inherited, chosen) else {
        return follow_the_kubeconfig(environment, &place);
    };
    let store = environment.store()?;
    match session::tidy(&store, theirs, &inherited, &place.own) {
        Ok(harvested) => harvested.iter().for_each(tell),
        Err(error) => output::note(&format!("{}: {error}", theirs.display())),
    }
    session::post(&store, &place.sessions)?;
    let entry = inherited.context(&chosen.context);
    session::write(&store, &mine, &chosen, entry)?;
    let list = place.sessions.list(&mine, &place.own)?;
    protocol::tell(Some(&list))?;
    Ok(exit::OK)
}

/// The shell of `bowline shell` keeps its choice where its startup file set another KUBECONFIG.
fn keep(place: &Place, shell: &Shell) -> Result<u8, CommandError> {
    let mine = place.sessions.file(shell);
    // Shells that it starts have the variable too.
    if variable(SESSION).is_some_and(|session| mine.as_os_str() == session) && mine.exists() {
        let list = place.sessions.list(&mine, &place.own)?;
        protocol::tell(Some(&list))?;
    }
    Ok(exit::OK)
}

/// Tells the shell the user's own list.
fn follow_the_kubeconfig(environment: &Environment, place: &Place) -> Result<u8, CommandError> {
    let default = environment.default_kubeconfig();
    let list = session::list_without(&place.own, default.as_deref())?;
    protocol::tell(list.as_deref())?;
    Ok(exit::OK)
}

/// The shell ends.
fn end(environment: &Environment) -> Result<u8, CommandError> {
    let place = Place::find(environment)?;
    let Some(shell) = &place.shell else {
        return Err(no_shell());
    };
    let file = place.sessions.file(shell);
    let harvested = session::end(&environment.store()?, &place.sessions, &file, &place.own)?;
    harvested.iter().for_each(tell);
    // It may not be there.
    let _ = std::fs::remove_file(place.sessions.memory(&file));
    Ok(exit::OK)
}

/// `use --end`: this terminal follows the kubeconfig again.
pub(crate) fn give_up(environment: &Environment) -> Result<u8, CommandError> {
    let place = Place::find(environment)?;
    let Some(shell) = &place.shell else {
        if place.standing.is_none() {
            output::note("this terminal has no choice of its own");
            return Ok(exit::OK);
        }
        return Err(no_shell());
    };
    let file = place.sessions.file(shell);
    let store = environment.store()?;
    let chosen = session::read(&file).ok().flatten();
    if let Some(chosen) = chosen.as_ref().and_then(session::selection) {
        // `use -` comes back to it.
        let memory = place.sessions.memory(&file);
        if let Err(error) = Memory::update(&store, &memory, |memory| memory.leave(&chosen)) {
            output::note(&format!("what was chosen is not remembered: {error}"));
        }
    }
    match session::end(&store, &place.sessions, &file, &place.own) {
        Ok(harvested) => harvested.iter().for_each(tell),
        // The terminal can leave it all the same; it is swept when the shell is gone.
        Err(error) => output::note(&format!(
            "what programs wrote into {} stays there: {error}",
            file.display()
        )),
    }
    follow_the_kubeconfig(environment, &place)?;
    output::note("this terminal follows the kubeconfig");
    Ok(exit::OK)
}

/// Tells which terminals have chosen what is in no kubeconfig any more: an undo does not know of them. Never fails: it
/// is said beside a command that did what it was asked for.
pub(crate) fn tell_bare(environment: &Environment) {
    let Ok(state) = environment.state_folder() else {
        return;
    };
    let entries = std::fs::read_dir(Sessions::new(state).folder());
    let files = entries.into_iter().flatten().flatten();
    let sessions: Vec<_> = files
        .map(|file| file.path())
        .filter(|path| session::is_session(path))
        .filter_map(|path| session::read(&path).ok().flatten())
        .collect();
    if sessions.is_empty() {
        return;
    }
    let own = environment.own_kubeconfig_paths(None).unwrap_or_default();
    let Ok(chain) = operations::modify::Chain::survey(&own) else {
        return;
    };
    let is_bare = |name: &String| chain.context(name).is_none();
    let chosen = sessions.iter().filter_map(session::selection);
    let names: BTreeSet<String> = chosen
        .map(|chosen| chosen.context)
        .filter(is_bare)
        .collect();
    for name in names {
        output::note(&format!(
            "a terminal has chosen {}, which is not there any more: choose again there with `bowline use CONTEXT`",
            escape(&name)
        ));
    }
}

fn no_shell() -> CommandError {
    CommandError::new(
        exit::USAGE,
        "only the shell itself can give up its choice: call bowline in a terminal with `bowline init` in the shell's startup file",
    )
}

/// Removes the sessions of shells that are gone. Costs next to nothing while there are none, and never fails: it
/// is done beside a command.
pub(crate) fn sweep() {
    let environment = Environment::find();
    let Ok(state) = environment.state_folder() else {
        return;
    };
    let sessions = Sessions::new(state);
    if !sessions.folder().is_dir() {
        return;
    }
    let Ok(store) = environment.store() else {
        return;
    };
    let own = environment.own_kubeconfig_paths(None).unwrap_or_default();
    let swept = session::sweep(&store, &sessions, &own, SystemTime::now());
    swept.harvested.iter().for_each(tell);
    for kept in &swept.kept {
        output::note(&kept.message());
    }
}

/// Tells what was brought home.
pub(crate) fn tell(harvested: &Harvested) {
    if let Some(group) = harvested.group {
        output::note(&format!(
            "programs wrote into a terminal's session what belongs in your kubeconfig, and now is there: {}; `bowline undo {group}` takes it back",
            harvested.summary()
        ));
    }
}
