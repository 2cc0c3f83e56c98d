//! A `float64`, with the fewest digits that read back as it.

/// As `encoding/json` writes it (`encode.go`, `floatEncoder`): an exponent below 1e-6 and from 1e21, without padding.
pub fn json(number: f64) -> String {
    written(number, -6..21, 1)
}

/// As `%v` and `strconv.FormatFloat(number, 'g', -1, 64)` write it: an exponent below 1e-4 and from 1e6, of two digits
/// at least.
pub fn general(number: f64) -> String {
    written(number, -4..6, 2)
}

/// With an exponent of at least `width` digits where the decimal exponent is not one of the `plain`.
fn written(number: f64, plain: std::ops::Range<i32>, width: usize) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let (mantissa, exponent) = scientific(number);
    if number == 0.0 || plain.contains(&exponent) {
        return positional(&mantissa, exponent);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:0width$}", exponent.unsigned_abs())
}

/// The digits, one of them before the point, and the exponent. Where two are as near, Go takes the even one, as
/// rounding to that many digits does, and Rust the upper.
fn scientific(number: f64) -> (String, i32) {
    let shortest = format!("{number:e}");
    let digits = |text: &str| {
        let mantissa = text.split('e').next().unwrap_or_default();
        mantissa.bytes().filter(u8::is_ascii_digit).count()
    };
    let rounded = format!("{number:.*e}", digits(&shortest).saturating_sub(1));
    let same = digits(&rounded) == digits(&shortest) && rounded.parse() == Ok(number);
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
    use super::*;

    #[test]
    fn numbers_are_as_go_writes_them() {
        for (number, in_json, in_general) in [
            (0.0, "0", "0"),
            (-0.0, "-0", "-0"),
            (1.0, "1", "1"),
            (-3.5, "-3.5", "-3.5"),
            (999_999.0, "999999", "999999"),
            (999_999.5, "999999.5", "999999.5"),
            (1_000_000.0, "1000000", "1e+06"),
            (-1_234_567.5, "-1234567.5", "-1.2345675e+06"),
            (123_456_789.0, "123456789", "1.23456789e+08"),
            (1e20, "100000000000000000000", "1e+20"),
            (1e21, "1e+21", "1e+21"),
            (1e100, "1e+100", "1e+100"),
            (0.000_123, "0.000123", "0.000123"),
            (0.000_1, "0.0001", "0.0001"),
            (0.000_01, "0.00001", "1e-05"),
            (0.000_001, "0.000001", "1e-06"),
            (0.000_000_1, "1e-7", "1e-07"),
            (1.5e-10, "1.5e-10", "1.5e-10"),
            (5e-324, "5e-324", "5e-324"),
            (
                f64::MAX,
                "1.7976931348623157e+308",
                "1.7976931348623157e+308",
            ),
            (0.1 + 0.2, "0.30000000000000004", "0.30000000000000004"),
            (f64::NAN, "NaN", "NaN"),
            (f64::INFINITY, "+Inf", "+Inf"),
            (f64::NEG_INFINITY, "-Inf", "-Inf"),
        ] {
            assert_eq!(
                (json(number).as_str(), general(number).as_str()),
                (in_json, in_general)
            );
        }
    }

    #[test]
    fn of_two_that_are_as_near_the_even_one_is_taken() {
        // …540.25: both …540.2 and …540.3 read back as it.
        let number = 806_608_419_180_540.0 + 0.25;
        assert_eq!(json(number), "806608419180540.2");
        assert_eq!(general(number), "8.066084191805402e+14");
        assert_eq!(json(-number), "-806608419180540.2");
    }
}
