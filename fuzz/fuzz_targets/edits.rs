//! Any bytes and any edits: what is edited parses again and means what was asked for, comments stay, and
//! editing an excerpt is editing the file.
//!
//! The input is a file, the byte 0xff, and the choices of which the edits are made.

#![no_main]

#[path = "../../crates/kubeconfig/tests/edits/apply.rs"]
mod apply;
#[path = "edits/choices.rs"]
mod choices;
#[path = "edits/comments.rs"]
mod comments;

use kubeconfig::Config;
use kubeconfig::Document;
use kubeconfig::Edit;
use kubeconfig::EditError;
use kubeconfig::List;
use kubeconfig::outline::Outline;
use kubeconfig::outline::Piece;
use libfuzzer_sys::fuzz_target;

use self::choices::Choices;
use self::comments::Places;

fuzz_target!(|input: &[u8]| {
    let Some(end) = input.iter().rposition(|byte| *byte == 0xff) else {
        return;
    };
    let (bytes, choices) = (&input[..end], &input[end + 1..]);
    let Ok(document) = Document::parse(bytes) else {
        return;
    };
    assert_eq!(document.edit(&[]).as_deref(), Ok(bytes));
    let mut choices = Choices::new(choices, document.config());
    let places = Places::new(&mut choices);
    let edits = choices.edits(document.config());
    let expected = expected(document.config(), &edits);

    let outline = Outline::of(bytes);
    let whole = document.patch(&edits);
    match (&whole, &expected) {
        (Ok(patch), Some(expected)) => {
            assert_eq!(patch.is_empty(), document.config() == expected);
            let ends: Vec<_> = patch
                .splices
                .iter()
                .flat_map(|(range, _)| [range.start, range.end])
                .collect();
            assert!(ends.is_sorted());
            let edited = patch.apply(bytes);
            let result = Document::parse(edited).expect("an edited document parses");
            assert_eq!(result.config(), expected);
            comments::stay(&places, &document, &edits, expected);
        }
        (Err(EditError::NotFound { .. } | EditError::Exists { .. }), None) => {}
        // Nothing is shared without an anchor, and the plain style can always be edited.
        (Err(EditError::Shared { .. }), Some(_)) => assert!(bytes.contains(&b'&')),
        (Err(EditError::Unsupported { .. }), Some(_)) => assert!(outline.is_none()),
        (whole, expected) => panic!("{whole:?}\nexpected: {expected:?}\nedits: {edits:#?}"),
    }
    if let Some(outline) = outline {
        excerpt(
            bytes,
            &outline,
            &edits,
            whole.map(|patch| patch.apply(bytes)),
        );
    }
});

/// What the edits make of the view; `None` where one cannot be made.
fn expected(config: &Config, edits: &[Edit]) -> Option<Config> {
    let mut config = config.clone();
    for edit in edits {
        apply::apply(&mut config, edit)?;
    }
    Some(config)
}

/// Editing the excerpt of the named entries gives the same file.
fn excerpt(bytes: &[u8], outline: &Outline, edits: &[Edit], whole: Result<Vec<u8>, EditError>) {
    let named = |list, name: &str| edits.iter().any(|edit| is_named(edit, list, name));
    let excerpt = outline.excerpt(named);
    let slice = |range: &std::ops::Range<u64>| &bytes[range.start as usize..range.end as usize];
    let read: Vec<u8> = excerpt.ranges().iter().flat_map(slice).copied().collect();
    let text = excerpt.text(&read).expect("the bytes are the outline's");
    let small = Document::parse(text.to_vec()).expect("an excerpt parses");
    match (whole, small.edit(edits)) {
        (Ok(whole), Ok(edited)) => {
            let pieces = excerpt.expand(&read, &edited).expect("the marks are there");
            let piece = |piece: &Piece| match piece {
                Piece::Keep(range) => slice(range).to_vec(),
                Piece::Put(new) => new.to_vec(),
            };
            let put: Vec<u8> = pieces.iter().flat_map(piece).collect();
            assert_eq!(
                String::from_utf8_lossy(&put),
                String::from_utf8_lossy(&whole)
            );
        }
        (Err(whole), Err(part)) => assert_eq!(
            std::mem::discriminant(&whole),
            std::mem::discriminant(&part)
        ),
        (whole, part) => panic!("whole: {whole:?}\nexcerpt: {part:?}\nedits: {edits:#?}"),
    }
}

/// Whether an edit looks at an entry.
fn is_named(edit: &Edit, list: List, name: &str) -> bool {
    match edit {
        Edit::SetServer { cluster, .. } | Edit::SetTlsServerName { cluster, .. } => {
            list == List::Clusters && name == cluster
        }
        Edit::Insert {
            cluster,
            user,
            context,
        } => match list {
            List::Clusters => name == cluster.name,
            List::Users => name == user.name,
            List::Contexts => name == context.name,
        },
        Edit::PutCluster(named) => list == List::Clusters && name == named.name,
        Edit::PutUser(named) => list == List::Users && name == named.name,
        Edit::PutContext(named) => list == List::Contexts && name == named.name,
        Edit::Remove { list: of, name: it } => list == *of && name == it,
        Edit::Rename {
            list: of,
            from,
            to,
            references,
        } => {
            (list == *of && (name == from || name == to)) || (*references && list == List::Contexts)
        }
        _ => false,
    }
}
