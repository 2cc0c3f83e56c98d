//! Lengths of time as people type them: `30d`, `12h`, `1h30m`.

use std::str::FromStr;
use std::time::Duration;

/// A length of time. Go's units, as kubectl reads them, and days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) Duration);

const UNITS: [(&str, u64); 5] = [
    ("w", 7 * 24 * 3600),
    ("d", 24 * 3600),
    ("h", 3600),
    ("m", 60),
    ("s", 1),
];

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "expected a length of time such as 30d, 12h or 1h30m".to_owned();
        let mut rest = text;
        let mut total: u64 = 0;
        while !rest.is_empty() {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (number, after) = rest.split_at(digits);
            let number: u64 = number.parse().map_err(|_| wrong())?;
            let (unit, seconds) = UNITS
                .iter()
                .find(|(unit, _)| after.starts_with(unit))
                .ok_or_else(wrong)?;
            total = number
                .checked_mul(*seconds)
                .and_then(|part| total.checked_add(part))
                .ok_or_else(wrong)?;
            rest = after.get(unit.len()..).unwrap_or_default();
        }
        // A hundred years: what is longer is a slip, and no certificate can say it.
        if total == 0 || total > 100 * 366 * 24 * 3600 {
            return Err(wrong());
        }
        Ok(Self(Duration::from_secs(total)))
    }
}

#[cfg(test)]
mod tests {
    use super::Span;

    #[test]
    fn reads_what_people_type() {
        let seconds = |text: &str| text.parse::<Span>().map(|span| span.0.as_secs());
        assert_eq!(seconds("30d"), Ok(30 * 86400));
        assert_eq!(seconds("2w"), Ok(14 * 86400));
        assert_eq!(seconds("1h30m"), Ok(5400));
        assert_eq!(seconds("720h"), Ok(30 * 86400));
        for wrong in [
            "", "30", "d", "-1d", "0d", "1.5h", "30 d", "1y", "99999999999999999999d", "1ds", "900000d",
        ] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
