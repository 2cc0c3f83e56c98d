//! Certificates of all entries, each distinct one read once: ten thousand entries may have one CA.

use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

use identity::Authority;
use identity::SpkiHash;
use identity::authority::AuthorityError;
use kubeconfig::Cluster;
use kubeconfig::User;

use super::beside::Besides;
use super::certificate::Certificate;
use super::file::File;
use super::subject::Entries;
use super::subject::held;

/// The CA of an entry.
pub(super) struct Ca {
    pub(super) certificates: Vec<Certificate>,
    /// Its keys; or why clients refuse it.
    pub(super) keys: Result<Vec<SpkiHash>, AuthorityError>,
}

/// The CA of each cluster entry and the certificates of each user entry, where they could be read.
pub(super) struct Material<'a> {
    pub(super) authorities: Vec<Option<Rc<Ca>>>,
    pub(super) certificates: Vec<Option<Rc<Vec<Certificate>>>>,
    /// The bytes of each user's certificates.
    pub(super) pems: Vec<Option<&'a [u8]>>,
}

impl<'a> Material<'a> {
    pub(super) fn read(
        files: &[File],
        besides: &'a Besides,
        clusters: &Entries<'a, Cluster>,
        users: &Entries<'a, User>,
    ) -> Self {
        let path = |file: usize| files.get(file).map_or(Path::new(""), |file| &file.path);
        let mut known = HashMap::new();
        let authorities = clusters.all.iter().map(|entry| {
            let pem = held(
                besides,
                path(entry.file),
                entry.value.certificate_authority_data.as_deref(),
                entry.value.certificate_authority.as_deref(),
            )?;
            let ca = known.entry(pem).or_insert_with(|| Rc::new(ca(pem)));
            Some(Rc::clone(ca))
        });
        let authorities = authorities.collect();
        let pems: Vec<Option<&'a [u8]>> = users
            .all
            .iter()
            .map(|entry| {
                held(
                    besides,
                    path(entry.file),
                    entry.value.client_certificate_data.as_deref(),
                    entry.value.client_certificate.as_deref(),
                )
            })
            .collect();
        let mut known = HashMap::new();
        let certificates = pems.iter().map(|pem| {
            let pem = (*pem)?;
            let read = known
                .entry(pem)
                .or_insert_with(|| Rc::new(Certificate::all(pem)));
            Some(Rc::clone(read))
        });
        Self {
            authorities,
            certificates: certificates.collect(),
            pems,
        }
    }

    /// The CA of a cluster entry, by its number.
    pub(super) fn authority(&self, cluster: usize) -> Option<&Ca> {
        self.authorities.get(cluster)?.as_deref()
    }

    /// The certificate of a user entry, by its number.
    pub(super) fn certificate(&self, user: usize) -> Option<&Certificate> {
        self.certificates.get(user)?.as_deref()?.first()
    }
}

fn ca(pem: &[u8]) -> Ca {
    Ca {
        certificates: Certificate::all(pem),
        keys: Authority::from_pem(pem).map(|authority| authority.keys()),
    }
}
