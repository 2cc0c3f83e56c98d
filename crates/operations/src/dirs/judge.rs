//! Whether a file is a kubeconfig that kubectl can read.

use std::path::Path;

use kubeconfig::Document;
use kubeconfig::List;
use kubeconfig::outline::Outline;

use super::Skip;

/// Larger than any kubeconfig: ten thousand entries are 58 MiB.
const MOST_BYTES: u64 = 128 << 20;

/// How many contexts a file has, or why it must not be named.
pub(super) fn judge(path: &Path) -> Result<usize, Skip> {
    let found = std::fs::metadata(path).map_err(|error| {
        let is_link = path.symlink_metadata().is_ok();
        Skip::Unreadable(match error.kind() {
            std::io::ErrorKind::NotFound if is_link => "a link that leads nowhere".to_owned(),
            _ => error.to_string(),
        })
    })?;
    if !found.is_file() {
        // A pipe would be waited for.
        return Err(Skip::NotAFile);
    }
    if found.len() > MOST_BYTES {
        return Err(Skip::TooLarge);
    }
    let unreadable = |error: store::StoreError| Skip::Unreadable(error.to_string());
    let Some(bytes) = store::read(path).map_err(unreadable)? else {
        return Err(Skip::Unreadable("it is gone".to_owned()));
    };
    let lists = [List::Contexts, List::Clusters, List::Users];
    let counts = if let Some(outline) = Outline::of(&bytes) {
        lists.map(|list| outline.names(list).len())
    } else {
        let document =
            Document::parse(bytes).map_err(|error| Skip::NotAKubeconfig(error.to_string()))?;
        let config = document.config();
        [
            config.contexts.len(),
            config.clusters.len(),
            config.users.len(),
        ]
    };
    match counts {
        [0, 0, 0] => Err(Skip::Nothing),
        [contexts, ..] => Ok(contexts),
    }
}
