//! The two messages of DNS that are needed: a question for addresses, and its answer (RFC 1035 §4).

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

/// More addresses than a machine announces.
pub const MOST_ADDRESSES: usize = 16;

/// The most records that are looked at.
const MOST_RECORDS: usize = 128;

/// The longest name, with its lengths and its end (RFC 1035 §2.3.4).
const LONGEST_NAME: usize = 255;

const TYPE_A: u16 = 1;
const TYPE_AAAA: u16 = 28;
const CLASS_IN: u16 = 1;

/// The top bit of a class says "forget what others said" (RFC 6762 §10.2).
const CLASS_BITS: u16 = 0x7fff;

/// Response; kind of question; truncated and the like are not looked at; error code.
const RESPONSE: u16 = 0x8000;
const KIND_AND_ERROR: u16 = 0x780f;

/// A question for the addresses of a name; `None` if it cannot be a name.
pub fn question(id: u16, name: &str) -> Option<Vec<u8>> {
    let mut encoded = Vec::new();
    for label in name.strip_suffix('.').unwrap_or(name).split('.') {
        // Two bits of the length say that it is one.
        let length = u8::try_from(label.len())
            .ok()
            .filter(|length| (1..=63).contains(length))?;
        if label.chars().any(char::is_control) {
            return None;
        }
        encoded.push(length);
        encoded.extend(label.bytes());
    }
    encoded.push(0);
    if encoded.len() > LONGEST_NAME {
        return None;
    }
    let mut message = Vec::new();
    // Identifier, flags, two questions, no records.
    for field in [id, 0, 2, 0, 0, 0] {
        message.extend(field.to_be_bytes());
    }
    for kind in [TYPE_A, TYPE_AAAA] {
        message.extend(&encoded);
        message.extend(kind.to_be_bytes());
        message.extend(CLASS_IN.to_be_bytes());
    }
    Some(message)
}

/// The addresses in an answer to the question with this identifier; none if it is another message, or none
/// at all. Of a damaged one, what comes before the damage counts.
pub fn parse(message: &[u8], id: u16, name: &str) -> Vec<IpAddr> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let mut addresses = Vec::new();
    let mut reader = Reader { message, at: 0 };
    // Damage ends the reading, not what was read.
    let _ = reader.answer(id, name, &mut addresses);
    addresses
}

struct Reader<'m> {
    message: &'m [u8],
    at: usize,
}

impl<'m> Reader<'m> {
    fn take(&mut self, length: usize) -> Option<&'m [u8]> {
        let end = self.at.checked_add(length)?;
        let bytes = self.message.get(self.at..end)?;
        self.at = end;
        Some(bytes)
    }

    fn number(&mut self) -> Option<u16> {
        let bytes = self.take(2)?;
        Some(u16::from_be_bytes(bytes.try_into().ok()?))
    }

    fn answer(&mut self, id: u16, name: &str, addresses: &mut Vec<IpAddr>) -> Option<()> {
        let said = self.number()?;
        let flags = self.number()?;
        if said != id || flags & RESPONSE == 0 || flags & KIND_AND_ERROR != 0 {
            return None;
        }
        let questions = self.number()?;
        let records: [u16; 3] = [self.number()?, self.number()?, self.number()?];
        let records: usize = records.into_iter().map(usize::from).sum();
        for _ in 0..usize::from(questions).min(MOST_RECORDS) {
            self.name()?;
            self.take(4)?;
        }
        for _ in 0..records.min(MOST_RECORDS) {
            let owner = self.name()?;
            let kind = self.number()?;
            let class = self.number()? & CLASS_BITS;
            // A lifetime of nothing takes an address back (RFC 6762 §10.1).
            let gone = self.take(4)? == [0; 4];
            let length = usize::from(self.number()?);
            let data = self.take(length)?;
            if gone || class != CLASS_IN || !owner.eq_ignore_ascii_case(name.as_bytes()) {
                continue;
            }
            let address = match kind {
                TYPE_A => <[u8; 4]>::try_from(data)
                    .ok()
                    .map(|a| IpAddr::V4(Ipv4Addr::from(a))),
                TYPE_AAAA => <[u8; 16]>::try_from(data)
                    .ok()
                    .map(|a| IpAddr::V6(Ipv6Addr::from(a))),
                _ => None,
            };
            // A link-local address means nothing without its interface.
            let near = |a: IpAddr| matches!(a, IpAddr::V6(a) if a.is_unicast_link_local());
            if let Some(address) = address.filter(|address| !near(*address))
                && addresses.len() < MOST_ADDRESSES
                && !addresses.contains(&address)
            {
                addresses.push(address);
            }
        }
        Some(())
    }

    /// A name with dots between its labels, without its end. Dots inside of labels are not told apart: such
    /// a name is no host's.
    fn name(&mut self) -> Option<Vec<u8>> {
        let mut name: Vec<u8> = Vec::new();
        let mut at = self.at;
        // Where a pointer may lead: only back, so that it ends.
        let mut before = self.at;
        let mut jumped = false;
        loop {
            let length = usize::from(*self.message.get(at)?);
            at += 1;
            match length {
                0 => break,
                1..=63 => {
                    let label = self.message.get(at..at + length)?;
                    at += length;
                    if !name.is_empty() {
                        name.push(b'.');
                    }
                    name.extend(label);
                    if name.len() > LONGEST_NAME {
                        return None;
                    }
                }
                // A pointer to an earlier name (RFC 1035 §4.1.4).
                192..=255 => {
                    let low = usize::from(*self.message.get(at)?);
                    let target = (length & 0x3f) << 8 | low;
                    if !jumped {
                        self.at = at + 1;
                        jumped = true;
                    }
                    if target >= before {
                        return None;
                    }
                    before = target;
                    at = target;
                }
                _ => return None,
            }
        }
        if !jumped {
            self.at = at;
        }
        Some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "microk8s-vm.local";

    fn hex(text: &str) -> Vec<u8> {
        let digits: String = text.split_whitespace().collect();
        (0..digits.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
            .collect()
    }

    /// An answer in the shape of avahi 0.8: both questions, then a record that points to the name.
    fn answer() -> Vec<u8> {
        hex("1234 8400 0002 0003 0000 0000
             0b 6d6963726f6b38732d766d 05 6c6f63616c 00 0001 0001
             c00c 001c 0001
             c00c 0001 0001 0000000a 0004 0a420007
             c00c 001c 0001 0000000a 0010 fe80000000000000505400fffea46f91
             c00c 001c 0001 0000000a 0010 fd000000000000000000000000000007")
    }

    #[test]
    fn the_question_is_that_of_rfc_1035() {
        assert_eq!(
            question(0x1234, "vm.local.").unwrap(),
            hex("1234 0000 0002 0000 0000 0000
                 02 766d 05 6c6f63616c 00 0001 0001
                 02 766d 05 6c6f63616c 00 001c 0001")
        );
        let long = "a".repeat(64);
        let longer = format!("{}.local", "ab.".repeat(90));
        for name in ["", "a..local", ".local", &long, &longer, "a\u{0}b.local"] {
            assert_eq!(question(1, name), None, "{name:?}");
        }
    }

    #[test]
    fn an_answer_gives_addresses() {
        let addresses = parse(&answer(), 0x1234, "MicroK8s-VM.local.");
        let expected: [IpAddr; 2] = ["10.66.0.7".parse().unwrap(), "fd00::7".parse().unwrap()];
        assert_eq!(addresses, expected);
    }

    #[test]
    fn what_is_not_the_answer_is_none() {
        assert!(parse(&answer(), 0x1235, NAME).is_empty());
        assert!(parse(&answer(), 0x1234, "other.local").is_empty());
        let changed = |at: usize, byte: u8| {
            let mut message = answer();
            message[at] = byte;
            parse(&message, 0x1234, NAME)
        };
        assert!(changed(2, 0x04).is_empty(), "a question");
        assert!(changed(2, 0xa8).is_empty(), "another kind");
        assert!(changed(3, 0x03).is_empty(), "an error");
        // The first record: lifetime 0, class 3.
        assert_eq!(changed(50, 0).len(), 1);
        assert_eq!(changed(46, 3).len(), 1);
    }

    #[test]
    fn damage_and_loops_end() {
        let whole = answer();
        for length in 0..whole.len() {
            let _ = parse(&whole[..length], 0x1234, NAME);
        }
        // The last record is cut off.
        let one = parse(&whole[..whole.len() - 1], 0x1234, NAME);
        assert_eq!(one.len(), 1);
        let itself = hex("1234 8400 0000 0001 0000 0000 c00c 0001 0001 0000000a 0004 0a420007");
        assert!(parse(&itself, 0x1234, NAME).is_empty());
        let forward = hex("1234 8400 0000 0001 0000 0000 c0ff 0001 0001 0000000a 0004 0a420007");
        assert!(parse(&forward, 0x1234, NAME).is_empty());
        let lies = hex("1234 8400 ffff ffff ffff ffff");
        assert!(parse(&lies, 0x1234, NAME).is_empty());
    }
}
