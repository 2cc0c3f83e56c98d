//! What the values of flags have to look like.

use gotext::quoted;

/// Go's `strconv.ParseBool`.
pub(crate) fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(format!(
            "strconv.ParseBool: parsing {}: invalid syntax",
            quoted(text)
        )),
    }
}

/// A log level (klog's `Level`): Go's `strconv.ParseInt` with 32 bits.
pub(super) fn level(text: &str) -> Result<i32, String> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let wrong = |reason| format!("strconv.ParseInt: parsing {}: {reason}", quoted(text));
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong("invalid syntax"));
    }
    text.parse().map_err(|_| wrong("value out of range"))
}

/// Log levels per file (klog's `moduleSpec`): `pattern=N,…`.
pub(super) fn levels(text: &str) -> Result<(), String> {
    for item in text.split(',').filter(|item| !item.is_empty()) {
        let number = match item.split('=').collect::<Vec<_>>().as_slice() {
            [pattern, number] if !pattern.is_empty() => level(number).ok(),
            _ => None,
        };
        let number = number.ok_or("syntax error: expect comma-separated list of filename=N")?;
        if number < 0 {
            return Err("negative value for vmodule level".to_owned());
        }
    }
    Ok(())
}

/// A time span, as Go's `time.ParseDuration` reads it: `1h5m.5s`, `-3ms`, `0`.
pub(super) fn duration(text: &str) -> Result<(), String> {
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" {
        return Ok(());
    }
    let mut nanoseconds = 0_f64;
    let mut parts = 0;
    while !rest.is_empty() {
        let length = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, after) = rest.split_at(length);
        // Longer units first: `m` begins `ms`.
        let (unit, after) = [
            ("ns", 1.0),
            ("us", 1e3),
            ("µs", 1e3),
            ("μs", 1e3),
            ("ms", 1e6),
            ("s", 1e9),
            ("m", 6e10),
            ("h", 3.6e12),
        ]
        .into_iter()
        .find_map(|(name, unit)| Some((unit, after.strip_prefix(name)?)))
        .ok_or("parse error")?;
        nanoseconds += number.parse::<f64>().map_err(|_| "parse error")? * unit;
        parts += 1;
        rest = after;
    }
    // Go counts nanoseconds in 63 bits: some 292 years.
    if parts == 0 || nanoseconds > 9.2e18 {
        return Err("parse error".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans() {
        for text in ["1", "t", "T", "true", "TRUE", "True"] {
            assert_eq!(boolean(text), Ok(true));
        }
        for text in ["0", "f", "F", "false", "FALSE", "False"] {
            assert_eq!(boolean(text), Ok(false));
        }
        for text in ["", "tRUE", "yes", "on", " true", "2"] {
            let expected = format!("strconv.ParseBool: parsing {text:?}: invalid syntax");
            assert_eq!(boolean(text), Err(expected));
        }
    }

    #[test]
    fn log_levels() {
        for (text, expected) in [("0", 0), ("6", 6), ("-1", -1), ("+5", 5)] {
            assert_eq!(level(text), Ok(expected));
        }
        for text in ["", "x", "6x", "0x10", "1_0", "-", "+-5"] {
            let expected = format!("strconv.ParseInt: parsing {text:?}: invalid syntax");
            assert_eq!(level(text), Err(expected));
        }
        assert!(level("99999999999999").is_err_and(|e| e.ends_with("value out of range")));
        for text in ["", ",", "foo=1,bar=2", "foo=0", "foo=+1,"] {
            assert_eq!(levels(text), Ok(()), "{text}");
        }
        for text in ["foo", "foo=x", "=1", "foo=", "a=1=2", "a=1,b"] {
            assert!(
                levels(text).is_err_and(|e| e.starts_with("syntax")),
                "{text}"
            );
        }
        assert!(levels("foo=-1").is_err_and(|e| e.starts_with("negative")));
    }

    #[test]
    fn durations() {
        for text in ["0", "5s", "1h5m.5s", "1.s", "-5m", "+3ms", "7µs", "00h"] {
            assert_eq!(duration(text), Ok(()), "{text}");
        }
        for text in [
            "",
            "5",
            "5x",
            ".s",
            "s",
            "-",
            "1..5s",
            "5 s",
            "9999999999h",
            "--5s",
        ] {
            assert_eq!(duration(text), Err("parse error".to_owned()), "{text}");
        }
    }
}
