//! A kubeconfig in an editor: what the editor is given, what may come back, and how it replaces the file.

use std::path::Path;
use std::path::PathBuf;

use kubeconfig::Document;
use kubeconfig::ParseError;
use store::Snapshot;
use store::Store;
use store::StoreError;
use store::UpdateError;
use zeroize::Zeroizing;

use crate::heal::apply::rewrite;
use crate::lint;
use crate::lint::Finding;
use crate::lint::Present;
use crate::lint::Request;
use crate::lint::Severity;
use crate::lint::Source;

/// A kubeconfig as it was before somebody edited it.
pub struct Original {
    /// The file.
    pub path: PathBuf,
    /// `None` when there was no file.
    bytes: Option<Zeroizing<Vec<u8>>>,
    encoding: Encoding,
}

impl std::fmt::Debug for Original {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The bytes hold every secret of the file.
        write!(f, "Original({}, {:?})", self.path.display(), self.encoding)
    }
}

/// Why an edited text does not replace the file.
#[derive(Debug, thiserror::Error)]
pub enum EditedError {
    /// No client could read it.
    #[error("{}: {source} (kubectl would say: {})", .path.display(), source.client_go())]
    Broken {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: ParseError,
    },
    /// Another program wrote the file while it was edited.
    #[error("{}: another program changed it while you edited; nothing was written", .path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Original {
    /// Reads a file; one that does not exist is an empty text.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn read(path: &Path) -> Result<Self, StoreError> {
        let bytes = store::read(path)?.map(Zeroizing::new);
        let encoding = Encoding::of(bytes.as_deref().map_or(&[], Vec::as_slice));
        Ok(Self {
            path: path.to_owned(),
            bytes,
            encoding,
        })
    }

    /// What an editor is given: UTF-8, whatever the file is in.
    pub fn text(&self) -> Zeroizing<Vec<u8>> {
        self.encoding.decoded(self.bytes())
    }

    /// What an editor gave back, in the file's own encoding.
    ///
    /// # Errors
    /// [`EditedError::Broken`] for what no client could read.
    pub fn edited(&self, text: &[u8]) -> Result<Zeroizing<Vec<u8>>, EditedError> {
        let bytes = self.encoding.encoded(text);
        match Document::parse(bytes.to_vec()) {
            Ok(_) => Ok(bytes),
            Err(source) => Err(EditedError::Broken {
                path: self.path.clone(),
                source,
            }),
        }
    }

    /// What is wrong with the edited file that was not wrong with it before: references that lead nowhere, and
    /// the like. `chain` are the files that clients read together; the file need not be one of them.
    pub fn news(&self, chain: &[PathBuf], edited: &[u8], present: &Present<'_>) -> Vec<Finding> {
        let before = self.findings(chain, self.bytes(), present);
        let mut after = self.findings(chain, edited, present);
        after.retain(|finding| {
            let known = |old: &Finding| {
                old.rule == finding.rule
                    && old.entry == finding.entry
                    && old.evidence == finding.evidence
            };
            finding.severity > Severity::Info && !before.iter().any(known)
        });
        after
    }

    fn findings(&self, chain: &[PathBuf], bytes: &[u8], present: &Present<'_>) -> Vec<Finding> {
        let edited = || Source {
            path: self.path.clone(),
            bytes: Some(bytes.to_vec()),
        };
        let is_it = |path: &&PathBuf| **path == self.path;
        let request = if chain.iter().any(|path| is_it(&path)) {
            let sources = chain.iter().map(|path| match path {
                path if *path == self.path => edited(),
                path => Source::file(path),
            });
            Request {
                chain: sources.collect(),
                ..Request::default()
            }
        } else {
            Request {
                chain: vec![edited()],
                ..Request::default()
            }
        };
        lint::lint(request, present).findings
    }

    /// Puts the edited file in the place of the original, unless another program wrote there meanwhile. The
    /// number of the change; `None` when the bytes are the same.
    ///
    /// # Errors
    /// [`EditedError`]; the file is then as it was.
    pub fn replace(
        &self,
        store: &Store,
        edited: &[u8],
        summary: &str,
    ) -> Result<Option<u64>, EditedError> {
        let mut change = store.change(summary);
        let outcome = change.rewrite(&self.path, |snapshot| {
            let now = snapshot.map(Snapshot::bytes).transpose()?;
            if now.as_deref() != self.bytes.as_deref().map(Vec::as_slice) {
                return Err(EditedError::Changed {
                    path: self.path.clone(),
                });
            }
            Ok(Some(rewrite(self.bytes(), edited)))
        });
        match outcome {
            Ok(_) => Ok(change.group()),
            Err(UpdateError::Store(error)) => Err(error.into()),
            Err(UpdateError::Change(error)) => Err(error),
        }
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.as_deref().map_or(&[], Vec::as_slice)
    }
}

/// The file of a chain that holds a context: of several the first, as clients read them. Files that cannot be
/// read are passed over, since one of them may be what somebody wants to mend.
pub fn file_of(paths: &[PathBuf], context: &str) -> Option<PathBuf> {
    let holds = |path: &&PathBuf| {
        let document = store::read(path).ok().flatten().map(Document::parse);
        document.is_some_and(|document| {
            document.is_ok_and(|document| document.config().context(context).is_some())
        })
    };
    paths.iter().find(holds).cloned()
}

/// How a text is laid down in bytes. Not every editor knows UTF-16, and some drop a byte order mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf8Bom,
    Utf16 { little: bool },
}

const BOM: &[u8] = b"\xef\xbb\xbf";

impl Encoding {
    /// UTF-16 that is none is left to the editor as it is.
    fn of(bytes: &[u8]) -> Self {
        let wide = match bytes {
            [0xff, 0xfe, ..] => Self::Utf16 { little: true },
            [0xfe, 0xff, ..] => Self::Utf16 { little: false },
            bytes if bytes.starts_with(BOM) => return Self::Utf8Bom,
            _ => return Self::Utf8,
        };
        let there_and_back = wide.encoded(&wide.decoded(bytes));
        if there_and_back.as_slice() == bytes {
            wide
        } else {
            Self::Utf8
        }
    }

    fn decoded(self, bytes: &[u8]) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(match self {
            Self::Utf8 => bytes.to_vec(),
            Self::Utf8Bom => bytes.strip_prefix(BOM).unwrap_or(bytes).to_vec(),
            Self::Utf16 { little } => {
                let units = bytes.chunks_exact(2).skip(1).filter_map(|pair| {
                    let pair = <[u8; 2]>::try_from(pair).ok()?;
                    Some(if little {
                        u16::from_le_bytes(pair)
                    } else {
                        u16::from_be_bytes(pair)
                    })
                });
                let text: String = char::decode_utf16(units)
                    .map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER))
                    .collect();
                text.into_bytes()
            }
        })
    }

    fn encoded(self, text: &[u8]) -> Zeroizing<Vec<u8>> {
        let bare = text.strip_prefix(BOM).unwrap_or(text);
        Zeroizing::new(match (self, std::str::from_utf8(bare)) {
            (Self::Utf8Bom, _) => [BOM, bare].concat(),
            (Self::Utf16 { little }, Ok(text)) => std::iter::once(0xfeff)
                .chain(text.encode_utf16())
                .flat_map(|unit| {
                    if little {
                        unit.to_le_bytes()
                    } else {
                        unit.to_be_bytes()
                    }
                })
                .collect(),
            // An editor that wrote UTF-16 by itself, or what is no text: to be judged as it is.
            (Self::Utf8, _) | (Self::Utf16 { .. }, Err(_)) => text.to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_comes_back_as_it_was() {
        let text = "current-context: k\u{e9}\u{1f600}\r\n";
        let wide = |little: bool| Encoding::Utf16 { little }.encoded(text.as_bytes());
        for bytes in [
            text.as_bytes().to_vec(),
            [BOM, text.as_bytes()].concat(),
            wide(true).to_vec(),
            wide(false).to_vec(),
        ] {
            let encoding = Encoding::of(&bytes);
            let given = encoding.decoded(&bytes);
            assert_eq!(given.as_slice(), text.as_bytes(), "{encoding:?}");
            assert_eq!(*encoding.encoded(&given), bytes, "{encoding:?}");
        }
        // Half a character: nobody's text, and not one byte of it is lost.
        for bytes in [b"\xff\xfea".to_vec(), b"\xff\xfe\x00\xd8".to_vec()] {
            let encoding = Encoding::of(&bytes);
            assert_eq!(*encoding.encoded(&encoding.decoded(&bytes)), bytes);
        }
        assert_eq!(
            *Encoding::Utf8Bom.encoded(b"\xef\xbb\xbfa"),
            [BOM, b"a"].concat()
        );
    }
}
