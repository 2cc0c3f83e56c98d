//! What holds for any bytes; the fuzz target includes this file.

use std::ops::Range;

use kubeconfig::Config;
use kubeconfig::Document;
use kubeconfig::List;
use kubeconfig::outline::Excerpt;
use kubeconfig::outline::Outline;
use kubeconfig::outline::Piece;
use kubeconfig::outline::Scanner;

/// Whether the scanner accepts `bytes`; panics where it then differs from the full parser.
pub(crate) fn check(bytes: &[u8]) -> bool {
    let outline = Outline::of(bytes);
    let mut scanner = Scanner::new();
    bytes.chunks(7).for_each(|chunk| scanner.feed(chunk));
    let chunked = scanner.finish();
    assert_eq!(format!("{outline:?}"), format!("{chunked:?}"));
    let Some(outline) = outline else {
        return false;
    };
    assert_eq!(outline.len(), bytes.len() as u64);
    let document = Document::parse(bytes).unwrap_or_else(|error| panic!("accepted: {error}"));
    let config = document.config();
    assert_eq!(outline.current_context(), config.current_context);
    assert_eq!(names(&outline, List::Clusters), of(&config.clusters));
    assert_eq!(names(&outline, List::Users), of(&config.users));
    assert_eq!(names(&outline, List::Contexts), of(&config.contexts));
    for (line, context) in outline.contexts().zip(&config.contexts) {
        assert_eq!(line.name, context.name);
        assert_eq!(line.cluster, context.value.cluster);
        assert_eq!(line.user, context.value.user);
        assert_eq!(line.namespace, context.value.namespace.as_deref());
    }
    for list in [List::Clusters, List::Users, List::Contexts] {
        for name in outline.names(list) {
            let excerpt = outline.excerpt(|of, wanted| of == list && wanted == name);
            let small = small(&excerpt, bytes);
            let small = small.config();
            assert_eq!(small.current_context, config.current_context);
            assert_eq!(small.preferences, config.preferences);
            assert_eq!(small.extensions, config.extensions);
            assert!(same_entry(list, name, small, config), "{list:?} {name:?}");
        }
    }
    true
}

/// The excerpt as a document; what it expands to unchanged is the whole file.
fn small(excerpt: &Excerpt, bytes: &[u8]) -> Document {
    let read = read(excerpt, bytes);
    let text = excerpt
        .text(&read)
        .expect("the bytes are those of the outline");
    let whole = excerpt.expand(&read, &text).expect("the marks are there");
    let all = (!bytes.is_empty()).then_some(Piece::Keep(0..bytes.len() as u64));
    assert_eq!(whole, Vec::from_iter(all));
    Document::parse(text.to_vec()).unwrap_or_else(|error| panic!("the excerpt: {error}"))
}

/// The bytes of an excerpt's ranges.
pub(crate) fn read(excerpt: &Excerpt, bytes: &[u8]) -> Vec<u8> {
    let part = |range: &Range<u64>| slice(bytes, range);
    excerpt.ranges().iter().flat_map(part).copied().collect()
}

/// A range of the file.
pub(crate) fn slice<'a>(bytes: &'a [u8], range: &Range<u64>) -> &'a [u8] {
    let at = |at: u64| usize::try_from(at).expect("in memory");
    bytes
        .get(at(range.start)..at(range.end))
        .expect("inside the file")
}

fn names(outline: &Outline, list: List) -> Vec<&str> {
    outline.names(list).collect()
}

fn of<T>(list: &[kubeconfig::Named<T>]) -> Vec<&str> {
    list.iter().map(|entry| entry.name.as_str()).collect()
}

fn same_entry(list: List, name: &str, small: &Config, whole: &Config) -> bool {
    match list {
        List::Clusters => {
            small.cluster(name) == whole.cluster(name) && small.cluster(name).is_some()
        }
        List::Users => small.user(name) == whole.user(name) && small.user(name).is_some(),
        List::Contexts => {
            small.context(name) == whole.context(name) && small.context(name).is_some()
        }
    }
}
