//! A hardware address (EUI-48): what stays when an address changes.

use std::fmt;

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de::Error as _;

/// The hardware address of a network card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// Reads it as systems spell it: `52:54:00:a4:6f:91`, `52:54:0:85:72:55` (macOS drops zeros),
    /// `00-15-5d-01-0a-09` (Windows) and `00155D010A09` (Hyper-V). Nobody's and everybody's address is none.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 6];
        if text.contains([':', '-']) {
            let mut words = text.split([':', '-']);
            for byte in &mut bytes {
                *byte = octet(words.next()?)?;
            }
            if words.next().is_some() {
                return None;
            }
        } else {
            if text.len() != 12 {
                return None;
            }
            for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
                *byte = octet(text.get(at..at + 2)?)?;
            }
        }
        (bytes != [0; 6] && bytes != [0xff; 6]).then_some(Self(bytes))
    }
}

fn octet(text: &str) -> Option<u8> {
    let plain = matches!(text.len(), 1 | 2) && text.bytes().all(|b| b.is_ascii_hexdigit());
    u8::from_str_radix(text, 16).ok().filter(|_| plain)
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            let colon = if index == 0 { "" } else { ":" };
            write!(f, "{colon}{byte:02x}")?;
        }
        Ok(())
    }
}

impl Serialize for Mac {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Mac {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not a hardware address"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_spelling() {
        for (text, expected) in [
            ("52:54:00:a4:6f:91", "52:54:00:a4:6f:91"),
            ("52:54:0:85:72:55", "52:54:00:85:72:55"),
            ("00-15-5D-01-0a-09", "00:15:5d:01:0a:09"),
            ("00155D010A09", "00:15:5d:01:0a:09"),
        ] {
            assert_eq!(Mac::parse(text).unwrap().to_string(), expected);
        }
        for text in [
            "",
            "00155D010A0",
            "00155D010A0g",
            "+0155D010A09",
            "52:54:00:a4:6f",
            "52:54:00:a4:6f:91:0",
            "52:54:00:a4:6f:+1",
            "52:54:00:a4:6f:",
            "52:54:00:a4:6f:123",
            "0015é5D010A0",
            "00:00:00:00:00:00",
            "ff:ff:ff:ff:ff:ff",
        ] {
            assert_eq!(Mac::parse(text), None, "{text}");
        }
    }
}
