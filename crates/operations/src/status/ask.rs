//! What only a credential finds out, once the cluster is proved: on a shared CA whether it is this one, and
//! whether the credential is accepted.

use std::path::PathBuf;

use identity::ProbeError;
use identity::Proof;
use identity::api::ApiError;
use identity::api::Credentials;
use identity::api::Session;
use kubeconfig::Exec;
use kubeconfig::User;
use kubeconfig::chain;
use kubeconfig::redact::escape;

use super::Survey;
use super::report::Credential;
use super::report::Program;
use crate::credentials;
use crate::credentials::CredentialError;
use crate::heal::siblings;
use crate::kubeconfigs::Target;
use crate::kubeconfigs::Trust;
use crate::second_fact::Record;
use crate::state::More;
use crate::world::now;

/// How the questions to a proved peer ended.
pub(super) enum Asked {
    /// On a shared CA it may be another cluster: nothing more was asked of it.
    Strange,
    /// What became of the credential, and what else was worth asking for.
    Answered(Credential, Extra),
}

/// What was found out besides.
#[derive(Default)]
pub(super) struct Extra {
    /// The cluster's UID.
    pub(super) uid: Option<String>,
    /// Its other API servers, and its hardware address.
    pub(super) more: Option<More>,
    /// What the API server said, or did, in place of an answer.
    pub(super) ill: Option<String>,
}

/// Asks a peer that was proved at the entry's own address; `cluster` is the name of the entry.
pub(super) async fn ask(
    survey: &Survey<'_>,
    target: &Target,
    cluster: &str,
    user: Option<&(PathBuf, User)>,
    proof: &Proof,
) -> Asked {
    let credentials = user.map(|(file, user)| credentials::of(file, user));
    let usable = credentials.as_ref().and_then(|read| read.as_ref().ok());
    if is_strange(survey, target, cluster, usable, proof).await {
        return Asked::Strange;
    }
    let (credential, extra) = match (user, credentials) {
        (Some((file, user)), Some(Err(error))) => {
            (unusable(survey, file, user, &error), Extra::default())
        }
        (_, Some(Ok(credentials))) if !credentials.is_empty() => {
            accepted(survey, target, proof, &credentials).await
        }
        _ => (state("none", None), Extra::default()),
    };
    Asked::Answered(credential, extra)
}

/// On a shared CA, another cluster may have been given the address.
async fn is_strange(
    survey: &Survey<'_>,
    target: &Target,
    cluster: &str,
    credentials: Option<&Credentials>,
    proof: &Proof,
) -> bool {
    let Trust::Authority { authority, .. } = &target.trust else {
        return false;
    };
    let hinted = survey.world.settings.hints(cluster).shared_ca;
    let record = Record::of(target, authority, survey.kubeconfigs, survey.state, hinted);
    record
        .contradicts(target, authority, proof, credentials, survey.manner.limits)
        .await
}

fn state(state: &'static str, reason: Option<String>) -> Credential {
    Credential {
        state,
        reason,
        expires: None,
        program: None,
    }
}

fn unusable(
    survey: &Survey<'_>,
    file: &std::path::Path,
    user: &User,
    error: &CredentialError,
) -> Credential {
    if !matches!(error, CredentialError::Program(_)) {
        return state("unusable", Some(error.to_string()));
    }
    let mut credential = state("unchecked", Some(error.to_string()));
    let Some(Exec { command, .. }) = &user.exec else {
        return credential;
    };
    // A bare name is looked for on PATH, anything else beside the file (client-go `clientcmd/loader.go`,
    // `ResolveLocalPaths`).
    let path = if command.contains(std::path::is_separator) {
        chain::resolve(file, command)
    } else {
        PathBuf::from(command)
    };
    let found = (survey.manner.find_program)(&path);
    if found.is_none() {
        credential.reason = Some(format!(
            "{error}; there is no program {} here",
            escape(command)
        ));
    }
    credential.program = Some(Program {
        command: command.clone(),
        path: found.map(|path| path.to_string_lossy().into_owned()),
    });
    credential
}

/// Whether the credential is accepted; the cluster's UID where another entry of the same CA makes it worth
/// knowing; and now and then what helps to find it when it is gone.
async fn accepted(
    survey: &Survey<'_>,
    target: &Target,
    proof: &Proof,
    credentials: &Credentials,
) -> (Credential, Extra) {
    let Trust::Authority { authority, .. } = &target.trust else {
        return (state("unchecked", None), Extra::default());
    };
    let session = Session {
        address: proof.address,
        leaf: proof.leaf.key,
        authority,
        pin: &target.pin(),
        base: &target.server.path,
        own_address: true,
        credentials,
        limits: survey.manner.limits,
    };
    let accepted = session.is_accepted().await;
    let mut credential = match &accepted {
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
    let mut extra = Extra {
        ill: accepted.err().filter(is_ill).map(|error| error.to_string()),
        ..Extra::default()
    };
    if credential.state == "accepted" {
        if has_namesake(survey, target) {
            extra.uid = session.cluster_uid().await.ok();
        }
        let is_due = survey.state.is_to_be_asked(authority, proof.address, now());
        if survey.learns && is_due {
            let (world, credentials) = (survey.world, Some(credentials));
            let more = siblings::more(world, target, authority, proof, true, credentials);
            extra.more = Some(more.await);
        }
    }
    (credential, extra)
}

/// Whether a peer that was proved a moment ago cannot do what an API server is for.
fn is_ill(error: &ApiError) -> bool {
    matches!(
        error,
        ApiError::Refused { code: 500.., .. }
            | ApiError::Connection(
                ProbeError::Hung { .. } | ProbeError::Closed | ProbeError::Http(_)
            )
    )
}

/// Whether another entry has the same CA: then the UID may one day tell which cluster is which.
fn has_namesake(survey: &Survey<'_>, target: &Target) -> bool {
    let Trust::Authority { authority, .. } = &target.trust else {
        return false;
    };
    let kubeconfigs = survey.kubeconfigs;
    authority.is_shared()
        || match kubeconfigs.known_kin() {
            Some(kin) => kin.namesakes(target).next().is_some(),
            None => kubeconfigs.namesakes(target).next().is_some(),
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_ill_who_was_proved_and_does_not_serve() {
        let refused = |code| ApiError::Refused {
            code,
            reason: String::new(),
            message: String::new(),
        };
        for code in [500, 502, 503, 504] {
            assert!(is_ill(&refused(code)), "{code}");
        }
        let hung = ProbeError::Hung {
            after: std::time::Duration::from_secs(4),
            stage: "HTTP",
        };
        assert!(is_ill(&hung.into()));
        // The server is not to blame for these.
        assert!(!is_ill(&refused(401)) && !is_ill(&refused(429)));
        assert!(!is_ill(&ProbeError::Refused.into()) && !is_ill(&ApiError::Credential));
    }
}
