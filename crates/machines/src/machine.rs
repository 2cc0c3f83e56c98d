//! A machine that can be asked.

use std::fmt;
use std::net::IpAddr;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::addresses;
use crate::error::MachineError;
use crate::error::first_line;
use crate::error::not_reached;
use crate::folder;
use crate::lxd;
use crate::multipass;
use crate::place::Place;
use crate::process;
use crate::process::Finished;
use crate::replace;
use crate::reply;
use crate::script::Script;
use crate::transport::CommandLine;
use crate::tree::Tree;
use crate::wsl;

const FETCH: Script = Script::new("read its files", include_str!("scripts/fetch.sh"));
const REPLACE: Script = Script::new("replace a file", include_str!("scripts/replace.sh"));
const ADDRESSES: Script = Script::new("ask its addresses", include_str!("scripts/addresses.sh"));

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

/// What goes to a script's standard input; secrets may be in it.
pub type Input = Zeroizing<Vec<u8>>;

/// What a script left behind.
#[derive(Clone)]
pub struct Output {
    /// Its exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// Its standard output, bounded.
    pub stdout: Zeroizing<Vec<u8>>,
    /// Its standard error, bounded, made text.
    pub stderr: String,
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What it printed may be secret.
        f.debug_struct("Output")
            .field("code", &self.code)
            .field("stdout", &self.stdout.len())
            .finish_non_exhaustive()
    }
}

/// A place that can be asked.
#[derive(Clone, Debug)]
pub struct Machine {
    place: Place,
    programs: Programs,
    patience: Duration,
    interactive: bool,
}

impl Machine {
    /// The machine at a place, reached with these programs; each request may take `patience`. Nobody is asked
    /// for a password.
    pub fn new(place: Place, programs: Programs, patience: Duration) -> Self {
        Self {
            place,
            programs,
            patience,
            interactive: false,
        }
    }

    /// Whether ssh may ask for a password or passphrase at the terminal.
    #[must_use]
    pub fn interactive(mut self, on: bool) -> Self {
        self.interactive = on;
        self
    }

    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Whether requests may need `sudo` there: not where they run as root anyway, nor in a folder.
    pub fn has_sudo(&self) -> bool {
        matches!(self.place, Place::Local | Place::Ssh { .. })
    }

    /// Reads every file that one of the patterns matches (absolute paths; `*` matches within one name), in
    /// one round trip. Links are reported, not followed, except in the folders of a pattern. What matches
    /// nothing is absent; what may not be read is [`crate::Kind::Unreadable`], a folder too. Of files whose
    /// name ends in `.key` only the public half is read; a folder place is on this machine already, and its
    /// keys are read as files.
    ///
    /// # Errors
    /// [`MachineError`] when the machine cannot be asked.
    pub async fn fetch(
        &self,
        patterns: &[&str],
        privilege: Privilege,
    ) -> Result<Tree, MachineError> {
        if let Place::Folder(path) = &self.place {
            return Ok(folder::fetch(path, patterns)?);
        }
        let mut input = Zeroizing::new(patterns.join("\n").into_bytes());
        input.push(b'\n');
        let output = self.succeed(FETCH, &input, privilege).await?;
        reply::parse(&output.stdout).map_err(|cause| MachineError::Garbled {
            place: self.place.clone(),
            cause,
        })
    }

    /// Replaces a file, provided that its bytes still are `expected`: written beside it, given its mode,
    /// owner and group, synced, renamed. `expected: None` makes a new file with mode 0600.
    ///
    /// # Errors
    /// [`MachineError`]; the file is then as it was. Only after [`MachineError::TimedOut`],
    /// [`MachineError::Unreachable`] and [`MachineError::Garbled`] it may be either.
    pub async fn replace(
        &self,
        path: &str,
        expected: Option<&[u8]>,
        bytes: &[u8],
        privilege: Privilege,
    ) -> Result<(), MachineError> {
        if let Place::Folder(folder) = &self.place {
            return Ok(folder::replace(folder, path, expected, bytes)?);
        }
        let input = replace::request(path, expected, bytes);
        let output = self.run(REPLACE, &input, privilege).await?;
        replace::outcome(&self.place, path, output.code, &output.stderr)
    }

    /// Runs a fixed script with data on its standard input. A login shell may print a greeting of its own
    /// before what the script prints.
    ///
    /// # Errors
    /// [`MachineError`] when it could not be started or did not end in time; a script that fails is an
    /// [`Output`] with its code. A folder runs nothing.
    pub async fn run(
        &self,
        script: Script,
        input: &Input,
        privilege: Privilege,
    ) -> Result<Output, MachineError> {
        let line = CommandLine::new(
            &self.place,
            &self.programs,
            privilege,
            self.interactive,
            script,
        )?;
        let finished = process::run(&self.place, &line, input, self.patience).await?;
        self.reached(finished)
    }

    /// Runs a script that is to end with 0.
    ///
    /// # Errors
    /// [`MachineError`]; a script that fails is [`MachineError::Failed`].
    pub async fn succeed(
        &self,
        script: Script,
        input: &Input,
        privilege: Privilege,
    ) -> Result<Output, MachineError> {
        let output = self.run(script, input, privilege).await?;
        if output.code == Some(0) {
            return Ok(output);
        }
        Err(MachineError::Failed {
            place: self.place.clone(),
            script: script.name(),
            code: output.code.unwrap_or(-1),
            said: first_line(&output.stderr),
        })
    }

    /// The addresses that the machine may be reached at: global ones, the likely first; claims to be proved.
    /// Of ssh the host itself is first where it is an address; where it is a name, see
    /// [`Place::ssh_host`]. A folder has none.
    ///
    /// # Errors
    /// [`MachineError`].
    pub async fn addresses(&self) -> Result<Vec<IpAddr>, MachineError> {
        let found = match &self.place {
            Place::Folder(_) => return Ok(Vec::new()),
            Place::Multipass(name) => {
                let words = ["info", name, "--format", "json"];
                let listed = self
                    .ask(self.programs.multipass.as_ref(), "multipass", &words)
                    .await?;
                let instances = multipass::parse(&listed).map_err(|cause| self.garbled(cause))?;
                let own = instances
                    .into_iter()
                    .find(|instance| instance.name == *name);
                own.map(|instance| instance.addresses).unwrap_or_default()
            }
            Place::Lxd(name) => {
                self.container(self.programs.lxc.as_ref(), "lxc", name)
                    .await?
            }
            Place::Incus(name) => {
                self.container(self.programs.incus.as_ref(), "incus", name)
                    .await?
            }
            Place::Local | Place::Ssh { .. } | Place::Wsl(_) => {
                let output = self
                    .succeed(ADDRESSES, &Input::default(), Privilege::AsIs)
                    .await?;
                let text = String::from_utf8_lossy(&output.stdout);
                let mut found: Vec<IpAddr> = Vec::new();
                let host = self.place.ssh_host();
                found.extend(host.and_then(|host| host.parse::<IpAddr>().ok()));
                found.extend(addresses::parse(&text));
                found
            }
        };
        Ok(addresses::order(found))
    }

    async fn container(
        &self,
        program: Option<&PathBuf>,
        name: &'static str,
        instance: &str,
    ) -> Result<Vec<IpAddr>, MachineError> {
        // The filter of `list` is a regular expression: everything is listed, and the exact name chosen.
        let (remote, own) = instance.split_once(':').unwrap_or(("", instance));
        let remote = format!("{remote}:");
        let mut words = vec!["list"];
        if instance.contains(':') {
            words.push(&remote);
        }
        words.extend(["--format", "json"]);
        let listed = self.ask(program, name, &words).await?;
        let instances = lxd::parse(&listed).map_err(|cause| self.garbled(cause))?;
        let own = instances.into_iter().find(|instance| instance.name == own);
        own.map(|instance| instance.addresses)
            .ok_or(MachineError::NoSuchMachine {
                place: self.place.clone(),
                remedy: if name == "lxc" {
                    "`lxc list`"
                } else {
                    "`incus list`"
                },
            })
    }

    /// Runs a program of this machine that knows about the other one.
    async fn ask(
        &self,
        program: Option<&PathBuf>,
        name: &'static str,
        words: &[&str],
    ) -> Result<Zeroizing<Vec<u8>>, MachineError> {
        let line = CommandLine {
            program: program.cloned().ok_or(MachineError::NoProgram {
                place: self.place.clone(),
                name,
                remedy: "install it, or name the machine in another way",
            })?,
            arguments: words.iter().map(Into::into).collect(),
        };
        let finished = process::run(&self.place, &line, b"", self.patience).await?;
        let output = self.reached(finished)?;
        if output.code == Some(0) {
            return Ok(output.stdout);
        }
        Err(MachineError::Failed {
            place: self.place.clone(),
            script: "ask its addresses",
            code: output.code.unwrap_or(-1),
            said: first_line(&output.stderr),
        })
    }

    fn reached(&self, finished: Finished) -> Result<Output, MachineError> {
        let text = |bytes: &[u8]| match self.place {
            Place::Wsl(_) => wsl::decode(bytes),
            _ => String::from_utf8_lossy(bytes).into_owned(),
        };
        let stderr = text(&finished.stderr);
        // wsl.exe says on standard output what went wrong; nothing else there is looked at.
        let said = match self.place {
            Place::Wsl(_) if finished.code != Some(0) => text(&finished.stdout),
            _ => String::new(),
        };
        if finished.code != Some(0)
            && let Some(error) = not_reached(&self.place, finished.code, &stderr, &said)
        {
            return Err(error);
        }
        Ok(Output {
            code: finished.code,
            stdout: finished.stdout,
            stderr,
        })
    }

    fn garbled(&self, cause: String) -> MachineError {
        MachineError::Garbled {
            place: self.place.clone(),
            cause,
        }
    }
}

/// `/`, or `C:\`.
fn is_root(path: &Path) -> bool {
    path.has_root() && path.parent().is_none()
}
