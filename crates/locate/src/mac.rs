//! Hardware addresses, in the spellings of all the programs that print them.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

/// The hardware address of a network interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mac([u8; 6]);

/// A text that is no hardware address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a hardware address, such as 52:54:00:a4:6f:91")]
pub struct NotAMac;

/// Whose virtual network cards begin with what. The first three octets are registered with the IEEE, except
/// those of QEMU, Lima and Docker, which have the bit of locally administered addresses. Apple's
/// Virtualization framework makes random ones, so it has no row.
const HYPERVISORS: [(&[u8], &str); 10] = [
    // Microsoft's; WSL runs on Hyper-V.
    (&[0x00, 0x15, 0x5d], "Hyper-V"),
    // libvirt and Multipass run QEMU and keep its prefix.
    (&[0x52, 0x54, 0x00], "QEMU"),
    // lima-vm/lima, pkg/limayaml/defaults.go.
    (&[0x52, 0x55, 0x55], "Lima"),
    (&[0x08, 0x00, 0x27], "VirtualBox"),
    (&[0x00, 0x0c, 0x29], "VMware"),
    (&[0x00, 0x50, 0x56], "VMware"),
    (&[0x00, 0x05, 0x69], "VMware"),
    (&[0x00, 0x1c, 0x42], "Parallels"),
    // Registered for Xen; LXD and Incus take it too (`volatile.eth0.hwaddr`).
    (&[0x00, 0x16, 0x3e], "Xen, LXD or Incus"),
    // Docker's containers, not machines.
    (&[0x02, 0x42], "Docker"),
];

impl Mac {
    /// The address with these octets.
    pub const fn new(octets: [u8; 6]) -> Self {
        Self(octets)
    }

    /// Its octets.
    pub const fn octets(self) -> [u8; 6] {
        self.0
    }

    /// Reads any spelling: six octets with colons or dashes, with or without leading zeros
    /// (`52:54:0:85:72:55` of macOS, `00-15-5d-01-0a-09` of Windows), or twelve digits
    /// (`00155D010A09` of Hyper-V).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let octet = |digits: &str| {
            let plain = matches!(digits.len(), 1 | 2)
                && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            plain.then(|| u8::from_str_radix(digits, 16).ok())?
        };
        let octets: Vec<u8> =
            if let Some(separator) = [':', '-'].into_iter().find(|c| text.contains(*c)) {
                // A seventh part would make it something else: an EUI-64, or junk of any length.
                text.split(separator)
                    .take(7)
                    .map(octet)
                    .collect::<Option<_>>()?
            } else if text.len() == 12 && text.is_ascii() {
                let pairs = text.as_bytes().chunks(2);
                pairs
                    .map(|pair| octet(std::str::from_utf8(pair).ok()?))
                    .collect::<Option<_>>()?
            } else {
                return None;
            };
        octets.try_into().ok().map(Self)
    }

    /// Whether it can be one machine's: not zero (an entry that the kernel has not resolved), not the
    /// broadcast address, not a group's.
    pub fn is_usable(self) -> bool {
        let group = self.0[0] & 1 == 1;
        self.0 != [0; 6] && !group
    }

    /// The hypervisor that gives its machines such addresses.
    pub fn hypervisor(self) -> Option<&'static str> {
        HYPERVISORS
            .iter()
            .find(|(prefix, _)| self.0.starts_with(prefix))
            .map(|(_, name)| *name)
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, octet) in self.0.iter().enumerate() {
            let colon = if index == 0 { "" } else { ":" };
            write!(f, "{colon}{octet:02x}")?;
        }
        Ok(())
    }
}

impl std::str::FromStr for Mac {
    type Err = NotAMac;

    fn from_str(text: &str) -> Result<Self, NotAMac> {
        Self::parse(text).ok_or(NotAMac)
    }
}

impl TryFrom<String> for Mac {
    type Error = NotAMac;

    fn try_from(text: String) -> Result<Self, NotAMac> {
        text.parse()
    }
}

impl From<Mac> for String {
    fn from(mac: Mac) -> Self {
        mac.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_one_address() {
        for (text, mac) in [
            ("52:54:0:85:72:55", "52:54:00:85:72:55"),
            ("52:54:00:a4:6f:91", "52:54:00:a4:6f:91"),
            ("52:54:00:A4:6F:91", "52:54:00:a4:6f:91"),
            ("8e:1:99:9c:54:b1", "8e:01:99:9c:54:b1"),
            ("00-15-5d-01-0a-09", "00:15:5d:01:0a:09"),
            ("00155D010A09", "00:15:5d:01:0a:09"),
            (" 00155d010a09\r\n", "00:15:5d:01:0a:09"),
            ("0:0:0:0:0:0", "00:00:00:00:00:00"),
        ] {
            assert_eq!(Mac::parse(text).unwrap().to_string(), mac, "{text}");
        }
    }

    #[test]
    fn other_texts_are_none() {
        for text in [
            "",
            ":",
            ":::::",
            "52:54:00:a4:6f",
            "52:54:00:a4:6f:91:02",
            "1,8e:1:99:9c:54:b1",
            "ff:0:0:0:1:0:1:2a:b3:4:5:52:54:0:1:2:3",
            "52:54-00:a4:6f:91",
            "52:54:00:a4:6f:091",
            "52:54:00:a4:6f:+1",
            "52:54:00:a4:6f:g1",
            "00155D010A0",
            "00155D010A0+",
            "00155D010A0€",
            "(incomplete)",
            "fe80::1",
        ] {
            assert_eq!(Mac::parse(text), None, "{text}");
        }
    }

    #[test]
    fn only_one_machines_address_is_usable() {
        for (text, usable) in [
            ("52:54:00:a4:6f:91", true),
            ("02:42:ac:11:00:02", true),
            ("00:00:00:00:00:00", false),
            ("ff:ff:ff:ff:ff:ff", false),
            ("01:00:5e:7f:ff:fa", false),
            ("33:33:00:00:00:01", false),
        ] {
            assert_eq!(Mac::parse(text).unwrap().is_usable(), usable, "{text}");
        }
    }

    #[test]
    fn the_prefix_tells_the_hypervisor() {
        for (text, name) in [
            ("00-15-5d-01-0a-09", Some("Hyper-V")),
            ("52:54:0:85:72:55", Some("QEMU")),
            ("52:55:55:1:2:3", Some("Lima")),
            ("00:16:3e:11:22:33", Some("Xen, LXD or Incus")),
            ("02:42:ac:11:00:02", Some("Docker")),
            ("3c:22:fb:1:2:3", None),
        ] {
            assert_eq!(Mac::parse(text).unwrap().hypervisor(), name, "{text}");
        }
    }

    #[test]
    fn it_is_kept_as_its_text() {
        let mac = Mac::new([0x52, 0x54, 0, 1, 2, 3]);
        let json = serde_json::to_string(&mac).unwrap();
        assert_eq!(json, "\"52:54:00:01:02:03\"");
        assert_eq!(serde_json::from_str::<Mac>(&json).unwrap(), mac);
        assert_eq!(
            serde_json::from_str::<Mac>("\"52-54-0-1-2-3\"").unwrap(),
            mac
        );
        let error = serde_json::from_str::<Mac>("\"x\"").unwrap_err();
        assert!(
            error.to_string().contains("not a hardware address"),
            "{error}"
        );
    }
}
