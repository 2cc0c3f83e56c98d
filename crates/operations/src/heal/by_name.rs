//! `--by-name`: the address out of the entry, the machine's name in.

use std::net::SocketAddr;
use std::time::Duration;

use kubeconfig::redact::escape;
use locate::Source;
use locate::hosts_ics;

use super::decide::Answer;
use crate::kubeconfigs::Target;
use crate::world::World;

/// Why no name can take the address's place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ByNameError {
    /// Nothing knows a name of the machine.
    #[error(
        "no source knows a DNS name of {0}: give it with --by-name=NAME, or as `host` of the cluster in config.toml"
    )]
    NoName(SocketAddr),
    /// The name does not resolve.
    #[error("{} does not resolve ({cause}), so kubectl could not follow it", escape(.name))]
    Unresolved {
        /// The name.
        name: String,
        /// The resolver's text.
        cause: String,
    },
    /// It names this machine, wherever it is read.
    #[error("{} is this machine: the entry would become a tunnel that nobody follows", escape(.0))]
    ThisMachine(String),
    /// The certificate proves neither the name nor that it is an API server's.
    #[error("the certificate at {address} carries neither {} nor the cluster's own names, so kubectl would refuse it under that name", escape(.name))]
    NotCarried {
        /// The name.
        name: String,
        /// Where the cluster is.
        address: SocketAddr,
    },
    /// It resolves to another machine.
    #[error("{} resolves to {}, not to {address} where the cluster was proved", escape(.name), .found.join(", "))]
    Elsewhere {
        /// The name.
        name: String,
        /// Where it leads.
        found: Vec<String>,
        /// Where the cluster is.
        address: SocketAddr,
    },
}

/// The name to write for a proved peer: the given one, else that of config.toml, else the one that a source
/// has for its address. It must resolve to that address now, by the resolver that kubectl uses.
///
/// # Errors
/// [`ByNameError`].
pub async fn name_of(
    world: &World,
    target: &Target,
    answer: &Answer,
    given: Option<&str>,
) -> Result<String, ByNameError> {
    const PATIENCE: Duration = Duration::from_secs(2);
    let address = answer.1.address;
    let name = match given
        .map(str::to_owned)
        .or_else(|| world.settings.hints(&target.name).host)
    {
        Some(name) => name,
        None => known_name(world, answer)
            .await
            .ok_or(ByNameError::NoName(address))?,
    };
    let bare = name.trim_end_matches('.').to_ascii_lowercase();
    if bare == "localhost" || bare.ends_with(".localhost") {
        return Err(ByNameError::ThisMachine(name));
    }
    let unresolved = |cause: String| ByNameError::Unresolved {
        name: name.clone(),
        cause,
    };
    let found = tokio::time::timeout(PATIENCE, world.resolver.resolve(name.clone()))
        .await
        .map_err(|_| unresolved("the resolver did not answer".to_owned()))?
        .map_err(|error| unresolved(error.to_string()))?;
    if !found.contains(&address.ip()) {
        let found = found.iter().map(ToString::to_string).collect();
        return Err(ByNameError::Elsewhere {
            name,
            found,
            address,
        });
    }
    let leaf = &answer.1.leaf;
    if !leaf.carries(&name) && !leaf.carries_cluster_names() {
        return Err(ByNameError::NotCarried { name, address });
    }
    Ok(name)
}

async fn known_name(world: &World, (candidate, proof): &Answer) -> Option<String> {
    if matches!(
        candidate.source,
        Source::Dns | Source::Mshome | Source::HostsIcs
    ) && candidate.name.is_some()
    {
        return candidate.name.clone();
    }
    for path in world.hosts_ics.iter().chain(&world.settings.hosts_ics) {
        let records = hosts_ics::collect(path).await.unwrap_or_default();
        if let Some(record) = records
            .into_iter()
            .find(|record| record.address == proof.address.ip())
        {
            return Some(record.name);
        }
    }
    None
}
