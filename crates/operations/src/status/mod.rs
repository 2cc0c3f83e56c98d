//! Everything about contexts, many at once: where each leads, what was proved there, what ends when, and why it
//! fails.

mod ask;
mod compose;
pub mod expiry;
mod plan;
mod report;

use std::path::Path;
use std::path::PathBuf;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use identity::Limits;
use identity::Proof;
use locate::Candidate;

pub use self::expiry::Ending;
pub use self::expiry::Expiry;
pub use self::report::Address;
pub use self::report::Credential;
pub use self::report::Identity;
pub use self::report::Program;
pub use self::report::Report;

use self::ask::Asked;
use self::ask::Extra;
use self::ask::ask;
use self::compose::compose;
use self::plan::Endpoint;
use self::plan::Login;
use self::plan::Plan;
use crate::authorities;
use crate::check::Checked;
use crate::check::check;
use crate::kubeconfigs::Kubeconfigs;
use crate::kubeconfigs::Trust;
use crate::state::Question;
use crate::state::State;
use crate::state::Verdict;
use crate::state::name_to_enforce;
use crate::world::World;
use crate::world::now;

/// From this many contexts on, entries that share a CA are found once for all of them.
const MANY: usize = 4;

/// How a look is made.
pub struct Manner<'a> {
    /// How patient it is with each server.
    pub limits: Limits,
    /// How many servers are waited for at once.
    pub at_once: usize,
    /// Finds a program by its name or path, without running it.
    pub find_program: &'a dyn Fn(&Path) -> Option<PathBuf>,
    /// Told how many contexts more are done.
    pub done: &'a dyn Fn(usize),
}

/// Whose contexts are looked at, and how.
pub struct Survey<'a> {
    /// The machine.
    pub world: &'a World,
    /// What was learnt before.
    pub state: &'a State,
    /// The kubeconfigs.
    pub kubeconfigs: &'a Kubeconfigs,
    /// Whether clusters that answer are asked, now and then, where else they are. Of a whole fleet nobody wants
    /// that at once.
    pub learns: bool,
    /// How.
    pub manner: Manner<'a>,
}

impl Survey<'_> {
    /// What `--kubeconfig` named.
    fn named(&self) -> Option<&std::path::Path> {
        self.kubeconfigs.named.as_deref()
    }
}

/// Looks at contexts, many at once, and remembers what was proved. Each server is probed once, however many
/// contexts lead to it. The state is only read once and written once.
pub async fn status(survey: &Survey<'_>, contexts: &[String]) -> Vec<Report> {
    if contexts.len() >= MANY {
        survey.kubeconfigs.kin();
    }
    let plan = Plan::of(survey, contexts);
    let unreadable = plan.entries.iter().filter(|entry| entry.login.is_err());
    (survey.manner.done)(unreadable.count());
    let found = look(survey, &plan).await;
    remember(survey, &plan, &found);
    let current = survey.kubeconfigs.chain.current_context();
    let entries = contexts.iter().zip(&plan.entries);
    let reports = entries.map(|(context, entry)| {
        let current = current.is_some_and(|(_, name)| name == context);
        compose(survey, &plan, &found, entry, Report::of(context, current))
    });
    reports.collect()
}

/// What was found, each in its plan's order; `None` where it was not asked for.
struct Found {
    checked: Vec<Option<Checked>>,
    asked: Vec<Option<Asked>>,
}

impl Found {
    /// The proof of an endpoint, unless it turned out to be another cluster.
    fn proof(&self, number: usize, endpoint: &Endpoint) -> Option<(&Candidate, &Proof)> {
        let Some(Some(Checked::Proved(candidate, proof))) = self.checked.get(number) else {
            return None;
        };
        let strange = |login: &usize| matches!(self.asked.get(*login), Some(Some(Asked::Strange)));
        (!endpoint.logins.iter().any(strange)).then_some((candidate, proof))
    }
}

/// One question to the network.
enum Job {
    Probe(usize),
    Ask(usize, Box<Proof>),
}

enum Done {
    Probed(usize, Checked),
    Asked(usize, Asked),
}

/// Does everything that the plan asks for. New work starts one by one, between two turns of the event loop: what
/// this machine cannot keep up with is not begun, so that no server seems slow because we are.
async fn look(survey: &Survey<'_>, plan: &Plan) -> Found {
    let mut found = Found {
        checked: plan.endpoints.iter().map(|_| None).collect(),
        asked: plan.logins.iter().map(|_| None).collect(),
    };
    let most = survey.manner.at_once.max(1);
    let mut probes = (0..plan.endpoints.len()).map(Job::Probe);
    // What is half done comes first.
    let mut asks: Vec<Job> = Vec::new();
    let mut running = FuturesUnordered::new();
    loop {
        let mut started = false;
        if running.len() < most
            && let Some(job) = asks.pop().or_else(|| probes.next())
        {
            running.push(work(survey, plan, job));
            started = true;
        }
        if running.is_empty() {
            return found;
        }
        let done = tokio::select! {
            done = running.next() => done,
            () = tokio::task::yield_now(), if started => None,
        };
        match done {
            Some(Done::Probed(number, checked)) => {
                let logins = &plan.endpoints[number].logins;
                if let Checked::Proved(_, proof) = &checked {
                    asks.extend(logins.iter().map(|login| Job::Ask(*login, proof.clone())));
                } else {
                    let contexts = logins.iter().map(|login| plan.logins[*login].contexts);
                    (survey.manner.done)(contexts.sum());
                }
                found.checked[number] = Some(checked);
            }
            Some(Done::Asked(number, asked)) => {
                (survey.manner.done)(plan.logins[number].contexts);
                found.asked[number] = Some(asked);
            }
            None => {}
        }
    }
}

async fn work(survey: &Survey<'_>, plan: &Plan, job: Job) -> Done {
    match job {
        Job::Probe(number) => {
            let target = &plan.endpoints[number].target;
            // Apart, so that those who wait for an answer hold little else.
            let checked = Box::pin(check(survey.world, target, &survey.manner.limits)).await;
            Done::Probed(number, checked)
        }
        Job::Ask(number, proof) => {
            let Login {
                endpoint,
                cluster,
                user,
                ..
            } = &plan.logins[number];
            let target = &plan.endpoints[*endpoint].target;
            let asked = Box::pin(ask(survey, target, cluster, user.as_ref(), &proof)).await;
            Done::Asked(number, asked)
        }
    }
}

/// Writes down what was proved, and takes back verdicts that no longer hold.
fn remember(survey: &Survey<'_>, plan: &Plan, found: &Found) {
    struct Learnt<'a> {
        candidate: &'a Candidate,
        proof: &'a Proof,
        endpoint: &'a Endpoint,
        extra: Option<&'a Extra>,
        enforce: Option<String>,
        /// Whether the CA is shared, and nothing speaks against its being this cluster.
        owns: bool,
    }
    let mut learnt: Vec<Learnt<'_>> = Vec::new();
    let mut doubted: Vec<&Question> = Vec::new();
    let mut silent: Vec<&Question> = Vec::new();
    for (number, endpoint) in plan.endpoints.iter().enumerate() {
        let Some(question) = endpoint.questions.first() else {
            continue;
        };
        if let Some((candidate, proof)) = found.proof(number, endpoint) {
            let answers = || {
                endpoint.logins.iter().filter_map(|login| {
                    match found.asked.get(*login).and_then(Option::as_ref) {
                        Some(Asked::Answered(credential, extra)) => Some((credential, extra)),
                        _ => None,
                    }
                })
            };
            let mut extras = answers().map(|(_, extra)| extra);
            let told = |extra: &&Extra| extra.uid.is_some() || extra.more.is_some();
            learnt.push(Learnt {
                candidate,
                proof,
                endpoint,
                extra: extras.find(told),
                enforce: name_to_enforce(&endpoint.target, proof),
                owns: endpoint.shared && answers().all(|(it, _)| it.state != "refused"),
            });
        } else if !matches!(found.checked[number], Some(Checked::Unprovable(_))) {
            doubted.extend(&endpoint.questions);
            if found.checked[number]
                .as_ref()
                .is_some_and(Checked::is_silent)
            {
                silent.push(question);
            }
        }
    }
    if learnt.is_empty() && doubted.is_empty() {
        return;
    }
    let world = survey.world;
    // What was learnt is a convenience: a status that cannot be remembered is still a status.
    // A cluster's CA is kept from the first proof on, for the day when its entry has lost it.
    let is_fresh = |it: &&Learnt<'_>| match &it.endpoint.target.trust {
        Trust::Authority { authority, .. } => {
            let known = survey.state.endpoint(authority, it.candidate.address);
            known.is_none() || it.extra.is_some_and(|extra| extra.more.is_some())
        }
        Trust::Insecure | Trust::System | Trust::Plain => false,
    };
    let fresh = learnt.iter().filter(is_fresh);
    let fresh: Vec<_> = fresh
        .map(|it| (&it.endpoint.target, it.proof.authority))
        .collect();
    if !fresh.is_empty() {
        let _ = authorities::remember(&world.store, &fresh);
    }
    let _ = State::update(&world.store, &world.state_file, |state| {
        let now = now();
        for Learnt {
            candidate,
            proof,
            endpoint,
            extra,
            enforce,
            owns,
        } in &learnt
        {
            let uid = extra.and_then(|extra| extra.uid.as_deref());
            state.learn(candidate, proof, uid, now);
            if let Some(more) = extra.and_then(|extra| extra.more.as_ref()) {
                state.learn_more(proof, more, now);
            }
            for question in &endpoint.questions {
                state.reached(question);
                if *owns {
                    state.own(question, proof, now);
                }
                if proof.kubectl_accepts {
                    let enforce = enforce.clone();
                    state.decide(question, Verdict::new(None, enforce, proof.connect, now));
                    state.note_release(question, proof);
                }
            }
        }
        for question in &doubted {
            state.revoke(question);
        }
        for question in &silent {
            state.unreached(question, now);
        }
    });
}
