//! How a source is written in config.toml, and what that means.

use std::path::Path;
use std::path::PathBuf;

/// What a source names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// The path, if it is one.
    pub path: PathBuf,
    /// The same as a pattern: what the home folder is called is none.
    pub pattern: String,
}

/// Why a path or pattern cannot be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotASource {
    /// config.toml is text.
    #[error(
        "its name is not Unicode, and cannot stand in config.toml: name the folder that it is in"
    )]
    NotUnicode,
    /// Nothing was named.
    #[error("an empty path names nothing")]
    Empty,
    /// The working folder is gone.
    #[error("the working folder is not known: give the whole path")]
    NoWorkingFolder,
}

/// Expands `~/` of a source.
pub fn meaning(written: &str, home: Option<&Path>) -> Meaning {
    let rest = written.strip_prefix("~/").or_else(|| {
        // The other separator of Windows.
        written.strip_prefix("~\\").filter(|_| cfg!(windows))
    });
    match (rest, home) {
        (Some(rest), Some(home)) => Meaning {
            path: home.join(rest),
            pattern: format!("{}/{rest}", glob::Pattern::escape(&home.to_string_lossy())),
        },
        _ if written == "~" && home.is_some() => Meaning {
            path: home.unwrap_or(Path::new("")).to_owned(),
            pattern: String::new(),
        },
        _ => Meaning {
            path: PathBuf::from(written),
            pattern: written.to_owned(),
        },
    }
}

/// How an argument is kept: as a whole path, since `dirs` is read in every folder. What stands in the home folder
/// is kept with `~/`, so that config.toml can be taken to another machine.
///
/// # Errors
/// [`NotASource`].
pub fn to_keep(
    argument: &Path,
    home: Option<&Path>,
    working: Option<&Path>,
) -> Result<String, NotASource> {
    let text = argument.to_str().ok_or(NotASource::NotUnicode)?;
    if text.is_empty() {
        return Err(NotASource::Empty);
    }
    if text == "~" || text.starts_with("~/") {
        return Ok(trimmed(text));
    }
    let whole = if argument.is_absolute() {
        text.to_owned()
    } else {
        let working = working.ok_or(NotASource::NoWorkingFolder)?;
        let folder = working.to_str().ok_or(NotASource::NotUnicode)?;
        // A file that is there is meant as it is; of a pattern, only what was typed is one.
        let folder = if argument_is_there(working, argument) {
            folder.to_owned()
        } else {
            glob::Pattern::escape(folder)
        };
        let rest = text.strip_prefix("./").unwrap_or(text);
        if rest == "." {
            folder
        } else {
            format!("{}/{rest}", folder.trim_end_matches('/'))
        }
    };
    let whole = trimmed(&whole);
    let in_home = home
        .and_then(Path::to_str)
        .filter(|home| home.len() > 1)
        .and_then(|home| whole.strip_prefix(home.trim_end_matches('/')))
        .and_then(|rest| rest.strip_prefix('/'));
    Ok(match in_home {
        Some(rest) if !rest.is_empty() => format!("~/{rest}"),
        _ => whole,
    })
}

fn argument_is_there(working: &Path, argument: &Path) -> bool {
    working.join(argument).symlink_metadata().is_ok()
}

/// Without separators at the end.
fn trimmed(text: &str) -> String {
    let short = text.trim_end_matches('/');
    if short.is_empty() { "/" } else { short }.to_owned()
}
