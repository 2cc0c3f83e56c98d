//! Users that log in in several ways, in none, or in one that is gone.

use kubeconfig::Cluster;
use kubeconfig::List;
use kubeconfig::User;
use kubeconfig::redact::escape;

use super::Rule;
use super::Severity;
use super::evidence::Evidence;
use super::evidence::advice;
use super::subject::Entry;
use super::subject::Subject;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "half-certificate",
        severity: Severity::High,
        title: "A user has a client certificate or a client key, but not both",
        consequence: "kubectl refuses a certificate without its key, and passes over a key without its certificate.",
        remedy: advice("put the other half in, or fetch the kubeconfig anew: `bowline add FILE`"),
        check: half,
    },
    Rule {
        id: "token-and-password",
        severity: Severity::High,
        title: "A user has a token and a password",
        consequence: "kubectl refuses the entry: `more than one authentication method found`.",
        remedy: advice("delete the one that is not used"),
        check: token_and_password,
    },
    Rule {
        id: "exec-and-provider",
        severity: Severity::High,
        title: "A user has an exec plugin and an auth provider",
        consequence: "kubectl refuses the entry: `authProvider cannot be provided in combination with an exec plugin`.",
        remedy: advice("delete the `auth-provider`, which is the older of the two"),
        check: exec_and_provider,
    },
    Rule {
        id: "auth-provider-removed",
        severity: Severity::High,
        title: "A user logs in through an auth provider that no longer exists",
        consequence: "kubectl refuses the entry: since 1.26 for gcp and azure, which were the last to go.",
        remedy: advice("use the exec plugin in its place"),
        check: provider,
    },
    Rule {
        id: "password",
        severity: Severity::Medium,
        title: "A user logs in with a password",
        consequence: "API servers since 1.19 do not take passwords.",
        remedy: advice(
            "fetch the kubeconfig anew (MicroK8s: `microk8s config`) and take it in: `bowline add FILE`",
        ),
        check: password,
    },
    Rule {
        id: "token-and-token-file",
        severity: Severity::Low,
        title: "A user has a token and a token file",
        consequence: "kubectl takes the file, and the token where the file cannot be read; other clients take the token.",
        remedy: advice("delete the one that is not used"),
        check: token_and_file,
    },
    Rule {
        id: "data-and-file",
        severity: Severity::Low,
        title: "An entry holds content, and the path of a file with it",
        consequence: "The content counts, whatever the file says.",
        remedy: advice("delete the one that is not used"),
        check: data_and_file,
    },
    Rule {
        id: "token-and-certificate",
        severity: Severity::Info,
        title: "A user has a token and a client certificate",
        consequence: "Both are shown; the cluster looks at the certificate first.",
        remedy: advice("delete the one that is not used"),
        check: token_and_certificate,
    },
    Rule {
        id: "no-credential",
        severity: Severity::Info,
        title: "A user has no credential",
        consequence: "Clients show none; kubectl asks for a name and a password when the cluster wants one.",
        remedy: advice("put one in: `bowline config set-credentials NAME --token=TOKEN`"),
        check: none,
    },
];

/// Providers that client-go had, and what takes their place. `oidc` is still there.
const REMOVED: [(&str, &str); 3] = [
    (
        "gcp",
        "install gke-gcloud-auth-plugin, then `gcloud container clusters get-credentials CLUSTER`",
    ),
    (
        "azure",
        "install kubelogin, then `kubelogin convert-kubeconfig`",
    ),
    ("openstack", "use client-keystone-auth as an exec plugin"),
];

fn has_certificate(user: &User) -> bool {
    user.client_certificate.is_some() || user.client_certificate_data.is_some()
}

fn has_key(user: &User) -> bool {
    user.client_key.is_some() || user.client_key_data.is_some()
}

fn has_token(user: &User) -> bool {
    user.token.is_some() || user.token_file.is_some()
}

fn has_password(user: &User) -> bool {
    user.username.is_some() || user.password.is_some()
}

fn half(subject: &Subject<'_>) -> Vec<Evidence> {
    users(subject, |user| {
        match (has_certificate(user), has_key(user)) {
            (true, false) => Some("a client certificate without its key".to_owned()),
            (false, true) => Some("a client key without its certificate".to_owned()),
            _ => None,
        }
    })
    .collect()
}

fn token_and_password(subject: &Subject<'_>) -> Vec<Evidence> {
    users(subject, |user| {
        (has_token(user) && has_password(user)).then(|| "it has both".to_owned())
    })
    .collect()
}

fn exec_and_provider(subject: &Subject<'_>) -> Vec<Evidence> {
    users(subject, |user| {
        (user.exec.is_some() && user.auth_provider.is_some()).then(|| "it has both".to_owned())
    })
    .collect()
}

fn provider(subject: &Subject<'_>) -> Vec<Evidence> {
    let all = subject.users.all.iter();
    all.filter_map(|entry| {
        let name = entry.value.auth_provider.as_ref()?.name.as_str();
        if name == "oidc" {
            return None;
        }
        let evidence = of(entry, &format!("its auth-provider is {}", escape(name)));
        let instead = REMOVED.iter().find(|(removed, _)| *removed == name);
        Some(match instead {
            Some((_, instead)) => evidence.advice(*instead),
            None => evidence,
        })
    })
    .collect()
}

fn password(subject: &Subject<'_>) -> Vec<Evidence> {
    users(subject, |user| {
        let is_it = has_password(user) && !has_token(user) && !has_certificate(user);
        is_it.then(|| "it has username and password, and nothing else".to_owned())
    })
    .collect()
}

fn token_and_file(subject: &Subject<'_>) -> Vec<Evidence> {
    users(subject, |user| {
        let is_it = user.token.is_some() && user.token_file.is_some();
        is_it.then(|| "it has both".to_owned())
    })
    .collect()
}

fn token_and_certificate(subject: &Subject<'_>) -> Vec<Evidence> {
    users(subject, |user| {
        (has_token(user) && has_certificate(user)).then(|| "it has both".to_owned())
    })
    .collect()
}

fn none(subject: &Subject<'_>) -> Vec<Evidence> {
    users(subject, |user| {
        let is_it = !has_certificate(user)
            && !has_key(user)
            && !has_token(user)
            && !has_password(user)
            && user.exec.is_none()
            && user.auth_provider.is_none();
        is_it.then(|| "it has none".to_owned())
    })
    .collect()
}

fn data_and_file(subject: &Subject<'_>) -> Vec<Evidence> {
    let of_cluster = |cluster: &Cluster| {
        cluster.certificate_authority.is_some() && cluster.certificate_authority_data.is_some()
    };
    let clusters = subject.clusters.all.iter();
    let mut found: Vec<Evidence> = clusters
        .filter(|entry| of_cluster(entry.value))
        .map(|entry| {
            let text = format!(
                "cluster {}: certificate-authority and certificate-authority-data",
                escape(entry.name)
            );
            Evidence::entry(List::Clusters, entry, text)
        })
        .collect();
    found.extend(users(subject, |user| {
        let certificate =
            user.client_certificate.is_some() && user.client_certificate_data.is_some();
        let key = user.client_key.is_some() && user.client_key_data.is_some();
        match (certificate, key) {
            (true, _) => Some("client-certificate and client-certificate-data".to_owned()),
            (_, true) => Some("client-key and client-key-data".to_owned()),
            _ => None,
        }
    }));
    found
}

fn users<'s>(
    subject: &'s Subject<'_>,
    look: impl Fn(&User) -> Option<String> + 's,
) -> impl Iterator<Item = Evidence> + 's {
    let users = subject.users.all.iter();
    users.filter_map(move |entry| Some(of(entry, &look(entry.value)?)))
}

fn of(entry: &Entry<'_, User>, text: &str) -> Evidence {
    let text = format!("user {}: {text}", escape(entry.name));
    Evidence::entry(List::Users, entry, text)
}
