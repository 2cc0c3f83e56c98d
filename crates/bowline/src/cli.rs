//! The command line.

pub(crate) mod alias;
pub(crate) mod copy;
pub(crate) mod dedupe;
pub(crate) mod dirs;
pub(crate) mod doctor;
pub(crate) mod duration;
pub(crate) mod edit;
pub(crate) mod eject;
pub(crate) mod env;
pub(crate) mod exec;
pub(crate) mod export;
mod groups;
pub(crate) mod init;
pub(crate) mod label;
pub(crate) mod lint;
pub(crate) mod ls;
pub(crate) mod manual;
pub(crate) mod merge;
pub(crate) mod node;
pub(crate) mod ns;
pub(crate) mod prompt;
pub(crate) mod protect;
pub(crate) mod prune;
pub(crate) mod rename;
pub(crate) mod rm;
pub(crate) mod session;
pub(crate) mod shell;
pub(crate) mod split;
pub(crate) mod status;
pub(crate) mod tidy;
pub(crate) mod use_;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use clap::CommandFactory as _;
use clap::FromArgMatches as _;
use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;

use self::alias::AliasArgs;
use self::dirs::DirsArgs;
use self::doctor::DoctorArgs;
use self::edit::EditArgs;
use self::eject::EjectArgs;
use self::env::EnvArgs;
use self::exec::ExecArgs;
use self::init::InitArgs;
use self::label::LabelArgs;
use self::lint::LintArgs;
use self::ls::LsArgs;
use self::manual::ManualArgs;
use self::node::NodeArgs;
use self::protect::ProtectArgs;
use self::session::SessionCommand;
use self::shell::ShellArgs;
use self::status::StatusArgs;
use self::use_::UseArgs;
use crate::commands;
use crate::error::CommandError;
use crate::exit;

/// Keeps every Kubernetes connection on this machine working
///
/// Bowline proves a cluster's identity by its CA key before it trusts an address, follows the cluster when it moves,
/// and keeps the standard kubeconfig itself right, so that every other tool profits.
#[derive(Debug, Parser)]
#[command(name = "bowline", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Take a cluster in, from a kubeconfig or from the machine that it runs on
    ///
    /// Cluster, user and context are renamed together, so that a second MicroK8s (whose entries all have the
    /// same names) cannot collide with the first. For example: `bowline add multipass:dev`, or
    /// `microk8s config | bowline add - --name dev`.
    Add(AddArgs),
    /// Choose the context to work in, for this terminal or for all
    ///
    /// With `bowline init` in the shell's startup file each terminal has a choice of its own, which every program in
    /// it sees; without it the kubeconfig's current context is changed.
    #[command(after_help = use_::EXAMPLES)]
    Use(UseArgs),
    /// List the contexts that there are, and which is this terminal's
    ///
    /// Reads the files and asks no cluster; `bowline status` does that. AGE is the time since the context's file was
    /// last written, by whomever.
    #[command(after_help = ls::EXAMPLES)]
    Ls(LsArgs),
    /// Choose a namespace: by name, part, pattern or from a list
    ///
    /// The list comes from the cluster, over a connection that is proved to be it, or from what it said the last time.
    /// A name that the cluster does not know is refused; one that it cannot be asked about is taken.
    #[command(after_help = ns::EXAMPLES)]
    Ns(ns::NsArgs),
    /// Start a shell with a choice of its own, and forget it when it ends
    ///
    /// For those who have no `bowline init` in their shell's startup file. Your shell starts as ever, with its own
    /// startup files and history; `exit` leaves it, with its exit code.
    Shell(ShellArgs),
    /// Print what is chosen here, for the shell's prompt
    ///
    /// `dev:team-a`; nothing where nothing is chosen, and a `!` first where `bowline protect` guards the context. It
    /// asks no cluster, and never fails: --debug says why nothing is printed.
    #[command(after_help = prompt::EXAMPLES)]
    Prompt(prompt::PromptArgs),
    /// What shells call
    #[command(hide = true, subcommand)]
    Session(SessionCommand),
    /// Show where contexts lead, what was proved there, and why they fail
    Status(StatusArgs),
    /// Say at which rung a connection breaks, what that means, and which command mends it
    ///
    /// One rung at a time, from the files outward: kubeconfig, name, address, port, identity, names and dates of
    /// the certificate, credential, permission, the server's health, the nodes. Nothing secret is sent before the
    /// server is proved to be the cluster, and nothing is changed without --fix.
    Doctor(DoctorArgs),
    /// Find clusters that moved and mend their entries
    ///
    /// Nothing is written unless the same node of the same cluster was proved at another address; then only
    /// the bytes of `server` and `tls-server-name` change, in every file that holds the entry: those of the chain,
    /// MicroK8s' own copy, and those that `kubeconfigs` in config.toml names.
    Heal(HealArgs),
    /// Tell what is wrong with kubeconfigs, or will be
    ///
    /// Reads the files and those that they name; asks no cluster and runs no program. Without FILE it is those of
    /// KUBECONFIG, or ~/.kube/config. Several files are looked at as clients read them: as one chain.
    Lint(LintArgs),
    /// Run kubectl, mending the connection first if it is broken
    ///
    /// Everything after `k` goes to kubectl. Also available by calling this program as `k`.
    #[command(disable_help_flag = true)]
    K {
        /// kubectl's arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Do what `kubectl config` does, and lose nothing in your files
    ///
    /// Everything after `config` is read as kubectl reads it: see `bowline config --help`.
    #[command(disable_help_flag = true)]
    Config {
        /// The arguments of `kubectl config`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Print the shell integration: a context for each terminal, `k`, completion
    ///
    /// It is what a shell is to run when it starts. With it, `bowline use` and `bowline ns` are about the terminal that they are typed in.
    #[command(after_help = init::EXAMPLES)]
    Init(InitArgs),
    /// Give a context another name, and with --all its cluster and user too
    ///
    /// Whatever names them follows, in every file of the chain, in config.toml and in the terminals that chose the
    /// context. Every other byte stays, comments too.
    #[command(after_help = rename::EXAMPLES)]
    Rename(rename::RenameArgs),
    /// Remove contexts, with the clusters and users that nothing else uses
    ///
    /// Certificate files on disk stay. If the current context goes, none is current.
    #[command(after_help = rm::EXAMPLES)]
    Rm(rm::RmArgs),
    /// Make a second context of one that is there, for another namespace
    #[command(after_help = copy::EXAMPLES)]
    Copy(copy::CopyArgs),
    /// Write a context as a kubeconfig of its own, which needs no other file
    ///
    /// Certificates, keys and tokens in files are taken in. It holds credentials, so it is private, and not part of
    /// the history.
    #[command(after_help = export::EXAMPLES)]
    Export(export::ExportArgs),
    /// Write every context as a kubeconfig of its own into a folder
    ///
    /// As `export` does, one file for each. The kubeconfigs that it reads stay as they are.
    #[command(after_help = split::EXAMPLES)]
    Split(split::SplitArgs),
    /// Take all contexts of other kubeconfigs in
    ///
    /// What means the same is shared, not doubled. Other entries of the same name get a new one, cluster, user and
    /// context together: two MicroK8s, which call theirs alike, are both reachable then.
    #[command(after_help = merge::EXAMPLES)]
    Merge(merge::MergeArgs),
    /// Run a program in one context or in many, each with an environment of its own
    ///
    /// The program sees a KUBECONFIG in which its context is the current one, and its name in `BOWLINE_CONTEXT`; your
    /// files are not changed. Many run at once, and their lines are labelled. The exit code is the highest of all. What
    /// `bowline protect` guards is guarded where CMD is `k`, and in no other program.
    Exec(ExecArgs),
    /// Look after a MicroK8s node: who can log in, what is about to end, what is unsafe
    ///
    /// The node is named with --on, and may be in a VM, a container, behind ssh, or a backup (--root). Nothing is
    /// changed on it but by `users add`, `rotate` and `remove`, and by `repair --apply`.
    Node(NodeArgs),
    /// Name folders, files and patterns of more kubeconfigs, and see what they give
    ///
    /// They stand behind those of KUBECONFIG, or ~/.kube/config, in every command of bowline and in `k`; a file that
    /// kubectl cannot read is left out. `bowline env` gives the list to other programs. Kept in config.toml.
    Dirs(DirsArgs),
    /// Print the list of kubeconfigs as a shell sets KUBECONFIG, for every other program
    ///
    /// Those of KUBECONFIG, or ~/.kube/config, and behind them those that `bowline dirs` gives; the choice of this
    /// terminal first, where it has one.
    Env(EnvArgs),
    /// Show what kubeconfigs hold for nothing, and with --apply remove it
    ///
    /// Without flags all three are looked for, with 30 days. Only what was seen failing at several looks (`status`,
    /// `heal`, `k`) over all those days is unreachable. The current context always stays; `bowline undo` takes it back.
    Prune(prune::PruneArgs),
    /// Show what kubeconfigs hold several times, and with --apply keep one of each
    ///
    /// Clusters of the same CA keys and server, users of the same credential, contexts that lead to the same place. The
    /// current context's stays, else what most contexts use, else the first.
    Dedupe(dedupe::DedupeArgs),
    /// Open a kubeconfig in your editor, and replace it only by one that clients can read
    ///
    /// The editor works on a copy that only you can read. What it gives back is looked at as kubectl would; if it is
    /// broken, the file stays as it is and your text is kept. One change of the history: `bowline undo` takes it back.
    Edit(EditArgs),
    /// Undo what bowline set up on this machine
    ///
    /// Removes its state and its history (with the secrets in it), and config.toml unless --keep-settings. Lines that
    /// load bowline in shell files are shown, not edited. Kubeconfigs stay as they are: they hold real addresses.
    Eject(EjectArgs),
    /// Give contexts words that they are found by (`label:WORD`), or list them
    ///
    /// Kept in config.toml; no kubeconfig is changed.
    Label(LabelArgs),
    /// Give a context a short name, or list those that there are
    ///
    /// Kept in config.toml; no kubeconfig is changed, and kubectl does not know the name.
    Alias(AliasArgs),
    /// Make `k` ask before dangerous commands in some contexts, or refuse them
    ///
    /// It is kept as [protect."PATTERN"] in config.toml. What reads, `--dry-run` and help are never asked about.
    #[command(after_help = protect::EXAMPLES)]
    Protect(ProtectArgs),
    /// List what bowline changed in your files
    History(HistoryArgs),
    /// Take a change back, byte for byte
    ///
    /// Without a number it is the newest change that stands. Nothing is touched where another program has
    /// written one of its files since.
    Undo(UndoArgs),
    /// Take an undo back, or write again what another program took back by mistake
    ///
    /// kubectl deletes what appears in a kubeconfig while it is changing it. Bowline notices that at its next
    /// run; `redo` writes it again.
    Redo(RedoArgs),
    /// Remove lock files that a killed kubectl left beside kubeconfigs
    Unlock(UnlockArgs),
    /// See it work: a cluster of its own moves, kubectl fails, bowline follows
    ///
    /// Runs in a temporary folder and on loopback addresses only; your files are not touched.
    Demo,
    /// Write man pages, or the generated parts of docs/commands.md
    #[command(hide = true)]
    Manual(ManualArgs),
}

impl Command {
    /// Whether the sessions of terminals that are gone are looked after beside it.
    fn is_swept_for(&self) -> bool {
        !matches!(self, Self::K { .. } | Self::Prompt(_))
    }
}

/// Which kubeconfig files to work on
#[derive(Args, Clone, Debug)]
pub(crate) struct Files {
    /// Use this kubeconfig instead of KUBECONFIG or ~/.kube/config
    #[arg(long, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,
}

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct HistoryArgs {
    #[command(subcommand)]
    pub(crate) command: Option<HistoryCommand>,
    /// Output format, instead of a table
    #[arg(short, long, value_enum)]
    pub(crate) output: Option<StructuredFormat>,
}

/// A format for programs.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum StructuredFormat {
    Json,
    Yaml,
}

#[derive(Debug, Subcommand)]
pub(crate) enum HistoryCommand {
    /// Show what a change did, with secrets hidden
    Show {
        /// Its number
        number: u64,
    },
    /// Delete changes from the history, with the secrets that they may hold; they cannot be undone then
    Purge(PurgeArgs),
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct PurgeArgs {
    /// The numbers of the changes
    pub(crate) numbers: Vec<u64>,
    /// All changes
    #[arg(long)]
    pub(crate) all: bool,
    /// Changes older than this many days
    #[arg(long, value_name = "DAYS")]
    pub(crate) older_than: Option<u32>,
}

#[derive(Args, Debug)]
pub(crate) struct UndoArgs {
    /// The change, by its number in `bowline history`
    pub(crate) number: Option<u64>,
    /// Bring back even credentials that the change replaced
    #[arg(long)]
    pub(crate) reinstate: bool,
}

#[derive(Args, Debug)]
pub(crate) struct RedoArgs {
    /// The change, by its number in `bowline history`
    pub(crate) number: Option<u64>,
    #[command(flatten)]
    pub(crate) files: Files,
}

#[derive(Args, Debug)]
pub(crate) struct UnlockArgs {
    /// The kubeconfigs; by default those of KUBECONFIG, or ~/.kube/config
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct AddArgs {
    /// A kubeconfig, `-` for standard input, a machine, or a word
    ///
    /// Machines: `multipass:NAME`, `ssh:[USER@]HOST[:PORT]`, `lxd:NAME`, `incus:NAME`, `wsl:DISTRO`, `local`,
    /// `folder:DIR` (a copy of /var/snap/microk8s/current). Words: `microk8s` looks for the machine that runs
    /// MicroK8s; `k3s`, `rke2`, `kubeadm` and `k0s` take what these keep on this machine; `kind[:NAME]` and
    /// `minikube[:PROFILE]` what these wrote into ~/.kube/config. A file of such a name is `./microk8s`.
    #[arg(value_name = "WHAT")]
    pub(crate) what: OsString,
    /// Name for the new cluster, user and context; by default the machine's, or the context's own,
    /// numbered if taken
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Which of its contexts to take, if it has several
    #[arg(long, value_name = "NAME")]
    pub(crate) context: Option<String>,
    /// Make it the current context
    #[arg(long = "use")]
    pub(crate) switch: bool,
    /// Agree to take in exec plugins, insecure flags and the like
    #[arg(long)]
    pub(crate) yes: bool,
    /// Look for the cluster at this address (port optional) and nowhere else; may be given several times
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) at: Vec<String>,
    /// Put it in the place of the context that --name names, or, where the machine had another cluster when it was
    /// added, of that one
    #[arg(long)]
    pub(crate) replace: bool,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) files: Files,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// For programs; the schema is documented
    Json,
    /// The same as YAML
    Yaml,
}

#[derive(Args, Debug)]
pub(crate) struct HealArgs {
    /// Contexts to heal; the current one by default
    #[arg(value_name = "CONTEXT")]
    pub(crate) contexts: Vec<String>,
    /// Heal all contexts
    #[arg(long, conflicts_with = "contexts")]
    pub(crate) all: bool,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Look at this address (port optional) and nowhere else; may be given several times
    #[arg(long, value_name = "ADDRESS", conflicts_with = "all")]
    pub(crate) at: Vec<String>,
    /// If nothing else finds it, try the addresses of the local networks one by one, up to 20 seconds
    ///
    /// Networks inside this machine (of libvirt, LXD, Incus, Multipass, Hyper-V's Default Switch, …) are tried without
    /// this. Only private IPv4 networks that this machine is in; never a VPN. One connection to one port of each
    /// address.
    #[arg(long, conflicts_with = "at")]
    pub(crate) sweep: bool,
    /// Write the machine's DNS name instead of its address, so that plain kubectl follows DNS by itself
    #[arg(long, value_name = "NAME", num_args = 0..=1, require_equals = true)]
    #[expect(
        clippy::option_option,
        reason = "clap's form of an option with an optional value"
    )]
    pub(crate) by_name: Option<Option<String>>,
    /// Give an entry with `insecure-skip-tls-verify` an identity: the one that is known, else the one that its server
    /// shows
    ///
    /// A server that nothing is known of is taken at its word only if you say so: name the key that it has to show
    /// (`--pin=sha256:…`), or answer the question.
    #[arg(long, value_name = "KEY", num_args = 0..=1, require_equals = true, conflicts_with_all = ["at", "by_name", "all", "sweep"])]
    #[expect(
        clippy::option_option,
        reason = "clap's form of an option with an optional value"
    )]
    pub(crate) pin: Option<Option<String>>,
    #[command(flatten)]
    pub(crate) files: Files,
}

/// The command line as data, for completion and the manual.
pub(crate) fn command() -> clap::Command {
    groups::grouped(Cli::command())
}

fn parsed<T: Into<OsString> + Clone>(
    line: impl IntoIterator<Item = T>,
) -> clap::error::Result<Cli> {
    let mut program = command();
    let mut found = program.try_get_matches_from_mut(line)?;
    Cli::from_arg_matches_mut(&mut found).map_err(|error| error.format(&mut program))
}

/// Parses the arguments and runs the command.
pub(crate) fn run(arguments: Vec<OsString>) -> ExitCode {
    let cli = match parsed(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are errors to clap, with exit code 0.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() {
                exit::USAGE
            } else {
                exit::OK
            });
        }
    };
    if cli.command.is_swept_for() {
        commands::session::sweep();
        commands::edit::copy::sweep();
    }
    let result = match cli.command {
        Command::Use(arguments) => commands::use_::run(&arguments),
        Command::Ls(arguments) => commands::ls::run(&arguments),
        Command::Ns(arguments) => commands::ns::run(&arguments),
        Command::Shell(arguments) => commands::shell::run(&arguments),
        Command::Prompt(arguments) => Ok(commands::prompt::run(&arguments)),
        Command::Session(command) => commands::session::run(&command),
        Command::Add(arguments) => commands::add::run(&arguments),
        Command::Status(arguments) => commands::status::run(&arguments),
        Command::Doctor(arguments) => commands::doctor::run(&arguments),
        Command::Heal(arguments) => commands::heal::run(&arguments),
        Command::Lint(arguments) => commands::lint::run(&arguments),
        Command::K { arguments } => return commands::k::run(&arguments),
        Command::Config { arguments } => return commands::config::run(&arguments),
        Command::Init(arguments) => commands::init::run(&arguments),
        Command::Rename(arguments) => commands::tidy::rename::run(&arguments),
        Command::Rm(arguments) => commands::tidy::rm::run(&arguments),
        Command::Copy(arguments) => commands::tidy::copy::run(&arguments),
        Command::Export(arguments) => commands::tidy::export::run(&arguments),
        Command::Split(arguments) => commands::tidy::split::run(&arguments),
        Command::Merge(arguments) => commands::tidy::merge::run(&arguments),
        Command::Node(arguments) => commands::node::run(&arguments),
        Command::Dirs(arguments) => commands::dirs::run(&arguments),
        Command::Env(arguments) => commands::env::run(&arguments),
        Command::Prune(arguments) => commands::tidy::prune::run(&arguments),
        Command::Dedupe(arguments) => commands::tidy::dedupe::run(&arguments),
        Command::Edit(arguments) => commands::edit::run(&arguments),
        Command::Eject(arguments) => commands::eject::run(&arguments),
        Command::Exec(arguments) => commands::exec::run(&arguments),
        Command::Label(arguments) => commands::label::run(&arguments),
        Command::Alias(arguments) => commands::alias::run(&arguments),
        Command::Protect(arguments) => commands::protect::run(&arguments),
        Command::History(arguments) => commands::history::history(&arguments),
        Command::Undo(arguments) => commands::history::undo(&arguments),
        Command::Redo(arguments) => commands::history::redo(&arguments),
        Command::Unlock(arguments) => commands::history::unlock(&arguments),
        Command::Demo => commands::demo::run(),
        Command::Manual(arguments) => commands::manual::run(&arguments),
    };
    ExitCode::from(result.unwrap_or_else(|error| error.report()))
}

/// Runs a command of ours that another one names.
pub(crate) fn run_ours(arguments: &[String]) -> Result<u8, CommandError> {
    let line = std::iter::once("bowline").chain(arguments.iter().map(String::as_str));
    let cli = parsed(line).map_err(|error| CommandError::new(exit::USAGE, error.to_string()))?;
    match cli.command {
        Command::Add(arguments) => commands::add::run(&arguments),
        Command::Heal(arguments) => commands::heal::run(&arguments),
        Command::Config { arguments } => {
            let code = commands::config::run(&arguments);
            let failed = code != ExitCode::SUCCESS;
            Ok(if failed { exit::FAILED } else { exit::OK })
        }
        _ => Err(CommandError::new(
            exit::FAILED,
            "this command mends nothing",
        )),
    }
}
