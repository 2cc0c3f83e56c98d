//! What is looked for before the contexts are healed one by one.

use std::path::PathBuf;

use operations::Connection;
use operations::Kubeconfigs;
use operations::State;
use operations::World;
use operations::heal;
use operations::heal::Look;
use operations::heal::Options;
use operations::heal::Wanted;
use operations::kubeconfigs::Target;
use operations::state::Question;

use super::usable_credentials;
use crate::commands::block_on;
use crate::commands::progress::Progress;
use crate::error::CommandError;

/// What was found, by the entry that it was found for.
#[derive(Default)]
pub(super) struct Ahead(Vec<(PathBuf, String, Question, Look)>);

impl Ahead {
    /// Looks for all of them.
    pub(super) fn look<'a>(
        world: &World,
        kubeconfigs: &Kubeconfigs,
        connections: impl Iterator<Item = &'a Connection>,
        sweep: bool,
    ) -> Result<Self, CommandError> {
        let state = State::load(&world.state_file)?;
        let wanted = connections.map(|connection| Wanted {
            target: connection.target.clone(),
            credentials: usable_credentials(connection),
        });
        let wanted: Vec<Wanted> = wanted.collect();
        let options = Options {
            sweep,
            ..Options::default()
        };
        let progress = Progress::of(wanted.len(), true);
        let done = |count| progress.add(count);
        let looking = heal::ahead(world, &state, kubeconfigs, &wanted, &options, &done);
        let looked = block_on(progress.beside(looking))?;
        let found = wanted.into_iter().zip(looked);
        let found = found.filter_map(|(wanted, look)| {
            let Target { file, name, .. } = &wanted.target;
            let question = Question::of(&wanted.target)?;
            Some((file.clone(), name.clone(), question, look?))
        });
        Ok(Self(found.collect()))
    }

    /// What was found for an entry, if it still is what it was.
    pub(super) fn take(&mut self, target: &Target) -> Option<Look> {
        let question = Question::of(target)?;
        let place = self.0.iter().position(|(file, name, asked, _)| {
            *file == target.file && *name == target.name && *asked == question
        })?;
        Some(self.0.swap_remove(place).3)
    }
}
