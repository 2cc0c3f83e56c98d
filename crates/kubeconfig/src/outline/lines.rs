//! The grammar, line by line.
//!
//! Block mappings indented by two, lists in the column of their key, values on one line: what
//! client-go writes. A stack holds the open mappings and lists. Anything else is `None`.

use super::Outline;
use super::entries::Entry;
use super::entries::References;
use super::entries::Span;
use super::scalar;
use super::schema;
use super::schema::Field;
use super::schema::Keep;
use super::schema::Shape;
use crate::config::List;
use crate::redact;
use crate::yaml11::Typed;

/// Deeper is nothing that belongs into a kubeconfig.
const MAX_OPEN: usize = 64;
/// Free keys of all open mappings; more are compared better by the full parser.
const MAX_KEYS: usize = 64;

/// An open mapping or list.
struct Open {
    column: usize,
    kind: Kind,
    /// Fields that were seen, a bit each.
    seen: u32,
    /// Where its free keys begin among those of all.
    first_key: usize,
    /// The key of the last line has no value yet: one of this shape may follow below.
    awaits: Option<Shape>,
}

#[derive(Clone, Copy)]
enum Kind {
    Struct(&'static [Field]),
    /// An entry of one of the three lists.
    Entry(List),
    Extension,
    Map(Shape),
    List(Shape),
    Entries(List),
    Extensions,
}

impl Kind {
    fn is_list(self) -> bool {
        matches!(self, Self::List(_) | Self::Entries(_) | Self::Extensions)
    }

    fn fields(self) -> Option<&'static [Field]> {
        match self {
            Self::Struct(fields) => Some(fields),
            Self::Entry(list) => Some(schema::entry(list)),
            Self::Extension => Some(&schema::EXTENSION),
            _ => None,
        }
    }
}

/// The mapping or list that opens below a key of this shape.
fn below(shape: Shape, list: bool) -> Option<Kind> {
    let kind = match shape {
        Shape::Struct(fields) => Kind::Struct(fields),
        Shape::Map(values) => Kind::Map(*values),
        Shape::Any if !list => Kind::Map(Shape::Any),
        Shape::Any => Kind::List(Shape::Any),
        Shape::List(items) => Kind::List(*items),
        Shape::Entries(list) => Kind::Entries(list),
        Shape::Extensions => Kind::Extensions,
        _ => return None,
    };
    (kind.is_list() == list).then_some(kind)
}

/// What the lines so far amount to.
pub(super) struct Lines {
    outline: Outline,
    open: Vec<Open>,
    keys: Vec<Box<str>>,
    /// The entry that is open, without its end.
    entry: Entry,
    /// What it refers to when it is a context.
    references: References,
    /// Where it leads when it is a cluster.
    server: Span,
    /// The end of the last line that was neither blank nor a comment.
    content_end: u32,
    /// Where a further line of the value before this one would begin.
    folded: Option<usize>,
    begun: bool,
}

impl Lines {
    pub(super) fn new() -> Self {
        let top = Open {
            column: 0,
            kind: Kind::Struct(&schema::TOP),
            seen: 0,
            first_key: 0,
            awaits: None,
        };
        Self {
            outline: Outline::default(),
            open: vec![top],
            keys: Vec::new(),
            entry: Entry::default(),
            references: References::default(),
            server: Span::default(),
            content_end: 0,
            folded: None,
            begun: false,
        }
    }

    /// Takes the line that begins at `start` and ends, with its line break, at `end`.
    pub(super) fn take(&mut self, line: &[u8], start: u32, end: u32) -> Option<()> {
        let indent = line.iter().take_while(|byte| **byte == b' ').count();
        let content = line.get(indent..)?;
        let folded = self.folded.take();
        match content {
            [] => return Some(()),
            [b'#', ..] => return scalar::printable(content).map(|_| ()),
            b"---" if indent == 0 && !self.begun => {
                self.begun = true;
                return Some(());
            }
            _ => self.begun = true,
        }
        if folded == Some(indent) {
            if !scalar::is_continuation(content) {
                return None;
            }
            self.folded = folded;
        } else if let Some(item) = content.strip_prefix(b"- ") {
            self.enter_list(indent)?;
            self.item(item, indent, start)?;
        } else {
            self.enter_mapping(indent)?;
            self.pair(content)?;
        }
        self.content_end = end;
        Some(())
    }

    /// Says that there are `len` bytes and no more lines.
    pub(super) fn finish(mut self, len: u64) -> Option<Outline> {
        while !self.open.is_empty() {
            self.close()?;
        }
        self.outline.len = len;
        self.outline.names_differ().then_some(self.outline)
    }

    /// Closes what a line at `column` ends, as far as the list whose item it is.
    fn enter_list(&mut self, column: usize) -> Option<()> {
        loop {
            let top = self.open.last()?;
            if top.column == column && top.kind.is_list() {
                return Some(());
            }
            if top.column == column {
                let kind = below(top.awaits?, true)?;
                return self.push(kind, column);
            }
            if top.column < column {
                return None;
            }
            self.close()?;
        }
    }

    /// Closes what a line at `column` ends, as far as the mapping whose field it is.
    fn enter_mapping(&mut self, column: usize) -> Option<()> {
        loop {
            let top = self.open.last()?;
            if top.column == column && !top.kind.is_list() {
                return Some(());
            }
            if top.column < column {
                let kind = below(top.awaits?, false)?;
                if top.column + 2 != column {
                    return None;
                }
                return self.push(kind, column);
            }
            self.close()?;
        }
    }

    fn push(&mut self, kind: Kind, column: usize) -> Option<()> {
        if let Some(parent) = self.open.last_mut() {
            parent.awaits = None;
        }
        self.open.push(Open {
            column,
            kind,
            seen: 0,
            first_key: self.keys.len(),
            awaits: None,
        });
        (self.open.len() <= MAX_OPEN).then_some(())
    }

    fn close(&mut self) -> Option<()> {
        let closed = self.open.pop()?;
        match closed.kind {
            Kind::Entry(list) => {
                self.entry.end = self.content_end;
                self.outline
                    .push(list, self.entry, self.references, self.server);
            }
            // One without a name is called "".
            Kind::Extension if closed.seen & schema::EXTENSION_NAME == 0 => self.free_key("")?,
            // Its name belongs to the list.
            Kind::Extension => {}
            _ => self.keys.truncate(closed.first_key),
        }
        Some(())
    }

    /// `- …`, without the dash.
    fn item(&mut self, item: &[u8], column: usize, start: u32) -> Option<()> {
        let kind = match self.open.last()?.kind {
            Kind::Entries(list) => {
                self.entry = Entry {
                    start,
                    ..Entry::default()
                };
                self.references = References::default();
                self.server = Span::default();
                Kind::Entry(list)
            }
            Kind::Extensions => Kind::Extension,
            Kind::List(Shape::Struct(fields)) => Kind::Struct(fields),
            Kind::List(Shape::Any) if item.starts_with(b"- ") => {
                self.push(Kind::List(Shape::Any), column + 2)?;
                return self.item(item.get(2..)?, column + 2, start);
            }
            Kind::List(Shape::Any) if scalar::key(item).is_some() => Kind::Map(Shape::Any),
            Kind::List(shape) => return self.value(shape, item),
            _ => return None,
        };
        self.push(kind, column + 2)?;
        self.pair(item)
    }

    /// `key: value` or `key:` in the innermost open mapping.
    fn pair(&mut self, content: &[u8]) -> Option<()> {
        let (key, value) = scalar::key(content)?;
        let top = self.open.last_mut()?;
        top.awaits = None;
        let shape = if let Kind::Map(values) = top.kind {
            if !scalar::is_text_key(content, key) {
                return None;
            }
            self.free_key(key)?;
            values
        } else {
            let fields = top.kind.fields()?;
            let at = fields.iter().position(|field| field.key == key)?;
            let bit = 1 << at;
            if top.seen & bit != 0 {
                return None;
            }
            top.seen |= bit;
            fields.get(at)?.shape
        };
        match value {
            [] => {
                if let Shape::Kept(keep) = shape {
                    self.keep(keep, "")?;
                }
                self.open.last_mut()?.awaits = Some(shape);
                Some(())
            }
            [b' ', value @ ..] => self.value(shape, value),
            _ => None,
        }
    }

    /// A key of the innermost mapping whose keys are free, or a name of its extensions.
    fn free_key(&mut self, key: &str) -> Option<()> {
        let mut open = self.open.iter().rev();
        let owner = open.find(|open| !matches!(open.kind, Kind::Extension))?;
        let known = self.keys.get(owner.first_key..)?;
        if known.iter().any(|known| **known == *key) || self.keys.len() >= MAX_KEYS {
            return None;
        }
        self.keys.push(key.into());
        Some(())
    }

    /// A value that fills the rest of its line.
    fn value(&mut self, shape: Shape, written: &[u8]) -> Option<()> {
        match (shape, written) {
            (Shape::Data, _) => return scalar::is_data(written).then_some(()),
            (Shape::Struct(_) | Shape::Map(_) | Shape::Any, b"{}")
            | (Shape::List(_) | Shape::Entries(_) | Shape::Extensions | Shape::Any, b"[]") => {
                return Some(());
            }
            _ => {}
        }
        let scalar = scalar::read(written)?;
        match (shape, scalar.typed) {
            (Shape::Kept(keep), Typed::Text | Typed::Merge) => self.keep(keep, &scalar.text),
            (Shape::Kept(keep), Typed::Null) => self.keep(keep, ""),
            (Shape::Folded, Typed::Text | Typed::Merge) => {
                if scalar.plain {
                    self.folded = self.open.last().map(|open| open.column + 2);
                }
                Some(())
            }
            (Shape::Exactly(text), Typed::Text) => (scalar.text == text).then_some(()),
            (Shape::Exactly(_), _) => None,
            (Shape::Any, Typed::Float(value)) => value.is_finite().then_some(()),
            (Shape::Any, _)
            | (_, Typed::Null)
            | (Shape::Text, Typed::Text | Typed::Merge)
            | (Shape::Bool, Typed::Bool(_)) => Some(()),
            _ => None,
        }
    }

    fn keep(&mut self, keep: Keep, text: &str) -> Option<()> {
        if keep == Keep::ExtensionName {
            return self.free_key(text);
        }
        if keep == Keep::ClusterServer {
            self.server = self.outline.names.add(&redact::url(text))?;
            return Some(());
        }
        let name = self.outline.names.add(text)?;
        match keep {
            Keep::CurrentContext => self.outline.current_context = name,
            Keep::EntryName => self.entry.name = name,
            Keep::ContextCluster => self.references.cluster = name,
            Keep::ContextUser => self.references.user = name,
            Keep::ContextNamespace => self.references.namespace = name,
            Keep::ExtensionName | Keep::ClusterServer => {}
        }
        Some(())
    }
}
