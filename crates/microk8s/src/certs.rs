//! A node's certificates: whose they are, how long they last, who signed them, whether their key is theirs.
//!
//! Texts in them are as the files hold them; whoever shows them on a terminal escapes them.

mod authority;
mod key;
mod parse;
mod role;

use std::net::IpAddr;

use kubeconfig::Document;
use machines::Entry;
use machines::Kind;
use machines::Tree;
use serde::Serialize;
use serde::Serializer;

pub(crate) use self::authority::Authorities;
pub use self::key::KeyMatch;
pub(crate) use self::key::belongs;
pub(crate) use self::key::of_entry;
pub(crate) use self::parse::Chain;
pub use self::role::Role;

/// A file with a certificate, or a kubeconfig that holds one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFile {
    /// The file.
    pub path: String,
    /// What it is for.
    pub role: Role,
    /// What is in it.
    pub certificate: Result<Certificate, CertificateError>,
}

/// A certificate. Of a file with several the first, which is the one that is presented.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Certificate {
    /// Whom it names.
    pub subject: Name,
    /// The common name of whoever issued it. Every cluster's CA is called `10.152.183.1`, so that it says
    /// little: see [`Certificate::signed_by`].
    pub issuer: Option<String>,
    /// Its serial number, in hexadecimal.
    pub serial: String,
    /// The DNS names that it covers.
    pub names: Vec<String>,
    /// The addresses that it covers.
    pub addresses: Vec<IpAddr>,
    /// Begin of its validity, seconds since the Unix epoch.
    pub not_before: i64,
    /// End of its validity, seconds since the Unix epoch.
    pub not_after: i64,
    /// Its version: 3, or 1. Programs that use rustls refuse client certificates of version 1
    /// (canonical/microk8s#5447).
    pub version: u32,
    /// Whether it may sign others.
    pub is_ca: bool,
    /// What its extended key usage allows; `None` where it has none, which allows everything.
    pub usage: Option<Usage>,
    /// The SHA-256 of its public key, `sha256:` and 64 hexadecimal digits.
    pub public_key: String,
    /// The file of the CA that signed it: `ca.crt`, `front-proxy-ca.crt`, `ca.remote.crt`, or the file
    /// itself. `None` where none of them did.
    pub signed_by: Option<String>,
    /// Whether its private key belongs to it.
    pub private_key: KeyMatch,
    /// How many certificates the file holds.
    pub count: usize,
}

/// A name in a certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Name {
    /// `CN`: to Kubernetes, the user.
    pub common_name: Option<String>,
    /// `O`: to Kubernetes, the groups.
    pub organizations: Vec<String>,
}

/// What a certificate's extended key usage allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// To be a TLS client.
    pub client: bool,
    /// To be a TLS server.
    pub server: bool,
}

/// Why a file's certificate is unknown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The file could not be read.
    #[error("it cannot be read: {0}")]
    NotReadable(String),
    /// The file is a symbolic link, which was not followed.
    #[error("it is a link to {0}, which was not followed")]
    Link(String),
    /// The file is empty.
    #[error("it is empty; a full disk does that to a file that is being written")]
    Empty,
    /// The file has no PEM certificate in it.
    #[error("it holds no PEM certificate")]
    NotPem,
    /// A PEM block that ends early or is not Base64.
    #[error("its PEM is damaged")]
    DamagedPem,
    /// A PEM block with something else than a certificate in it.
    #[error("what is in its PEM is not a certificate")]
    NotX509,
}

impl Certificate {
    /// Those of the addresses that it does not cover.
    pub fn missing(&self, addresses: &[IpAddr]) -> Vec<IpAddr> {
        let covers = |address: &IpAddr| {
            self.addresses
                .iter()
                .any(|covered| covered.to_canonical() == address.to_canonical())
        };
        addresses
            .iter()
            .copied()
            .filter(|address| !covers(address))
            .collect()
    }

    /// The whole days until its end; negative when that is past.
    pub fn days_left(&self, now: i64) -> i64 {
        self.not_after.saturating_sub(now).div_euclid(24 * 60 * 60)
    }

    /// Whether its end is past.
    pub fn has_expired(&self, now: i64) -> bool {
        now > self.not_after
    }
}

impl CertificateFile {
    /// The command that makes it anew on this node: that of its role, unless another CA than the node's own
    /// signed it. A worker's certificates come from the cluster that it joined, and a kubelet of the token
    /// era signs its own.
    pub fn renewed_by(&self) -> Option<&'static str> {
        let is_foreign = self
            .signed_by()
            .is_some_and(|signer| signer.ends_with("/ca.remote.crt"));
        if is_foreign || self.is_kubelets_own() {
            return None;
        }
        self.role.renewed_by()
    }

    /// What stops working at its end: that of its role, unless a kubelet signed it itself, in the token era.
    /// The API server has no `--kubelet-certificate-authority` then, and verifies nothing.
    pub fn stops(&self) -> &'static str {
        if self.is_kubelets_own() {
            return "nothing of MicroK8s: the API server does not verify a certificate that a kubelet signed itself";
        }
        self.role.stops()
    }

    fn signed_by(&self) -> Option<&str> {
        self.certificate.as_ref().ok()?.signed_by.as_deref()
    }

    fn is_kubelets_own(&self) -> bool {
        self.role == Role::Kubelet && self.signed_by() == Some(&self.path)
    }
}

impl Serialize for CertificateFile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Row<'a> {
            path: &'a str,
            role: &'a Role,
            #[serde(flatten)]
            certificate: Option<&'a Certificate>,
            #[serde(skip_serializing_if = "Option::is_none")]
            error: Option<String>,
        }
        Row {
            path: &self.path,
            role: &self.role,
            certificate: self.certificate.as_ref().ok(),
            error: self.certificate.as_ref().err().map(ToString::to_string),
        }
        .serialize(serializer)
    }
}

/// Reads the certificates of a node: those below `certs/`, that of dqlite, and those in the kubeconfigs of
/// `credentials/`. `data` is the folder of the revision that runs, `/var/snap/microk8s/current`.
pub fn read(tree: &Tree, data: &str) -> Vec<CertificateFile> {
    let data = data.trim_end_matches('/');
    let authorities = Authorities::read(tree, data);
    let (certs, dqlite, credentials) = (
        format!("{data}/certs/"),
        format!("{data}/var/kubernetes/backend/cluster.crt"),
        format!("{data}/credentials/"),
    );
    let mut rows = Vec::new();
    for (path, entry) in &tree.entries {
        if matches!(entry.kind, Kind::Folder) {
            continue;
        }
        let in_certs = path.strip_prefix(&certs).filter(|_| is_certificate(path));
        if in_certs.is_some() || *path == dqlite {
            let role = in_certs.map_or(Role::Dqlite, Role::of);
            rows.push(file(tree, path, entry, role, &authorities));
        } else if let Some(name) = path.strip_prefix(&credentials)
            && name.ends_with(".config")
            && let Some(certificate) = embedded(entry, path, &authorities)
        {
            rows.push(CertificateFile {
                path: path.clone(),
                role: Role::Embedded {
                    file: name.to_owned(),
                },
                certificate,
            });
        }
    }
    rows
}

fn is_certificate(path: &str) -> bool {
    path.strip_suffix(".crt")
        .is_some_and(|stem| !stem.ends_with('/'))
}

fn file(
    tree: &Tree,
    path: &str,
    entry: &Entry,
    role: Role,
    authorities: &Authorities,
) -> CertificateFile {
    let certificate = content(entry).and_then(Chain::from_pem).and_then(|chain| {
        let key = path
            .strip_suffix(".crt")
            .and_then(|stem| tree.entries.get(&format!("{stem}.key")));
        let private_key = key.map_or(KeyMatch::NoKey, |key| of_entry(key, &chain));
        chain.certificate(path, authorities, private_key)
    });
    CertificateFile {
        path: path.to_owned(),
        role,
        certificate,
    }
}

/// The certificate of a kubeconfig's first user who has one. What is wrong with the kubeconfig as such is
/// told by [`crate::credentials`].
fn embedded(
    entry: &Entry,
    path: &str,
    authorities: &Authorities,
) -> Option<Result<Certificate, CertificateError>> {
    let document = Document::parse(content(entry).ok()?.to_vec()).ok()?;
    let user = document
        .config()
        .users
        .iter()
        .map(|user| &user.value)
        .find(|user| user.client_certificate_data.is_some())?;
    let pem = user.client_certificate_data.as_deref()?;
    Some(Chain::from_pem(pem).and_then(|chain| {
        let key = user.client_key_data.as_ref();
        let private_key = key.map_or(KeyMatch::NoKey, |key| belongs(key.expose(), &chain));
        chain.certificate(path, authorities, private_key)
    }))
}

fn content(entry: &Entry) -> Result<&[u8], CertificateError> {
    match &entry.kind {
        Kind::File(bytes) if bytes.iter().all(u8::is_ascii_whitespace) => {
            Err(CertificateError::Empty)
        }
        Kind::File(bytes) => Ok(bytes),
        Kind::Link(to) => Err(CertificateError::Link(to.clone())),
        Kind::Unreadable(why) => Err(CertificateError::NotReadable(why.clone())),
        Kind::PrivateKey(_) | Kind::Folder => Err(CertificateError::NotPem),
    }
}
