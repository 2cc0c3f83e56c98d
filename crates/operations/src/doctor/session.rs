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
use super::finding::Finding;
use super::finding::Ladder;
use super::finding::Mend;
use super::form;
use super::health;
use super::permission;
use crate::failure::Rung;
use crate::kubeconfigs::Target;

/// How long one answer may take: a server far away takes a second, one without its datastore a minute.
pub(super) const PATIENCE: Duration = Duration::from_millis(2500);

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
pub(super) enum Said {
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

    pub(super) fn code(&self) -> Option<u16> {
        match self {
            Self::Reply(reply) => Some(reply.code),
            _ => None,
        }
    }
}

/// What the user asked.
pub(super) struct User {
    pub(super) who: Said,
    /// A list of pods in the context's namespace: the first thing that people do.
    pub(super) pods: Option<Said>,
    /// The rules of this user in that namespace, where the pods were refused.
    pub(super) rules: Option<Value>,
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
    let (user, checks) = tokio::join!(user(&session, asked), checks(&session));
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
        permission::judge(asked, &user, ladder);
        health::judge(asked, &user, &checks, ladder);
    } else if !matches!(user.who.code(), Some(401)) {
        health::judge(asked, &user, &checks, ladder);
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
            user.learnt.no_nodes = Some(format!("the nodes may not be listed ({})", reply.code));
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
async fn checks(session: &Session<'_>) -> (Said, Said) {
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
