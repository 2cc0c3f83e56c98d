//! Numbers and indexes as Go's `strconv` and the parser's patterns read them.

use super::node::{End, Slice};

/// An `Atoi` of Go.
pub(super) fn integer(text: &str) -> Option<i64> {
    text.parse().ok()
}

/// A `ParseFloat` of a text of digits and points with an optional sign.
pub(super) fn float(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// What stands between `[` and `]` when it is neither a union nor a name.
pub(super) fn slice(text: &str) -> Result<Slice, String> {
    let mut parts = text.split(':');
    let (start, end, step) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    let is_index = |part: &str| {
        part.strip_prefix('-')
            .unwrap_or(part)
            .bytes()
            .all(|byte| byte.is_ascii_digit())
    };
    if parts.next().is_some() || ![Some(start), end, step].into_iter().flatten().all(is_index) {
        return Err(format!("invalid array index {text}"));
    }
    let index = |part: &str| match part {
        "" => Ok(None),
        _ => integer(part)
            .map(Some)
            .ok_or_else(|| format!("array index {part} is not a number")),
    };
    Ok(Slice {
        start: index(start)?,
        end: match end {
            None => End::Single,
            Some(part) => index(part)?.map_or(End::Open, End::Before),
        },
        step: step.map_or(Ok(None), index)?,
    })
}
