//! All contexts of other kubeconfigs, taken in beside those that are there.
//!
//! Entries that mean the same are shared. Others of the same name get a new one, cluster, user and context together:
//! every MicroK8s calls them `microk8s-cluster`, `admin` and `microk8s`, and with only the context renamed the second
//! cluster would be asked as the first.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::path::PathBuf;

use kubeconfig::Cluster;
use kubeconfig::Config;
use kubeconfig::Context;
use kubeconfig::Edit;
use kubeconfig::List;
use kubeconfig::Named;
use kubeconfig::User;
use kubeconfig::redact::escape;
use kubeconfig::server::Host;

use super::TidyError;
use super::known::Known;
use super::names;
use super::plan::Steps;
use super::sight::Seen;
use super::sight::Sight;
use super::unread;
use crate::add::absolute_cluster;
use crate::add::absolute_user;
use crate::add::doubts;
use crate::kubeconfigs::Target;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The kubeconfigs, by absolute paths.
    pub sources: Vec<Seen>,
    /// The file that everything goes to; `None` is where new entries go.
    pub into: Option<PathBuf>,
    /// What all names begin with.
    pub prefix: Option<String>,
    /// Whether the user agreed to what [`MergeError::Consent`] lists.
    pub consent: bool,
    /// Where relative names of kubeconfigs start.
    pub folder: PathBuf,
}

/// What will be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merging {
    /// The file that everything goes to.
    pub into: PathBuf,
    /// The contexts that are new.
    pub taken: Vec<Taken>,
    /// The contexts that are there already, by whatever name.
    pub known: Vec<Taken>,
    /// What is left out, and why.
    pub left: Vec<String>,
    /// What the user should know of what was taken.
    pub notes: Vec<String>,
    /// The context that becomes the current one, where none was.
    pub switched: Option<String>,
}

/// A context that was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// What its file calls it.
    pub was: String,
    /// What it is called here.
    pub name: String,
    /// Its file.
    pub file: PathBuf,
}

/// Why nothing is merged.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// As everywhere.
    #[error(transparent)]
    Tidy(#[from] TidyError),
    /// They do things that kubeconfigs from elsewhere should be asked about.
    #[error("{}: take them in with --yes if you trust them; nothing was changed", .0.join("; "))]
    Consent(Vec<String>),
    /// A file has nothing to take.
    #[error("{} has no contexts; nothing was changed", escape(&.0.to_string_lossy()))]
    Nothing(PathBuf),
}

/// Decides.
///
/// # Errors
/// [`MergeError`].
pub fn decide(sight: &Sight, request: &Request) -> Result<Steps<Merging>, MergeError> {
    let into = match &request.into {
        Some(file) => file.clone(),
        None => sight
            .destination()
            .ok_or(TidyError::NoDestination)?
            .to_owned(),
    };
    let mut known = Known::of(sight, &request.folder);
    let mut merging = Merging {
        into: into.clone(),
        ..Merging::default()
    };
    let mut objections = Vec::new();
    let mut edits = Vec::new();
    for source in &request.sources {
        if source.config().contexts.is_empty() {
            return Err(MergeError::Nothing(source.path.clone()));
        }
        let mut file = OneFile::new(source, request, &mut known);
        for context in &source.config().contexts {
            match file.take(context) {
                Ok(taken) => {
                    objections.extend(taken.objections);
                    merging.notes.extend(taken.unread);
                    edits.extend(taken.edits);
                    let entry = Taken {
                        was: context.name.clone(),
                        name: taken.name,
                        file: source.path.clone(),
                    };
                    if taken.is_new {
                        merging.taken.push(entry);
                    } else {
                        merging.known.push(entry);
                    }
                }
                Err(why) => merging.left.push(format!(
                    "context {} of {} is left out: {why}",
                    escape(&context.name),
                    escape(&source.path.to_string_lossy())
                )),
            }
        }
    }
    if !objections.is_empty() && !request.consent {
        return Err(MergeError::Consent(objections));
    }
    if sight.current_context().is_none() {
        merging.switched = request.sources.iter().find_map(|source| {
            let current = &source.config().current_context;
            let all = merging.taken.iter().chain(&merging.known);
            let mut of_file = all.filter(|taken| taken.file == source.path);
            let taken = of_file.find(|taken| taken.was == *current)?;
            Some(taken.name.clone())
        });
        edits.extend(merging.switched.clone().map(Edit::SetCurrentContext));
    }
    let mut steps = Steps::new(merging);
    for edit in edits {
        steps.edit(&into, edit);
    }
    Ok(steps)
}

/// A kubeconfig that is being taken in.
struct OneFile<'a> {
    source: &'a Seen,
    request: &'a Request,
    known: &'a mut Known,
    word: Option<String>,
    /// What clusters and users are called here.
    clusters: HashMap<&'a str, String>,
    users: HashMap<&'a str, String>,
    objected: BTreeSet<String>,
    there: There<'a>,
}

/// What becomes of one context.
struct Outcome {
    name: String,
    is_new: bool,
    edits: Vec<Edit>,
    objections: Vec<String>,
    /// What stays behind, in words.
    unread: Vec<String>,
}

impl<'a> OneFile<'a> {
    fn new(source: &'a Seen, request: &'a Request, known: &'a mut Known) -> Self {
        Self {
            source,
            request,
            known,
            word: names::word(&source.path),
            clusters: HashMap::new(),
            users: HashMap::new(),
            objected: BTreeSet::new(),
            there: There::of(source.config()),
        }
    }

    /// # Errors
    /// Why the context cannot be taken, in words.
    fn take(&mut self, context: &'a Named<Context>) -> Result<Outcome, String> {
        let path = &self.source.path;
        let value = &context.value;
        let missing =
            |kind: &str, name: &str| format!("{} there", super::error::missing(kind, name));
        let cluster = self.there.clusters.get(value.cluster.as_str());
        let cluster = cluster.ok_or_else(|| missing("cluster", &value.cluster))?;
        let cluster = absolute_cluster(cluster, path);
        let user = match value.user.as_str() {
            "" => None,
            name => {
                let user = self.there.users.get(name);
                Some(absolute_user(
                    user.ok_or_else(|| missing("user", name))?,
                    path,
                ))
            }
        };
        let target = Target::read(path, &value.cluster, &cluster);
        let target = target.map_err(|error| error.to_string())?;
        if matches!(&target.server.host, Host::Name(name) if name == "none") {
            return Err(
                "its server is https://none, what MicroK8s prints without a default route"
                    .to_owned(),
            );
        }
        let objections = self.objections(context, &target, user.as_ref());

        let best = self
            .known
            .best(&context.name, value, &cluster, user.as_ref());
        if let (Some(cluster), Some(user), Some(name)) = (&best.cluster, &best.user, best.context) {
            self.clusters.insert(&value.cluster, cluster.clone());
            self.users.insert(&value.user, user.clone());
            return Ok(Outcome {
                name,
                is_new: false,
                edits: Vec::new(),
                objections,
                unread: Vec::new(),
            });
        }
        // What the file's other contexts were given: what is shared there stays shared.
        let here = self.clusters.get(value.cluster.as_str()).cloned();
        let cluster_here = here.or(best.cluster);
        let here = self.users.get(value.user.as_str()).cloned();
        let user_here = here.or(best.user);
        let name = self.name(context, cluster_here.is_none(), user_here.is_none());
        let renamed = name != self.wanted(&context.name);
        let mut edits = Vec::new();
        let mut new = vec![(List::Contexts, context.name.as_str())];
        if cluster_here.is_none() {
            new.push((List::Clusters, value.cluster.as_str()));
        }
        if user_here.is_none() && user.is_some() {
            new.push((List::Users, value.user.as_str()));
        }
        let source = self.source;
        let unread = |(list, name): (List, &str)| unread::of_entry(source, list, name);
        let cluster_name = cluster_here.unwrap_or_else(|| {
            let chosen = self.entry_name(List::Clusters, &value.cluster, &name, renamed);
            edits.push(Edit::PutCluster(Named::new(
                chosen.clone(),
                cluster.clone(),
            )));
            self.known.put_cluster(&chosen, cluster);
            chosen
        });
        let user_name = user_here.unwrap_or_else(|| {
            let chosen = self.entry_name(List::Users, &value.user, &name, renamed);
            if let Some(user) = user {
                edits.push(Edit::PutUser(Named::new(chosen.clone(), user.clone())));
                self.known.put_user(&chosen, user);
            }
            chosen
        });
        self.clusters.insert(&value.cluster, cluster_name.clone());
        self.users.insert(&value.user, user_name.clone());
        let taken = Context {
            cluster: cluster_name,
            user: user_name,
            ..value.clone()
        };
        edits.push(Edit::PutContext(Named::new(name.clone(), taken.clone())));
        self.known.put_context(&name, taken);
        Ok(Outcome {
            name,
            is_new: true,
            edits,
            objections,
            unread: new.into_iter().filter_map(unread).collect(),
        })
    }

    fn wanted(&self, name: &str) -> String {
        format!(
            "{}{name}",
            self.request.prefix.as_deref().unwrap_or_default()
        )
    }

    /// What a context is called: as it is, unless it or one of its new entries would meet another of its name.
    fn name(&self, context: &Named<Context>, new_cluster: bool, new_user: bool) -> String {
        let wanted = self.wanted(&context.name);
        let cluster = self.wanted(&context.value.cluster);
        let user = self.wanted(&context.value.user);
        let meets = self.known.has(List::Contexts, &wanted)
            || new_cluster
                && self.known.has(List::Clusters, &cluster)
                && self.is_own(List::Clusters, &context.value.cluster)
            || new_user
                && self.known.has(List::Users, &user)
                && self.is_own(List::Users, &context.value.user);
        if !meets {
            return wanted;
        }
        // Another one's context may be free to have the name, and its cluster not: then all get a new one.
        let is_free = |name: &str| name != wanted && !self.known.has_any(name);
        names::free(&wanted, self.word.as_deref(), |name| !is_free(name))
    }

    /// What a new cluster or user is called. That of one context alone gets the context's name along with it.
    fn entry_name(&self, list: List, own: &str, context: &str, is_renamed: bool) -> String {
        let wanted = self.wanted(own);
        let is_taken = |name: &str| self.known.has(list, name);
        let along = self.is_own(list, own) && !is_taken(context);
        if along && is_renamed {
            return context.to_owned();
        }
        names::free(&wanted, self.word.as_deref(), is_taken)
    }

    /// Whether one context alone uses a cluster or user.
    fn is_own(&self, list: List, name: &str) -> bool {
        self.there.uses.get(&(list, name)) == Some(&1)
    }

    /// What of a context a user should be asked about, once for each thing.
    fn objections(
        &mut self,
        context: &Named<Context>,
        target: &Target,
        user: Option<&User>,
    ) -> Vec<String> {
        let doubts = doubts(target, user.unwrap_or(&User::default()));
        let new = doubts
            .into_iter()
            .filter(|doubt| self.objected.insert(doubt.clone()));
        let about = |doubt| {
            format!(
                "context {} of {} {doubt}",
                escape(&context.name),
                escape(&self.source.path.to_string_lossy())
            )
        };
        new.collect::<Vec<_>>().into_iter().map(about).collect()
    }
}

/// What is in a kubeconfig that is being taken in, by names: there may be thousands.
struct There<'a> {
    clusters: HashMap<&'a str, &'a Cluster>,
    users: HashMap<&'a str, &'a User>,
    /// How many contexts use a cluster or a user.
    uses: HashMap<(List, &'a str), usize>,
}

impl<'a> There<'a> {
    fn of(config: &'a Config) -> Self {
        let mut uses = HashMap::new();
        for context in &config.contexts {
            for (list, name) in [
                (List::Clusters, &context.value.cluster),
                (List::Users, &context.value.user),
            ] {
                *uses.entry((list, name.as_str())).or_default() += 1;
            }
        }
        Self {
            clusters: by_name(&config.clusters),
            users: by_name(&config.users),
            uses,
        }
    }
}

fn by_name<T>(list: &[Named<T>]) -> HashMap<&str, &T> {
    // Names are unique in their list.
    list.iter()
        .map(|named| (named.name.as_str(), &named.value))
        .collect()
}
