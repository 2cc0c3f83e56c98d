//! The home directory.

use super::System;
use super::join;

/// What stands at a path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Probe {
    /// There is something.
    pub exists: bool,
    /// It is a directory that its owner may write to.
    pub writable_directory: bool,
}

/// Returns the home directory that client-go uses (`util/homedir/homedir.go`), from environment
/// variables.
///
/// - Unix: `HOME`. When it is empty or not set there is none: kubectl then reads and writes
///   `.kube/config` of the current directory, which nobody wants.
/// - Windows: the first of `HOME`, `HOMEDRIVE` with `HOMEPATH`, and `USERPROFILE` that has a
///   `.kube\config`. Else, with the last two changed, the first that is a directory to write to,
///   that exists, that is set.
pub fn home(
    system: System,
    variables: &dyn Fn(&str) -> Option<String>,
    probe: &dyn Fn(&str) -> Probe,
) -> Option<String> {
    let set = |name: &str| variables(name).filter(|value| !value.is_empty());
    let home = set("HOME");
    if system == System::Unix {
        return home;
    }
    let drive = set("HOMEDRIVE")
        .zip(set("HOMEPATH"))
        .map(|(drive, path)| drive + &path);
    let profile = set("USERPROFILE");
    let with_config = [&home, &drive, &profile]
        .into_iter()
        .flatten()
        .find(|path| probe(&join(system, &[path, ".kube", "config"])).exists);
    if let Some(path) = with_config {
        return Some(path.clone());
    }
    let set: Vec<_> = [home, profile, drive].into_iter().flatten().collect();
    let first = |fits: fn(Probe) -> bool| set.iter().find(|path| fits(probe(path))).cloned();
    first(|probe| probe.exists && probe.writable_directory)
        .or_else(|| first(|probe| probe.exists))
        .or_else(|| set.first().cloned())
}

/// Returns `path` with `home` for a leading `~/` (on Windows also `~\`), unless `exists` finds
/// something of literally that name. kubectl does not do this.
pub fn expand_tilde(
    system: System,
    home: Option<&str>,
    path: &str,
    exists: &dyn Fn(&str) -> bool,
) -> String {
    let rest = path.strip_prefix('~').filter(|rest| {
        rest.len() > 1
            && rest
                .bytes()
                .next()
                .is_some_and(|byte| system.separates(byte))
    });
    match (home, rest) {
        (Some(home), Some(rest)) if !exists(path) => join(system, &[home, rest]),
        _ => path.to_owned(),
    }
}
