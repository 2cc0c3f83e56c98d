//! Kubeconfigs of ours that others on this machine can read, though they hold a credential of a cluster.

use std::io;
use std::path::Path;
use std::path::PathBuf;

use identity::Authority;
use kubeconfig::Config;
use kubeconfig::Document;
use kubeconfig::User;

use super::platform;
use crate::kubeconfigs::ca_data;

/// A kubeconfig that more people can read than should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LooseCopy {
    /// The file.
    pub file: PathBuf,
    /// Its permission bits.
    pub mode: u32,
    /// The contexts whose credentials are in it.
    pub contexts: Vec<String>,
}

/// Those of these files that hold a credential of the cluster and that group or others may read. What cannot
/// be read or parsed is passed over: it is the business of commands that use it.
pub fn loose(files: &[PathBuf], authority: &Authority) -> Vec<LooseCopy> {
    files
        .iter()
        .filter_map(|file| {
            let mode = platform::loose_mode(file)?;
            let bytes = store::read(file).ok().flatten()?;
            let document = Document::parse(bytes).ok()?;
            let contexts = contexts(file, document.config(), authority);
            (!contexts.is_empty()).then(|| LooseCopy {
                file: file.clone(),
                mode,
                contexts,
            })
        })
        .collect()
}

/// Makes the file its owner's alone (0600), behind a link too.
///
/// # Errors
/// The system's own, for example when it is somebody else's.
pub fn tighten(file: &Path) -> io::Result<()> {
    platform::tighten(file)
}

/// The contexts of the cluster whose user entry holds a secret.
fn contexts(file: &Path, config: &Config, authority: &Authority) -> Vec<String> {
    let ours = |cluster: &str| {
        let cluster = config.cluster(cluster)?;
        let pem = ca_data(file, "", cluster).ok().flatten()?;
        let theirs = Authority::from_pem(&pem).ok()?;
        (theirs.keys() == authority.keys()).then_some(())
    };
    config
        .contexts
        .iter()
        .filter(|context| {
            ours(&context.value.cluster).is_some()
                && config.user(&context.value.user).is_some_and(holds_secret)
        })
        .map(|context| context.name.clone())
        .collect()
}

fn holds_secret(user: &User) -> bool {
    let secrets = [&user.token, &user.password, &user.client_key_data];
    secrets
        .into_iter()
        .flatten()
        .any(|secret| !secret.expose().is_empty())
}
