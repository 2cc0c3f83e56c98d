//! The rungs of credential, permission and server: what a proved API server says to this user.

use std::fmt::Write as _;
use std::time::Duration;

use identity::Authority;
use identity::Limits;
use identity::ProbeError;
use identity::Proof;
use identity::api::ApiError;
use identity::api::Credentials;
use identity::api::Reply;
use identity::api::Session;
use identity::api::Talk;
use kubeconfig::redact::escape;
use serde_json::Value;
use serde_json::json;

use super::catalogue as kind;
use super::diagnose::Case;
use super::diagnose::skew;
use super::distribution::Distribution;
use super::distribution::Task;
use super::entries::Entries;
use super::finding::At;
use super::finding::Finding;
use super::finding::Ladder;
use super::finding::Mend;
use super::form;
use crate::failure::Rung;
use crate::failure::argument;
use crate::kubeconfigs::Target;

/// How long one answer may take: a server far away takes a second, one without its datastore a minute.
const PATIENCE: Duration = Duration::from_millis(2500);

/// `/livez` itself waits two seconds for the datastore before it says what is wrong.
const LIVEZ: Duration = Duration::from_millis(3500);

/// A proved peer, and all that it may be asked with.
pub(super) struct Asked<'a> {
    pub(super) case: &'a Case<'a>,
    pub(super) entries: &'a Entries,
    pub(super) target: &'a Target,
    pub(super) authority: &'a Authority,
    pub(super) proof: &'a Proof,
    pub(super) credentials: &'a Credentials,
    pub(super) distribution: Distribution,
}

impl Asked<'_> {
    pub(super) fn mend(&self, task: Task) -> Mend {
        self.distribution
            .mend(self.case.world, self.entries.cluster_name(), task)
    }
}

/// What the cluster says of itself.
#[derive(Default)]
pub(super) struct Learnt {
    /// `NodeList`, where it could be read.
    pub(super) nodes: Option<Value>,
    /// Why not.
    pub(super) no_nodes: Option<String>,
    /// `EndpointSliceList` of the API servers.
    pub(super) slices: Option<Value>,
}

/// An answer, none in time, or none at all.
enum Said {
    Reply(Reply),
    Silence,
    Failed(String),
}

impl Said {
    fn of(result: Result<Reply, ApiError>) -> Self {
        match result {
            Ok(reply) => Self::Reply(reply),
            Err(ApiError::Connection(ProbeError::Hung { .. })) => Self::Silence,
            Err(error) => Self::Failed(escape(&error.to_string()).into_owned()),
        }
    }

    fn code(&self) -> Option<u16> {
        match self {
            Self::Reply(reply) => Some(reply.code),
            _ => None,
        }
    }
}

/// What the user asked.
struct User {
    who: Said,
    /// A list of pods in the context's namespace: the first thing that people do.
    pods: Option<Said>,
    /// The rules of this user in that namespace, where the pods were refused.
    rules: Option<Value>,
    date: Option<i64>,
    learnt: Learnt,
}

/// Asks as the user, and at the same time for the server's health.
pub(super) async fn ask(asked: &Asked<'_>, ladder: &mut Ladder) -> Learnt {
    let pin = asked.target.pin();
    let session = Session {
        address: asked.proof.address,
        leaf: asked.proof.leaf.key,
        authority: asked.authority,
        pin: &pin,
        base: &asked.target.server.path,
        own_address: true,
        credentials: asked.credentials,
        // Each answer has its own limit; silence ends the talk.
        limits: Limits {
            total: Duration::from_secs(15),
            ..asked.case.options.limits
        },
    };
    let (user, health) = tokio::join!(user(&session, asked), health(&session));
    let mut user = match user {
        Ok(user) => user,
        Err(error) => {
            let seen = format!("{}: {}", asked.proof.address, escape(&error.to_string()));
            let kind = match error {
                ApiError::Credential => &kind::CREDENTIAL_ODD,
                _ => &kind::SERVER_ERROR,
            };
            let mend = match error {
                ApiError::Credential => asked.case.refetch(asked.entries, asked.distribution),
                _ => asked.mend(Task::RestartServer),
            };
            ladder.find(Finding::new(kind, seen, mend));
            return Learnt::default();
        }
    };
    let accepted = credential(asked, &user.who, ladder);
    if let Some(date) = user.date {
        let now = super::certificate::now();
        let skewed = skew(asked.case, asked.entries, date, now, asked.distribution);
        if let Some(finding) = skewed {
            ladder.find(finding);
        }
    }
    if accepted {
        permission(asked, &user, ladder);
        server(asked, &user, &health, ladder);
    } else if !matches!(user.who.code(), Some(401)) {
        server(asked, &user, &health, ladder);
    }
    std::mem::take(&mut user.learnt)
}

async fn user(session: &Session<'_>, asked: &Asked<'_>) -> Result<User, ApiError> {
    let mut talk = session.open().await?;
    let who = Said::of(who(&mut talk).await);
    let mut user = User {
        date: match &who {
            Said::Reply(reply) => reply.date,
            _ => None,
        },
        who,
        pods: None,
        rules: None,
        learnt: Learnt::default(),
    };
    if !matches!(user.who.code(), Some(200..=299 | 403)) {
        return Ok(user);
    }
    let namespace = asked.entries.namespace.as_deref().unwrap_or("default");
    let path = format!("/api/v1/namespaces/{}/pods?limit=1", segment(namespace));
    let pods = Said::of(talk.get(&path, PATIENCE).await);
    let code = pods.code();
    user.pods = Some(pods);
    if code.is_none() {
        return Ok(user);
    }
    if code == Some(403) {
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectRulesReview",
            "spec": {"namespace": namespace},
        });
        let path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
        let rules = talk.post(path, &review, PATIENCE).await;
        user.rules = rules.ok().and_then(|reply| reply.json());
    }
    let nodes = talk.get("/api/v1/nodes?limit=100", PATIENCE).await;
    match nodes {
        Ok(reply) if reply.code == 200 => user.learnt.nodes = reply.json(),
        Ok(reply) => {
            user.learnt.no_nodes = Some(format!("the nodes may not be listed ({})", reply.code))
        }
        Err(error) => {
            user.learnt.no_nodes = Some(escape(&error.to_string()).into_owned());
            return Ok(user);
        }
    }
    let path = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dkubernetes";
    if let Ok(reply) = talk.get(path, PATIENCE).await
        && reply.code == 200
    {
        user.learnt.slices = reply.json();
    }
    talk.close().await;
    Ok(user)
}

/// Who the cluster sees: `SelfSubjectReview`, or, where that is not served, the cheapest request that every
/// accepted user may make.
async fn who(talk: &mut Talk) -> Result<Reply, ApiError> {
    let review = json!({
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "SelfSubjectReview",
    });
    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let reply = talk.post(path, &review, PATIENCE).await?;
    if reply.code == 404 {
        return talk.get("/api", PATIENCE).await;
    }
    Ok(reply)
}

fn segment(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// `/readyz` and `/livez`, with their parts.
async fn health(session: &Session<'_>) -> (Said, Said) {
    let (first, second) = tokio::join!(
        check(session, "/readyz?verbose", PATIENCE),
        check(session, "/livez?verbose", LIVEZ)
    );
    (first, second)
}

async fn check(session: &Session<'_>, path: &str, patience: Duration) -> Said {
    let mut talk = match session.open().await {
        Ok(talk) => talk,
        Err(error) => return Said::Failed(escape(&error.to_string()).into_owned()),
    };
    let said = Said::of(talk.get(path, patience).await);
    if matches!(said, Said::Reply(_)) {
        talk.close().await;
    }
    said
}

/// The rung of the credential; whether it was accepted.
fn credential(asked: &Asked<'_>, who: &Said, ladder: &mut Ladder) -> bool {
    let Said::Reply(reply) = who else {
        return false;
    };
    match reply.code {
        200..=299 | 403 => {
            let name = reply.json().and_then(|review| {
                review["status"]["userInfo"]["username"]
                    .as_str()
                    .map(|name| escape(name).into_owned())
            });
            let fact = match name {
                Some(name) => format!("accepted as {name}"),
                None => "accepted".to_owned(),
            };
            ladder.ok(Rung::Credential, fact);
            // Whoever was accepted is not past the end by the clock that counts.
            for finding in ladder.findings_mut() {
                if [
                    kind::CLIENT_EXPIRED.id,
                    kind::CLIENT_NOT_YET.id,
                    kind::TOKEN_EXPIRED.id,
                ]
                .contains(&finding.id)
                {
                    finding.breaks = false;
                    finding.meaning =
                        "the cluster accepts it all the same, so one of the two clocks is wrong";
                }
            }
            true
        }
        401 => {
            let ended = ladder
                .findings_mut()
                .iter()
                .any(|finding| finding.rung == Rung::CredentialForm && finding.breaks);
            if ended {
                ladder.skip(Rung::Credential, "refused (401), as was to be expected");
            } else {
                ladder.find(unauthorized(asked));
            }
            false
        }
        _ => false,
    }
}

fn unauthorized(asked: &Asked<'_>) -> Finding {
    let mend = asked.case.refetch(asked.entries, asked.distribution);
    let bearer = asked.credentials.authorization.as_deref();
    match bearer {
        Some(value) if value.starts_with("Basic ") => Finding::new(
            &kind::BASIC_REFUSED,
            "401 Unauthorized for user name and password",
            mend,
        ),
        Some(_) => Finding::new(&kind::TOKEN_REFUSED, "401 Unauthorized for the token", mend),
        None => {
            let pem = asked.entries.user.as_ref();
            let pem = pem.and_then(|(file, user)| form::client_pem(file, user));
            let signed = pem.and_then(|pem| asked.authority.signed_client(&pem));
            let why = match signed {
                Some(false) => ": another CA signed it than the cluster's own",
                Some(true) => ", although the cluster's own CA signed it",
                None => "",
            };
            let seen = format!("401 Unauthorized for the client certificate{why}");
            Finding::new(&kind::CLIENT_REFUSED, seen, mend)
        }
    }
}

/// The rung of the permission.
fn permission(asked: &Asked<'_>, user: &User, ladder: &mut Ladder) {
    let namespace = asked.entries.namespace.as_deref().unwrap_or("default");
    let Some(Said::Reply(pods)) = &user.pods else {
        return;
    };
    if pods.code != 403 {
        if pods.code < 500 {
            let fact = format!("may list pods in {}", escape(namespace));
            ladder.ok(Rung::Permission, fact);
        }
        return;
    }
    if user.rules.as_ref().is_some_and(permits_something) {
        let fact = format!(
            "may not list pods in {}, but has other permissions there",
            escape(namespace)
        );
        ladder.ok(Rung::Permission, fact);
        return;
    }
    let review = match &user.who {
        Said::Reply(reply) => reply.json().unwrap_or_default(),
        _ => Value::Null,
    };
    let info = &review["status"]["userInfo"];
    let name = info["username"].as_str().unwrap_or("USER");
    let groups: Vec<_> = info["groups"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(escape)
        .collect();
    let message = pods.message().unwrap_or_else(|| "403 Forbidden".to_owned());
    let seen = format!("{message} (groups: {})", groups.join(", "));
    let binding = format!("{}-view", binding_name(name));
    let command = format!(
        "kubectl create rolebinding {} --clusterrole=view {} --namespace={}",
        argument(&binding),
        argument(&format!("--user={name}")).replacen("'--user=", "--user='", 1),
        argument(namespace)
    );
    let mend = Mend::at(At::Administrator, command)
        .and("or `--clusterrole=edit`, or `admin`, as far as the user is to be trusted");
    ladder.find(Finding::new(&kind::FORBIDDEN, seen, mend));
}

/// A part of an object's name.
fn binding_name(user: &str) -> String {
    let name: String = user
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .take(40)
        .collect();
    let name = name.trim_matches('-');
    if name.is_empty() {
        "user".to_owned()
    } else {
        name.to_owned()
    }
}

/// Whether a `SelfSubjectRulesReview` has more than what everybody has: questions about oneself
/// (`system:basic-user`).
fn permits_something(review: &Value) -> bool {
    let rules = review["status"]["resourceRules"].as_array();
    rules.into_iter().flatten().any(|rule| {
        let groups = rule["apiGroups"].as_array();
        groups
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .any(|group| !matches!(group, "authorization.k8s.io" | "authentication.k8s.io"))
    })
}

/// The rung of the server's health.
fn server(asked: &Asked<'_>, user: &User, (readyz, livez): &(Said, Said), ladder: &mut Ladder) {
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

    #[test]
    fn questions_about_oneself_are_no_permission() {
        let rules = |groups: Value| json!({"status": {"resourceRules": [{"apiGroups": groups}]}});
        assert!(!permits_something(&rules(json!(["authorization.k8s.io"]))));
        assert!(!permits_something(&rules(json!(null))));
        assert!(!permits_something(&json!([])));
        assert!(permits_something(&rules(json!([
            "authorization.k8s.io",
            "apps"
        ]))));
        assert!(permits_something(&rules(json!([""]))));
    }

    #[test]
    fn a_binding_can_be_named_after_anybody() {
        assert_eq!(binding_name("dev"), "dev");
        assert_eq!(
            binding_name("system:serviceaccount:a:B"),
            "system-serviceaccount-a-b"
        );
        assert_eq!(binding_name("@@"), "user");
    }
}
