//! A pseudo-terminal: what a program shows on it as a screen, and keys for it.
#![allow(dead_code, reason = "tests take from it what they need")]

use std::fs::File;
use std::io::Read as _;
use std::io::Write as _;
use std::num::NonZero;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::event::Timespec;
use rustix::event::poll;
use rustix::pty;
use rustix::pty::OpenptFlags;
use rustix::termios;
use rustix::termios::Termios;
use rustix::termios::Winsize;

use crate::support::Sandbox;
use crate::support::skip;

/// Makes the terminal the controlling one of a session of its own, which needs `unsafe` in Rust.
const SETSID: &str = "/usr/bin/setsid";

/// More than any step takes on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// How soon a terminal that is given up is closed.
const LOOK_FOR_END: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 20_000_000,
};

/// Rows and columns.
pub(crate) const USUAL: (u16, u16) = (24, 80);

/// A program in a terminal. It is killed, if it still lives, and the terminal closed, when this goes.
pub(crate) struct Terminal {
    master: File,
    child: Child,
    seen: Arc<Seen>,
}

/// What the program has written so far.
struct Seen {
    screen: Mutex<Screen>,
    news: Condvar,
    /// The terminal is being closed.
    over: AtomicBool,
}

struct Screen {
    parser: vt100::Parser,
    raw: Vec<u8>,
    /// Nobody has the terminal open for writing any more.
    closed: bool,
}

impl Terminal {
    /// Whether there can be terminals here; says that the test is skipped where not.
    pub(crate) fn is_possible(test: &str) -> bool {
        let possible = Path::new(SETSID).exists();
        if !possible {
            skip(test, "there is no setsid (package util-linux)");
        }
        possible
    }

    /// A program in the world of the sandbox, for [`Terminal::start`]; arguments and variables are added to it.
    pub(crate) fn command(sandbox: &Sandbox, program: impl AsRef<Path>) -> Command {
        let mut command = sandbox.settle(Command::new(SETSID));
        command.args(["--ctty", "--wait"]).arg(program.as_ref());
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command
    }

    /// Bowline, likewise.
    pub(crate) fn bowline(sandbox: &Sandbox, arguments: &[&str]) -> Command {
        let mut command = Self::command(sandbox, env!("CARGO_BIN_EXE_bowline"));
        command.args(arguments);
        command
    }

    /// Starts a command of [`Terminal::command`] in a terminal of this size, in rows and columns.
    #[track_caller]
    pub(crate) fn start(mut command: Command, size: (u16, u16)) -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = pty::openpt(flags).unwrap();
        pty::grantpt(&master).unwrap();
        pty::unlockpt(&master).unwrap();
        termios::tcsetwinsize(&master, winsize(size)).unwrap();
        let slave = pty::ioctl_tiocgptpeer(&master, flags).unwrap();
        let stdio = |slave: &OwnedFd| Stdio::from(slave.try_clone().unwrap());
        let child = command
            .stdin(stdio(&slave))
            .stdout(stdio(&slave))
            .stderr(stdio(&slave))
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        // The command keeps its own copies: the end would never be seen.
        drop(command);
        drop(slave);
        let master = File::from(master);
        let seen = Arc::new(Seen {
            screen: Mutex::new(Screen {
                parser: vt100::Parser::new(some(size.0), some(size.1), 1000),
                raw: Vec::new(),
                closed: false,
            }),
            news: Condvar::new(),
            over: AtomicBool::new(false),
        });
        collect(master.try_clone().unwrap(), Arc::clone(&seen));
        Self {
            master,
            child,
            seen,
        }
    }

    /// Waits until the screen is as wished. One that never is ends the test, which shows what was seen.
    #[track_caller]
    pub(crate) fn wait_for(&self, what: &str, wished: impl Fn(&vt100::Screen) -> bool) {
        let reached = self.wait(|seen| wished(seen.parser.screen()));
        assert!(
            reached,
            "{what}: never seen. The screen:\n{}\nEverything: {}",
            self.text(),
            self.raw()
        );
    }

    /// Waits until the screen shows a text.
    #[track_caller]
    pub(crate) fn wait_for_text(&self, text: &str) {
        self.wait_for(&format!("{text:?}"), |screen| {
            screen.contents().contains(text)
        });
    }

    /// Waits for the end of the program and of all that it wrote; its exit code, `None` where a signal ended it.
    #[track_caller]
    pub(crate) fn end(&mut self) -> Option<i32> {
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(
                began.elapsed() < PATIENCE,
                "it does not end. The screen:\n{}",
                self.text()
            );
            thread::sleep(Duration::from_millis(1));
        };
        // What it started in the background may keep the terminal: then what is there counts.
        self.wait_up_to(Duration::from_secs(2), |seen| seen.closed);
        status.code()
    }

    /// Presses keys: text, or what a terminal sends for a key, as `\x1b[A` for Up.
    #[track_caller]
    pub(crate) fn send(&self, keys: &str) {
        (&self.master).write_all(keys.as_bytes()).unwrap();
    }

    /// Makes the window another size, in rows and columns.
    pub(crate) fn resize(&self, size: (u16, u16)) {
        let mut seen = self.lock();
        let (rows, columns) = (some(size.0), some(size.1));
        seen.parser.screen_mut().set_size(rows, columns);
        termios::tcsetwinsize(&self.master, winsize(size)).unwrap();
    }

    /// The screen as text, without the blanks at the ends of its lines.
    pub(crate) fn text(&self) -> String {
        self.lock().parser.screen().contents()
    }

    /// Everything that was written, escape sequences visible.
    pub(crate) fn raw(&self) -> String {
        self.lock().raw.escape_ascii().to_string()
    }

    /// The terminal's mode: whether it echoes, makes signals of ctrl-C, …
    pub(crate) fn mode(&self) -> Termios {
        termios::tcgetattr(&self.master).unwrap()
    }

    /// The number of the program's process.
    pub(crate) fn pid(&self) -> u32 {
        // setsid becomes the program: it forks only where it leads a process group, which a child of ours does not.
        self.child.id()
    }

    fn lock(&self) -> MutexGuard<'_, Screen> {
        self.seen.screen.lock().unwrap()
    }

    fn wait(&self, wished: impl Fn(&Screen) -> bool) -> bool {
        self.wait_up_to(PATIENCE, wished)
    }

    fn wait_up_to(&self, patience: Duration, wished: impl Fn(&Screen) -> bool) -> bool {
        let waited = self
            .seen
            .news
            .wait_timeout_while(self.lock(), patience, |seen| !wished(seen) && !seen.closed);
        let (seen, _) = waited.unwrap();
        wished(&seen)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.seen.over.store(true, Ordering::Relaxed);
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Takes in what the program writes, until nobody can write any more.
fn collect(mut master: File, seen: Arc<Seen>) {
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while !seen.over.load(Ordering::Relaxed) {
            let mut polled = [PollFd::new(&master, PollFlags::IN)];
            if poll(&mut polled, Some(&LOOK_FOR_END)) == Ok(0) {
                continue;
            }
            // The end of a terminal is an error on Linux (EIO).
            let count = master.read(&mut buffer).unwrap_or(0);
            let mut screen = seen.screen.lock().unwrap();
            screen.raw.extend_from_slice(&buffer[..count]);
            screen.parser.process(&buffer[..count]);
            screen.closed = count == 0;
            seen.news.notify_all();
            if count == 0 {
                return;
            }
        }
    });
}

fn some(cells: u16) -> NonZero<u16> {
    NonZero::new(cells).unwrap()
}

fn winsize((rows, columns): (u16, u16)) -> Winsize {
    Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    }
}

#[test]
fn a_program_sees_its_size_and_keys_and_ctrl_c_is_a_signal() {
    if !Terminal::is_possible("pty") {
        return;
    }
    let sandbox = Sandbox::new();
    let mut command = Terminal::command(&sandbox, "/bin/sh");
    command.args(["-c", "stty size; read -r x; echo \"got:$x\"; exec sleep 60"]);
    command.env("PATH", "/usr/bin:/bin");
    let mut terminal = Terminal::start(command, (10, 40));
    terminal.wait_for_text("10 40");
    terminal.send("wörd\r");
    terminal.wait_for_text("got:wörd");
    terminal.send("\x03");
    assert!(matches!(terminal.end(), None | Some(130)));
}
