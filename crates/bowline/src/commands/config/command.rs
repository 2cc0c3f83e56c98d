//! The commands as data.

use std::ffi::OsString;

use kubeconfig::Secret;

use super::pairs::Pairs;
use super::subcommand::Subcommand;

/// What is to be done. Of a flag, `None` means that it was not given; given empty it is `Some("")`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    CurrentContext,
    DeleteCluster {
        name: String,
    },
    DeleteContext {
        name: String,
        with_cluster_and_user: bool,
    },
    DeleteUser {
        name: String,
    },
    GetClusters,
    GetContexts(GetContexts),
    GetUsers,
    Help {
        /// The subcommand to explain, or `None` for `config` itself.
        of: Option<Subcommand>,
    },
    RenameCluster(Rename),
    RenameContext(Rename),
    RenameUser(Rename),
    Set {
        path: String,
        value: Secret,
        raw_bytes: bool,
    },
    SetCluster(SetCluster),
    SetContext(SetContext),
    SetCredentials(Box<SetCredentials>),
    Unset {
        path: String,
    },
    /// The name may be empty: kubectl says so only after it read the files.
    UseContext {
        name: String,
    },
    View(View),
}

/// `get-contexts`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GetContexts {
    /// Only these; all when empty.
    pub(crate) names: Vec<String>,
    pub(crate) output: ContextsOutput,
    pub(crate) no_headers: bool,
}

/// How contexts are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContextsOutput {
    Table,
    Name,
    Json,
    Yaml,
}

/// `rename-*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rename {
    pub(crate) from: String,
    /// Never empty.
    pub(crate) to: String,
}

/// `set-cluster`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SetCluster {
    /// Never empty.
    pub(crate) name: String,
    pub(crate) server: Option<String>,
    pub(crate) tls_server_name: Option<String>,
    pub(crate) insecure_skip_tls_verify: Option<bool>,
    pub(crate) certificate_authority: Option<OsString>,
    /// When true, a certificate authority is given and not empty.
    pub(crate) embed_certs: Option<bool>,
    pub(crate) proxy_url: Option<String>,
}

/// `set-context`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SetContext {
    /// Never empty; `None` exactly when `current`.
    pub(crate) name: Option<String>,
    pub(crate) current: bool,
    pub(crate) cluster: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) namespace: Option<String>,
}

/// `set-credentials`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct SetCredentials {
    /// Never empty.
    pub(crate) name: String,
    pub(crate) client_certificate: Option<OsString>,
    pub(crate) client_key: Option<OsString>,
    /// When true, a certificate or a key is given and not empty.
    pub(crate) embed_certs: Option<bool>,
    pub(crate) token: Option<Secret>,
    pub(crate) username: Option<String>,
    pub(crate) password: Option<Secret>,
    pub(crate) auth_provider: Option<String>,
    pub(crate) auth_provider_args: Pairs,
    pub(crate) exec_command: Option<String>,
    pub(crate) exec_api_version: Option<String>,
    /// New arguments, replacing those there are, if any is given.
    pub(crate) exec_args: Vec<Secret>,
    pub(crate) exec_env: Pairs,
    pub(crate) exec_interactive_mode: Option<InteractiveMode>,
    pub(crate) exec_provide_cluster_info: Option<bool>,
}

/// Whether a credential plugin may ask (`clientcmd/api/types.go`, `ExecInteractiveMode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InteractiveMode {
    IfAvailable,
    Never,
    Always,
}

impl InteractiveMode {
    /// All of them.
    pub(super) const ALL: [Self; 3] = [Self::IfAvailable, Self::Never, Self::Always];

    /// As a kubeconfig has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::IfAvailable => "IfAvailable",
            Self::Never => "Never",
            Self::Always => "Always",
        }
    }
}

/// `view`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag, and any of them goes with any other"
)]
pub(crate) struct View {
    pub(crate) raw: bool,
    pub(crate) flatten: bool,
    pub(crate) minify: bool,
    /// Without it, files are merged unless `--kubeconfig` names one. That `false` needs such a file is
    /// told after what is wrong with the output format.
    pub(crate) merge: Option<bool>,
    /// As given; `yaml` is the default.
    pub(crate) output: Option<String>,
    pub(crate) template: Option<String>,
    pub(crate) allow_missing_template_keys: bool,
}
