//! A machine that can be asked.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::place::Place;
use crate::tree::Tree;

/// The programs that lead to machines, found by the caller; `None` where there is none.
#[derive(Clone, Debug, Default)]
pub struct Programs {
    /// `ssh`.
    pub ssh: Option<PathBuf>,
    /// `multipass`.
    pub multipass: Option<PathBuf>,
    /// `lxc`, LXD's client.
    pub lxc: Option<PathBuf>,
    /// `incus`.
    pub incus: Option<PathBuf>,
    /// `wsl.exe`.
    pub wsl: Option<PathBuf>,
    /// `sh` of this machine, for [`Place::Local`].
    pub sh: Option<PathBuf>,
    /// `sudo` of this machine, for [`Place::Local`].
    pub sudo: Option<PathBuf>,
}

/// With whose rights something is done on the machine. Multipass, LXD, Incus and WSL lead to root anyway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privilege {
    /// As the user who logs in.
    AsIs,
    /// Through `sudo -n`.
    Sudo,
}

/// One of our fixed scripts for POSIX `sh`. It reads its data from standard input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Script {
    /// What it does, in messages.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// What goes to a script's standard input; secrets may be in it.
pub type Input = zeroize::Zeroizing<Vec<u8>>;

/// What a script left behind.
#[derive(Clone)]
pub struct Output {
    /// Its exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// Its standard output, bounded.
    pub stdout: zeroize::Zeroizing<Vec<u8>>,
    /// Its standard error, bounded, made text.
    pub stderr: String,
}

/// Why a machine could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum MachineError {
    /// Placeholder of the skeleton.
    #[error("{0}")]
    Other(String),
}

/// A place that can be asked.
#[derive(Clone, Debug)]
pub struct Machine {
    place: Place,
    programs: Programs,
    patience: Duration,
}

impl Machine {
    /// The machine at a place, reached with these programs; each request may take `patience`.
    pub fn new(place: Place, programs: Programs, patience: Duration) -> Self {
        Self {
            place,
            programs,
            patience,
        }
    }

    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Reads every file that one of the patterns matches (absolute paths; `*` matches within one name), in
    /// one round trip. Links are reported, not followed, except in the folders of a pattern. What matches
    /// nothing is absent; what may not be read is [`crate::Kind::Unreadable`]. Of files whose name ends in
    /// `.key` only the public half is read.
    ///
    /// # Errors
    /// [`MachineError`] when the machine cannot be asked.
    pub async fn fetch(
        &self,
        patterns: &[&str],
        privilege: Privilege,
    ) -> Result<Tree, MachineError> {
        let _ = (&self.programs, self.patience, patterns, privilege);
        unimplemented!()
    }

    /// Replaces a file, provided that its bytes still are `expected`: written beside it, with its mode,
    /// owner and group from the first byte that matters, synced, renamed. `expected: None` makes a new file
    /// with mode 0600.
    ///
    /// # Errors
    /// [`MachineError`]; the file is then as it was.
    pub async fn replace(
        &self,
        path: &str,
        expected: Option<&[u8]>,
        bytes: &[u8],
        privilege: Privilege,
    ) -> Result<(), MachineError> {
        let _ = (path, expected, bytes, privilege);
        unimplemented!()
    }

    /// Runs a fixed script with data on its standard input.
    ///
    /// # Errors
    /// [`MachineError`] when it could not be started or did not end in time; a script that fails is an
    /// [`Output`] with its code.
    pub async fn run(
        &self,
        script: Script,
        input: &Input,
        privilege: Privilege,
    ) -> Result<Output, MachineError> {
        let _ = (script, input, privilege);
        unimplemented!()
    }

    /// The addresses that the machine may be reached at: global ones, the likely first; claims to be proved.
    ///
    /// # Errors
    /// [`MachineError`].
    pub async fn addresses(&self) -> Result<Vec<IpAddr>, MachineError> {
        unimplemented!()
    }
}
