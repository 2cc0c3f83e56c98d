//! The arguments of `bowline node`.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args;
use clap::Subcommand;
use clap::ValueEnum;

use super::Format;
use super::duration::Span;

#[derive(Args, Debug)]
pub(crate) struct NodeArgs {
    #[command(flatten)]
    pub(crate) on: On,
    #[command(subcommand)]
    pub(crate) command: NodeCommand,
}

/// Which node
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Which node")]
pub(crate) struct On {
    /// The node: `local`, `multipass:NAME`, `ssh:[USER@]HOST[:PORT]`, `lxd:NAME`, `incus:NAME`, `wsl:DISTRO`, or
    /// a cluster that `bowline add` took from one; by default this machine, or the only one known
    #[arg(long = "on", id = "on", value_name = "TARGET", global = true)]
    pub(crate) target: Option<String>,
    /// A copy of /var/snap/microk8s or of its folder `current`, such as a backup
    #[arg(long, value_name = "DIR", global = true, conflicts_with = "on")]
    pub(crate) root: Option<PathBuf>,
    /// Where its API server answers, if it cannot be found (port optional)
    #[arg(long, value_name = "ADDRESS", global = true)]
    pub(crate) at: Option<String>,
    /// Your own kubeconfig, instead of KUBECONFIG or ~/.kube/config
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) kubeconfig: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum NodeCommand {
    /// Show version, authentication, ports, datastore, members and locks
    Info(OutputArgs),
    /// Show the arguments of its services, what each does, and what is wrong with it
    Args(ArgsArgs),
    /// Show the credentials that lie on it: whose they are, and whether they are still good
    Credentials(OutputArgs),
    /// List, add, rotate or remove the users who can log in
    #[command(subcommand)]
    Users(UsersCommand),
    /// Print a kubeconfig for one user, complete in itself
    ///
    /// For users of `users list` whose credential is on the node or in your kubeconfigs. Somebody new: `users add`.
    Kubeconfig(KubeconfigArgs),
    /// Show every certificate: names, end, version, key, and whether it covers the node's addresses
    Certs(CertsArgs),
    /// Look for what is unsafe or about to break
    Audit(AuditArgs),
    /// Say what a node needs after its address changed, and do it with --apply
    Repair(RepairArgs),
}

#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct OutputArgs {
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
}

#[derive(Args, Debug)]
pub(crate) struct ArgsArgs {
    /// One service, such as kube-apiserver; all by default
    pub(crate) service: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Args, Debug)]
pub(crate) struct CertsArgs {
    /// Only those that end within this time (30d, 12h), with exit code 8 if there are any
    #[arg(long, value_name = "TIME")]
    pub(crate) expiring: Option<Span>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Args, Debug)]
pub(crate) struct AuditArgs {
    /// Mend what cannot lock anyone out: the modes of kubeconfigs of your own
    #[arg(long)]
    pub(crate) fix: bool,
    /// Show what --fix would do, and change nothing
    #[arg(long, requires = "fix")]
    pub(crate) dry_run: bool,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = AuditFormat::Table)]
    pub(crate) output: AuditFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AuditFormat {
    /// For people
    Table,
    /// For programs; the schema is documented
    Json,
    /// The same as YAML
    Yaml,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

#[derive(Args, Debug)]
pub(crate) struct RepairArgs {
    /// The address that the node had; by default the one that its files name
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) old: Option<IpAddr>,
    /// The address that it has; by default the one that it says it has
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) new: Option<IpAddr>,
    /// Carry it out as far as this node alone can; without, the plan is only printed
    #[arg(long)]
    pub(crate) apply: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UsersCommand {
    /// List the users who can log in, and by what
    List(OutputArgs),
    /// Let someone log in
    ///
    /// On a cluster with static tokens the user gets a line in `known_tokens.csv`; on one with client
    /// certificates, the cluster issues one. The kubeconfig is printed, or written with -o.
    Add(AddUserArgs),
    /// Give a user a new credential, and put it into your own kubeconfigs
    ///
    /// With -o also into a new kubeconfig, for somebody else. A new token puts the old one out of use at the next
    /// start of the API server (--restart). A certificate is good until its end, whatever is issued after it; a
    /// new one that none of your kubeconfigs takes is printed, since its key is nowhere else.
    Rotate(RotateArgs),
    /// Keep a user out
    ///
    /// A token is taken out of `known_tokens.csv`. A certificate cannot be revoked: what is granted to the user by
    /// name is taken away, and you are told what that leaves.
    Remove(RemoveArgs),
}

#[derive(Args, Debug)]
pub(crate) struct AddUserArgs {
    /// The user's name
    pub(crate) user: String,
    /// A group; may be given several times
    #[arg(long, value_name = "GROUP")]
    pub(crate) group: Vec<String>,
    /// How long the certificate is good (30d, 12h; 90d unless said); not where users have tokens
    #[arg(long, value_name = "TIME")]
    pub(crate) expires: Option<Span>,
    /// Do it although the user will be able to do anything in the cluster
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) restart: Restart,
    #[command(flatten)]
    pub(crate) kubeconfig: Written,
}

#[derive(Args, Debug)]
pub(crate) struct RotateArgs {
    /// The user's name
    pub(crate) user: String,
    /// How long the new certificate is good (30d, 12h; 90d unless said); not where users have tokens
    #[arg(long, value_name = "TIME")]
    pub(crate) expires: Option<Span>,
    /// Do it although the user can do anything in the cluster
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) restart: Restart,
    #[command(flatten)]
    pub(crate) kubeconfig: Written,
}

#[derive(Args, Debug)]
pub(crate) struct RemoveArgs {
    /// The user's name
    pub(crate) user: String,
    /// Do it although it is the last administrator, or one of the node's own services
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) restart: Restart,
}

#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Restart {
    /// Restart the API server, which reads tokens only when it starts; pods keep running. Without, a
    /// change of tokens waits for the next start
    #[arg(long)]
    pub(crate) restart: bool,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Args, Debug)]
pub(crate) struct KubeconfigArgs {
    /// The user's name
    pub(crate) user: String,
    #[command(flatten)]
    pub(crate) kubeconfig: Written,
}

/// The kubeconfig that comes out
#[derive(Args, Clone, Debug)]
pub(crate) struct Written {
    /// What its cluster and context are called; by default as here, or as the machine
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The namespace of its context
    #[arg(long)]
    pub(crate) namespace: Option<String>,
    /// Write the kubeconfig to this new file (mode 0600)
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}
