//! Who answers, if it is not the cluster?

use std::net::SocketAddr;

use identity::Authority;
use identity::ProbeError;
use identity::Rejection;
use identity::inspect::Said;
use identity::inspect::Shown;
use identity::inspect::Stranger;
use kubeconfig::redact::escape;

use super::absent;
use super::catalogue as kind;
use super::catalogue::Kind;
use super::certificate;
use super::diagnose::Case;
use super::distribution::Task;
use super::entries::Entries;
use super::finding::Alternative;
use super::finding::Finding;
use super::finding::Ladder;
use super::finding::Mend;
use super::reach;
use crate::failure::Rung;
use crate::heal::Look;
use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;

/// With more other entries than these, a stranger is not compared with all of them.
const MOST_ENTRIES: usize = 256;

/// A peer that was refused.
pub(super) struct Met<'a> {
    pub(super) case: &'a Case<'a>,
    pub(super) entries: &'a Entries,
    pub(super) target: &'a Target,
    pub(super) address: SocketAddr,
    pub(super) error: &'a ProbeError,
    pub(super) stranger: Option<&'a Stranger>,
    pub(super) looked: Option<&'a Look>,
}

impl Met<'_> {
    fn authority(&self) -> Option<&Authority> {
        match &self.target.trust {
            Trust::Authority { authority, .. } => Some(authority),
            Trust::Insecure | Trust::System | Trust::Plain => None,
        }
    }

    fn find(&self, kind: &Kind, seen: &str, there: Mend, ladder: &mut Ladder) {
        let (mend, more) = absent::elsewhere(self.case, self.entries, self.looked, there);
        ladder.find(Finding::new(kind, format!("{seen}{more}"), mend));
    }
}

/// Says who a refused peer is.
pub(super) fn judge(met: &Met<'_>, ladder: &mut Ladder) {
    let shown = met
        .stranger
        .and_then(|stranger| stranger.certificate.as_ref());
    let ours = match (shown, met.authority()) {
        (Some(shown), Some(authority)) => shown.is_of(authority),
        _ => false,
    };
    if let ProbeError::Rejected(
        Rejection::NotAServer | Rejection::Version1 | Rejection::Malformed(_),
    ) = met.error
    {
        let seen = format!("{}: x509: {}", met.address, escape(&met.error.to_string()));
        let there = heal(met.case, met.entries);
        return met.find(&kind::CERTIFICATE_ODD, &seen, there, ladder);
    }
    match (shown, met.stranger) {
        (Some(shown), _) if ours => of_our_authority(met, shown, ladder),
        (Some(shown), _) => of_another(met, shown, ladder),
        (None, Some(stranger)) => {
            in_the_clear(
                met.case,
                met.entries,
                met.error,
                stranger,
                met.looked,
                ladder,
            );
        }
        (None, None) => {
            let seen = format!("{}: {}", met.address, escape(&met.error.to_string()));
            let kind = match met.error {
                ProbeError::Rejected(_) => &kind::CERTIFICATE_ODD,
                _ => &kind::TLS_FAILED,
            };
            let there = heal(met.case, met.entries);
            met.find(kind, &seen, there, ladder);
        }
    }
}

/// The right CA: is it an API server, under the right name, in time?
fn of_our_authority(met: &Met<'_>, shown: &Shown, ladder: &mut Ladder) {
    let leaf = &shown.leaf;
    let distribution = reach::distribution(met.entries, Some(leaf));
    let seen = || format!("{}: {}", met.address, escape(&met.error.to_string()));
    let ProbeError::Rejected(rejection) = met.error else {
        // The certificate was fine, so it is what was said.
        let there = heal(met.case, met.entries);
        return met.find(&kind::NOT_API_SERVER, &seen(), there, ladder);
    };
    match rejection {
        Rejection::Node { .. } => {
            let there = heal(met.case, met.entries);
            return met.find(&kind::NODE_ANSWERS, &seen(), there, ladder);
        }
        Rejection::WrongName { .. } if !leaf.carries_cluster_names() => {
            // Neither its own names nor those that every API server has.
            let there = heal(met.case, met.entries);
            return met.find(&kind::NODE_ANSWERS, &seen(), there, ladder);
        }
        Rejection::AnchorOutOfDate {
            not_after,
            not_before,
        } => {
            ladder.find(certificate::ca_out_of_date(
                met.case,
                met.entries,
                *not_before,
                *not_after,
                distribution,
            ));
        }
        _ => {}
    }
    ladder.ok(
        Rung::Identity,
        format!(
            "its certificate is of the cluster's CA key; node {}",
            leaf.key.short()
        ),
    );
    let accepted = shown.is_for(&met.target.pin().kubectl_name());
    certificate::name(met.case, met.entries, met.target, leaf, accepted, ladder);
    certificate::dates(
        met.case,
        met.entries,
        leaf,
        met.stranger,
        distribution,
        ladder,
    );
}

/// Another CA.
fn of_another(met: &Met<'_>, shown: &Shown, ladder: &mut Ladder) {
    let case = met.case;
    let leaf = &shown.leaf;
    let said = met.stranger.and_then(|stranger| stranger.said.as_ref());
    let names = leaf.names();
    let names = match names.len() {
        0 => leaf.common_names.join(", "),
        _ => names.join(", "),
    };
    let names = escape(&names).into_owned();
    let signed = format!(
        "x509: certificate signed by unknown authority: {} signed it, for {}",
        shown.issuer,
        cut(&names)
    );
    if let Some(other) = known(met, shown) {
        let seen = format!("{} is the cluster of entry {}", met.address, escape(&other));
        return met.find(&kind::KNOWN_CLUSTER, &seen, heal(case, met.entries), ladder);
    }
    let distribution = reach::distribution(met.entries, Some(leaf));
    let recorded = met
        .authority()
        .and_then(|authority| case.state.endpoint(authority, met.address));
    if recorded.is_some_and(|endpoint| endpoint.leaf == leaf.key) {
        let seen = format!(
            "{}: the node's key is the one on record ({}), and another CA signed for it",
            met.address,
            leaf.key.short()
        );
        let mend =
            anew(case, met.entries).unwrap_or_else(|| case.refetch(met.entries, distribution));
        ladder.find(Finding::new(&kind::REKEYED, seen, mend));
        return;
    }
    let api = said.and_then(|said| said.api.as_ref());
    if leaf.carries_cluster_names() || api.is_some() {
        let mut seen = format!("{}: {signed}", met.address);
        if matches!(
            met.error,
            ProbeError::Rejected(Rejection::OtherAuthority { same_name: true })
        ) {
            seen.push_str("; its CA has the same name as this cluster's, but another key");
        }
        let (mend, more) =
            absent::elsewhere(case, met.entries, met.looked, heal(case, met.entries));
        let mut finding = Finding::new(&kind::OTHER_CLUSTER, format!("{seen}{more}"), mend);
        if let Some(mend) = anew(case, met.entries) {
            finding.alternatives.push(Alternative {
                title: "if the cluster on that machine was installed anew",
                commands: mend.command.into_iter().collect(),
            });
        }
        ladder.find(finding);
        return;
    }
    let mut seen = format!("{}: {signed}", met.address);
    if let Some(said) = said {
        seen.push_str(&what_it_said(said));
    }
    let there = Mend::hand(
        "log in to the network (captive portal) or leave the proxy or VPN that answers for it",
    );
    met.find(&kind::INTERCEPTED, &seen, there, ladder);
}

/// No TLS is spoken.
pub(super) fn in_the_clear(
    case: &Case<'_>,
    entries: &Entries,
    error: &ProbeError,
    stranger: &Stranger,
    looked: Option<&Look>,
    ladder: &mut Ladder,
) {
    let there = heal(case, entries);
    let (kind, seen, there) = match &stranger.said {
        Some(said) if said.location.is_some() => {
            let seen = format!("plain HTTP answers{}", what_it_said(said));
            let there = Mend::hand(
                "log in to the network (captive portal) or leave the proxy or VPN that answers for it",
            );
            (&kind::INTERCEPTED, seen, there)
        }
        Some(said) => {
            let seen = format!(
                "http: server gave HTTP response to HTTPS client{}",
                what_it_said(said)
            );
            (&kind::NOT_TLS, seen, there)
        }
        None => (
            &kind::TLS_FAILED,
            escape(&error.to_string()).into_owned(),
            there,
        ),
    };
    let (mend, more) = absent::elsewhere(case, entries, looked, there);
    ladder.find(Finding::new(kind, format!("{seen}{more}"), mend));
}

fn what_it_said(said: &Said) -> String {
    let mut text = format!("; it answers {}", said.code);
    if let Some(location) = &said.location {
        text.push_str(" and sends the caller to ");
        text.push_str(&cut(location));
    }
    if let Some(server) = &said.server {
        text.push_str(" as ");
        text.push_str(&cut(server));
    }
    text
}

/// The other entry whose CA signed for the stranger.
fn known(met: &Met<'_>, shown: &Shown) -> Option<String> {
    let entries = met.case.files.kubeconfigs.cluster_entries();
    for (file, name, cluster) in entries.take(MOST_ENTRIES) {
        let Ok(other) = Target::read(file, name, cluster) else {
            continue;
        };
        let Trust::Authority { authority, .. } = &other.trust else {
            continue;
        };
        if shown.is_of(authority) {
            return Some(name.to_owned());
        }
    }
    None
}

/// Takes the new cluster of a known machine in.
fn anew(case: &Case<'_>, entries: &Entries) -> Option<Mend> {
    let machine = case.world.settings.hints(entries.cluster_name()).machine?;
    Some(case.ours(&["add"], &[&machine], &["--replace"]))
}

/// Looks for the cluster; where it was not found, the machine has to be started.
fn heal(case: &Case<'_>, entries: &Entries) -> Mend {
    if !case.looks {
        return case.ours(&["heal"], &[&entries.context], &[]);
    }
    reach::distribution(entries, None).mend(case.world, entries.cluster_name(), Task::Start)
}

fn cut(text: &str) -> String {
    const MOST: usize = 160;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    let short: String = text.chars().take(MOST).collect();
    format!("{short}…")
}
