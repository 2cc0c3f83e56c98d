//! A cheap fingerprint that tells two states of a file apart.

use serde::{Deserialize, Serialize};

/// Length and hash of a file's bytes.
///
/// Not cryptographic: it recognises which of two known states a file is in; whoever could forge one
/// could write the file.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Fingerprint {
    /// Number of bytes.
    pub(crate) len: u64,
    /// [`hash`] of the bytes.
    pub(crate) hash: u64,
}

impl Fingerprint {
    pub(crate) fn of(bytes: &[u8]) -> Fingerprint {
        Fingerprint {
            len: bytes.len() as u64,
            hash: hash(bytes),
        }
    }
}

/// A 64-bit hash, eight bytes at a time: 58 MB take about as long as reading them.
///
/// Lock files and journal entries carry it, so it must never change: two versions of bowline have
/// to agree.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut tail = [0_u8; 8];
    for (to, from) in tail.iter_mut().zip(rest) {
        *to = *from;
    }
    let mut hash = mix(0, bytes.len() as u64);
    for word in words {
        hash = mix(hash, u64::from_le_bytes(*word));
    }
    hash = mix(hash, u64::from_le_bytes(tail));
    mix(hash, hash >> 29)
}

/// One step; for a given hash no two words give the same result.
fn mix(hash: u64, word: u64) -> u64 {
    let product = (hash ^ word ^ 0x2545_f491_4f6c_dd1d).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    product ^ (product >> 32)
}

#[cfg(test)]
mod tests {
    use super::hash;

    #[test]
    fn a_hash_is_the_same_in_every_version() {
        assert_eq!(hash(b""), 18_166_514_909_716_531_330);
        assert_eq!(hash(b"/home/anna/.kube/config"), 2_548_726_447_196_079_757);
    }

    #[test]
    fn a_changed_moved_or_added_byte_changes_the_hash() {
        let base = b"apiVersion: v1\nkind: Config\n".to_vec();
        let mut seen = vec![hash(&base)];
        for at in 0..base.len() {
            let mut other = base.clone();
            other[at] ^= 1;
            seen.push(hash(&other));
        }
        for zeros in 1..20 {
            seen.push(hash(&vec![0; zeros]));
        }
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), count);
    }
}
