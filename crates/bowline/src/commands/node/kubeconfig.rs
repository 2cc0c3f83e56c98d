//! `bowline node kubeconfig`, and the kubeconfig that `users add` gives.

use std::fs::File;
use std::io;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;

use ::kubeconfig::User;
use operations::add::names;
use operations::node::access::Access;
use operations::node::kubeconfig::kubeconfig;
use operations::node::ours;
use operations::node::ours::Old;
use operations::node::reached::Own;
use operations::node::reached::Reached;
use operations::node::users::find;

use super::Scene;
use super::block_on;
use super::cell;
use crate::cli::node::KubeconfigArgs;
use crate::cli::node::Written;
use crate::error::CommandError;
use crate::exit;
use crate::output;

pub(super) fn run(scene: &Scene, arguments: &KubeconfigArgs) -> Result<u8, CommandError> {
    refuse_existing(scene, &arguments.kubeconfig)?;
    let access = scene.open()?;
    let kubeconfigs = scene.kubeconfigs()?;
    let destination = Destination::open(scene, &arguments.kubeconfig)?;
    let own = Own::read(&access)?;
    let issued = super::users::issued(scene)?;
    let issued: Vec<_> = issued.of(&own.authority.keys()).cloned().collect();
    let files = scene.files(&kubeconfigs);
    let credential = find::credential(&access, &own, &issued, &files, &arguments.user)?;
    let reached = scene.reach(&access, &kubeconfigs)?;
    write(
        scene,
        &access,
        &reached,
        &arguments.user,
        credential,
        &arguments.kubeconfig,
        destination,
    )?;
    Ok(exit::OK)
}

/// Before anything is changed: the file that is to be written must not be there.
pub(super) fn refuse_existing(scene: &Scene, to: &Written) -> Result<(), CommandError> {
    let Some(file) = &to.file else { return Ok(()) };
    let refuse = |message: String| Err(CommandError::new(exit::BAD_INPUT, message));
    // Elsewhere `-o` is a format.
    if let Some(format @ ("json" | "yaml" | "table")) = file.to_str() {
        return refuse(format!(
            "-o {format}: the kubeconfig has one format only, and -o names its file; for a file of this name: -o ./{format}"
        ));
    }
    let file = scene.environment.expand(file);
    if file.symlink_metadata().is_ok() {
        return refuse(format!(
            "{} exists already: choose another file",
            file.display()
        ));
    }
    let folder = file.parent().filter(|it| !it.as_os_str().is_empty());
    if folder.is_some_and(|folder| !folder.is_dir()) {
        return refuse(format!(
            "{}: its folder does not exist: make it first, or choose another file",
            file.display()
        ));
    }
    Ok(())
}

/// Where a kubeconfig will be written: a new file that is its owner's alone from its first byte, or standard
/// output. It is made before a credential is, which would be lost if there were no place for it. What was not
/// written is removed again.
pub(super) struct Destination(Option<Reserved>);

struct Reserved {
    path: PathBuf,
    file: File,
    is_written: bool,
}

impl Destination {
    pub(super) fn open(scene: &Scene, to: &Written) -> Result<Self, CommandError> {
        refuse_existing(scene, to)?;
        let Some(path) = &to.file else {
            return Ok(Self(None));
        };
        let path = scene.environment.expand(path);
        let file = create_private(&path).map_err(|error| failed(&path, &error))?;
        Ok(Self(Some(Reserved {
            path,
            file,
            is_written: false,
        })))
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        if !self.is_written {
            // An empty file of ours, or a part of one: nobody's loss, and in the way of the next try.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn failed(path: &Path, error: &io::Error) -> CommandError {
    CommandError::new(exit::FAILED, format!("{}: {error}", path.display()))
}

/// Prints the kubeconfig of a user, or writes it.
pub(super) fn write(
    scene: &Scene,
    access: &Access,
    reached: &Reached,
    user: &str,
    credential: User,
    to: &Written,
    destination: Destination,
) -> Result<(), CommandError> {
    let name = to
        .name
        .clone()
        .unwrap_or_else(|| default_name(scene, access));
    let limits = identity::Limits::default();
    let cluster = block_on(reached.from_elsewhere(&scene.world, &limits))?;
    let cluster = cluster.unwrap_or_else(|| {
        output::note(&format!(
            "its server is {}, which is this machine alone; for another one, name the address to be used there with --at ADDRESS",
            reached.proof.address
        ));
        reached.from_here()
    });
    let text = kubeconfig(&name, cluster, user, credential, to.namespace.as_deref());
    let Some(mut reserved) = destination.0 else {
        return Ok(output::print(&text)?);
    };
    let written = reserved.file.write_all(text.as_bytes());
    written
        .and_then(|()| reserved.file.sync_all())
        .map_err(|error| failed(&reserved.path, &error))?;
    reserved.is_written = true;
    output::print(&format!(
        "wrote {} for {}: whoever has it is {} there\n",
        reserved.path.display(),
        cell(user),
        cell(user)
    ))?;
    Ok(())
}

/// As the cluster is called here, or else after its machine.
fn default_name(scene: &Scene, access: &Access) -> String {
    let place = access.machine.place();
    let known = scene.world.settings.clusters.iter().find(|(_, hints)| {
        hints
            .machine
            .as_deref()
            .and_then(|machine| machine.parse::<machines::Place>().ok())
            .is_some_and(|machine| machine == *place)
    });
    known
        .map(|(name, _)| name.clone())
        .or_else(|| names::of_machine(place))
        .or_else(|| access.node.hostname.clone())
        .unwrap_or_else(|| "microk8s".to_owned())
}

fn create_private(path: &Path) -> io::Result<File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// Where a user's certificate lies in kubeconfigs of ours, for messages.
pub(super) fn contexts_with(files: &[PathBuf], old: &Old) -> Result<String, CommandError> {
    let holders = ours::holders(files, old)?;
    let names: Vec<_> = holders
        .iter()
        .map(|holder| format!("user {} in {}", cell(&holder.user), holder.file.display()))
        .collect();
    Ok(names.join(", "))
}
