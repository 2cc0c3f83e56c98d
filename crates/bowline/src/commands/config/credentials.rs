//! `set-credentials` (kubectl `pkg/cmd/config/set_credentials.go`).

use kubeconfig::AuthProvider;
use kubeconfig::Exec;
use kubeconfig::ExecEnv;
use kubeconfig::Secret;
use kubeconfig::User;

use super::command::SetCredentials;
use super::material::Material;

/// Sets what was given of a user.
pub(super) fn set(
    user: &mut User,
    wanted: &SetCredentials,
    certificate: Option<&Material>,
    key: Option<&Material>,
) {
    match certificate {
        Some(Material::Path(path)) => {
            user.client_certificate = Some(path.clone());
            user.client_certificate_data = None;
        }
        Some(Material::Content(content)) => {
            user.client_certificate = None;
            user.client_certificate_data = Some(content.expose().to_vec());
        }
        None => {}
    }
    match key {
        Some(Material::Path(path)) => {
            user.client_key = Some(path.clone());
            user.client_key_data = None;
        }
        Some(Material::Content(content)) => {
            user.client_key = None;
            user.client_key_data = Some(content.clone());
        }
        None => {}
    }
    token_or_password(user, wanted);
    provider(user, wanted);
    plugin(user, wanted);
}

/// One way to log in puts the other aside.
fn token_or_password(user: &mut User, wanted: &SetCredentials) {
    let filled =
        |secret: &Secret| Some(secret.clone()).filter(|secret| !secret.expose().is_empty());
    if let Some(token) = &wanted.token {
        user.token = filled(token);
    }
    if let Some(name) = &wanted.username {
        user.username = Some(name.clone()).filter(|name| !name.is_empty());
    }
    if let Some(password) = &wanted.password {
        user.password = filled(password);
    }
    let sets_token = wanted.token.as_ref().and_then(filled).is_some();
    let sets_password = wanted.password.as_ref().and_then(filled).is_some()
        || wanted
            .username
            .as_ref()
            .is_some_and(|name| !name.is_empty());
    if sets_password && !sets_token {
        user.token = None;
    }
    if sets_token && !sets_password {
        user.username = None;
        user.password = None;
    }
}

fn provider(user: &mut User, wanted: &SetCredentials) {
    if let Some(name) = &wanted.auth_provider
        && user
            .auth_provider
            .as_ref()
            .is_none_or(|known| known.name != *name)
    {
        user.auth_provider = Some(AuthProvider {
            name: name.clone(),
            ..AuthProvider::default()
        });
    }
    // Arguments without a provider mean nothing.
    let Some(provider) = &mut user.auth_provider else {
        return;
    };
    for name in &wanted.auth_provider_args.remove {
        provider.config.remove(name);
    }
    for (name, value) in &wanted.auth_provider_args.set {
        provider.config.insert(name.clone(), value.clone());
    }
}

/// The mode of a plugin that has none (client-go `tools/clientcmd/api/v1/defaults.go`).
fn default_mode(version: Option<&str>) -> Option<String> {
    let old = [
        "client.authentication.k8s.io/v1alpha1",
        "client.authentication.k8s.io/v1beta1",
    ];
    version
        .filter(|version| old.contains(version))
        .map(|_| "IfAvailable".to_owned())
}

fn plugin(user: &mut User, wanted: &SetCredentials) {
    if let Some(command) = &wanted.exec_command {
        let exec = user.exec.get_or_insert_with(Exec::default);
        exec.command.clone_from(command);
        // They belonged to the other command.
        exec.args.clear();
    }
    // What is said of a plugin that is not there means nothing.
    let Some(exec) = &mut user.exec else {
        return;
    };
    if let Some(version) = &wanted.exec_api_version {
        // The default of the old version is no default of the new one, which may need a mode.
        if exec.interactive_mode.is_none() {
            exec.interactive_mode = default_mode(exec.api_version.as_deref());
        }
        exec.api_version = Some(version.clone()).filter(|version| !version.is_empty());
    }
    if !wanted.exec_args.is_empty() {
        exec.args.clone_from(&wanted.exec_args);
    }
    if let Some(mode) = wanted.exec_interactive_mode {
        exec.interactive_mode = Some(mode.name().to_owned());
    }
    if let Some(provide) = wanted.exec_provide_cluster_info {
        exec.provide_cluster_info = provide;
    }
    exec.env
        .retain(|variable| !wanted.exec_env.remove.contains(&variable.name));
    for (name, value) in &wanted.exec_env.set {
        match exec.env.iter_mut().find(|variable| variable.name == *name) {
            Some(variable) => variable.value.clone_from(value),
            None => exec.env.push(ExecEnv {
                name: name.clone(),
                value: value.clone(),
            }),
        }
    }
}
