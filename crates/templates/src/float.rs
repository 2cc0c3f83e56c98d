//! Numbers as Go prints them.

/// `%v` of a `float64` (Go's `strconv` format `g`, shortest): with an exponent where that is below
/// -4 or above 5, so `999999` but `1e+06`.
pub(crate) fn value(number: f64) -> String {
    format(number, -4, 6, 2)
}

/// A `float64` as `encoding/json` writes it: an exponent below 1e-6 and from 1e21, without padding.
pub(crate) fn json(number: f64) -> String {
    format(number, -6, 21, 1)
}

/// The shortest digits that read back as `number`, with an exponent of at least `width` digits where
/// the decimal exponent is below `least` or not below `most`.
fn format(number: f64, least: i32, most: i32, width: usize) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if exponent < least || exponent >= most {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:0width$}", exponent.unsigned_abs());
    }
    format!("{number}")
}

#[cfg(test)]
mod tests {
    use super::{json, value};

    #[test]
    fn values_as_go_prints_them() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (-3.5, "-3.5"),
            (999_999.0, "999999"),
            (999_999.5, "999999.5"),
            (1_000_000.0, "1e+06"),
            (-1_234_567.5, "-1.2345675e+06"),
            (123_456_789.0, "1.23456789e+08"),
            (1e21, "1e+21"),
            (1e100, "1e+100"),
            (0.0001, "0.0001"),
            (0.000_01, "1e-05"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (0.1 + 0.2, "0.30000000000000004"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
        ] {
            assert_eq!(value(number), text);
        }
    }

    #[test]
    fn json_as_go_writes_it() {
        for (number, text) in [
            (-0.0, "-0"),
            (1_000_000.0, "1000000"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (0.000_001, "0.000001"),
            (0.000_000_1, "1e-7"),
            (1.5e-10, "1.5e-10"),
        ] {
            assert_eq!(json(number), text);
        }
    }
}
