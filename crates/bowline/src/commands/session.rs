//! The life of sessions: inherited, given up, swept.

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;
use std::time::SystemTime;

use kubeconfig::redact::escape;
use operations::choose::Memory;
use operations::modify::Chain;
use operations::session;
use operations::session::Harvested;
use operations::session::SessionError;
use operations::session::Sessions;
use operations::session::Shell;
use store::Store;

use super::choose::place::Place;
use super::choose::place::unkept;
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
    if !place.lives(theirs) {
        output::note(
            "the terminal that this shell comes from is gone, and its choice with it: this one follows the kubeconfig",
        );
        return follow_the_kubeconfig(environment, &place);
    }
    let inherited = match session::read(theirs) {
        Ok(inherited) => inherited,
        Err(error) if error.is_damage() => None,
        Err(error) => return Err(error.into()),
    };
    let chosen = inherited.as_ref().and_then(session::selection);
    let (Some(inherited), Some(chosen)) = (inherited, chosen) else {
        // Lost there is lost here: the kubeconfig's own choice was not meant.
        return Ok(exit::OK);
    };
    let store = environment.store()?;
    match session::tidy(&store, theirs, &inherited, &place.own) {
        Ok(harvested) => harvested.iter().for_each(tell),
        Err(error) => output::note(&format!("{}: {error}", theirs.display())),
    }
    post(&store, &place.sessions, &place.own, |_| false)?;
    remember_files(&store, &place, &mine);
    put_aside(&store, &mine);
    let entry = inherited.context(&chosen.context);
    session::write(&store, &mine, &chosen, entry)?;
    let list = place.sessions.list(&mine, &place.own)?;
    protocol::tell(Some(&list))?;
    Ok(exit::OK)
}

/// What programs write into a session belongs where that terminal has its kubeconfig, whoever brings it home.
fn remember_files(store: &Store, place: &Place, session: &Path) {
    let absolute = |own: &PathBuf| std::path::absolute(own).ok();
    let Some(files) = place.own.iter().map(absolute).collect::<Option<Vec<_>>>() else {
        return;
    };
    let memory = place.sessions.memory(session);
    let updated = Memory::update(store, &memory, |memory| memory.files.clone_from(&files));
    if let Err(error) = updated {
        output::note(&format!(
            "which kubeconfig this terminal has is not remembered: {error}"
        ));
    }
}

/// Puts aside what is in the place of a session and is none.
fn put_aside(store: &Store, session: &Path) {
    let is_damage = |error: SessionError| error.is_damage();
    if session::read(session).is_err_and(is_damage)
        && let Ok(Some(kept)) = session::aside_damaged(store, session)
    {
        output::note(&format!(
            "the session of this terminal was damaged and is begun anew; the old one is {}",
            kept.display()
        ));
    }
}

/// Sees to it that the guard stands, and tells what was found in its place.
pub(crate) fn post(
    store: &Store,
    sessions: &Sessions,
    own: &[PathBuf],
    is_taken: impl Fn(&str) -> bool,
) -> Result<(), CommandError> {
    let posted = session::post(store, sessions, own, is_taken).map_err(unkept)?;
    posted.harvested.iter().for_each(tell);
    if let Some(kept) = &posted.aside {
        output::note(&format!(
            "the guard of all terminals was damaged and is begun anew; the old one is {}",
            kept.display()
        ));
    }
    Ok(())
}

/// Puts the guard back where this terminal has it in its list and it is gone: without it kubectl goes on with the
/// next file's choice.
pub(crate) fn guard_again(environment: &Environment) {
    let paths = environment.kubeconfig_paths(None).unwrap_or_default();
    let (Some(guard), Ok(state)) = (
        paths.iter().find(|path| session::is_guard(path)),
        environment.state_folder(),
    ) else {
        return;
    };
    let Ok(sessions) = std::path::absolute(state).map(|state| Sessions::new(&state)) else {
        return;
    };
    if sessions.guard() == guard
        && guard.symlink_metadata().is_err()
        && let Ok(store) = environment.store()
    {
        // The next command tries again.
        let _ = session::post(&store, &sessions, &[], |_| false);
    }
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
    guard_again(&environment);
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
    if let Some(renames) = harvested.renames() {
        output::note(&format!(
            "your kubeconfig was changed after a terminal's session was: what it says stays, and the session's entries are there under other names: {renames}"
        ));
    }
}
