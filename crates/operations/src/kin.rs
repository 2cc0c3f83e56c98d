//! Entries that share a CA, put together once: what a look at a thousand contexts would otherwise search for a
//! thousand times.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::PoisonError;

use identity::Authority;
use identity::SpkiHash;
use identity::authority::AuthorityError;
use kubeconfig::User;
use kubeconfig::chain::Chain;

use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;

/// CAs that were read already, by the hash of their data.
#[derive(Debug, Default)]
pub(crate) struct Authorities(Mutex<HashMap<SpkiHash, Authority>>);

impl Authorities {
    /// Reads CA data, unless the same data was read before.
    pub(crate) fn read(&self, pem: &[u8]) -> Result<Authority, AuthorityError> {
        let hash = SpkiHash::of(pem);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(authority) = known.get(&hash) {
            return Ok(authority.clone());
        }
        let authority = Authority::from_pem(pem)?;
        known.insert(hash, authority.clone());
        Ok(authority)
    }
}

/// A cluster entry that shares its CA with another one, and whom contexts know there.
#[derive(Debug)]
pub(crate) struct Relative {
    pub(crate) target: Target,
    pub(crate) users: Vec<User>,
}

/// The entries of each CA that has several.
#[derive(Debug, Default)]
pub(crate) struct Kin(HashMap<Vec<SpkiHash>, Vec<Relative>>);

impl Kin {
    /// Of all files, shadowed entries too.
    pub(crate) fn of(chain: &Chain, authorities: &Authorities) -> Self {
        let entries = || {
            chain.members().iter().flat_map(|(path, document)| {
                let clusters = &document.config().clusters;
                clusters.iter().map(move |entry| (path.as_path(), entry))
            })
        };
        // Only keys at first: in most fleets every cluster has a CA of its own.
        let mut keys: HashMap<Vec<SpkiHash>, Vec<usize>> = HashMap::new();
        for (number, (file, entry)) in entries().enumerate() {
            let target = Target::read_with(authorities, file, &entry.name, &entry.value);
            if let Ok(Target {
                trust: Trust::Authority { authority, .. },
                ..
            }) = target
            {
                keys.entry(authority.keys()).or_default().push(number);
            }
        }
        keys.retain(|_, numbers| numbers.len() > 1);
        let mut group_of: HashMap<usize, &Vec<SpkiHash>> = HashMap::new();
        for (keys, numbers) in &keys {
            group_of.extend(numbers.iter().map(|number| (*number, keys)));
        }
        let mut kin: HashMap<Vec<SpkiHash>, Vec<Relative>> = HashMap::new();
        if group_of.is_empty() {
            return Self(kin);
        }
        let mut users: HashMap<&str, Vec<&str>> = HashMap::new();
        for context in chain.contexts() {
            let known = users.entry(context.value.cluster.as_str()).or_default();
            known.push(context.value.user.as_str());
        }
        for (number, (file, entry)) in entries().enumerate() {
            let Some(keys) = group_of.get(&number) else {
                continue;
            };
            let target = Target::read_with(authorities, file, &entry.name, &entry.value);
            let Ok(target) = target else {
                continue;
            };
            let users = users.get(entry.name.as_str()).into_iter().flatten();
            let users = users
                .filter_map(|user| chain.user(user))
                .map(|user| user.value.clone())
                .collect();
            kin.entry((*keys).clone())
                .or_default()
                .push(Relative { target, users });
        }
        Self(kin)
    }

    /// The entries of the same CA keys with another server.
    pub(crate) fn namesakes<'a>(
        &'a self,
        target: &'a Target,
    ) -> impl Iterator<Item = &'a Relative> {
        let keys = match &target.trust {
            Trust::Authority { authority, .. } => Some(authority.keys()),
            Trust::Insecure | Trust::System | Trust::Plain => None,
        };
        let group = keys
            .and_then(|keys| self.0.get(&keys))
            .into_iter()
            .flatten();
        group.filter(|other| other.target.cluster.server != target.cluster.server)
    }
}

/// [`Kin`], made when it is first worth it.
pub(crate) type LazyKin = OnceLock<Kin>;
