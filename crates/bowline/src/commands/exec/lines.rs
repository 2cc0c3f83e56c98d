//! Output of a run with its label before every line.

/// A longer line is told in parts: nothing grows without a bound.
const LONGEST: usize = 64 * 1024;

/// Cuts a stream into lines and puts a label before each.
pub(super) struct Lines {
    label: Vec<u8>,
    /// What has no end yet.
    rest: Vec<u8>,
}

impl Lines {
    pub(super) fn new(label: &str) -> Self {
        Self {
            label: label.as_bytes().to_vec(),
            rest: Vec::new(),
        }
    }

    /// The whole lines that these bytes end, labelled.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len() + self.label.len());
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.rest.extend(part);
            if part.ends_with(b"\n") || self.rest.len() >= LONGEST {
                out.extend(self.finish());
            }
        }
        out
    }

    /// What is left without an end, as a line.
    pub(super) fn finish(&mut self) -> Vec<u8> {
        if self.rest.is_empty() {
            return Vec::new();
        }
        let mut line = self.label.clone();
        line.append(&mut self.rest);
        if !line.ends_with(b"\n") {
            line.push(b'\n');
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_labelled_however_they_arrive() {
        let text = b"a\n\nb\xff\r\n\rc";
        for size in 1..text.len() {
            let mut lines = Lines::new("x | ");
            let mut out: Vec<u8> = text
                .chunks(size)
                .flat_map(|part| lines.feed(part))
                .collect();
            out.extend(lines.finish());
            assert_eq!(out, b"x | a\nx | \nx | b\xff\r\nx | \rc\n", "{size}");
            assert_eq!(lines.finish(), b"");
        }
    }

    #[test]
    fn an_endless_line_is_told_in_parts() {
        let mut lines = Lines::new("x | ");
        let mut told = 0;
        for _ in 0..100 {
            told += lines.feed(&[b'z'; 8192]).len();
            assert!(lines.rest.len() < LONGEST);
        }
        told += lines.finish().len();
        assert_eq!(told, 100 * 8192 + 13 * "x | \n".len());
    }
}
