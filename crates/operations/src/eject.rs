//! What bowline set up on this machine, and taking it away: what it knows by itself, its settings, and what in
//! the user's own files loads it. Kubeconfigs are never touched: they hold real addresses.

use std::fs;
use std::io;
use std::io::Read as _;
use std::path::Path;
use std::path::PathBuf;

use kubeconfig::Cluster;
use kubeconfig::Document;
use kubeconfig::User;
use kubeconfig::chain::resolve;

use crate::authorities;
use crate::session;
use crate::session::Sessions;

/// Where things of ours may be.
#[derive(Clone, Debug)]
pub struct Places {
    /// The state folder.
    pub state: PathBuf,
    /// Whether the state folder is bowline's alone, and not one that somebody named: then everything in it is ours.
    pub is_alone: bool,
    /// `config.toml`.
    pub settings: PathBuf,
    /// The files that shells read when they start.
    pub shell_files: Vec<PathBuf>,
    /// The user's kubeconfigs.
    pub kubeconfigs: Vec<PathBuf>,
    /// This program.
    pub program: Option<PathBuf>,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Belongings {
    /// What is ours in the state folder, and nothing else.
    pub state: Vec<PathBuf>,
    /// What else is in that folder, and stays.
    pub strange: Vec<PathBuf>,
    /// Choices of terminals: those that still run have such a file in their KUBECONFIG.
    pub sessions: Vec<PathBuf>,
    /// The guard, which stays while terminals live that have it in their KUBECONFIG: without it kubectl would go on
    /// there with the kubeconfig's context.
    pub guard: Option<PathBuf>,
    /// `config.toml`, where it exists.
    pub settings: Option<PathBuf>,
    /// Lines of the user's own files that name bowline.
    pub hooks: Vec<Hook>,
    /// Entries of kubeconfigs that would not work without us.
    pub ties: Vec<Tie>,
}

impl Belongings {
    /// Whether there is nothing to remove.
    pub fn is_empty(&self) -> bool {
        self.state.is_empty() && self.settings.is_none()
    }

    /// Leaves the guard, where there is one.
    pub fn leave(&mut self, guard: &Path) {
        let before = self.state.len();
        self.state.retain(|path| path != guard);
        if self.state.len() < before {
            self.guard = Some(guard.to_owned());
        }
    }
}

/// A line of a file of the user's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// What stands there.
    pub text: String,
}

/// An entry of a kubeconfig that needs something of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tie {
    /// The kubeconfig.
    pub file: PathBuf,
    /// `cluster` or `user`.
    pub kind: &'static str,
    /// The entry's name.
    pub name: String,
    /// The field that leads to us.
    pub field: &'static str,
}

/// Why something could not be removed.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be removed: {source}", .path.display())]
pub struct EjectError {
    /// What.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// What bowline writes into its state folder. A folder that somebody named may hold other things, too.
const OURS: &[&str] = &[
    "state.json",
    "issued.json",
    "kubectl.json",
    "lifts.json",
    "selections.json",
    "told.json",
    authorities::FILE,
    crate::namespaces::FILE,
    crate::prompt::FILE,
    session::GUARD_FILE,
    "sessions",
    "edits",
    "journal",
    "locks",
];

/// More than any file that a shell reads when it starts.
const LARGEST: u64 = 4 << 20;

/// Looks what there is.
pub fn find(places: &Places) -> Belongings {
    let mut found = Belongings::default();
    for path in entries(&places.state) {
        let name = path.file_name().unwrap_or_default();
        if places.is_alone || OURS.iter().any(|ours| *ours == name) {
            found.state.push(path);
        } else {
            found.strange.push(path);
        }
    }
    let sessions = entries(&places.state.join("sessions"));
    found.sessions = sessions
        .into_iter()
        .filter(|path| session::is_session(path))
        .collect();
    let sessions = Sessions::new(&places.state);
    let lives = |session: &PathBuf| {
        let shell = sessions.shell_of(session);
        shell.is_some_and(|shell| shell.is_alive())
    };
    if found.sessions.iter().any(lives) {
        found.leave(sessions.guard());
    }
    found.settings = exists(&places.settings).then(|| places.settings.clone());
    found.hooks = places
        .shell_files
        .iter()
        .flat_map(|file| hooks(file.as_path()))
        .collect();
    found.ties = ties(places);
    found
}

/// What is in a folder, in a stable order; nothing where there is none.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = read.filter_map(|it| Some(it.ok()?.path())).collect();
    paths.sort();
    paths
}

/// Whether something is there, be it a link to nowhere.
fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// The lines that name bowline, comments apart.
fn hooks(file: &Path) -> Vec<Hook> {
    let mut bytes = Vec::new();
    // A pipe would be waited for.
    if !fs::metadata(file).is_ok_and(|found| found.is_file()) {
        return Vec::new();
    }
    let Ok(open) = fs::File::open(file) else {
        return Vec::new();
    };
    if open.take(LARGEST).read_to_end(&mut bytes).is_err() {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().zip(1..);
    lines
        .filter(|(text, _)| !text.trim_start().starts_with('#') && names_us(text))
        .map(|(text, line)| Hook {
            file: file.to_owned(),
            line,
            text: text.trim().to_owned(),
        })
        .collect()
}

/// Whether a line has the word: `bowline`, `bowline.exe`, `/opt/bowline/bin`, and not `mybowlines`.
fn names_us(line: &str) -> bool {
    let is_part = |char: Option<char>| char.is_some_and(char::is_alphanumeric);
    line.match_indices("bowline").any(|(at, word)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + word.len()..);
        !is_part(before) && !is_part(after.and_then(|text| text.chars().next()))
    })
}

/// A field that may lead to us, and how it is read.
type Field<T> = (&'static str, fn(&T) -> Option<&str>);

/// Fields of clusters that name files.
const OF_CLUSTER: [Field<Cluster>; 1] = [("certificate-authority", |cluster| {
    cluster.certificate_authority.as_deref()
})];

/// Fields of users that name files or programs.
const OF_USER: [Field<User>; 4] = [
    ("client-certificate", |user| {
        user.client_certificate.as_deref()
    }),
    ("client-key", |user| user.client_key.as_deref()),
    ("tokenFile", |user| user.token_file.as_deref()),
    ("exec.command", |user| {
        Some(user.exec.as_ref()?.command.as_str())
    }),
];

/// The entries that need something of ours: a file of the state folder, or this program. A kubeconfig that cannot
/// be read works for nobody.
fn ties(places: &Places) -> Vec<Tie> {
    let mut ties = Vec::new();
    for file in &places.kubeconfigs {
        let Some(Ok(document)) = store::read(file).ok().flatten().map(Document::parse) else {
            continue;
        };
        let leads_to_us = |value: &str| {
            let path = resolve(file, value);
            // A bare name is looked for on PATH.
            value == "bowline"
                || path.starts_with(&places.state)
                || places.program.as_ref() == Some(&path)
        };
        let mut tie = |kind, name: &str, field| {
            ties.push(Tie {
                file: file.clone(),
                kind,
                name: name.to_owned(),
                field,
            });
        };
        for cluster in &document.config().clusters {
            for (field, value) in OF_CLUSTER {
                if value(&cluster.value).is_some_and(leads_to_us) {
                    tie("cluster", &cluster.name, field);
                }
            }
        }
        for user in &document.config().users {
            for (field, value) in OF_USER {
                if value(&user.value).is_some_and(leads_to_us) {
                    tie("user", &user.name, field);
                }
            }
        }
    }
    ties
}

/// Removes what was found, the settings only if `settings` says so. A link goes, what it leads to stays.
///
/// # Errors
/// [`EjectError`] for the first that cannot be removed; those after it are still there.
pub fn remove(places: &Places, found: &Belongings, settings: bool) -> Result<(), EjectError> {
    for path in &found.state {
        remove_one(path)?;
    }
    if !found.state.is_empty() {
        remove_empty(&places.state);
    }
    if let Some(path) = found.settings.as_ref().filter(|_| settings) {
        remove_one(path)?;
        // Only a folder of ours: a file that BOWLINE_CONFIG names may lie anywhere.
        if let Some(folder) = path.parent().filter(|it| it.ends_with("bowline")) {
            remove_empty(folder);
        }
    }
    Ok(())
}

fn remove_one(path: &Path) -> Result<(), EjectError> {
    let is_folder = path.symlink_metadata().map(|found| found.is_dir());
    let removed = match is_folder {
        Ok(true) => fs::remove_dir_all(path),
        Ok(false) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        // Another program was quicker.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
    .map_err(|source| EjectError {
        path: path.to_owned(),
        source,
    })
}

/// A folder that somebody else put something into, or that is a link of the user's, stays.
fn remove_empty(folder: &Path) {
    let _ = fs::remove_dir(folder);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_load_us_are_told_from_words_like_it() {
        for line in [
            "eval \"$(bowline init bash)\"",
            "  source <(/opt/bowline/bin/bowline init zsh)",
            "bowline init fish | source",
            "& \"C:\\x\\bowline.exe\" init powershell",
            "alias k='bowline k'",
        ] {
            assert!(names_us(line), "{line}");
        }
        for line in ["echo mybowlines", "bowliner", "", "xbowline"] {
            assert!(!names_us(line), "{line}");
        }
    }

    #[test]
    fn of_a_folder_that_somebody_named_only_ours_goes() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        fs::create_dir_all(state.join("journal")).unwrap();
        fs::create_dir_all(state.join("photos")).unwrap();
        fs::write(state.join("state.json"), "{}").unwrap();
        let mut places = Places {
            state: state.clone(),
            is_alone: false,
            settings: folder.path().join("config.toml"),
            shell_files: Vec::new(),
            kubeconfigs: Vec::new(),
            program: None,
        };
        let found = find(&places);
        assert_eq!(
            found.state,
            [state.join("journal"), state.join("state.json")]
        );
        assert_eq!(found.strange, [state.join("photos")]);
        remove(&places, &found, true).unwrap();
        assert_eq!(entries(&state), [state.join("photos")]);
        places.is_alone = true;
        remove(&places, &find(&places), true).unwrap();
        assert!(!state.exists());
    }

    #[test]
    fn an_entry_that_needs_us_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let file = path("config");
        let text = "clusters:\n- name: a\n  cluster: {certificate-authority: state/ca.crt}\n- name: b\n  cluster: {certificate-authority: ca.crt}\nusers:\n- name: c\n  user: {exec: {command: ./bowline}}\n- name: d\n  user: {exec: {command: aws}}\n- name: e\n  user: {exec: {command: bowline}}\n";
        fs::write(&file, text).unwrap();
        let places = Places {
            state: path("state"),
            is_alone: true,
            settings: path("config.toml"),
            shell_files: Vec::new(),
            kubeconfigs: vec![file.clone(), path("missing")],
            program: Some(path("bowline")),
        };
        let found = find(&places);
        let ties: Vec<_> = found
            .ties
            .iter()
            .map(|tie| (tie.kind, tie.name.as_str(), tie.field))
            .collect();
        assert_eq!(
            ties,
            [
                ("cluster", "a", "certificate-authority"),
                ("user", "c", "exec.command"),
                ("user", "e", "exec.command")
            ]
        );
    }
}
