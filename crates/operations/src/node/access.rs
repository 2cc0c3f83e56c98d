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
    /// Reads a node's files. What only root may read is read through sudo, after `tell` was told so.
    ///
    /// # Errors
    /// [`AccessError`].
    pub async fn open(machine: Machine, tell: &dyn Fn(&str)) -> Result<Self, AccessError> {
        let patterns = paths::patterns();
        let mut privilege = Privilege::AsIs;
        let mut tree = machine.fetch(&patterns, privilege).await?;
        if machine.has_sudo()
            && let Some(denied) = denied(&tree)
        {
            tell(&format!(
                "uses sudo on {} to read {}",
                escape(&machine.place().to_string()),
                escape(&denied)
            ));
            privilege = Privilege::Sudo;
            tree = machine.fetch(&patterns, privilege).await?;
        }
        let node = Node::read(&tree).map_err(|source| AccessError::Node {
            machine: escape(&machine.place().to_string()).into_owned(),
            source,
        })?;
        Ok(Self {
            machine,
            privilege,
            tree,
            node,
        })
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
    tree.unreadable()
        .find(|(path, why)| path.starts_with(paths::REVISIONS) && why.contains("denied"))
        .map(|(path, _)| path.to_owned())
}
