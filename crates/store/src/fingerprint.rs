//! Cheap fingerprints that tell two states of a file apart.

use serde::{Deserialize, Serialize};

/// Length and hash of a file's bytes.
///
/// Not cryptographic: it recognises which of two known states a file is in; whoever could forge one
/// could write the file. Only fingerprints of one journal format can be compared.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Fingerprint {
    /// Number of bytes.
    pub len: u64,
    /// A 64-bit hash of the bytes.
    pub hash: u64,
}

impl Fingerprint {
    /// The fingerprint of journal format 1.
    pub(crate) fn of_format_1(bytes: &[u8]) -> Fingerprint {
        Fingerprint {
            len: bytes.len() as u64,
            hash: hash(bytes),
        }
    }

    /// The fingerprint of the present journal format.
    pub(crate) fn of(bytes: &[u8]) -> Fingerprint {
        let mut hasher = Hasher::new();
        hasher.update(bytes);
        hasher.finish()
    }
}

/// A 64-bit hash, eight bytes at a time.
///
/// Lock files and the journal entries of format 1 carry it, so it must never change: two versions
/// of bowline have to agree.
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

/// As many bytes as one round takes: a word for each lane.
const ROUND: usize = 32;

/// The hash of journal format 2, for bytes that come in pieces of any size.
///
/// Four lanes, because one step must wait for the step before it, but not for another lane's.
#[derive(Clone, Debug)]
pub(crate) struct Hasher {
    lanes: [u64; 4],
    carry: [u8; ROUND],
    carried: usize,
    len: u64,
}

impl Hasher {
    pub(crate) fn new() -> Hasher {
        Hasher {
            lanes: [1, 2, 3, 4],
            carry: [0; ROUND],
            carried: 0,
            len: 0,
        }
    }

    pub(crate) fn update(&mut self, mut bytes: &[u8]) {
        self.len += bytes.len() as u64;
        if self.carried > 0 {
            let taken = bytes.len().min(ROUND - self.carried);
            let (head, rest) = bytes.split_at(taken);
            self.carry[self.carried..self.carried + taken].copy_from_slice(head);
            self.carried += taken;
            bytes = rest;
            if self.carried < ROUND {
                return;
            }
            let carry = self.carry;
            self.round(&carry);
            self.carried = 0;
        }
        let (rounds, rest) = bytes.as_chunks::<ROUND>();
        for round in rounds {
            self.round(round);
        }
        self.carry[..rest.len()].copy_from_slice(rest);
        self.carried = rest.len();
    }

    pub(crate) fn finish(mut self) -> Fingerprint {
        self.carry[self.carried..].fill(0);
        let carry = self.carry;
        self.round(&carry);
        let folded = self
            .lanes
            .iter()
            .fold(self.len, |hash, lane| mix(hash, *lane));
        Fingerprint {
            len: self.len,
            hash: mix(folded, folded >> 29),
        }
    }

    fn round(&mut self, bytes: &[u8; ROUND]) {
        let (words, _) = bytes.as_chunks::<8>();
        for (lane, word) in self.lanes.iter_mut().zip(words) {
            *lane = mix(*lane, u64::from_le_bytes(*word));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Fingerprint, Hasher, hash};

    #[test]
    fn a_hash_is_the_same_in_every_version() {
        assert_eq!(hash(b""), 18_166_514_909_716_531_330);
        assert_eq!(hash(b"/home/anna/.kube/config"), 2_548_726_447_196_079_757);
        assert_eq!(Fingerprint::of(b"").hash, 8_406_192_166_692_293_886);
        assert_eq!(
            Fingerprint::of(b"/home/anna/.kube/config, read in four lanes").hash,
            5_228_083_893_883_462_158
        );
    }

    #[test]
    fn a_changed_moved_or_added_byte_changes_the_hash() {
        let base = b"apiVersion: v1\nkind: Config\nclusters: []\nusers: []\n".to_vec();
        for hash in [hash, |bytes: &[u8]| Fingerprint::of(bytes).hash] {
            let mut seen = vec![hash(&base)];
            for at in 0..base.len() {
                let mut other = base.clone();
                other[at] ^= 1;
                seen.push(hash(&other));
                let mut turned = base.clone();
                turned.rotate_left(at);
                if at > 0 {
                    seen.push(hash(&turned));
                }
            }
            for zeros in 1..70 {
                seen.push(hash(&vec![0; zeros]));
            }
            let count = seen.len();
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), count);
        }
    }

    #[test]
    fn pieces_make_no_difference() {
        let bytes: Vec<u8> = (0..200_u8).collect();
        for piece in 1..70 {
            let mut hasher = Hasher::new();
            for part in bytes.chunks(piece) {
                hasher.update(part);
            }
            assert_eq!(
                hasher.finish(),
                Fingerprint::of(&bytes),
                "pieces of {piece}"
            );
        }
    }
}
