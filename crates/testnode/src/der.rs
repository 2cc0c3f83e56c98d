//! As much DER as certificates need that no library makes: take one apart, and sign it anew.

use std::time::SystemTime;

use rcgen::SigningKey;

use crate::clock;

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const UTF8_STRING: u8 = 0x0c;
const PRINTABLE_STRING: u8 = 0x13;
const SET: u8 = 0x31;
/// `[0] EXPLICIT`: the version of a certificate.
const VERSION: u8 = 0xa0;
/// `[3] EXPLICIT`: the extensions of a certificate.
const EXTENSIONS: u8 = 0xa3;

/// One element: its tag, its content, and its whole encoding.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    pub(crate) whole: &'a [u8],
}

/// Reads one element and what follows it; `None` where the bytes are not DER of a sane size.
pub(crate) fn read(bytes: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        if count == 0 || count > 4 || rest.len() < count {
            return None;
        }
        let (octets, rest) = rest.split_at(count);
        (
            octets
                .iter()
                .fold(0, |sum, octet| sum << 8 | usize::from(*octet)),
            rest,
        )
    };
    if rest.len() < length {
        return None;
    }
    let (content, after) = rest.split_at(length);
    let whole = &bytes[..bytes.len() - after.len()];
    Some((
        Element {
            tag,
            content,
            whole,
        },
        after,
    ))
}

/// The elements that lie side by side in `bytes`.
fn elements(mut bytes: &[u8]) -> Option<Vec<Element<'_>>> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let (element, rest) = read(bytes)?;
        found.push(element);
        bytes = rest;
    }
    Some(found)
}

/// Encodes one element.
fn write(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len();
    if let Ok(short @ 0..=0x7f) = u8::try_from(length) {
        out.push(short);
    } else {
        let octets = length.to_be_bytes();
        let skip = octets.iter().take_while(|octet| **octet == 0).count();
        let significant = &octets[skip..];
        // At most eight octets, so the cast cannot cut.
        out.push(0x80 | u8::try_from(significant.len()).unwrap_or(8));
        out.extend_from_slice(significant);
    }
    out.extend_from_slice(content);
    out
}

/// The part of a certificate that an element of its `TBSCertificate` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Version,
    Serial,
    Validity,
    Subject,
    Extensions,
    Other,
}

/// The certificate with its parts replaced by what `edit` makes of each, signed anew by `issuer`,
/// which must be the key that signed it before.
pub(crate) fn rewrite(
    certificate: &[u8],
    issuer: &impl SigningKey,
    edit: impl Fn(Part, &[u8]) -> Vec<u8>,
) -> Result<Vec<u8>, rcgen::Error> {
    let (parts, algorithm) = parts(certificate).ok_or(rcgen::Error::CouldNotParseCertificate)?;
    let versioned = usize::from(parts.first().is_some_and(|part| part.tag == VERSION));
    let tbs: Vec<u8> = parts
        .iter()
        .enumerate()
        .flat_map(|(index, element)| {
            let part = match (element.tag, index.checked_sub(versioned)) {
                (VERSION, _) => Part::Version,
                (EXTENSIONS, _) => Part::Extensions,
                (_, Some(0)) => Part::Serial,
                (_, Some(3)) => Part::Validity,
                (_, Some(4)) => Part::Subject,
                _ => Part::Other,
            };
            edit(part, element.whole)
        })
        .collect();
    let tbs = write(SEQUENCE, &tbs);
    let mut signature = vec![0];
    signature.extend(issuer.sign(&tbs)?);
    let content = [tbs, algorithm.to_vec(), write(BIT_STRING, &signature)].concat();
    Ok(write(SEQUENCE, &content))
}

/// The elements of a certificate's `TBSCertificate`, and the algorithm it is signed with.
fn parts(certificate: &[u8]) -> Option<(Vec<Element<'_>>, &[u8])> {
    let (outer, _) = read(certificate)?;
    let parts = elements(outer.content)?;
    let tbs = parts.first().filter(|part| part.tag == SEQUENCE)?;
    Some((elements(tbs.content)?, parts.get(1)?.whole))
}

/// An attribute type of a name, given the last arc below 2.5.4.
pub(crate) const fn attribute(last: u8) -> [u8; 5] {
    [0x06, 3, 0x55, 4, last]
}

/// Common name, organization.
pub(crate) const COMMON_NAME: [u8; 5] = attribute(3);
pub(crate) const ORGANIZATION: [u8; 5] = attribute(10);

/// A `Name` of these attributes, in this order.
pub(crate) fn name<'a>(attributes: impl IntoIterator<Item = ([u8; 5], &'a str)>) -> Vec<u8> {
    let sets: Vec<u8> = attributes
        .into_iter()
        .flat_map(|(kind, value)| write(SET, &attribute_value(kind, UTF8_STRING, value)))
        .collect();
    write(SEQUENCE, &sets)
}

/// A `Name` of sets of attributes, each value in the string type that Go chooses for it (encoding/asn1).
pub(crate) fn name_of_sets(sets: &[Vec<([u8; 5], &str)>]) -> Vec<u8> {
    let printable = |byte: u8| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&byte);
    let sets: Vec<u8> = sets
        .iter()
        .flat_map(|set| {
            let mut members: Vec<_> = set
                .iter()
                .map(|(kind, value)| {
                    let tag = if value.bytes().all(printable) {
                        PRINTABLE_STRING
                    } else {
                        UTF8_STRING
                    };
                    attribute_value(*kind, tag, value)
                })
                .collect();
            // DER orders the members of a set by their encoding (X.690 §11.6).
            members.sort();
            write(SET, &members.concat())
        })
        .collect();
    write(SEQUENCE, &sets)
}

fn attribute_value(kind: [u8; 5], tag: u8, value: &str) -> Vec<u8> {
    let value = write(tag, value.as_bytes());
    write(SEQUENCE, &[kind.to_vec(), value].concat())
}

/// A `Validity`.
pub(crate) fn validity(not_before: SystemTime, not_after: SystemTime) -> Vec<u8> {
    let time = |moment| {
        let (tag, text) = clock::der_time(moment);
        write(tag, text.as_bytes())
    };
    write(SEQUENCE, &[time(not_before), time(not_after)].concat())
}

/// A positive `INTEGER` of these octets.
pub(crate) fn integer(octets: &[u8]) -> Vec<u8> {
    let mut content = octets.to_vec();
    if content.first().is_none_or(|first| *first >= 0x80) {
        content.insert(0, 0);
    }
    write(INTEGER, &content)
}

/// Wraps an `RSAPrivateKey` (PKCS#1, what `openssl genrsa` of 1.1.1 writes) as PKCS#8.
pub(crate) fn rsa_pkcs8(pkcs1: &[u8]) -> Vec<u8> {
    const RSA_ENCRYPTION: [u8; 13] = [
        0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
    ];
    let content = [
        integer(&[0]),
        write(SEQUENCE, &RSA_ENCRYPTION),
        write(OCTET_STRING, pkcs1),
    ]
    .concat();
    write(SEQUENCE, &content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for length in [0, 1, 127, 128, 255, 256, 70_000] {
            let content = vec![7; length];
            let whole = write(SEQUENCE, &content);
            let (element, rest) = read(&whole).unwrap();
            assert_eq!(
                (element.tag, element.content, rest.len()),
                (SEQUENCE, &content[..], 0)
            );
            assert!(read(&whole[..whole.len() - 1]).is_none());
        }
    }

    #[test]
    fn integers_stay_positive() {
        assert_eq!(integer(&[0x80]), [2, 2, 0, 0x80]);
        assert_eq!(integer(&[0x7f]), [2, 1, 0x7f]);
        assert_eq!(integer(&[0]), [2, 1, 0]);
    }
}
