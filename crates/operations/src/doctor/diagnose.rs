//! One context, rung by rung.

use std::time::Duration;

use identity::Proof;
use kubeconfig::redact;
use locate::Candidate;

use super::Diagnosis;
use super::Files;
use super::Options;
use super::Sources;
use super::catalogue as kind;
use super::distribution::Distribution;
use super::distribution::Task;
use super::entries;
use super::entries::Entries;
use super::finding::Finding;
use super::finding::Ladder;
use super::finding::Mend;
use super::form;
use super::name;
use super::node;
use super::reach;
use super::reach::Reached;
use super::session;
use super::switch;
use crate::failure;
use crate::failure::Rung;
use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;
use crate::state::Place;
use crate::state::Question;
use crate::state::State;
use crate::world::World;

/// What every context of one run shares.
pub(super) struct Case<'a> {
    pub(super) world: &'a World,
    pub(super) state: &'a State,
    pub(super) files: &'a Files,
    pub(super) sources: &'a Sources,
    pub(super) options: &'a Options,
    /// Whether clusters that are gone are looked for elsewhere.
    pub(super) looks: bool,
}

impl Case<'_> {
    /// A command of ours, for the files that were asked for. A name that looks like a flag stands behind `--`:
    /// names are somebody's data, and must not be read as what to do.
    pub(super) fn ours(&self, command: &[&str], names: &[&str], flags: &[&str]) -> Mend {
        let file = self
            .sources
            .flag
            .as_ref()
            .map(|file| format!("--kubeconfig={}", file.display()));
        let flags = flags.iter().copied().chain(file.as_deref());
        let mut all = command.to_vec();
        if names.iter().any(|name| name.starts_with('-')) {
            all.extend(flags);
            all.push("--");
            all.extend(names);
        } else {
            all.extend(names);
            all.extend(flags);
        }
        Mend::ours(&all)
    }

    /// A kubeconfig of the cluster as it is now: from the machine, where it is known.
    pub(super) fn refetch(&self, entries: &Entries, distribution: Distribution) -> Mend {
        let cluster = entries.cluster_name();
        if let Some(machine) = self.world.settings.hints(cluster).machine {
            return self.ours(&["add"], &[&machine], &[]);
        }
        let add = failure::add_anew(&entries.context, self.sources.flag.as_deref());
        distribution
            .mend(self.world, cluster, Task::PrintKubeconfig)
            .and(format!("give what it prints to `{add}`"))
    }
}

/// What was learnt, for the state.
pub(super) enum Lesson {
    Proved(Box<(Target, Candidate, Proof, bool)>),
    Doubted(Question),
}

impl Lesson {
    /// The CA by which an entry was proved, for the day on which the entry no longer has it.
    pub(super) fn authority(&self) -> Option<(&Target, identity::SpkiHash)> {
        match self {
            Self::Proved(lesson) => Some((&lesson.0, lesson.2.authority)),
            Self::Doubted(_) => None,
        }
    }

    pub(super) fn teach(&self, state: &mut State, now: Duration) {
        match self {
            Self::Proved(lesson) => {
                let (target, candidate, proof, shared) = lesson.as_ref();
                if proof.kubectl_accepts {
                    state.remember(target, candidate, proof, Place::Own, *shared);
                } else {
                    state.learn(candidate, proof, None, now);
                }
            }
            Self::Doubted(question) => state.revoke(question),
        }
    }
}

pub(super) async fn diagnose(
    case: &Case<'_>,
    context: Option<String>,
) -> (Diagnosis, Option<Lesson>) {
    let mut ladder = Ladder::default();
    let entries = entries::follow(case, context.as_deref(), &mut ladder);
    let lesson = Box::pin(climb(case, &entries, &mut ladder)).await;
    let (rungs, findings) = ladder.finish();
    let verdict = findings.iter().find(|finding| finding.breaks);
    let cluster = entries.cluster.as_ref();
    let diagnosis = Diagnosis {
        context,
        cluster: cluster.map(|(_, name, _)| name.clone()),
        user: entries.user_name.clone(),
        file: cluster.map(|(file, ..)| file.display().to_string()),
        server: cluster.map(|(.., cluster)| redact::url(&cluster.server).into_owned()),
        healthy: verdict.is_none(),
        verdict: verdict.map(|finding| finding.id),
        rungs,
        findings,
    };
    (diagnosis, lesson)
}

/// Everything behind the files.
async fn climb(case: &Case<'_>, entries: &Entries, ladder: &mut Ladder) -> Option<Lesson> {
    entries.cluster.as_ref()?;
    let authority = entries
        .target
        .as_ref()
        .and_then(|target| match &target.trust {
            Trust::Authority { authority, .. } => Some(authority),
            Trust::Insecure | Trust::System | Trust::Plain => None,
        });
    let form = form::check(case, entries, authority, ladder);
    let server = entries.server.as_ref()?;
    let candidates = name::resolve(case, entries, server, ladder).await?;
    switch::recognise(case, entries, server, &candidates, ladder).await;
    let reached = Box::pin(reach::reach(case, entries, server, candidates, ladder)).await;
    let question = entries.target.as_ref().and_then(Question::of);
    let Some(Reached {
        candidate,
        proof,
        shared,
    }) = reached
    else {
        return question.map(Lesson::Doubted);
    };
    let (Some(target), Some(authority)) = (&entries.target, authority) else {
        return None;
    };
    let distribution = Distribution::of(Some(authority), Some(&proof.leaf));
    let credentials = form::credentials(case, entries, form, &proof, ladder).await;
    match credentials {
        None => ladder.skip(Rung::Credential, "there is none to try"),
        Some(credentials) => {
            let asked = session::Asked {
                case,
                entries,
                target,
                authority,
                proof: &proof,
                credentials: &credentials,
                distribution,
            };
            let learnt = session::ask(&asked, ladder).await;
            node::check(&asked, &learnt, ladder).await;
        }
    }
    let lesson = Lesson::Proved(Box::new((target.clone(), candidate, proof, shared)));
    (!entries.altered).then_some(lesson)
}

/// A finding about the clocks, where both are known and they differ.
pub(super) fn skew(
    case: &Case<'_>,
    entries: &Entries,
    theirs: i64,
    now: i64,
    distribution: Distribution,
) -> Option<Finding> {
    /// What tokens and new certificates mostly forgive.
    const FORGIVEN: i64 = 300;
    let apart = theirs.checked_sub(now)?;
    (apart.abs() > FORGIVEN).then(|| {
        Finding::new(
            &kind::CLOCK_SKEW,
            format!("the server's clock is {}", super::certificate::apart(apart)),
            distribution.mend(case.world, entries.cluster_name(), Task::SetClock),
        )
    })
}
