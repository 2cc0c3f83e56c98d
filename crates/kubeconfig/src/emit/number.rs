//! Numbers as Go prints them.

use serde_json::Number;

/// As `encoding/json` prints it (`encode.go`, `floatEncoder`).
pub(crate) fn json(number: &Number) -> String {
    match number.as_f64() {
        Some(value) if number.is_f64() => json_float(value),
        _ => number.to_string(),
    }
}

/// As go-yaml v2 prints what it reads from that JSON: whatever fits is an integer again.
pub(super) fn yaml(number: &Number) -> String {
    let text = json(number);
    let range = i128::from(i64::MIN)..=i128::from(u64::MAX);
    match text.parse::<i128>() {
        Ok(value) if range.contains(&value) => value.to_string(),
        _ => text.parse().map_or(text, general),
    }
}

fn json_float(value: f64) -> String {
    let size = value.abs();
    let (mantissa, exponent) = scientific(value);
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        return positional(&mantissa, exponent);
    }
    format!("{mantissa}e{exponent:+}")
}

/// `strconv.FormatFloat(value, 'g', -1, 64)`: six digits before the point, and no more.
fn general(value: f64) -> String {
    let (mantissa, exponent) = scientific(value);
    if value == 0.0 || (-4..6).contains(&exponent) {
        return positional(&mantissa, exponent);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// The shortest digits that read back as `value`, with one before the point. Where two are as near, Go takes the
/// even one, as rounding to that many digits does, and Rust the upper.
fn scientific(value: f64) -> (String, i32) {
    let shortest = format!("{value:e}");
    let digits = |text: &str| {
        let mantissa = text.split('e').next().unwrap_or_default();
        mantissa.bytes().filter(u8::is_ascii_digit).count()
    };
    let rounded = format!("{value:.*e}", digits(&shortest).saturating_sub(1));
    let same = digits(&rounded) == digits(&shortest) && rounded.parse() == Ok(value);
    let text = if same { rounded } else { shortest };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (mantissa.to_owned(), exponent.parse().unwrap_or_default())
}

/// The same number without an exponent.
fn positional(mantissa: &str, exponent: i32) -> String {
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let before = usize::try_from(exponent + 1).unwrap_or_default();
    if exponent < 0 {
        let zeros = "0".repeat(usize::try_from(-exponent - 1).unwrap_or_default());
        return format!("{sign}0.{zeros}{digits}");
    }
    match digits.split_at_checked(before) {
        Some((whole, "")) => format!("{sign}{whole}"),
        Some((whole, fraction)) => format!("{sign}{whole}.{fraction}"),
        None => format!("{sign}{digits}{}", "0".repeat(before - digits.len())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Number;

    #[test]
    fn numbers_are_gos() {
        for (value, json, yaml) in [
            (2.50, "2.5", "2.5"),
            (1000.0, "1000", "1000"),
            (-0.0, "-0", "0"),
            (1e20, "100000000000000000000", "1e+20"),
            (1e19, "10000000000000000000", "10000000000000000000"),
            (-1e19, "-10000000000000000000", "-1e+19"),
            (1e21, "1e+21", "1e+21"),
            (1e-7, "1e-7", "1e-07"),
            (1e-6, "0.000001", "1e-06"),
            (1e-300, "1e-300", "1e-300"),
            (1_234_567.5, "1234567.5", "1.2345675e+06"),
            (0.000_123, "0.000123", "0.000123"),
            (-12.75, "-12.75", "-12.75"),
            // …540.25: both …540.2 and …540.3 read back as it.
            (
                806_608_419_180_540.0 + 0.25,
                "806608419180540.2",
                "8.066084191805402e+14",
            ),
        ] {
            let number = Number::from_f64(value).unwrap();
            assert_eq!(super::json(&number), json);
            assert_eq!(super::yaml(&number), yaml);
        }
        assert_eq!(super::yaml(&Number::from(u64::MAX)), u64::MAX.to_string());
        assert_eq!(super::yaml(&Number::from(i64::MIN)), i64::MIN.to_string());
    }
}
