//! Values as a file can say them: an empty field and an absent one are the same to client-go
//! (`omitempty`).

use crate::config::Cluster;
use crate::config::Context;
use crate::config::User;
use crate::secret::Secret;

pub(super) fn cluster(cluster: &Cluster) -> Cluster {
    let mut cluster = cluster.clone();
    for text in [
        &mut cluster.tls_server_name,
        &mut cluster.certificate_authority,
        &mut cluster.proxy_url,
    ] {
        drop_empty(text, String::is_empty);
    }
    drop_empty(&mut cluster.certificate_authority_data, Vec::is_empty);
    cluster
}

pub(super) fn user(user: &User) -> User {
    let mut user = user.clone();
    if let Some(exec) = &mut user.exec {
        for text in [
            &mut exec.api_version,
            &mut exec.install_hint,
            &mut exec.interactive_mode,
        ] {
            drop_empty(text, String::is_empty);
        }
    }
    for text in [
        &mut user.client_certificate,
        &mut user.client_key,
        &mut user.token_file,
        &mut user.as_user,
        &mut user.as_uid,
        &mut user.username,
    ] {
        drop_empty(text, String::is_empty);
    }
    for secret in [
        &mut user.client_key_data,
        &mut user.token,
        &mut user.password,
    ] {
        drop_empty(secret, is_empty);
    }
    drop_empty(&mut user.client_certificate_data, Vec::is_empty);
    user
}

pub(super) fn context(context: &Context) -> Context {
    let mut context = context.clone();
    drop_empty(&mut context.namespace, String::is_empty);
    context
}

fn is_empty(secret: &Secret) -> bool {
    secret.expose().is_empty()
}

fn drop_empty<T>(field: &mut Option<T>, is_empty: impl Fn(&T) -> bool) {
    if field.as_ref().is_some_and(is_empty) {
        *field = None;
    }
}
