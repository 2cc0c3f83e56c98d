//! Asks whether the entry's own server is the cluster, looks for it where it is not, and mends the entry.

use std::net::IpAddr;

use identity::ProbeError;
use identity::Rejection;
use kubeconfig::redact::escape;
use locate::Source;
use operations::Connection;
use operations::Kubeconfigs;
use operations::State;
use operations::World;
use operations::failure::ours;
use operations::heal;
use operations::heal::Decision;
use operations::heal::Look;
use operations::heal::Options;
use operations::kubeconfigs::Target;
use operations::state::Place;
use operations::state::Question;
use operations::state::name_to_enforce;

use super::Call;
use super::Next;
use crate::commands::block_on;
use crate::commands::heal as heal_command;
use crate::commands::heal::usable_credentials;
use crate::error::CommandError;
use crate::exit;
use crate::output;
use crate::output::look;

impl Call {
    pub(super) fn check(
        &mut self,
        world: &World,
        state: &State,
        kubeconfigs: &Kubeconfigs,
        connection: &Connection,
    ) -> Result<Next, CommandError> {
        let (context, target) = (&connection.context, &connection.target);
        let credentials = usable_credentials(connection);
        let pause = Question::of(target)
            .and_then(|question| state.backs_off(&question, operations::world::now()));
        if pause.is_some() || self.alone.as_ref().is_some_and(store::Alone::waited) {
            // Another one has looked, and found nothing that would do here: no use in a queue.
            self.alone = None;
        }
        let options = Options {
            thrifty: pause.is_some(),
            on_sweep: Some(look::sweep_begins),
            ..Options::default()
        };
        let found = block_on(heal::look(
            world,
            state,
            kubeconfigs,
            target,
            credentials.as_ref(),
            &options,
        ))?;
        let found =
            found.map_err(|error| CommandError::new(exit::NOT_PROVED, error.to_string()))?;
        let Some((candidate, proof)) = found.decision.answer() else {
            if is_someone_elses(&found) && !would_give_away(target, &found) {
                return Ok(Next::Run);
            }
            output::note(&look::headline(context, target, &found));
            output::note(&format!(
                "what was tried:\n{}",
                look::reasons(&found).trim_end()
            ));
            let named = kubeconfigs.named.as_deref();
            if let Some(remedy) = look::remedy(context, &found, named) {
                output::note(&remedy);
            }
            if let Some(offer) = look::sweep_offer(context, &found, named) {
                output::note(&offer);
            }
            if let Some(pause) = pause {
                output::note(&format!(
                    "it was looked for everywhere a moment ago, and will be again in {} s, or now with: {}",
                    pause.as_secs(),
                    ours("heal", context, &[], named)
                ));
            }
            let doubted = heal_command::doubt(world, target, &found, options.thrifty);
            if would_give_away(target, &found) {
                // Whether or not that can be remembered.
                return Ok(withheld());
            }
            return doubted.map(|()| Next::Run);
        };
        if !matches!(found.decision, Decision::Works(_)) {
            output::note(&look::headline(context, target, &found));
        }
        let mut target = target.clone();
        let mut place = found.decision.place();
        match &found.decision {
            // A name in the entry is the user's choice, and may only be late (mshome.net is, after a boot):
            // without being asked, it is not replaced by an address.
            Decision::Moved(_) if target.literal().is_none() => place = Place::Sibling,
            // Whether it is the same node is not known where nothing is.
            Decision::Moved(_) if !self.has_state => place = Place::Sibling,
            Decision::Moved(_) | Decision::NeedsName(_) => {
                match mend(world, state, kubeconfigs, &target, &found.decision, context) {
                    Ok(healed) => target = healed,
                    Err(error) => {
                        // The call need not fail because a file cannot be written.
                        output::note(&format!("{error}; used for this call only"));
                        if matches!(found.decision, Decision::Moved(_)) {
                            place = Place::Unwritten;
                        }
                    }
                }
            }
            _ => {}
        }
        if place != Place::Own && self.runs_plugin && would_give_away(&target, &found) {
            return Ok(withheld());
        }
        if place != Place::Own {
            self.use_instead(&target.server, candidate.address, &proof.proved_name());
        } else if let Some(name) = name_to_enforce(&target, proof) {
            self.enforce(&name);
        }
        self.release = heal_command::remember(
            world,
            state,
            &target,
            (candidate, proof),
            (place, found.shared),
            credentials.as_ref(),
        )?;
        Ok(Next::Run)
    }
}

/// Whether what answers under a name that others manage is a proxy of theirs, which speaks as it likes
/// (Rancher answers strangers in its own words): nothing to say about it at every call.
fn is_someone_elses(found: &Look) -> bool {
    matches!(found.decision, Decision::NotFollowed(_))
        && !found.rejected.is_empty()
        && found
            .rejected
            .iter()
            .all(|(_, error)| matches!(error, ProbeError::NotAnApiServer { .. }))
}

/// Whether kubectl, which checks less, would send the credential to the peer at the entry's own address: a
/// node whose certificate carries it, something else there that has one, or another cluster of a shared CA.
/// Whoever answers under a name that verified is whom the user chose, API server or not.
fn would_give_away(target: &Target, found: &Look) -> bool {
    let by_address = target.pin().kubectl_name().parse::<IpAddr>().is_ok();
    let refused = found.rejected.iter().any(|(candidate, error)| {
        candidate.source == Source::Entry
            && match error {
                ProbeError::Rejected(Rejection::Node { .. }) => true,
                ProbeError::Rejected(Rejection::WrongName { .. })
                | ProbeError::NotAnApiServer { .. } => by_address,
                _ => false,
            }
    });
    let strange = match &found.decision {
        Decision::Unproven(answers) | Decision::Ambiguous(answers) => answers
            .iter()
            .any(|(candidate, _)| candidate.source == Source::Entry),
        _ => false,
    };
    refused || strange
}

fn withheld() -> Next {
    output::note("kubectl was not run: it would send its credential to that server");
    Next::Stop
}

/// Writes what was found and returns the entry as it is then.
fn mend(
    world: &World,
    state: &State,
    kubeconfigs: &Kubeconfigs,
    target: &Target,
    decision: &Decision,
    context: &str,
) -> Result<Target, CommandError> {
    let copies = heal_command::copies(world, state, kubeconfigs, target, decision)?;
    let plan = heal::plan(
        &world.settings,
        kubeconfigs,
        state,
        &copies,
        target,
        decision,
        None,
    )?;
    for cause in &plan.left {
        output::note(&format!("a copy is left as it is: {cause}"));
    }
    let applied = heal::apply(world, &plan, &format!("heal {}", escape(context)))?;
    for path in &applied.done {
        output::note(&format!("wrote {}", path.display()));
    }
    for cause in &applied.left {
        output::note(&format!("a copy is left as it is: {cause}"));
    }
    let healed = Kubeconfigs::load(kubeconfigs.paths.clone())?;
    Ok(healed
        .target(&target.name)?
        .unwrap_or_else(|| target.clone()))
}
