//! The fast tier: what is in a kubeconfig, and where, without keeping the file.
//!
//! A [`Scanner`] reads the plain block style that kubectl (client-go) and installers write, line
//! by line and far faster than a YAML parser. It *refuses* whatever it does not fully understand;
//! then [`Document`](crate::Document) has to read the file. What it accepts, `Document` accepts
//! too, with the same meaning: types, base64, duplicates and all.
//!
//! To change or to look into a few of many entries, take an [`Excerpt`]: a small kubeconfig for
//! `Document`, from which the whole file is made again.
//!
//! ```
//! use kubeconfig::Document;
//! use kubeconfig::Edit;
//! use kubeconfig::List;
//! use kubeconfig::outline::Outline;
//! use kubeconfig::outline::Piece;
//!
//! let mut file = String::from("contexts:\n");
//! for number in 0..1000 {
//!     file += &format!("- context:\n    cluster: c{number}\n    user: u\n  name: n{number}\n");
//! }
//! let outline = Outline::of(file.as_bytes()).unwrap();
//! assert_eq!(outline.names(List::Contexts).count(), 1000);
//!
//! let excerpt = outline.excerpt(|list, name| list == List::Contexts && name == "n500");
//! let part = |range: &std::ops::Range<u64>| &file[range.start as usize..range.end as usize];
//! let read: String = excerpt.ranges().iter().map(part).collect();
//! let small = Document::parse(excerpt.text(read.as_bytes()).unwrap().to_vec())?;
//! assert_eq!(small.config().context("n500").unwrap().cluster, "c500");
//!
//! let edited = small.edit(&[Edit::SetCurrentContext("n500".into())])?;
//! let pieces = excerpt.expand(read.as_bytes(), &edited).unwrap();
//! assert!(matches!(&pieces[..], [Piece::Keep(_), Piece::Put(_)]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod entries;
mod excerpt;
mod lines;
mod scalar;
mod scan;
pub(crate) mod schema;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use self::entries::Entry;
use self::entries::Names;
use self::entries::References;
use self::entries::Span;
pub use self::excerpt::Excerpt;
pub use self::excerpt::Piece;
pub use self::scan::Scanner;
use crate::config::List;

/// Names and places of all entries of one file; nothing secret.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    len: u64,
    names: Names,
    clusters: Vec<Entry>,
    /// One for each cluster.
    servers: Vec<Span>,
    users: Vec<Entry>,
    contexts: Vec<Entry>,
    /// One for each context.
    references: Vec<References>,
    current_context: Span,
}

/// One context of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContextLine<'a> {
    /// Its name.
    pub name: &'a str,
    /// `cluster`; empty when it has none.
    pub cluster: &'a str,
    /// `user`; empty when it has none.
    pub user: &'a str,
    /// `namespace`.
    pub namespace: Option<&'a str>,
}

impl Outline {
    /// Reads a whole file; see [`Scanner::finish`].
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let mut scanner = Scanner::new();
        scanner.feed(bytes);
        scanner.finish()
    }

    /// Returns `current-context`; empty when the file does not choose one.
    pub fn current_context(&self) -> &str {
        self.names.text(self.current_context)
    }

    /// Returns the names of a list in file order; none occurs twice.
    pub fn names(&self, list: List) -> impl ExactSizeIterator<Item = &str> {
        self.list(list)
            .iter()
            .map(|entry| self.names.text(entry.name))
    }

    /// Returns the contexts in file order.
    pub fn contexts(&self) -> impl ExactSizeIterator<Item = ContextLine<'_>> {
        let text = |span| self.names.text(span);
        self.contexts
            .iter()
            .zip(&self.references)
            .map(move |(entry, references)| ContextLine {
                name: text(entry.name),
                cluster: text(references.cluster),
                user: text(references.user),
                namespace: Some(text(references.namespace)).filter(|name| !name.is_empty()),
            })
    }

    /// Returns the name and the server of each cluster in file order. A server is as [`redact::url`](crate::redact::url)
    /// shows it: what may be secret in it is not kept.
    pub fn servers(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        let text = |span| self.names.text(span);
        self.clusters
            .iter()
            .zip(&self.servers)
            .map(move |(entry, server)| (text(entry.name), text(*server)))
    }

    /// Returns the length of the file in bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether the file has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Chooses what to read of the file: entries that are `wanted`, their neighbours, both ends of
    /// each list, and all that is not an entry.
    ///
    /// An edit of the excerpt knows only what is in it: whoever adds an entry or renames one wants
    /// the new name too, lest it is taken.
    pub fn excerpt(&self, wanted: impl Fn(List, &str) -> bool) -> Excerpt {
        Excerpt::new(self, wanted)
    }

    fn list(&self, list: List) -> &[Entry] {
        match list {
            List::Clusters => &self.clusters,
            List::Users => &self.users,
            List::Contexts => &self.contexts,
        }
    }

    fn push(&mut self, list: List, entry: Entry, references: References, server: Span) {
        match list {
            List::Clusters => {
                self.clusters.push(entry);
                self.servers.push(server);
            }
            List::Users => self.users.push(entry),
            List::Contexts => {
                self.contexts.push(entry);
                self.references.push(references);
            }
        }
    }

    /// Whether no name occurs twice in its list.
    fn names_differ(&self) -> bool {
        [List::Clusters, List::Users, List::Contexts]
            .into_iter()
            .all(|list| {
                // kubectl sorts them.
                if self.names(list).is_sorted_by(|one, next| one < next) {
                    return true;
                }
                let mut seen = HashSet::with_capacity(self.names(list).len());
                self.names(list).all(|name| seen.insert(name))
            })
    }
}
