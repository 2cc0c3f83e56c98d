//! Which namespaces there are: what the cluster says now, what it said before, or what kubeconfigs mention.

use std::path::PathBuf;

use identity::api::Credentials;
use operations::Kubeconfigs;
use operations::State;
use operations::World;
use operations::kubeconfigs::Target;
use operations::namespaces;
use operations::namespaces::Answer;
use operations::world::now;

use super::super::block_on;
use super::super::heal::usable_credentials;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::output;

/// Where a list comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Cluster,
    Cache,
    Kubeconfig,
}

impl Source {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Cache => "cache",
            Self::Kubeconfig => "kubeconfig",
        }
    }
}

/// The namespaces of a context's cluster.
pub(super) struct Known {
    pub(super) context: String,
    pub(super) names: Vec<String>,
    pub(super) source: Source,
    /// Why they do not come from the cluster.
    why: Option<String>,
    /// Why the cluster could not be asked, where it was tried: it is not tried twice.
    away: Option<String>,
    world: World,
    target: Target,
    credentials: Option<Credentials>,
}

impl Known {
    /// What is at hand without asking the cluster.
    pub(super) fn remembered(
        environment: &Environment,
        context: &str,
    ) -> Result<Self, CommandError> {
        let paths: Vec<PathBuf> = environment.kubeconfig_paths(None)?;
        let kubeconfigs = Kubeconfigs::load(paths)?;
        let connection = kubeconfigs.connection(Some(context))?;
        let credentials = usable_credentials(&connection);
        let target = connection.target;
        // Without it, the entry's server says which cluster it is.
        let state = State::load(&environment.state_file()?).unwrap_or_default();
        let remembered = namespaces::remembered(environment.state_folder()?, &state, &target);
        let (source, names, why) = match remembered {
            Some(known) => {
                let at = i64::try_from(known.at).unwrap_or_default();
                let why = format!("as it was {}", output::second(at));
                (Source::Cache, known.names, Some(why))
            }
            None => (
                Source::Kubeconfig,
                mentioned(&kubeconfigs, &target.name),
                None,
            ),
        };
        Ok(Self {
            context: context.to_owned(),
            names,
            source,
            why,
            away: None,
            world: environment.world()?,
            target,
            credentials,
        })
    }

    /// What the cluster says now, else what is at hand.
    pub(super) fn ask(environment: &Environment, context: &str) -> Result<Self, CommandError> {
        let mut known = Self::remembered(environment, context)?;
        let answer = block_on(namespaces::list(
            &known.world,
            &known.target,
            known.credentials.as_ref(),
        ))?;
        let cause = match answer {
            Answer::Said(listed) => {
                // That it cannot be remembered is no reason not to use it.
                let _ = namespaces::remember(&known.world.store, &known.target, &listed, now());
                known.names = listed.names;
                known.source = Source::Cluster;
                known.why = None;
                return Ok(known);
            }
            Answer::Forbidden => "you may not list them".to_owned(),
            Answer::Away(cause) => {
                known.away = Some(cause.clone());
                cause
            }
        };
        known.why = Some(match &known.why {
            Some(when) => format!("{when}; {cause}"),
            None => format!("only those that kubeconfigs mention; {cause}"),
        });
        Ok(known)
    }

    /// Whether the cluster has this one.
    pub(super) fn exists(&self, name: &str) -> Result<Answer<bool>, CommandError> {
        if let Some(cause) = &self.away {
            return Ok(Answer::Away(cause.clone()));
        }
        block_on(namespaces::exists(
            &self.world,
            &self.target,
            self.credentials.as_ref(),
            name,
        ))
    }

    /// Tells where the list comes from, unless it is the cluster's own.
    pub(super) fn tell(&self) {
        if let Some(why) = &self.why {
            output::note(&format!("namespaces {why}"));
        }
    }
}

/// The namespaces that contexts of a cluster name, and the one that every cluster has.
fn mentioned(kubeconfigs: &Kubeconfigs, cluster: &str) -> Vec<String> {
    let contexts = kubeconfigs.chain.contexts();
    let contexts = contexts.filter(|context| context.value.cluster == cluster);
    let mut names: Vec<String> = contexts
        .filter_map(|context| context.value.namespace.clone())
        .filter(|name| !name.is_empty())
        .chain(["default".to_owned()])
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}
