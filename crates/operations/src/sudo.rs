//! Reading what only root may read: through sudo, which is said beforehand.

use kubeconfig::redact::escape;
use machines::Machine;
use machines::MachineError;
use machines::Privilege;
use machines::Tree;

/// Fetches as whoever logs in. Where `denied` then names a path that has to be read and is not, all is fetched
/// again through sudo, after `tell` was told so. The rights that it took come with the files.
pub(crate) async fn fetch(
    machine: &Machine,
    patterns: &[&str],
    denied: impl Fn(&Tree) -> Option<String>,
    tell: &dyn Fn(&str),
) -> Result<(Tree, Privilege), MachineError> {
    let tree = machine.fetch(patterns, Privilege::AsIs).await?;
    let Some(path) = denied(&tree).filter(|_| machine.has_sudo()) else {
        return Ok((tree, Privilege::AsIs));
    };
    tell(&format!(
        "uses sudo on {} to read {}",
        escape(&machine.place().to_string()),
        escape(&path)
    ));
    let tree = machine.fetch(patterns, Privilege::Sudo).await?;
    Ok((tree, Privilege::Sudo))
}
