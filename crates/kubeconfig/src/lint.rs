//! What a file says besides its meaning: where its entries are, fields that nobody reads, how it is encoded.

mod documents;
mod fields;

pub use documents::Second;
pub use documents::second_document;
pub use fields::Unknown;
pub use fields::unknown_fields;
pub use fields::unknown_in;

use crate::config::List;
use crate::document::Document;
use crate::encoding::Encoding;
use crate::tree::Kind;
use crate::tree::last;

/// The line of every entry of a list, in the order of [`Config`](crate::Config).
pub fn lines(document: &Document, list: List) -> Vec<usize> {
    let view = document.view();
    let Some(fields) = view.root().and_then(|root| view.fields(root).ok()) else {
        return Vec::new();
    };
    let Some(field) = last(&fields, list.key()) else {
        return Vec::new();
    };
    match &view.node(view.resolved(field.value)).kind {
        Kind::Sequence { items, .. } => items.iter().map(|item| view.node(*item).line).collect(),
        _ => Vec::new(),
    }
}

/// The line of `current-context`.
pub fn current_context_line(document: &Document) -> Option<usize> {
    let view = document.view();
    let fields = view.fields(view.root()?).ok()?;
    Some(view.node(last(&fields, "current-context")?.key).line)
}

/// What stands before the text of a file, where something does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A byte order mark of UTF-8.
    Utf8,
    /// One of UTF-16, and UTF-16 behind it.
    Utf16,
}

/// The byte order mark of a file.
pub fn mark(document: &Document) -> Option<Mark> {
    match document.source().encoding() {
        Encoding::Utf8 => None,
        Encoding::Utf8Bom => Some(Mark::Utf8),
        Encoding::Utf16Le | Encoding::Utf16Be => Some(Mark::Utf16),
    }
}
