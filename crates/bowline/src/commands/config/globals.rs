//! The flags that every kubectl command takes, and the few that mean something to `config`.

use std::ffi::OsString;

use super::flags::Flag;
use super::flags::FlagSet;
use super::flags::Kind;
use super::flags::Parsed;

/// kubectl's global flags (`kubectl options`, 1.36). Most are about calls to a cluster, which `config`
/// never makes; they are read, so that a wrong value is told, and then ignored.
pub(crate) const GLOBAL_FLAGS: &[Flag] = &[
    Flag::new("as", Kind::Text, "Ignored: who to impersonate"),
    Flag::new("as-group", Kind::Texts, "Ignored: groups to impersonate"),
    Flag::new("as-uid", Kind::Text, "Ignored: UID to impersonate"),
    Flag::new(
        "as-user-extra",
        Kind::Texts,
        "Ignored: extras to impersonate",
    ),
    Flag::new("cache-dir", Kind::Path, "Ignored: where kubectl caches"),
    Flag::new(
        "certificate-authority",
        Kind::Path,
        "Ignored: how to trust the server",
    ),
    Flag::new("client-certificate", Kind::Path, "Ignored: a credential"),
    Flag::new("client-key", Kind::Path, "Ignored: a credential"),
    Flag::new("cluster", Kind::Text, "Ignored: the cluster to use"),
    Flag::new(
        "context",
        Kind::Text,
        "The context that view --minify keeps, instead of the current one",
    ),
    Flag::new(
        "disable-compression",
        Kind::Bool,
        "Ignored: whether to compress",
    ),
    Flag::new(
        "insecure-skip-tls-verify",
        Kind::Bool,
        "Ignored: whether to trust any server",
    ),
    Flag::new(
        "kubeconfig",
        Kind::Path,
        "The one file to work on, instead of KUBECONFIG or ~/.kube/config",
    ),
    Flag::new("kuberc", Kind::Path, "Ignored: kubectl's settings"),
    Flag::new(
        "log-flush-frequency",
        Kind::Duration,
        "Ignored: how often to write the log",
    ),
    Flag::new(
        "match-server-version",
        Kind::Bool,
        "Ignored: whether versions must match",
    ),
    Flag::new("namespace", Kind::Text, "Ignored: the namespace to use").short(b'n'),
    Flag::new("password", Kind::Text, "Ignored: a credential"),
    Flag::new("profile", Kind::Text, "Ignored: what to profile").by_default("'none'"),
    Flag::new(
        "profile-output",
        Kind::Path,
        "Ignored: where the profile goes",
    )
    .by_default("'profile.pprof'"),
    Flag::new(
        "request-timeout",
        Kind::Text,
        "Ignored: how long to wait for a server",
    )
    .by_default("'0'"),
    Flag::new("server", Kind::Text, "Ignored: the server to use").short(b's'),
    Flag::new(
        "tls-server-name",
        Kind::Text,
        "Ignored: how to trust the server",
    ),
    Flag::new("token", Kind::Text, "Ignored: a credential"),
    Flag::new("user", Kind::Text, "Ignored: the user to use"),
    Flag::new("username", Kind::Text, "Ignored: a credential"),
    Flag::new("v", Kind::Level, "Ignored: how much to log").short(b'v'),
    Flag::new(
        "vmodule",
        Kind::Levels,
        "Ignored: how much to log, per file",
    ),
    Flag::new(
        "warnings-as-errors",
        Kind::Bool,
        "Ignored: whether a server's warnings are errors",
    ),
];

/// What can be profiled (kubectl `pkg/cmd/profiling.go`, Go `runtime/pprof`).
const PROFILES: [&str; 8] = [
    "allocs",
    "block",
    "cpu",
    "goroutine",
    "heap",
    "mutex",
    "none",
    "threadcreate",
];

/// The global flags that were given and that may mean something. Where a command has a flag of its own by
/// the same name (`set-context --cluster`), the global one cannot be given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Globals {
    /// `--kubeconfig`; an empty one is the same as none.
    pub(crate) kubeconfig: Option<OsString>,
    /// `--context`.
    pub(crate) context: Option<String>,
    /// `--cluster`.
    pub(crate) cluster: Option<String>,
    /// `--user`.
    pub(crate) user: Option<String>,
    /// `--namespace`.
    pub(crate) namespace: Option<String>,
}

impl Globals {
    /// Picks them out.
    ///
    /// # Errors
    /// What kubectl refuses before the command itself looks at anything.
    pub(super) fn read(flags: FlagSet, parsed: &Parsed) -> Result<Self, String> {
        let text = |name| {
            if flags.hides(name) {
                Ok(None)
            } else {
                parsed.text(name)
            }
        };
        let profile = text("profile")?.unwrap_or_else(|| "none".to_owned());
        if !PROFILES.contains(&profile.as_str()) {
            return Err(format!("unknown profile '{profile}'"));
        }
        let kubeconfig = parsed.path("kubeconfig");
        Ok(Self {
            kubeconfig: kubeconfig.filter(|path| !path.is_empty()),
            context: text("context")?,
            cluster: text("cluster")?,
            user: text("user")?,
            namespace: text("namespace")?,
        })
    }
}
