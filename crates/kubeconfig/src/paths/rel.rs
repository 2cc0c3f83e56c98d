//! From one path to another.

use super::System;
use super::clean::clean;
use super::is_abs;
use super::volume::split;

/// Why a path cannot be written relative to a directory. The texts are Go's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// There is no way from one to the other: another drive, or only one of them has a root.
    #[error("Rel: can't make {path} relative to {base}")]
    Rel {
        /// The path.
        path: String,
        /// The directory.
        base: String,
    },
    /// It leaves the directory, and no absolute path could stand instead.
    #[error("{path} requires backsteps and is not absolute")]
    Backsteps {
        /// The path.
        path: String,
    },
}

/// Returns the way from the directory `base` to `path` (Go's `Rel`): joined to `base` it means
/// `path`. On Windows letter case does not count.
///
/// # Errors
/// [`PathError::Rel`].
pub fn rel(system: System, base: &str, path: &str) -> Result<String, PathError> {
    let same = |a: &str, b: &str| match system {
        System::Unix => a == b,
        System::Windows => a.to_lowercase() == b.to_lowercase(),
    };
    let error = || PathError::Rel {
        path: path.to_owned(),
        base: base.to_owned(),
    };
    let (base_clean, path_clean) = (clean(system, base), clean(system, path));
    if same(&base_clean, &path_clean) {
        return Ok(".".to_owned());
    }
    let (base_volume, base_rest) = split(system, &base_clean);
    let (path_volume, path_rest) = split(system, &path_clean);
    let separator = system.separator();
    let base_rest = match base_rest {
        "." => "",
        // A share is its own root.
        "" if base_volume.len() > 2 => "\\",
        rest => rest,
    };
    let rooted = |rest: &str| rest.starts_with(separator);
    if rooted(base_rest) != rooted(path_rest) || !same(base_volume, path_volume) {
        return Err(error());
    }
    let parts = |rest: &'_ str| -> Vec<String> {
        let parts = rest.split(separator).filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    };
    let (from, to) = (parts(base_rest), parts(path_rest));
    let common = from.iter().zip(&to).take_while(|(a, b)| same(a, b)).count();
    let (up, down) = (
        from.get(common..).unwrap_or_default(),
        to.get(common..).unwrap_or_default(),
    );
    if up.first().is_some_and(|part| part == "..") {
        return Err(error());
    }
    let way: Vec<&str> = std::iter::repeat_n("..", up.len())
        .chain(down.iter().map(String::as_str))
        .collect();
    Ok(way.join(&separator.to_string()))
}

/// Returns how `value` is written into a kubeconfig in the absolute directory `base` (client-go
/// `tools/clientcmd/loader.go`, `RelativizePathWithNoBacksteps`): relative to it, but as given
/// where that begins with `../`. As in client-go `..\` does not count. Empty stays empty.
///
/// # Errors
/// See [`PathError`]; kubectl fails there.
pub fn relativize(system: System, base: &str, value: &str) -> Result<String, PathError> {
    if value.is_empty() {
        return Ok(String::new());
    }
    let way = rel(system, base, value)?;
    if !way.starts_with("../") {
        return Ok(way);
    }
    if is_abs(system, value) {
        return Ok(value.to_owned());
    }
    let path = value.to_owned();
    Err(PathError::Backsteps { path })
}
