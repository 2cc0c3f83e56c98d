//! Another name for a context, and for its cluster and user: everything that names them follows, in every file.

use kubeconfig::List;
use kubeconfig::redact::escape;

use super::TidyError;
use super::follow::Follow;
use super::plan::Steps;
use super::settings;
use super::sight::Sight;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The context.
    pub from: String,
    /// Its new name.
    pub to: String,
    /// Whether its cluster and its user get that name too.
    pub all: bool,
    /// Whether they may do so although other contexts use them.
    pub shared: bool,
}

/// What will be done, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renaming {
    /// What gets the new name: `context`, `cluster NAME`, `user NAME`.
    pub what: Vec<String>,
    /// What the user should know.
    pub notes: Vec<String>,
}

/// Decides.
///
/// # Errors
/// [`TidyError`].
pub fn decide(sight: &Sight, request: &Request) -> Result<Steps<Renaming>, TidyError> {
    let (from, to) = (request.from.as_str(), request.to.as_str());
    let context = sight.require_context(from)?;
    if to.trim().is_empty() {
        return Err(TidyError::BlankName);
    }
    let mut renaming = Renaming::default();
    let mut follow = Follow::default();
    if from != to {
        refuse_taken(sight, List::Contexts, to)?;
        follow.context = Some(pair(from, to));
        renaming.what.push(format!("context {}", escape(from)));
    }
    if request.all {
        let entries = [
            (List::Clusters, &context.value.cluster, &mut follow.cluster),
            (List::Users, &context.value.user, &mut follow.user),
        ];
        for (list, name, renamed) in entries {
            if name.is_empty() || name == to {
                continue;
            }
            let kind = list.entry();
            if sight.holder(list, name).is_none() {
                return Err(sight.dangling(&context, list));
            }
            refuse_taken(sight, list, to)?;
            refuse_shared(sight, request, list, name)?;
            *renamed = Some(pair(name, to));
            renaming.what.push(format!("{kind} {}", escape(name)));
        }
    }
    renaming.notes = notes(sight, request);
    let mut steps = Steps::new(renaming);
    for file in &sight.files {
        let edits = follow.renames(file.config());
        if !edits.is_empty() {
            steps.edits.insert(file.path.clone(), edits);
        }
    }
    steps.settings = settings::of_renamed(
        &sight.settings,
        follow.context.as_ref(),
        follow.cluster.as_ref(),
    );
    steps.sessions = follow;
    Ok(steps)
}

fn pair(from: &str, to: &str) -> (String, String) {
    (from.to_owned(), to.to_owned())
}

fn refuse_taken(sight: &Sight, list: List, name: &str) -> Result<(), TidyError> {
    match sight.holder(list, name) {
        None => Ok(()),
        Some(file) => Err(TidyError::NameTaken {
            kind: list.entry(),
            name: name.to_owned(),
            file: file.to_owned(),
        }),
    }
}

fn refuse_shared(
    sight: &Sight,
    request: &Request,
    list: List,
    name: &str,
) -> Result<(), TidyError> {
    let mut others: Vec<String> = sight
        .referring(list, name)
        .map(|(_, context)| context.name.clone())
        .filter(|context| *context != request.from)
        .collect();
    others.sort();
    others.dedup();
    if others.is_empty() || request.shared {
        return Ok(());
    }
    Err(TidyError::SharedEntry {
        kind: list.entry(),
        name: name.to_owned(),
        contexts: others,
    })
}

fn notes(sight: &Sight, request: &Request) -> Vec<String> {
    let (from, to) = (request.from.as_str(), request.to.as_str());
    let mut notes = Vec::new();
    if let Some(context) = sight.settings.aliases.get(to)
        && context != from
    {
        notes.push(format!(
            "{} is also an alias of {}, in config.toml: the context comes first",
            escape(to),
            escape(context)
        ));
    }
    let mut own = settings::own_protections(&sight.settings, from);
    let follows = own.next().is_some();
    if settings::is_protected(&sight.settings, from)
        && !follows
        && !settings::is_protected(&sight.settings, to)
    {
        notes.push(format!(
            "{} was protected by a pattern in config.toml that does not fit {}: it is not protected any more",
            escape(from),
            escape(to)
        ));
    }
    notes
}
