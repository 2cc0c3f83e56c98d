//! Which files a source names, by their names alone.

use std::path::Path;
use std::path::PathBuf;
use std::sync::mpsc;
use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::Instant;

use super::Kind;
use super::MOST_FILES;
use super::PATIENCE;
use super::Skip;
use super::written::Meaning;
use crate::session;

/// More names than are looked at in one source: a folder of so many is not one of kubeconfigs.
const MOST_NAMES: usize = 4 * MOST_FILES;

/// What a source names.
pub(super) struct Walk {
    pub(super) kind: Kind,
    /// Sorted; each with what its name alone says against it.
    pub(super) files: Vec<(PathBuf, Result<(), Skip>)>,
    pub(super) problem: Option<String>,
}

/// Looks at what is there now.
pub(super) fn walk(source: &Meaning, deadline: Instant) -> Walk {
    let of = |kind, files, problem| Walk {
        kind,
        files,
        problem,
    };
    if !source.path.is_absolute() {
        let problem = "it is relative, and would mean another place in every folder: write it from the root, or from ~/";
        return of(Kind::Gone, Vec::new(), Some(problem.to_owned()));
    }
    match std::fs::metadata(&source.path) {
        Ok(found) if found.is_dir() => {
            let (files, problem) = folder(&source.path, deadline);
            of(Kind::Folder, files, problem)
        }
        Ok(_) => of(Kind::File, vec![(source.path.clone(), Ok(()))], None),
        Err(_) if source.pattern.contains(['*', '?', '[']) => {
            let (paths, problem) = pattern(&source.pattern, deadline);
            let files = paths
                .into_iter()
                .map(|path| {
                    let given = by_name(&path, false);
                    (path, given)
                })
                .collect();
            of(Kind::Pattern, files, problem)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            of(Kind::Gone, Vec::new(), None)
        }
        Err(error) => of(Kind::Gone, Vec::new(), Some(error.to_string())),
    }
}

type Files = Vec<(PathBuf, Result<(), Skip>)>;

/// The files of a folder; folders in it are nothing to wonder about.
fn folder(path: &Path, deadline: Instant) -> (Files, Option<String>) {
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) => return (Vec::new(), Some(error.to_string())),
    };
    let (mut files, mut problem) = (Files::new(), None);
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                problem = Some(error.to_string());
                break;
            }
        };
        if files.len() >= MOST_NAMES {
            problem = Some(format!(
                "more than {MOST_NAMES} files; the rest is left out"
            ));
            break;
        }
        if Instant::now() > deadline {
            problem = Some(too_slow());
            break;
        }
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let path = entry.path();
        let given = by_name(&path, true);
        files.push((path, given));
    }
    files.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    (files, problem)
}

/// What a file's name says against it.
fn by_name(path: &Path, in_folder: bool) -> Result<(), Skip> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    if session::is_ours(path) {
        return Err(Skip::Session);
    }
    if ends(&[".lock"]) {
        return Err(Skip::Lock);
    }
    // emacs, most others, vim.
    if ends(&["~", ".bak", ".swp"]) {
        return Err(Skip::Backup);
    }
    if in_folder && name.starts_with('.') {
        return Err(Skip::Hidden);
    }
    Ok(())
}

enum Walked {
    File(PathBuf),
    Wrong(String),
    End,
}

/// What a pattern matches.
fn pattern(text: &str, deadline: Instant) -> (Vec<PathBuf>, Option<String>) {
    let (mut paths, mut problem) = (Vec::new(), None);
    let (sender, receiver) = mpsc::sync_channel(256);
    // A walk through folders cannot be interrupted. One that takes too long is left to itself.
    let walked = text.to_owned();
    if let Err(error) = thread::Builder::new().spawn(move || matches(&walked, &sender)) {
        return (paths, Some(error.to_string()));
    }
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match receiver.recv_timeout(left) {
            Ok(Walked::File(_)) if paths.len() >= MOST_NAMES => {
                problem = Some(format!(
                    "more than {MOST_NAMES} files; the rest is left out"
                ));
                break;
            }
            Ok(Walked::File(path)) => paths.push(path),
            Ok(Walked::Wrong(error)) => problem = Some(error),
            Ok(Walked::End) => break,
            Err(_) => {
                problem = Some(too_slow());
                break;
            }
        }
    }
    paths.sort_unstable();
    (paths, problem)
}

fn too_slow() -> String {
    let seconds = PATIENCE.as_secs();
    format!("not looked through within {seconds} s; the rest is left out")
}

/// Tells what a pattern matches, until nobody listens any more.
fn matches(pattern: &str, sender: &SyncSender<Walked>) {
    // As in a shell: `*` is within one folder, and not what is hidden.
    let options = glob::MatchOptions {
        require_literal_separator: true,
        require_literal_leading_dot: true,
        ..glob::MatchOptions::default()
    };
    match glob::glob_with(pattern, options) {
        Err(error) => {
            let _ = sender.send(Walked::Wrong(error.to_string()));
        }
        Ok(entries) => {
            for entry in entries {
                let said = match entry {
                    Ok(path) if path.is_dir() => continue,
                    Ok(path) => Walked::File(path),
                    Err(error) => Walked::Wrong(error.to_string()),
                };
                if sender.send(said).is_err() {
                    return;
                }
            }
        }
    }
    let _ = sender.send(Walked::End);
}
