//! Chunks to lines.

use std::fmt;

use zeroize::Zeroizing;

use super::Outline;
use super::lines::Lines;

/// No value in a kubeconfig comes near this, and no more than this is ever kept.
const MAX_LINE: usize = 1 << 20;

/// Reads a kubeconfig in chunks of any size and keeps an [`Outline`] of it; of the bytes only
/// those of an incomplete line.
pub struct Scanner {
    /// `None` once something was not understood.
    lines: Option<Lines>,
    /// The beginning of a line whose end is in a later chunk.
    partial: Zeroizing<Vec<u8>>,
    taken: u64,
}

impl fmt::Debug for Scanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is in the making may be a secret.
        write!(f, "Scanner({} bytes)", self.taken)
    }
}

impl Default for Scanner {
    fn default() -> Self {
        Self::new()
    }
}

impl Scanner {
    /// Begins a file.
    pub fn new() -> Self {
        Self {
            lines: Some(Lines::new()),
            partial: Zeroizing::default(),
            taken: 0,
        }
    }

    /// Takes the next bytes of the file.
    pub fn feed(&mut self, chunk: &[u8]) {
        if let Some(lines) = &mut self.lines
            && feed(lines, &mut self.partial, &mut self.taken, chunk).is_none()
        {
            self.lines = None;
            self.partial = Zeroizing::default();
        }
    }

    /// Whether the file has already shown something that is not understood: the rest of it need
    /// not be read, [`finish`](Self::finish) will be `None`.
    pub fn has_refused(&self) -> bool {
        self.lines.is_none()
    }

    /// Says that the file is complete. `None` when anything in it was not understood, or is wrong:
    /// then [`Document::parse`](crate::Document::parse) tells which.
    pub fn finish(self) -> Option<Outline> {
        let mut lines = self.lines?;
        // A complete last line has left nothing, which is as good as a blank line.
        let start = u32::try_from(self.taken).ok()?;
        let len = self.taken + self.partial.len() as u64;
        let end = u32::try_from(len).ok()?;
        lines.take(&self.partial, start, end)?;
        lines.finish(len)
    }
}

fn feed(
    lines: &mut Lines,
    partial: &mut Zeroizing<Vec<u8>>,
    taken: &mut u64,
    chunk: &[u8],
) -> Option<()> {
    let mut rest = chunk;
    while let Some(at) = memchr::memchr(b'\n', rest) {
        let (line, behind) = rest.split_at_checked(at)?;
        rest = behind.get(1..)?;
        if partial.is_empty() {
            take(lines, line, taken)?;
        } else {
            partial.extend_from_slice(line);
            take(lines, partial, taken)?;
            partial.clear();
        }
    }
    if partial.is_empty() {
        partial.reserve(rest.len());
    }
    partial.extend_from_slice(rest);
    (partial.len() <= MAX_LINE).then_some(())
}

fn take(lines: &mut Lines, line: &[u8], taken: &mut u64) -> Option<()> {
    if line.len() > MAX_LINE {
        return None;
    }
    let start = u32::try_from(*taken).ok()?;
    *taken += line.len() as u64 + 1;
    let end = u32::try_from(*taken).ok()?;
    lines.take(line, start, end)
}
