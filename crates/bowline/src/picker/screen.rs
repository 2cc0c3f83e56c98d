//! The picker's part of the terminal: the rows below the prompt. Whatever happens, the terminal gets its mode back.

use std::io;
use std::io::IsTerminal as _;
use std::io::Write as _;
use std::time::Duration;

use crossterm::QueueableCommand as _;
use crossterm::cursor::MoveToColumn;
use crossterm::cursor::MoveUp;
use crossterm::style::Attribute;
use crossterm::style::Print;
use crossterm::style::SetAttribute;
use crossterm::terminal;
use crossterm::terminal::Clear;
use crossterm::terminal::ClearType;
use crossterm::terminal::DisableLineWrap;
use crossterm::terminal::EnableLineWrap;

use super::PickError;
use super::keys;
use super::keys::Event;
use super::model::Model;
use super::text::Line;
use super::text::Style;
use crate::environment;

#[cfg(unix)]
mod unix;
#[cfg(unix)]
use unix as system;
#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as system;

/// How soon a signal is noticed while no key comes.
const LOOK_FOR_SIGNALS: Duration = Duration::from_millis(100);

/// A window that does not tell its size.
const UNKNOWN: (u16, u16) = (80, 24);

/// The terminal while the picker is open.
pub(super) struct Screen {
    columns: u16,
    rows: u16,
    keys: system::Keys,
    signals: system::Signals,
}

impl Screen {
    /// Takes the keys of the terminal.
    ///
    /// # Errors
    /// [`PickError::NoTerminal`] where there is none that can be drawn on.
    pub(super) fn open() -> Result<Self, PickError> {
        let terminal = environment::variable("TERM");
        let is_dumb = match &terminal {
            Some(name) => name == "dumb",
            None => cfg!(unix),
        };
        if is_dumb || !io::stderr().is_terminal() {
            return Err(PickError::NoTerminal);
        }
        let keys = system::Keys::find().ok_or(PickError::NoTerminal)?;
        let signals = system::Signals::watch()?;
        // Before it is tried: half of it may happen.
        let mut screen = Self {
            columns: UNKNOWN.0,
            rows: UNKNOWN.1,
            keys,
            signals,
        };
        terminal::enable_raw_mode()?;
        screen.measure()?;
        Ok(screen)
    }

    /// Asks for the size of the window, after it was changed: what was drawn is wiped.
    pub(super) fn measure(&mut self) -> io::Result<()> {
        let (columns, rows) = terminal::size().unwrap_or(UNKNOWN);
        // Some terminals say 0 for what they do not know.
        self.columns = if columns == 0 { UNKNOWN.0 } else { columns };
        self.rows = if rows == 0 { UNKNOWN.1 } else { rows };
        wipe()
    }

    /// The next key or change of size.
    pub(super) fn next(&self) -> io::Result<Event> {
        loop {
            if let Some(event) = self.within(LOOK_FOR_SIGNALS)? {
                return Ok(event);
            }
        }
    }

    /// The next key or change of size, if it is there already.
    pub(super) fn waiting(&self) -> io::Result<Option<Event>> {
        self.within(Duration::ZERO)
    }

    fn within(&self, time: Duration) -> io::Result<Option<Event>> {
        if self.signals.has_come() {
            return Ok(Some(Event::Ended));
        }
        match self.keys.wait(time)? {
            system::Waited::Gone => Ok(Some(Event::Ended)),
            system::Waited::Look => keys::take(),
        }
    }

    /// Draws a frame in place of the last one. The cursor stands in its first row before and after.
    pub(super) fn draw(&mut self, model: &mut Model<'_>, preview: &[String]) -> io::Result<()> {
        let (rows, columns) = (usize::from(self.rows), usize::from(self.columns));
        let frame = model.frame(rows, columns, preview);
        let colour = environment::variable("NO_COLOR").is_none();
        // All at once: half a frame would flicker.
        let mut bytes = Vec::with_capacity(4096);
        bytes.queue(DisableLineWrap)?.queue(MoveToColumn(0))?;
        for (row, line) in frame.lines.iter().enumerate() {
            if row > 0 {
                // Scrolls where this is the last row, which going down would not.
                bytes.queue(Print("\r\n"))?;
            }
            write_line(&mut bytes, line, colour)?;
            bytes.queue(Clear(ClearType::UntilNewLine))?;
        }
        bytes.queue(Clear(ClearType::FromCursorDown))?;
        let below = u16::try_from(frame.lines.len().saturating_sub(1)).unwrap_or(u16::MAX);
        if below > 0 {
            bytes.queue(MoveUp(below))?;
        }
        let cursor = u16::try_from(frame.cursor).unwrap_or(u16::MAX);
        bytes.queue(MoveToColumn(cursor))?.queue(EnableLineWrap)?;
        put(&bytes)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = wipe();
        let _ = terminal::disable_raw_mode();
        self.signals.pass_on();
    }
}

/// Leaves nothing from the row of the cursor on.
fn wipe() -> io::Result<()> {
    let mut bytes = Vec::new();
    bytes
        .queue(MoveToColumn(0))?
        .queue(Clear(ClearType::FromCursorDown))?
        .queue(EnableLineWrap)?;
    put(&bytes)
}

fn put(bytes: &[u8]) -> io::Result<()> {
    let mut stderr = io::stderr().lock();
    stderr.write_all(bytes)?;
    stderr.flush()
}

fn write_line(bytes: &mut Vec<u8>, line: &Line, colour: bool) -> io::Result<()> {
    for (style, text) in &line.pieces {
        for attribute in attributes(*style, colour) {
            bytes.queue(SetAttribute(*attribute))?;
        }
        bytes.queue(Print(text))?;
        bytes.queue(SetAttribute(Attribute::Reset))?;
    }
    Ok(())
}

/// Without colour everything is told by signs (`> `) and the lightest of attributes.
fn attributes(style: Style, colour: bool) -> &'static [Attribute] {
    match (style, colour) {
        (Style::Plain, _) | (Style::Faint, false) => &[],
        (Style::Faint, true) => &[Attribute::Dim],
        (Style::Typed, _) => &[Attribute::Underlined],
        (Style::Highlighted, true) => &[Attribute::Reverse],
        (Style::Highlighted, false) => &[Attribute::Bold],
        (Style::TypedHighlighted, true) => &[Attribute::Reverse, Attribute::Underlined],
        (Style::TypedHighlighted, false) => &[Attribute::Bold, Attribute::Underlined],
    }
}
