//! Paths as kubectl treats them: Go's `path/filepath` on texts, for both kinds of systems on any,
//! and client-go's rules on top. Nothing here asks a file system.

mod clean;
mod home;
mod rel;
#[cfg(test)]
mod tests;
mod volume;

pub use clean::clean;
pub use clean::dir;
pub use clean::join;
pub use home::Probe;
pub use home::expand_tilde;
pub use home::home;
pub use rel::PathError;
pub use rel::rel;
pub use rel::relativize;
pub use volume::is_abs;

/// Whose paths they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// `/` separates, and `:` separates the members of a list.
    Unix,
    /// `\` and `/` separate, `;` separates the members of a list, drives and shares come first.
    Windows,
}

impl System {
    /// The system that this program runs on.
    pub const HOST: Self = if cfg!(windows) {
        Self::Windows
    } else {
        Self::Unix
    };

    /// The separator that Go writes.
    fn separator(self) -> char {
        match self {
            Self::Unix => '/',
            Self::Windows => '\\',
        }
    }

    fn separates(self, byte: u8) -> bool {
        byte == b'/' || (self == Self::Windows && byte == b'\\')
    }
}

/// Returns the members of a list such as `KUBECONFIG`, empty ones too (Go's `SplitList`); none of
/// an empty list. On Windows `"` protects a `;` and is dropped.
pub fn split_list(system: System, list: &str) -> Vec<String> {
    if list.is_empty() {
        return Vec::new();
    }
    if system == System::Unix {
        return list.split(':').map(str::to_owned).collect();
    }
    let mut quoted = false;
    let members = list.split(|char| {
        quoted ^= char == '"';
        char == ';' && !quoted
    });
    members.map(|member| member.replace('"', "")).collect()
}

/// Whether the command of an exec plugin is a path, and not looked up on `PATH` (client-go
/// `tools/clientcmd/loader.go`, `GetAuthInfoFileReferences`): on Windows only `\` counts.
pub fn has_separator(system: System, command: &str) -> bool {
    command.contains(system.separator())
}

/// Returns the path that `value` means in a kubeconfig in the directory `base` (client-go
/// `tools/clientcmd/loader.go`, `ResolvePaths`). Empty stays empty, absolute stays as written.
pub fn resolve(system: System, base: &str, value: &str) -> String {
    if value.is_empty() || is_abs(system, value) {
        return value.to_owned();
    }
    join(system, &[base, value])
}
