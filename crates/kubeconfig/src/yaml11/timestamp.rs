//! Timestamps, as go-yaml v2 knows them (`resolve.go`, `parseTimestamp`, with Go's `time.Parse`).

/// Whether `text` is a date, or a date and a time.
pub(crate) fn is_timestamp(text: &str) -> bool {
    if !is_year(text) {
        return false;
    }
    let Some(rest) = date(text) else {
        return false;
    };
    match rest.as_bytes().first() {
        None => true,
        Some(b'T' | b't') => rest.get(1..).and_then(time).is_some_and(is_zone),
        Some(b' ') => time(rest.trim_start_matches(' ')).is_some_and(str::is_empty),
        _ => false,
    }
}

/// Whether `text` is a date alone.
pub(crate) fn is_date(text: &str) -> bool {
    is_year(text) && date(text).is_some_and(str::is_empty)
}

fn is_year(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    digits == 4 && text.as_bytes().get(4) == Some(&b'-')
}

/// Reads `2006-1-2`.
fn date(text: &str) -> Option<&str> {
    let (year, rest) = text.split_once('-')?;
    let (month, rest) = number(rest)?;
    let (day, rest) = number(rest.strip_prefix('-')?)?;
    let year: u32 = year.parse().ok()?;
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    (1..=days).contains(&day).then_some(rest)
}

/// Reads `15:4:5.999999999`.
fn time(text: &str) -> Option<&str> {
    let (hour, rest) = number(text)?;
    let (minute, rest) = number(rest.strip_prefix(':')?)?;
    let (second, rest) = number(rest.strip_prefix(':')?)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let Some(fraction) = rest.strip_prefix(['.', ',']) else {
        return Some(rest);
    };
    let after = fraction.trim_start_matches(|char: char| char.is_ascii_digit());
    // Without digits the point belongs to what follows, where it is one too many.
    Some(if after.len() < fraction.len() {
        after
    } else {
        rest
    })
}

/// `Z07:00`; Go lets people write 24 hours and 60 minutes.
fn is_zone(text: &str) -> bool {
    if text == "Z" {
        return true;
    }
    let Some(rest) = text.strip_prefix(['+', '-']) else {
        return false;
    };
    let Some((hour, minute)) = rest.split_once(':') else {
        return false;
    };
    let within = |text: &str, max: u32| {
        text.len() == 2 && number(text).is_some_and(|(value, rest)| rest.is_empty() && value <= max)
    };
    within(hour, 24) && within(minute, 60)
}

/// Reads one or two digits.
fn number(text: &str) -> Option<(u32, &str)> {
    let digits = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at_checked(digits)?;
    Some((number.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::is_timestamp;

    #[test]
    fn timestamps_are_gos() {
        for text in [
            "2024-01-01",
            "2024-2-29",
            "2024-01-01T00:00:00Z",
            "2024-01-01t1:2:3.5+24:60",
            "2024-01-01   1:2:3,5",
        ] {
            assert!(is_timestamp(text), "{text}");
        }
        for text in [
            "2024",
            "2024-13-01",
            "2023-02-29",
            "02024-01-01",
            "2024-01-01T00:00:00",
            "2024-01-01 00:00:00Z",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00+1:00",
            "2024-01-011",
            "2024-1-1x",
        ] {
            assert!(!is_timestamp(text), "{text}");
        }
    }
}
