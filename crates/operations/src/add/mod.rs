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
mod error;
pub mod fetch;
pub mod find;
pub mod names;
mod plan;
pub(crate) mod reach;
mod refresh;
mod second_copy;
mod take;
pub mod what;

use std::net::IpAddr;
use std::path::PathBuf;

use identity::EntryHost;
use identity::Limits;
use identity::Proof;
use identity::api::ApiError;
use identity::api::Session;
use kubeconfig::Cluster;
use kubeconfig::Secret;
use locate::Candidate;
use locate::Source;
use machines::Machine;

use self::names::known_as;
use self::reach::Unreached;
use self::refresh::Earlier;
use self::refresh::has_same_credential;
use self::take::Taken;
use crate::check::Checked;
use crate::check::check;
use crate::credentials;
use crate::failure::argument;
use crate::heal;
use crate::heal::plan::Change;
use crate::heal::plan::Plan;
use crate::kubeconfigs::Kubeconfigs;
use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;
use crate::world::World;

pub use self::apply::apply;
pub use self::error::AddError;
pub(crate) use self::take::absolute_cluster;
pub(crate) use self::take::absolute_user;
pub(crate) use self::take::doubts;

/// What is to be taken in.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The text.
    pub text: Secret,
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
    /// Whether another cluster of the same machine gives way, or the context that `name` names.
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
        Some(earlier) => {
            plan::refreshed(kubeconfigs, request, &taken, &earlier, &cluster, checked)?
        }
        None => plan::added(kubeconfigs, request, &taken, &cluster, checked)?,
    };
    if let Some(machine) = &request.machine {
        addition.settings = plan::settings(world, machine.place(), &addition.target.name)?;
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
        if let Some(earlier) = refresh::named(kubeconfigs, request, taken) {
            return replaced(world, request, taken, earlier, limits).await;
        }
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
        let usual = name.or(request.usual_name.as_deref()).unwrap_or_default();
        let is_at = |entry: &Target| claims.name(entry);
        refresh::earlier(settings, kubeconfigs, place, name, usual, taken, is_at)
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
    if let Some(earlier) = &earlier {
        accepted(request, taken, earlier, target, &candidate, &proof, limits).await?;
    }
    let mut spelt = target;
    if let Some(earlier) = &earlier {
        let entry = &earlier.connection.target;
        // The same key is the same cluster; what certificate lies around it is no change, unless kubectl
        // refuses it by now.
        cluster = if earlier.same && !refresh::is_out_of_date(entry) {
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

/// What a kubeconfig puts in the place of the context that was named: a credential, or another cluster.
async fn replaced(
    world: &World,
    request: &Request,
    taken: &Taken,
    earlier: Earlier,
    limits: &Limits,
) -> Result<(Option<Earlier>, Checked, Cluster), AddError> {
    let entry = &earlier.connection.target;
    // Where the cluster is, and by which name, the entry knows better than a file that was printed on the node.
    let stays = earlier.same && !refresh::is_out_of_date(entry);
    let (target, mut cluster) = if stays {
        (entry, entry.cluster.clone())
    } else {
        let fresh = &taken.target.cluster;
        let cluster = Cluster {
            server: fresh.server.clone(),
            tls_server_name: fresh.tls_server_name.clone(),
            ..refresh::with_authority(&entry.cluster, fresh)
        };
        (&taken.target, cluster)
    };
    let checked = check(world, target, limits).await;
    if let Checked::Proved(candidate, proof) = &checked {
        accepted(request, taken, &earlier, target, candidate, proof, limits).await?;
    }
    name(&mut cluster, &checked);
    Ok((Some(earlier), checked, cluster))
}

/// Refuses a credential that the cluster does not accept where an entry of the same cluster has another one: a
/// copy may be old, and a machine may claim the CA of any cluster, which is no secret.
async fn accepted(
    request: &Request,
    taken: &Taken,
    earlier: &Earlier,
    target: &Target,
    candidate: &Candidate,
    proof: &Proof,
    limits: &Limits,
) -> Result<(), AddError> {
    let Trust::Authority { authority, .. } = &target.trust else {
        return Ok(());
    };
    let known = earlier.connection.user.as_ref();
    if !earlier.same || known.is_none_or(|(_, user)| has_same_credential(user, &taken.user)) {
        return Ok(());
    }
    // What cannot be tried without running something is the user's own choice: it was asked for.
    let Ok(credentials) = credentials::of(&request.folder.join("kubeconfig"), &taken.user) else {
        return Ok(());
    };
    let session = Session {
        address: proof.address,
        leaf: proof.leaf.key,
        authority,
        pin: &target.pin(),
        base: &target.server.path,
        own_address: candidate.source == Source::Entry,
        credentials: &credentials,
        limits: *limits,
    };
    match session.is_accepted().await {
        Err(ApiError::Refused { code: 401, .. }) => Err(AddError::NotAccepted {
            label: request.label.clone(),
            context: argument(&earlier.connection.context),
        }),
        _ => Ok(()),
    }
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
