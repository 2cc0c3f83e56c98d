//! `k`: kubectl with a connection that works.
//!
//! In front of every kubectl call, so nothing here may cost: while a verdict is fresh no runtime starts and
//! no handshake is made; a bare TCP connection says whether the server is still there. (kube-apiserver counts
//! such connections and logs them at verbosity 5 only: `apiserver/pkg/server/secure_serving.go`.) Whatever goes wrong here, kubectl still runs and says what it has to say.

use std::ffi::OsString;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use identity::ProbeError;
use identity::Rejection;
use kubeconfig::redact::escape;
use kubeconfig::server::Server;
use locate::Source;
use operations::Connection;
use operations::Kubeconfigs;
use operations::State;
use operations::World;
use operations::check::is_unprovable;
use operations::failure::ours;
use operations::heal;
use operations::heal::Decision;
use operations::heal::Look;
use operations::heal::Options;
use operations::kubeconfigs::Target;
use operations::state::Place;
use operations::state::Question;
use operations::state::Verdict;
use operations::state::name_to_enforce;

use super::block_on;
use super::heal::OTHERS_WAIT;
use super::heal::usable_credentials;
use crate::environment::Environment;
use crate::environment::proxies;
use crate::error::CommandError;
use crate::exit;
use crate::kubectl::arguments::Arguments;
use crate::kubectl::arguments::with_flags;
use crate::kubectl::arguments::with_kubeconfig;
use crate::kubectl::find::find;
use crate::kubectl::run::become_kubectl;
use crate::output;
use crate::output::look;

/// How long `k` waits for a lock. A lock that a killed kubectl left behind would hold up every call.
const LOCK_WAIT: Duration = Duration::from_millis(250);

/// Checks, mends, and becomes kubectl.
pub(crate) fn run(arguments: &[OsString]) -> ExitCode {
    let kubectl = match find() {
        Ok(kubectl) => kubectl,
        Err(error) => return ExitCode::from(error.report()),
    };
    let read = Arguments::read(arguments);
    let mut call = Call {
        arguments: arguments.to_vec(),
        kubeconfig: None,
        runs_plugin: read.runs_plugin,
        alone: None,
        has_state: true,
    };
    // A broken environment is kubectl's to complain about too: it may need none of it. And whatever a
    // stranger's answer does to this program, kubectl runs.
    let prepared = catch_unwind(AssertUnwindSafe(|| call.prepare(&read)));
    match prepared {
        Ok(Ok(Next::Run)) | Err(_) => {}
        Ok(Ok(Next::Stop)) => return ExitCode::from(exit::NOT_PROVED),
        Ok(Err(error)) => output::note(&error.message),
    }
    // Where there is no exec this program stays, and the lock would be held as long as kubectl runs.
    drop(call.alone);
    become_kubectl(&kubectl, &call.arguments, call.kubeconfig)
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
}

impl Call {
    fn prepare(&mut self, read: &Arguments) -> Result<Next, CommandError> {
        let environment = Environment::find();
        let paths = self.expand_home(&environment, read)?;
        if read.offline || read.overrides_server {
            return Ok(Next::Run);
        }
        self.ensure(&environment, &paths, read)
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
        if let Some(question) = Question::of(&connection.target)
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
        let verdict = Question::of_entry(entry.file, entry.name, entry.value)
            .and_then(|question| state.verdict(&question, operations::world::now()));
        let Some(verdict) = verdict.filter(|verdict| still_there(&server, verdict)) else {
            return false;
        };
        if verdict.instead.is_some() && self.runs_plugin {
            // It will use the entry's own server: who is there now?
            return false;
        }
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

    fn check(
        &mut self,
        world: &World,
        state: &State,
        kubeconfigs: &Kubeconfigs,
        connection: &Connection,
    ) -> Result<Next, CommandError> {
        let (context, target) = (&connection.context, &connection.target);
        let credentials = usable_credentials(connection);
        let pause = Question::of(target)
            .and_then(|question| state.backs_off(&question, operations::world::now()));
        if pause.is_some() || self.alone.as_ref().is_some_and(store::Alone::waited) {
            // Another one has looked, and found nothing that would do here: no use in a queue.
            self.alone = None;
        }
        let options = Options {
            thrifty: pause.is_some(),
            on_sweep: Some(look::sweep_begins),
            ..Options::default()
        };
        let found = block_on(heal::look(
            world,
            state,
            kubeconfigs,
            target,
            credentials.as_ref(),
            &options,
        ))?;
        let found =
            found.map_err(|error| CommandError::new(exit::NOT_PROVED, error.to_string()))?;
        let Some((candidate, proof)) = found.decision.answer() else {
            if is_someone_elses(&found) && !would_give_away(target, &found) {
                return Ok(Next::Run);
            }
            output::note(&look::headline(context, target, &found));
            output::note(&format!(
                "what was tried:\n{}",
                look::reasons(&found).trim_end()
            ));
            let named = kubeconfigs.named.as_deref();
            if let Some(remedy) = look::remedy(context, &found, named) {
                output::note(&remedy);
            }
            if let Some(offer) = look::sweep_offer(context, &found, named) {
                output::note(&offer);
            }
            if let Some(pause) = pause {
                output::note(&format!(
                    "it was looked for everywhere a moment ago, and will be again in {} s, or now with: {}",
                    pause.as_secs(),
                    ours("heal", context, &[], named)
                ));
            }
            let doubted = super::heal::doubt(world, target, &found, options.thrifty);
            if would_give_away(target, &found) {
                // Whether or not that can be remembered.
                return Ok(withheld());
            }
            return doubted.map(|()| Next::Run);
        };
        if !matches!(found.decision, Decision::Works(_)) {
            output::note(&look::headline(context, target, &found));
        }
        let mut target = target.clone();
        let mut place = found.decision.place();
        match &found.decision {
            // A name in the entry is the user's choice, and may only be late (mshome.net is, after a boot):
            // without being asked, it is not replaced by an address.
            Decision::Moved(_) if target.literal().is_none() => place = Place::Sibling,
            // Whether it is the same node is not known where nothing is.
            Decision::Moved(_) if !self.has_state => place = Place::Sibling,
            Decision::Moved(_) | Decision::NeedsName(_) => {
                match mend(world, state, kubeconfigs, &target, &found.decision, context) {
                    Ok(healed) => target = healed,
                    Err(error) => {
                        // The call need not fail because a file cannot be written.
                        output::note(&format!("{error}; used for this call only"));
                        if matches!(found.decision, Decision::Moved(_)) {
                            place = Place::Unwritten;
                        }
                    }
                }
            }
            _ => {}
        }
        if place != Place::Own && self.runs_plugin && would_give_away(&target, &found) {
            return Ok(withheld());
        }
        if place != Place::Own {
            self.use_instead(&target.server, candidate.address, &proof.proved_name());
        } else if let Some(name) = name_to_enforce(&target, proof) {
            self.enforce(&name);
        }
        super::heal::remember(
            world,
            state,
            &target,
            (candidate, proof),
            place,
            credentials.as_ref(),
        )?;
        Ok(Next::Run)
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

/// Whether what answers under a name that others manage is a proxy of theirs, which speaks as it likes
/// (Rancher answers strangers in its own words): nothing to say about it at every call.
fn is_someone_elses(found: &Look) -> bool {
    matches!(found.decision, Decision::NotFollowed(_))
        && !found.rejected.is_empty()
        && found
            .rejected
            .iter()
            .all(|(_, error)| matches!(error, ProbeError::NotAnApiServer { .. }))
}

/// Whether kubectl, which checks less, would send the credential to the peer at the entry's own address: a
/// node whose certificate carries it, something else there that has one, or another cluster of a shared CA.
/// Whoever answers under a name that verified is whom the user chose, API server or not.
fn would_give_away(target: &Target, found: &Look) -> bool {
    let by_address = target.pin().kubectl_name().parse::<IpAddr>().is_ok();
    let refused = found.rejected.iter().any(|(candidate, error)| {
        candidate.source == Source::Entry
            && match error {
                ProbeError::Rejected(Rejection::Node { .. }) => true,
                ProbeError::Rejected(Rejection::WrongName { .. })
                | ProbeError::NotAnApiServer { .. } => by_address,
                _ => false,
            }
    });
    let strange = match &found.decision {
        Decision::Unproven(answers) | Decision::Ambiguous(answers) => answers
            .iter()
            .any(|(candidate, _)| candidate.source == Source::Entry),
        _ => false,
    };
    refused || strange
}

fn withheld() -> Next {
    output::note("kubectl was not run: it would send its credential to that server");
    Next::Stop
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

/// Writes what was found and returns the entry as it is then.
fn mend(
    world: &World,
    state: &State,
    kubeconfigs: &Kubeconfigs,
    target: &Target,
    decision: &Decision,
    context: &str,
) -> Result<Target, CommandError> {
    let copies = super::heal::copies(world, state, kubeconfigs, target, decision)?;
    let plan = heal::plan(
        &world.settings,
        kubeconfigs,
        &copies,
        target,
        decision,
        None,
    )?;
    for cause in &plan.left {
        output::note(&format!("a copy is left as it is: {cause}"));
    }
    let applied = heal::apply(world, &plan, &format!("heal {}", escape(context)))?;
    for path in &applied.done {
        output::note(&format!("wrote {}", path.display()));
    }
    for cause in &applied.left {
        output::note(&format!("a copy is left as it is: {cause}"));
    }
    let healed = Kubeconfigs::load(kubeconfigs.paths.clone())?;
    Ok(healed
        .target(&target.name)?
        .unwrap_or_else(|| target.clone()))
}
