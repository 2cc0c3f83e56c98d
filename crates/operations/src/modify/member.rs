//! One file of a chain, as much of it as is needed.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::HashSet;
use std::path::Path;
use std::path::PathBuf;

use kubeconfig::Config;
use kubeconfig::Document;
use kubeconfig::Edit;
use kubeconfig::EditError;
use kubeconfig::List;
use kubeconfig::ParseError;
use kubeconfig::outline::Excerpt;
use kubeconfig::outline::Outline;
use kubeconfig::outline::Piece;
use kubeconfig::outline::Scanner;
use store::Proof;
use store::Segment;
use store::Snapshot;
use store::StoreError;

use crate::unusable::mended_by;
use crate::unusable::unusable;

/// Files below this many bytes are parsed whole: nothing is won by leaving anything out.
const SMALL: u64 = 8 * 1024;

/// One file of a chain.
#[derive(Debug)]
pub struct Member {
    /// The file, as spelled.
    pub path: PathBuf,
    content: Content,
    /// What tells whether the file still has this content.
    proof: Option<Proof>,
}

#[derive(Debug)]
enum Content {
    Missing,
    Whole(Document),
    /// A large file in kubectl's own style: what is in it, and the part that was asked for.
    Outline(Box<Outline>, Option<Part>),
}

#[derive(Debug)]
struct Part {
    excerpt: Excerpt,
    /// What the excerpt was read from.
    read: Vec<u8>,
    document: Document,
}

/// What was asked for of a file's entries.
#[derive(Clone, Debug, Default)]
pub enum Wanted {
    /// None of them: what [`Outline`] knows is enough.
    #[default]
    Nothing,
    /// These, by name.
    Entries(HashMap<List, HashSet<String>>),
    /// All.
    Everything,
}

impl Wanted {
    /// One entry.
    pub fn entry(list: List, name: &str) -> Self {
        Self::entries([(list, name.to_owned())])
    }

    /// Several entries.
    pub fn entries(names: impl IntoIterator<Item = (List, String)>) -> Self {
        let mut entries = HashMap::<List, HashSet<String>>::new();
        for (list, name) in names {
            entries.entry(list).or_default().insert(name);
        }
        Self::Entries(entries)
    }
}

impl Wanted {
    /// Whether edits touch nothing else. What was not asked for is not known to be there: adding it could
    /// add it a second time.
    pub(super) fn covers(&self, edits: &[Edit]) -> bool {
        let Self::Entries(entries) = self else {
            return match self {
                Self::Everything => true,
                _ => edits.iter().all(|edit| names(edit).is_empty()),
            };
        };
        edits
            .iter()
            .flat_map(names)
            .all(|(list, name)| entries.get(&list).is_some_and(|names| names.contains(name)))
    }
}

/// The entries that an edit adds, changes, removes or renames.
fn names(edit: &Edit) -> Vec<(List, &str)> {
    match edit {
        Edit::PutCluster(named) => vec![(List::Clusters, &named.name)],
        Edit::PutUser(named) => vec![(List::Users, &named.name)],
        Edit::PutContext(named) => vec![(List::Contexts, &named.name)],
        Edit::Remove { list, name } => vec![(*list, name)],
        Edit::Rename { list, from, to, .. } => vec![(*list, from), (*list, to)],
        Edit::SetServer { cluster, .. } | Edit::SetTlsServerName { cluster, .. } => {
            vec![(List::Clusters, cluster)]
        }
        Edit::Insert {
            cluster,
            user,
            context,
        } => vec![
            (List::Clusters, &cluster.name),
            (List::Users, &user.name),
            (List::Contexts, &context.name),
        ],
        _ => Vec::new(),
    }
}

/// Why a file of the chain cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It cannot be read.
    #[error("{}", unusable(.source))]
    Read {
        /// The file, as spelled.
        path: PathBuf,
        /// Why.
        source: StoreError,
    },
    /// It is not a kubeconfig.
    #[error("{}: {source}{}", .path.display(), mended_by(.path, .source))]
    Parse {
        /// The file, as spelled.
        path: PathBuf,
        /// Where and why.
        source: ParseError,
    },
}

/// Why a file could not be edited.
pub(crate) enum PatchError {
    Edit(EditError),
    Load(LoadError),
}

impl From<LoadError> for PatchError {
    fn from(error: LoadError) -> Self {
        Self::Load(error)
    }
}

impl Member {
    /// Reads a file, or of a large one no more than what is in it.
    pub(crate) fn survey(path: &Path) -> Result<Self, LoadError> {
        let read = |source| LoadError::Read {
            path: path.to_owned(),
            source,
        };
        let found = store::scan(path, Scanner::new, Scanner::feed);
        let Some((scanner, mut snapshot)) = found.map_err(read)? else {
            return Ok(Self::missing(path));
        };
        Self::of(path, &mut snapshot, Some(scanner))
    }

    /// Reads a file that is open; `None` when there is none.
    pub(crate) fn open(path: &Path, snapshot: Option<&mut Snapshot>) -> Result<Self, LoadError> {
        match snapshot {
            None => Ok(Self::missing(path)),
            Some(snapshot) => Self::of(path, snapshot, None),
        }
    }

    /// A file of which all bytes are known.
    pub(super) fn whole(path: &Path, bytes: Option<&[u8]>) -> Result<Self, LoadError> {
        let Some(bytes) = bytes else {
            return Ok(Self::missing(path));
        };
        Ok(Self {
            path: path.to_owned(),
            content: Content::Whole(parse(path, bytes.to_vec())?),
            proof: None,
        })
    }

    fn missing(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            content: Content::Missing,
            proof: None,
        }
    }

    fn of(
        path: &Path,
        snapshot: &mut Snapshot,
        scanner: Option<Scanner>,
    ) -> Result<Self, LoadError> {
        let read = |source| LoadError::Read {
            path: path.to_owned(),
            source,
        };
        if snapshot.len() >= SMALL {
            let scanner = if let Some(scanner) = scanner {
                scanner
            } else {
                let mut scanner = Scanner::new();
                snapshot
                    .chunks(&mut |chunk| scanner.feed(chunk))
                    .map_err(read)?;
                scanner
            };
            if let Some(outline) = scanner.finish() {
                return Ok(Self {
                    path: path.to_owned(),
                    content: Content::Outline(Box::new(outline), None),
                    proof: snapshot.proof(),
                });
            }
        }
        let bytes = snapshot.bytes().map_err(read)?;
        Ok(Self {
            path: path.to_owned(),
            content: Content::Whole(parse(path, bytes)?),
            proof: snapshot.proof(),
        })
    }

    /// Whether an open file certainly is as this one was when it was read.
    pub(super) fn is_still(&self, snapshot: Option<&Snapshot>) -> bool {
        let proof = snapshot.and_then(Snapshot::proof);
        proof.is_some() && proof == self.proof
    }

    /// Whether the file exists.
    pub fn exists(&self) -> bool {
        !matches!(self.content, Content::Missing)
    }

    /// What was asked for of the file; all of it, where it was parsed whole.
    pub fn config(&self) -> Option<&Config> {
        self.document().map(Document::config)
    }

    pub(super) fn document(&self) -> Option<&Document> {
        match &self.content {
            Content::Whole(document) => Some(document),
            Content::Outline(_, part) => part.as_ref().map(|part| &part.document),
            Content::Missing => None,
        }
    }

    /// What is in a file that was not parsed.
    pub(crate) fn outline(&self) -> Option<&Outline> {
        match &self.content {
            Content::Outline(outline, _) => Some(outline),
            _ => None,
        }
    }

    /// Reads what is wanted, where it has not been read.
    pub(crate) fn fetch(&mut self, wanted: &Wanted) -> Result<(), LoadError> {
        if self.outline().is_none() {
            return Ok(());
        }
        let source = |source| LoadError::Read {
            path: self.path.clone(),
            source,
        };
        let opened = Snapshot::open(&self.path).map_err(source)?;
        let Some(mut snapshot) = opened else {
            *self = Self::missing(&self.path);
            return Ok(());
        };
        self.fetch_from(&mut snapshot, wanted)
    }

    /// The same for a file that is open.
    pub(crate) fn fetch_from(
        &mut self,
        snapshot: &mut Snapshot,
        wanted: &Wanted,
    ) -> Result<(), LoadError> {
        let path = &self.path;
        let Content::Outline(outline, part) = &mut self.content else {
            return Ok(());
        };
        if let Some(excerpt) = excerpt(path, outline, snapshot, wanted)? {
            *part = Some(excerpt);
            return Ok(());
        }
        let bytes = snapshot.bytes().map_err(|source| LoadError::Read {
            path: path.clone(),
            source,
        })?;
        self.content = Content::Whole(parse(path, bytes)?);
        Ok(())
    }

    /// Reads what is wanted and keeps nothing of it; `None` for a file that has changed since.
    pub(super) fn look(&self, wanted: &Wanted) -> Option<Cow<'_, Config>> {
        let Content::Outline(outline, _) = &self.content else {
            return self.config().map(Cow::Borrowed);
        };
        let mut snapshot = Snapshot::open(&self.path).ok()??;
        let part = excerpt(&self.path, outline, &mut snapshot, wanted).ok()??;
        Some(Cow::Owned(part.document.config().clone()))
    }

    /// The edited file in pieces of the old one, and what it means then as far as it was fetched; `None`
    /// when nothing changes.
    pub(crate) fn patched(
        &mut self,
        snapshot: Option<&mut Snapshot>,
        edits: &[Edit],
    ) -> Result<Option<(Vec<Segment>, Config)>, PatchError> {
        if let Content::Outline(_, Some(part)) = &self.content {
            if let Ok(edited) = part.document.edit(edits) {
                if edited == part.document.bytes() {
                    return Ok(None);
                }
                let pieces = part.excerpt.expand(&part.read, &edited);
                if let (Some(pieces), Ok(after)) = (pieces, Document::parse(edited)) {
                    let segments = pieces.into_iter().map(segment).collect();
                    return Ok(Some((segments, after.config().clone())));
                }
            }
            // What the excerpt cannot say, the whole file can.
            if let Some(snapshot) = snapshot {
                self.fetch_from(snapshot, &Wanted::Everything)?;
            }
        }
        let empty = Document::empty();
        let document = self.document().unwrap_or(&empty);
        let patch = document.patch(edits).map_err(PatchError::Edit)?;
        if patch.is_empty() {
            return Ok(None);
        }
        let after = parse(&self.path, patch.apply(document.bytes()))?;
        let mut segments = Vec::new();
        let mut from = 0;
        for (range, bytes) in patch.splices {
            segments.push(Segment::Keep(from..range.start as u64));
            segments.push(Segment::Put(bytes));
            from = range.end as u64;
        }
        segments.push(Segment::Keep(from..document.bytes().len() as u64));
        Ok(Some((segments, after.config().clone())))
    }
}

/// The wanted part of a large file; `None` where only the whole will do.
fn excerpt(
    path: &Path,
    outline: &Outline,
    snapshot: &mut Snapshot,
    wanted: &Wanted,
) -> Result<Option<Part>, LoadError> {
    let excerpt = match wanted {
        Wanted::Everything => return Ok(None),
        _ if snapshot.len() != outline.len() => return Ok(None),
        Wanted::Nothing => outline.excerpt(|_, _| false),
        Wanted::Entries(entries) => outline
            .excerpt(|list, name| entries.get(&list).is_some_and(|names| names.contains(name))),
    };
    let read = snapshot
        .ranges(excerpt.ranges())
        .map_err(|source| LoadError::Read {
            path: path.to_owned(),
            source,
        })?;
    // Text that cannot be parsed was written after the outline was taken.
    let document = excerpt
        .text(&read)
        .and_then(|text| Document::parse(text.to_vec()).ok());
    Ok(document.map(|document| Part {
        excerpt,
        read,
        document,
    }))
}

fn parse(path: &Path, bytes: Vec<u8>) -> Result<Document, LoadError> {
    Document::parse(bytes).map_err(|source| LoadError::Parse {
        path: path.to_owned(),
        source,
    })
}

fn segment(piece: Piece) -> Segment {
    match piece {
        Piece::Keep(range) => Segment::Keep(range),
        Piece::Put(bytes) => Segment::Put(bytes.to_vec()),
    }
}
