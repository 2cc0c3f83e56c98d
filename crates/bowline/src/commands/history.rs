//! `bowline history`, `undo`, `redo`, `unlock`: what was changed, and taking it back.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;
use std::time::SystemTime;

use kubeconfig::Document;
use kubeconfig::redact;
use operations::lost;
use operations::lost::Lost;
use operations::modify::note;
use serde_json::json;
use store::Details;
use store::Group;
use store::GroupState;
use store::Purge;
use store::Store;
use store::UndoError;
use store::delta;

use crate::cli::HistoryArgs;
use crate::cli::HistoryCommand;
use crate::cli::PurgeArgs;
use crate::cli::RedoArgs;
use crate::cli::StructuredFormat;
use crate::cli::UndoArgs;
use crate::cli::UnlockArgs;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;
use crate::output;
use crate::output::plain;
use crate::output::structured;
use crate::output::table::table;

/// Lists the changes, or shows or deletes some.
pub(crate) fn history(arguments: &HistoryArgs) -> Result<u8, CommandError> {
    let environment = Environment::find();
    let store = environment.store()?;
    match &arguments.command {
        Some(HistoryCommand::Show { number }) => show(&environment, &store, *number),
        Some(HistoryCommand::Purge(arguments)) => purge(&store, arguments),
        None => list(&store, arguments),
    }
}

fn list(store: &Store, arguments: &HistoryArgs) -> Result<u8, CommandError> {
    let groups = store.history()?;
    if let Some(format) = arguments.output {
        let changes: Vec<_> = groups.iter().map(value).collect();
        let value = json!({ "schema": 1, "changes": changes });
        let text = match format {
            StructuredFormat::Json => structured::json(&value),
            StructuredFormat::Yaml => structured::yaml(&value),
        };
        output::print(&text)?;
        return Ok(exit::OK);
    }
    if groups.is_empty() {
        output::note("nothing was changed yet");
        return Ok(exit::OK);
    }
    let rows: Vec<_> = groups
        .iter()
        .map(|group| {
            let files: Vec<_> = group
                .files
                .iter()
                .map(|file| plain(&file.to_string_lossy()))
                .collect();
            vec![
                group.number.to_string(),
                time(group.time),
                plain(&group.summary),
                state(group),
                files.join(", "),
            ]
        })
        .collect();
    output::print(&table(
        &["NUMBER", "TIME", "CHANGE", "STATE", "FILES"],
        &rows,
    ))?;
    Ok(exit::OK)
}

/// UTC, to the second.
fn time(time: SystemTime) -> String {
    jiff::Timestamp::try_from(time)
        .map(|time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
        .unwrap_or_default()
}

fn state(group: &Group) -> String {
    match (group.undone_by, group.state) {
        (Some(by), _) => format!("undone by {by}"),
        (None, GroupState::Done) if group.forgotten => "done, content deleted".to_owned(),
        (None, GroupState::Done) => "done".to_owned(),
        (None, GroupState::Partly) => "done in part".to_owned(),
        (None, GroupState::NotDone) => "never happened".to_owned(),
        (None, GroupState::Unknown) => "unknown".to_owned(),
    }
}

fn value(group: &Group) -> serde_json::Value {
    let files: Vec<_> = group
        .files
        .iter()
        .map(|file| file.to_string_lossy())
        .collect();
    json!({
        "number": group.number,
        "time": time(group.time),
        "summary": group.summary,
        "files": files,
        "state": match group.state {
            GroupState::Done => "done",
            GroupState::Partly => "partly",
            GroupState::NotDone => "notDone",
            GroupState::Unknown => "unknown",
        },
        "undoes": group.undoes,
        "undoneBy": group.undone_by,
        "replacesCredentials": group.replaces_credentials,
        "forgotten": group.forgotten,
    })
}

fn show(environment: &Environment, store: &Store, number: u64) -> Result<u8, CommandError> {
    let groups = store.history()?;
    let Some(group) = groups.iter().find(|group| group.number == number) else {
        return Err(UndoError::NoSuchGroup { number }.into());
    };
    let mut text = format!(
        "{}  {}  {}  {}\n",
        group.number,
        time(group.time),
        plain(&group.summary),
        state(group)
    );
    for entry in &group.entries {
        if let Some(details) = store.entry(*entry)? {
            text.push_str(&changes(environment, &details));
        }
    }
    output::print(&text)?;
    Ok(exit::OK)
}

/// What an entry changed, with everything secret hidden.
fn changes(environment: &Environment, details: &Details) -> String {
    let path = plain(&details.summary.path.to_string_lossy());
    if details.forgotten {
        return format!(
            "{path}: what changed was deleted from the journal because of a secret in it\n"
        );
    }
    if let Some((before, after)) = states(details) {
        if environment.is_settings(&details.summary.path) {
            let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
            return redact::plain_diff(&text(&before), &text(&after), &path);
        }
        return redact::diff(&before, &after, &path);
    }
    // The file is another one by now. A piece of a line cannot be redacted, whole entries can.
    let touched = details.note.as_ref().map(note::read).unwrap_or_default();
    if touched.is_empty() {
        let sizes = details.deltas.iter().map(|delta| {
            format!(
                "  at byte {}: {} bytes became {}\n",
                delta.offset,
                delta.removed.len(),
                delta.inserted.len()
            )
        });
        return format!(
            "{path}: changed since, so that only the size of the change can be shown\n{}",
            sizes.collect::<String>()
        );
    }
    touched
        .iter()
        .map(|touched| {
            let text = |text: &Option<String>| text.clone().unwrap_or_default().into_bytes();
            let title = format!("{path} ({} {})", touched.list, plain(&touched.name));
            redact::diff(&text(&touched.before), &text(&touched.after), &title)
        })
        .collect()
}

/// The file before and after a change, where it is still one of the two.
fn states(details: &Details) -> Option<(Vec<u8>, Vec<u8>)> {
    let now = store::read(&details.summary.path).ok()?;
    let (exists, now) = (now.is_some(), now.unwrap_or_default());
    if details.is_after(&now) || (!exists && details.after.is_none()) {
        let before = delta::apply(&now, &delta::inverse(&details.deltas))?;
        return Some((before, now));
    }
    if details.is_before(&now) || (!exists && details.before.is_none()) {
        let after = delta::apply(&now, &details.deltas)?;
        return Some((now, after));
    }
    None
}

fn purge(store: &Store, arguments: &PurgeArgs) -> Result<u8, CommandError> {
    let numbers: BTreeSet<u64> = arguments.numbers.iter().copied().collect();
    let what = match (arguments.all, arguments.older_than) {
        (true, _) => Purge::All,
        (false, Some(days)) => Purge::OlderThan(Duration::from_hours(24 * u64::from(days))),
        (false, None) => Purge::Groups(numbers.iter().copied().collect()),
    };
    // A damaged entry keeps the others from being listed, and may be the one that is to go.
    let known = store.history().ok();
    let count = store.purge(&what)?;
    let plural = if count == 1 { "" } else { "s" };
    output::print(&format!("purged {count} change{plural} from the history\n"))?;
    if count >= numbers.len() {
        return Ok(exit::OK);
    }
    let Some(known) = known else {
        let asked = numbers.len();
        let message = format!("only {count} of {asked} changes were in the history");
        return Err(CommandError::new(exit::FAILED, message));
    };
    let is_known = |number: &u64| known.iter().any(|group| group.number == *number);
    let unknown = numbers.iter().filter(|number| !is_known(number));
    let unknown: Vec<_> = unknown.map(ToString::to_string).collect();
    let unknown = unknown.join(", ");
    let message = format!("there is no change {unknown}; bowline history lists them");
    Err(CommandError::new(exit::FAILED, message))
}

/// Takes a change back.
pub(crate) fn undo(arguments: &UndoArgs) -> Result<u8, CommandError> {
    let environment = Environment::find();
    let store = environment.store()?;
    match store.undo(arguments.number, arguments.reinstate) {
        Ok(undone) => {
            said("undid", &undone)?;
            super::session::tell_bare(&environment);
        }
        Err(UndoError::Changed { number, files }) => {
            let explained = three_ways(&store, number)?;
            let error = UndoError::Changed { number, files };
            return Err(CommandError::new(
                exit::FAILED,
                format!("{error}; nothing was undone\n{explained}"),
            ));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(exit::OK)
}

/// What a change did to each entry, and what became of the entry since: what stands in the way of an undo.
fn three_ways(store: &Store, number: u64) -> Result<String, CommandError> {
    let groups = store.history()?;
    let group = groups.iter().find(|group| group.number == number);
    let mut text = String::new();
    for entry in group
        .map(|group| group.entries.as_slice())
        .unwrap_or_default()
    {
        let Some(details) = store.entry(*entry)? else {
            continue;
        };
        let path = plain(&details.summary.path.to_string_lossy());
        let now = store::read(&details.summary.path)?.unwrap_or_default();
        let document = Document::parse(now).ok();
        for touched in details.note.as_ref().map(note::read).unwrap_or_default() {
            let name = format!("{} {}", touched.list, plain(&touched.name));
            let bytes = |text: &Option<String>| text.clone().unwrap_or_default().into_bytes();
            let (before, after) = (bytes(&touched.before), bytes(&touched.after));
            // Writing to a string cannot fail.
            let _ = writeln!(text, "change {number} did this to {name} of {path}:");
            text.push_str(&redact::diff(&before, &after, &name));
            let now = document
                .as_ref()
                .and_then(|document| touched.now(document.config()));
            let since = redact::diff(&after, &bytes(&now), &name);
            if since.is_empty() {
                text.push_str(
                    "and nothing was done to it since; other parts of the file changed\n",
                );
            } else {
                text.push_str("and since then this was done to it:\n");
                text.push_str(&since);
            }
        }
    }
    Ok(text)
}

/// Takes an undo back, or makes changes again that another program took back.
pub(crate) fn redo(arguments: &RedoArgs) -> Result<u8, CommandError> {
    let environment = Environment::find();
    let store = environment.store()?;
    let flag = arguments.files.kubeconfig.as_deref().map(Path::as_os_str);
    let lost = match arguments.number {
        Some(number) => lost_again(&store, number)?,
        // After an undo, `redo` means that.
        None if newest_is_undo(&store)? => Vec::new(),
        None => {
            let mut found = Vec::new();
            for file in environment.kubeconfig_paths(flag)? {
                found.push(lost::find(&store, &file)?);
            }
            found
        }
    };
    let mut redone = BTreeSet::new();
    for lost in &lost {
        // One file may be in the chain twice.
        let Some(first) = lost
            .first()
            .filter(|first| redone.insert(first.file.clone()))
        else {
            continue;
        };
        let file = plain(&first.file.to_string_lossy());
        lost::redo(&store, lost)?;
        for lost in lost {
            let summary = plain(&lost.summary);
            output::print(&format!("redid {}: {summary} in {file}\n", lost.group))?;
        }
    }
    if redone.is_empty() {
        said("redid", &store.redo(arguments.number)?)?;
    }
    super::session::tell_bare(&environment);
    Ok(exit::OK)
}

/// A change by its number, where another program took it back.
fn lost_again(store: &Store, number: u64) -> Result<Vec<Vec<Lost>>, CommandError> {
    let groups = store.history()?;
    let group = groups.iter().find(|group| group.number == number);
    let mut found = Vec::new();
    for file in group
        .map(|group| group.files.as_slice())
        .unwrap_or_default()
    {
        let mut lost = lost::find(store, file)?;
        lost.retain(|lost| lost.group == number);
        found.push(lost);
    }
    Ok(found)
}

/// Whether the last thing that was done is an undo.
fn newest_is_undo(store: &Store) -> Result<bool, CommandError> {
    let groups = store.history()?;
    let newest = groups.last().and_then(|group| group.undoes);
    // The undo of an undo is a redo.
    Ok(newest.is_some_and(|undone| {
        let undone = groups.iter().find(|group| group.number == undone);
        undone.is_some_and(|group| group.undoes.is_none())
    }))
}

fn said(verb: &str, undone: &store::Undone) -> Result<(), CommandError> {
    let files: Vec<_> = undone
        .files
        .iter()
        .map(|file| plain(&file.to_string_lossy()))
        .collect();
    let place = match files.as_slice() {
        [] => ": the files were so already".to_owned(),
        files => format!(" in {}", files.join(", ")),
    };
    output::print(&format!(
        "{verb} {}: {}{place}\n",
        undone.number,
        plain(&undone.summary)
    ))?;
    Ok(())
}

/// Removes lock files that somebody left behind.
pub(crate) fn unlock(arguments: &UnlockArgs) -> Result<u8, CommandError> {
    let environment = Environment::find();
    let store = environment.store()?;
    let files = if arguments.files.is_empty() {
        environment.kubeconfig_paths(None)?
    } else {
        arguments.files.clone()
    };
    let mut found = false;
    for file in &files {
        for removed in store.unlock(file)? {
            found = true;
            let owner = removed.owner.map_or_else(String::new, |pid| {
                format!(", left by bowline process {pid}")
            });
            output::print(&format!(
                "removed {}{owner}\n",
                plain(&removed.lock.to_string_lossy())
            ))?;
        }
    }
    if !found {
        output::print("no lock was there\n")?;
    }
    Ok(exit::OK)
}
