//! `bowline prompt`: what is chosen here, before every command line. It may take no time and must never fail.

mod template;

use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use operations::choose::Selection;
use operations::prompt;
use operations::prompt::Remembered;
use operations::prompt::Said;
use operations::session;
use operations::world::now;

use self::template::Values;
use super::k::guard::guards;
use crate::cli::prompt::PromptArgs;
use crate::environment::Environment;
use crate::exit;
use crate::output;

/// What is printed where a terminal's own choice is gone.
const LOST: &str = "context lost: bowline use";

/// The arguments alone: to build the whole command line takes longer than everything else.
#[derive(Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
struct Alone {
    #[command(flatten)]
    arguments: PromptArgs,
}

/// Runs the command; `None` where the whole command line has to say something, as help.
pub(crate) fn run_early(arguments: &[OsString]) -> Option<ExitCode> {
    if arguments
        .iter()
        .any(|word| word == "--help" || word == "-h")
    {
        return None;
    }
    match Alone::try_parse_from(arguments) {
        Ok(alone) => Some(ExitCode::from(run(&alone.arguments))),
        // A prompt that is full of errors is no prompt.
        Err(_) if !arguments.iter().any(|word| word == "--debug") => Some(ExitCode::SUCCESS),
        Err(_) => None,
    }
}

/// Runs the command.
pub(crate) fn run(arguments: &PromptArgs) -> u8 {
    let answered = std::panic::catch_unwind(|| answer(arguments));
    match answered {
        Ok(Ok(text)) if text.is_empty() => {}
        Ok(Ok(text)) => {
            let _ = output::print(&format!("{text}\n"));
        }
        Ok(Err(why)) => debug(arguments, &why),
        Err(_) => debug(arguments, "the program failed"),
    }
    exit::OK
}

fn debug(arguments: &PromptArgs, text: &str) {
    if arguments.debug {
        output::note(text);
    }
}

fn answer(arguments: &PromptArgs) -> Result<String, String> {
    let environment = Environment::find();
    let shell = arguments.shell;
    let said = match chosen(&environment, arguments)? {
        Chosen::Lost => return Ok(template::safe(LOST, shell)),
        Chosen::Nothing => return Err("no context is chosen".to_owned()),
        Chosen::Said(said) => said,
    };
    let protected = match guards(&environment) {
        Ok(guards) => guards.rules().iter().any(|rule| rule.covers(&said.context)),
        Err(why) => {
            debug(arguments, &why);
            // As `k` has it: what cannot be known is taken for protected.
            true
        }
    };
    let values = Values {
        context: template::safe(&said.context, shell),
        namespace: template::safe(&said.namespace, shell),
        protected,
    };
    template::fill(arguments.format.as_deref(), &values)
}

enum Chosen {
    Said(Said),
    Nothing,
    /// The session's file vanished, or cannot be read, and the guard stands behind it.
    Lost,
}

fn chosen(environment: &Environment, arguments: &PromptArgs) -> Result<Chosen, String> {
    let paths = environment
        .kubectl_paths(None)
        .map_err(|error| error.to_string())?;
    let own = session::of_the_user(&paths);
    let ours = paths
        .iter()
        .enumerate()
        .filter(|(_, path)| session::is_ours(path));
    for (place, path) in ours {
        let before = session::of_the_user(paths.get(..place).unwrap_or_default());
        if !before.is_empty() {
            // The first current context of the list is in force (client-go `tools/clientcmd/loader.go`, `Load`).
            let said = of_files(environment, arguments, &before, None)?;
            if !said.context.is_empty() {
                break;
            }
        }
        if session::is_guard(path) {
            debug(arguments, "this terminal's own choice is gone");
            super::session::guard_again(environment);
            return Ok(Chosen::Lost);
        }
        match session::read(path) {
            Ok(None) => {}
            Ok(Some(session)) => {
                if let Some(chosen) = session::selection(&session) {
                    debug(arguments, &format!("{}", path.display()));
                    return Ok(in_session(environment, arguments, &own, chosen));
                }
            }
            Err(error) => {
                debug(arguments, &error.to_string());
                return Ok(Chosen::Lost);
            }
        }
    }
    if session::is_lost(&paths) {
        debug(arguments, "the file of this terminal's session is gone");
        return Ok(Chosen::Lost);
    }
    let said = of_files(environment, arguments, &own, None)?;
    Ok(if said.context.is_empty() {
        Chosen::Nothing
    } else {
        Chosen::Said(said)
    })
}

fn in_session(
    environment: &Environment,
    arguments: &PromptArgs,
    own: &[PathBuf],
    chosen: Selection,
) -> Chosen {
    let Some(namespace) = chosen.namespace else {
        // Files that cannot be read now do not change what is chosen.
        let said = of_files(environment, arguments, own, Some(&chosen.context));
        return Chosen::Said(said.unwrap_or_else(|why| {
            debug(arguments, &why);
            Said {
                context: chosen.context.clone(),
                namespace: String::new(),
            }
        }));
    };
    Chosen::Said(Said {
        context: chosen.context,
        namespace,
    })
}

/// What the user's files say, from the cache where it holds. Those that `dirs` gives are looked at last: there may be
/// a thousand of them, and most terminals have their context before them.
fn of_files(
    environment: &Environment,
    arguments: &PromptArgs,
    own: &[PathBuf],
    of: Option<&str>,
) -> Result<Said, String> {
    // The same words mean another file in another folder.
    let own: Vec<_> = own
        .iter()
        .filter_map(|path| std::path::absolute(path).ok())
        .collect();
    let state = environment.state_folder().ok();
    let cache = state.map(|state| state.join(prompt::FILE));
    let remembered = cache.as_deref().map(Remembered::load).unwrap_or_default();
    let known = |paths: &[PathBuf], more| {
        let said = remembered.answer(paths, of, more).cloned();
        if said.is_some() {
            debug(arguments, "from the cache");
        }
        said
    };
    if let Some(said) = known(&own, true) {
        return Ok(said);
    }
    let more = environment
        .dir_candidates(&own)
        .map_err(|error| error.to_string())?;
    let all = [own.as_slice(), &more].concat();
    if let Some(said) = known(&all, false) {
        return Ok(said);
    }
    let store = environment.store().ok();
    let keep = store.as_ref().zip(cache.as_deref());
    let look = |paths: &[PathBuf], watched: &[PathBuf]| {
        let looked = prompt::look(keep, paths, watched, of, now());
        looked.map_err(|errors| {
            errors
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("; ")
        })
    };
    let mut looked = look(&own, &own)?;
    if !looked.is_decided && !more.is_empty() {
        let given = environment.dirs(&own).map_err(|error| error.to_string())?;
        let given = given.files().map(Path::to_owned);
        let paths: Vec<_> = own.into_iter().chain(given).collect();
        looked = look(&paths, &all)?;
    }
    debug(arguments, "from the kubeconfigs");
    if let Some(trouble) = &looked.trouble {
        debug(arguments, &format!("it is not remembered: {trouble}"));
    }
    Ok(looked.said)
}
