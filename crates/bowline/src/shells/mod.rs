//! What shells are told: one template each, of which parts can be left out.
//!
//! A template is a script as it stands. Lines `#: NAME` and `#: end` enclose its parts.

pub(crate) mod quote;
#[cfg(test)]
mod tests;

use clap::ValueEnum;

/// A shell that bowline works in.
#[expect(clippy::enum_variant_names, reason = "one of them is called so")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
    #[value(name = "powershell", alias = "pwsh")]
    PowerShell,
    #[value(name = "nushell", alias = "nu")]
    Nushell,
    Elvish,
}

/// What stands before the name of a part.
const MARK: &str = "#: ";

/// Which parts a user wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    /// The short name `k`.
    pub(crate) k: bool,
    /// The short name `mks`.
    pub(crate) mks: bool,
    /// Completion.
    pub(crate) completion: bool,
}

impl Parts {
    fn wants(self, part: &str) -> bool {
        match part {
            "k" => self.k,
            "mks" => self.mks,
            "completion" => self.completion,
            "completion of k" => self.completion && self.k,
            _ => true,
        }
    }
}

impl Shell {
    /// The script that it is to run when it starts.
    pub(crate) fn integration(self, parts: Parts) -> String {
        let mut script = String::new();
        let mut wanted = true;
        for line in self.template().lines() {
            if let Some(part) = line.strip_prefix(MARK) {
                wanted = parts.wants(part);
            } else if wanted {
                script.push_str(line);
                script.push('\n');
            }
        }
        if !parts.completion {
            // In nushell's signatures, where a line cannot be left out.
            script = script.replace("@__bowline_complete", "");
        }
        script
    }

    /// The line that runs that script, and the file that it belongs into.
    pub(crate) fn place(self) -> (&'static str, &'static str) {
        match self {
            Self::Bash => ("~/.bashrc", r#"eval "$(bowline init bash)""#),
            Self::Zsh => ("~/.zshrc", r#"eval "$(bowline init zsh)""#),
            Self::Fish => ("~/.config/fish/config.fish", "bowline init fish | source"),
            Self::PowerShell => (
                "$PROFILE",
                "Invoke-Expression (& bowline init powershell | Out-String)",
            ),
            Self::Nushell => (
                "the shell, once",
                "bowline init nushell | save --force ($nu.user-autoload-dirs.0 | path join bowline.nu)",
            ),
            Self::Elvish => (
                "~/.config/elvish/rc.elv",
                "eval (bowline init elvish | slurp)",
            ),
        }
    }

    fn template(self) -> &'static str {
        match self {
            Self::Bash => include_str!("bash.sh"),
            Self::Zsh => include_str!("zsh.zsh"),
            Self::Fish => include_str!("fish.fish"),
            Self::PowerShell => include_str!("powershell.ps1"),
            Self::Nushell => include_str!("nushell.nu"),
            Self::Elvish => include_str!("elvish.elv"),
        }
    }
}
