//! Trees made by hand.

use machines::Entry;
use machines::Kind;
use machines::Owner;
use machines::Tree;
use zeroize::Zeroizing;

/// Files of a machine to be.
#[derive(Clone, Default)]
pub(crate) struct Files(Tree);

#[allow(dead_code, reason = "each test uses some of them")]
impl Files {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn of(tree: Tree) -> Self {
        Self(tree)
    }

    pub(crate) fn tree(self) -> Tree {
        self.0
    }

    fn entry(mut self, path: &str, kind: Kind, mode: u32) -> Self {
        let owner = |id, name: &str| {
            Some(Owner {
                id,
                name: Some(name.to_owned()),
            })
        };
        let entry = Entry {
            kind,
            mode: Some(mode),
            owner: owner(0, "root"),
            group: owner(998, "microk8s"),
            modified: 1_700_000_000,
        };
        self.0.entries.insert(path.to_owned(), entry);
        self
    }

    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        self.entry(
            path,
            Kind::File(Zeroizing::new(text.as_bytes().to_vec())),
            0o660,
        )
    }

    /// A file below `/var/snap/microk8s/current`.
    pub(crate) fn data(self, rest: &str, text: &str) -> Self {
        self.file(&format!("/var/snap/microk8s/current/{rest}"), text)
    }

    pub(crate) fn without(mut self, rest: &str) -> Self {
        let path = format!("/var/snap/microk8s/current/{rest}");
        assert!(self.0.entries.remove(&path).is_some(), "{path}");
        self
    }

    pub(crate) fn link(self, path: &str, target: &str) -> Self {
        self.entry(path, Kind::Link(target.to_owned()), 0o777)
    }

    pub(crate) fn folder(self, path: &str, mode: u32) -> Self {
        self.entry(path, Kind::Folder, mode)
    }

    pub(crate) fn mode(mut self, path: &str, mode: u32) -> Self {
        let entry = self.0.entries.get_mut(path);
        entry.unwrap_or_else(|| panic!("{path}")).mode = Some(mode);
        self
    }

    pub(crate) fn unreadable(self, path: &str, why: &str) -> Self {
        self.entry(path, Kind::Unreadable(why.to_owned()), 0o600)
    }
}
