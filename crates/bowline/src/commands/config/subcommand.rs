//! The subcommands: names, own flags, and how one is found among flags.

use std::ffi::OsString;

use super::flags::Flag;
use super::flags::FlagSet;
use super::flags::Kind;
use super::globals::GLOBAL_FLAGS;

/// A subcommand of `config`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subcommand {
    CurrentContext,
    DeleteCluster,
    DeleteContext,
    DeleteUser,
    GetClusters,
    GetContexts,
    GetUsers,
    RenameCluster,
    RenameContext,
    RenameUser,
    Set,
    SetCluster,
    SetContext,
    SetCredentials,
    Unset,
    UseContext,
    View,
}

const DELETE_CONTEXT: &[Flag] = &[Flag::new(
    "with-cluster-and-user",
    Kind::Bool,
    "Delete its cluster and its user too, where no other context uses them",
)];

const GET_CONTEXTS: &[Flag] = &[
    Flag::new(
        "no-headers",
        Kind::Bool,
        "Leave the headers of the table out",
    ),
    Flag::new(
        "output",
        Kind::Text,
        "Output format: name, json or yaml; a table by default",
    )
    .short(b'o'),
];

const SET: &[Flag] = &[Flag::new(
    "set-raw-bytes",
    Kind::Bool,
    "Take the value of a binary field as it stands, instead of decoding it from base64",
)];

const SET_CLUSTER: &[Flag] = &[
    Flag::new(
        "certificate-authority",
        Kind::Path,
        "Path of the CA certificate to trust",
    ),
    Flag::new(
        "embed-certs",
        Kind::Bool,
        "Keep the certificate's content in the kubeconfig, not its path",
    ),
    Flag::new(
        "insecure-skip-tls-verify",
        Kind::Bool,
        "Trust whatever answers",
    ),
    Flag::new("proxy-url", Kind::Text, "URL of the proxy to go through"),
    Flag::new("server", Kind::Text, "URL of the API server"),
    Flag::new(
        "tls-server-name",
        Kind::Text,
        "Name that the server's certificate has to carry",
    ),
];

const SET_CONTEXT: &[Flag] = &[
    Flag::new("cluster", Kind::Text, "Name of the cluster entry"),
    Flag::new("current", Kind::Bool, "Change the current context"),
    Flag::new("namespace", Kind::Text, "Namespace to work in").short(b'n'),
    Flag::new("user", Kind::Text, "Name of the user entry"),
];

const SET_CREDENTIALS: &[Flag] = &[
    Flag::new(
        "auth-provider",
        Kind::Text,
        "Name of a legacy auth provider",
    ),
    Flag::new(
        "auth-provider-arg",
        Kind::CommaSeparated,
        "NAME=VALUE to set or NAME- to remove in the auth provider's config",
    ),
    Flag::new(
        "client-certificate",
        Kind::Path,
        "Path of the client certificate",
    ),
    Flag::new(
        "client-key",
        Kind::Path,
        "Path of the client certificate's key",
    ),
    Flag::new(
        "embed-certs",
        Kind::Bool,
        "Keep certificate and key in the kubeconfig, not their paths",
    ),
    Flag::new(
        "exec-api-version",
        Kind::Text,
        "API version of the credential plugin",
    ),
    Flag::new(
        "exec-arg",
        Kind::CommaSeparated,
        "Arguments for the credential plugin",
    ),
    Flag::new(
        "exec-command",
        Kind::Text,
        "Program of the credential plugin",
    ),
    Flag::new(
        "exec-env",
        Kind::Texts,
        "NAME=VALUE to set or NAME- to remove in the credential plugin's environment",
    ),
    Flag::new(
        "exec-interactive-mode",
        Kind::Text,
        "Whether the credential plugin may ask: IfAvailable, Never or Always",
    ),
    Flag::new(
        "exec-provide-cluster-info",
        Kind::Bool,
        "Tell the credential plugin about the cluster",
    ),
    Flag::new("password", Kind::Text, "Password for basic authentication"),
    Flag::new("token", Kind::Text, "Bearer token"),
    Flag::new("username", Kind::Text, "User name for basic authentication"),
];

const VIEW: &[Flag] = &[
    Flag::new("allow-missing-template-keys", Kind::Bool, "Print nothing for what a template names and the config lacks").by_default("true"),
    Flag::new("flatten", Kind::Bool, "Put the content of certificates and keys in place of their paths"),
    Flag::new("merge", Kind::Bool, "Merge all files of KUBECONFIG").by_default("true"),
    Flag::new("minify", Kind::Bool, "Keep only what the current context needs"),
    Flag::new("output", Kind::Text, "Output format: json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json or jsonpath-file").short(b'o').by_default("'yaml'"),
    Flag::new("raw", Kind::Bool, "Show secrets"),
    Flag::new("show-managed-fields", Kind::Bool, "Ignored: a kubeconfig has none"),
    Flag::new("template", Kind::Text, "Template or path of a template, for -o go-template or go-template-file"),
];

impl Subcommand {
    /// All of them, in the order of the help.
    pub(crate) const ALL: [Self; 17] = [
        Self::CurrentContext,
        Self::DeleteCluster,
        Self::DeleteContext,
        Self::DeleteUser,
        Self::GetClusters,
        Self::GetContexts,
        Self::GetUsers,
        Self::RenameCluster,
        Self::RenameContext,
        Self::RenameUser,
        Self::Set,
        Self::SetCluster,
        Self::SetContext,
        Self::SetCredentials,
        Self::Unset,
        Self::UseContext,
        Self::View,
    ];

    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::CurrentContext => "current-context",
            Self::DeleteCluster => "delete-cluster",
            Self::DeleteContext => "delete-context",
            Self::DeleteUser => "delete-user",
            Self::GetClusters => "get-clusters",
            Self::GetContexts => "get-contexts",
            Self::GetUsers => "get-users",
            Self::RenameCluster => "rename-cluster",
            Self::RenameContext => "rename-context",
            Self::RenameUser => "rename-user",
            Self::Set => "set",
            Self::SetCluster => "set-cluster",
            Self::SetContext => "set-context",
            Self::SetCredentials => "set-credentials",
            Self::Unset => "unset",
            Self::UseContext => "use-context",
            Self::View => "view",
        }
    }

    /// Its other name, if it has one.
    pub(crate) fn alias(self) -> Option<&'static str> {
        (self == Self::UseContext).then_some("use")
    }

    /// The flags that only it has.
    pub(crate) fn own_flags(self) -> &'static [Flag] {
        match self {
            Self::DeleteContext => DELETE_CONTEXT,
            Self::GetContexts => GET_CONTEXTS,
            Self::Set => SET,
            Self::SetCluster => SET_CLUSTER,
            Self::SetContext => SET_CONTEXT,
            Self::SetCredentials => SET_CREDENTIALS,
            Self::View => VIEW,
            Self::CurrentContext
            | Self::DeleteCluster
            | Self::DeleteUser
            | Self::GetClusters
            | Self::GetUsers
            | Self::RenameCluster
            | Self::RenameContext
            | Self::RenameUser
            | Self::Unset
            | Self::UseContext => &[],
        }
    }

    fn named(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|subcommand| subcommand.name() == word || subcommand.alias() == Some(word))
    }
}

/// The flags that stand with a subcommand, or with none.
pub(super) fn flags_of(subcommand: Option<Subcommand>) -> FlagSet {
    FlagSet {
        own: subcommand.map_or(&[], Subcommand::own_flags),
        global: GLOBAL_FLAGS,
    }
}

/// Finds the subcommand, and returns what is left of the arguments without it (cobra, `Find`).
///
/// It may stand behind flags. Which of them take the next argument is decided by the global flags alone, and
/// a flag that cobra does not know there is taken to do so: hence `config --raw view` is not a `view`.
pub(super) fn find(arguments: &[OsString]) -> (Option<Subcommand>, Vec<OsString>) {
    let flags = flags_of(None);
    let mut at = 0;
    let mut found = None;
    while let Some(argument) = arguments.get(at) {
        let word = argument.to_string_lossy();
        if word == "--" {
            break;
        } else if flags.takes_the_next(&word) {
            // cobra gives up where nothing would be left behind the value.
            if arguments.len() <= at + 2 {
                break;
            }
            at += 1;
        } else if !word.is_empty() && !word.starts_with('-') {
            found = Subcommand::named(&word);
            break;
        }
        at += 1;
    }
    let mut left = arguments.to_vec();
    if found.is_some() {
        left.remove(at);
    }
    (found, left)
}
