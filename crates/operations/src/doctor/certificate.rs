//! The rungs of the server's certificate: its names, its dates, and the clocks.

use identity::EntryHost;
use identity::Leaf;
use identity::PINNED_NAME;
use identity::Pin;
use identity::inspect::Stranger;
use kubeconfig::redact::escape;

use super::catalogue as kind;
use super::diagnose::Case;
use super::distribution::Distribution;
use super::distribution::Task;
use super::entries::Entries;
use super::entries::SET_CLUSTER;
use super::finding::Alternative;
use super::finding::Finding;
use super::finding::Ladder;
use super::finding::Mend;
use super::platform;
use crate::failure::Rung;
use crate::followable::Followable;
use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;

/// Certificates that end within this time are spoken of.
pub(super) const SOON: i64 = 30 * 86_400;

/// Clocks may differ by this much.
const CLOSE: i64 = 300;

/// The rung of the name that kubectl checks, for a leaf of the right cluster.
pub(super) fn name(
    case: &Case<'_>,
    entries: &Entries,
    target: &Target,
    leaf: &Leaf,
    accepted: bool,
    ladder: &mut Ladder,
) {
    let pin = target.pin();
    let name = pin.kubectl_name();
    if accepted {
        ladder.ok(
            Rung::ServerName,
            format!("the certificate is for {}", escape(&name)),
        );
        return;
    }
    let seen = kubectl_words(leaf, &pin);
    let finding = if pin.explicit.is_some() {
        let flag = format!("--tls-server-name={}", right_name(leaf));
        let mend = case.ours(SET_CLUSTER, &[&target.name], &[&flag]);
        Finding::new(&kind::WRONG_SERVER_NAME, seen, mend)
    } else {
        let hints = case.world.settings.hints(&target.name);
        let in_time = (leaf.not_before..=leaf.not_after).contains(&now());
        let mend = match Followable::of(&target.cluster, &target.server, &hints) {
            Followable::Yes if in_time => case.ours(&["heal"], &[&entries.context], &[]),
            // `heal` leaves such entries alone, and believes no certificate that is out of date.
            _ => {
                let flag = format!("--tls-server-name={}", right_name(leaf));
                case.ours(SET_CLUSTER, &[&target.name], &[&flag])
            }
        };
        Finding::new(&kind::NOT_KUBECTL_NAME, seen, mend)
    };
    ladder.find(finding);
}

fn right_name(leaf: &Leaf) -> &str {
    if leaf.carries_cluster_names() {
        return PINNED_NAME;
    }
    let first = leaf.dns_names.iter().find(|name| !name.starts_with('*'));
    first.map_or(PINNED_NAME, String::as_str)
}

/// What kubectl says of such a certificate (Go's crypto/x509, `HostnameError`).
fn kubectl_words(leaf: &Leaf, pin: &Pin) -> String {
    let wanted = pin.kubectl_name();
    let of_address = match (&pin.explicit, &pin.host) {
        (Some(name), _) => name.parse::<std::net::IpAddr>().is_ok(),
        (None, EntryHost::Address(_)) => true,
        (None, EntryHost::Name(_)) => false,
    };
    let names: Vec<String> = if of_address {
        leaf.addresses.iter().map(ToString::to_string).collect()
    } else {
        leaf.dns_names.clone()
    };
    let wanted = escape(&wanted);
    if names.is_empty() {
        return if of_address {
            format!(
                "x509: cannot validate certificate for {wanted} because it doesn't contain any IP SANs"
            )
        } else {
            format!("x509: certificate is not valid for any names, but wanted to match {wanted}")
        };
    }
    format!(
        "x509: certificate is valid for {}, not {wanted}",
        escape(&names.join(", "))
    )
}

/// The rung of the dates, for a leaf of the right cluster. `stranger` is who showed it, where the peer was
/// refused; the time that it gives is only believed to differ from ours.
pub(super) fn dates(
    case: &Case<'_>,
    entries: &Entries,
    leaf: &Leaf,
    stranger: Option<&Stranger>,
    distribution: Distribution,
    ladder: &mut Ladder,
) {
    let now = now();
    let valid = |time: i64| (leaf.not_before..=leaf.not_after).contains(&time);
    let cluster = entries.cluster_name();
    if valid(now) {
        if leaf.not_after - now < SOON {
            let seen = format!("the server's certificate ends on {}", day(leaf.not_after));
            let mend = distribution.mend(case.world, cluster, Task::RenewServer);
            ladder.find(Finding::new(&kind::ENDS_SOON, seen, mend));
        }
        ladder.ok(
            Rung::Expiry,
            format!(
                "the server's certificate is valid until {}",
                day(leaf.not_after)
            ),
        );
        return;
    }
    let seen = kubectl_dates(leaf, now);
    let theirs = stranger.and_then(|stranger| stranger.said.as_ref()?.date);
    if let Some(theirs) = theirs.filter(|&theirs| valid(theirs) && (theirs - now).abs() > CLOSE) {
        ladder.find(clocks(case, entries, theirs, now, &seen, distribution));
        return;
    }
    if let Some(ours) = behind(case, entries, now) {
        let mend = platform::set_clock();
        ladder.find(Finding::new(
            &kind::CLOCK_HERE,
            format!("{seen}; {ours}"),
            mend,
        ));
        return;
    }
    let (kind, task) = if now > leaf.not_after {
        (&kind::EXPIRED, Task::RenewServer)
    } else {
        (&kind::NOT_YET, Task::SetClock)
    };
    let seen = match theirs {
        Some(theirs) => format!("{seen}; the server's clock says {}", moment(theirs)),
        None => seen,
    };
    let mut mend = distribution.mend(case.world, cluster, task);
    if task == Task::SetClock {
        mend = distribution
            .mend(case.world, cluster, Task::RenewServer)
            .and("set its clock first, if that is wrong");
    }
    ladder.find(Finding::new(kind, seen, mend));
}

/// The two clocks differ, and by the server's the certificate is valid.
fn clocks(
    case: &Case<'_>,
    entries: &Entries,
    theirs: i64,
    now: i64,
    seen: &str,
    distribution: Distribution,
) -> Finding {
    let both = format!(
        "{seen}; here it is {}, the server's clock is {}",
        moment(now),
        apart(theirs - now)
    );
    if let Some(ours) = behind(case, entries, now) {
        let seen = format!("{both}; {ours}");
        return Finding::new(&kind::CLOCK_HERE, seen, platform::set_clock());
    }
    let there = distribution.mend(case.world, entries.cluster_name(), Task::SetClock);
    let mut finding = Finding::new(&kind::CLOCKS_APART, both, there);
    finding.alternatives = vec![Alternative {
        title: "if it is the clock of this machine that is wrong",
        commands: platform::set_clock().command.into_iter().collect(),
    }];
    finding
}

/// Whether something on this machine is from the future: then its clock was set back.
fn behind(case: &Case<'_>, entries: &Entries, now: i64) -> Option<String> {
    const DAY: i64 = 86_400;
    let (file, ..) = entries.cluster.as_ref()?;
    let changed = std::fs::metadata(file).ok()?.modified().ok()?;
    let changed = changed
        .duration_since(std::time::SystemTime::UNIX_EPOCH)
        .ok()?;
    let changed = i64::try_from(changed.as_secs()).ok()?;
    if changed > now + DAY {
        return Some(format!(
            "the kubeconfig was changed on {}, in the future",
            day(changed)
        ));
    }
    let trust = entries.target.as_ref().map(|target| &target.trust)?;
    let Trust::Authority { authority, .. } = trust else {
        return None;
    };
    let proved = case
        .state
        .endpoints(authority)
        .map(|endpoint| endpoint.proved)
        .max()?;
    let proved = i64::try_from(proved).ok()?;
    (proved > now + DAY).then(|| {
        format!(
            "the cluster was last proved on {}, in the future",
            day(proved)
        )
    })
}

/// What kubectl says of the dates (Go's crypto/x509, `CertificateInvalidError`).
fn kubectl_dates(leaf: &Leaf, now: i64) -> String {
    let (side, bound) = if now > leaf.not_after {
        ("after", leaf.not_after)
    } else {
        ("before", leaf.not_before)
    };
    format!(
        "x509: certificate has expired or is not yet valid: current time {} is {side} {}",
        moment(now),
        moment(bound)
    )
}

/// Seconds since the Unix epoch.
pub(super) fn now() -> i64 {
    i64::try_from(crate::world::now().as_secs()).unwrap_or(i64::MAX)
}

/// A time as Go prints it.
pub(super) fn moment(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(|_| "?".to_owned(), |time| time.to_string())
}

pub(super) fn day(seconds: i64) -> String {
    moment(seconds)
        .chars()
        .take_while(|&char| char != 'T')
        .collect()
}

/// A difference of clocks in words.
pub(super) fn apart(seconds: i64) -> String {
    let way = if seconds < 0 { "behind" } else { "ahead" };
    let length = seconds.unsigned_abs();
    let (count, unit) = match length {
        0..=119 => (length, "s"),
        120..=7199 => (length / 60, "min"),
        7200..=172_799 => (length / 3600, "h"),
        172_800..=63_071_999 => (length / 86_400, "days"),
        _ => (length / 31_536_000, "years"),
    };
    format!("{count} {unit} {way}")
}

/// The remedy for a CA certificate that is out of date.
pub(super) fn ca_out_of_date(
    case: &Case<'_>,
    entries: &Entries,
    not_before: i64,
    not_after: i64,
    distribution: Distribution,
) -> Finding {
    let now = now();
    let seen = if now > not_after {
        format!(
            "the CA certificate in the kubeconfig ended on {}",
            day(not_after)
        )
    } else {
        format!(
            "the CA certificate in the kubeconfig begins on {}",
            day(not_before)
        )
    };
    if let Some(ours) = behind(case, entries, now) {
        let seen = format!("{seen}; {ours}");
        return Finding::new(&kind::CLOCK_HERE, seen, platform::set_clock());
    }
    let mend: Mend = case.refetch(entries, distribution);
    Finding::new(&kind::CA_OUT_OF_DATE, seen, mend)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_go_prints_them() {
        assert_eq!(moment(1_795_343_932), "2026-11-22T10:38:52Z");
        assert_eq!(day(951_782_400), "2000-02-29");
        assert_eq!(moment(-1), "1969-12-31T23:59:59Z");
    }

    #[test]
    fn differences_are_told_in_the_unit_that_fits() {
        for (seconds, text) in [
            (90, "90 s ahead"),
            (-3600, "60 min behind"),
            (10_000, "2 h ahead"),
            (86_400 * 3, "3 days ahead"),
            (-86_400 * 366 * 2, "2 years behind"),
        ] {
            assert_eq!(apart(seconds), text);
        }
    }
}
