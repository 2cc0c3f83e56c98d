//! Who is asking, and whether they may.

use std::time::SystemTime;

use http::HeaderMap;
use http::Method;
use http::header::AUTHORIZATION;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::api::Target;
use crate::ca::Ca;
use crate::cluster::Cluster;
use crate::rbac::{self, Access};
use crate::tokens::User;

/// The user whom a client certificate names: CN, with each O as a group; `None` where the API server
/// would not accept it (another CA, outside its dates, not for client authentication).
pub(crate) fn certificate_user(ca: &Ca, der: &[u8]) -> Option<User> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let (_, issuer) = X509Certificate::from_der(ca.der()).ok()?;
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()?
        .as_secs();
    let now = x509_parser::time::ASN1Time::from_timestamp(now.try_into().ok()?).ok()?;
    let usable = match certificate.extended_key_usage() {
        Ok(Some(usage)) => usage.value.client_auth || usage.value.any,
        Ok(None) => true,
        Err(_) => false,
    };
    let accepted = usable
        && certificate.validity().is_valid_at(now)
        && certificate.issuer() == issuer.subject()
        && certificate
            .verify_signature(Some(issuer.public_key()))
            .is_ok();
    if !accepted {
        return None;
    }
    let text = |attribute: &x509_parser::x509::AttributeTypeAndValue<'_>| {
        attribute.as_str().ok().map(str::to_owned)
    };
    let name = certificate
        .subject()
        .iter_common_name()
        .next()
        .and_then(text)?;
    let groups = certificate
        .subject()
        .iter_organization()
        .filter_map(text)
        .collect();
    Some(User::authenticated(&name, "", groups))
}

/// The user of a request; `None` means 401.
///
/// As in the API server's union of authenticators: any credential that is accepted is enough; one
/// that is refused keeps the request from being anonymous.
pub(crate) fn authenticate(
    cluster: &Cluster,
    certificate: Option<&[u8]>,
    headers: &HeaderMap,
) -> Option<User> {
    if let Some(user) = certificate.and_then(|der| cluster.user_of_certificate(der)) {
        return Some(user);
    }
    let bearer = headers
        .get(AUTHORIZATION)
        .and_then(|value| bearer(value.as_bytes()));
    if let Some(user) = bearer.and_then(|token| cluster.user_of_token(token)) {
        return Some(user);
    }
    let refused = certificate.is_some() || bearer.is_some();
    (cluster.anonymous() && !refused).then(User::anonymous)
}

/// The token of `Bearer <token>`; the scheme in any case.
fn bearer(value: &[u8]) -> Option<&str> {
    let (scheme, token) = std::str::from_utf8(value).ok()?.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// What everybody may read (the role `system:public-info-viewer`).
fn is_public(path: &str) -> bool {
    ["/version", "/readyz", "/livez", "/healthz"]
        .iter()
        .any(|public| {
            path.strip_prefix(public)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
}

/// Whether the cluster lets `user` do what a request asks for.
pub(crate) fn allows(cluster: &Cluster, user: &User, method: &Method, target: &Target<'_>) -> bool {
    match target {
        Target::Other(path) => may(
            cluster,
            user,
            &Access::Path {
                verb: &method.as_str().to_ascii_lowercase(),
                path,
            },
        ),
        Target::Resource(resource) => may(
            cluster,
            user,
            &Access::Resource {
                verb: &resource.verb(method),
                group: resource.group,
                resource: &resource.with_subresource(),
                namespace: resource.namespace,
            },
        ),
    }
}

/// Whether the cluster lets `user` do this: under `AlwaysAllow` anything, under RBAC what a binding
/// permits, besides what every cluster grants (`system:discovery`, `system:basic-user`,
/// `system:public-info-viewer`).
pub(crate) fn may(cluster: &Cluster, user: &User, access: &Access<'_>) -> bool {
    if !cluster.rbac() || user.is_in("system:masters") || is_granted_to_all(user, access) {
        return true;
    }
    rbac::permits(cluster.state(), user, access)
}

fn is_granted_to_all(user: &User, access: &Access<'_>) -> bool {
    match access {
        Access::Path { verb: "get", path } if is_public(path) => true,
        Access::Path { verb, path } => {
            let discovery = ["/api", "/apis", "/openapi"].iter().any(|root| {
                path == root || path.strip_prefix(root).is_some_and(|r| r.starts_with('/'))
            });
            *verb == "get" && discovery && user.is_in("system:authenticated")
        }
        Access::Resource {
            verb,
            group,
            resource,
            ..
        } => {
            *verb == "create"
                && group.starts_with("auth")
                && resource.starts_with("selfsubject")
                && user.is_in("system:authenticated")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bearer_token_is_a_token() {
        assert_eq!(bearer(b"Bearer abc"), Some("abc"));
        assert_eq!(bearer(b"bearer  abc "), Some("abc"));
        for other in [&b"Basic abc"[..], b"Bearer", b"Bearer ", b"\xff\xfe x"] {
            assert_eq!(bearer(other), None);
        }
    }

    #[test]
    fn public_paths_are_whole_words() {
        assert!(is_public("/readyz") && is_public("/readyz/ping"));
        assert!(!is_public("/readyzz") && !is_public("/api"));
    }
}
