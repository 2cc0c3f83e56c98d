//! Which release of Kubernetes something is of, as far as versions have to fit.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

/// Longer versions are none.
const LONGEST: usize = 128;

/// `1.33`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Release {
    /// 1.
    pub major: u16,
    /// Three a year.
    pub minor: u16,
}

impl Release {
    /// Reads a version as programs of Kubernetes print it: `v1.33.1`, `v1.30.14-eks-3abbec1`, `v1.31.9+k3s1`.
    pub fn parse(version: &str) -> Option<Self> {
        if version.len() > LONGEST {
            return None;
        }
        let mut numbers = version.trim().strip_prefix('v')?.splitn(3, '.');
        let major = numbers.next()?.parse().ok()?;
        let minor = numbers.next()?;
        // Of a version without a third number, what is behind the second may follow at once.
        let end = minor.find(|c: char| !c.is_ascii_digit());
        let minor = minor.get(..end.unwrap_or(minor.len()))?.parse().ok()?;
        Some(Self { major, minor })
    }

    /// Whether a kubectl of this release may be used with a server of another: one minor version older or newer
    /// (Kubernetes' version skew policy, `releases/version-skew-policy`, kubectl).
    pub fn fits(self, server: Self) -> bool {
        self.major == server.major && self.minor.abs_diff(server.minor) <= 1
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_programs_print() {
        for (version, read) in [
            ("v1.33.1", Some("1.33")),
            ("v1.32.4-dispatcher", Some("1.32")),
            ("v1.30.14-eks-3abbec1", Some("1.30")),
            ("v1.31.9+k3s1", Some("1.31")),
            ("v1.9", Some("1.9")),
            ("v1.9+x", Some("1.9")),
            ("1.33.1", None),
            ("v1", None),
            ("v1.x", None),
            ("v1.99999999", None),
            ("", None),
        ] {
            let release = Release::parse(version).map(|release| release.to_string());
            assert_eq!(release.as_deref(), read, "{version}");
        }
    }

    #[test]
    fn one_minor_version_apart_fits() {
        let release = |minor| Release { major: 1, minor };
        for (kubectl, server, fits) in [
            (32, 33, true),
            (34, 33, true),
            (31, 33, false),
            (20, 33, false),
        ] {
            assert_eq!(
                release(kubectl).fits(release(server)),
                fits,
                "{kubectl} {server}"
            );
        }
        assert!(
            !Release {
                major: 2,
                minor: 33
            }
            .fits(release(33))
        );
    }
}
