//! Contexts that go, with the cluster and the user that nothing else uses.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use kubeconfig::Context;
use kubeconfig::Edit;
use kubeconfig::List;
use kubeconfig::Named;
use kubeconfig::chain::resolve;
use kubeconfig::redact::escape;

use super::TidyError;
use super::plan::Steps;
use super::settings;
use super::settings::Setting;
use super::sight::Seen;
use super::sight::Sight;
use crate::failure::argument;
use crate::near::listed;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The contexts, by their names.
    pub names: Vec<String>,
    /// Whether clusters and users stay, used or not.
    pub keep_entries: bool,
    /// Whether entries of the same name in later files go too.
    pub everywhere: bool,
    /// All that may go; `None` leaves that to what nothing else uses.
    pub only: Option<Vec<Gone>>,
}

/// What will be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removal {
    /// The entries that go.
    pub gone: Vec<Gone>,
    /// What stays and why, in words.
    pub kept: Vec<String>,
    /// What goes from config.toml, in words.
    pub settings: Vec<String>,
    /// What the user should know.
    pub notes: Vec<String>,
}

/// An entry that goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gone {
    /// Its list.
    pub list: List,
    /// Its name.
    pub name: String,
    /// Its file.
    pub file: PathBuf,
}

/// The contexts that names or patterns mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Their names, each once.
    pub names: Vec<String>,
    /// Whether a pattern chose some of them.
    pub by_pattern: bool,
}

/// Finds the contexts that are meant: of that name, else those that fit the pattern.
///
/// # Errors
/// [`TidyError::NoSuchContext`] and [`TidyError::NothingFits`].
pub fn chosen(sight: &Sight, asked: &[String]) -> Result<Chosen, TidyError> {
    let mut chosen = Chosen::default();
    for text in asked {
        let is_pattern = text.contains(['*', '?', '[']) && sight.context(text).is_none();
        if !is_pattern {
            let name = sight.require_context(text)?.name.to_owned();
            push(&mut chosen.names, name);
            continue;
        }
        let nothing = || TidyError::NothingFits {
            pattern: text.clone(),
            files: sight.files_for_messages(),
        };
        let pattern = glob::Pattern::new(text).map_err(|_| nothing())?;
        let names = sight.context_names();
        let mut fitting = names.iter().filter(|name| pattern.matches(name)).peekable();
        if fitting.peek().is_none() {
            return Err(nothing());
        }
        chosen.by_pattern = true;
        for name in fitting {
            push(&mut chosen.names, (*name).to_owned());
        }
    }
    Ok(chosen)
}

fn push(names: &mut Vec<String>, name: String) {
    if !names.contains(&name) {
        names.push(name);
    }
}

/// Decides.
///
/// # Errors
/// [`TidyError::NoSuchContext`].
pub fn decide(sight: &Sight, request: &Request) -> Result<Steps<Removal>, TidyError> {
    for name in &request.names {
        sight.require_context(name)?;
    }
    let mut decision = Decision {
        sight,
        request,
        removal: Removal::default(),
    };
    for name in &request.names {
        decision.remove(List::Contexts, name);
    }
    if !request.keep_entries {
        decision.entries(List::Clusters, |context| &context.cluster);
        decision.entries(List::Users, |context| &context.user);
    }
    let mut removal = decision.removal;
    removal.notes.extend(files_on_disk(sight, &removal));
    let mut steps = Steps::new(removal);
    for gone in &steps.value.gone {
        let edit = Edit::Remove {
            list: gone.list,
            name: gone.name.clone(),
        };
        let edits = steps.edits.entry(gone.file.clone()).or_default();
        edits.push(edit);
    }
    clear_current(sight, request, &mut steps);
    let is_left = |list, name: &str| {
        let mut holders = sight.holders(list, name);
        holders.any(|file| !is_gone(&steps.value, list, name, &file.path))
    };
    let of_request = |name: &str| request.names.iter().any(|it| it == name);
    let gone = |name: &str| {
        let clusters = steps.value.gone.iter();
        let mut clusters = clusters.filter(|gone| gone.list == List::Clusters);
        clusters.any(|gone| gone.name == name) && !is_left(List::Clusters, name)
    };
    let is_context = |name: &str| of_request(name) && !is_left(List::Contexts, name);
    steps.settings = settings::of_removed(&sight.settings, is_context, gone);
    let names = request.names.iter().filter(|name| is_context(name));
    let protected: Vec<String> = names
        .filter_map(|name| still_protected(sight, name))
        .collect();
    steps.value.notes.extend(protected);
    let words = steps.settings.iter().filter_map(Setting::removed);
    steps.value.settings = words.collect();
    steps.sessions.removed = request.names.iter().cloned().collect();
    Ok(steps)
}

/// A rule that means one context alone stays when that goes: somebody may take in one of its name again, and would not
/// know that it is bare.
fn still_protected(sight: &Sight, name: &str) -> Option<String> {
    let pattern = settings::own_protections(&sight.settings, name).next()?;
    Some(format!(
        "config.toml still protects {}, should a context of that name come back: bowline protect --remove {}",
        escape(name),
        escape(&argument(pattern))
    ))
}

fn is_gone(removal: &Removal, list: List, name: &str, file: &Path) -> bool {
    let mut gone = removal.gone.iter();
    gone.any(|gone| gone.list == list && gone.name == name && gone.file == file)
}

struct Decision<'a> {
    sight: &'a Sight,
    request: &'a Request,
    removal: Removal,
}

impl Decision<'_> {
    /// Removes the entry that counts, and where asked those that it hides.
    fn remove(&mut self, list: List, name: &str) {
        let mut holders = self.sight.holders(list, name);
        let first = holders.next();
        let hidden: Vec<&Seen> = holders.collect();
        let everywhere = self.request.everywhere;
        let also = hidden.iter().copied().filter(|_| everywhere);
        for file in first.into_iter().chain(also) {
            let gone = Gone {
                list,
                name: name.to_owned(),
                file: file.path.clone(),
            };
            let only = self.request.only.as_ref();
            if only.is_none_or(|only| only.contains(&gone)) {
                self.removal.gone.push(gone);
            }
        }
        if !everywhere && !hidden.is_empty() {
            let files: Vec<_> = hidden
                .iter()
                .map(|file| file.path.to_string_lossy().into_owned())
                .collect();
            self.removal.notes.push(format!(
                "another {} {} is in {}, which this one hid: it counts from now on; --everywhere removes it too",
                list.entry(),
                escape(name),
                listed(&files)
            ));
        }
    }

    /// Removes the clusters or users of the contexts that go, where nothing else names them.
    fn entries(&mut self, list: List, of: impl Fn(&Context) -> &String) {
        let removal = &self.removal;
        let (mut going, mut staying) = (BTreeSet::new(), Vec::new());
        for file in &self.sight.files {
            for context in &file.config().contexts {
                if is_gone(removal, List::Contexts, &context.name, &file.path) {
                    going.insert(of(&context.value).clone());
                } else {
                    staying.push(context);
                }
            }
        }
        for file in &self.sight.beside {
            let uses = |context: &&Named<Context>| {
                let name = of(&context.value);
                // One that has an entry of its own does not need ours.
                !file.has(list, name)
            };
            staying.extend(file.config().contexts.iter().filter(uses));
        }
        let mut users: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for context in staying {
            let name = of(&context.value).as_str();
            users.entry(name).or_default().insert(context.name.clone());
        }
        for name in going.iter().filter(|name| !name.is_empty()) {
            if let Some(contexts) = users.get(name.as_str()) {
                let contexts: Vec<String> = contexts.iter().cloned().collect();
                self.removal.kept.push(format!(
                    "{} {} stays: context {} uses it",
                    list.entry(),
                    escape(name),
                    listed(&contexts)
                ));
            } else if self.sight.holder(list, name).is_some() {
                self.remove(list, name);
            }
        }
    }
}

/// Leaves no file with a current context that was removed, as kubectl does.
fn clear_current(sight: &Sight, request: &Request, steps: &mut Steps<Removal>) {
    let before = sight.current_context();
    let mut next = None;
    for file in &sight.files {
        let current = &file.config().current_context;
        if current.is_empty() {
            continue;
        }
        if request.names.contains(current) {
            steps.edit(&file.path, Edit::SetCurrentContext(String::new()));
        } else if next.is_none() {
            next = Some((&file.path, current));
        }
    }
    let Some((_, name)) = before.filter(|(_, name)| request.names.iter().any(|it| it == name))
    else {
        return;
    };
    steps.value.notes.push(match next {
        None => format!(
            "{} was the current context; there is none now: choose one with `bowline use CONTEXT`",
            escape(name)
        ),
        Some((file, next)) => format!(
            "{} was the current context; now it is {}, which {} names",
            escape(name),
            escape(next),
            escape(&file.to_string_lossy())
        ),
    });
}

/// The files that removed entries named: they stay, for they may be of use to others.
fn files_on_disk(sight: &Sight, removal: &Removal) -> Option<String> {
    let mut paths = BTreeSet::new();
    for gone in &removal.gone {
        let Some(file) = sight.files.iter().find(|file| file.path == gone.file) else {
            continue;
        };
        let config = file.config();
        let named: Vec<&String> = match gone.list {
            List::Clusters => {
                let cluster = config.cluster(&gone.name);
                let authority = cluster.and_then(|it| it.certificate_authority.as_ref());
                authority.into_iter().collect()
            }
            List::Users => config.user(&gone.name).map_or_else(Vec::new, |user| {
                let files = [&user.client_certificate, &user.client_key, &user.token_file];
                files.into_iter().flatten().collect()
            }),
            List::Contexts => Vec::new(),
        };
        let named = named.into_iter().filter(|path| !path.is_empty());
        paths.extend(named.map(|path| resolve(&file.path, path)));
    }
    let paths: Vec<_> = paths
        .iter()
        .map(|path| path.to_string_lossy().into_owned())
        .collect();
    (!paths.is_empty())
        .then(|| format!("these files were named there, and stay: {}", listed(&paths)))
}
