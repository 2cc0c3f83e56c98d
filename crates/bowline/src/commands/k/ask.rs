//! Asks the person at the terminal, whatever standard input is: it may be what kubectl is to read.

use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Read as _;
use std::io::Write as _;

use crate::output;

/// The terminal of this process, to read from and to write to.
const TERMINAL: (&str, &str) = if cfg!(windows) {
    ("CONIN$", "CONOUT$")
} else {
    ("/dev/tty", "/dev/tty")
};

/// Longer answers are none.
const LONGEST: usize = 4096;

/// A terminal with somebody before it.
pub(super) struct Terminal {
    keys: File,
    screen: File,
}

impl Terminal {
    /// The terminal; `None` where there is none, or another program has it: who runs in the background
    /// is stopped when it reads.
    pub(super) fn open() -> Option<Self> {
        // Windows gives the keys only to who may write there too.
        let keys = OpenOptions::new()
            .read(true)
            .write(cfg!(windows))
            .open(TERMINAL.0);
        let screen = OpenOptions::new().write(true).open(TERMINAL.1);
        let keys = keys.ok()?;
        Some(Self {
            screen: screen.ok().filter(|_| is_in_front(&keys))?,
            keys,
        })
    }

    /// Asks, and takes one line for the answer, without the blanks around it; none where there was no whole line.
    pub(super) fn ask(&mut self, question: &str) -> io::Result<Option<String>> {
        write!(self.screen, "bowline: {} ", output::plain(question))?;
        self.screen.flush()?;
        let mut line = Vec::new();
        loop {
            let mut byte = [0];
            // One at a time: what comes behind the line is somebody else's.
            if self.keys.read(&mut byte)? == 0 || line.len() > LONGEST {
                writeln!(self.screen)?;
                return Ok(None);
            }
            if byte == *b"\n" {
                let line = String::from_utf8(line).ok();
                return Ok(line.map(|line| line.trim().to_owned()));
            }
            line.extend_from_slice(&byte);
        }
    }
}

#[cfg(unix)]
fn is_in_front(terminal: &File) -> bool {
    rustix::termios::tcgetpgrp(terminal).is_ok_and(|group| group == rustix::process::getpgrp())
}

#[cfg(not(unix))]
fn is_in_front(_: &File) -> bool {
    true
}
