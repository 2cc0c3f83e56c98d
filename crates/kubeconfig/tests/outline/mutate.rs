//! Damage as editors, scripts and enemies do it.

/// Lines and values about which parsers may differ.
const HOSTILE: &[&str] = &[
    "name: x",
    "user: y",
    "user:",
    "- name: z",
    "- ",
    "-",
    "- - a",
    "? a",
    ": b",
    "a:",
    "a: b: c",
    "a:b",
    "a :b",
    "a : b",
    "&a",
    "*a",
    "&a b",
    "!!str x",
    "! x",
    "<<: *a",
    "<<: {}",
    "|",
    ">-",
    "|2",
    "key: |",
    "key: >",
    "{",
    "}",
    "[",
    "]",
    "{}",
    "[]",
    "{a: b}",
    "[a, b]",
    "'",
    "\"",
    "''",
    "\"\"",
    "'a",
    "\"a",
    "a'",
    "'a' b",
    "\"a\" b",
    "'a''",
    "'a''b'",
    "\"a\\\"",
    "\"\\n\"",
    "\"a\\\nb\"",
    "# c",
    " # c",
    "x # c",
    "x #c",
    "x# c",
    "x#c",
    "#",
    "---",
    "--- a",
    "---\t",
    "...",
    "... x",
    "%YAML 1.2",
    "%TAG",
    "@a",
    "`a",
    "~",
    "null",
    "Null",
    "true",
    "yes",
    "Off",
    "y",
    "n",
    "1",
    "0x1f",
    "1e3",
    "1_000",
    ".inf",
    "-.inf",
    ".nan",
    "1.",
    "+1",
    "-1",
    "0o7",
    "1:30",
    "2024-01-01",
    "=",
    "<",
    "<<",
    "a\tb",
    "\t",
    "\ta: b",
    "a:\tb",
    "\r",
    "a\r",
    "\u{0}",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{feff}",
    "é: é",
    "😀",
    "name:  x",
    "name: x ",
    "name : x",
    "name:x",
    "\"name\": x",
    "'name': x",
    "Name: x",
    "kind: Pod",
    "Kind: Config",
    "KIND: Pod",
    "apiVersion: v2",
    "clusters:",
    "clusters: []",
    "users: {}",
    "contexts: null",
    "extensions:",
    "- extension:",
    "extension: {}",
    "preferences:",
    "current-context: z",
    "client-key-data: QQ==",
    "client-key-data: QQ=",
    "client-key-data: Q",
    "client-key-data: 1234",
    "client-key-data: null",
    "client-key-data: QR==",
    "client-key-data: '1234'",
    "client-key-data: ====",
    "client-key-data: 1234567890123456789012345678901234567890",
    "installHint: a",
    "installHint: a\n        b",
    "installHint: a\n        b: c",
    "installHint: a\n\n        b",
    "installHint: 1\n        2",
    "installHint: 'a'\n        b",
    "env: null",
    "args:",
    "args: {}",
    "- {}",
    "- []",
    "- null",
    "- a: b",
    "- 'a': b",
    "- \"a\"",
    "-a",
    "--",
    "- --a",
    "- -",
    "-- a",
    "a: - b",
    "a: ? b",
    "a: : b",
    "a: b:",
    "a: :b",
    "a: ?b",
    "user: ,a",
    "user: a,b",
    "user: a]",
    "user: {a",
    "user: %a",
    "user: a%",
    "user: $a",
    "user: (a",
    "user: ^a",
    "user: ;a",
    "user: \\a",
    "user: a\\n",
];

/// A small generator of numbers, so that a run can be repeated (Steele, Lea and Flood, `SplitMix64`).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`, 0 when that is 0.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % (limit.max(1) as u64)).expect("below a usize")
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// One to three kinds of damage to `text`; lines are also taken out of `other`.
pub(crate) fn mutant(dice: &mut Dice, text: &str, other: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=dice.below(3) {
        bytes = match dice.below(3) {
            0 => by_byte(dice, bytes),
            _ => by_line(dice, &bytes, other.as_bytes()),
        };
    }
    bytes
}

fn by_byte(dice: &mut Dice, mut bytes: Vec<u8>) -> Vec<u8> {
    const LETTERS: &[u8] = b" \n:-#'\"{}[],&*!|>%@`?~=+/.01ay\\\t\r\0\x7f\x80\xff<_$(";
    let at = dice.below(bytes.len() + 1);
    match dice.below(4) {
        0 => bytes.insert(at, *dice.pick(LETTERS)),
        1 if at < bytes.len() => {
            bytes.remove(at);
        }
        2 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
        _ if at < bytes.len() => bytes[at] = *dice.pick(LETTERS),
        _ => bytes.truncate(at),
    }
    bytes
}

fn by_line(dice: &mut Dice, bytes: &[u8], other: &[u8]) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = bytes
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    let at = dice.below(lines.len());
    let to = dice.below(lines.len());
    match dice.below(9) {
        0 => lines.swap(at, to),
        1 => {
            let line = lines[at].clone();
            lines.insert(to, line);
        }
        2 => {
            lines.remove(at);
        }
        3 => {
            let pad = vec![b' '; 1 + dice.below(4)];
            lines[at].splice(0..0, pad);
        }
        4 => {
            let blanks = lines[at].iter().take_while(|byte| **byte == b' ').count();
            lines[at].drain(..dice.below(blanks + 1));
        }
        5 => {
            let blanks = lines[at].iter().take_while(|byte| **byte == b' ').count();
            let pad = (blanks + dice.below(5)).saturating_sub(2);
            let line = [" ".repeat(pad).as_bytes(), dice.pick(HOSTILE).as_bytes()].concat();
            lines.insert(at + dice.below(2), line);
        }
        6 => {
            // Another value for the same key, or another item.
            let end = lines[at]
                .windows(2)
                .position(|pair| pair == b": " || pair == b"- ")
                .map_or(0, |found| found + 2);
            lines[at].truncate(end);
            lines[at].extend_from_slice(dice.pick(HOSTILE).as_bytes());
        }
        7 => {
            let theirs: Vec<&[u8]> = other.split(|byte| *byte == b'\n').collect();
            let start = dice.below(theirs.len());
            let end = (start + 1 + dice.below(4)).min(theirs.len());
            let block = theirs[start..end].iter().map(|line| line.to_vec());
            lines.splice(at..at, block);
        }
        _ => {
            let end = (at + 1 + dice.below(6)).min(lines.len());
            let block = lines[at..end].to_vec();
            lines.splice(to..to, block);
        }
    }
    lines.join(&b'\n')
}
