//! A program of a run: its environment, its end, and the signals on the way.

use std::io;
use std::process::ExitStatus;
use std::process::Stdio;

use tokio::process::Child;
use tokio::process::Command;

use super::Program;
use super::selection::Selection;
use crate::exit;

/// Tells programs in which context they run.
const CONTEXT: &str = "BOWLINE_CONTEXT";

/// What a shell's own call of bowline carries; a program in another context is none.
const SHELL: &str = "BOWLINE_SHELL_PID";

/// What is sent to a program to end it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(unix), expect(dead_code, reason = "Windows knows two of them"))]
pub(crate) enum Signal {
    Interrupt,
    Quit,
    Hangup,
    Terminate,
    Kill,
}

impl Signal {
    /// Its number, the same on every Unix.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Hangup => 1,
            Self::Interrupt => 2,
            Self::Quit => 3,
            Self::Kill => 9,
            Self::Terminate => 15,
        }
    }

    /// Whether a terminal sends it to the programs in front by itself.
    pub(crate) fn is_a_terminals(self) -> bool {
        matches!(self, Self::Interrupt | Self::Quit)
    }
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    Code(u8),
    Signal(u8),
    /// It never ran.
    NotStarted(String),
    /// The run was not begun, because another one failed or the user has had enough.
    LeftOut,
}

impl End {
    pub(super) fn of(status: ExitStatus) -> Self {
        if let Some(signal) = signal_of(status) {
            return Self::Signal(signal);
        }
        let code = status.code().unwrap_or(i32::from(exit::FAILED));
        // Windows' codes are larger.
        Self::Code(u8::try_from(code).unwrap_or(u8::MAX))
    }

    /// What a shell makes of it.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Code(code) => *code,
            Self::Signal(signal) => signal.saturating_add(128),
            Self::NotStarted(_) => exit::NOT_STARTED,
            Self::LeftOut => exit::OK,
        }
    }
}

/// The program in a context.
pub(super) fn command(program: &Program, context: &str, selection: &Selection) -> Command {
    let mut command = Command::new(&program.path);
    command
        .args(&program.arguments)
        .env("KUBECONFIG", &selection.list)
        .env(CONTEXT, context)
        .env_remove(SHELL)
        .kill_on_drop(true);
    command
}

/// The same among others: nothing to read, its output for us, and with all that it starts in a group that can be
/// ended as a whole.
pub(super) fn command_among_others(
    program: &Program,
    context: &str,
    selection: &Selection,
) -> Command {
    let mut command = command(program, context, selection);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    in_a_group(&mut command);
    command
}

#[cfg(unix)]
mod system {
    use rustix::process;
    use rustix::process::Pid;
    use tokio::signal::unix;
    use tokio::signal::unix::SignalKind;

    use super::Command;
    use super::ExitStatus;
    use super::Signal;
    use super::io;

    /// The signals that ask this program to end.
    pub(crate) struct Signals {
        interrupt: unix::Signal,
        quit: unix::Signal,
        hangup: unix::Signal,
        terminate: unix::Signal,
    }

    impl Signals {
        pub(crate) fn listen() -> io::Result<Self> {
            Ok(Self {
                interrupt: unix::signal(SignalKind::interrupt())?,
                quit: unix::signal(SignalKind::quit())?,
                hangup: unix::signal(SignalKind::hangup())?,
                terminate: unix::signal(SignalKind::terminate())?,
            })
        }

        pub(crate) async fn next(&mut self) -> Signal {
            tokio::select! {
                _ = self.interrupt.recv() => Signal::Interrupt,
                _ = self.quit.recv() => Signal::Quit,
                _ = self.hangup.recv() => Signal::Hangup,
                _ = self.terminate.recv() => Signal::Terminate,
            }
        }
    }

    fn of(signal: Signal) -> process::Signal {
        match signal {
            Signal::Interrupt => process::Signal::INT,
            Signal::Quit => process::Signal::QUIT,
            Signal::Hangup => process::Signal::HUP,
            Signal::Terminate => process::Signal::TERM,
            Signal::Kill => process::Signal::KILL,
        }
    }

    fn pid(id: u32) -> Option<Pid> {
        Pid::from_raw(i32::try_from(id).ok()?)
    }

    /// Sends a signal to a program that has not been waited for.
    pub(super) fn send(id: u32, signal: Signal) {
        if let Some(pid) = pid(id) {
            // It may have ended just now.
            let _ = process::kill_process(pid, of(signal));
        }
    }

    /// The same to all of its group.
    pub(super) fn send_to_group(id: u32, signal: Signal) {
        if let Some(pid) = pid(id) {
            let _ = process::kill_process_group(pid, of(signal));
        }
    }

    pub(super) fn in_a_group(command: &mut Command) {
        command.process_group(0);
    }

    pub(super) fn signal_of(status: ExitStatus) -> Option<u8> {
        use std::os::unix::process::ExitStatusExt as _;
        u8::try_from(status.signal()?).ok()
    }
}

#[cfg(not(unix))]
mod system {
    use super::Command;
    use super::ExitStatus;
    use super::Signal;
    use super::io;

    /// What asks this program to end: Ctrl-C, which every program of the console gets.
    pub(crate) struct Signals;

    impl Signals {
        #[expect(clippy::unnecessary_wraps, reason = "as on Unix, where it can fail")]
        pub(crate) fn listen() -> io::Result<Self> {
            Ok(Self)
        }

        pub(crate) async fn next(&mut self) -> Signal {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
            Signal::Interrupt
        }
    }

    pub(super) fn send(_: u32, _: Signal) {}

    pub(super) fn send_to_group(_: u32, _: Signal) {}

    pub(super) fn in_a_group(_: &mut Command) {}

    pub(super) fn signal_of(_: ExitStatus) -> Option<u8> {
        None
    }
}

pub(crate) use self::system::Signals;
use self::system::in_a_group;
use self::system::send;
use self::system::send_to_group;
use self::system::signal_of;

/// Sends a signal to the program alone.
pub(crate) fn end(child: &mut Child, signal: Signal) {
    if let Some(id) = child.id() {
        send(id, signal);
        end_by_system(child);
    }
}

/// Sends a signal to the program of this number and to all that it started.
pub(super) fn end_group(child: &mut Child, id: Option<u32>, signal: Signal) {
    if let Some(id) = id {
        send_to_group(id, signal);
        end_by_system(child);
    }
}

/// Where there are no signals, there is one way to end.
fn end_by_system(child: &mut Child) {
    if cfg!(not(unix)) {
        let _ = child.start_kill();
    }
}
