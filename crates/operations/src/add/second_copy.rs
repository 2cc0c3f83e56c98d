//! The kubeconfig that MicroK8s' installer for Windows and macOS wrote once, and never again
//! (canonical/microk8s `installer/common/file_utils.py`): `microk8s kubectl` uses it, and fails after the
//! first change of address.

use std::path::Path;

use identity::Limits;
use kubeconfig::Document;
use kubeconfig::Edit;
use kubeconfig::Named;

use super::refresh::has_same_credential;
use super::refresh::is_same_cluster;
use super::refresh::with_credential;
use super::take::Taken;
use crate::check::Checked;
use crate::check::check;
use crate::heal::plan::Change;
use crate::kubeconfigs::Target;
use crate::world::World;

/// What is to be done to one copy: its entry of the same cluster gets the server of `target`, if its own
/// does not answer, and the credential of the machine's admin. `None` when there is nothing to do.
///
/// # Errors
/// A text that says why the copy cannot be mended.
pub(super) async fn mended(
    world: &World,
    path: &Path,
    target: &Target,
    taken: &Taken,
    limits: &Limits,
) -> Result<Option<Change>, String> {
    let failed = |why: String| format!("{}: {why}", path.display());
    let Some(bytes) = store::read(path).map_err(|error| error.to_string())? else {
        return Ok(None);
    };
    let document = Document::parse(bytes).map_err(|error| failed(error.to_string()))?;
    let config = document.config();
    let mut edits = Vec::new();
    for entry in &config.clusters {
        let Ok(copy) = Target::read(path, &entry.name, &entry.value) else {
            continue;
        };
        if !is_same_cluster(&copy, target) {
            continue;
        }
        let elsewhere = copy.server.to_string() != target.server.to_string();
        if elsewhere && !matches!(check(world, &copy, limits).await, Checked::Proved(..)) {
            edits.push(Edit::SetServer {
                cluster: entry.name.clone(),
                server: target.server.to_string(),
            });
            let name = target.cluster.tls_server_name.clone();
            if let Some(name) =
                name.filter(|name| copy.cluster.tls_server_name.as_ref() != Some(name))
            {
                edits.push(Edit::SetTlsServerName {
                    cluster: entry.name.clone(),
                    name,
                });
            }
        }
        let contexts = config.contexts.iter();
        let users = contexts.filter(|context| context.value.cluster == entry.name);
        let admin = users
            .map(|context| &context.value.user)
            .find(|user| **user == taken.user_name);
        if let Some(name) = admin
            && let Some(user) = config.user(name)
            && !has_same_credential(user, &taken.user)
        {
            let fresh = with_credential(user, &taken.user);
            edits.push(Edit::PutUser(Named::new(name.clone(), fresh)));
        }
    }
    if edits.is_empty() {
        return Ok(None);
    }
    let after = document
        .edit(&edits)
        .map_err(|error| failed(error.to_string()))?;
    Ok(Some(Change {
        path: path.to_owned(),
        edits,
        before: document.bytes().to_vec(),
        after,
        beside: false,
    }))
}
