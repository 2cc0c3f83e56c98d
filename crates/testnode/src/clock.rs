//! Times as Kubernetes prints them and as certificates hold them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// One day.
pub(crate) const DAY: Duration = Duration::from_hours(24);

/// A moment in UTC, split into the fields of a calendar.
struct Civil {
    year: i64,
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
}

impl Civil {
    /// Moments before 1970 are shown as 1970: neither a certificate nor an object here has any.
    fn at(moment: SystemTime) -> Self {
        let seconds = moment
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        let (days, rest) = (seconds / 86_400, seconds % 86_400);
        // Howard Hinnant's `civil_from_days`, for days after the epoch only.
        let shifted = days + 719_468;
        let era = shifted / 146_097;
        let of_era = shifted % 146_097;
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let month = if shifted_month < 10 {
            shifted_month + 3
        } else {
            shifted_month - 9
        };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        Self {
            year: year.cast_signed(),
            month,
            day: of_year - (153 * shifted_month + 2) / 5 + 1,
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
        }
    }
}

/// `2026-11-22T10:38:52Z`, the form of every `metav1.Time`.
pub(crate) fn rfc3339(moment: SystemTime) -> String {
    let c = Civil::at(moment);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        c.year, c.month, c.day, c.hour, c.minute, c.second
    )
}

/// `Sun, 22 Nov 2026 10:38:52 GMT`, the form of HTTP (RFC 9110 §5.6.7).
pub(crate) fn http_date(moment: SystemTime) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let c = Civil::at(moment);
    let seconds = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
    // 1970 began on a Thursday.
    let weekday = usize::try_from(seconds.as_secs() / 86_400 % 7).unwrap_or_default();
    let month = usize::try_from(c.month)
        .unwrap_or_default()
        .saturating_sub(1);
    format!(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
        DAYS.get(weekday).unwrap_or(&"Thu"),
        c.day,
        MONTHS.get(month).unwrap_or(&"Jan"),
        c.year,
        c.hour,
        c.minute,
        c.second
    )
}

/// The DER of a `Time`: `UTCTime` until 2049, `GeneralizedTime` after (RFC 5280 §4.1.2.5).
pub(crate) fn der_time(moment: SystemTime) -> (u8, String) {
    let c = Civil::at(moment);
    let rest = format!(
        "{:02}{:02}{:02}{:02}{:02}Z",
        c.month, c.day, c.hour, c.minute, c.second
    );
    if c.year < 2050 {
        (0x17, format!("{:02}{rest}", c.year % 100))
    } else {
        (0x18, format!("{:04}{rest}", c.year))
    }
}

/// An age as `kubectl get` shows it (`duration.HumanDuration` of k8s.io/apimachinery).
pub(crate) fn human(age: Duration) -> String {
    let seconds = age.as_secs();
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let with = |whole: u64, unit: &str, rest: u64, sub: &str| {
        if rest == 0 {
            format!("{whole}{unit}")
        } else {
            format!("{whole}{unit}{rest}{sub}")
        }
    };
    if seconds < 120 {
        format!("{seconds}s")
    } else if minutes < 10 {
        with(minutes, "m", seconds % 60, "s")
    } else if minutes < 180 {
        format!("{minutes}m")
    } else if hours < 8 {
        with(hours, "h", minutes % 60, "m")
    } else if hours < 48 {
        format!("{hours}h")
    } else if hours < 24 * 8 {
        with(hours / 24, "d", hours % 24, "h")
    } else if hours < 24 * 365 * 2 {
        format!("{}d", hours / 24)
    } else if hours < 24 * 365 * 8 {
        with(hours / 24 / 365, "y", hours / 24 % 365, "d")
    } else {
        format!("{}y", hours / 24 / 365)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_follow_the_calendar() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        assert_eq!(rfc3339(at(0)), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(at(951_782_400)), "2000-02-29T00:00:00Z");
        assert_eq!(http_date(at(0)), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(http_date(at(784_111_777)), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(rfc3339(at(1_795_343_932)), "2026-11-22T10:38:52Z");
        assert_eq!(
            der_time(at(1_795_343_932)),
            (0x17, "261122103852Z".to_owned())
        );
        assert_eq!(
            der_time(at(2_524_608_000)),
            (0x18, "20500101000000Z".to_owned())
        );
    }

    #[test]
    fn ages_read_like_kubectl() {
        for (seconds, text) in [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (121, "2m1s"),
            (660, "11m"),
            (3 * 3600, "3h"),
            (3 * 3600 + 60, "3h1m"),
            (9 * 3600, "9h"),
            (50 * 3600, "2d2h"),
            (9 * 86_400, "9d"),
            (3 * 365 * 86_400, "3y"),
        ] {
            assert_eq!(human(Duration::from_secs(seconds)), text);
        }
    }
}
