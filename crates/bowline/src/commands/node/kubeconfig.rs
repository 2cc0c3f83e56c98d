//! `bowline node kubeconfig`, and the kubeconfig that `users add` gives.

use std::path::Path;

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

/// Prints the kubeconfig of a user, or writes it.
pub(super) fn write(
    scene: &Scene,
    access: &Access,
    reached: &Reached,
    user: &str,
    credential: User,
    to: &Written,
) -> Result<(), CommandError> {
    let name = to
        .name
        .clone()
        .unwrap_or_else(|| default_name(scene, access));
    let text = kubeconfig(
        &name,
        reached.cluster.clone(),
        user,
        credential,
        to.namespace.as_deref(),
    );
    let Some(file) = &to.file else {
        return Ok(output::print(&text)?);
    };
    let file = scene.environment.expand(file);
    write_private(&file, text.as_bytes())
        .map_err(|error| CommandError::new(exit::FAILED, format!("{}: {error}", file.display())))?;
    output::print(&format!(
        "wrote {} for {}: whoever has it is {} there\n",
        file.display(),
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

/// A new file that is its owner's alone from its first byte.
fn write_private(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(file)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Where a user's certificate lies in kubeconfigs of ours, for messages.
pub(super) fn contexts_with(
    files: &[std::path::PathBuf],
    old: &Old,
) -> Result<String, CommandError> {
    let holders = ours::holders(files, old)?;
    let names: Vec<_> = holders
        .iter()
        .map(|holder| format!("user {} in {}", cell(&holder.user), holder.file.display()))
        .collect();
    Ok(names.join(", "))
}
