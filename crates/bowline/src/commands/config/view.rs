//! `config view` (kubectl `pkg/cmd/config/view.go`, client-go `tools/clientcmd/api/helpers.go`).

use std::collections::BTreeMap;
use std::path::Path;

use kubeconfig::Config;
use kubeconfig::material::EmbedError;
use kubeconfig::material::embed_cluster;
use kubeconfig::material::embed_user;
use operations::modify::Located;
use operations::modify::Merged;
use store::StoreError;

use super::command::View;
use super::material::go;
use super::refusal::Refusal;

/// What is to be shown: minified, flattened, hidden, as asked.
pub(super) fn shown(
    mut merged: Merged,
    wanted: &View,
    context: Option<&str>,
    working_folder: &Path,
) -> Result<Config, Refusal> {
    if wanted.minify {
        if let Some(context) = context.filter(|context| !context.is_empty()) {
            context.clone_into(&mut merged.current_context);
        }
        minify(&mut merged)?;
    }
    if wanted.flatten {
        flatten(&mut merged, working_folder)?;
        // Made to be used elsewhere, so nothing is hidden; kubectl does the same.
        return Ok(merged.config());
    }
    let mut config = merged.config();
    if !wanted.raw {
        kubeconfig::redact::hide(&mut config, kubeconfig::redact::How::Everything);
    }
    Ok(config)
}

/// Keeps the current context and what it refers to.
fn minify(merged: &mut Merged) -> Result<(), Refusal> {
    let name = merged.current_context.clone();
    if name.is_empty() {
        return Err(Refusal::new(
            "current-context must exist in order to minify",
        ));
    }
    let Some(context) = merged.contexts.remove(&name) else {
        return Err(Refusal::new(format!("cannot locate context {name}")));
    };
    only("cluster", &mut merged.clusters, &context.value.cluster)?;
    only("user", &mut merged.users, &context.value.user)?;
    merged.contexts = BTreeMap::from([(name, context)]);
    Ok(())
}

fn only<T>(kind: &str, map: &mut BTreeMap<String, Located<T>>, name: &str) -> Result<(), Refusal> {
    let found = map.remove_entry(name);
    map.clear();
    match found {
        _ if name.is_empty() => Ok(()),
        None => Err(Refusal::new(format!("cannot locate {kind} {name}"))),
        Some((name, entry)) => {
            map.insert(name, entry);
            Ok(())
        }
    }
}

/// Puts the content of certificate and key files in the place of their paths.
fn flatten(merged: &mut Merged, working_folder: &Path) -> Result<(), Refusal> {
    let folder = |file: Option<&Path>| {
        let file = file.unwrap_or(Path::new(""));
        working_folder.join(file.parent().unwrap_or(Path::new("")))
    };
    for Located { file, value } in merged.users.values_mut() {
        let folder = folder(file.as_deref());
        embed_user(value, |path| content(&folder, path)).map_err(refused)?;
    }
    for Located { file, value } in merged.clusters.values_mut() {
        let folder = folder(file.as_deref());
        embed_cluster(value, |path| content(&folder, path)).map_err(refused)?;
    }
    Ok(())
}

fn refused(error: EmbedError<Refusal>) -> Refusal {
    match error {
        EmbedError::Read(refusal) => refusal,
        error => Refusal::new(error.to_string()),
    }
}

/// Go's `os.ReadFile`, with its words.
fn content(folder: &Path, path: &str) -> Result<Vec<u8>, Refusal> {
    let path = super::relative::resolve(folder, path);
    let refused =
        |verb: &str, cause: &str| Refusal::new(format!("{verb} {}: {cause}", path.display()));
    match store::read(&path) {
        Ok(Some(content)) => Ok(content),
        Ok(None) => Err(refused("open", "no such file or directory")),
        Err(StoreError::Folder { .. }) => Err(refused("read", "is a directory")),
        Err(StoreError::Unreadable { source, .. }) => Err(refused("open", &go(&source))),
        Err(error) => Err(Refusal::new(error.to_string())),
    }
}
