//! The files that shells read when they start, where a line may load bowline.

use std::path::Path;
use std::path::PathBuf;

use crate::environment::variable;

/// What a path is relative to.
#[derive(Clone, Copy)]
enum Base {
    Home,
    /// `ZDOTDIR`, else the home folder.
    Zsh,
    /// `XDG_CONFIG_HOME`, else `~/.config`.
    Config,
    /// `%APPDATA%`.
    Roaming,
}

const FILES: &[(Base, &str)] = &[
    (Base::Home, ".bashrc"),
    (Base::Home, ".bash_profile"),
    (Base::Home, ".bash_login"),
    (Base::Home, ".bash_aliases"),
    (Base::Home, ".profile"),
    (Base::Zsh, ".zshrc"),
    (Base::Zsh, ".zshenv"),
    (Base::Zsh, ".zprofile"),
    (Base::Config, "fish/config.fish"),
    (Base::Config, "elvish/rc.elv"),
    (Base::Home, ".elvish/rc.elv"),
    (Base::Config, "powershell/profile.ps1"),
    (Base::Config, "powershell/Microsoft.PowerShell_profile.ps1"),
    (Base::Home, "Documents/PowerShell/profile.ps1"),
    (
        Base::Home,
        "Documents/PowerShell/Microsoft.PowerShell_profile.ps1",
    ),
    (Base::Home, "Documents/WindowsPowerShell/profile.ps1"),
    (
        Base::Home,
        "Documents/WindowsPowerShell/Microsoft.PowerShell_profile.ps1",
    ),
    (Base::Config, "nushell/config.nu"),
    (Base::Config, "nushell/env.nu"),
    (Base::Roaming, "nushell/config.nu"),
    (Base::Roaming, "nushell/env.nu"),
    (Base::Home, "Library/Application Support/nushell/config.nu"),
    (Base::Home, "Library/Application Support/nushell/env.nu"),
    (Base::Config, "starship.toml"),
];

/// Folders whose every file is read.
const FOLDERS: &[(Base, &str)] = &[
    (Base::Config, "fish/conf.d"),
    (Base::Config, "fish/completions"),
    (Base::Config, "nushell/autoload"),
    (Base::Home, ".local/share/bash-completion/completions"),
    (Base::Home, ".bashrc.d"),
];

/// More than anybody has in such a folder.
const MOST: usize = 1000;

/// All of them that may exist.
pub(super) fn files(home: Option<&Path>) -> Vec<PathBuf> {
    let place = |(base, path): &(Base, &str)| {
        let folder = match base {
            Base::Home => home.map(Path::to_owned),
            Base::Zsh => folder("ZDOTDIR").or_else(|| home.map(Path::to_owned)),
            Base::Config => {
                folder("XDG_CONFIG_HOME").or_else(|| home.map(|home| home.join(".config")))
            }
            Base::Roaming => folder("APPDATA"),
        };
        folder.map(|folder| folder.join(path))
    };
    let mut files: Vec<PathBuf> = FILES.iter().filter_map(place).collect();
    for folder in FOLDERS.iter().filter_map(place) {
        let read = std::fs::read_dir(folder).into_iter().flatten().take(MOST);
        let mut inside: Vec<PathBuf> = read.filter_map(|it| Some(it.ok()?.path())).collect();
        inside.sort();
        files.append(&mut inside);
    }
    files
}

fn folder(name: &str) -> Option<PathBuf> {
    variable(name).map(PathBuf::from)
}
