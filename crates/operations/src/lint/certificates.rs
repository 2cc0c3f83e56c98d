//! Certificates, keys and tokens that do not fit, have ended, or soon will.

use std::collections::HashMap;

use identity::ClientKey;
use identity::client_key::ClientKeyError;
use kubeconfig::List;
use kubeconfig::Secret;
use kubeconfig::User;
use kubeconfig::redact::escape;

use super::Rule;
use super::Severity;
use super::evidence::Evidence;
use super::evidence::advice;
use super::subject::Entry;
use super::subject::Subject;
use super::subject::held;
use super::token;

/// Who renews: nobody but the cluster can.
const FETCH: &str =
    "fetch the kubeconfig anew (MicroK8s: `microk8s config`) and take it in: `bowline add FILE`";

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "authority-refused",
        severity: Severity::High,
        title: "A cluster's CA is no certificate",
        consequence: "kubectl refuses the entry: `unable to load root certificates: unable to parse bytes as PEM block`.",
        remedy: advice(FETCH),
        check: authority,
    },
    Rule {
        id: "authority-expired",
        severity: Severity::High,
        title: "A cluster's CA is out of date",
        consequence: "No certificate that it signed is accepted.",
        remedy: advice(FETCH),
        check: authority_expired,
    },
    Rule {
        id: "authority-expiring",
        severity: Severity::Medium,
        title: "A cluster's CA ends soon",
        consequence: "From then on no certificate that it signed is accepted.",
        remedy: advice(
            "renew it on the cluster (MicroK8s: `sudo microk8s refresh-certs -e ca.crt`), then fetch the kubeconfig anew",
        ),
        check: authority_expiring,
    },
    Rule {
        id: "certificate-refused",
        severity: Severity::High,
        title: "A client certificate is no certificate",
        consequence: "kubectl refuses the entry: `tls: failed to find any PEM data in certificate input`.",
        remedy: advice(FETCH),
        check: certificate,
    },
    Rule {
        id: "certificate-expired",
        severity: Severity::High,
        title: "A client certificate is out of date",
        consequence: "The cluster does not accept it: `You must be logged in to the server`.",
        remedy: advice(FETCH),
        check: expired,
    },
    Rule {
        id: "certificate-expiring",
        severity: Severity::Medium,
        title: "A client certificate ends soon",
        consequence: "From then on the cluster does not accept it.",
        remedy: advice(FETCH),
        check: expiring,
    },
    Rule {
        id: "certificate-not-yet-valid",
        severity: Severity::Medium,
        title: "A certificate begins in the future",
        consequence: "It is not accepted until then; mostly a clock is wrong.",
        remedy: advice("set the clocks of both machines"),
        check: future,
    },
    Rule {
        id: "key-mismatch",
        severity: Severity::High,
        title: "A client key does not belong to its certificate",
        consequence: "kubectl refuses the entry: `tls: private key does not match public key`.",
        remedy: advice(FETCH),
        check: mismatch,
    },
    Rule {
        id: "key-refused",
        severity: Severity::High,
        title: "A client key is no private key",
        consequence: "Clients refuse the entry.",
        remedy: advice(FETCH),
        check: key,
    },
    Rule {
        id: "certificate-of-other-cluster",
        severity: Severity::Medium,
        title: "A client certificate was signed by another CA of the same name",
        consequence: "The cluster does not accept it: it is of another cluster, or from before its CA was made anew.",
        remedy: advice(FETCH),
        check: other,
    },
    Rule {
        id: "token-expired",
        severity: Severity::High,
        title: "A token is out of date",
        consequence: "The cluster does not accept it: `You must be logged in to the server`.",
        remedy: advice(
            "ask for a new one where it came from (`kubectl create token`, a login), and set it: `bowline config set-credentials NAME --token=TOKEN`",
        ),
        check: token_expired,
    },
    Rule {
        id: "token-expiring",
        severity: Severity::Medium,
        title: "A token ends soon",
        consequence: "From then on the cluster does not accept it.",
        remedy: advice("ask for a new one where it came from (`kubectl create token`, a login)"),
        check: token_expiring,
    },
];

/// How a time is told. Whoever prints it may tell the day instead.
fn ago(now: i64, then: i64) -> String {
    let days = |seconds: i64| seconds.div_euclid(86_400);
    let since = now.saturating_sub(then);
    if since >= 0 {
        match days(since) {
            0 => "ended today".to_owned(),
            1 => "ended a day ago".to_owned(),
            days => format!("ended {days} days ago"),
        }
    } else {
        match days(since.saturating_neg()) {
            0 => "ends within a day".to_owned(),
            1 => "ends in a day".to_owned(),
            days => format!("ends in {days} days"),
        }
    }
}

/// Whether an end is near. What is made for a short time is renewed by whoever made it, and told only in the last
/// fifth.
fn is_near(subject: &Subject<'_>, begins: Option<i64>, ends: i64) -> bool {
    let present = subject.present;
    let left = ends.saturating_sub(present.now);
    let fifth = begins.map_or(i64::MAX, |begins| ends.saturating_sub(begins) / 5);
    left > 0 && left < present.horizon.min(fifth)
}

fn authority(subject: &Subject<'_>) -> Vec<Evidence> {
    authorities(subject, |ca| Some(ca.keys.as_ref().err()?.to_string()))
}

fn authority_expired(subject: &Subject<'_>) -> Vec<Evidence> {
    let now = subject.present.now;
    authorities(subject, |ca| {
        let last = ca.certificates.iter().map(|one| one.not_after).max()?;
        (last < now).then(|| format!("its CA {}", ago(now, last)))
    })
}

fn authority_expiring(subject: &Subject<'_>) -> Vec<Evidence> {
    authorities(subject, |ca| {
        // The last to end: a bundle holds the old one beside the new.
        let last = ca.certificates.iter().max_by_key(|one| one.not_after)?;
        is_near(subject, Some(last.not_before), last.not_after)
            .then(|| format!("its CA {}", ago(subject.present.now, last.not_after)))
    })
}

fn authorities(
    subject: &Subject<'_>,
    look: impl Fn(&super::material::Ca) -> Option<String>,
) -> Vec<Evidence> {
    let clusters = subject.clusters.all.iter().enumerate();
    clusters
        .filter_map(|(number, entry)| {
            let text = look(subject.material.authority(number)?)?;
            let text = format!("cluster {}: {text}", escape(entry.name));
            Some(Evidence::entry(List::Clusters, entry, text))
        })
        .collect()
}

fn certificate(subject: &Subject<'_>) -> Vec<Evidence> {
    users(subject, |number, _| {
        let all = subject.material.certificates.get(number)?.as_ref()?;
        all.is_empty()
            .then(|| "its client certificate holds no PEM certificate".to_owned())
    })
}

fn expired(subject: &Subject<'_>) -> Vec<Evidence> {
    let now = subject.present.now;
    users(subject, |number, _| {
        let end = subject.material.certificate(number)?.not_after;
        (end < now).then(|| format!("its client certificate {}", ago(now, end)))
    })
}

fn expiring(subject: &Subject<'_>) -> Vec<Evidence> {
    users(subject, |number, _| {
        let one = subject.material.certificate(number)?;
        is_near(subject, Some(one.not_before), one.not_after).then(|| {
            let when = ago(subject.present.now, one.not_after);
            format!("its client certificate {when}")
        })
    })
}

fn future(subject: &Subject<'_>) -> Vec<Evidence> {
    // The clocks of two machines are never the same.
    const SLACK: i64 = 300;
    let now = subject.present.now.saturating_add(SLACK);
    let mut found = users(subject, |number, _| {
        let begin = subject.material.certificate(number)?.not_before;
        (begin > now).then(|| "its client certificate is not yet valid".to_owned())
    });
    found.extend(authorities(subject, |ca| {
        let first = ca.certificates.iter().map(|one| one.not_before).min()?;
        (first > now).then(|| "its CA is not yet valid".to_owned())
    }));
    found
}

/// What is wrong between the certificate and the key of each user, by their numbers. Each distinct pair is looked
/// at once: reading an RSA key takes long.
fn pairs<'s>(subject: &'s Subject<'_>) -> &'s [(usize, ClientKeyError)] {
    subject.pairs.get_or_init(|| {
        let mut known: HashMap<(&[u8], &[u8]), Option<ClientKeyError>> = HashMap::new();
        let mut found = Vec::new();
        for (number, entry) in subject.users.all.iter().enumerate() {
            let user = entry.value;
            let key = held(
                subject.besides,
                subject.path(entry.file),
                user.client_key_data.as_ref().map(Secret::expose),
                user.client_key.as_deref(),
            );
            let pem = subject.material.pems.get(number).copied().flatten();
            if let (Some(pem), Some(key)) = (pem, key) {
                let problem = known
                    .entry((pem, key))
                    .or_insert_with(|| ClientKey::from_pem(pem, key).err());
                found.extend(problem.map(|problem| (number, problem)));
            }
        }
        found
    })
}

fn mismatch(subject: &Subject<'_>) -> Vec<Evidence> {
    keys(subject, ClientKeyError::Mismatch)
}

fn key(subject: &Subject<'_>) -> Vec<Evidence> {
    keys(subject, ClientKeyError::Key)
}

fn keys(subject: &Subject<'_>, which: ClientKeyError) -> Vec<Evidence> {
    pairs(subject)
        .iter()
        .filter(|(_, problem)| *problem == which)
        .filter_map(|(number, problem)| {
            Some(of(subject.users.all.get(*number)?, &problem.to_string()))
        })
        .collect()
}

fn other(subject: &Subject<'_>) -> Vec<Evidence> {
    let mut known: HashMap<(usize, usize), bool> = HashMap::new();
    let contexts = subject.contexts.all.iter();
    contexts
        .filter_map(|entry| {
            let cluster = subject.clusters.number(&entry.value.cluster)?;
            let user = subject.users.number(&entry.value.user)?;
            let is_other = *known.entry((cluster, user)).or_insert_with(|| {
                let ca = subject.material.authority(cluster);
                let certificate = subject.material.certificate(user);
                ca.zip(certificate)
                    .is_some_and(|(ca, one)| one.is_of_namesake(&ca.certificates))
            });
            let text = format!(
                "context {}: the CA of cluster {} did not sign the certificate of user {}",
                escape(entry.name),
                escape(&entry.value.cluster),
                escape(&entry.value.user)
            );
            is_other.then(|| Evidence::entry(List::Contexts, entry, text))
        })
        .collect()
}

fn token_expired(subject: &Subject<'_>) -> Vec<Evidence> {
    let now = subject.present.now;
    tokens(subject, |times, _| {
        (times.ends < now).then(|| ago(now, times.ends))
    })
}

fn token_expiring(subject: &Subject<'_>) -> Vec<Evidence> {
    tokens(subject, |times, is_file| {
        // Who writes a file renews it.
        let is_it = !is_file && is_near(subject, times.begins, times.ends);
        is_it.then(|| ago(subject.present.now, times.ends))
    })
}

fn tokens(
    subject: &Subject<'_>,
    look: impl Fn(token::Times, bool) -> Option<String>,
) -> Vec<Evidence> {
    users(subject, |_, entry| {
        let user = entry.value;
        let path = user.token_file.as_deref();
        // The file wins (client-go `transport/round_trippers.go`).
        let file = path.and_then(|path| subject.besides.bytes(&subject.resolve(entry.file, path)));
        let bytes = file.or(user.token.as_ref().map(Secret::expose))?;
        let when = look(token::times(bytes)?, file.is_some())?;
        Some(format!("its token {when}"))
    })
}

fn users(
    subject: &Subject<'_>,
    look: impl Fn(usize, &Entry<'_, User>) -> Option<String>,
) -> Vec<Evidence> {
    let users = subject.users.all.iter().enumerate();
    users
        .filter_map(|(number, entry)| Some(of(entry, &look(number, entry)?)))
        .collect()
}

fn of(entry: &Entry<'_, User>, text: &str) -> Evidence {
    let text = format!("user {}: {text}", escape(entry.name));
    Evidence::entry(List::Users, entry, text)
}
