//! `bowline edit`.

pub(crate) mod copy;
mod editor;

use std::path::Path;
use std::path::PathBuf;

use kubeconfig::redact::escape;
use operations::failure::argument;
use operations::kubeconfigs::KubeconfigError;
use operations::lint::Finding;
use operations::lint::Present;
use operations::modify;
use operations::tidy::both::both;
use operations::tidy::edit::EditedError;
use operations::tidy::edit::Original;
use operations::tidy::edit::file_of;

use self::copy::Copy;
use self::editor::Editor;
use self::editor::End;
use super::block_on;
use super::exec::child::Signal;
use super::exec::child::Signals;
use crate::cli::edit::EditArgs;
use crate::environment;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;
use crate::output;
use crate::output::ask;

pub(crate) fn run(arguments: &EditArgs) -> Result<u8, CommandError> {
    let environment = Environment::find();
    let flag = arguments.files.kubeconfig.as_deref().map(Path::as_os_str);
    let chain = environment.own_kubeconfig_paths(flag)?;
    let path = chosen(&environment, arguments, &chain)?;
    let original = Original::read(&path).map_err(KubeconfigError::Read)?;
    let state = environment.state_folder()?;
    let given = match &arguments.from {
        None => original.text().to_vec(),
        Some(from) => taken_up(state, &original, from)?,
    };
    let editor = Editor::find()?;
    let store = environment.store()?;
    let mut copy = Copy::write(&store, state, &path, &original.text(), &given)?;
    let edited = loop {
        let status = match editor.open(&copy.path)? {
            End::Itself(status) => status,
            End::Asked(signal) => return Err(ended(&path, signal)),
        };
        let text = copy.text()?.unwrap_or_default();
        if !status.success() {
            return Err(aborted(&mut copy, &path, text != given, status));
        }
        if text == *original.text() {
            output::note(&format!("{} is unchanged", path.display()));
            return Ok(exit::OK);
        }
        if text.trim_ascii().is_empty() {
            output::note(&format!(
                "{} is unchanged: the text came back empty",
                path.display()
            ));
            return Ok(exit::OK);
        }
        match original.edited(&text) {
            Ok(edited) => break edited,
            Err(error) if output::is_interactive() => {
                output::note(&error.to_string());
                match again()? {
                    Answer::Again => {}
                    Answer::Enough => return Err(refused(&mut copy, &path, &error)),
                    Answer::Asked(signal) => return Err(ended(&path, signal)),
                }
            }
            Err(error) => return Err(refused(&mut copy, &path, &error)),
        }
    };
    let news = original.news(&chain, &edited, &present(&environment));
    let summary = format!("edit {}", escape(&path.to_string_lossy()));
    match original.replace(&store, &edited, &summary) {
        Ok(_) => {}
        Err(error) => return Err(refused(&mut copy, &path, &error)),
    }
    if let Some(from) = &arguments.from {
        copy::remove_kept(state, from);
    }
    warn(&news);
    output::print(&output::plain(&format!("wrote {}\n", path.display())))?;
    Ok(exit::OK)
}

/// The text of a copy, with what others changed in the file since the copy was made.
fn taken_up(state: &Path, original: &Original, from: &Path) -> Result<Vec<u8>, CommandError> {
    let text = store::read(from)?.ok_or_else(|| {
        let message = format!("--from: {} does not exist", from.display());
        CommandError::new(exit::BAD_INPUT, message)
    })?;
    let now = original.text();
    let Some(before) = copy::before_kept(state, from)?.filter(|before| *before != *now) else {
        return Ok(text);
    };
    let (file, copy) = (original.path.display(), from.display());
    let Some(both) = both(&before, &text, &now) else {
        let message = format!(
            "{file} was changed since {copy} was made from it, in the same lines; nothing was written: compare them, and bring your change over with `bowline edit {}`",
            argument(&original.path.to_string_lossy())
        );
        return Err(CommandError::new(exit::BAD_INPUT, message));
    };
    output::note(&format!(
        "{file} was changed since {copy} was made from it: the editor has both changes"
    ));
    Ok(both.to_vec())
}

/// The file that is meant. A context comes first: no file of the working folder may get in its way.
fn chosen(
    environment: &Environment,
    arguments: &EditArgs,
    chain: &[PathBuf],
) -> Result<PathBuf, CommandError> {
    let Some(what) = &arguments.what else {
        let files = modify::Files {
            paths: chain.to_vec(),
            explicit: arguments.files.kubeconfig.is_some(),
        };
        return Ok(files.destination().to_owned());
    };
    if let Some(file) = file_of(chain, what) {
        return Ok(file);
    }
    let path = environment.expand(Path::new(what));
    if path.is_file() {
        return Ok(std::path::absolute(path)?);
    }
    if path.is_dir() {
        let message = format!("{} is a folder: name a file in it", escape(what));
        return Err(CommandError::new(exit::BAD_INPUT, message));
    }
    if let Some(context) = environment.settings()?.aliases.get(what) {
        let message = format!(
            "{} is an alias of the context {}: name that one",
            escape(what),
            escape(context)
        );
        return Err(CommandError::new(exit::BAD_INPUT, message));
    }
    // Says what there is.
    let known = operations::Kubeconfigs::load(chain.to_vec())?;
    match known.require_context(what) {
        Err(error @ KubeconfigError::NoSuchContext { .. }) => Err(CommandError::new(
            exit::BAD_INPUT,
            format!("there is no file {}, and {error}", escape(what)),
        )),
        Err(error) => Err(error.into()),
        Ok(entry) => Ok(entry.file.to_owned()),
    }
}

fn present(environment: &Environment) -> Present<'_> {
    Present {
        now: i64::try_from(operations::world::now().as_secs()).unwrap_or(i64::MAX),
        horizon: 0,
        home: environment.home(),
        find_program: &|name| environment::find_program(name, |_| true),
    }
}

/// More than anybody reads after an edit.
const MOST: usize = 8;

fn warn(news: &[Finding]) {
    for finding in news.iter().take(MOST) {
        output::note(&format!("warning: {} ({})", finding.evidence, finding.rule));
    }
    if news.len() > MOST {
        output::note(&format!(
            "and {} more: bowline lint",
            output::count(news.len() - MOST, "warning")
        ));
    }
}

/// What is to be done about a broken text.
enum Answer {
    Again,
    Enough,
    /// This program was asked to end.
    Asked(Signal),
}

/// Asks whether to open the editor again; nothing but no is no.
fn again() -> Result<Answer, CommandError> {
    let answer = block_on(async {
        // They were taken from the system for the time of the editor, and are not given back.
        let mut signals = Signals::listen()?;
        let answer = tokio::task::spawn_blocking(|| ask::answer("edit it again? [Y/n]"));
        tokio::select! {
            answer = answer => answer.unwrap_or(Ok(None)).map(|answer| {
                // The end of the input is no answer, and would be none the next time.
                let is_no = answer.is_none_or(|answer| matches!(answer.as_str(), "n" | "N" | "no" | "No"));
                if is_no { Answer::Enough } else { Answer::Again }
            }),
            signal = signals.next() => Ok(if signal.is_a_terminals() {
                Answer::Enough
            } else {
                Answer::Asked(signal)
            }),
        }
    })?;
    Ok(answer?)
}

/// Nothing is kept: nobody reads any more where it is.
fn ended(path: &Path, signal: Signal) -> CommandError {
    let message = format!(
        "it was asked to end by a signal; {} is as it was, and the copy is removed",
        path.display()
    );
    CommandError::new(signal.number().saturating_add(128), message)
}

fn aborted(
    copy: &mut Copy,
    path: &Path,
    differs: bool,
    status: std::process::ExitStatus,
) -> CommandError {
    let message = format!(
        "the editor failed ({status}); {} is as it was",
        path.display()
    );
    let kept = if differs {
        kept(copy, path)
    } else {
        String::new()
    };
    CommandError::new(exit::FAILED, format!("{message}{kept}"))
}

fn refused(copy: &mut Copy, path: &Path, error: &EditedError) -> CommandError {
    let code = match error {
        EditedError::Broken { .. } => exit::BAD_INPUT,
        EditedError::Changed { .. } | EditedError::Store(_) => exit::FAILED,
    };
    CommandError::new(code, format!("{error}{}", kept(copy, path)))
}

/// Keeps what was typed, and says where it is and how to go on.
fn kept(copy: &mut Copy, path: &Path) -> String {
    if let Err(error) = copy.keep() {
        return format!("; what you wrote could not be kept: {error}");
    }
    format!(
        "; what you wrote is kept in {}; to go on with it: bowline edit --from {} {}",
        copy.path.display(),
        argument(&copy.path.to_string_lossy()),
        argument(&path.to_string_lossy())
    )
}
