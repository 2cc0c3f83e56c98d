//! Numbers as Go prints them.

use serde_json::Number;

/// As `encoding/json` prints it.
pub(crate) fn json(number: &Number) -> String {
    match number.as_f64() {
        Some(value) if number.is_f64() => gotext::number::json(value),
        _ => number.to_string(),
    }
}

/// As go-yaml v2 prints what it reads from that JSON: whatever fits is an integer again.
pub(super) fn yaml(number: &Number) -> String {
    let text = json(number);
    let range = i128::from(i64::MIN)..=i128::from(u64::MAX);
    match text.parse::<i128>() {
        Ok(value) if range.contains(&value) => value.to_string(),
        _ => text.parse().map_or(text, gotext::number::general),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Number;

    #[test]
    fn what_fits_is_an_integer_again_in_yaml() {
        for (value, json, yaml) in [
            (2.50, "2.5", "2.5"),
            (1000.0, "1000", "1000"),
            (-0.0, "-0", "0"),
            (1e20, "100000000000000000000", "1e+20"),
            (1e19, "10000000000000000000", "10000000000000000000"),
            (-1e19, "-10000000000000000000", "-1e+19"),
            (1e-7, "1e-7", "1e-07"),
        ] {
            let number = Number::from_f64(value).unwrap();
            assert_eq!(super::json(&number), json);
            assert_eq!(super::yaml(&number), yaml);
        }
        assert_eq!(super::yaml(&Number::from(u64::MAX)), u64::MAX.to_string());
        assert_eq!(super::yaml(&Number::from(i64::MIN)), i64::MIN.to_string());
    }
}
