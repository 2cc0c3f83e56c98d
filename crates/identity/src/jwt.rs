//! When a token ends, as it says itself: `exp` of a JSON Web Token (RFC 7519 §4.1.4).
//!
//! Nothing is verified, so nothing is believed: it says when a token will surely be refused, never that it is
//! accepted. Most bearer tokens of kubeconfigs (`known_tokens.csv`, bootstrap tokens) are no JWTs and say nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use zeroize::Zeroizing;

/// More than any API server takes in its headers (Go's `net/http`: 1 MiB for all of them).
const LONGEST: usize = 1 << 20;

/// The last second of the year 9999, the last year that X.509 can say.
const LAST: f64 = 253_402_300_799.0;

#[derive(Deserialize)]
struct Claims {
    exp: Option<serde_json::Number>,
}

/// When the token ends, seconds since the Unix epoch; `None` where it is no JWT, has no end, or says one that no
/// calendar has.
pub fn expires(token: &str) -> Option<i64> {
    if token.len() > LONGEST {
        return None;
    }
    let mut parts = token.trim().split('.');
    let (_header, payload) = (parts.next()?, parts.next()?);
    // The signature is there even where it is empty (RFC 7515 §3.1).
    parts.next()?;
    if parts.next().is_some() {
        return None;
    }
    let payload = Zeroizing::new(URL_SAFE_NO_PAD.decode(payload).ok()?);
    if payload.trim_ascii_start().first() != Some(&b'{') {
        // An array would be read as the fields in order.
        return None;
    }
    let claims: Claims = serde_json::from_slice(&payload).ok()?;
    // A NumericDate may have a fraction (RFC 7519 §2).
    let exp = claims.exp?.as_f64()?.floor();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whole, and within the range just checked"
    )]
    (0.0..=LAST).contains(&exp).then_some(exp as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(payload: &str) -> String {
        // The header of tokens of a service account (kubernetes `pkg/serviceaccount/jwt.go`).
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","kid":"k"}"#);
        format!("{header}.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(payload))
    }

    #[test]
    fn reads_the_end() {
        for (payload, end) in [
            (r#"{"exp":1795000000}"#, Some(1_795_000_000)),
            (
                r#"{"aud":["https://kubernetes.default.svc"],"exp":1795000000,"iat":1,"iss":"x"}"#,
                Some(1_795_000_000),
            ),
            (r#"{"exp":1795000000.75}"#, Some(1_795_000_000)),
            (r#"{"exp":1.795e9}"#, Some(1_795_000_000)),
            (r#"{"exp":0}"#, Some(0)),
            // Tokens of secrets (before 1.24) never end.
            (
                r#"{"iss":"kubernetes/serviceaccount","sub":"system:serviceaccount:a:b"}"#,
                None,
            ),
            (r#"{"exp":null}"#, None),
            (r#"{"exp":"1795000000"}"#, None),
            (r#"{"exp":-1}"#, None),
            (r#"{"exp":1e300}"#, None),
            (r#"{"exp":99999999999999999999}"#, None),
            (r#"{"exp":{}}"#, None),
            ("[1795000000]", None),
            ("exp=1795000000", None),
            ("", None),
        ] {
            assert_eq!(expires(&token(payload)), end, "{payload}");
        }
        assert_eq!(
            expires(&format!("  {}\n", token(r#"{"exp":5}"#))),
            Some(5),
            "as a token file has it"
        );
    }

    #[test]
    fn what_is_no_jwt_says_nothing() {
        let whole = token(r#"{"exp":1795000000}"#);
        let (start, _) = whole.rsplit_once('.').unwrap();
        for no in [
            "",
            "..",
            "a.b.c",
            "Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm8K",
            "07401b.f395accd246ae52d",
            start,
            &format!("{whole}.more"),
            &whole.replace('.', ":"),
            &whole.replacen('.', ".=", 1),
        ] {
            assert_eq!(expires(no), None, "{no:?}");
        }
        let long = token(&format!(r#"{{"x":"{}","exp":5}}"#, "x".repeat(LONGEST)));
        assert_eq!(expires(&long), None);
        let deep = format!(r#"{{"x":{}{}}}"#, "[".repeat(5000), "]".repeat(5000));
        assert_eq!(expires(&token(&deep)), None);
    }
}
