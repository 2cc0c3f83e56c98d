//! A node's files, read with as few rights as that takes.

use kubeconfig::Document;
use kubeconfig::ParseError;
use kubeconfig::redact::escape;
use machines::Machine;
use machines::MachineError;
use machines::Privilege;
use machines::Tree;
use microk8s::Node;
use microk8s::NodeError;
use microk8s::Role;
use microk8s::paths;
use microk8s::paths::Wanted;

use crate::sudo;

/// A node and its files, as they were at one moment.
#[derive(Debug)]
pub struct Access {
    /// Where it is.
    pub machine: Machine,
    /// The rights that reading took, and that writing will take.
    pub privilege: Privilege,
    /// Its files.
    pub tree: Tree,
    /// What they say.
    pub node: Node,
    /// Why the datastore's own files could not be read, where they could not.
    pub withheld: Option<MachineError>,
}

/// Why a node cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Its machine cannot be asked.
    #[error("{}", .0.told())]
    Machine(#[from] MachineError),
    /// Its files are not those of a node, or may not be read.
    #[error("{machine}: {source}")]
    Node {
        /// The machine, escaped.
        machine: String,
        /// Why.
        source: NodeError,
    },
    /// It has no kubeconfig of an administrator.
    #[error("{machine} {}", if *.worker { "is a worker node: users and credentials are the business of a control-plane node" } else { "has no credentials/client.config: `microk8s status` there says whether it runs" })]
    NoAdministrator {
        /// The machine, escaped.
        machine: String,
        /// Whether it is a worker.
        worker: bool,
    },
    /// That kubeconfig is damaged.
    #[error("{machine}: credentials/client.config: {source}")]
    Administrator {
        /// The machine, escaped.
        machine: String,
        /// Why.
        source: ParseError,
    },
}

impl Access {
    /// Reads a node's files, those of a picture and `besides`. What only root may read is read through sudo, after
    /// `tell` was told so.
    ///
    /// # Errors
    /// [`AccessError`].
    pub async fn open(
        machine: Machine,
        besides: &[Wanted],
        tell: &dyn Fn(&str),
    ) -> Result<Self, AccessError> {
        let patterns = paths::patterns(paths::PICTURE);
        let patterns: Vec<_> = patterns.chain(paths::patterns(besides)).collect();
        let (tree, privilege, withheld) = match sudo::fetch(&machine, &patterns, denied, tell).await
        {
            Ok((tree, privilege)) => (tree, privilege, None),
            // What can be read is read; where that is nothing, the error below names the group too.
            Err(refused @ (MachineError::NeedsSudo { .. } | MachineError::NoProgram { .. })) => {
                let tree = machine.fetch(&patterns, Privilege::AsIs).await?;
                let what = if only_the_datastore(&tree) {
                    "the files of the datastore are left out: "
                } else {
                    ""
                };
                tell(&format!("{what}{}", refused.told()));
                (tree, Privilege::AsIs, Some(refused))
            }
            Err(error) => return Err(error.into()),
        };
        let node = Node::read(&tree).map_err(|source| AccessError::Node {
            machine: escape(&machine.place().to_string()).into_owned(),
            source,
        })?;
        Ok(Self {
            machine,
            privilege,
            tree,
            node,
            withheld,
        })
    }

    /// Replaces one of its files: see [`Machine::replace`]. Whoever may read a file as a member of its group
    /// cannot leave it to its owner, which takes root; `tell` is told before sudo is used for that.
    ///
    /// # Errors
    /// [`MachineError`].
    pub async fn replace(
        &self,
        path: &str,
        before: Option<&[u8]>,
        after: &[u8],
        tell: &dyn Fn(&str),
    ) -> Result<(), MachineError> {
        let replace = |privilege| self.machine.replace(path, before, after, privilege);
        match replace(self.privilege).await {
            Err(MachineError::NotPermitted { .. })
                if self.privilege == Privilege::AsIs && self.machine.has_sudo() =>
            {
                tell(&format!(
                    "uses sudo on {} to write {}",
                    self.name(),
                    escape(path)
                ));
                replace(Privilege::Sudo).await
            }
            done => done,
        }
    }

    /// The machine's name for messages, escaped.
    pub fn name(&self) -> String {
        escape(&self.machine.place().to_string()).into_owned()
    }

    /// The administrator's kubeconfig that lies on the node.
    ///
    /// # Errors
    /// [`AccessError::NoAdministrator`], [`AccessError::Administrator`].
    pub fn administrator(&self) -> Result<Document, AccessError> {
        let worker = self.node.role == Role::Worker;
        let path = format!("{}/credentials/client.config", paths::DATA);
        // A worker keeps the one of the cluster that it was before it joined (canonical/microk8s
        // `scripts/wrappers/join.py` does not remove it).
        let bytes = self.tree.bytes(&path).filter(|_| !worker);
        let bytes = bytes.ok_or_else(|| AccessError::NoAdministrator {
            machine: self.name(),
            worker,
        })?;
        Document::parse(bytes.to_vec()).map_err(|source| AccessError::Administrator {
            machine: self.name(),
            source,
        })
    }
}

/// The first place of MicroK8s that may not be read.
fn denied(tree: &Tree) -> Option<String> {
    all_denied(tree).next().map(str::to_owned)
}

fn all_denied(tree: &Tree) -> impl Iterator<Item = &str> {
    tree.denied()
        .filter(|path| path.starts_with(paths::REVISIONS))
}

/// Whether everything else may be read: the group microk8s may, and the files of dqlite are root's alone
/// (canonical/microk8s `snap/hooks/configure` leaves them as openssl and dqlite made them).
fn only_the_datastore(tree: &Tree) -> bool {
    let datastore = format!("{}/var/kubernetes/backend/", paths::DATA);
    all_denied(tree).all(|path| path.starts_with(&datastore))
}
