//! What may stand where: the fields of `v1.Config` and their types, as tables.
//!
//! The same types as in `decode`, which reads them from a tree (client-go
//! `tools/clientcmd/api/v1/types.go`).

use crate::config::List;

/// What a value may be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// A string, or null for an empty one.
    Text,
    /// A string that kubectl may have folded over several lines.
    Folded,
    /// A string that the outline keeps.
    Kept(Keep),
    Bool,
    /// Base64.
    Data,
    /// This text and no other.
    Exactly(&'static str),
    /// A mapping with these fields.
    Struct(&'static [Field]),
    /// A mapping with any keys.
    Map(&'static Shape),
    List(&'static Shape),
    /// One of the three lists.
    Entries(List),
    /// A list of named extensions.
    Extensions,
    /// Whatever JSON can say.
    Any,
}

/// A string that the outline keeps, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    CurrentContext,
    EntryName,
    /// Without what may be secret in it.
    ClusterServer,
    ExtensionName,
    ContextCluster,
    ContextUser,
    ContextNamespace,
}

#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) key: &'static str,
    pub(crate) shape: Shape,
}

const fn field(key: &'static str, shape: Shape) -> Field {
    Field { key, shape }
}

pub(crate) static TOP: [Field; 8] = [
    field("apiVersion", Shape::Exactly("v1")),
    field("kind", Shape::Exactly("Config")),
    field("clusters", Shape::Entries(List::Clusters)),
    field("contexts", Shape::Entries(List::Contexts)),
    field("users", Shape::Entries(List::Users)),
    field("current-context", Shape::Kept(Keep::CurrentContext)),
    field("preferences", Shape::Struct(&PREFERENCES)),
    field("extensions", Shape::Extensions),
];

static PREFERENCES: [Field; 2] = [
    field("colors", Shape::Bool),
    field("extensions", Shape::Extensions),
];

pub(crate) static EXTENSION: [Field; 2] = [
    field("extension", Shape::Any),
    field("name", Shape::Kept(Keep::ExtensionName)),
];

/// The bit of `name` among the fields of [`EXTENSION`].
pub(crate) const EXTENSION_NAME: u32 = 1 << 1;

/// One entry of a list: its name and its body.
pub(crate) fn entry(list: List) -> &'static [Field] {
    match list {
        List::Clusters => &NAMED_CLUSTER,
        List::Users => &NAMED_USER,
        List::Contexts => &NAMED_CONTEXT,
    }
}

static NAMED_CLUSTER: [Field; 2] = [
    field("cluster", Shape::Struct(&CLUSTER)),
    field("name", Shape::Kept(Keep::EntryName)),
];

static NAMED_USER: [Field; 2] = [
    field("name", Shape::Kept(Keep::EntryName)),
    field("user", Shape::Struct(&USER)),
];

static NAMED_CONTEXT: [Field; 2] = [
    field("context", Shape::Struct(&CONTEXT)),
    field("name", Shape::Kept(Keep::EntryName)),
];

static CLUSTER: [Field; 8] = [
    field("certificate-authority-data", Shape::Data),
    field("server", Shape::Kept(Keep::ClusterServer)),
    field("certificate-authority", Shape::Text),
    field("tls-server-name", Shape::Text),
    field("insecure-skip-tls-verify", Shape::Bool),
    field("proxy-url", Shape::Text),
    field("disable-compression", Shape::Bool),
    field("extensions", Shape::Extensions),
];

static CONTEXT: [Field; 4] = [
    field("cluster", Shape::Kept(Keep::ContextCluster)),
    field("user", Shape::Kept(Keep::ContextUser)),
    field("namespace", Shape::Kept(Keep::ContextNamespace)),
    field("extensions", Shape::Extensions),
];

static USER: [Field; 15] = [
    field("client-certificate-data", Shape::Data),
    field("client-key-data", Shape::Data),
    field("token", Shape::Text),
    field("client-certificate", Shape::Text),
    field("client-key", Shape::Text),
    field("tokenFile", Shape::Text),
    field("as", Shape::Text),
    field("as-uid", Shape::Text),
    field("as-groups", Shape::List(&Shape::Text)),
    field("as-user-extra", Shape::Map(&Shape::List(&Shape::Text))),
    field("username", Shape::Text),
    field("password", Shape::Text),
    field("auth-provider", Shape::Struct(&AUTH_PROVIDER)),
    field("exec", Shape::Struct(&EXEC)),
    field("extensions", Shape::Extensions),
];

static AUTH_PROVIDER: [Field; 2] = [
    field("config", Shape::Map(&Shape::Text)),
    field("name", Shape::Text),
];

static EXEC: [Field; 7] = [
    field("apiVersion", Shape::Text),
    field("args", Shape::List(&Shape::Text)),
    field("command", Shape::Text),
    field("env", Shape::List(&Shape::Struct(&ENV))),
    field("installHint", Shape::Folded),
    field("interactiveMode", Shape::Text),
    field("provideClusterInfo", Shape::Bool),
];

static ENV: [Field; 2] = [field("name", Shape::Text), field("value", Shape::Text)];
