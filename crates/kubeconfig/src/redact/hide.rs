//! A config without its secrets, for `config view`.

use serde_json::Value;

use super::rules;
use super::rules::REDACTED;
use super::url;
use crate::config::Config;
use crate::config::Exec;
use crate::config::Extensions;
use crate::config::User;
use crate::secret::Secret;

/// What base64 turns into `DATA+OMITTED`, which is how kubectl writes it.
const OMITTED: [u8; 9] = [0x0c, 0x04, 0xc0, 0xf8, 0xe3, 0x08, 0x4d, 0x31, 0x03];

/// How much to hide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// What kubectl hides (client-go `tools/clientcmd/api/helpers.go`): `*-data`, tokens and
    /// passwords.
    LikeKubectl,
    /// Also what looks like a secret in the config of auth providers, in arguments and variables
    /// of credential plugins, in URLs, in extensions and in `as-user-extra`.
    Everything,
}

/// Replaces the secrets of `config`: data by what base64 shows as `DATA+OMITTED`, texts by
/// `REDACTED`. Names, addresses, identifiers and file paths stay.
///
/// Whether an argument is a secret can only be guessed, from its option's name and its looks.
pub fn hide(config: &mut Config, how: How) {
    for cluster in &mut config.clusters {
        omit(&mut cluster.value.certificate_authority_data);
    }
    for user in &mut config.users {
        hide_credentials(&mut user.value);
    }
    if how == How::LikeKubectl {
        return;
    }
    extensions(&mut config.extensions);
    extensions(&mut config.preferences.extensions);
    for cluster in &mut config.clusters {
        let cluster = &mut cluster.value;
        extensions(&mut cluster.extensions);
        for text in std::iter::once(&mut cluster.server).chain(&mut cluster.proxy_url) {
            if let Some(shown) = url::without_password(text) {
                *text = shown;
            }
        }
    }
    for context in &mut config.contexts {
        extensions(&mut context.value.extensions);
    }
    for user in &mut config.users {
        let user = &mut user.value;
        extensions(&mut user.extensions);
        for (name, value) in user.auth_provider.iter_mut().flat_map(|it| &mut it.config) {
            replace(value, |text| rules::value(Some(name), text));
        }
        for (name, values) in &mut user.as_user_extra {
            for value in values {
                if let Some(shown) = rules::value(Some(name), value) {
                    *value = shown;
                }
            }
        }
        if let Some(plugin) = &mut user.exec {
            exec(plugin);
        }
    }
}

fn omit(data: &mut Option<Vec<u8>>) {
    if data.as_ref().is_some_and(|data| !data.is_empty()) {
        *data = Some(OMITTED.to_vec());
    }
}

fn hide_credentials(user: &mut User) {
    omit(&mut user.client_certificate_data);
    let hide = |secret: &mut Option<Secret>, label: &[u8]| {
        if secret
            .as_ref()
            .is_some_and(|secret| !secret.expose().is_empty())
        {
            *secret = Some(Secret::new(label));
        }
    };
    hide(&mut user.client_key_data, &OMITTED);
    hide(&mut user.token, REDACTED.as_bytes());
    hide(&mut user.password, REDACTED.as_bytes());
}

fn replace(secret: &mut Secret, rule: impl FnOnce(&str) -> Option<String>) {
    let shown = match secret.expose_str() {
        Some(text) => rule(text),
        None => Some(REDACTED.to_owned()),
    };
    if let Some(shown) = shown {
        *secret = Secret::from(shown);
    }
}

fn exec(exec: &mut Exec) {
    let texts: Vec<_> = exec
        .args
        .iter()
        .map(|arg| arg.expose_str().unwrap_or_default())
        .collect();
    let shown = rules::arguments(&texts);
    for (arg, shown) in exec.args.iter_mut().zip(shown) {
        if let Some(shown) = shown {
            *arg = Secret::from(shown);
        }
    }
    for variable in &mut exec.env {
        let name = &variable.name;
        replace(&mut variable.value, |text| rules::value(Some(name), text));
    }
}

fn extensions(extensions: &mut Extensions) {
    for (name, value) in &mut extensions.0 {
        json(value, name, rules::is_secret_name(name));
    }
}

/// Below a secret's name everything is one, except what cannot be: switches and nothing.
fn json(value: &mut Value, name: &str, secret: bool) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                json(value, name, secret || rules::is_secret_name(name));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| json(item, name, secret)),
        Value::String(text) => {
            let shown = if secret {
                (!text.is_empty()).then(|| REDACTED.to_owned())
            } else {
                rules::value(Some(name), text)
            };
            if let Some(shown) = shown {
                *text = shown;
            }
        }
        Value::Number(_) if secret => *value = Value::from(REDACTED),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
