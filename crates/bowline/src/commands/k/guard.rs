//! Protected contexts: asks before a dangerous command, or refuses it.

use std::ffi::OsString;
use std::io::Read as _;
use std::time::Duration;

use kubeconfig::redact::escape;
use kubeconfig::server::Server;
use operations::Kubeconfigs;
use operations::failure::argument;
use operations::protect::Command;
use operations::protect::Guards;
use operations::protect::Lifts;
use operations::protect::Rule;
use operations::settings::Guarding;
use operations::world::now;

use super::ask::Terminal;
use super::is_read_once;
use super::server::is_same;
use crate::environment::Environment;
use crate::environment::variable;
use crate::error::CommandError;
use crate::exit;
use crate::kubectl::arguments::Arguments;
use crate::output;

/// Agrees to what would be asked. Only directly behind `k`: a command, or what it runs in a pod, may have a flag of
/// this name.
const YES: &str = "--yes";

/// Settings are written by hand; more is something else.
const MOST_SETTINGS: u64 = 4 * 1024 * 1024;

/// The arguments for kubectl, and whether the user agrees beforehand.
pub(super) fn agreement(arguments: &[OsString]) -> (&[OsString], bool) {
    match arguments.split_first() {
        Some((first, rest)) if first == YES => (rest, true),
        _ => (
            arguments,
            variable("BOWLINE_YES").is_some_and(|value| value == "1"),
        ),
    }
}

/// Whether kubectl may run with these arguments, as far as the user protects contexts from it.
///
/// # Errors
/// [`CommandError`] where it may not. What cannot be known is taken for protected.
pub(super) fn check(
    environment: &Environment,
    arguments: &[OsString],
    agreed: bool,
) -> Result<(), CommandError> {
    let mut readings = Arguments::readings(arguments);
    readings.retain(|read| !read.offline && !read.is_harmless());
    if readings.is_empty() {
        return Ok(());
    }
    let guards = match guards(environment) {
        Ok(guards) => guards,
        Err(cause) => {
            let changing = |read: &&Arguments| read.command.changing().is_some();
            let Some(read) = readings.iter().find(changing) else {
                return Ok(());
            };
            let message = format!(
                "{} was not run: what is protected cannot be known: {cause}",
                escape(&read.command.name())
            );
            return Err(CommandError::new(exit::BAD_STATE, message));
        }
    };
    // Nobody is asked twice about one context because a flag can be read in two ways.
    let mut agreed_to: Vec<Place> = Vec::new();
    for read in &readings {
        if !guards.rules().iter().any(|rule| rule.holds(&read.command)) {
            continue;
        }
        for place in places(environment, read)? {
            let agreed = agreed || agreed_to.contains(&place);
            check_at(environment, read, &guards, &place, agreed)?;
            agreed_to.push(place);
        }
    }
    Ok(())
}

/// A context that a command is for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    context: String,
    server: Option<String>,
}

impl Place {
    fn shown(&self) -> String {
        let context = escape(&self.context);
        match &self.server {
            Some(server) => format!("{context} ({})", escape(server)),
            None => context.into_owned(),
        }
    }
}

fn check_at(
    environment: &Environment,
    read: &Arguments,
    guards: &Guards,
    place: &Place,
    agreed: bool,
) -> Result<(), CommandError> {
    let command = &read.command;
    let rules = guards.on(&place.context, command);
    if rules.is_empty() {
        return Ok(());
    }
    let lifts = lifts(environment);
    let now = now();
    let lift_of = |rule: &Rule| lifts.of(rule, &place.context, now);
    let Some(rule) = rules.iter().find(|rule| lift_of(rule).is_none()) else {
        let left = rules
            .iter()
            .filter_map(|rule| lift_of(rule))
            .map(|lift| lift.left(now));
        output::note(&format!(
            "{} is not protected for another {}",
            escape(&place.context),
            time(left.min().unwrap_or_default())
        ));
        return Ok(());
    };
    let what = format!("{} in {}", escape(&command.name()), place.shown());
    let by = format!("[protect.{:?}] of config.toml", escape(&rule.pattern));
    let lift = format!("bowline protect --lift {} 5m", argument(&place.context));
    let refused = |why: String| Err(CommandError::new(exit::BAD_INPUT, why));
    match rule.action {
        Guarding::Refuse => refused(format!(
            "{what} is refused by {by}; to lift that for five minutes: {lift}"
        )),
        Guarding::Confirm if agreed => Ok(()),
        Guarding::Confirm => {
            let Some(mut terminal) = Terminal::open() else {
                return refused(format!(
                    "{what} is protected by {by}, and there is no terminal to ask at: agree with `k --yes {} …` or BOWLINE_YES=1, or: {lift}",
                    escape(&command.name())
                ));
            };
            if !ask(&mut terminal, command, place, &what)? {
                return refused("kubectl was not run".to_owned());
            }
            // The current context may have become another one since.
            if places(environment, read)?.contains(place) {
                return Ok(());
            }
            refused(format!(
                "kubectl was not run: it would not go to {} any more",
                place.shown()
            ))
        }
    }
}

/// What the answer has to be.
fn ask(
    terminal: &mut Terminal,
    command: &Command,
    place: &Place,
    what: &str,
) -> Result<bool, CommandError> {
    let destroys = command.changing().is_some_and(|changing| changing.destroys);
    if !destroys {
        let answer = terminal.ask(&format!("{what}? [y/N]"))?;
        return Ok(matches!(answer.as_deref(), Some("y" | "Y" | "yes" | "Yes")));
    }
    // A name that not every keyboard has is not asked for.
    let name = place.context.as_str();
    let can_be_typed = !name.is_empty() && name.chars().all(|c| c.is_ascii_graphic());
    let (wanted, called) = if can_be_typed {
        (name, "the context's name")
    } else {
        ("yes", "yes")
    };
    let answer = terminal.ask(&format!("{what}? Type {called} to go on:"))?;
    Ok(answer.as_deref() == Some(wanted))
}

/// What is protected.
pub(in crate::commands) fn guards(environment: &Environment) -> Result<Guards, String> {
    // Without a home there are no settings, and nothing is protected.
    let Ok(file) = environment.settings_file() else {
        return Ok(Guards::default());
    };
    let mut content = Vec::new();
    let read = std::fs::File::open(file)
        .and_then(|open| open.take(MOST_SETTINGS + 1).read_to_end(&mut content));
    match read {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Guards::default()),
        Err(error) => return Err(format!("{}: {error}", file.display())),
        Ok(_) if content.len() as u64 > MOST_SETTINGS => {
            return Err(format!("{}: it is too large", file.display()));
        }
        Ok(_) => {}
    }
    Guards::read(&content).map_err(|error| format!("{}: {error}", file.display()))
}

fn lifts(environment: &Environment) -> Lifts {
    let Ok(file) = environment.lifts_file() else {
        return Lifts::default();
    };
    Lifts::load(&file).unwrap_or_else(|error| {
        output::note(&error.to_string());
        Lifts::default()
    })
}

/// The context that kubectl will use, and every other one whose cluster or server the command line names.
fn places(environment: &Environment, read: &Arguments) -> Result<Vec<Place>, CommandError> {
    let paths = environment.kubeconfig_paths(read.kubeconfig.as_deref())?;
    if is_read_once(&paths) {
        let message = format!(
            "{} was not run: whether its context is protected cannot be known, as the kubeconfig is a pipe, which kubectl alone can read: put it into a file",
            escape(&read.command.name())
        );
        return Err(CommandError::new(exit::BAD_INPUT, message));
    }
    let chain = Kubeconfigs::load(paths)?.chain;
    let current = || chain.current_context().map(|(_, name)| name);
    let own = read.context.as_deref().or_else(current);
    let server_of = |cluster: &str| Some(chain.cluster(cluster)?.value.server.as_str());
    let entries = chain.contexts().filter(|entry| {
        let cluster = entry.value.cluster.as_str();
        let same_server = |given: &str| server_of(cluster).is_some_and(|own| is_same(own, given));
        Some(entry.name) == own
            || read.cluster.as_deref() == Some(cluster)
            || read.server.as_deref().is_some_and(same_server)
    });
    let places = entries.map(|entry| {
        let cluster = read.cluster.as_deref().unwrap_or(&entry.value.cluster);
        let server = read.server.as_deref().or_else(|| server_of(cluster));
        Place {
            context: entry.name.to_owned(),
            // One that cannot be read may have a password in it.
            server: server
                .and_then(|server| Server::parse(server).ok())
                .map(|server| server.to_string()),
        }
    });
    Ok(places.collect())
}

/// `4 min`, or in seconds near the end.
fn time(left: Duration) -> String {
    match left.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds => format!("{} min", seconds / 60),
    }
}
