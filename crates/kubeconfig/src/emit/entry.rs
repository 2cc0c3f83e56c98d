//! Typed entries with their fields in the order of client-go's structs, which is that of JSON.

use super::Value;
use crate::config::AuthProvider;
use crate::config::Cluster;
use crate::config::Config;
use crate::config::Context;
use crate::config::Exec;
use crate::config::Extensions;
use crate::config::Named;
use crate::config::Preferences;
use crate::config::User;
use crate::gobase64;
use crate::secret::Secret;

/// Whether values that client-go fills in while it reads are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Defaults {
    Absent,
    Written,
}

/// Collects the fields of a mapping, leaving out what `omitempty` leaves out.
#[derive(Default)]
struct Fields(Vec<(String, Value)>);

impl Fields {
    fn always(mut self, name: &str, value: Value) -> Self {
        self.0.push((name.to_owned(), value));
        self
    }

    fn maybe(self, name: &str, value: Option<Value>) -> Self {
        match value {
            Some(value) => self.always(name, value),
            None => self,
        }
    }

    fn text(self, name: &str, value: Option<&str>) -> Self {
        self.maybe(name, value.filter(|value| !value.is_empty()).map(text))
    }

    fn secret(self, name: &str, secret: Option<&Secret>) -> Self {
        let secret = secret.filter(|secret| !secret.expose().is_empty());
        self.maybe(name, secret.map(reveal))
    }

    fn data(self, name: &str, data: Option<&[u8]>) -> Self {
        let data = data.filter(|data| !data.is_empty());
        self.maybe(name, data.map(|data| Value::Text(gobase64::encode(data))))
    }

    fn flag(self, name: &str, value: bool) -> Self {
        self.maybe(name, value.then_some(Value::Bool(true)))
    }

    fn extensions(self, extensions: &Extensions) -> Self {
        if extensions.is_empty() {
            return self;
        }
        let items = extensions
            .0
            .iter()
            .map(|(name, value)| entry(name, "extension", Value::from(value)));
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

fn entry(name: &str, key: &str, body: Value) -> Value {
    Fields::default()
        .always("name", text(name))
        .always(key, body)
        .done()
}

/// A whole config as kubectl 1.34 and later show it: lists sorted by name, defaults written.
pub(crate) fn config(config: &Config) -> Value {
    Fields::default()
        .always("kind", text("Config"))
        .always("apiVersion", text("v1"))
        .maybe("preferences", preferences(&config.preferences))
        .always("clusters", list(&config.clusters, cluster))
        .always(
            "users",
            list(&config.users, |named| user(named, Defaults::Written)),
        )
        .always("contexts", list(&config.contexts, context))
        .always("current-context", text(&config.current_context))
        .extensions(&config.extensions)
        .done()
}

fn list<T>(entries: &[Named<T>], write: impl Fn(&Named<T>) -> Value) -> Value {
    let mut entries: Vec<_> = entries.iter().collect();
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    list_or_null(entries.into_iter().map(write).collect())
}

fn preferences(preferences: &Preferences) -> Option<Value> {
    (*preferences != Preferences::default()).then(|| {
        Fields::default()
            .flag("colors", preferences.colors)
            .extensions(&preferences.extensions)
            .done()
    })
}

pub(super) fn cluster(named: &Named<Cluster>) -> Value {
    let cluster = &named.value;
    let body = Fields::default()
        .always("server", text(&cluster.server))
        .text("tls-server-name", cluster.tls_server_name.as_deref())
        .flag("insecure-skip-tls-verify", cluster.insecure_skip_tls_verify)
        .text(
            "certificate-authority",
            cluster.certificate_authority.as_deref(),
        )
        .data(
            "certificate-authority-data",
            cluster.certificate_authority_data.as_deref(),
        )
        .text("proxy-url", cluster.proxy_url.as_deref())
        .flag("disable-compression", cluster.disable_compression)
        .extensions(&cluster.extensions);
    entry(&named.name, "cluster", body.done())
}

pub(super) fn context(named: &Named<Context>) -> Value {
    let context = &named.value;
    let body = Fields::default()
        .always("cluster", text(&context.cluster))
        .always("user", text(&context.user))
        .text("namespace", context.namespace.as_deref())
        .extensions(&context.extensions);
    entry(&named.name, "context", body.done())
}

pub(super) fn user(named: &Named<User>, defaults: Defaults) -> Value {
    let user = &named.value;
    let groups = (!user.as_groups.is_empty()).then(|| texts(&user.as_groups));
    let extra = (!user.as_user_extra.is_empty()).then(|| {
        let extra = user.as_user_extra.iter();
        Value::Map(
            extra
                .map(|(key, values)| (key.clone(), texts(values)))
                .collect(),
        )
    });
    let key = user.client_key_data.as_ref().map(Secret::expose);
    let body = Fields::default()
        .text("client-certificate", user.client_certificate.as_deref())
        .data(
            "client-certificate-data",
            user.client_certificate_data.as_deref(),
        )
        .text("client-key", user.client_key.as_deref())
        .data("client-key-data", key)
        .secret("token", user.token.as_ref())
        .text("tokenFile", user.token_file.as_deref())
        .text("as", user.as_user.as_deref())
        .text("as-uid", user.as_uid.as_deref())
        .maybe("as-groups", groups)
        .maybe("as-user-extra", extra)
        .text("username", user.username.as_deref())
        .secret("password", user.password.as_ref())
        .maybe("auth-provider", user.auth_provider.as_ref().map(provider))
        .maybe(
            "exec",
            user.exec.as_ref().map(|plugin| exec(plugin, defaults)),
        )
        .extensions(&user.extensions);
    entry(&named.name, "user", body.done())
}

fn provider(provider: &AuthProvider) -> Value {
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
    Fields::default()
        .always("name", text(&provider.name))
        .always("config", config)
        .done()
}

fn exec(exec: &Exec, defaults: Defaults) -> Value {
    let variables = exec.env.iter().map(|variable| {
        Fields::default()
            .always("name", text(&variable.name))
            .always("value", reveal(&variable.value))
            .done()
    });
    // client-go, `tools/clientcmd/api/v1/defaults.go`.
    let default =
        match exec.api_version.as_deref() {
            Some(
                "client.authentication.k8s.io/v1alpha1" | "client.authentication.k8s.io/v1beta1",
            ) if defaults == Defaults::Written => Some("IfAvailable"),
            _ => None,
        };
    let written = exec.interactive_mode.as_deref();
    Fields::default()
        .always("command", text(&exec.command))
        .always("args", list_or_null(exec.args.iter().map(reveal).collect()))
        .always("env", list_or_null(variables.collect()))
        .text("apiVersion", exec.api_version.as_deref())
        .text("installHint", exec.install_hint.as_deref())
        .always("provideClusterInfo", Value::Bool(exec.provide_cluster_info))
        .text(
            "interactiveMode",
            written.filter(|mode| !mode.is_empty()).or(default),
        )
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
