//! Typed entries in the order in which kubectl writes their fields.

use super::Value;
use crate::config::Cluster;
use crate::config::Context;
use crate::config::Exec;
use crate::config::Extensions;
use crate::config::Named;
use crate::config::User;
use crate::gobase64;
use crate::secret::Secret;

/// Collects the fields of a mapping, leaving out what `omitempty` leaves out.
#[derive(Default)]
struct Fields(Vec<(String, Value)>);

impl Fields {
    fn always(mut self, name: &str, value: Value) -> Self {
        self.0.push((name.to_owned(), value));
        self
    }

    fn text(self, name: &str, text: Option<&str>) -> Self {
        match text.filter(|text| !text.is_empty()) {
            Some(text) => self.always(name, Value::Text(text.to_owned())),
            None => self,
        }
    }

    fn secret(self, name: &str, secret: Option<&Secret>) -> Self {
        match secret.filter(|secret| !secret.expose().is_empty()) {
            Some(secret) => self.always(name, reveal(secret)),
            None => self,
        }
    }

    fn data(self, name: &str, data: Option<&[u8]>) -> Self {
        match data.filter(|data| !data.is_empty()) {
            Some(data) => self.always(name, Value::Text(gobase64::encode(data))),
            None => self,
        }
    }

    fn flag(self, name: &str, value: bool) -> Self {
        if value {
            self.always(name, Value::Bool(true))
        } else {
            self
        }
    }

    fn extensions(self, extensions: &Extensions) -> Self {
        if extensions.is_empty() {
            return self;
        }
        let items = extensions.0.iter().map(|(name, value)| {
            Fields::default()
                .always("extension", Value::from(value))
                .always("name", text(name))
                .done()
        });
        self.always("extensions", Value::List(items.collect()))
    }

    fn done(self) -> Value {
        Value::Map(self.0)
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// Anything but text cannot be written; the self-check then refuses the result.
fn reveal(secret: &Secret) -> Value {
    Value::Text(String::from_utf8_lossy(secret.expose()).into_owned())
}

fn texts(items: &[String]) -> Value {
    Value::List(items.iter().map(|item| text(item)).collect())
}

/// client-go writes a list that it does not omit as `null` when it is empty.
fn list_or_null(items: Vec<Value>) -> Value {
    if items.is_empty() {
        Value::Null
    } else {
        Value::List(items)
    }
}

pub(crate) fn cluster(named: &Named<Cluster>) -> Value {
    let cluster = &named.value;
    let body = Fields::default()
        .text(
            "certificate-authority",
            cluster.certificate_authority.as_deref(),
        )
        .data(
            "certificate-authority-data",
            cluster.certificate_authority_data.as_deref(),
        )
        .flag("disable-compression", cluster.disable_compression)
        .extensions(&cluster.extensions)
        .flag("insecure-skip-tls-verify", cluster.insecure_skip_tls_verify)
        .text("proxy-url", cluster.proxy_url.as_deref())
        .always("server", text(&cluster.server))
        .text("tls-server-name", cluster.tls_server_name.as_deref())
        .done();
    Fields::default()
        .always("cluster", body)
        .always("name", text(&named.name))
        .done()
}

pub(crate) fn context(named: &Named<Context>) -> Value {
    let context = &named.value;
    let body = Fields::default()
        .always("cluster", text(&context.cluster))
        .extensions(&context.extensions)
        .text("namespace", context.namespace.as_deref())
        .always("user", text(&context.user))
        .done();
    Fields::default()
        .always("context", body)
        .always("name", text(&named.name))
        .done()
}

pub(crate) fn user(named: &Named<User>) -> Value {
    let user = &named.value;
    let mut body = Fields::default().text("as", user.as_user.as_deref());
    if !user.as_groups.is_empty() {
        body = body.always("as-groups", texts(&user.as_groups));
    }
    body = body.text("as-uid", user.as_uid.as_deref());
    if !user.as_user_extra.is_empty() {
        let extra = user.as_user_extra.iter();
        let extra = extra
            .map(|(key, values)| (key.clone(), texts(values)))
            .collect();
        body = body.always("as-user-extra", Value::Map(extra));
    }
    if let Some(provider) = &user.auth_provider {
        let config: Vec<_> = provider
            .config
            .iter()
            .map(|(key, value)| (key.clone(), reveal(value)))
            .collect();
        let config = if config.is_empty() {
            Value::Null
        } else {
            Value::Map(config)
        };
        let provider = Fields::default()
            .always("config", config)
            .always("name", text(&provider.name));
        body = body.always("auth-provider", provider.done());
    }
    body = body
        .text("client-certificate", user.client_certificate.as_deref())
        .data(
            "client-certificate-data",
            user.client_certificate_data.as_deref(),
        )
        .text("client-key", user.client_key.as_deref())
        .data(
            "client-key-data",
            user.client_key_data.as_ref().map(Secret::expose),
        );
    if let Some(plugin) = &user.exec {
        body = body.always("exec", exec(plugin));
    }
    let body = body
        .extensions(&user.extensions)
        .secret("password", user.password.as_ref())
        .secret("token", user.token.as_ref())
        .text("tokenFile", user.token_file.as_deref())
        .text("username", user.username.as_deref())
        .done();
    Fields::default()
        .always("name", text(&named.name))
        .always("user", body)
        .done()
}

fn exec(exec: &Exec) -> Value {
    let variables = exec.env.iter().map(|variable| {
        Fields::default()
            .always("name", text(&variable.name))
            .always("value", reveal(&variable.value))
            .done()
    });
    Fields::default()
        .text("apiVersion", exec.api_version.as_deref())
        .always("args", list_or_null(exec.args.iter().map(reveal).collect()))
        .always("command", text(&exec.command))
        .always("env", list_or_null(variables.collect()))
        .text("installHint", exec.install_hint.as_deref())
        .text("interactiveMode", exec.interactive_mode.as_deref())
        .always("provideClusterInfo", Value::Bool(exec.provide_cluster_info))
        .done()
}

/// An empty kubeconfig as kubectl 1.34 and later write it, line by line.
pub(crate) fn skeleton() -> Vec<String> {
    [
        "apiVersion: v1",
        "clusters: null",
        "contexts: null",
        "current-context: \"\"",
        "kind: Config",
        "users: null",
    ]
    .map(str::to_owned)
    .to_vec()
}
