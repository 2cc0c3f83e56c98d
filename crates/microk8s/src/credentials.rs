//! A node's credential files as a table: what each says it is, and whom the cluster takes its bearer for.
//!
//! The two differ more often than not: a kubeconfig's user entry is only a label, and `scheduler.config` may
//! well say `admin`. What counts is the token's line in `known_tokens.csv`, or the certificate's subject.
//! No row holds a secret. Texts are as the files hold them; whoever shows them on a terminal escapes them.

mod judge;
mod place;

use kubeconfig::Secret;
use machines::Entry;
use machines::Kind as EntryKind;
use machines::Owner;
use machines::Tree;
use serde::Serialize;
use serde::Serializer;

use crate::certs::Authorities;
use crate::tokens::KnownTokens;

use self::judge::Judge;
pub use self::place::Place;
use self::place::Shape;

/// Whom the API server takes the bearer of a token for: a name and groups.
pub type Resolve<'a> = dyn Fn(&Secret) -> Option<(String, Vec<String>)> + 'a;

/// A file with credentials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CredentialFile {
    /// The file.
    pub path: String,
    /// Which copy of the node's credentials it belongs to.
    #[serde(flatten)]
    pub place: Place,
    /// Whether it is a copy that the node no longer uses: of another revision, or a backup. Its credentials
    /// may work all the same.
    pub stale: bool,
    /// Permission bits, `"0660"` in JSON.
    #[serde(serialize_with = "octal")]
    pub mode: Option<u32>,
    /// Whose it is: a name, or a number where there is none.
    pub owner: Option<String>,
    /// Whose group's it is.
    pub group: Option<String>,
    /// Last change, seconds since the Unix epoch.
    pub modified: i64,
    /// What is in it.
    #[serde(flatten)]
    pub content: Content,
}

/// What is in a file with credentials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
#[non_exhaustive]
pub enum Content {
    /// A kubeconfig.
    Kubeconfig(Kubeconfig),
    /// `known_tokens.csv`.
    Tokens {
        /// How many lines give a token to a user.
        users: usize,
    },
    /// `basic_auth.csv`, which MicroK8s up to 1.18 had.
    Passwords {
        /// How many lines give a password to a user.
        users: usize,
    },
    /// Tokens with which machines join the cluster; what is in them is not looked at.
    JoinTokens,
    /// A file that could not be read.
    Unreadable {
        /// Why.
        reason: String,
    },
}

/// A kubeconfig: its current context, or what is in it when it has only one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Kubeconfig {
    /// `current-context`.
    pub context: Option<String>,
    /// The name of its cluster entry.
    pub cluster: Option<String>,
    /// Its server, without a password in the URL.
    pub server: Option<String>,
    /// The name of its user entry.
    pub name: Option<String>,
    /// How it logs in.
    #[serde(flatten)]
    pub kind: Kind,
    /// Whom the cluster takes the bearer for; `None` where it takes it for nobody, or that is not known.
    pub user: Option<Identity>,
    /// Whether it works.
    #[serde(flatten)]
    pub state: State,
}

/// A user of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// The name, for RBAC.
    pub name: String,
    /// The groups.
    pub groups: Vec<String>,
}

/// How a kubeconfig logs in. Of several ways the one that kube-apiserver tries first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[non_exhaustive]
pub enum Kind {
    /// With a bearer token.
    Token,
    /// With a client certificate.
    ClientCertificate,
    /// With user name and password.
    Basic,
    /// By a credential plugin or a legacy auth provider.
    Plugin,
    /// It does not log in.
    None,
    /// It is no kubeconfig.
    Damaged {
        /// What is wrong, with its line; JSON has it once, in the state.
        #[serde(skip)]
        reason: String,
    },
}

/// Whether a kubeconfig works, as far as the node's files tell. The first that applies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "camelCase")]
#[non_exhaustive]
pub enum State {
    /// Nothing speaks against it.
    Good,
    /// The cluster does not know its token.
    UnknownToken,
    /// The cluster does not know its user name with this password.
    UnknownPassword,
    /// Its certificate is not signed by the present `ca.crt`.
    OtherAuthority,
    /// Its certificate has ended.
    #[serde(rename_all = "camelCase")]
    Expired {
        /// When, seconds since the Unix epoch.
        not_after: i64,
    },
    /// Its private key is not that of its certificate.
    KeyDiffers,
    /// It expects a cluster whose CA has another key than the present `ca.crt`: it refuses this one.
    OtherClusterCa,
    /// It could not be judged.
    Unreadable {
        /// Why.
        reason: String,
    },
}

impl Kubeconfig {
    /// Whether its user entry is called otherwise than the cluster calls its bearer.
    pub fn names_differ(&self) -> bool {
        self.user
            .as_ref()
            .is_some_and(|user| self.name.as_deref() != Some(&user.name))
    }

    /// What is known of a file that is no kubeconfig.
    fn damaged(reason: String) -> Self {
        Self {
            context: None,
            cluster: None,
            server: None,
            name: None,
            kind: Kind::Damaged {
                reason: reason.clone(),
            },
            user: None,
            state: State::Unreadable { reason },
        }
    }
}

impl CredentialFile {
    /// The kubeconfig that it is.
    pub fn kubeconfig(&self) -> Option<&Kubeconfig> {
        match &self.content {
            Content::Kubeconfig(kubeconfig) => Some(kubeconfig),
            _ => None,
        }
    }

    /// Whether its bearer is still let in although the node no longer uses the file.
    pub fn is_forgotten(&self) -> bool {
        self.stale
            && self
                .kubeconfig()
                .is_some_and(|kubeconfig| kubeconfig.user.is_some() && kubeconfig.state.lets_in())
    }
}

impl State {
    /// Whether the cluster lets the bearer in. A kubeconfig that expects another CA holds a credential that
    /// works, for whoever looks into it.
    pub fn lets_in(&self) -> bool {
        matches!(self, Self::Good | Self::OtherClusterCa)
    }
}

/// Reads the files with credentials: of the revision that runs, of others, of backups. `data` is the folder
/// of the revision that runs, `/var/snap/microk8s/current`. `resolve` says whom the API server takes the
/// bearer of a token for: a name and groups.
pub fn read(tree: &Tree, data: &str, now: i64, resolve: &Resolve<'_>) -> Vec<CredentialFile> {
    let data = data.trim_end_matches('/');
    let authorities = Authorities::read(tree, data);
    let judge = Judge {
        tree,
        data,
        now,
        authorities: &authorities,
        resolve,
    };
    let places = place::Places::of(tree, data);
    tree.entries
        .iter()
        .filter(|(_, entry)| !matches!(entry.kind, EntryKind::Folder))
        .filter_map(|(path, entry)| {
            let (place, shape) = places.find(path)?;
            Some(CredentialFile {
                path: path.clone(),
                stale: place != Place::Current,
                place,
                mode: entry.mode,
                owner: entry.owner.as_ref().map(owner),
                group: entry.group.as_ref().map(owner),
                modified: entry.modified,
                content: content(entry, path, shape, &judge),
            })
        })
        .collect()
}

fn content(entry: &Entry, path: &str, shape: Shape, judge: &Judge<'_>) -> Content {
    if shape == Shape::JoinTokens {
        return Content::JoinTokens;
    }
    let reason = match &entry.kind {
        EntryKind::File(bytes) => {
            return match shape {
                Shape::Kubeconfig => Content::Kubeconfig(judge.kubeconfig(bytes, path)),
                Shape::Tokens => Content::Tokens {
                    users: KnownTokens::parse(bytes).users().len(),
                },
                Shape::Passwords => Content::Passwords {
                    users: KnownTokens::parse(bytes).users().len(),
                },
                Shape::JoinTokens => Content::JoinTokens,
            };
        }
        EntryKind::Link(to) => format!("it is a link to {to}, which was not followed"),
        EntryKind::Unreadable(why) => why.clone(),
        EntryKind::PrivateKey(_) | EntryKind::Folder => "it is not a file".to_owned(),
    };
    Content::Unreadable { reason }
}

fn owner(owner: &Owner) -> String {
    owner.name.clone().unwrap_or_else(|| owner.id.to_string())
}

// serde asks for a reference.
#[allow(clippy::ref_option, clippy::trivially_copy_pass_by_ref)]
fn octal<S: Serializer>(mode: &Option<u32>, serializer: S) -> Result<S::Ok, S::Error> {
    match mode {
        Some(mode) => serializer.serialize_some(&format!("{mode:04o}")),
        None => serializer.serialize_none(),
    }
}
