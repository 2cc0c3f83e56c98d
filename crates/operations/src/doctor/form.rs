//! The rung of the credential's form: what a user entry holds, without asking anybody.

use std::path::Path;

use identity::Authority;
use identity::Leaf;
use identity::Proof;
use identity::api::Credentials;
use identity::client_key::ClientKeyError;
use kubeconfig::User;
use kubeconfig::redact::escape;

use super::catalogue as kind;
use super::catalogue::Kind;
use super::certificate::SOON;
use super::certificate::day;
use super::certificate::now;
use super::diagnose::Case;
use super::distribution::Distribution;
use super::entries::Entries;
use super::finding::Finding;
use super::finding::Ladder;
use super::plugin;
use crate::credentials;
use crate::credentials::CredentialError;
use crate::failure::Rung;

/// A token that ends within this time is spoken of; many live for an hour only.
const TOKEN_SOON: i64 = 600;

/// What a user entry has.
pub(super) enum Form {
    /// Something that can be tried.
    Ready(Credentials),
    /// A program that provides it.
    Program,
    /// Nothing that could be tried.
    Nothing,
}

/// Reads a user entry.
pub(super) fn check(
    case: &Case<'_>,
    entries: &Entries,
    authority: Option<&Authority>,
    ladder: &mut Ladder,
) -> Form {
    let mend = || case.refetch(entries, Distribution::of(authority, None));
    let Some((file, user)) = &entries.user else {
        // A user that does not exist is said so already.
        if entries.user_name.is_none() {
            let seen = format!("context {} names no user", escape(&entries.context));
            ladder.find(Finding::new(&kind::NO_CREDENTIAL, seen, mend()));
        }
        return Form::Nothing;
    };
    let name = escape(entries.user_name.as_deref().unwrap_or_default());
    let credentials = match credentials::of(file, user) {
        Ok(credentials) => credentials,
        Err(CredentialError::Program(_)) => {
            if let Some(exec) = &user.exec {
                return plugin::check(case, entries, exec, file, ladder);
            }
            let provider = user.auth_provider.as_ref().map_or("", |p| p.name.as_str());
            let seen = format!("user {name} has auth-provider {}", escape(provider));
            ladder.find(Finding::new(&kind::AUTH_PROVIDER, seen, mend()));
            return Form::Nothing;
        }
        Err(error) => {
            let kind: &Kind = match &error {
                CredentialError::Half => &kind::CREDENTIAL_HALF,
                CredentialError::Read(_) | CredentialError::NoFile(_) => &kind::CREDENTIAL_FILE,
                CredentialError::ClientKey(ClientKeyError::Mismatch) => &kind::KEY_MISMATCH,
                _ => &kind::CREDENTIAL_ODD,
            };
            let seen = format!("user {name}: {}", escape(&error.to_string()));
            ladder.find(Finding::new(kind, seen, mend()));
            return Form::Nothing;
        }
    };
    if credentials.is_empty() {
        let seen = format!("user {name} has neither token nor certificate nor plugin");
        ladder.find(Finding::new(&kind::NO_CREDENTIAL, seen, mend()));
        return Form::Nothing;
    }
    let mut facts = Vec::new();
    if let Some(leaf) = client_leaf(file, user) {
        facts.push(client_certificate(case, entries, authority, &leaf, ladder));
    }
    if let Some(authorization) = &credentials.authorization {
        if let Some(token) = authorization.strip_prefix("Bearer ") {
            facts.push(bearer(case, entries, authority, token, ladder));
        } else {
            facts.push("user name and password".to_owned());
            let seen = format!("user {name} has a user name and a password");
            ladder.find(Finding::new(&kind::BASIC, seen, mend()));
        }
    }
    ladder.ok(Rung::CredentialForm, facts.join(" and "));
    Form::Ready(credentials)
}

/// The client certificate of an entry; none where it cannot be read, which was said already.
pub(super) fn client_pem(file: &Path, user: &User) -> Option<Vec<u8>> {
    let pem = credentials::data_or_file(
        file,
        user.client_certificate_data.as_deref(),
        user.client_certificate.as_deref(),
    );
    pem.ok().flatten().map(|pem| pem.to_vec())
}

fn client_leaf(file: &Path, user: &User) -> Option<Leaf> {
    Leaf::from_pem(&client_pem(file, user)?).ok()
}

fn client_certificate(
    case: &Case<'_>,
    entries: &Entries,
    authority: Option<&Authority>,
    leaf: &Leaf,
    ladder: &mut Ladder,
) -> String {
    let now = now();
    let mend = || case.refetch(entries, Distribution::of(authority, None));
    let who = escape(&leaf.common_names.join(", ")).into_owned();
    let mut find = |kind: &Kind, seen: String| ladder.find(Finding::new(kind, seen, mend()));
    if now > leaf.not_after {
        let seen = format!(
            "the client certificate of {who} ended on {}",
            day(leaf.not_after)
        );
        find(&kind::CLIENT_EXPIRED, seen);
    } else if now < leaf.not_before {
        let seen = format!(
            "the client certificate of {who} begins on {}",
            day(leaf.not_before)
        );
        find(&kind::CLIENT_NOT_YET, seen);
    } else if leaf.not_after - now < SOON {
        let seen = format!(
            "the client certificate of {who} ends on {}",
            day(leaf.not_after)
        );
        find(&kind::CLIENT_ENDS_SOON, seen);
    }
    format!("client certificate of {who} until {}", day(leaf.not_after))
}

fn bearer(
    case: &Case<'_>,
    entries: &Entries,
    authority: Option<&Authority>,
    token: &str,
    ladder: &mut Ladder,
) -> String {
    let mend = || case.refetch(entries, Distribution::of(authority, None));
    if token.is_empty() || token.bytes().any(|byte| !(0x21..0x7f).contains(&byte)) {
        let seen = "the token is empty, or holds blanks or control characters".to_owned();
        ladder.find(Finding::new(&kind::CREDENTIAL_ODD, seen, mend()));
        return "token".to_owned();
    }
    let Some(ends) = identity::jwt::expires(token) else {
        return "token".to_owned();
    };
    let now = now();
    let moment = super::certificate::moment(ends);
    if now > ends {
        let seen = format!("the token ended at {moment}");
        ladder.find(Finding::new(&kind::TOKEN_EXPIRED, seen, mend()));
    } else if ends - now < TOKEN_SOON {
        let seen = format!("the token ends at {moment}");
        ladder.find(Finding::new(&kind::TOKEN_ENDS_SOON, seen, mend()));
    }
    format!("token (JWT) until {moment}")
}

/// What can be tried on a proved peer; plugins run now or never.
pub(super) async fn credentials(
    case: &Case<'_>,
    entries: &Entries,
    form: Form,
    proof: &Proof,
    ladder: &mut Ladder,
) -> Option<Credentials> {
    match form {
        Form::Ready(credentials) => Some(credentials),
        Form::Nothing => None,
        Form::Program => plugin::run(case, entries, proof, ladder).await,
    }
}
