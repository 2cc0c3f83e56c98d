//! Looks for many clusters before they are healed one by one: one that is off takes seconds, and hundreds of them
//! in turn minutes.

use futures_util::StreamExt as _;
use futures_util::stream;
use identity::api::Credentials;
use locate::sweep::Sweeping;

use super::Decision;
use super::Look;
use super::Options;
use super::look;
use super::look::Reach;
use super::search::sweep;
use crate::kubeconfigs::Kubeconfigs;
use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;
use crate::state::State;
use crate::world::World;

/// How many servers are waited for at once.
const SERVERS: usize = 32;

/// How many clusters are searched for at once: each search starts every program that knows machines.
const SEARCHES: usize = 4;

/// An entry to be healed.
pub struct Wanted {
    /// The entry.
    pub target: Target,
    /// What to authenticate with, if that needs no program to be run.
    pub credentials: Option<Credentials>,
}

/// Looks for all of them; `None` for one that has to be looked for alone, in its turn: where an entry of the same CA
/// is healed before, what that finds out counts; and there is one neighbour table, so that nobody sweeps beside
/// another. `done` is told each time that a look ended.
pub async fn ahead(
    world: &World,
    state: &State,
    kubeconfigs: &Kubeconfigs,
    wanted: &[Wanted],
    options: &Options,
    done: &dyn Fn(usize),
) -> Vec<Option<Look>> {
    let kin = kubeconfigs.kin();
    let alone = |target: &Target| match &target.trust {
        Trust::Authority { authority, .. } => {
            authority.is_shared() || kin.namesakes(target).next().is_some()
        }
        Trust::Insecure | Trust::System | Trust::Plain => true,
    };
    let mut found: Vec<Option<Look>> = wanted.iter().map(|_| None).collect();
    let mut missing = Vec::new();
    let one = async |number: usize, reach: Reach| {
        let Wanted {
            target,
            credentials,
        } = &wanted[number];
        let options = Options {
            reach,
            on_sweep: None,
            ..options.clone()
        };
        let credentials = credentials.as_ref();
        let looked = look(world, state, kubeconfigs, target, credentials, &options).await;
        (number, looked.ok())
    };

    let numbers = (0..wanted.len()).filter(|number| !alone(&wanted[*number].target));
    let mut servers = stream::iter(numbers)
        .map(|number| one(number, Reach::Own))
        .buffer_unordered(SERVERS);
    while let Some((number, looked)) = servers.next().await {
        match looked.filter(|looked| matches!(looked.decision, Decision::Works(_))) {
            Some(works) => {
                found[number] = Some(works);
                done(1);
            }
            None => missing.push(number),
        }
    }
    drop(servers);
    let mut searches = stream::iter(missing)
        .map(|number| one(number, Reach::Unswept))
        .buffer_unordered(SEARCHES);
    while let Some((number, looked)) = searches.next().await {
        done(1);
        let Some(mut looked) = looked else {
            continue;
        };
        if matches!(looked.decision, Decision::Lost) {
            let sweep = sweep(world, state, &wanted[number].target, options);
            let system = (world.network)();
            match sweep.map(|sweep| Sweeping::of(sweep, &system)) {
                None => {}
                Some(planned) => match planned.await {
                    Ok(planned) if planned.plan.targets.is_empty() => {
                        looked.swept = Some(std::sync::Arc::new(planned));
                    }
                    _ => continue,
                },
            }
        }
        found[number] = Some(looked);
    }
    drop(searches);
    found
}
