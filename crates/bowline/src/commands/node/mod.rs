//! `bowline node`: looking after a MicroK8s node.

mod args;
mod audit;
mod certs;
mod credentials;
mod info;
mod kubeconfig;
mod repair;
mod users;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use ::kubeconfig::redact::escape;
use machines::Machine;
use machines::Place;
use microk8s::paths::Wanted;
use operations::Kubeconfigs;
use operations::World;
use operations::add::At;
use operations::failure::argument;
use operations::node::access::Access;
use operations::node::reached::Reached;
use serde_json::Value;

use super::block_on;
use crate::cli::Format;
use crate::cli::node::NodeArgs;
use crate::cli::node::NodeCommand;
use crate::cli::node::On;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;
use crate::output;
use crate::output::structured;

/// How long a node may take for one request. A restart of its services is one, and takes its time.
const PATIENCE: Duration = Duration::from_mins(3);

/// The version of the JSON forms; they grow by adding fields, and change their number otherwise.
const SCHEMA: u32 = 1;

pub(crate) fn run(arguments: &NodeArgs) -> Result<u8, CommandError> {
    let environment = Environment::find();
    let scene = Scene {
        world: environment.world()?,
        environment,
        on: arguments.on.clone(),
    };
    match &arguments.command {
        NodeCommand::Info(arguments) => info::run(&scene, *arguments),
        NodeCommand::Args(arguments) => args::run(&scene, arguments),
        NodeCommand::Credentials(arguments) => credentials::run(&scene, *arguments),
        NodeCommand::Users(command) => users::run(&scene, command),
        NodeCommand::Kubeconfig(arguments) => kubeconfig::run(&scene, arguments),
        NodeCommand::Certs(arguments) => certs::run(&scene, arguments),
        NodeCommand::Audit(arguments) => audit::run(&scene, arguments),
        NodeCommand::Repair(arguments) => repair::run(&scene, arguments),
    }
}

/// What every subcommand needs.
struct Scene {
    environment: Environment,
    world: World,
    on: On,
}

impl Scene {
    /// Opens the node that is meant.
    fn open(&self) -> Result<Access, CommandError> {
        self.open_with(&[])
    }

    /// The same, with more of its files.
    fn open_with(&self, besides: &[Wanted]) -> Result<Access, CommandError> {
        let machine = self.machine()?.interactive(output::is_interactive());
        Ok(block_on(Access::open(machine, besides, &output::note))??)
    }

    /// The machine that is meant: named, this one, or the only one that is known.
    fn machine(&self) -> Result<Machine, CommandError> {
        let refuse = |reason: String| CommandError::new(exit::BAD_INPUT, reason);
        if let Some(root) = &self.on.root {
            let root = self.environment.expand(root);
            let place = Place::Folder(std::path::absolute(root)?);
            return self.world.machine_at(place, PATIENCE).map_err(refuse);
        }
        if let Some(on) = &self.on.target {
            return self.named(on);
        }
        if std::path::Path::new(microk8s::paths::REVISIONS).exists() {
            return self
                .world
                .machine_at(Place::Local, PATIENCE)
                .map_err(refuse);
        }
        let clusters = self.world.settings.clusters.values();
        let known: BTreeSet<&str> = clusters
            .filter_map(|hints| hints.machine.as_deref())
            .collect();
        let known: Vec<&str> = known.into_iter().collect();
        match known.as_slice() {
            [] => Err(refuse(
                "which node? MicroK8s is not on this machine, and none is known: name it with --on multipass:NAME, ssh:USER@HOST, lxd:NAME, incus:NAME or wsl:DISTRO, a copy with --root DIR, or take its cluster in first: bowline add microk8s"
                    .to_owned(),
            )),
            [only] => self.world.machine(only, PATIENCE).map_err(refuse),
            several => {
                let several: Vec<_> = several.iter().map(|place| escape(place)).collect();
                Err(refuse(format!(
                    "which node? Several are known: choose one with --on: {}",
                    several.join(", ")
                )))
            }
        }
    }

    /// What `--on` says: a cluster that came from a machine, or a machine.
    fn named(&self, on: &str) -> Result<Machine, CommandError> {
        let usage = |reason: String| CommandError::new(exit::USAGE, format!("--on: {reason}"));
        // A cluster may be called as a place is written: who writes a place means it.
        let known = self.world.settings.hints(on).machine;
        let known = known.filter(|_| on.parse::<Place>().is_err());
        let place = known.as_deref().unwrap_or(on);
        if Place::is_meant_by(place) {
            let place: Place = place
                .parse()
                .map_err(|error: machines::PlaceError| usage(error.to_string()))?;
            return self.world.machine_at(place, PATIENCE).map_err(usage);
        }
        let clusters = &self.world.settings.clusters;
        let known: Vec<_> = clusters
            .iter()
            .filter(|(_, hints)| hints.machine.is_some())
            .map(|(name, _)| escape(name))
            .collect();
        let known = if known.is_empty() {
            "none is known".to_owned()
        } else {
            format!("known: {}", known.join(", "))
        };
        Err(usage(format!(
            "{} is neither a machine (local, multipass:NAME, ssh:USER@HOST, lxd:NAME, incus:NAME, wsl:DISTRO) nor a cluster that was added from one ({known})",
            argument(on)
        )))
    }

    /// A command of ours in a text, with the words that make it mean the same node again. Nothing restarts in a
    /// copy, and to change a token there alone mends nothing: such a command is for the node.
    fn aimed(&self, text: &str) -> String {
        if self.on.root.is_some()
            && text.starts_with("bowline node ")
            && text.ends_with(" --restart")
        {
            return format!("on the node itself: {text}");
        }
        let root = self.on.root.as_ref().map(|root| root.to_string_lossy());
        let words: String = [
            ("root", root.as_deref()),
            ("on", self.on.target.as_deref()),
            ("at", self.on.at.as_deref()),
        ]
        .into_iter()
        .filter_map(|(flag, value)| Some(format!("--{flag} {} ", argument(value?))))
        .collect();
        text.replace("bowline node ", &format!("bowline node {words}"))
    }

    /// The kubeconfigs of ours.
    fn kubeconfigs(&self) -> Result<Kubeconfigs, CommandError> {
        let flag = self
            .on
            .kubeconfig
            .as_deref()
            .map(std::path::Path::as_os_str);
        let kubeconfigs = Kubeconfigs::load(self.environment.kubeconfig_paths(flag)?)?;
        if flag.is_some() {
            kubeconfigs.require_file()?;
        }
        Ok(kubeconfigs)
    }

    /// Every kubeconfig of ours that may carry a credential of the node: those of the chain, and the copies of
    /// MicroK8s' installer.
    fn files(&self, kubeconfigs: &Kubeconfigs) -> Vec<PathBuf> {
        self.with_copies(&kubeconfigs.paths)
    }

    fn with_copies(&self, paths: &[PathBuf]) -> Vec<PathBuf> {
        let mut files = paths.to_vec();
        let copies = self.world.second_copies.iter();
        files.extend(copies.filter(|copy| !paths.contains(copy)).cloned());
        files
    }

    /// Finds the node's API server and proves it.
    fn reach(&self, access: &Access, kubeconfigs: &Kubeconfigs) -> Result<Reached, CommandError> {
        let at = self.at()?;
        let limits = identity::Limits::default();
        let reached = Reached::find(&self.world, kubeconfigs, access, &at, &limits);
        Ok(block_on(reached)??)
    }

    fn at(&self) -> Result<Vec<At>, CommandError> {
        let at = self.on.at.as_deref().map(super::add::at).transpose()?;
        Ok(at.into_iter().collect())
    }
}

/// The addresses that other machines may reach a node at; none where they are not known. `at` is what the user
/// says.
fn addresses(access: &Access, at: &[At]) -> Vec<IpAddr> {
    if !at.is_empty() {
        return at.iter().map(|at| at.address).collect();
    }
    let found = block_on(access.machine.addresses()).map(Result::ok);
    let mut found = found.ok().flatten().unwrap_or_default();
    found.retain(|address| !machines::is_of_containers(*address));
    found
}

/// Now, in seconds since the Unix epoch.
fn now() -> i64 {
    i64::try_from(operations::world::now().as_secs()).unwrap_or(i64::MAX)
}

/// Prints a table for people, or the value for programs.
fn print(
    format: Format,
    table: impl FnOnce() -> String,
    value: &Value,
) -> Result<(), CommandError> {
    let text = match format {
        Format::Table => output::plain(&table()),
        Format::Json => structured::json(&with_times(value.clone())),
        Format::Yaml => structured::yaml(&with_times(value.clone())),
    };
    Ok(output::print(&text)?)
}

/// Times as all other answers of ours have them: RFC 3339, UTC.
fn with_times(mut value: Value) -> Value {
    const TIMES: [&str; 4] = ["expires", "modified", "notAfter", "notBefore"];
    match &mut value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let seconds = field.as_i64().filter(|_| TIMES.contains(&name.as_str()));
                *field = match seconds.map(jiff::Timestamp::from_second) {
                    Some(Ok(time)) => Value::String(time.to_string()),
                    _ => with_times(field.take()),
                };
            }
        }
        Value::Array(items) => {
            for item in items {
                *item = with_times(item.take());
            }
        }
        _ => {}
    }
    value
}

/// A name as a cell of a table.
fn cell(text: &str) -> String {
    escape(text).into_owned()
}
