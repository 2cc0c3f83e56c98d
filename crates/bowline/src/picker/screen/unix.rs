//! Keys of a terminal that may go; signals that end the picker, so that it can give the terminal back first.

use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::IsTerminal as _;
use std::os::fd::AsFd as _;
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::event::Timespec;
use rustix::event::poll;
use signal_hook::consts::SIGINT;
use signal_hook::consts::SIGTERM;
use signal_hook::flag;
use signal_hook::low_level;

/// Where keys come from.
pub(super) enum Keys {
    Stdin(io::Stdin),
    /// Standard input is something else: the terminal that the program belongs to.
    Terminal(File),
}

/// What waiting for keys has led to.
pub(super) enum Waited {
    /// There is something, or a signal came, or the time is over.
    Look,
    /// The terminal is gone.
    Gone,
}

impl Keys {
    /// `None` where there are none.
    pub(super) fn find() -> Option<Self> {
        let stdin = io::stdin();
        if stdin.is_terminal() {
            return Some(Self::Stdin(stdin));
        }
        let mut options = OpenOptions::new();
        let terminal = options.read(true).write(true).open("/dev/tty");
        terminal.ok().map(Self::Terminal)
    }

    /// Waits for something so long. crossterm 0.29 would go round for ever in a terminal that is gone.
    pub(super) fn wait(&self, time: Duration) -> io::Result<Waited> {
        let mut polled = [PollFd::from_borrowed_fd(self.fd(), PollFlags::IN)];
        let time = Timespec {
            tv_sec: time.as_secs().try_into().unwrap_or(1),
            tv_nsec: time.subsec_nanos().into(),
        };
        match poll(&mut polled, Some(&time)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let gone = PollFlags::HUP | PollFlags::ERR;
        let is_gone = polled.iter().any(|one| one.revents().intersects(gone));
        Ok(if is_gone { Waited::Gone } else { Waited::Look })
    }

    fn fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Stdin(stdin) => stdin.as_fd(),
            Self::Terminal(file) => file.as_fd(),
        }
    }
}

/// The signals that came.
pub(super) struct Signals {
    /// The number of the last one; 0 for none.
    came: Arc<AtomicUsize>,
    /// From now on they do again what they do without us.
    over: Arc<AtomicBool>,
}

impl Signals {
    pub(super) fn watch() -> io::Result<Self> {
        let came = Arc::new(AtomicUsize::new(0));
        let over = Arc::new(AtomicBool::new(false));
        // Not SIGHUP: a terminal that is gone needs no mode.
        for signal in [SIGINT, SIGTERM] {
            flag::register_conditional_default(signal, Arc::clone(&over))?;
            let number = usize::try_from(signal).unwrap_or_default();
            flag::register_usize(signal, Arc::clone(&came), number)?;
        }
        Ok(Self { came, over })
    }

    pub(super) fn has_come(&self) -> bool {
        self.came.load(Ordering::SeqCst) != 0
    }

    /// Lets a signal that came do its work, now that the terminal is as it was.
    pub(super) fn pass_on(&self) {
        self.over.store(true, Ordering::SeqCst);
        let signal = i32::try_from(self.came.load(Ordering::SeqCst)).unwrap_or_default();
        if signal != 0 {
            let _ = low_level::emulate_default_handler(signal);
        }
    }
}
