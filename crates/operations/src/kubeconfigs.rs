//! The kubeconfig chain on disk, and the connection that a context describes.

use std::net::IpAddr;
use std::path::Path;
use std::path::PathBuf;

use identity::Authority;
use identity::EntryHost;
use identity::Pin;
use identity::authority::AuthorityError;
use kubeconfig::Cluster;
use kubeconfig::Context;
use kubeconfig::Document;
use kubeconfig::ParseError;
use kubeconfig::User;
use kubeconfig::chain;
use kubeconfig::chain::Chain;
use kubeconfig::redact::escape;
use kubeconfig::server::Host;
use kubeconfig::server::Scheme;
use kubeconfig::server::Server;
use kubeconfig::server::ServerError;
use store::StoreError;

use crate::kin::Authorities;
use crate::kin::Kin;
use crate::kin::LazyKin;
use crate::near;
use crate::session;
use crate::unusable::mended_by;
use crate::unusable::unusable;

/// The files of the chain that exist, parsed.
#[derive(Debug)]
pub struct Kubeconfigs {
    /// What the chain means.
    pub chain: Chain,
    /// Every path of the chain in order, whether the file exists or not.
    pub paths: Vec<PathBuf>,
    /// What `--kubeconfig` named, for the commands that are told.
    pub named: Option<PathBuf>,
    authorities: Authorities,
    kin: LazyKin,
}

/// Why a kubeconfig, or something in it, cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KubeconfigError {
    /// The file cannot be read.
    #[error("{}", unusable(.0))]
    Read(#[from] StoreError),
    /// The file is not a kubeconfig.
    #[error("{}: {source}{}", .path.display(), mended_by(.path, .source))]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: ParseError,
    },
    /// No context was asked for, and none is current.
    #[error("no current context in {files}: {}", if *.empty { "it has no contexts; take one in with `bowline add FILE`" } else { "choose one with `bowline config use-context NAME`" })]
    NoCurrentContext {
        /// The files of the chain.
        files: String,
        /// Whether there is none to choose.
        empty: bool,
    },
    /// The file that holds this terminal's choice is gone, and the guard says so.
    #[error("this terminal's own choice is gone: choose again with `bowline use CONTEXT`")]
    SessionGone,
    /// The file that `--kubeconfig` names does not exist.
    #[error("{} does not exist", .0.display())]
    NoFile(PathBuf),
    /// There is no such context.
    #[error("there is no context {} in {files}{}", near::shown(.name), near::hint(.name, .known))]
    NoSuchContext {
        /// What was asked for.
        name: String,
        /// Those that exist.
        known: Vec<String>,
        /// The files of the chain.
        files: String,
    },
    /// The context refers to something that does not exist.
    #[error("context {} in {}: its {kind} {} does not exist{meant}", escape(.context), .file.display(), escape(.name))]
    Dangling {
        /// The context.
        context: String,
        /// Its file.
        file: PathBuf,
        /// `cluster` or `user`.
        kind: &'static str,
        /// The name.
        name: String,
        /// Which may be meant, as [`near::guess`] says it.
        meant: String,
    },
    /// The server is not a URL.
    #[error("cluster {} in {}: {source}; set it with `bowline config set-cluster NAME --server=https://HOST:PORT`", escape(.cluster), .file.display())]
    Server {
        /// The cluster.
        cluster: String,
        /// Its file.
        file: PathBuf,
        /// Why.
        source: ServerError,
    },
    /// The CA data or file is not usable.
    #[error("cluster {} in {}: {source}; fetch its kubeconfig anew, with MicroK8s: `microk8s config`", escape(.cluster), .file.display())]
    Authority {
        /// The cluster.
        cluster: String,
        /// Its file.
        file: PathBuf,
        /// Why.
        source: AuthorityError,
    },
    /// The CA file that the entry names does not exist.
    #[error("cluster {} in {}: its certificate-authority {} does not exist", escape(.cluster), .file.display(), escape(&.ca.to_string_lossy()))]
    NoCaFile {
        /// The cluster.
        cluster: String,
        /// Its file.
        file: PathBuf,
        /// The CA file.
        ca: PathBuf,
    },
}

impl Kubeconfigs {
    /// Reads all files of a chain; those that do not exist are passed over, as kubectl does.
    ///
    /// # Errors
    /// [`KubeconfigError::Read`] and [`KubeconfigError::Parse`] name the file.
    pub fn load(paths: Vec<PathBuf>) -> Result<Self, KubeconfigError> {
        let mut members = Vec::new();
        for path in &paths {
            if let Some(bytes) = store::read(path)? {
                let parsed = Document::parse(bytes).map_err(|source| KubeconfigError::Parse {
                    path: path.clone(),
                    source,
                })?;
                members.push((path.clone(), parsed));
            }
        }
        Ok(Self::of(paths, Chain::new(members)))
    }

    /// A chain that was read already.
    pub(crate) fn of(paths: Vec<PathBuf>, chain: Chain) -> Self {
        Self {
            chain,
            paths,
            authorities: Authorities::default(),
            named: None,
            kin: LazyKin::default(),
        }
    }

    /// Checks that a file of the chain exists, where one was named on the command line: a mistyped name must
    /// not look like an empty kubeconfig.
    ///
    /// # Errors
    /// [`KubeconfigError::NoFile`].
    pub fn require_file(&self) -> Result<(), KubeconfigError> {
        match self.paths.first() {
            Some(path) if self.chain.members().is_empty() => {
                Err(KubeconfigError::NoFile(path.clone()))
            }
            _ => Ok(()),
        }
    }

    /// The chain's files, for messages.
    pub fn files(&self) -> String {
        near::files(self.paths.iter().map(PathBuf::as_path))
    }

    /// The file that new entries go to: the sole one, else the first that exists, else the last
    /// (client-go `tools/clientcmd/config.go`, `getConfigFromFile`; kubectl's own rule). Never a terminal's session.
    pub fn destination(&self) -> Option<&Path> {
        let members = self.chain.members().iter().map(|(path, _)| path);
        let first = members.into_iter().find(|path| !session::is_ours(path));
        let last = || self.paths.iter().rfind(|path| !session::is_ours(path));
        first.or_else(last).map(PathBuf::as_path)
    }

    /// The name of the current context.
    ///
    /// # Errors
    /// [`KubeconfigError::NoCurrentContext`].
    pub fn current_context(&self) -> Result<String, KubeconfigError> {
        match self.chain.current_context() {
            // Whatever other programs wrote there, the guard chooses nothing.
            Some((file, name)) if session::is_guard(file) || session::is_guard_context(name) => {
                Err(KubeconfigError::SessionGone)
            }
            Some((_, name)) => Ok(name.to_owned()),
            None => Err(KubeconfigError::NoCurrentContext {
                files: self.files(),
                empty: self.chain.contexts().next().is_none(),
            }),
        }
    }

    /// The contexts that a command is about: those named, or all, or the current one.
    ///
    /// # Errors
    /// [`KubeconfigError`] when one does not exist.
    pub fn chosen_contexts(
        &self,
        named: &[String],
        all: bool,
    ) -> Result<Vec<String>, KubeconfigError> {
        if all {
            return Ok(self
                .chain
                .contexts()
                .map(|context| context.name.to_owned())
                .collect());
        }
        if named.is_empty() {
            return Ok(vec![self.current_context()?]);
        }
        let mut chosen: Vec<String> = Vec::new();
        for name in named {
            self.require_context(name)?;
            if !chosen.contains(name) {
                chosen.push(name.clone());
            }
        }
        Ok(chosen)
    }

    /// Checks that a context exists.
    ///
    /// # Errors
    /// [`KubeconfigError::NoSuchContext`] names those that do.
    pub fn require_context(
        &self,
        name: &str,
    ) -> Result<chain::Entry<'_, Context>, KubeconfigError> {
        self.chain.context(name).ok_or_else(|| {
            if session::is_guard_context(name) {
                return KubeconfigError::SessionGone;
            }
            let known = self
                .chain
                .contexts()
                .map(|entry| entry.name.to_owned())
                .collect();
            KubeconfigError::NoSuchContext {
                name: name.to_owned(),
                known,
                files: self.files(),
            }
        })
    }

    /// What a context says, all of it: `None` asks for the current context.
    ///
    /// # Errors
    /// [`KubeconfigError`] names the context, entry and file.
    pub fn connection(&self, context: Option<&str>) -> Result<Connection, KubeconfigError> {
        let name = match context {
            Some(name) => name.to_owned(),
            None => self.current_context()?,
        };
        let context = self.require_context(&name)?;
        let dangling = |kind, missing: &str, meant| KubeconfigError::Dangling {
            context: name.clone(),
            file: context.file.to_owned(),
            kind,
            name: missing.to_owned(),
            meant,
        };
        let clusters = || self.chain.clusters().map(|entry| entry.name);
        let users = || self.chain.users().map(|entry| entry.name);
        let cluster = self.chain.cluster(&context.value.cluster).ok_or_else(|| {
            let missing = &context.value.cluster;
            dangling("cluster", missing, near::guess(missing, clusters()))
        })?;
        let user = match context.value.user.as_str() {
            "" => None,
            user => Some(
                self.chain
                    .user(user)
                    .ok_or_else(|| dangling("user", user, near::guess(user, users())))?,
            ),
        };
        let target =
            Target::read_with(&self.authorities, cluster.file, cluster.name, cluster.value)?;
        Ok(Connection {
            context: name.clone(),
            target,
            user: user.map(|user| (user.file.to_owned(), user.value.clone())),
        })
    }

    /// The cluster entry of a given name, for `--cluster`.
    ///
    /// # Errors
    /// [`KubeconfigError`]; `Ok(None)` when there is none.
    pub fn target(&self, cluster: &str) -> Result<Option<Target>, KubeconfigError> {
        let entry = self.chain.cluster(cluster);
        entry
            .map(|entry| Target::read(entry.file, entry.name, entry.value))
            .transpose()
    }

    /// The other entries of the same CA keys with another server, in all files: nodes of the same cluster,
    /// stale copies, or other clusters of a shared CA.
    pub fn namesakes(&self, target: &Target) -> impl Iterator<Item = Target> {
        let authority = match &target.trust {
            Trust::Authority { authority, .. } => Some(authority),
            Trust::Insecure | Trust::System | Trust::Plain => None,
        };
        self.cluster_entries().filter_map(move |(file, name, cluster)| {
            let authority = authority?;
            if cluster.server == target.cluster.server {
                return None;
            }
            let data = cluster.certificate_authority_data.as_deref();
            if data.is_some_and(|data| !authority.may_share_key(data)) {
                return None;
            }
            let other = Target::read(file, name, cluster).ok()?;
            let same = matches!(&other.trust, Trust::Authority { authority: theirs, .. } if theirs.keys() == authority.keys());
            same.then_some(other)
        })
    }

    /// The entries that share a CA. Finding them costs as much as reading every CA once: worth it for what is
    /// about many contexts; for one, [`Kubeconfigs::namesakes`] is quicker.
    pub(crate) fn kin(&self) -> &Kin {
        self.kin
            .get_or_init(|| Kin::of(&self.chain, &self.authorities))
    }

    /// [`Kubeconfigs::kin`], where it was found already.
    pub(crate) fn known_kin(&self) -> Option<&Kin> {
        self.kin.get()
    }

    /// Every cluster entry of every file, shadowed ones too.
    pub fn cluster_entries(&self) -> impl Iterator<Item = (&Path, &str, &Cluster)> {
        self.chain.members().iter().flat_map(|(path, document)| {
            let clusters = &document.config().clusters;
            clusters
                .iter()
                .map(move |named| (path.as_path(), named.name.as_str(), &named.value))
        })
    }
}

/// A context, resolved.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The context's name.
    pub context: String,
    /// Its cluster entry.
    pub target: Target,
    /// Its user entry and the file that holds it; `None` when the context names no user.
    pub user: Option<(PathBuf, User)>,
}

/// A cluster entry with everything that its identity depends on.
#[derive(Clone, Debug)]
pub struct Target {
    /// The file that holds the entry.
    pub file: PathBuf,
    /// The entry's name.
    pub name: String,
    /// The entry.
    pub cluster: Cluster,
    /// Its server.
    pub server: Server,
    /// How its identity can be proved.
    pub trust: Trust,
}

/// What an entry trusts.
#[derive(Clone, Debug)]
pub enum Trust {
    /// A CA of its own.
    Authority {
        /// The CA.
        authority: Authority,
        /// Its data as it stands in the entry or file.
        pem: Vec<u8>,
    },
    /// `insecure-skip-tls-verify`.
    Insecure,
    /// No CA: the system's, which vouches for names and not for clusters.
    System,
    /// Not TLS at all.
    Plain,
}

impl Target {
    /// Reads the CA (from the entry, or the file it names) and the server.
    ///
    /// # Errors
    /// [`KubeconfigError`] names the entry and its file.
    pub fn read(file: &Path, name: &str, cluster: &Cluster) -> Result<Self, KubeconfigError> {
        Self::read_with(&Authorities::default(), file, name, cluster)
    }

    /// The same, with CAs that were read already.
    pub(crate) fn read_with(
        authorities: &Authorities,
        file: &Path,
        name: &str,
        cluster: &Cluster,
    ) -> Result<Self, KubeconfigError> {
        let server = Server::parse(&cluster.server).map_err(|source| KubeconfigError::Server {
            cluster: name.to_owned(),
            file: file.to_owned(),
            source,
        })?;
        let trust = if server.scheme == Scheme::Http {
            Trust::Plain
        } else if cluster.insecure_skip_tls_verify {
            Trust::Insecure
        } else {
            match ca_data(file, name, cluster)? {
                None => Trust::System,
                Some(pem) => {
                    let authority =
                        authorities
                            .read(&pem)
                            .map_err(|source| KubeconfigError::Authority {
                                cluster: name.to_owned(),
                                file: file.to_owned(),
                                source,
                            })?;
                    Trust::Authority { authority, pem }
                }
            }
        };
        Ok(Self {
            file: file.to_owned(),
            name: name.to_owned(),
            cluster: cluster.clone(),
            server,
            trust,
        })
    }

    /// The name that the entry asks for.
    pub fn pin(&self) -> Pin {
        let explicit = self
            .cluster
            .tls_server_name
            .clone()
            .filter(|name| !name.is_empty());
        let host = match &self.server.host {
            Host::Ip(address) => EntryHost::Address(*address),
            Host::Name(name) => EntryHost::Name(name.clone()),
        };
        Pin { explicit, host }
    }

    /// The address, when the server is an address literal.
    pub fn literal(&self) -> Option<IpAddr> {
        match &self.server.host {
            Host::Ip(address) => Some(*address),
            Host::Name(_) => None,
        }
    }
}

/// `certificate-authority-data` wins over the file (client-go `rest.TLSConfigFor`).
pub(crate) fn ca_data(
    file: &Path,
    name: &str,
    cluster: &Cluster,
) -> Result<Option<Vec<u8>>, KubeconfigError> {
    if let Some(data) = cluster
        .certificate_authority_data
        .as_ref()
        .filter(|data| !data.is_empty())
    {
        return Ok(Some(data.clone()));
    }
    let Some(path) = cluster
        .certificate_authority
        .as_deref()
        .filter(|path| !path.is_empty())
    else {
        return Ok(None);
    };
    let ca = chain::resolve(file, path);
    // A pipe would be waited for, a device has no end.
    if std::fs::metadata(&ca).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        return Err(StoreError::NotAFile { path: ca }.into());
    }
    match store::read(&ca)? {
        Some(bytes) => Ok(Some(bytes)),
        None => Err(KubeconfigError::NoCaFile {
            cluster: name.to_owned(),
            file: file.to_owned(),
            ca,
        }),
    }
}
