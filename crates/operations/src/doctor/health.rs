//! The rung of the server's health.

use kubeconfig::redact::escape;

use super::catalogue as kind;
use super::distribution::Task;
use super::finding::Finding;
use super::finding::Ladder;
use super::session::Asked;
use super::session::PATIENCE;
use super::session::Said;
use super::session::User;
use crate::failure::Rung;

/// The rung of the server's health.
pub(super) fn judge(
    asked: &Asked<'_>,
    user: &User,
    (readyz, livez): &(Said, Said),
    ladder: &mut Ladder,
) {
    let mut failing = failing(readyz);
    for part in self::failing(livez) {
        if !failing.contains(&part) {
            failing.push(part);
        }
    }
    let silent = [Some(&user.who), user.pods.as_ref()]
        .into_iter()
        .flatten()
        .any(|said| matches!(said, Said::Silence));
    let store = failing
        .iter()
        .any(|part| part.starts_with("etcd") || part.starts_with("kine"));
    let parts = || {
        let parts: Vec<_> = failing.iter().map(|part| escape(part)).collect();
        parts.join(", ")
    };
    // A part that fails on /livez while nothing answers is the same fault seen twice.
    if store && (silent || livez.code() == Some(500)) {
        let mut seen = format!("/livez says that {} failed", parts());
        if silent {
            seen.push_str(", and a list of pods was not answered");
        }
        let mend = asked.mend(Task::RestartDatastore);
        ladder.find(Finding::new(&kind::DATASTORE_DOWN, seen, mend));
        return;
    }
    let first_error = [Some(&user.who), user.pods.as_ref()]
        .into_iter()
        .flatten()
        .find_map(|said| match said {
            Said::Reply(reply) if reply.code >= 500 => Some(reply),
            _ => None,
        });
    if let Some(reply) = first_error {
        let message = reply.message().unwrap_or_default();
        let seen = format!("the API server answers {} {message}", reply.code);
        let mend = asked.mend(Task::RestartServer);
        ladder.find(Finding::new(&kind::SERVER_ERROR, seen.trim_end(), mend));
        return;
    }
    if let Some(Said::Failed(error)) = user.pods.as_ref() {
        let mend = asked.mend(Task::RestartServer);
        ladder.find(Finding::new(&kind::SERVER_ERROR, error.clone(), mend));
        return;
    }
    if silent {
        let seen = format!("no answer within {} s", PATIENCE.as_secs_f32());
        let mend = asked.mend(Task::RestartDatastore);
        ladder.find(Finding::new(&kind::SERVER_SILENT, seen, mend));
        return;
    }
    if !failing.is_empty() || matches!(readyz.code(), Some(500..)) {
        let seen = match failing.as_slice() {
            [] => "/readyz answers with an error".to_owned(),
            _ => format!("/readyz says that {} failed", parts()),
        };
        let mend = asked.mend(Task::RestartServer);
        ladder.find(Finding::new(&kind::NOT_READY, seen, mend));
        return;
    }
    match readyz.code() {
        Some(200) => ladder.ok(Rung::Server, "ready and alive"),
        Some(code) => ladder.skip(
            Rung::Server,
            format!("its health may not be asked for ({code})"),
        ),
        None => ladder.skip(Rung::Server, "its health was not told"),
    }
}

/// The parts of a health check that failed (apiserver `pkg/server/healthz`).
fn failing(said: &Said) -> Vec<String> {
    let Said::Reply(reply) = said else {
        return Vec::new();
    };
    if reply.code == 200 {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(&reply.body);
    let parts = text.lines().filter_map(|line| line.strip_prefix("[-]"));
    parts
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .take(16)
        .collect()
}

#[cfg(test)]
mod tests {
    use identity::api::Reply;

    use super::*;

    fn reply(code: u16, body: &str) -> Said {
        Said::Reply(Reply {
            code,
            body: body.as_bytes().to_vec(),
            date: None,
        })
    }

    // As kube-apiserver v1.36.2 writes it.
    #[test]
    fn names_the_parts_that_fail() {
        let text = "[+]ping ok\n[+]log ok\n[-]etcd failed: reason withheld\n\
            [-]poststarthook/start-x failed: reason withheld\nlivez check failed\n";
        assert_eq!(
            failing(&reply(500, text)),
            ["etcd", "poststarthook/start-x"]
        );
        assert!(failing(&reply(200, text)).is_empty());
        assert!(failing(&reply(500, "nonsense")).is_empty());
        assert!(failing(&Said::Silence).is_empty());
    }
}
