//! Taking secrets out of the journal.

use super::Journal;
use super::record::{Body, Record};
use crate::delta::Delta;
use crate::error::StoreError;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::Value;

/// A piece of a secret shorter than this tells nothing, and occurs by chance.
const TELLING: usize = 8;

impl Journal {
    /// Takes deltas and note from every entry that holds one of the secrets; returns how many there
    /// were.
    pub(crate) fn forget(&self, secrets: &[&[u8]]) -> Result<usize, StoreError> {
        let needles: Vec<Vec<u8>> = secrets.iter().flat_map(|secret| forms(secret)).collect();
        if needles.is_empty() || self.numbers()?.is_empty() {
            return Ok(0);
        }
        let _lock = self.guard()?;
        let (mut count, mut damaged) = (0, None);
        for number in self.numbers()? {
            let record = match self.record::<Vec<Delta>>(number) {
                Ok(Some(record)) => record,
                Ok(None) => continue,
                // The others first; then this one is reported.
                Err(error) => {
                    damaged = Some(error);
                    continue;
                }
            };
            if holds(&record, &needles) {
                self.blank(&record)?;
                count += 1;
            }
        }
        damaged.map_or(Ok(count), Err)
    }

    /// Writes an entry again without its bytes.
    fn blank(&self, record: &Record<Vec<Delta>>) -> Result<(), StoreError> {
        let about = &record.summary;
        let body = Body {
            time: record.time,
            // What an older format's fingerprints say, the present one cannot.
            before: record
                .before
                .filter(|_| record.format == super::write::VERSION),
            after: record
                .after
                .filter(|_| record.format == super::write::VERSION),
            mode: record.mode,
            undoes: record.undoes,
            replaces_credentials: record.replaces_credentials,
            forgotten: true,
            ..Body::about(&about.path, &about.summary, &[])
        };
        self.rewrite(about.entry, about.group, about.state, &body)
    }
}

/// The ways in which a secret may be written: as it is, and in base64 at any offset.
fn forms(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = Vec::new();
    let plain: Vec<u8> = unbroken(secret);
    if plain.is_empty() {
        return forms;
    }
    forms.push(plain);
    for offset in 0..3 {
        let mut bytes = vec![0; offset];
        bytes.extend_from_slice(secret);
        // Characters that also hold bits of what is around the secret are left out.
        let whole = bytes.len() / 3 * 4;
        let start = (offset * 4).div_ceil(3);
        for text in [
            STANDARD_NO_PAD.encode(&bytes),
            URL_SAFE_NO_PAD.encode(&bytes),
        ] {
            let own = text.as_bytes().get(start..whole).unwrap_or_default();
            if own.len() >= TELLING {
                forms.push(own.to_vec());
            }
        }
    }
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// Bytes without blanks and line ends: YAML may break a long value anywhere.
fn unbroken(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes.retain(|byte| !byte.is_ascii_whitespace());
    bytes
}

fn holds(record: &Record<Vec<Delta>>, needles: &[Vec<u8>]) -> bool {
    let mut sides = record
        .deltas
        .iter()
        .flat_map(|delta| [&delta.removed, &delta.inserted]);
    sides.any(|side| {
        let side = unbroken(side);
        needles.iter().any(|needle| betrays(&side, needle))
    }) || record
        .note
        .as_ref()
        .is_some_and(|note| value_holds(&note.0, needles))
}

fn value_holds(value: &Value, needles: &[Vec<u8>]) -> bool {
    let text = |text: &str| {
        let text = unbroken(text.as_bytes());
        needles.iter().any(|needle| contains(&text, needle))
    };
    match value {
        Value::Null | Value::Bool(_) => false,
        Value::Number(number) => text(&number.to_string()),
        Value::String(string) => text(string),
        Value::Array(values) => values.iter().any(|value| value_holds(value, needles)),
        Value::Object(members) => members
            .iter()
            .any(|(key, value)| text(key) || value_holds(value, needles)),
    }
}

/// Whether one side of a delta holds a secret, or the part of it that a delta keeps: what two
/// states have in common at either end is not in it.
fn betrays(side: &[u8], secret: &[u8]) -> bool {
    if contains(side, secret) {
        return true;
    }
    if side.len() >= TELLING && contains(secret, side) {
        return true;
    }
    let least = TELLING.max(secret.len() / 4);
    let most = side.len().min(secret.len());
    (least..=most).any(|len| {
        side.starts_with(&secret[secret.len() - len..]) || side.ends_with(&secret[..len])
    })
}

/// Whether `needle`, which is not empty, occurs in `bytes`.
fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    let Some((first, _)) = needle.split_first() else {
        return false;
    };
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| byte == first) {
        rest = &rest[at..];
        if rest.starts_with(needle) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{betrays, forms, unbroken};
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_secret_is_found_plain_and_in_base64(
            secret in "[!-~]{12,60}",
            before in "[ -~]{0,20}",
            after in "[ -~]{0,20}",
            width in 1_usize..80,
        ) {
            let plain = format!("{before}{secret}{after}");
            let encoded = STANDARD.encode(&plain);
            let broken: Vec<String> = encoded
                .as_bytes()
                .chunks(width)
                .map(|line| String::from_utf8_lossy(line).into_owned())
                .collect();
            let needles = forms(secret.as_bytes());
            for text in [plain, encoded, broken.join("\n    ")] {
                let side = unbroken(text.as_bytes());
                prop_assert!(needles.iter().any(|needle| betrays(&side, needle)), "{text}");
            }
        }
    }

    #[test]
    fn a_part_of_a_secret_is_found_and_a_common_beginning_is_not() {
        let needles = forms(b"eyJhbGciOiJSUzI1NiJ9.payload-of-anna.signature-of-anna");
        let found = |text: &[u8]| needles.iter().any(|needle| betrays(text, needle));
        assert!(found(b"payload-of-anna.sig"));
        assert!(found(b"token:eyJhbGciOiJSUzI1NiJ9.payl"));
        assert!(found(b"anna.signature-of-annaserver:"));
        assert!(!found(
            b"eyJhbGciOiJSUzI1NiJ9.payload-of-bert.signature-of-bert"
        ));
        assert!(!found(b"anna"));
        assert!(forms(b" \n").is_empty());
    }
}
