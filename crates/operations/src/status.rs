//! Everything about a context: where it leads, what was proved there, and why it fails.

use std::time::Duration;

use futures_util::StreamExt as _;
use identity::Limits;
use identity::Proof;
use identity::api::ApiError;
use identity::api::Credentials;
use identity::api::Session;
use identity::pin::Satisfied;
use identity::proof::Answer;
use kubeconfig::redact;
use locate::Candidate;
use serde::Serialize;

use crate::check::Checked;
use crate::check::check;
use crate::credentials;
use crate::credentials::CredentialError;
use crate::failure::Failure;
use crate::failure::Rung;
use crate::followable::Followable;
use crate::kubeconfigs::Connection;
use crate::kubeconfigs::KubeconfigError;
use crate::kubeconfigs::Kubeconfigs;
use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;
use crate::second_fact::Record;
use crate::state::Question;
use crate::state::State;
use crate::state::Verdict;
use crate::state::name_to_enforce;
use crate::world::World;
use crate::world::now;

/// How many contexts are looked at at once: enough to hide latency, few enough for any limit on open files.
const AT_ONCE: usize = 64;

/// The status of one context; its JSON form is documented in docs/json.md.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The context.
    pub context: String,
    /// Whether it is the current one.
    pub current: bool,
    /// Its cluster entry, unless the context cannot be read.
    pub cluster: Option<String>,
    /// Its user entry.
    pub user: Option<String>,
    /// The file that holds the cluster entry.
    pub file: Option<String>,
    /// The server, without user info.
    pub server: Option<String>,
    /// Whether the cluster itself answers there; `None` where that cannot be proved.
    pub reachable: Option<bool>,
    /// What was proved.
    pub identity: Option<Identity>,
    /// The address that answered.
    pub address: Option<Address>,
    /// Whether the credential is accepted.
    pub credential: Option<Credential>,
    /// Why it fails.
    pub failure: Option<Failure>,
    /// Why nothing can be proved, where that is so.
    pub note: Option<String>,
}

/// What a probe proved.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// The hash of the CA key: which cluster.
    pub ca: String,
    /// The hash of the certificate's key: which node.
    pub node: String,
    /// The name that was proved.
    pub name: String,
    /// Whether kubectl checks that name too; `false` where only bowline did.
    pub enforced: bool,
    /// End of the server certificate's validity, seconds since the Unix epoch.
    pub certificate_expires: i64,
    /// The API server's version, where it tells strangers.
    pub version: Option<String>,
}

/// Where a cluster answers.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    /// Address and port.
    pub address: String,
    /// How it was found.
    pub source: String,
    /// The name by which the source knows the machine.
    pub name: Option<String>,
    /// Time from the first packet to the end of the answer, milliseconds.
    pub latency_ms: f64,
}

/// What is known of a context's credential.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Credential {
    /// `accepted`, `refused`, `unusable`, `unchecked` or `none`.
    pub state: &'static str,
    /// Why, where it is not accepted.
    pub reason: Option<String>,
    /// End of the client certificate's validity, seconds since the Unix epoch.
    pub expires: Option<i64>,
}

/// What a look at one context found, for the report and for the state.
struct Finding {
    report: Report,
    learnt: Option<Learnt>,
    /// A question whose last answer no longer holds.
    doubted: Option<Question>,
}

impl Finding {
    fn nothing(report: Report) -> Self {
        Self {
            report,
            learnt: None,
            doubted: None,
        }
    }
}

struct Learnt {
    candidate: Candidate,
    proof: Proof,
    question: Question,
    uid: Option<String>,
    enforce: Option<String>,
}

/// Looks at contexts, many at once, and remembers what was proved. The state is only read once and written
/// once.
pub async fn status(
    world: &World,
    state: &State,
    kubeconfigs: &Kubeconfigs,
    contexts: &[String],
    limits: &Limits,
) -> Vec<Report> {
    let looks = contexts
        .iter()
        .map(|context| look(world, state, kubeconfigs, context, limits));
    let findings: Vec<Finding> = futures_util::stream::iter(looks)
        .buffered(AT_ONCE)
        .collect()
        .await;
    let learnt: Vec<&Learnt> = findings
        .iter()
        .filter_map(|finding| finding.learnt.as_ref())
        .collect();
    let doubted: Vec<&Question> = findings
        .iter()
        .filter_map(|finding| finding.doubted.as_ref())
        .collect();
    if !(learnt.is_empty() && doubted.is_empty()) {
        // What was learnt is a convenience: a status that cannot be remembered is still a status.
        let _ = State::update(&world.store, &world.state_file, |state| {
            let now = now();
            for Learnt {
                candidate,
                proof,
                question,
                uid,
                enforce,
            } in &learnt
            {
                state.learn(candidate, proof, uid.as_deref(), now);
                if proof.kubectl_accepts {
                    let enforce = enforce.clone();
                    state.decide(question, Verdict::new(None, enforce, proof.connect, now));
                }
            }
            for question in &doubted {
                state.revoke(question);
            }
        });
    }
    findings.into_iter().map(|finding| finding.report).collect()
}

async fn look(
    world: &World,
    state: &State,
    kubeconfigs: &Kubeconfigs,
    context: &str,
    limits: &Limits,
) -> Finding {
    let current = kubeconfigs
        .chain
        .current_context()
        .is_some_and(|(_, name)| name == context);
    let mut report = Report {
        context: context.to_owned(),
        current,
        cluster: None,
        user: None,
        file: None,
        server: None,
        reachable: None,
        identity: None,
        address: None,
        credential: None,
        failure: None,
        note: None,
    };
    let connection = match kubeconfigs.connection(Some(context)) {
        Ok(connection) => connection,
        Err(error) => {
            report.failure = Some(unreadable(&error));
            return Finding::nothing(report);
        }
    };
    let target = &connection.target;
    report.cluster = Some(target.name.clone());
    report.user = kubeconfigs
        .chain
        .context(context)
        .map(|entry| entry.value.user.clone());
    report.file = Some(target.file.display().to_string());
    report.server = Some(redact::url(&target.cluster.server).into_owned());

    let hints = world.settings.hints(&target.name);
    let followable = Followable::of(&target.cluster, &target.server, &hints);
    let (candidate, proof) = match check(world, target, limits).await {
        Checked::Proved(candidate, proof) => (candidate, *proof),
        Checked::Unprovable(why) => {
            report.note = Some(why.to_owned());
            return Finding::nothing(report);
        }
        Checked::Unresolved(cause) => {
            report.reachable = Some(false);
            let remedy = format!("bowline heal {}", crate::failure::argument(context));
            let failure = Failure {
                rung: Rung::Name,
                cause,
                remedy,
            };
            report.failure = Some(failure.unless_followed(&followable));
            return Finding {
                report,
                learnt: None,
                doubted: Question::of(target),
            };
        }
        Checked::Failed(reasons) => {
            report.reachable = Some(false);
            // The failure that got furthest up the ladder says most.
            let failures = reasons
                .iter()
                .map(|(_, error)| Failure::of_probe(error, context));
            let furthest = failures.max_by_key(|failure| failure.rung);
            report.failure = furthest.map(|failure| failure.unless_followed(&followable));
            return Finding {
                report,
                learnt: None,
                doubted: Question::of(target),
            };
        }
    };
    if let Some(failure) = strange(world, state, kubeconfigs, &connection, &proof, limits).await {
        report.reachable = Some(false);
        report.failure = Some(failure);
        return Finding {
            report,
            learnt: None,
            doubted: Question::of(target),
        };
    }
    report.reachable = Some(true);
    report.identity = Some(identity_of(&proof));
    report.address = Some(address_of(state, target, &candidate, &proof));
    if !proof.kubectl_accepts {
        report.failure = Some(Failure {
            rung: Rung::ServerName,
            cause: format!(
                "kubectl refuses it: its certificate is not for {}",
                redact::escape(&target.pin().kubectl_name())
            ),
            remedy: format!("bowline heal {}", crate::failure::argument(context)),
        });
    }
    let (credential, uid) = credential_of(&connection, &proof, kubeconfigs, limits).await;
    if report.failure.is_none() && matches!(credential.state, "refused" | "unusable") {
        report.failure = Some(Failure {
            rung: Rung::Credential,
            cause: credential.reason.clone().unwrap_or_default(),
            // The machine has the present one, if it is known.
            remedy: match hints.machine.as_deref() {
                Some(machine) => format!("bowline add {}", crate::failure::argument(machine)),
                None => {
                    "fetch its kubeconfig anew (MicroK8s: `microk8s config`) and `bowline add` it"
                        .to_owned()
                }
            },
        });
    }
    report.credential = Some(credential);
    let enforce = name_to_enforce(target, &proof);
    let learnt = Question::of(target).map(|question| Learnt {
        candidate,
        proof,
        question,
        uid,
        enforce,
    });
    Finding {
        report,
        learnt,
        doubted: None,
    }
}

/// On a shared CA, another cluster may have been given the address: then nothing more is asked of it.
async fn strange(
    world: &World,
    state: &State,
    kubeconfigs: &Kubeconfigs,
    connection: &Connection,
    proof: &Proof,
    limits: &Limits,
) -> Option<Failure> {
    let target = &connection.target;
    let Trust::Authority { authority, .. } = &target.trust else {
        return None;
    };
    let hinted = world.settings.hints(&target.name).shared_ca;
    let record = Record::of(target, authority, kubeconfigs, state, hinted);
    let user = connection.user.as_ref();
    let credentials = user.and_then(|(file, user)| credentials::of(file, user).ok());
    let strange = record
        .contradicts(target, authority, proof, credentials.as_ref(), *limits)
        .await;
    strange.then(|| Failure {
        rung: Rung::Identity,
        cause: format!(
            "{} may be another cluster of the same CA: its key is not the one on record",
            proof.address
        ),
        remedy: format!(
            "bowline heal {}",
            crate::failure::argument(&connection.context)
        ),
    })
}

fn unreadable(error: &KubeconfigError) -> Failure {
    Failure {
        rung: Rung::Kubeconfig,
        cause: error.to_string(),
        remedy: "mend the entry with `kubectl config`".to_owned(),
    }
}

fn identity_of(proof: &Proof) -> Identity {
    Identity {
        ca: proof.authority.to_string(),
        node: proof.leaf.key.to_string(),
        name: proof.proved_name(),
        enforced: proof.name != Satisfied::Cluster,
        certificate_expires: proof.leaf.not_after,
        version: match &proof.answer {
            Answer::Version(version) => Some(version.clone()),
            Answer::Status(_) => None,
        },
    }
}

fn address_of(state: &State, target: &Target, candidate: &Candidate, proof: &Proof) -> Address {
    let known = match &target.trust {
        Trust::Authority { authority, .. } => state.endpoint(authority, candidate.address),
        Trust::Insecure | Trust::System | Trust::Plain => None,
    };
    let (source, name) = match known {
        Some(endpoint) => (endpoint.source, endpoint.name.clone()),
        None => (candidate.source, candidate.name.clone()),
    };
    Address {
        address: candidate.address.to_string(),
        source: source.to_string(),
        name,
        latency_ms: milliseconds(proof.latency),
    }
}

fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10_000.0).round() / 10.0
}

/// Asks, on an identity-checked connection, whether the credential is accepted, and for the cluster's UID
/// where another entry of the same CA makes it worth knowing.
async fn credential_of(
    connection: &Connection,
    proof: &Proof,
    kubeconfigs: &Kubeconfigs,
    limits: &Limits,
) -> (Credential, Option<String>) {
    let state = |state, reason: Option<String>| Credential {
        state,
        reason,
        expires: None,
    };
    let Some((file, user)) = &connection.user else {
        return (state("none", None), None);
    };
    let credentials = match credentials::of(file, user) {
        Ok(credentials) => credentials,
        Err(CredentialError::Program(program)) => {
            let reason = CredentialError::Program(program).to_string();
            return (state("unchecked", Some(reason)), None);
        }
        Err(error) => return (state("unusable", Some(error.to_string())), None),
    };
    if credentials.is_empty() {
        return (state("none", None), None);
    }
    let Some(session) = session(&connection.target, proof, &credentials, limits) else {
        return (state("unchecked", None), None);
    };
    let mut credential = match session.is_accepted().await {
        // Forbidden is an answer to someone whose name is known.
        Ok(()) | Err(ApiError::Refused { code: 403, .. }) => state("accepted", None),
        Err(ApiError::Refused { code: 401, .. }) => state(
            "refused",
            Some("the cluster does not accept the credential (401 Unauthorized)".to_owned()),
        ),
        Err(error) => state("unchecked", Some(error.to_string())),
    };
    credential.expires = credentials
        .client_key
        .as_ref()
        .map(identity::ClientKey::not_after);
    let uid = match credential.state {
        "accepted" if has_namesake(&connection.target, kubeconfigs) => {
            session.cluster_uid().await.ok()
        }
        _ => None,
    };
    (credential, uid)
}

/// A session with a peer that was proved at the entry's own address.
pub(crate) fn session<'a>(
    target: &'a Target,
    proof: &Proof,
    credentials: &'a Credentials,
    limits: &Limits,
) -> Option<OwnedSession<'a>> {
    let Trust::Authority { authority, .. } = &target.trust else {
        return None;
    };
    Some(OwnedSession {
        pin: target.pin(),
        base: &target.server.path,
        address: proof.address,
        leaf: proof.leaf.key,
        authority,
        credentials,
        limits: *limits,
    })
}

/// A [`Session`] that owns its pin.
pub(crate) struct OwnedSession<'a> {
    pin: identity::Pin,
    base: &'a str,
    address: std::net::SocketAddr,
    leaf: identity::SpkiHash,
    authority: &'a identity::Authority,
    credentials: &'a Credentials,
    limits: Limits,
}

impl OwnedSession<'_> {
    fn session(&self) -> Session<'_> {
        Session {
            address: self.address,
            leaf: self.leaf,
            authority: self.authority,
            pin: &self.pin,
            base: self.base,
            own_address: true,
            credentials: self.credentials,
            limits: self.limits,
        }
    }

    pub(crate) async fn is_accepted(&self) -> Result<(), ApiError> {
        self.session().is_accepted().await
    }

    pub(crate) async fn cluster_uid(&self) -> Result<String, ApiError> {
        self.session().cluster_uid().await
    }
}

/// Whether another entry has the same CA: then the UID may one day tell which cluster is which.
fn has_namesake(target: &Target, kubeconfigs: &Kubeconfigs) -> bool {
    let Trust::Authority { authority, .. } = &target.trust else {
        return false;
    };
    authority.is_shared() || kubeconfigs.namesakes(target).next().is_some()
}
