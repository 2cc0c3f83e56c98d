//! Why nothing can be taken in.

use std::net::SocketAddr;
use std::path::PathBuf;

use kubeconfig::EditError;
use kubeconfig::ParseError;
use kubeconfig::redact::escape;
use store::StoreError;

use crate::failure::argument;
use crate::kubeconfigs::KubeconfigError;
use crate::settings::edit::ChangeError;

/// Why nothing can be taken in.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// Not a kubeconfig.
    #[error("{label} is not a kubeconfig: {source}")]
    NotAKubeconfig {
        /// The text's name.
        label: String,
        /// Why.
        source: ParseError,
    },
    /// What `microk8s config` prints on a worker, with exit code 0.
    #[error(
        "{label} is not a kubeconfig but the answer of a worker node: run `microk8s config` on a control-plane node of that cluster"
    )]
    Worker {
        /// The text's name.
        label: String,
    },
    /// Nothing at all: the command before the pipe failed.
    #[error("{label} is empty: the command that should print a kubeconfig printed nothing")]
    Empty {
        /// The text's name.
        label: String,
    },
    /// A kubeconfig without entries.
    #[error("{label} has no context{}", .asked.as_deref().map(|name| format!(" {}", escape(name))).unwrap_or_default())]
    NoContext {
        /// The text's name.
        label: String,
        /// The context that was asked for.
        asked: Option<String>,
    },
    /// Several contexts and none is current.
    #[error("{label} has several contexts ({}): choose one with --context", .names.join(", "))]
    Several {
        /// The text's name.
        label: String,
        /// Their names, escaped.
        names: Vec<String>,
    },
    /// `https://none:16443`, what `microk8s config` prints on a machine without a default route.
    #[error(
        "{label}: its server is https://none, which `microk8s config` prints when the node has no default route: set the address, `microk8s config -l | sed s/127.0.0.1/ADDRESS/`"
    )]
    NoAddress {
        /// The text's name.
        label: String,
    },
    /// It does things that a kubeconfig from elsewhere should be asked about.
    #[error("{label} {}: take it in with --yes if you trust it", .what.join(" and "))]
    Consent {
        /// The text's name.
        label: String,
        /// What it does.
        what: Vec<String>,
    },
    /// The name is taken.
    #[error("the {kind} {} exists already in {}: choose another --name", escape(.name), .file.display())]
    NameTaken {
        /// `cluster`, `user` or `context`.
        kind: &'static str,
        /// The name.
        name: String,
        /// Where it is.
        file: PathBuf,
    },
    /// This cluster with this credential is there already.
    #[error("the same cluster with the same credential is there already, as context {context} in {}: {}", .file.display(), if *.moved { format!("if it moved, `bowline heal {context}`") } else { "nothing to do".to_owned() })]
    Known {
        /// The context, as an argument.
        context: String,
        /// Where it is.
        file: PathBuf,
        /// Whether it is there with another server.
        moved: bool,
    },
    /// The machine had another cluster when it was added.
    #[error("{machine} runs another cluster now (another CA key) than context {context} in {}: `--replace` puts it in its place, `--name` adds it beside", .file.display())]
    OtherCluster {
        /// The machine.
        machine: String,
        /// The context, as an argument.
        context: String,
        /// Where it is.
        file: PathBuf,
    },
    /// The user entry that would get a new credential belongs to another cluster as well.
    #[error("the user {} is also that of context {context}, which is another cluster's: give one of them a user entry of its own, or add this one under another --name", escape(.user))]
    SharedUser {
        /// The user entry.
        user: String,
        /// The other context, as an argument.
        context: String,
    },
    /// The cluster does not accept the credential that an entry would get.
    #[error(
        "{label}: its credential is not accepted by the cluster, so that of context {context} stays; after a rotation the API server has to be restarted, a copy may be older than one, and what is on another machine may be anything"
    )]
    NotAccepted {
        /// Where it comes from.
        label: String,
        /// The context, as an argument.
        context: String,
    },
    /// No address leads to the cluster.
    #[error("{label}: its cluster was proved at no address, so nothing was written:\n{}{}", lines(.tried), remedy(.label))]
    Nowhere {
        /// Where it comes from.
        label: String,
        /// What was tried, each with the reason.
        tried: Vec<(String, String)>,
        /// Whether something answered that is not the cluster.
        somebody: bool,
    },
    /// Several nodes answer at its addresses.
    #[error("{label}: several nodes of its cluster answer, at {}: choose one with --at ADDRESS", joined(.addresses))]
    SeveralNodes {
        /// Where it comes from.
        label: String,
        /// Where they answer.
        addresses: Vec<SocketAddr>,
    },
    /// Its file says nothing that an address could be proved by.
    #[error("{label}: its kubeconfig has no CA, so no address can be proved to be the cluster's")]
    NoAuthority {
        /// Where it comes from.
        label: String,
    },
    /// config.toml cannot be written.
    #[error("{}: {source}; nothing was written", .path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ChangeError,
    },
    /// A file cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something in it cannot be used.
    #[error(transparent)]
    Kubeconfig(#[from] KubeconfigError),
    /// There is no file to add to.
    #[error("there is no kubeconfig to add to: set KUBECONFIG")]
    NoDestination,
    /// The destination cannot be edited.
    #[error("{}: {source}", .path.display())]
    Edit {
        /// The file.
        path: PathBuf,
        /// Why.
        source: EditError,
    },
}

fn lines(tried: &[(String, String)]) -> String {
    if tried.is_empty() {
        return "  it has no address\n".to_owned();
    }
    let line = |(what, why): &(String, String)| format!("  {what}: {}\n", escape(why));
    tried.iter().map(line).collect()
}

fn remedy(label: &str) -> String {
    format!(
        "start the cluster, or say where it is: bowline add {} --at ADDRESS",
        argument(label)
    )
}

fn joined(addresses: &[SocketAddr]) -> String {
    let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    addresses.join(" and ")
}
