//! What was found, in a context's own words.

use std::time::Duration;

use identity::Proof;
use identity::pin::Satisfied;
use identity::proof::Answer;
use kubeconfig::redact;
use locate::Candidate;

use super::Found;
use super::Survey;
use super::ask::Asked;
use super::expiry;
use super::plan::Endpoint;
use super::plan::Entry;
use super::plan::Login;
use super::plan::Plan;
use super::report::Address;
use super::report::Credential;
use super::report::Identity;
use super::report::Report;
use crate::check::Checked;
use crate::failure::Failure;
use crate::failure::Rung;
use crate::failure::argument;
use crate::failure::ours;
use crate::failure::refetch;
use crate::followable::Followable;
use crate::kubeconfigs::KubeconfigError;
use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;
use crate::settings::Hints;
use crate::state::State;

/// Fills in the report of a context.
pub(super) fn compose(
    survey: &Survey<'_>,
    plan: &Plan,
    found: &Found,
    entry: &Entry,
    mut report: Report,
) -> Report {
    let number = match &entry.login {
        Ok(number) => *number,
        Err(error) => {
            let remedy = ours("doctor", &report.context, &[], survey.named());
            report.failure = Some(unreadable(error, remedy));
            return report;
        }
    };
    let login = &plan.logins[number];
    let endpoint = &plan.endpoints[login.endpoint];
    let target = &endpoint.target;
    report.cluster = Some(login.cluster.clone());
    report.user.clone_from(&entry.user);
    report.file = entry.file.as_ref().map(|file| file.display().to_string());
    report.server = Some(redact::url(&target.cluster.server).into_owned());

    let hints = survey.world.settings.hints(&login.cluster);
    let checked = found.checked[login.endpoint].as_ref();
    let asked = found.asked[number].as_ref();
    judge(survey, &mut report, endpoint, &hints, checked, asked);
    report.expiries = expiries(entry, login, target, checked, asked);
    report
}

fn judge(
    survey: &Survey<'_>,
    report: &mut Report,
    endpoint: &Endpoint,
    hints: &Hints,
    checked: Option<&Checked>,
    asked: Option<&Asked>,
) {
    let target = &endpoint.target;
    let heal = ours("heal", &report.context, &[], survey.named());
    let followable = Followable::of(&target.cluster, &target.server, hints);
    let (candidate, proof) = match checked {
        Some(Checked::Proved(candidate, proof)) => (candidate, proof),
        Some(Checked::Unprovable(why)) => {
            report.note = Some((*why).to_owned());
            return;
        }
        Some(Checked::Unresolved(cause)) => {
            report.reachable = Some(false);
            let failure = Failure {
                rung: Rung::Name,
                cause: cause.clone(),
                remedy: heal,
            };
            report.failure = Some(failure.unless_followed(&followable));
            return;
        }
        Some(Checked::Failed(reasons)) => {
            report.reachable = Some(false);
            // The failure that got furthest up the ladder says most.
            let failures = reasons
                .iter()
                .map(|(_, error)| Failure::of_probe(error, &report.context, survey.named()));
            let furthest = failures.max_by_key(|failure| failure.rung);
            report.failure = furthest.map(|failure| failure.unless_followed(&followable));
            return;
        }
        None => return,
    };
    let (credential, ill) = match asked {
        Some(Asked::Answered(credential, extra)) => (credential, extra.ill.as_deref()),
        Some(Asked::Strange) => {
            report.reachable = Some(false);
            report.failure = Some(Failure {
                rung: Rung::Identity,
                cause: format!(
                    "{} may be another cluster of the same CA: its key is not the one on record",
                    proof.address
                ),
                remedy: heal,
            });
            return;
        }
        None => return,
    };
    report.reachable = Some(true);
    report.identity = Some(identity_of(proof));
    report.address = Some(address_of(survey.state, target, candidate, proof));
    report.failure = if proof.kubectl_accepts {
        let doctor = ours("doctor", &report.context, &[], survey.named());
        match ill {
            Some(ill) => Some(Failure {
                rung: Rung::Server,
                cause: ill.to_owned(),
                remedy: doctor,
            }),
            None => unaccepted(credential, hints, doctor, || {
                refetch(&report.context, survey.named())
            }),
        }
    } else {
        Some(Failure {
            rung: Rung::ServerName,
            cause: format!(
                "kubectl refuses it: its certificate is not for {}",
                redact::escape(&target.pin().kubectl_name())
            ),
            remedy: heal,
        })
    };
    report.credential = Some(credential.clone());
}

/// Each fault of the files has a remedy of its own, which doctor names.
fn unreadable(error: &KubeconfigError, remedy: String) -> Failure {
    Failure {
        rung: Rung::Kubeconfig,
        cause: error.to_string(),
        remedy,
    }
}

fn unaccepted(
    credential: &Credential,
    hints: &Hints,
    doctor: String,
    refetch: impl FnOnce() -> String,
) -> Option<Failure> {
    if let Some(program) = &credential.program
        && program.path.is_none()
    {
        return Some(Failure {
            rung: Rung::CredentialForm,
            cause: format!(
                "its credential comes from {}, and there is no such program here",
                redact::escape(&program.command)
            ),
            remedy: doctor,
        });
    }
    matches!(credential.state, "refused" | "unusable").then(|| Failure {
        rung: Rung::Credential,
        cause: credential.reason.clone().unwrap_or_default(),
        // The machine has the present one, if it is known.
        remedy: match hints.machine.as_deref() {
            Some(machine) => format!("bowline add {}", argument(machine)),
            None => refetch(),
        },
    })
}

/// Everything that ends, the first first. Of a peer that may be another cluster nothing is told.
fn expiries(
    entry: &Entry,
    login: &Login,
    target: &Target,
    checked: Option<&Checked>,
    asked: Option<&Asked>,
) -> Vec<expiry::Expiry> {
    let checked = checked.filter(|_| !matches!(asked, Some(Asked::Strange)));
    let proof = match checked {
        Some(Checked::Proved(_, proof)) => Some(&**proof),
        _ => None,
    };
    let file = entry.file.as_deref().unwrap_or(&target.file);
    let mut expiries = login.expiries.clone();
    expiries.extend(expiry::of_authority(target, file, proof));
    expiries.extend(checked.and_then(expiry::of_server));
    expiries.sort_by_key(|expiry| expiry.expires);
    expiries
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
