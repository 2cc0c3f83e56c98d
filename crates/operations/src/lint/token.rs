//! When a token ends that says so itself (RFC 7519).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use zeroize::Zeroizing;

/// More than any token has that a server would take in a header.
const LARGEST: usize = 64 << 10;

/// The times in a token, seconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) begins: Option<i64>,
    pub(super) ends: i64,
}

/// The times of a token that is a JWT and ends.
pub(super) fn times(token: &[u8]) -> Option<Times> {
    let token = token.trim_ascii();
    if token.len() > LARGEST {
        return None;
    }
    let mut parts = token.split(|byte| *byte == b'.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let claims = Zeroizing::new(URL_SAFE_NO_PAD.decode(claims).ok()?);
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    let time = |name: &str| {
        let value = claims.get(name)?;
        // Fractions are allowed.
        #[expect(clippy::cast_possible_truncation, reason = "it saturates")]
        value
            .as_i64()
            .or_else(|| value.as_f64().map(|seconds| seconds as i64))
    };
    Some(Times {
        begins: time("iat").or_else(|| time("nbf")),
        ends: time("exp")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_times_and_nothing_else() {
        let token = |claims: &str| format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
        let read = |text: &str| times(text.as_bytes()).map(|times| (times.begins, times.ends));
        assert_eq!(read(&token(r#"{"exp": 7}"#)), Some((None, 7)));
        assert_eq!(
            read(&token(r#"{"exp": 7.5, "iat": 3}"#)),
            Some((Some(3), 7))
        );
        assert_eq!(read(&token(r#"{"exp": 1e300}"#)), Some((None, i64::MAX)));
        for other in [
            "",
            "a.b.c",
            "..",
            &token("{}"),
            &token("[]"),
            &token("x"),
            "hunter2",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
        assert_eq!(read(&format!("{}.x", token(r#"{"exp": 7}"#))), None);
    }
}
