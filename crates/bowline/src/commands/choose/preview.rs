//! What the picker tells of a context, from the kubeconfigs alone. Nothing in it is secret.

use std::path::PathBuf;

use kubeconfig::List;
use kubeconfig::User;
use kubeconfig::redact::escape;
use operations::choose::effective;
use operations::modify::Chain;
use operations::modify::Wanted;

/// The lines about a context. What cannot be read any more is left out.
pub(super) fn lines(own: &[PathBuf], context: &str) -> Vec<String> {
    let Ok(mut chain) = Chain::survey(own) else {
        return Vec::new();
    };
    if chain
        .fetch(&Wanted::entry(List::Contexts, context))
        .is_err()
    {
        return Vec::new();
    }
    let Some(entry) = chain.merged().contexts.remove(context) else {
        return Vec::new();
    };
    let wanted = Wanted::entries([
        (List::Clusters, entry.value.cluster.clone()),
        (List::Users, entry.value.user.clone()),
    ]);
    let mut lines = Vec::new();
    if chain.fetch(&wanted).is_ok() {
        let mut merged = chain.merged();
        if let Some(cluster) = merged.clusters.remove(&entry.value.cluster) {
            lines.push(format!("server     {}", server(&cluster.value.server)));
        } else {
            lines.push(format!(
                "server     none: there is no cluster {}",
                escape(&entry.value.cluster)
            ));
        }
        let kind = merged.users.remove(&entry.value.user);
        let kind = kind.map_or("which does not exist", |user| kind_of(&user.value));
        lines.push(format!("user       {} ({kind})", escape(&entry.value.user)));
    }
    let namespace = effective(entry.value.namespace.as_deref());
    lines.push(format!("namespace  {}", escape(namespace)));
    if let Some(file) = &entry.file {
        lines.push(format!("file       {}", escape(&file.to_string_lossy())));
    }
    lines
}

/// A server's address. There may be a password in it.
fn server(url: &str) -> String {
    escape(&kubeconfig::redact::url(url)).into_owned()
}

/// What a user logs in with.
fn kind_of(user: &User) -> &'static str {
    if user.exec.is_some() {
        "exec plugin"
    } else if user.auth_provider.is_some() {
        "auth provider"
    } else if user.token_file.is_some() || user.token.is_some() {
        "token"
    } else if user.client_certificate.is_some() || user.client_certificate_data.is_some() {
        "client certificate"
    } else if user.username.is_some() {
        "password"
    } else {
        "no credential"
    }
}
