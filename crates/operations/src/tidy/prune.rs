//! What can go from kubeconfigs: contexts of clusters that have not answered for long, of credentials that have
//! ended, contexts that lead nowhere, and entries that no context uses.

use std::collections::BTreeMap;
use std::time::Duration;

use identity::ClientKey;
use identity::jwt;
use kubeconfig::Cluster;
use kubeconfig::Context;
use kubeconfig::Edit;
use kubeconfig::List;
use kubeconfig::User;
use kubeconfig::chain::Entry;
use kubeconfig::redact::escape;

use super::TidyError;
use super::plan::Steps;
use super::remove;
use super::remove::Gone;
use super::remove::Removal;
use super::sight::Sight;
use crate::credentials;
use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;
use crate::state::Question;
use crate::state::State;

/// What is asked for, and by what it is judged.
#[derive(Clone, Debug)]
pub struct Request {
    /// Contexts whose cluster was seen not to answer for so many days.
    pub unreachable: Option<u32>,
    /// Contexts whose credential has ended.
    pub expired: bool,
    /// Contexts that lead nowhere, and entries that nothing uses.
    pub dangling: bool,
    /// What was learnt of clusters.
    pub state: State,
    /// Now.
    pub now: Duration,
}

/// What goes, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pruning {
    /// The contexts, each with its reason.
    pub contexts: BTreeMap<String, String>,
    /// Clusters and users that no context used before.
    pub unused: Vec<(List, String)>,
    /// What goes and stays with the contexts.
    pub removal: Removal,
    /// What would go, and stays: the current context.
    pub kept: Vec<String>,
    /// What was to go, and is left alone: it is not what it was when that was decided.
    pub left: Vec<String>,
}

/// This machine's clock cannot be right.
#[derive(Debug, thiserror::Error)]
#[error("this machine's clock is {} behind what was written here before: nothing is judged by it; set it right, then repeat the command", span(.0))]
pub struct ClockError(pub Duration);

/// Checks that the clock is not behind what was written under it.
///
/// # Errors
/// [`ClockError`].
pub fn require_clock(state: &State, now: Duration) -> Result<(), ClockError> {
    // A clock that is set by NTP goes back a little at times.
    let slack = Duration::from_mins(2);
    let behind = state.newest().saturating_sub(now);
    if behind > slack {
        return Err(ClockError(behind));
    }
    Ok(())
}

fn span(time: &Duration) -> String {
    let hours = time.as_secs() / 3600;
    match hours / 24 {
        0 if hours == 0 => format!("{} minutes", time.as_secs() / 60),
        0 => format!("{hours} hours"),
        days => format!("{days} days"),
    }
}

/// Decides.
///
/// # Errors
/// [`TidyError`].
pub fn decide(sight: &Sight, request: &Request) -> Result<Steps<Pruning>, TidyError> {
    steps(sight, request, judge(sight, request), None)
}

/// Decides once more before it is done: of what was planned by an earlier sight, what still is as it was, and still
/// is to go. Nothing else goes, for nobody was shown it.
///
/// # Errors
/// [`TidyError`].
pub fn again(
    sight: &Sight,
    request: &Request,
    earlier: &Sight,
    planned: &Pruning,
) -> Result<Steps<Pruning>, TidyError> {
    let mut pruning = judge(sight, request);
    let current = sight.current_context().map(|(_, name)| name);
    let is_same = |name: &str| Grounds::of(earlier, name) == Grounds::of(sight, name);
    pruning
        .contexts
        .retain(|name, _| planned.contexts.contains_key(name) && is_same(name));
    for (name, why) in &planned.contexts {
        if !pruning.contexts.contains_key(name) && current != Some(name) {
            let shown = escape(name);
            pruning.left.push(format!(
                "context {shown} is left alone: it was to go, because {why}, but it was changed meanwhile"
            ));
        }
    }
    let is_same = |list: List, name: &str| match list {
        List::Users => earlier.user(name) == sight.user(name),
        _ => earlier.cluster(name) == sight.cluster(name),
    };
    pruning
        .unused
        .retain(|(list, name)| is_planned(planned, *list, name) && is_same(*list, name));
    for (list, name) in &planned.unused {
        if !is_planned(&pruning, *list, name) {
            pruning.left.push(format!(
                "{} {} is left alone: no context used it, but it was changed or came to use meanwhile",
                list.entry(),
                escape(name)
            ));
        }
    }
    let gone = planned.removal.gone.clone();
    steps(sight, request, pruning, Some(gone))
}

fn is_planned(pruning: &Pruning, list: List, name: &str) -> bool {
    let mut unused = pruning.unused.iter();
    unused.any(|(of, known)| *of == list && known == name)
}

/// Everything that a context is judged by, as far as kubeconfigs say it.
#[derive(PartialEq)]
struct Grounds<'a> {
    context: Option<Entry<'a, Context>>,
    cluster: Option<Entry<'a, Cluster>>,
    user: Option<Entry<'a, User>>,
}

impl<'a> Grounds<'a> {
    fn of(sight: &'a Sight, name: &str) -> Self {
        let context = sight.context(name);
        let value = context.as_ref().map(|entry| entry.value);
        Self {
            cluster: value.and_then(|value| sight.cluster(&value.cluster)),
            user: value.and_then(|value| sight.user(&value.user)),
            context,
        }
    }
}

/// What is to go, without what goes along with it.
fn judge(sight: &Sight, request: &Request) -> Pruning {
    let current = sight.current_context().map(|(_, name)| name);
    let mut pruning = Pruning::default();
    for name in sight.context_names() {
        let Some(context) = sight.context(name) else {
            continue;
        };
        let Some(why) = why(sight, request, &context) else {
            continue;
        };
        if current == Some(name) {
            let shown = escape(name);
            let kept = format!("context {shown} stays: {why}, but it is the current context");
            pruning.kept.push(kept);
        } else {
            pruning.contexts.insert(name.to_owned(), why);
        }
    }
    if request.dangling {
        pruning.unused = unused(sight);
    }
    pruning
}

/// How it goes; `only` is all that may go with contexts.
fn steps(
    sight: &Sight,
    request: &Request,
    mut pruning: Pruning,
    only: Option<Vec<Gone>>,
) -> Result<Steps<Pruning>, TidyError> {
    let asked = remove::Request {
        names: pruning.contexts.keys().cloned().collect(),
        only,
        ..remove::Request::default()
    };
    let removed = remove::decide(sight, &asked)?;
    pruning.removal = removed.value;
    let mut edits = removed.edits;
    for (list, name) in &pruning.unused {
        for file in sight.holders(*list, name) {
            edits
                .entry(file.path.clone())
                .or_default()
                .push(Edit::Remove {
                    list: *list,
                    name: name.clone(),
                });
        }
    }
    let mut steps = Steps::new(pruning);
    steps.edits = edits;
    steps.settings = removed.settings;
    steps.sessions = removed.sessions;
    // Of files with credentials, and of clusters that were seen to answer.
    steps.by_more = request.expired || request.unreachable.is_some();
    Ok(steps)
}

fn why(sight: &Sight, request: &Request, context: &Entry<'_, Context>) -> Option<String> {
    let dangling = || leads_nowhere(sight, context.value).filter(|_| request.dangling);
    let expired = || {
        let user = sight.user(&context.value.user)?;
        ended(&user, request.now).filter(|_| request.expired)
    };
    let unreachable = || unreachable(sight, request, context.value);
    dangling().or_else(expired).or_else(unreachable)
}

/// Files outside the chain count: an entry may be in one of them.
fn leads_nowhere(sight: &Sight, context: &Context) -> Option<String> {
    let beside = |list, name: &str| sight.beside.iter().any(|file| file.has(list, name));
    if context.cluster.is_empty() {
        return Some("it names no cluster".to_owned());
    }
    for (list, name) in [
        (List::Clusters, &context.cluster),
        (List::Users, &context.user),
    ] {
        if !name.is_empty() && sight.holder(list, name).is_none() && !beside(list, name) {
            return Some(format!("there is no {} {}", list.entry(), escape(name)));
        }
    }
    None
}

/// Whether all that a user has to show has ended. A program, a password or a file that others write may be good
/// for another one at any time.
fn ended(user: &Entry<'_, User>, now: Duration) -> Option<String> {
    let value = user.value;
    let is_given = |text: Option<&String>| text.is_some_and(|text| !text.is_empty());
    let renews = value.exec.is_some()
        || value.auth_provider.is_some()
        || value.password.is_some()
        || is_given(value.token_file.as_ref());
    if renews {
        return None;
    }
    let data = value.client_certificate_data.as_deref();
    let path = value.client_certificate.as_deref();
    let certificate = credentials::data_or_file(user.file, data, path).ok()?;
    let token = credentials::bearer(user.file, value).ok()?;
    let mut ends = Vec::new();
    if let Some(pem) = certificate {
        ends.push(("client certificate", ClientKey::end_of(&pem)?));
    }
    if let Some(token) = token {
        ends.push(("token", jwt::expires(&token)?));
    }
    let now = i64::try_from(now.as_secs()).ok()?;
    if ends.iter().any(|(_, end)| *end >= now) {
        return None;
    }
    let (what, end) = ends.into_iter().max_by_key(|(_, end)| *end)?;
    let day = jiff::Timestamp::from_second(end).ok()?.strftime("%F");
    Some(format!(
        "the {what} of user {} ended on {day}",
        escape(user.name)
    ))
}

/// Whether it was seen to fail for as long as is asked, without a single answer in between.
fn unreachable(sight: &Sight, request: &Request, context: &Context) -> Option<String> {
    let days = request.unreachable?;
    let entry = sight.cluster(&context.cluster)?;
    let question = Question::of_entry(entry.file, entry.name, entry.value)?;
    let failing = request.state.failing(&question)?;
    let seen = failing.seen_for()?;
    if seen < Duration::from_hours(24 * u64::from(days.max(1))) {
        return None;
    }
    let day = |seconds: u64| {
        let time = i64::try_from(seconds).map(jiff::Timestamp::from_second);
        time.ok()
            .and_then(Result::ok)
            .map_or_else(String::new, |time| time.strftime("%F").to_string())
    };
    let target = Target::read(entry.file, entry.name, entry.value).ok();
    let proved = target.as_ref().and_then(|target| match &target.trust {
        Trust::Authority { authority, .. } => {
            let endpoints = request.state.endpoints(authority);
            endpoints.map(|endpoint| endpoint.proved).max()
        }
        Trust::Insecure | Trust::System | Trust::Plain => None,
    });
    let proved = proved.map_or_else(
        || "never proved here".to_owned(),
        |seconds| format!("last proved on {}", day(seconds)),
    );
    Some(format!(
        "cluster {} did not answer from {} to {} ({} looks; {proved})",
        escape(entry.name),
        day(failing.since),
        day(failing.last),
        failing.looks
    ))
}

/// The clusters and users that no context names, of the chain or beside it.
fn unused(sight: &Sight) -> Vec<(List, String)> {
    let mut unused = Vec::new();
    for list in [List::Clusters, List::Users] {
        let mut names: Vec<&str> = Vec::new();
        for file in &sight.files {
            let config = file.config();
            match list {
                List::Clusters => names.extend(config.clusters.iter().map(|it| it.name.as_str())),
                List::Users => names.extend(config.users.iter().map(|it| it.name.as_str())),
                List::Contexts => {}
            }
        }
        names.sort_unstable();
        names.dedup();
        let used: std::collections::HashSet<&str> = sight
            .files
            .iter()
            .chain(&sight.beside)
            .flat_map(|file| &file.config().contexts)
            .map(|named| match list {
                List::Users => named.value.user.as_str(),
                List::Clusters | List::Contexts => named.value.cluster.as_str(),
            })
            .collect();
        let free = names.into_iter().filter(|name| !used.contains(name));
        unused.extend(free.map(|name| (list, name.to_owned())));
    }
    unused
}
