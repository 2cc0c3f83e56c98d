//! `bowline status`.

mod watch;

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use identity::Limits;
use operations::Kubeconfigs;
use operations::State;
use operations::World;
use operations::status::Manner;
use operations::status::Report;
use operations::status::Survey;
use operations::status::status;

use super::block_on;
use super::progress::Progress;
use crate::cli::Format;
use crate::cli::status::StatusArgs;
use crate::environment;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;
use crate::output;
use crate::output::redraw;
use crate::output::report::Shown;

/// The most servers to wait for at once: 300 that say nothing hold up no other.
const MOST_AT_ONCE: usize = 400;
/// A path of 900 ms takes that for each of TCP, TLS (twice with TLS 1.2) and HTTP. `k` cannot wait so long; a look
/// that is to say what works can.
pub(super) const PATIENCE: Duration = Duration::from_secs(4);
/// Files that are open besides connections, and some to spare.
const OTHER_FILES: usize = 64;

pub(crate) fn run(arguments: &StatusArgs) -> Result<u8, CommandError> {
    let scene = Scene::new(arguments)?;
    match arguments.watch {
        Some(seconds) => watch::run(&scene, seconds),
        None => once(&scene),
    }
}

fn once(scene: &Scene<'_>) -> Result<u8, CommandError> {
    let arguments = scene.arguments;
    let (reports, at) = scene.look(true)?;
    let within = arguments.expiring.map(|span| {
        let span = i64::try_from(span.0.as_secs()).unwrap_or(i64::MAX);
        at.saturating_add(span)
    });
    let mut shown = Shown::new(&reports, at, within);
    if output::is_terminal() {
        shown = shown.on(redraw::size().columns);
    }
    if within.is_some() && shown.reports.is_empty() && arguments.output == Format::Table {
        output::note("nothing ends within that time, as far as was seen");
    } else {
        output::print(&shown.text(arguments.output))?;
    }
    if within.is_none() {
        return Ok(exit_code(&reports));
    }
    let unseen = reports.iter().filter(|report| is_unseen(report)).count();
    if unseen > 0 {
        output::note(&format!(
            "{unseen} of {} did not show a server certificate",
            output::count(reports.len(), "context")
        ));
    }
    Ok(if shown.reports.is_empty() {
        exit::OK
    } else {
        exit::FOUND
    })
}

/// Whether the end of the server's certificate is not known.
fn is_unseen(report: &Report) -> bool {
    let server = operations::status::Ending::ServerCertificate;
    !report.expiries.iter().any(|expiry| expiry.what == server)
}

fn exit_code(reports: &[Report]) -> u8 {
    let failures = reports.iter().filter_map(|report| report.failure.as_ref());
    failures
        .map(|failure| exit::of_rung(failure.rung))
        .max()
        .unwrap_or(exit::OK)
}

/// What each look needs.
struct Scene<'a> {
    arguments: &'a StatusArgs,
    environment: Environment,
    world: World,
}

/// Of so many clusters it is worth asking where else they are, which takes two questions more.
const A_FEW: usize = 32;

impl<'a> Scene<'a> {
    fn new(arguments: &'a StatusArgs) -> Result<Self, CommandError> {
        let environment = Environment::find();
        Ok(Self {
            world: environment.world()?,
            environment,
            arguments,
        })
    }

    /// One look, and when it ended. The files are read anew each time; what is beside the reports is said on the
    /// first look only.
    fn look(&self, first: bool) -> Result<(Vec<Report>, i64), CommandError> {
        let state = State::load(&self.world.state_file)?;
        let flag = self.arguments.files.kubeconfig.as_deref();
        let flag: Option<&OsStr> = flag.map(Path::as_os_str);
        let mut kubeconfigs = Kubeconfigs::load(self.environment.kubeconfig_paths(flag)?)?;
        kubeconfigs
            .named
            .clone_from(&self.arguments.files.kubeconfig);
        if flag.is_some() {
            kubeconfigs.require_file()?;
        }
        let (named, all) = (&self.arguments.contexts, self.arguments.all);
        let contexts = if first {
            super::chosen_contexts(&kubeconfigs, named, all)?
        } else {
            kubeconfigs.chosen_contexts(named, all)?
        };
        let progress = Progress::of(contexts.len(), first);
        let survey = Survey {
            world: &self.world,
            state: &state,
            kubeconfigs: &kubeconfigs,
            learns: contexts.len() <= A_FEW,
            manner: Manner {
                limits: Limits {
                    total: PATIENCE,
                    ..Limits::default()
                },
                at_once: at_once(environment::open_files()),
                find_program: &environment::installed,
                done: &|contexts| progress.add(contexts),
            },
        };
        let reports = block_on(progress.beside(status(&survey, &contexts)))?;
        let at = i64::try_from(operations::world::now().as_secs()).unwrap_or(i64::MAX);
        Ok((reports, at))
    }
}

/// How many servers to wait for at once, where this many files may be open. A server whose name has several
/// addresses is asked at all of them, and the resolver opens files too: hence half of what is left.
fn at_once(open_files: Option<usize>) -> usize {
    let most = open_files.map(|most| most.saturating_sub(OTHER_FILES) / 2);
    most.unwrap_or(MOST_AT_ONCE).clamp(4, MOST_AT_ONCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_for_as_many_servers_as_files_may_be_open() {
        assert_eq!(at_once(None), 400);
        assert_eq!(at_once(Some(1024)), 400);
        assert_eq!(at_once(Some(256)), 96);
        assert_eq!(at_once(Some(64)), 4);
        assert_eq!(at_once(Some(usize::MAX)), 400);
    }
}
