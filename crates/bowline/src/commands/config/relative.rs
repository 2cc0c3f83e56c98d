//! Paths in entries, relative to the kubeconfig that holds them (client-go
//! `tools/clientcmd/loader.go`, `ResolvePaths`, `RelativizePathWithNoBacksteps`).

use std::path::Path;
use std::path::PathBuf;

use kubeconfig::Cluster;
use kubeconfig::User;
use kubeconfig::paths::System;
use kubeconfig::paths::relativize;

const SYSTEM: System = System::HOST;

/// A path as an entry in the folder `folder` means it, without `.` and `..`.
pub(super) fn resolve(folder: &Path, value: &str) -> PathBuf {
    match folder.to_str() {
        Some(folder) => PathBuf::from(kubeconfig::paths::resolve(SYSTEM, folder, value)),
        None => folder.join(value),
    }
}

/// Writes a cluster's path relative to the folder of its kubeconfig, where it is below it.
pub(super) fn cluster(folder: &Path, cluster: &mut Cluster) {
    field(folder, &mut cluster.certificate_authority);
}

/// Writes a user's paths relative to the folder of its kubeconfig, where they are below it. Not the
/// command of a plugin: kubectl turns `./auth` into `auth`, which is another program, found on PATH.
pub(super) fn user(folder: &Path, user: &mut User) {
    field(folder, &mut user.client_certificate);
    field(folder, &mut user.client_key);
    field(folder, &mut user.token_file);
}

fn field(folder: &Path, path: &mut Option<String>) {
    // A kubeconfig holds text: below a folder that is none, the path stays as it is.
    if let (Some(value), Some(folder)) = (path.as_mut(), folder.to_str()) {
        let resolved = kubeconfig::paths::resolve(SYSTEM, folder, value);
        // What cannot be made relative (another volume) stays absolute.
        *value = relativize(SYSTEM, folder, &resolved).unwrap_or(resolved);
    }
}
