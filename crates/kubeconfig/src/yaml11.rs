//! What go-yaml v2 makes of a plain scalar (`resolve.go`).
//!
//! The same table decides twice: on read, where kubectl fails when a boolean or a number stands
//! where a string is due; and on write, where such a text needs quotes.

mod timestamp;

pub(crate) use self::timestamp::is_date;
pub(crate) use self::timestamp::is_timestamp;

/// The type that a plain scalar has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Typed {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    /// `<<`, which merges when it is a key and is a text elsewhere.
    Merge,
    /// Dates and base-60 numbers too: go-yaml keeps them as written.
    Text,
}

/// Longer texts that begin with a digit are tokens and base64, never numbers that go-yaml would
/// still accept with all their digits.
pub(crate) const MAX_NUMBER: usize = 400;

pub(crate) fn resolve(plain: &str) -> Typed {
    let Some(first) = plain.bytes().next() else {
        return Typed::Null;
    };
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => word(plain),
        b'<' if plain == "<<" => Typed::Merge,
        b'.' => special_float(plain)
            .or_else(|| float(&without_separators(plain)?))
            .map_or(Typed::Text, Typed::Float),
        b'+' | b'-' | b'0'..=b'9' => special_float(plain)
            .map(Typed::Float)
            .or_else(|| number(plain))
            .unwrap_or(Typed::Text),
        _ => Typed::Text,
    }
}

fn word(plain: &str) -> Typed {
    match plain {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Typed::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Typed::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => Typed::Null,
        _ => Typed::Text,
    }
}

fn special_float(plain: &str) -> Option<f64> {
    match plain {
        ".nan" | ".NaN" | ".NAN" => Some(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Some(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

fn number(plain: &str) -> Option<Typed> {
    if plain.len() > MAX_NUMBER {
        return None;
    }
    let digits = plain.replace('_', "");
    if let Some(value) = integer(&digits).or_else(|| signed_binary(&digits)) {
        return Some(Typed::Int(value));
    }
    yaml_style_float(&digits)
        .then(|| float(&digits))
        .flatten()
        .map(Typed::Float)
}

/// Go's `strconv.ParseInt(s, 0, 64)`, then `ParseUint`: a base prefix, and a leading zero for
/// octal; out of 64 bits is no integer.
fn integer(text: &str) -> Option<i128> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'-' => (-1, text.get(1..)?),
        b'+' => (1, text.get(1..)?),
        _ => (1, text),
    };
    let unsigned = std::ptr::eq(rest, text);
    let (radix, digits) = match rest.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (16, rest.get(2..)?),
        [b'0', b'o' | b'O', _, ..] => (8, rest.get(2..)?),
        [b'0', b'b' | b'B', _, ..] => (2, rest.get(2..)?),
        [b'0', _, ..] => (8, rest.get(1..)?),
        _ => (10, rest),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let value = sign * i128::from_str_radix(digits, radix).ok()?;
    let max = if unsigned {
        i128::from(u64::MAX)
    } else {
        i128::from(i64::MAX)
    };
    (i128::from(i64::MIN)..=max)
        .contains(&value)
        .then_some(value)
}

/// go-yaml parses what follows `0b` once more, sign and all.
fn signed_binary(text: &str) -> Option<i128> {
    let digits = text.strip_prefix("0b")?.strip_prefix(['+', '-'])?;
    digits
        .bytes()
        .all(|byte| matches!(byte, b'0' | b'1'))
        .then_some(())?;
    let value = i64::from_str_radix(text.get(2..)?, 2).ok()?;
    Some(i128::from(value))
}

/// Takes out underscores where each is between digits (`strconv`, `underscoreOK`).
fn without_separators(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let fits = |at: usize| at > 0 && digit(at - 1) && digit(at + 1);
    let mut marks = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'_');
    marks.all(|(at, _)| fits(at)).then(|| text.replace('_', ""))
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`
fn yaml_style_float(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
        None => (text, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa_fits =
        digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    exponent_fits && mantissa_fits
}

/// Go's `strconv.ParseFloat`, which fails where a number is too big instead of saying infinite.
fn float(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

/// Whether go-yaml v2 writes `text` in quotes because of the type that it would have without
/// (`encode.go`, `stringv`).
pub(crate) fn go_quotes(text: &str) -> bool {
    !matches!(resolve(text), Typed::Text | Typed::Merge) || base60(text) || is_timestamp(text)
}

/// Whether a plain `text` could be anything but a text to a YAML 1.1 or 1.2 reader. Wider than
/// [`resolve`]: also what other readers type (dates, base-60, `0o7`).
pub(crate) fn needs_quotes(text: &str) -> bool {
    if text == "=" || resolve(text) != Typed::Text {
        return true;
    }
    if !matches!(
        text.bytes().next().unwrap_or_default(),
        b'0'..=b'9' | b'+' | b'-' | b'.'
    ) {
        return false;
    }
    // An IP address or a version like `1.2.3` is none of these.
    base60(text) || date(text) || yaml_style_float(text) || text.starts_with("0o")
}

/// `^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$` (go-yaml v2, `encode.go`)
fn base60(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = whole.split(':');
    let head = parts.next().unwrap_or_default();
    let head_fits = head.starts_with(|char: char| char.is_ascii_digit())
        && head
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'_');
    let mut count = 0;
    let tail_fits = parts.all(|part| {
        count += 1;
        matches!(part.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9'])
    });
    head_fits
        && tail_fits
        && count > 0
        && fraction
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'_')
}

/// Whether Go reads `text` as one of the timestamps that go-yaml v2 knows (`resolve.go`,
/// `parseTimestamp`): a date, or date and time.
pub(crate) fn timestamp(text: &str) -> bool {
    let (day, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (text.get(..at), text.get(at..)),
        None => (Some(text), None),
    };
    let numbers = |text: &str, separator: char| -> Option<Vec<u32>> {
        let number = |part: &str| match part.len() {
            1..=4 if part.bytes().all(|byte| byte.is_ascii_digit()) => part.parse().ok(),
            _ => None,
        };
        text.split(separator).map(number).collect()
    };
    let short = |text: &str| text.split(['-', ':']).skip(1).all(|part| part.len() <= 2);
    let day = day.unwrap_or_default();
    let day_fits = day.find('-') == Some(4)
        && short(day)
        && numbers(day, '-').is_some_and(|day| match day[..] {
            [year, month, day] => (1..=days(year, month)).contains(&day),
            _ => false,
        });
    let Some(time) = time else {
        return day_fits;
    };
    let (clock, zone) = if time.starts_with(' ') {
        (time.get(1..).unwrap_or_default(), "Z")
    } else {
        let time = time.get(1..).unwrap_or_default();
        let at = time.find(['Z', '+', '-']).unwrap_or(time.len());
        time.split_at(at)
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let clock_fits = short(clock)
        && numbers(clock, ':').is_some_and(|clock| matches!(clock[..], [0..=23, 0..=59, 0..=59]))
        && clock.find(':').is_some_and(|at| at <= 2);
    let zone_fits = zone == "Z"
        || (zone.len() == 6
            && numbers(zone.get(1..).unwrap_or_default(), ':')
                .is_some_and(|zone| matches!(zone[..], [0..=24, 0..=60]))
            && zone.as_bytes().get(3) == Some(&b':'));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    day_fits && clock_fits && digits(fraction) && zone_fits
}

/// How many days a month has; none when there is no such month.
fn days(year: u32, month: u32) -> u32 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 0,
    }
}

/// The beginning of a timestamp: four digits and a dash; more is not worth telling apart.
fn date(text: &str) -> bool {
    let (year, rest) = text.as_bytes().split_at_checked(4).unwrap_or_default();
    year.len() == 4
        && year.iter().all(u8::is_ascii_digit)
        && matches!(rest, [b'-', b'0'..=b'9', ..])
}

#[cfg(test)]
mod tests {
    use super::Typed;
    use super::needs_quotes;
    use super::resolve;

    #[test]
    fn types_are_those_of_go_yaml() {
        for (text, typed) in [
            ("", Typed::Null),
            ("~", Typed::Null),
            ("yes", Typed::Bool(true)),
            ("OFF", Typed::Bool(false)),
            ("tRUE", Typed::Text),
            ("012", Typed::Int(10)),
            ("0o17", Typed::Int(15)),
            ("0x1F", Typed::Int(31)),
            ("-0b11", Typed::Int(-3)),
            ("1_000", Typed::Int(1000)),
            ("08", Typed::Float(8.0)),
            ("433e40", Typed::Float(433e40)),
            (".5", Typed::Float(0.5)),
            (".5_0", Typed::Float(0.5)),
            ("._5", Typed::Text),
            ("0b+1", Typed::Int(1)),
            ("0b-1", Typed::Int(-1)),
            ("0b+", Typed::Text),
            ("1e999", Typed::Text),
            ("1:30", Typed::Text),
            ("2024-01-01", Typed::Text),
            ("10.0.0.1", Typed::Text),
            ("<<", Typed::Merge),
        ] {
            assert_eq!(resolve(text), typed, "{text}");
        }
    }

    #[test]
    fn quotes_are_for_what_any_reader_types() {
        for text in [
            "",
            "y",
            "1:30",
            "12:30:45.5",
            "2024-01-01",
            "0o8",
            "=",
            "<<",
            ".inf",
            "1e999",
        ] {
            assert!(needs_quotes(text), "{text}");
        }
        for text in [
            "10.0.0.1",
            "1.2.3",
            "a",
            "https://1:2",
            "12:60",
            "1:x",
            "2024",
            "-x",
        ] {
            assert_eq!(needs_quotes(text), text == "2024", "{text}");
        }
    }
}
