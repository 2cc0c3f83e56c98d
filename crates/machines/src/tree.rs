//! Files of a machine, read at one moment.

use std::collections::BTreeMap;
use std::fmt;

use zeroize::Zeroizing;

/// Files of a machine by their absolute path (`/var/snap/microk8s/current/args/kubelet`), as they were when
/// they were fetched. A folder place has the same paths, whatever the folder is called on this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// The entries, by absolute path with `/` between names.
    pub entries: BTreeMap<String, Entry>,
}

/// One file, folder or link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is, and what is in it.
    pub kind: Kind,
    /// Permission bits (`0o660`); `None` where the system has none.
    pub mode: Option<u32>,
    /// Whose it is.
    pub owner: Option<Owner>,
    /// Whose group's it is.
    pub group: Option<Owner>,
    /// Last change, seconds since the Unix epoch.
    pub modified: i64,
}

/// A user or group of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Its number.
    pub id: u32,
    /// Its name, where it has one.
    pub name: Option<String>,
}

/// What an entry is.
#[derive(Clone, PartialEq, Eq)]
pub enum Kind {
    /// A file and its bytes.
    File(Zeroizing<Vec<u8>>),
    /// A private key that stays where it is: only its public half was read, as PEM (`PUBLIC KEY`), where
    /// the machine could derive it.
    PrivateKey(Option<Vec<u8>>),
    /// A symbolic link and where it points.
    Link(String),
    /// A folder.
    Folder,
    /// Something that could not be read; in words, for example `permission denied`.
    Unreadable(String),
}

impl fmt::Debug for Kind {
    /// Says what it is and how long, never what is in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(bytes) => write!(f, "File({} bytes)", bytes.len()),
            Self::PrivateKey(public) => write!(f, "PrivateKey(public: {})", public.is_some()),
            Self::Link(to) => write!(f, "Link({to:?})"),
            Self::Folder => f.write_str("Folder"),
            Self::Unreadable(why) => write!(f, "Unreadable({why:?})"),
        }
    }
}

impl Tree {
    /// The bytes of a file; `None` when it is not there or not readable.
    pub fn bytes(&self, path: &str) -> Option<&[u8]> {
        match &self.entries.get(path)?.kind {
            Kind::File(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The entries directly in a folder, with their names.
    pub fn children<'a>(&'a self, folder: &str) -> impl Iterator<Item = (&'a str, &'a Entry)> {
        let prefix = format!("{}/", folder.trim_end_matches('/'));
        self.entries.iter().filter_map(move |(path, entry)| {
            let name = path.strip_prefix(&prefix)?;
            (!name.is_empty() && !name.contains('/')).then_some((name, entry))
        })
    }

    /// The paths that could not be read for want of rights.
    pub fn denied(&self) -> impl Iterator<Item = &str> {
        let unreadable = self.unreadable();
        unreadable
            .filter(|(_, why)| *why == crate::reply::DENIED)
            .map(|(path, _)| path)
    }

    /// The paths that could not be read, with the reason.
    pub fn unreadable(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().filter_map(|(path, entry)| {
            let Kind::Unreadable(why) = &entry.kind else {
                return None;
            };
            Some((path.as_str(), why.as_str()))
        })
    }
}
