//! Takes a kubeconfig in: from a file, from where a distribution keeps it, or from the machine that a
//! cluster runs on.
//!
//! Cluster, user and context are renamed together. Every MicroK8s calls them `microk8s-cluster`, `admin`
//! and `microk8s`; merged with only the context renamed, a second cluster silently answers with the first
//! one's server and user.
//!
//! What a machine's own file says of its address is its loopback address. It is replaced by one that answers
//! and proves itself by the CA of that very file.

pub mod apply;
pub mod distributions;
pub mod fetch;
pub mod find;
pub mod names;
mod reach;
mod refresh;
mod second_copy;
mod take;
pub mod what;

use std::net::IpAddr;
use std::net::SocketAddr;
use std::path::PathBuf;

use identity::EntryHost;
use identity::Limits;
use kubeconfig::Cluster;
use kubeconfig::Context;
use kubeconfig::Document;
use kubeconfig::Edit;
use kubeconfig::EditError;
use kubeconfig::Named;
use kubeconfig::ParseError;
use kubeconfig::redact::escape;
use locate::Source;
use machines::Machine;
use machines::Place;
use store::StoreError;

use self::names::free_name;
use self::names::known_as;
use self::reach::Unreached;
use self::refresh::Earlier;
use self::take::Taken;
use crate::check::Checked;
use crate::check::check;
use crate::failure::argument;
use crate::heal;
use crate::heal::plan::Change;
use crate::heal::plan::Plan;
use crate::kubeconfigs::KubeconfigError;
use crate::kubeconfigs::Kubeconfigs;
use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;
use crate::remember::RememberError;
use crate::remember::with_machine;
use crate::world::World;

pub use self::apply::apply;

/// What is to be taken in.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The text.
    pub text: Vec<u8>,
    /// What to call it in messages: its path, its machine, or `standard input`.
    pub label: String,
    /// The folder that relative paths in it start from.
    pub folder: PathBuf,
    /// The machine that it was fetched from.
    pub machine: Option<Machine>,
    /// `--at`: where to look for the cluster, in place of anywhere else.
    pub at: Vec<At>,
    /// The context to take; `None` takes its current or only one.
    pub context: Option<String>,
    /// The name that cluster, user and context get.
    pub name: Option<String>,
    /// Where `name` is not given: what to call it, numbered if taken. `None` is the context's own name.
    pub usual_name: Option<String>,
    /// Whether to make it the current context.
    pub switch: bool,
    /// Whether the user agreed to what [`AddError::Consent`] lists.
    pub consent: bool,
    /// Whether another cluster of the same machine gives way.
    pub replace: bool,
}

/// An address with or without a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// The address.
    pub address: IpAddr,
    /// The port; `None` is the one that the kubeconfig names.
    pub port: Option<u16>,
}

/// What will be added.
#[derive(Debug)]
pub struct Addition {
    /// The name of the context.
    pub name: String,
    /// The changes of kubeconfigs: the one that it goes to, then second copies.
    pub plan: Plan,
    /// The change of config.toml.
    pub settings: Option<SettingsChange>,
    /// Whether it becomes the current context.
    pub switches: bool,
    /// Where an entry of the machine was there already: what of it changes, in words.
    pub refreshed: Option<Vec<&'static str>>,
    /// The entry as it will be.
    pub target: Target,
    /// Whether its server was proved, and why not.
    pub checked: Checked,
    /// What could not be mended beside it, in words.
    pub notes: Vec<String>,
}

/// What will change in config.toml.
#[derive(Debug)]
pub struct SettingsChange {
    /// The file.
    pub path: PathBuf,
    /// The cluster entry.
    pub cluster: String,
    /// Its machine.
    pub machine: String,
    /// The file's bytes when the plan was made; empty when there was none.
    pub before: Vec<u8>,
    /// What they would be.
    pub after: Vec<u8>,
}

/// Why nothing can be taken in.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// Not a kubeconfig.
    #[error("{label} is not a kubeconfig: {source}")]
    NotAKubeconfig {
        /// The text's name.
        label: String,
        /// Why.
        source: ParseError,
    },
    /// What `microk8s config` prints on a worker, with exit code 0.
    #[error(
        "{label} is not a kubeconfig but the answer of a worker node: run `microk8s config` on a control-plane node of that cluster"
    )]
    Worker {
        /// The text's name.
        label: String,
    },
    /// Nothing at all: the command before the pipe failed.
    #[error("{label} is empty: the command that should print a kubeconfig printed nothing")]
    Empty {
        /// The text's name.
        label: String,
    },
    /// A kubeconfig without entries.
    #[error("{label} has no context{}", .asked.as_deref().map(|name| format!(" {}", escape(name))).unwrap_or_default())]
    NoContext {
        /// The text's name.
        label: String,
        /// The context that was asked for.
        asked: Option<String>,
    },
    /// Several contexts and none is current.
    #[error("{label} has several contexts ({}): choose one with --context", .names.join(", "))]
    Several {
        /// The text's name.
        label: String,
        /// Their names, escaped.
        names: Vec<String>,
    },
    /// `https://none:16443`, what `microk8s config` prints on a machine without a default route.
    #[error(
        "{label}: its server is https://none, which `microk8s config` prints when the node has no default route: set the address, `microk8s config -l | sed s/127.0.0.1/ADDRESS/`"
    )]
    NoAddress {
        /// The text's name.
        label: String,
    },
    /// It does things that a kubeconfig from elsewhere should be asked about.
    #[error("{label} {}: take it in with --yes if you trust it", .what.join(" and "))]
    Consent {
        /// The text's name.
        label: String,
        /// What it does.
        what: Vec<String>,
    },
    /// The name is taken.
    #[error("the {kind} {} exists already in {}: choose another --name", escape(.name), .file.display())]
    NameTaken {
        /// `cluster`, `user` or `context`.
        kind: &'static str,
        /// The name.
        name: String,
        /// Where it is.
        file: PathBuf,
    },
    /// This cluster with this credential is there already.
    #[error("the same cluster with the same credential is there already, as context {context} in {}: {}", .file.display(), if *.moved { format!("if it moved, `bowline heal {context}`") } else { "nothing to do".to_owned() })]
    Known {
        /// The context, as an argument.
        context: String,
        /// Where it is.
        file: PathBuf,
        /// Whether it is there with another server.
        moved: bool,
    },
    /// The machine had another cluster when it was added.
    #[error("{machine} runs another cluster now (another CA key) than context {context} in {}: `--replace` puts it in its place, `--name` adds it beside", .file.display())]
    OtherCluster {
        /// The machine.
        machine: String,
        /// The context, as an argument.
        context: String,
        /// Where it is.
        file: PathBuf,
    },
    /// The user entry that would get a new credential belongs to another cluster as well.
    #[error("the user {} is also that of context {context}, which is another cluster's: give one of them a user entry of its own, or add this one under another --name", escape(.user))]
    SharedUser {
        /// The user entry.
        user: String,
        /// The other context, as an argument.
        context: String,
    },
    /// No address leads to the cluster.
    #[error("{label}: its cluster was proved at no address, so nothing was written:\n{}{}", lines(.tried), remedy(.label))]
    Nowhere {
        /// Where it comes from.
        label: String,
        /// What was tried, each with the reason.
        tried: Vec<(String, String)>,
        /// Whether something answered that is not the cluster.
        somebody: bool,
    },
    /// Several nodes answer at its addresses.
    #[error("{label}: several nodes of its cluster answer, at {}: choose one with --at ADDRESS", joined(.addresses))]
    SeveralNodes {
        /// Where it comes from.
        label: String,
        /// Where they answer.
        addresses: Vec<SocketAddr>,
    },
    /// Its file says nothing that an address could be proved by.
    #[error("{label}: its kubeconfig has no CA, so no address can be proved to be the cluster's")]
    NoAuthority {
        /// Where it comes from.
        label: String,
    },
    /// config.toml cannot be written.
    #[error("{}: {source}; nothing was written", .path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// Why.
        source: RememberError,
    },
    /// A file cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something in it cannot be used.
    #[error(transparent)]
    Kubeconfig(#[from] KubeconfigError),
    /// There is no file to add to.
    #[error("there is no kubeconfig to add to: set KUBECONFIG")]
    NoDestination,
    /// The destination cannot be edited.
    #[error("{}: {source}", .path.display())]
    Edit {
        /// The file.
        path: PathBuf,
        /// Why.
        source: EditError,
    },
}

fn lines(tried: &[(String, String)]) -> String {
    if tried.is_empty() {
        return "  it has no address\n".to_owned();
    }
    let line = |(what, why): &(String, String)| format!("  {what}: {}\n", escape(why));
    tried.iter().map(line).collect()
}

fn remedy(label: &str) -> String {
    format!(
        "start the cluster, or say where it is: bowline add {} --at ADDRESS",
        argument(label)
    )
}

fn joined(addresses: &[SocketAddr]) -> String {
    let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    addresses.join(" and ")
}

/// Prepares an addition: reads, judges, finds the address, names. Changes nothing.
///
/// # Errors
/// [`AddError`].
pub async fn prepare(
    world: &World,
    kubeconfigs: &Kubeconfigs,
    request: &Request,
    limits: &Limits,
) -> Result<Addition, AddError> {
    let taken = take::take(request)?;
    let (earlier, checked, cluster) = placed(world, kubeconfigs, request, &taken, limits).await?;
    let mut addition = match earlier {
        Some(earlier) => refreshed(kubeconfigs, request, &taken, &earlier, cluster, checked)?,
        None => added(kubeconfigs, request, &taken, cluster, checked)?,
    };
    if let Some(machine) = &request.machine {
        addition.settings = settings(world, machine.place(), &addition.target.name)?;
    }
    if request.machine.is_some() && matches!(addition.checked, Checked::Proved(..)) {
        for path in &world.second_copies {
            let is_same = |change: &Change| change.path == *path;
            if addition.plan.changes.iter().any(is_same) {
                continue;
            }
            match second_copy::mended(world, path, &addition.target, &taken, limits).await {
                Ok(change) => addition.plan.changes.extend(change),
                Err(why) => addition.notes.push(why),
            }
        }
    }
    Ok(addition)
}

/// Finds the entry that is there already, and the address that answers.
async fn placed(
    world: &World,
    kubeconfigs: &Kubeconfigs,
    request: &Request,
    taken: &Taken,
    limits: &Limits,
) -> Result<(Option<Earlier>, Checked, Cluster), AddError> {
    let target = &taken.target;
    let mut cluster = target.cluster.clone();
    if request.machine.is_none() && request.at.is_empty() {
        refuse_taken(kubeconfigs, request, taken)?;
        let checked = check(world, target, limits).await;
        name(&mut cluster, &checked);
        return Ok((None, checked, cluster));
    }
    if !matches!(target.trust, Trust::Authority { .. }) {
        return Err(AddError::NoAuthority {
            label: request.label.clone(),
        });
    }
    let machine = request.machine.as_ref();
    let mut claims = reach::claims(world, machine, &request.at, target).await;
    let mut earlier = machine.and_then(|machine| {
        let (settings, place) = (&world.settings, machine.place());
        let name = request.name.as_deref();
        let is_at = |entry: &Target| claims.name(entry);
        refresh::earlier(settings, kubeconfigs, place, name, taken, is_at)
    });
    if let Some(earlier) = &earlier
        && !earlier.same
        && !request.replace
    {
        return Err(AddError::OtherCluster {
            machine: request.label.clone(),
            context: argument(&earlier.connection.context),
            file: earlier.connection.target.file.clone(),
        });
    }
    if earlier.is_none() {
        refuse_taken(kubeconfigs, request, taken)?;
    }
    // What the entry says stays if it still is right.
    let is_own = |earlier: &Earlier| earlier.same && earlier.certain && request.at.is_empty();
    if let Some(earlier) = earlier.as_ref().filter(|it| is_own(it)) {
        claims.own_of(world, &earlier.connection.target).await;
    }
    let old = earlier
        .as_ref()
        .and_then(|earlier| earlier.connection.target.literal());
    let reached = reach::reach(world, claims, target, old, limits).await;
    let (candidate, proof) = reached.map_err(|unreached| match unreached {
        Unreached::Nobody { tried, somebody } => AddError::Nowhere {
            label: request.label.clone(),
            tried,
            somebody,
        },
        Unreached::Several(addresses) => AddError::SeveralNodes {
            label: request.label.clone(),
            addresses,
        },
    })?;
    if let Some(doubtful) = earlier.as_ref().filter(|it| !it.certain)
        && let Checked::Proved(_, theirs) = check(world, &doubtful.connection.target, limits).await
        && theirs.leaf.key != proof.leaf.key
    {
        // Another node of the cluster, alive and well.
        earlier = None;
        refuse_taken(kubeconfigs, request, taken)?;
    }
    let mut spelt = target;
    if let Some(earlier) = &earlier {
        let entry = &earlier.connection.target;
        // The same key is the same cluster; what certificate lies around it is no change.
        cluster = if earlier.same {
            entry.cluster.clone()
        } else {
            refresh::with_authority(&entry.cluster, &cluster)
        };
        let pinned = cluster.tls_server_name.clone().unwrap_or_default();
        if !pinned.is_empty() && !proof.leaf.is_valid_host(&EntryHost::Name(pinned)) {
            cluster.tls_server_name = None;
        }
        if candidate.source != Source::Entry || is_own(earlier) {
            spelt = entry;
        }
    }
    if candidate.source == Source::Entry {
        cluster.server.clone_from(&spelt.cluster.server);
    } else {
        let mut server = spelt.server.with_address(candidate.address.ip());
        server.port = candidate.address.port();
        cluster.server = server.to_string();
        if is_unnamed(&cluster) {
            cluster.tls_server_name = heal::plan::pin(&proof, target, true);
        }
    }
    let checked = Checked::Proved(candidate, Box::new(proof));
    name(&mut cluster, &checked);
    Ok((earlier, checked, cluster))
}

fn is_unnamed(cluster: &Cluster) -> bool {
    cluster
        .tls_server_name
        .as_deref()
        .unwrap_or_default()
        .is_empty()
}

/// Gives an entry the name that makes kubectl check what was proved, where it has none.
fn name(cluster: &mut Cluster, checked: &Checked) {
    if let Checked::Proved(_, proof) = checked
        && let Some(pin) = proof.name_to_write()
        && is_unnamed(cluster)
    {
        cluster.tls_server_name = Some(pin.to_owned());
    }
}

/// Refuses a name that is taken; without a name, what is there already.
fn refuse_taken(
    kubeconfigs: &Kubeconfigs,
    request: &Request,
    taken: &Taken,
) -> Result<(), AddError> {
    let Some(name) = &request.name else {
        // A machine that is there already is brought up to date.
        let known = known_as(kubeconfigs, &taken.target, &taken.user);
        return match known {
            Some(known) if request.machine.is_none() => Err(known),
            _ => Ok(()),
        };
    };
    match names::taken(kubeconfigs, name) {
        Some((kind, file)) => Err(AddError::NameTaken {
            kind,
            name: name.clone(),
            file,
        }),
        None => Ok(()),
    }
}

/// The plan for an entry that is new.
fn added(
    kubeconfigs: &Kubeconfigs,
    request: &Request,
    taken: &Taken,
    cluster: Cluster,
    checked: Checked,
) -> Result<Addition, AddError> {
    let name = request.name.clone().unwrap_or_else(|| {
        let wanted = request.usual_name.as_deref();
        free_name(kubeconfigs, wanted.unwrap_or(&taken.context.name))
    });
    let destination = kubeconfigs
        .destination()
        .ok_or(AddError::NoDestination)?
        .to_owned();
    let switches = request.switch || kubeconfigs.chain.current_context().is_none();
    let mut edits = vec![Edit::Insert {
        cluster: Named::new(name.clone(), cluster.clone()),
        user: Named::new(name.clone(), taken.user.clone()),
        context: Named::new(
            name.clone(),
            Context {
                cluster: name.clone(),
                user: name.clone(),
                namespace: taken.context.value.namespace.clone(),
                ..Context::default()
            },
        ),
    }];
    if switches {
        edits.push(Edit::SetCurrentContext(name.clone()));
    }
    let target = Target::read(&destination, &name, &cluster)?;
    Ok(Addition {
        name,
        plan: Plan {
            changes: vec![change(kubeconfigs, destination, edits)?],
        },
        settings: None,
        switches,
        refreshed: None,
        target,
        checked,
        notes: Vec::new(),
    })
}

/// The plan for an entry that is there.
fn refreshed(
    kubeconfigs: &Kubeconfigs,
    request: &Request,
    taken: &Taken,
    earlier: &Earlier,
    cluster: Cluster,
    checked: Checked,
) -> Result<Addition, AddError> {
    let entry = &earlier.connection.target;
    let mut edits: Vec<(PathBuf, Edit)> = Vec::new();
    let mut what = Vec::new();
    if cluster != entry.cluster {
        if !earlier.same {
            what.push("cluster");
        }
        if cluster.server != entry.cluster.server {
            what.push("server");
        }
        if cluster.tls_server_name != entry.cluster.tls_server_name {
            what.push("tls-server-name");
        }
        let named = Named::new(entry.name.clone(), cluster.clone());
        edits.push((entry.file.clone(), Edit::PutCluster(named)));
    }
    if let Some(user) = refresh::user(kubeconfigs, earlier, taken)?
        && let Some((file, _)) = &earlier.connection.user
    {
        what.push("credential");
        edits.push((file.clone(), Edit::PutUser(user)));
    }
    let name = earlier.connection.context.clone();
    let current = kubeconfigs.chain.current_context();
    let switches = current.is_none() || request.switch && current.is_none_or(|it| it.1 != name);
    if switches && let Some(destination) = kubeconfigs.destination() {
        edits.push((
            destination.to_owned(),
            Edit::SetCurrentContext(name.clone()),
        ));
    }
    let mut plan = Plan::default();
    while let Some((path, edit)) = edits.first().cloned() {
        let mut of_file = vec![edit];
        edits.remove(0);
        edits.retain(|(other, edit)| {
            let same = *other == path;
            if same {
                of_file.push(edit.clone());
            }
            !same
        });
        plan.changes.push(change(kubeconfigs, path, of_file)?);
    }
    let target = Target::read(&entry.file, &entry.name, &cluster)?;
    Ok(Addition {
        name,
        plan,
        settings: None,
        switches,
        refreshed: Some(what),
        target,
        checked,
        notes: Vec::new(),
    })
}

fn change(kubeconfigs: &Kubeconfigs, path: PathBuf, edits: Vec<Edit>) -> Result<Change, AddError> {
    let empty = Document::empty();
    let members = kubeconfigs.chain.members();
    let into = members.iter().find(|(member, _)| *member == path);
    let into = into.map_or(&empty, |(_, document)| document);
    let after = into.edit(&edits).map_err(|source| AddError::Edit {
        path: path.clone(),
        source,
    })?;
    Ok(Change {
        path,
        edits,
        before: into.bytes().to_vec(),
        after,
    })
}

/// What config.toml is to say. A folder is no place where a cluster lives.
fn settings(
    world: &World,
    place: &Place,
    cluster: &str,
) -> Result<Option<SettingsChange>, AddError> {
    if matches!(place, Place::Folder(_)) {
        return Ok(None);
    }
    let path = world.settings_file.clone();
    let before = store::read(&path)?;
    let machine = place.to_string();
    match with_machine(before.as_deref(), cluster, &machine) {
        Ok(None) => Ok(None),
        Ok(Some(after)) => Ok(Some(SettingsChange {
            path,
            cluster: cluster.to_owned(),
            machine,
            before: before.unwrap_or_default(),
            after: after.into_bytes(),
        })),
        Err(source) => Err(AddError::Settings { path, source }),
    }
}
