//! The terminal that a command runs in: whether it has a choice of its own, and changing it.

use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;

use kubeconfig::Config;
use kubeconfig::Context;
use kubeconfig::List;
use operations::choose::Memory;
use operations::choose::Selection;
use operations::choose::effective;
use operations::kubeconfigs::KubeconfigError;
use operations::modify::Chain;
use operations::modify::Wanted;
use operations::session;
use operations::session::Shell;
use store::Store;

use super::Current;
use super::global;
use super::place::Place;
use super::place::Scope;
use super::place::unkept;
use super::preview::Preview;
use super::protocol;
use super::tell;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;
use crate::output;

/// A terminal and the contexts that can be chosen in it.
pub(crate) struct Terminal {
    store: Store,
    place: Place,
    scope: Scope,
    chain: Chain,
    /// What stands in the session that is in force here, be it this shell's or an inherited one.
    session: Option<Config>,
    /// The session that should be in force cannot be read, and kubectl fails there.
    is_lost: bool,
    /// A script whose terminal is gone. It did not mean all others.
    is_orphan: bool,
}

impl Terminal {
    /// Looks what there is to choose from, in this terminal or, `global`, in the kubeconfig.
    pub(crate) fn open(environment: &Environment, global: bool) -> Result<Self, CommandError> {
        Self::at(environment, Place::find(environment)?, global)
    }

    /// The same for a shell that this process is about to become, or to be the parent of.
    pub(crate) fn of_shell(environment: &Environment, shell: Shell) -> Result<Self, CommandError> {
        let place = Place {
            shell: Some(shell),
            ..Place::find(environment)?
        };
        Self::at(environment, place, false)
    }

    fn at(environment: &Environment, place: Place, global: bool) -> Result<Self, CommandError> {
        let chain = survey(&place.own)?;
        let place = place.in_force(&chain);
        let scope = place.scope(global);
        let (session, is_lost) = if global {
            (None, false)
        } else {
            in_force(&place)?
        };
        Ok(Self {
            store: environment.store()?,
            is_orphan: !global && scope == Scope::Global && place.standing.is_some(),
            place,
            scope,
            chain,
            session,
            is_lost,
        })
    }

    /// The user's kubeconfigs.
    pub(crate) fn files(&self) -> &[PathBuf] {
        &self.place.own
    }

    /// What can be told of a context without asking anybody.
    pub(crate) fn preview(&self) -> Preview<'_> {
        Preview::new(&self.chain, &self.place.state_file)
    }

    /// The user's kubeconfigs, as far as they were read.
    pub(crate) fn chain(&self) -> &Chain {
        &self.chain
    }

    /// The session that choices go into, if they go into one.
    pub(crate) fn session_file(&self) -> Option<&Path> {
        match &self.scope {
            Scope::Session { file, .. } => Some(file),
            Scope::Global => None,
        }
    }

    /// What stands in the session that is in force.
    pub(crate) fn session(&self) -> Option<&Config> {
        self.session.as_ref()
    }

    /// Whether this terminal's own choice is gone, so that kubectl does nothing here.
    pub(crate) fn is_lost(&self) -> bool {
        self.is_lost
    }

    /// The names of the contexts that can be chosen.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names = self.chain.names(List::Contexts);
        let new = self.session.iter().flat_map(|session| &session.contexts);
        names.extend(new.map(|named| named.name.as_str()));
        names.into_iter().collect()
    }

    /// Whether a context exists.
    fn has(&self, name: &str) -> bool {
        let in_session = |session: &Config| session.context(name).is_some();
        self.session.as_ref().is_some_and(in_session) || self.chain.context(name).is_some()
    }

    /// The namespace that the user's files have for a context; empty where they have none.
    fn own_namespace(&self, name: &str) -> String {
        let line = self.chain.context(name);
        line.map_or(String::new(), |line| line.namespace.to_owned())
    }

    /// What is chosen. Where a terminal's own choice is gone, nothing is: the kubeconfig's was not meant there.
    pub(crate) fn current(&self) -> Option<Current> {
        if self.is_lost {
            return None;
        }
        let chosen = self.session.as_ref().and_then(session::selection);
        if let Some(selection) = chosen {
            let namespace = match &selection.namespace {
                Some(namespace) => namespace.clone(),
                None => self.own_namespace(&selection.context),
            };
            return Some(Current {
                namespace: effective(Some(&namespace)).to_owned(),
                selection,
            });
        }
        let context = self.chain.current_context();
        if context.is_empty() {
            return None;
        }
        let namespace = self.own_namespace(context);
        // Of the kubeconfig it is the namespace that is changed, of a session what is said of it.
        let said = (self.scope == Scope::Global).then(|| namespace.clone());
        Some(Current {
            selection: Selection {
                context: context.to_owned(),
                namespace: said,
            },
            namespace: effective(Some(&namespace)).to_owned(),
        })
    }

    /// The choice before the current one.
    pub(crate) fn previous(&self) -> Result<Selection, CommandError> {
        let loaded = Memory::load(&self.memory());
        if let Some(trouble) = &loaded.trouble {
            output::note(trouble);
        }
        let current = self.current().map(|current| current.selection);
        let before = loaded
            .memory
            .before(current.as_ref(), |context| self.has(context));
        before.cloned().ok_or_else(|| {
            let place = match self.scope {
                Scope::Session { .. } => "in this terminal",
                Scope::Global => "in the kubeconfig",
            };
            CommandError::new(
                exit::BAD_INPUT,
                format!("nothing was chosen before {place}: choose with `bowline use CONTEXT`"),
            )
        })
    }

    /// Makes a choice, and tells it to the shell and to the user. A namespace of `None` leaves it to the
    /// kubeconfig, an empty one means none.
    pub(crate) fn set(mut self, wanted: &Selection) -> Result<(), CommandError> {
        let list = self.choose(wanted)?;
        if let (Some(list), Scope::Session { speaks: true, .. }) = (list, &self.scope) {
            protocol::tell(Some(&list))?;
        }
        let namespace = match &wanted.namespace {
            Some(namespace) => namespace.clone(),
            None => self.own_namespace(&wanted.context),
        };
        tell(&wanted.context, &namespace);
        match &self.place.standing {
            Some(standing) if self.scope == Scope::Global && standing.exists() => output::note(
                "this terminal keeps the choice of its own; `bowline use --end` gives that up",
            ),
            Some(_) if self.scope == Scope::Global && self.place.is_lost => {
                output::note(&KubeconfigError::SessionGone.to_string());
            }
            _ => {}
        }
        Ok(())
    }

    /// Makes a choice; what KUBECONFIG has to be for it where it is made in a session.
    pub(crate) fn choose(&mut self, wanted: &Selection) -> Result<Option<OsString>, CommandError> {
        if !self.has(&wanted.context) {
            return Err(super::meant::unknown(&wanted.context, self, &[]));
        }
        let before = self.current().map(|current| current.selection);
        let list = match self.scope.clone() {
            Scope::Session { file, .. } => {
                // Before anything is written: a list that no shell can have is no use.
                let list = self.place.sessions.list(&file, &self.place.own)?;
                self.set_session(&file, wanted)?;
                Some(list)
            }
            Scope::Global if self.is_orphan => {
                return Err(CommandError::new(
                    exit::BAD_INPUT,
                    "the terminal that this was started in is gone, and its choice with it: `bowline use --global CONTEXT` chooses for all terminals",
                ));
            }
            Scope::Global => {
                global::set(&self.store, &self.place.own, &mut self.chain, wanted)?;
                None
            }
        };
        self.remember(before.as_ref(), wanted);
        Ok(list)
    }

    fn set_session(&mut self, file: &Path, wanted: &Selection) -> Result<(), CommandError> {
        let is_taken = |name: &str| self.chain.context(name).is_some();
        crate::commands::session::post(
            &self.store,
            &self.place.sessions,
            &self.place.own,
            is_taken,
        )?;
        let (mut is_there, mut brought) = (false, false);
        match session::read(file) {
            Ok(None) => {}
            Ok(Some(session)) => {
                is_there = true;
                // One that KUBECONFIG does not name may be of another list.
                let files = Memory::load(&self.memory()).memory.files;
                let is_left = self.place.standing.as_deref() != Some(file) && !files.is_empty();
                let own = if is_left { &files } else { &self.place.own };
                brought = self.bring_home(file, &session, own);
            }
            Err(error) if error.is_damage() => aside(file)?,
            Err(error) => return Err(error.into()),
        }
        // Another shell's that was inherited: what its programs wrote there must be found from here, too.
        if let (false, Some(theirs), Some(session)) =
            (is_there, self.place.standing.clone(), self.session.clone())
        {
            brought |= self.bring_home(&theirs, &session, &self.place.own);
        }
        if brought {
            // The context may be another one's by now.
            self.chain = survey(&self.place.own)?;
        }
        let entry = match &wanted.namespace {
            Some(_) => self.entry(&wanted.context)?,
            None => None,
        };
        session::write(&self.store, file, wanted, entry.as_ref()).map_err(unkept)
    }

    /// Brings home what other programs wrote into a session; whether the user's files may have changed. Where that
    /// fails it stays, and is in force.
    fn bring_home(&self, file: &Path, session: &Config, own: &[PathBuf]) -> bool {
        match session::tidy(&self.store, file, session, own) {
            Ok(harvested) => {
                harvested.iter().for_each(crate::commands::session::tell);
                harvested.is_some()
            }
            Err(error) => {
                output::note(&format!(
                    "what programs wrote into {} stays there: {error}",
                    file.display()
                ));
                false
            }
        }
    }

    /// A context's entry in the user's files, whole.
    fn entry(&mut self, name: &str) -> Result<Option<Context>, CommandError> {
        let wanted = Wanted::entry(List::Contexts, name);
        if self.chain.fetch(&wanted).is_err() || self.chain.context(name).is_none() {
            // They changed since.
            self.chain = survey(&self.place.own)?;
            self.chain
                .fetch(&wanted)
                .map_err(|error| loading(&[error]))?;
        }
        let mut merged = self.chain.merged();
        Ok(merged.contexts.remove(name).map(|entry| entry.value))
    }

    /// Remembers the choice that was left. Nobody needs that, so it is told and goes on where it cannot be.
    fn remember(&self, before: Option<&Selection>, now: &Selection) {
        let left = before.filter(|before| *before != now);
        let is_session = matches!(self.scope, Scope::Session { .. });
        let files: Vec<_> = if is_session && self.place.own.iter().all(|own| own.to_str().is_some())
        {
            let own = self.place.own.iter();
            own.filter_map(|own| std::path::absolute(own).ok())
                .collect()
        } else {
            Vec::new()
        };
        if left.is_none() && files.is_empty() {
            return;
        }
        let updated = Memory::update(&self.store, &self.memory(), |memory| {
            if let Some(left) = left {
                memory.leave(left);
            }
            memory.files.clone_from(&files);
        });
        match updated {
            Ok(None) => {}
            Ok(Some(trouble)) => output::note(&trouble),
            Err(error) => output::note(&format!(
                "what was chosen before is not remembered: {error}"
            )),
        }
    }

    fn memory(&self) -> PathBuf {
        match &self.scope {
            Scope::Session { file, .. } => self.place.sessions.memory(file),
            Scope::Global => self.place.selections.clone(),
        }
    }
}

/// What stands in the session that is in force, which is the one that KUBECONFIG names; and whether there should be
/// one and is none. One of this shell that KUBECONFIG does not name was chosen in a part of it, or was left.
fn in_force(place: &Place) -> Result<(Option<Config>, bool), CommandError> {
    let Some(standing) = &place.standing else {
        return Ok((None, place.is_lost));
    };
    match session::read(standing) {
        Ok(session) => Ok((session, place.is_lost)),
        Err(error) if error.is_damage() => Ok((None, true)),
        Err(error) => Err(error.into()),
    }
}

/// Puts a session aside that cannot be read.
fn aside(file: &Path) -> Result<(), CommandError> {
    let kept = session::aside(file)?;
    output::note(&format!(
        "the session of this terminal was damaged and is begun anew; the old one is {}",
        kept.display()
    ));
    Ok(())
}

pub(in crate::commands) fn survey(own: &[PathBuf]) -> Result<Chain, CommandError> {
    Chain::survey(own).map_err(|errors| loading(&errors))
}

fn loading(errors: &[operations::modify::LoadError]) -> CommandError {
    let lines: Vec<_> = errors.iter().map(ToString::to_string).collect();
    CommandError::new(exit::BAD_INPUT, lines.join("\n"))
}
