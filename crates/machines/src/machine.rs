//! A machine that can be asked.

use std::fmt;
use std::net::IpAddr;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;

use crate::addresses;
use crate::command;
use crate::command::CommandLine;
use crate::diagnose;
use crate::error::MachineError;
use crate::fetch;
use crate::folder;
use crate::place::Place;
use crate::process;
use crate::process::Call;
use crate::process::CallError;
use crate::process::Ended;
use crate::quote::visible;
use crate::replace;
use crate::reply;
use crate::script::Script;
use crate::tree::Tree;
use crate::wsl;

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

impl fmt::Debug for Output {
    /// Never what is in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Output(code {:?}, {} and {} bytes)",
            self.code,
            self.stdout.len(),
            self.stderr.len()
        )
    }
}

/// A question at the terminal takes a person's time.
const A_PERSONS_PATIENCE: Duration = Duration::from_mins(2);

/// The longest standard output of any script.
const STDOUT_LIMIT: usize = reply::LARGEST_REPLY;
/// The longest standard error.
const STDERR_LIMIT: usize = 256 * 1024;

/// A place that can be asked.
#[derive(Clone, Debug)]
pub struct Machine {
    place: Place,
    programs: Programs,
    patience: Duration,
    interactive: bool,
    /// Multipass said that the instance runs.
    awake: Arc<OnceLock<()>>,
}

impl Machine {
    /// The machine at a place, reached with these programs; each request may take `patience`.
    pub fn new(place: Place, programs: Programs, patience: Duration) -> Self {
        Self {
            place,
            programs,
            patience,
            interactive: false,
            awake: Arc::default(),
        }
    }

    /// Whether ssh, and sudo of this machine, may ask for passwords at the terminal. Host keys are never
    /// asked for. There is then at least two minutes' time.
    #[must_use]
    pub fn interactive(mut self, interactive: bool) -> Self {
        self.interactive = interactive;
        self
    }

    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Whether `sudo` may give more rights there: not where everything runs as root anyway, nor in a folder.
    pub fn has_sudo(&self) -> bool {
        matches!(self.place, Place::Local | Place::Ssh { .. })
    }

    /// Reads every file that one of the patterns matches (absolute paths; `*` matches within one name, not
    /// the `.` of a hidden one), in one round trip. Links are reported, not followed, except in the folders
    /// of a pattern. What matches nothing is absent; what may not be read is [`crate::Kind::Unreadable`], and
    /// so is a folder that hides what a pattern asks for. Of files whose name ends in `.key` only the public
    /// half is read, but for those in a folder on this machine.
    ///
    /// # Errors
    /// [`MachineError`] when the machine cannot be asked.
    pub async fn fetch(
        &self,
        patterns: &[&str],
        privilege: Privilege,
    ) -> Result<Tree, MachineError> {
        if let Place::Folder(path) = &self.place {
            let patterns: Vec<String> = patterns.iter().map(|&p| p.to_owned()).collect();
            return self.blocking(path, move |copy| copy.fetch(&patterns)).await;
        }
        let (input, refused) = fetch::request(patterns);
        let output = self.run(fetch::SCRIPT, &input, privilege).await?;
        if output.code != Some(0) {
            return Err(self.failed(fetch::SCRIPT.name(), &output));
        }
        let mut tree = reply::parse(&output.stdout).map_err(|error| MachineError::Garbled {
            place: self.place.clone(),
            why: error.to_string(),
        })?;
        tree.entries.extend(refused.entries);
        Ok(tree)
    }

    /// Replaces a file, provided that its bytes still are `expected`: written beside it, with its mode,
    /// owner and group from the first byte that matters, synced, renamed. `expected: None` makes a new file
    /// with mode 0600, and replaces none.
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
        if bytes.len() > replace::LARGEST {
            return Err(MachineError::TooMuch {
                place: self.place.clone(),
                limit: replace::LARGEST,
            });
        }
        if !path.starts_with('/') || path.contains('\0') || path.ends_with('/') {
            return Err(MachineError::NotAFile {
                place: self.place.clone(),
                path: path.to_owned(),
                what: "is no absolute path of a file",
            });
        }
        if let Place::Folder(folder) = &self.place {
            let path = path.to_owned();
            let expected = expected.map(|bytes| Input::new(bytes.to_vec()));
            let bytes = Input::new(bytes.to_vec());
            return self
                .blocking(folder, move |copy| {
                    copy.replace(&path, expected.as_deref().map(Vec::as_slice), &bytes)
                })
                .await;
        }
        let input = replace::request(path, expected, bytes);
        let output = self.run(replace::SCRIPT, &input, privilege).await?;
        replace::verdict(&self.place, path, &output)
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
        let line = command::script(
            &self.place,
            &self.programs,
            script,
            privilege,
            self.interactive,
        )?;
        let Some(line) = line else {
            return Err(MachineError::Failed {
                place: self.place.clone(),
                doing: script.name().to_owned(),
                code: None,
                said: "a folder is only a copy: nothing runs there".to_owned(),
            });
        };
        if let Place::Multipass(name) = &self.place {
            self.wake_nobody(name).await?;
        }
        let ended = self.call(line, input).await?;
        let output = self.output(ended);
        match diagnose::not_reached(&self.place, privilege, output.code, &output.stderr) {
            Some(error) => Err(error),
            None => Ok(output),
        }
    }

    /// Runs a fixed script that is to end with 0.
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
        Err(self.failed(script.name(), &output))
    }

    /// The addresses that the machine may be reached at: global ones, the likely first; claims to be proved.
    /// Of ssh the host itself is first where it is an address; where it is a name, see
    /// [`Place::ssh_host`]. A folder has none.
    ///
    /// # Errors
    /// [`MachineError`].
    pub async fn addresses(&self) -> Result<Vec<IpAddr>, MachineError> {
        addresses::ask(self).await
    }

    /// `multipass exec` starts an instance that is stopped (canonical/multipass `src/client/cli/cmd/exec.cpp`,
    /// `run_cmd_and_retry`). Nobody asked for that, so its state is looked at first.
    async fn wake_nobody(&self, name: &str) -> Result<(), MachineError> {
        if self.awake.get().is_some() {
            return Ok(());
        }
        let instance = addresses::multipass_info(self, name).await?;
        if !instance.runs() {
            return Err(MachineError::NotRunning {
                place: self.place.clone(),
                state: visible(&instance.state),
            });
        }
        let _ = self.awake.set(());
        Ok(())
    }

    /// Asks the program that leads to the machine something about it: its standard output.
    pub(crate) async fn ask(
        &self,
        name: &'static str,
        program: Option<&Path>,
        arguments: &[&str],
    ) -> Result<Vec<u8>, MachineError> {
        let arguments = command::strings(arguments);
        let line = command::command_line(&self.place, name, program, arguments)?;
        let ended = self.call(line, &[]).await?;
        let output = self.output(ended);
        if output.code == Some(0) {
            return Ok(output.stdout.to_vec());
        }
        let known =
            diagnose::not_reached(&self.place, Privilege::AsIs, output.code, &output.stderr);
        Err(known.unwrap_or_else(|| self.failed("ask about the instance", &output)))
    }

    pub(crate) fn programs(&self) -> &Programs {
        &self.programs
    }

    /// Whatever failed in a way that has no name.
    pub(crate) fn failed(&self, doing: &str, output: &Output) -> MachineError {
        MachineError::Failed {
            place: self.place.clone(),
            doing: doing.to_owned(),
            code: output.code,
            said: crate::quote::first_line(&output.stderr),
        }
    }

    async fn call(&self, line: CommandLine<'_>, input: &[u8]) -> Result<Ended, MachineError> {
        let patience = if self.interactive {
            self.patience.max(A_PERSONS_PATIENCE)
        } else {
            self.patience
        };
        let call = Call {
            program: line.program,
            arguments: line.arguments,
            input,
            stdout_limit: STDOUT_LIMIT,
            stderr_limit: STDERR_LIMIT,
            patience,
            interactive: self.interactive,
            // Multipass maps the folder it is called in to a mounted one, and then joins the arguments
            // without quotes (canonical/multipass `src/client/cli/cmd/exec.cpp`). The root is no mount's
            // part. ssh's own settings may hold relative paths.
            folder: match &self.place {
                Place::Ssh { .. } => None,
                _ => line.program.ancestors().last().filter(|root| is_root(root)),
            },
        };
        let name = line.name;
        process::run(call).await.map_err(|error| {
            let place = self.place.clone();
            match error {
                CallError::NotStarted(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    MachineError::NoProgram {
                        place,
                        program: name,
                    }
                }
                CallError::NotStarted(error) | CallError::Broken(error) => {
                    MachineError::NotStarted {
                        place,
                        program: name.to_owned(),
                        cause: error.to_string(),
                    }
                }
                CallError::TimedOut => MachineError::TimedOut {
                    place,
                    program: name.to_owned(),
                    patience,
                },
                CallError::TooMuch(limit) => MachineError::TooMuch { place, limit },
            }
        })
    }

    fn output(&self, ended: Ended) -> Output {
        let stderr = match &self.place {
            // Its own messages come on either.
            Place::Wsl(_) if ended.code != Some(0) => {
                let mut said = wsl::text(&ended.stderr);
                if said.trim().is_empty() || wsl::is_utf16(&ended.stdout) {
                    said.push_str(&wsl::text(&ended.stdout));
                }
                said
            }
            _ => String::from_utf8_lossy(&ended.stderr).into_owned(),
        };
        Output {
            code: ended.code,
            stdout: ended.stdout,
            stderr,
        }
    }

    /// Files of this machine are read in a thread of their own.
    async fn blocking<T: Send + 'static>(
        &self,
        path: &Path,
        work: impl FnOnce(folder::Copy) -> Result<T, MachineError> + Send + 'static,
    ) -> Result<T, MachineError> {
        self.place.check()?;
        let path = path.to_owned();
        let done = tokio::task::spawn_blocking(move || work(folder::Copy::open(&path)?));
        match tokio::time::timeout(self.patience, done).await {
            Ok(Ok(result)) => result,
            Ok(Err(error)) => Err(MachineError::Failed {
                place: self.place.clone(),
                doing: "read the folder".to_owned(),
                code: None,
                said: error.to_string(),
            }),
            Err(_) => Err(MachineError::TimedOut {
                place: self.place.clone(),
                program: "the file system".to_owned(),
                patience: self.patience,
            }),
        }
    }
}

/// `/`, or `C:\`.
fn is_root(path: &Path) -> bool {
    path.has_root() && path.parent().is_none()
}
