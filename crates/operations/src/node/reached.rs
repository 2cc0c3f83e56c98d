//! A node's API server, proved by the node's own CA, and asked as its administrator.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::path::Path;

use identity::Authority;
use identity::Limits;
use identity::Pin;
use identity::Proof;
use identity::api::Credentials;
use identity::api::Session;
use kubeconfig::Cluster;
use kubeconfig::User;
use locate::Candidate;
use locate::Source;

use super::access::Access;
use super::access::AccessError;
use crate::add::At;
use crate::add::reach;
use crate::add::reach::Claims;
use crate::add::reach::Unreached;
use crate::credentials;
use crate::credentials::CredentialError;
use crate::kubeconfigs::KubeconfigError;
use crate::kubeconfigs::Kubeconfigs;
use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;
use crate::world::World;

/// What the node's own kubeconfig is called in messages.
const LABEL: &str = "credentials/client.config";

/// A node's API server.
#[derive(Debug)]
pub struct Reached {
    /// A cluster entry that leads there from here.
    cluster: Cluster,
    /// The cluster's CA.
    pub authority: Authority,
    /// What was proved.
    pub proof: Proof,
    /// What the node's own kubeconfig says of it.
    target: Target,
    /// By which name.
    pin: Pin,
    /// Other addresses that the node may be reached at.
    others: Vec<Candidate>,
    /// Whether the node itself names the address.
    own_address: bool,
    /// The administrator.
    pub administrator: Credentials,
}

/// Why a node's API server cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum ReachError {
    /// The node's own kubeconfig is not there.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// It cannot be used.
    #[error(transparent)]
    Kubeconfig(#[from] KubeconfigError),
    /// Its cluster or user is missing.
    #[error("{machine}: credentials/client.config has no usable context")]
    NoContext {
        /// The machine, escaped.
        machine: String,
    },
    /// Its credential cannot be used.
    #[error("{machine}: credentials/client.config: {source}")]
    Credential {
        /// The machine, escaped.
        machine: String,
        /// Why.
        source: CredentialError,
    },
    /// Its CA is missing: nothing can be proved.
    #[error("{machine}: credentials/client.config has no CA: nothing that answers can be proved")]
    NoAuthority {
        /// The machine, escaped.
        machine: String,
    },
    /// No address was proved.
    #[error("{machine}: its API server was not found:{}\n  if you know where it answers: --at ADDRESS", lines(.tried))]
    NotFound {
        /// The machine, escaped.
        machine: String,
        /// What was tried, and the reason.
        tried: Vec<(String, String)>,
    },
    /// Several nodes answer.
    #[error("{machine}: several nodes answer with its CA ({}): choose one with --at ADDRESS", .answers.join(", "))]
    Several {
        /// The machine, escaped.
        machine: String,
        /// Where.
        answers: Vec<String>,
    },
}

fn lines(tried: &[(String, String)]) -> String {
    if tried.is_empty() {
        return " its addresses are not known".to_owned();
    }
    let lines = tried.iter().map(|(what, why)| format!("\n  {what}: {why}"));
    lines.collect()
}

/// What the node's own kubeconfig says of its cluster and its administrator.
#[derive(Debug)]
pub struct Own {
    /// Its cluster.
    pub target: Target,
    /// Its CA.
    pub authority: Authority,
    /// Its administrator.
    pub user: User,
}

impl Own {
    /// Reads it.
    ///
    /// # Errors
    /// [`ReachError`].
    pub fn read(access: &Access) -> Result<Self, ReachError> {
        let document = access.administrator()?;
        let config = document.config();
        let no_context = || ReachError::NoContext {
            machine: access.name(),
        };
        let context = config
            .context(&config.current_context)
            .or_else(|| config.contexts.first().map(|context| &context.value))
            .ok_or_else(no_context)?;
        let cluster = config.cluster(&context.cluster).ok_or_else(no_context)?;
        let user = config.user(&context.user).ok_or_else(no_context)?;
        let cluster = in_itself(cluster);
        let target = Target::read(Path::new(LABEL), &context.cluster, &cluster)?;
        let Trust::Authority { authority, .. } = &target.trust else {
            return Err(ReachError::NoAuthority {
                machine: access.name(),
            });
        };
        Ok(Self {
            authority: authority.clone(),
            target,
            user: user_in_itself(user),
        })
    }
}

/// Whether an address is this machine's own, wherever one is.
fn is_own(address: IpAddr) -> bool {
    let mapped = address.to_canonical();
    mapped == IpAddr::V4(Ipv4Addr::LOCALHOST) || mapped == IpAddr::V6(Ipv6Addr::LOCALHOST)
}

/// A cluster entry that leads to where it was proved.
fn entry(target: &Target, candidate: &Candidate, proof: &Proof) -> Cluster {
    let mut cluster = target.cluster.clone();
    let mut server = target.server.with_address(candidate.address.ip());
    server.port = candidate.address.port();
    cluster.server = server.to_string();
    let moved = Some(candidate.address.ip()) != target.literal();
    if let Some(name) = proof.name_to_write().filter(|_| moved)
        && cluster.tls_server_name.is_none()
    {
        cluster.tls_server_name = Some(name.to_owned());
    }
    cluster
}

/// What the file says of the cluster without another file. A path in it is one of the node's: here it is
/// another file, whose contents nobody meant to send anywhere. A proxy is none of ours either.
fn in_itself(cluster: &Cluster) -> Cluster {
    Cluster {
        server: cluster.server.clone(),
        tls_server_name: cluster.tls_server_name.clone(),
        insecure_skip_tls_verify: cluster.insecure_skip_tls_verify,
        certificate_authority_data: cluster.certificate_authority_data.clone(),
        ..Cluster::default()
    }
}

/// The same of its user: `tokenFile` would send a file of this machine to the node.
fn user_in_itself(user: &User) -> User {
    User {
        client_certificate_data: user.client_certificate_data.clone(),
        client_key_data: user.client_key_data.clone(),
        token: user.token.clone(),
        username: user.username.clone(),
        password: user.password.clone(),
        ..User::default()
    }
}

impl Reached {
    /// Finds a node's API server and proves it: where the machine says that it is, where kubeconfigs of ours say
    /// that its cluster is, or `at`.
    ///
    /// # Errors
    /// [`ReachError`].
    pub async fn find(
        world: &World,
        kubeconfigs: &Kubeconfigs,
        access: &Access,
        at: &[At],
        limits: &Limits,
    ) -> Result<Self, ReachError> {
        let Own {
            target,
            authority,
            user,
        } = Own::read(access)?;
        let administrator =
            credentials::of(Path::new(LABEL), &user).map_err(|source| ReachError::Credential {
                machine: access.name(),
                source,
            })?;
        let claims = reach::claims(world, Some(&access.machine), at, &target).await;
        let others = claims.others.clone();
        let mut found = reach::reach(world, claims, &target, None, limits).await;
        // Ours may name other nodes of the cluster: only where the node itself names nothing that answers.
        if at.is_empty()
            && let Err(Unreached::Nobody { tried, .. }) = &mut found
        {
            let known = kubeconfigs.namesakes(&target).filter_map(|known| {
                let address = (known.literal()?, known.server.port).into();
                Some(Candidate::new(address, Source::LastGood))
            });
            let claims = Claims {
                others: known.collect(),
                ..Claims::default()
            };
            if !claims.others.is_empty() {
                let before = std::mem::take(tried);
                found = reach::reach(world, claims, &target, None, limits).await;
                if let Err(Unreached::Nobody { tried, .. }) = &mut found {
                    tried.splice(0..0, before);
                }
            }
        }
        let (candidate, proof) = found.map_err(|unreached| match unreached {
            Unreached::Nobody { tried, .. } => ReachError::NotFound {
                machine: access.name(),
                tried,
            },
            Unreached::Several(answers) => ReachError::Several {
                machine: access.name(),
                answers: answers.iter().map(ToString::to_string).collect(),
            },
        })?;
        Ok(Self {
            cluster: entry(&target, &candidate, &proof),
            authority,
            pin: target.pin(),
            target,
            others,
            own_address: candidate.source == Source::Entry,
            proof,
            administrator,
        })
    }

    /// A cluster entry for a kubeconfig that goes to another machine. Where the API server was found at this
    /// machine's own loopback address, it is the first other address at which it is the very same one; `None`
    /// if there is none.
    pub async fn from_elsewhere(&self, world: &World, limits: &Limits) -> Option<Cluster> {
        if !is_own(self.proof.address.ip()) {
            return Some(self.cluster.clone());
        }
        for other in self.others.iter().filter(|it| !is_own(it.address.ip())) {
            let claims = Claims {
                others: vec![other.clone()],
                ..Claims::default()
            };
            let found = reach::reach(world, claims, &self.target, None, limits).await;
            if let Ok((candidate, proof)) = found
                && proof.leaf.fingerprint == self.proof.leaf.fingerprint
            {
                return Some(entry(&self.target, &candidate, &proof));
            }
        }
        None
    }

    /// A cluster entry that leads there from here.
    pub fn from_here(&self) -> Cluster {
        self.cluster.clone()
    }

    /// A session with these credentials.
    pub(crate) fn session<'a>(
        &'a self,
        credentials: &'a Credentials,
        limits: &Limits,
    ) -> Session<'a> {
        Session {
            address: self.proof.address,
            leaf: self.proof.leaf.key,
            authority: &self.authority,
            pin: &self.pin,
            base: &self.target.server.path,
            own_address: self.own_address,
            credentials,
            limits: *limits,
        }
    }
}
