//! The arguments of `bowline init`.

use clap::Args;

use crate::shells::Parts;
use crate::shells::Shell;

/// What help shows behind the arguments.
pub(crate) const EXAMPLES: &str = r#"Where it goes:
  bash        ~/.bashrc                   eval "$(bowline init bash)"
  zsh         ~/.zshrc                    eval "$(bowline init zsh)"
  fish        ~/.config/fish/config.fish  bowline init fish | source
  elvish      ~/.config/elvish/rc.elv     eval (bowline init elvish | slurp)
  powershell  $PROFILE                    Invoke-Expression (& bowline init powershell | Out-String)
  nushell     once, and after updates     bowline init nushell | save --force ($nu.user-autoload-dirs.0 | path join bowline.nu)"#;

#[derive(Args, Debug)]
pub(crate) struct InitArgs {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
    /// Leave out `k`, the short name of `bowline k`
    #[arg(long)]
    pub(crate) no_k: bool,
    /// Leave out `mks`, the short name of `microk8s`
    #[arg(long)]
    pub(crate) no_mks: bool,
    /// Leave out completion
    #[arg(long)]
    pub(crate) no_completion: bool,
}

impl InitArgs {
    /// The parts that are wanted.
    pub(crate) fn parts(&self) -> Parts {
        Parts {
            k: !self.no_k,
            mks: !self.no_mks,
            completion: !self.no_completion,
        }
    }
}
