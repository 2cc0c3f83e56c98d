//! The same machine once more: what its entry says is brought up to date.

use kubeconfig::Cluster;
use kubeconfig::Named;
use kubeconfig::User;
use machines::Place;

use super::AddError;
use super::Request;
use super::take::Taken;
use crate::failure::argument;
use crate::kubeconfigs::Connection;
use crate::kubeconfigs::Kubeconfigs;
use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;
use crate::settings::Settings;

/// The entry that a machine has already.
#[derive(Clone, Debug)]
pub(super) struct Earlier {
    pub(super) connection: Connection,
    /// The name of its user entry.
    pub(super) user: String,
    /// Whether it is the same cluster, by its CA key.
    pub(super) same: bool,
    /// Whether it is this machine's without a doubt. Another node of the cluster may have the same
    /// credential.
    pub(super) certain: bool,
}

/// Looks for the entry of a machine: one that config.toml gives to it, or one of the same cluster with the
/// same credential or at one of the addresses. Entries that config.toml gives to another machine are of
/// another node. With a name, only the entry of that name. A machine may have several clusters: another one
/// is in question only if it has the name `usual` that the new one would get.
pub(super) fn earlier(
    settings: &Settings,
    kubeconfigs: &Kubeconfigs,
    place: &Place,
    name: Option<&str>,
    usual: &str,
    taken: &Taken,
    is_at: impl Fn(&Target) -> bool,
) -> Option<Earlier> {
    let contexts = kubeconfigs.chain.contexts();
    let contexts = contexts.filter(|context| name.is_none_or(|name| context.name == name));
    let mut found: Option<Earlier> = None;
    for context in contexts {
        let Ok(connection) = kubeconfigs.connection(Some(context.name)) else {
            continue;
        };
        let same = is_same_cluster(&connection.target, &taken.target);
        let machine = settings.hints(&connection.target.name).machine;
        let equal = |(_, user): &(_, User)| has_same_credential(user, &taken.user);
        let certain = match machine.as_deref() {
            Some(machine) if machine == place.to_string() && (same || context.name == usual) => {
                true
            }
            None if same && is_at(&connection.target) => true,
            None if same && connection.user.as_ref().is_some_and(equal) => false,
            Some(_) | None => continue,
        };
        let earlier = Earlier {
            user: context.value.user.clone(),
            connection,
            same,
            certain,
        };
        // The same cluster before one that the machine had once.
        if same && certain {
            return Some(earlier);
        }
        match &found {
            Some(before) if before.same || !same => {}
            _ => found = Some(earlier),
        }
    }
    found
}

/// The context in whose place a kubeconfig is to be put, by its name.
pub(super) fn named(
    kubeconfigs: &Kubeconfigs,
    request: &Request,
    taken: &Taken,
) -> Option<Earlier> {
    let name = request.name.as_deref().filter(|_| request.replace)?;
    let context = kubeconfigs.chain.context(name)?.value;
    let connection = kubeconfigs.connection(Some(name)).ok()?;
    Some(Earlier {
        user: context.user.clone(),
        same: is_same_cluster(&connection.target, &taken.target),
        certain: true,
        connection,
    })
}

/// Whether two entries have the same CA keys.
pub(super) fn is_same_cluster(a: &Target, b: &Target) -> bool {
    match (&a.trust, &b.trust) {
        (
            Trust::Authority {
                authority: ours, ..
            },
            Trust::Authority {
                authority: theirs, ..
            },
        ) => ours.keys() == theirs.keys(),
        _ => false,
    }
}

/// Whether the CA certificates of an entry have ended: the CA was made anew with its old key since.
pub(super) fn is_out_of_date(entry: &Target) -> bool {
    let now = i64::try_from(crate::world::now().as_secs()).unwrap_or(i64::MAX);
    match &entry.trust {
        Trust::Authority { authority, .. } => authority.not_after() < now,
        Trust::Insecure | Trust::System | Trust::Plain => false,
    }
}

/// Whether two users show the same to a server.
pub(super) fn has_same_credential(a: &User, b: &User) -> bool {
    with_credential(a, b) == *a
}

/// A user with the credential of another one; the rest of it stays.
pub(super) fn with_credential(user: &User, fresh: &User) -> User {
    User {
        client_certificate: fresh.client_certificate.clone(),
        client_certificate_data: fresh.client_certificate_data.clone(),
        client_key: fresh.client_key.clone(),
        client_key_data: fresh.client_key_data.clone(),
        token: fresh.token.clone(),
        token_file: fresh.token_file.clone(),
        username: fresh.username.clone(),
        password: fresh.password.clone(),
        auth_provider: fresh.auth_provider.clone(),
        exec: fresh.exec.clone(),
        ..user.clone()
    }
}

/// A cluster entry with the CA of another one; the rest of it stays.
pub(super) fn with_authority(cluster: &Cluster, fresh: &Cluster) -> Cluster {
    Cluster {
        certificate_authority: fresh.certificate_authority.clone(),
        certificate_authority_data: fresh.certificate_authority_data.clone(),
        insecure_skip_tls_verify: fresh.insecure_skip_tls_verify,
        ..cluster.clone()
    }
}

/// The user entry as it will be; `None` when it is so already.
///
/// Refused where another cluster's context uses the entry: it would get a credential of this one.
pub(super) fn user(
    kubeconfigs: &Kubeconfigs,
    earlier: &Earlier,
    taken: &Taken,
) -> Result<Option<Named<User>>, AddError> {
    let Some((_, old)) = &earlier.connection.user else {
        return Ok(None);
    };
    let fresh = with_credential(old, &taken.user);
    if fresh == *old {
        return Ok(None);
    }
    let mine = &earlier.connection.target.name;
    let other = kubeconfigs
        .chain
        .contexts()
        .find(|context| context.value.user == earlier.user && context.value.cluster != *mine);
    if let Some(other) = other {
        return Err(AddError::SharedUser {
            user: earlier.user.clone(),
            context: argument(other.name),
        });
    }
    Ok(Some(Named::new(earlier.user.clone(), fresh)))
}
