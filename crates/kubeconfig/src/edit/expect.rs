//! What the typed view has to be after an edit.

use super::Edit;
use super::EditError;
use crate::config::Cluster;
use crate::config::Config;
use crate::config::Named;
use crate::config::User;
use crate::secret::Secret;

/// Applies `edit` to the typed view; false when that changes nothing.
pub(super) fn apply(config: &mut Config, edit: &Edit) -> Result<bool, EditError> {
    match edit {
        Edit::SetServer { cluster, server } => {
            let value = cluster_mut(config, cluster)?;
            Ok(replace(&mut value.server, server.clone()))
        }
        Edit::SetTlsServerName { cluster, name } => {
            let value = cluster_mut(config, cluster)?;
            Ok(replace(
                &mut value.tls_server_name,
                filled(Some(name.clone())),
            ))
        }
        Edit::SetCurrentContext(name) => Ok(replace(&mut config.current_context, name.clone())),
        Edit::Insert {
            cluster,
            user,
            context,
        } => {
            free("cluster", &config.clusters, &cluster.name)?;
            free("user", &config.users, &user.name)?;
            free("context", &config.contexts, &context.name)?;
            config.clusters.push(Named::new(
                &cluster.name,
                plain_cluster(cluster.value.clone()),
            ));
            config
                .users
                .push(Named::new(&user.name, plain_user(user.value.clone())));
            let mut context = context.clone();
            context.value.namespace = filled(context.value.namespace);
            config.contexts.push(context);
            Ok(true)
        }
    }
}

fn cluster_mut<'a>(config: &'a mut Config, name: &str) -> Result<&'a mut Cluster, EditError> {
    config
        .clusters
        .iter_mut()
        .find(|cluster| cluster.name == name)
        .map(|cluster| &mut cluster.value)
        .ok_or_else(|| EditError::NotFound {
            kind: "cluster",
            name: name.to_owned(),
        })
}

fn free<T>(kind: &'static str, list: &[Named<T>], name: &str) -> Result<(), EditError> {
    if list.iter().any(|entry| entry.name == name) {
        return Err(EditError::Exists {
            kind,
            name: name.to_owned(),
        });
    }
    Ok(())
}

fn replace<T: PartialEq>(place: &mut T, value: T) -> bool {
    if *place == value {
        return false;
    }
    *place = value;
    true
}

/// An empty field and an absent one are the same to client-go (`omitempty`).
fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn filled_secret(secret: Option<Secret>) -> Option<Secret> {
    secret.filter(|secret| !secret.expose().is_empty())
}

fn plain_cluster(cluster: Cluster) -> Cluster {
    Cluster {
        tls_server_name: filled(cluster.tls_server_name),
        certificate_authority: filled(cluster.certificate_authority),
        certificate_authority_data: cluster
            .certificate_authority_data
            .filter(|data| !data.is_empty()),
        proxy_url: filled(cluster.proxy_url),
        ..cluster
    }
}

fn plain_user(mut user: User) -> User {
    if let Some(exec) = &mut user.exec {
        exec.api_version = filled(exec.api_version.take());
        exec.install_hint = filled(exec.install_hint.take());
        exec.interactive_mode = filled(exec.interactive_mode.take());
    }
    User {
        client_certificate: filled(user.client_certificate),
        client_certificate_data: user.client_certificate_data.filter(|data| !data.is_empty()),
        client_key: filled(user.client_key),
        client_key_data: filled_secret(user.client_key_data),
        token: filled_secret(user.token),
        token_file: filled(user.token_file),
        as_user: filled(user.as_user),
        as_uid: filled(user.as_uid),
        username: filled(user.username),
        password: filled_secret(user.password),
        ..user
    }
}
