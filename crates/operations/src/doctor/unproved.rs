//! Entries by which nothing can be proved: no CA, `insecure-skip-tls-verify`, plain http.

use identity::ProbeError;
use identity::inspect;
use kubeconfig::redact;
use kubeconfig::redact::escape;
use locate::Candidate;

use super::absent::not_there;
use super::catalogue as kind;
use super::diagnose::Case;
use super::entries;
use super::entries::Entries;
use super::entries::SET_CLUSTER;
use super::finding::Finding;
use super::finding::Ladder;
use super::finding::Mend;
use super::reach::first_of;
use super::reach::there;
use super::stranger;
use crate::failure::Rung;
use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;

/// The entry has no CA: nothing can be proved, and nothing secret is sent.
pub(super) async fn look(
    case: &Case<'_>,
    entries: &Entries,
    target: &Target,
    candidates: &[Candidate],
    ladder: &mut Ladder,
) {
    let name = target.pin().sni().to_owned();
    let path = format!("{}/version", target.server.path.trim_end_matches('/'));
    let limits = case.options.limits;
    let plain = matches!(target.trust, Trust::Plain);
    let looks = candidates.iter().map(|candidate| async {
        let address = candidate.address;
        if plain {
            inspect::in_the_clear(address, &address.to_string(), &path, &limits).await
        } else {
            inspect(address, &name, &path, &limits).await
        }
    });
    let stranger = match first_of(looks).await {
        Ok(stranger) => stranger,
        Err(errors) => {
            let failed: Vec<_> = candidates.iter().map(|c| c.address).zip(errors).collect();
            not_there(case, entries, &failed, None, ladder);
            return;
        }
    };
    there(candidates.first(), &stranger, ladder);
    let shown = stranger.certificate.as_ref();
    let said = stranger.said.as_ref();
    match &target.trust {
        Trust::Plain if said.is_some_and(|said| said.wants_tls) => {
            let url = redact::url(&target.cluster.server).replacen("http://", "https://", 1);
            let port = format!(":{}", target.server.port);
            // The default port of http is none of https.
            let url = if target.server.port == 80 && !url.ends_with(&port) {
                format!("{url}{port}")
            } else {
                url
            };
            let flag = format!("--server={url}");
            let mend = case.ours(SET_CLUSTER, &[&target.name], &[&flag]);
            let seen = "400: Client sent an HTTP request to an HTTPS server";
            ladder.find(Finding::new(&kind::HTTP_TO_TLS, seen, mend));
        }
        Trust::Plain => {
            let mend = Mend::hand("use the server's https port");
            let seen = format!(
                "the server is {}",
                escape(&redact::url(&target.cluster.server))
            );
            ladder.find(Finding::new(&kind::PLAIN_HTTP, seen, mend));
        }
        _ if shown.is_none() => {
            let error = ProbeError::Tls("no TLS is spoken there".to_owned());
            stranger::in_the_clear(case, entries, &error, &stranger, None, ladder);
        }
        Trust::Insecure => {
            let seen = format!(
                "cluster {} says insecure-skip-tls-verify: true",
                escape(&target.name)
            );
            let mend = case.ours(&["heal"], &[&entries.context], &["--pin"]);
            ladder.find(Finding::new(&kind::INSECURE, seen, mend));
        }
        // No public CA may sign for names that are not on the Internet (CA/Browser Forum, Baseline
        // Requirements 4.2.2).
        _ if shown.is_some_and(|shown| shown.leaf.carries_cluster_names()) => {
            let issuer = shown.map(|shown| shown.issuer.clone()).unwrap_or_default();
            let seen = format!("x509: certificate signed by unknown authority ({issuer})");
            let mend = entries::give_ca(case, &target.name);
            ladder.find(Finding::new(&kind::NO_CA, seen, mend));
        }
        _ => {
            let issuer = shown.map(|shown| shown.issuer.clone()).unwrap_or_default();
            let seen = format!(
                "cluster {} has no CA; {issuer} signed for it",
                escape(&target.name)
            );
            let mend = entries::give_ca(case, &target.name);
            ladder.find(Finding::new(&kind::SYSTEM_CA, seen, mend));
        }
    }
    ladder.skip(Rung::Credential, "not sent: nothing proves who answers");
}
