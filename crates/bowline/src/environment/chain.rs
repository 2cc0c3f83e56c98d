//! Which kubeconfigs a run is about: those of kubectl, and behind them those of `dirs` in config.toml.

use std::ffi::OsStr;
use std::path::Path;
use std::path::PathBuf;

use kubeconfig::chain;
use operations::dirs;
use operations::dirs::Expanded;
use operations::session;

use super::Environment;
use super::EnvironmentError;
use super::variable;

impl Environment {
    /// The kubeconfig files of this run: the one that a flag names, or those of KUBECONFIG (or `~/.kube/config`) and
    /// of `dirs`.
    pub(crate) fn kubeconfig_paths(
        &self,
        flag: Option<&OsStr>,
    ) -> Result<Vec<PathBuf>, EnvironmentError> {
        let mut paths = self.kubectl_paths(flag)?;
        if flag.is_none_or(OsStr::is_empty) && self.may_have_dirs() {
            let expanded = self.dirs(&paths)?;
            paths.extend(expanded.files().map(Path::to_owned));
        }
        Ok(paths)
    }

    /// The user's own kubeconfigs of this run, without a terminal's session.
    pub(crate) fn own_kubeconfig_paths(
        &self,
        flag: Option<&OsStr>,
    ) -> Result<Vec<PathBuf>, EnvironmentError> {
        Ok(session::of_the_user(&self.kubeconfig_paths(flag)?))
    }

    /// The files that kubectl itself would read.
    pub(crate) fn kubectl_paths(
        &self,
        flag: Option<&OsStr>,
    ) -> Result<Vec<PathBuf>, EnvironmentError> {
        let list = variable("KUBECONFIG");
        chain::paths(flag, list.as_deref(), self.home.as_deref(), Path::exists)
            .map_err(|_| EnvironmentError::NoKubeconfig)
    }

    /// Whether kubectl has to be told which files there are, since it would not read all of `paths`.
    pub(crate) fn has_more_than_kubectl(&self, paths: &[PathBuf]) -> bool {
        self.kubectl_paths(None)
            .is_ok_and(|of_kubectl| of_kubectl.len() < paths.len())
    }

    /// What `dirs` of config.toml gives behind these files.
    pub(crate) fn dirs(&self, paths: &[PathBuf]) -> Result<Expanded, EnvironmentError> {
        let dirs = self.settings()?.dirs;
        Ok(dirs::expand(&dirs, self.home.as_deref(), paths))
    }

    /// What `dirs` may give behind these files, without reading any of it.
    pub(crate) fn dir_candidates(
        &self,
        paths: &[PathBuf],
    ) -> Result<Vec<PathBuf>, EnvironmentError> {
        if !self.may_have_dirs() {
            return Ok(Vec::new());
        }
        let dirs = self.settings()?.dirs;
        Ok(dirs::candidates(&dirs, self.home.as_deref(), paths))
    }

    /// Whether config.toml can say anything about `dirs`. Most do not, and need not be read for every kubectl.
    fn may_have_dirs(&self) -> bool {
        let Some(file) = &self.config_file else {
            return false;
        };
        // One that cannot be read is told where it is read as settings. A key may be written with escapes.
        std::fs::read(file).map_or_else(
            |error| error.kind() != std::io::ErrorKind::NotFound,
            |bytes| bytes.contains(&b'\\') || bytes.windows(4).any(|word| word == b"dirs"),
        )
    }
}
