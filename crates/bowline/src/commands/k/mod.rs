//! `k`: kubectl with a connection that works.
//!
//! In front of every kubectl call, so nothing here may cost: while a verdict is fresh no runtime starts and
//! no handshake is made; a bare TCP connection says whether the server is still there. (kube-apiserver counts
//! such connections and logs them at verbosity 5 only: `apiserver/pkg/server/secure_serving.go`.) Whatever goes wrong here, kubectl still runs and says what it has to say.

mod ask;
mod check;
pub(super) mod guard;
mod lost;
mod server;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use kubeconfig::redact::escape;
use kubeconfig::server::Server;
use operations::Connection;
use operations::Kubeconfigs;
use operations::State;
use operations::check::is_unprovable;
use operations::failure::ours;
use operations::state::Question;
use operations::state::Release;
use operations::state::Verdict;

use super::heal::OTHERS_WAIT;
use crate::environment::Environment;
use crate::environment::proxies;
use crate::error::CommandError;
use crate::exit;
use crate::kubectl::arguments::Arguments;
use crate::kubectl::arguments::with_flags;
use crate::kubectl::arguments::with_kubeconfig;
use crate::kubectl::choose::fitting;
use crate::kubectl::find::find_all;
use crate::kubectl::run::become_kubectl;
use crate::output;

/// How long `k` waits for a lock. A lock that a killed kubectl left behind would hold up every call.
const LOCK_WAIT: Duration = Duration::from_millis(250);

/// Asks where it has to, checks, mends, and becomes kubectl.
pub(crate) fn run(arguments: &[OsString]) -> ExitCode {
    let (arguments, agreed) = guard::agreement(arguments);
    if let Some(arguments) = crate::arguments_of_config(arguments) {
        // It stood behind `--yes`.
        return super::config::run(&arguments);
    }
    let kubectls = match find_all() {
        Ok(kubectls) => kubectls,
        Err(error) => return ExitCode::from(error.report()),
    };
    let read = Arguments::read(arguments);
    let environment = Environment::find();
    if let Err(error) = guard::check(&environment, arguments, agreed) {
        return ExitCode::from(error.report());
    }
    if let Err(error) = lost::check(&environment, &read) {
        return ExitCode::from(error.report());
    }
    let mut call = Call {
        arguments: arguments.to_vec(),
        kubeconfig: None,
        runs_plugin: read.runs_plugin,
        alone: None,
        has_state: true,
        release: None,
        about: String::new(),
    };
    // A broken environment is kubectl's to complain about too: it may need none of it. And whatever a
    // stranger's answer does to this program, kubectl runs.
    let prepared = catch_unwind(AssertUnwindSafe(|| call.prepare(&environment, &read)));
    match prepared {
        Ok(Ok(Next::Run)) | Err(_) => {}
        Ok(Ok(Next::Stop)) => return ExitCode::from(exit::NOT_PROVED),
        Ok(Err(error)) => output::note(&error.message),
    }
    // Where there is no exec this program stays, and the lock would be held as long as kubectl runs.
    drop(call.alone.take());
    let kubectl = call.fitting(kubectls, &environment);
    become_kubectl(&kubectl, &call.arguments, call.kubeconfig)
}

/// Whether one of these kubeconfigs is a pipe (`<(command)`, `/dev/stdin`): who reads it takes it from kubectl.
fn is_read_once(paths: &[PathBuf]) -> bool {
    paths.iter().any(|path| {
        let found = std::fs::metadata(path).ok();
        found.is_some_and(|found| !found.is_file() && !found.is_dir())
            && path != Path::new("/dev/null")
    })
}

/// Whether kubectl may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Run,
    /// kubectl would give its credential to a peer that is not the cluster.
    Stop,
}

/// The call to kubectl, as it will be made.
struct Call {
    arguments: Vec<OsString>,
    /// The value of KUBECONFIG, where it has to be another than ours.
    kubeconfig: Option<OsString>,
    /// Whether kubectl hands the arguments to a plugin.
    runs_plugin: bool,
    /// Held while the entry's server is asked and looked for.
    alone: Option<store::Alone>,
    /// Whether what was learnt before could be read.
    has_state: bool,
    /// Which release the server is, where it is known.
    release: Option<Release>,
    /// The cluster, as what is said about it is remembered.
    about: String,
}

impl Call {
    fn prepare(
        &mut self,
        environment: &Environment,
        read: &Arguments,
    ) -> Result<Next, CommandError> {
        let paths = self.expand_home(environment, read)?;
        if read.offline || read.overrides_server || is_read_once(&paths) {
            return Ok(Next::Run);
        }
        self.ensure(environment, &paths, read)
    }

    /// Of several kubectls, the one that fits the server.
    fn fitting(&self, mut kubectls: Vec<PathBuf>, environment: &Environment) -> PathBuf {
        let folder = environment.state_folder().ok();
        match (self.release, folder, environment.store()) {
            (Some(server), Some(folder), Ok(store)) if kubectls.len() > 1 => {
                fitting(kubectls, server, &self.about, folder, store)
            }
            _ => kubectls.swap_remove(0),
        }
    }

    /// Expands `~/` in KUBECONFIG and `--kubeconfig`, which kubectl takes for a folder named `~`, and tells it of
    /// the kubeconfigs that `dirs` gives.
    fn expand_home(
        &mut self,
        environment: &Environment,
        read: &Arguments,
    ) -> Result<Vec<PathBuf>, CommandError> {
        let paths = environment.kubeconfig_paths(read.kubeconfig.as_deref())?;
        let has_tilde = |list: &OsString| list.to_string_lossy().contains('~');
        match &read.kubeconfig {
            Some(flag) => {
                if let [path] = paths.as_slice()
                    && has_tilde(flag)
                {
                    self.arguments = with_kubeconfig(&self.arguments, flag, path.as_os_str());
                }
            }
            None => {
                if crate::environment::variable("KUBECONFIG").is_some_and(|list| has_tilde(&list))
                    || environment.has_more_than_kubectl(&paths)
                {
                    self.kubeconfig = std::env::join_paths(&paths).ok();
                }
            }
        }
        Ok(paths)
    }

    /// Makes sure that the connection kubectl is about to use works.
    fn ensure(
        &mut self,
        environment: &Environment,
        paths: &[PathBuf],
        read: &Arguments,
    ) -> Result<Next, CommandError> {
        let mut kubeconfigs = Kubeconfigs::load(paths.to_vec())?;
        kubeconfigs.named = read.kubeconfig.as_ref().map(PathBuf::from);
        let current = || kubeconfigs.chain.current_context().map(|(_, name)| name);
        let Some(context) = read.context.as_deref().or_else(current) else {
            return Ok(Next::Run);
        };
        // Without a state all is asked anew, and what is wrong with it is said when something is to be remembered.
        let state = State::load(&environment.state_file()?);
        self.has_state = state.is_ok();
        let state = state.unwrap_or_default();
        if self.trust(&state, &kubeconfigs, context, read) {
            return Ok(Next::Run);
        }
        let Some(connection) = connection(&kubeconfigs, context, read)? else {
            return Ok(Next::Run);
        };
        if is_unprovable(&connection.target, &proxies()) {
            return Ok(Next::Run);
        }
        let mut world = environment.world()?;
        let question = Question::of(&connection.target);
        self.about = question.as_ref().map(Question::name).unwrap_or_default();
        if let Some(question) = question
            && self.alone.is_none()
        {
            // Of several that come at once, one asks, and the others take its answer. Whether or not a lock can be
            // had, kubectl will run.
            self.alone = world
                .store
                .alone(&question.name(), OTHERS_WAIT)
                .ok()
                .flatten();
            if self.alone.as_ref().is_some_and(store::Alone::waited) {
                return self.ensure(environment, paths, read);
            }
        }
        // Someone waits for kubectl: what cannot be written now is written by the next call.
        world.store = world.store.lock_wait(LOCK_WAIT);
        self.check(&world, &state, &kubeconfigs, &connection)
    }

    /// Takes a fresh verdict at its word, if there is one and something still listens where it was made.
    fn trust(
        &mut self,
        state: &State,
        kubeconfigs: &Kubeconfigs,
        context: &str,
        read: &Arguments,
    ) -> bool {
        let chain = &kubeconfigs.chain;
        let Some(entry) = chain.context(context) else {
            return false;
        };
        let cluster = read.cluster.as_deref().unwrap_or(&entry.value.cluster);
        let Some(entry) = chain.cluster(cluster) else {
            return false;
        };
        let Ok(server) = Server::parse(&entry.value.server) else {
            return false;
        };
        if proxies().apply_to(&server) {
            return false;
        }
        let Some(question) = Question::of_entry(entry.file, entry.name, entry.value) else {
            return false;
        };
        let verdict = state.verdict(&question, operations::world::now());
        let Some(verdict) = verdict.filter(|verdict| still_there(&server, verdict)) else {
            return false;
        };
        if verdict.instead.is_some() && self.runs_plugin {
            // It will use the entry's own server: who is there now?
            return false;
        }
        self.release = verdict.release;
        self.about = question.name();
        match (&verdict.instead, &verdict.enforce) {
            (Some(instead), _) => {
                if instead.unwritten {
                    output::note(&format!(
                        "{}: used at {}; its entry could not be written: {}",
                        escape(context),
                        instead.address,
                        ours("heal", context, &[], kubeconfigs.named.as_deref())
                    ));
                }
                self.use_instead(&server, instead.address, &instead.name);
            }
            (None, Some(name)) => self.enforce(name),
            (None, None) => {}
        }
        true
    }

    /// Makes kubectl check, in this one call, the name that was checked here and that its entry lacks:
    /// otherwise a node's certificate that carries the address would do for it.
    fn enforce(&mut self, name: &str) {
        if !self.runs_plugin {
            let flag = OsString::from(format!("--tls-server-name={name}"));
            self.arguments = with_flags(&self.arguments, vec![flag]);
        }
    }

    /// Sends this one call to another address, with the name that identifies the cluster: `--server` alone
    /// would clear it (client-go `tools/clientcmd/client_config.go`).
    ///
    /// A plugin gets none of it: it may not know kubectl's flags.
    fn use_instead(&mut self, server: &Server, address: SocketAddr, name: &str) {
        if self.runs_plugin {
            output::note("a plugin is run with the entry as it is");
            return;
        }
        let mut server = server.with_address(address.ip());
        server.port = address.port();
        let flags = vec![
            OsString::from(format!("--server={server}")),
            OsString::from(format!("--tls-server-name={name}")),
        ];
        self.arguments = with_flags(&self.arguments, flags);
    }
}

/// Whether something still listens where a fresh verdict found the cluster. A name is not asked about:
/// kubectl resolves it anew anyway.
fn still_there(server: &Server, verdict: &Verdict) -> bool {
    let own = server
        .host
        .ip()
        .map(|address| SocketAddr::new(address, server.port));
    let sibling = verdict.instead.as_ref().map(|sibling| sibling.address);
    match sibling.or(own) {
        None => true,
        Some(address) => TcpStream::connect_timeout(&address, verdict.patience()).is_ok(),
    }
}

/// The connection that kubectl will use; `None` where it is kubectl's to say what is wrong.
fn connection(
    kubeconfigs: &Kubeconfigs,
    context: &str,
    read: &Arguments,
) -> Result<Option<Connection>, CommandError> {
    let mut connection = kubeconfigs.connection(Some(context))?;
    if let Some(cluster) = &read.cluster {
        match kubeconfigs.target(cluster)? {
            Some(target) => connection.target = target,
            None => return Ok(None),
        }
    }
    Ok(Some(connection))
}
