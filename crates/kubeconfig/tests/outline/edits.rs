//! Editing an excerpt is editing the file.

use std::fmt::Write as _;

use kubeconfig::Cluster;
use kubeconfig::Context;
use kubeconfig::Document;
use kubeconfig::Edit;
use kubeconfig::Named;
use kubeconfig::Secret;
use kubeconfig::User;
use kubeconfig::outline::Excerpt;
use kubeconfig::outline::Outline;
use kubeconfig::outline::Piece;
use proptest::prelude::*;

use crate::agree;

/// A file of `count` clusters, contexts and users with comments and blank lines between them.
fn file(count: usize, order: &[usize], comments: &[usize]) -> String {
    let mut out = String::from("apiVersion: v1\n");
    for section in order {
        match section {
            0 => out += "clusters:\n",
            1 => out += "contexts:\n",
            2 => out += "users:\n",
            _ => {
                out += "current-context: n0\n";
                continue;
            }
        }
        for number in 0..count {
            match comments.get(number).unwrap_or(&0) {
                1 => writeln!(out, "# about {number}").unwrap(),
                2 => out += "\n",
                3 => writeln!(out, "\n  # about {number}\n").unwrap(),
                _ => {}
            }
            match section {
                0 => writeln!(
                    out,
                    "- cluster:\n    server: https://s{number}\n  name: n{number}"
                ),
                1 => writeln!(
                    out,
                    "- context:\n    cluster: n{number}\n    user: n{number}\n  name: n{number}"
                ),
                _ => writeln!(out, "- name: n{number}\n  user:\n    token: t{number}"),
            }
            .unwrap();
        }
    }
    out
}

fn assemble(bytes: &[u8], pieces: &[Piece]) -> Vec<u8> {
    let piece = |piece: &Piece| match piece {
        Piece::Keep(range) => agree::slice(bytes, range).to_vec(),
        Piece::Put(new) => new.to_vec(),
    };
    pieces.iter().flat_map(piece).collect()
}

fn shortened(bytes: &[u8], wanted: &[&str]) -> (Excerpt, Vec<u8>, Vec<u8>) {
    let outline = Outline::of(bytes).unwrap();
    let excerpt = outline.excerpt(|_, name| wanted.contains(&name));
    let read = agree::read(&excerpt, bytes);
    let text = excerpt.text(&read).unwrap().to_vec();
    (excerpt, read, text)
}

proptest! {
    #[test]
    fn editing_an_excerpt_is_editing_the_file(
        count in 0_usize..14,
        order in Just(vec![0, 1, 2, 3]).prop_shuffle(),
        comments in prop::collection::vec(0_usize..5, 14),
        one in 0_usize..14,
        other in 0_usize..14,
        final_newline in any::<bool>(),
        which in prop::collection::vec(0_usize..4, 1..4),
    ) {
        let mut text = file(count, &order, &comments);
        if !final_newline {
            text.truncate(text.trim_end().len());
        }
        let bytes = text.as_bytes();
        let (one, other) = (format!("n{one}"), format!("n{other}"));
        let edits: Vec<Edit> = which.iter().map(|which| match which {
            0 => Edit::SetServer { cluster: one.clone(), server: "https://[fd00::1]:6443".into() },
            1 => Edit::SetTlsServerName { cluster: other.clone(), name: "k".into() },
            2 => Edit::SetCurrentContext(other.clone()),
            _ => Edit::Insert {
                cluster: Named::new("new", Cluster { server: "https://new".into(), ..Cluster::default() }),
                user: Named::new("new", User { token: Some(Secret::from("a\nb")), ..User::default() }),
                context: Named::new("new", Context { cluster: "new".into(), ..Context::default() }),
            },
        }).collect();
        let (excerpt, read, small) = shortened(bytes, &[&one, &other, "new"]);
        let whole = Document::parse(bytes).unwrap().edit(&edits);
        let part = Document::parse(small).unwrap().edit(&edits);
        match (whole, part) {
            (Ok(whole), Ok(part)) => {
                let pieces = excerpt.expand(&read, &part).unwrap();
                prop_assert_eq!(
                    String::from_utf8(assemble(bytes, &pieces)).unwrap(),
                    String::from_utf8(whole).unwrap()
                );
            }
            (Err(whole), Err(part)) => prop_assert_eq!(whole.to_string(), part.to_string()),
            (whole, part) => prop_assert!(false, "{whole:?} {part:?}"),
        }
    }

    #[test]
    fn what_is_put_back_is_all_there(count in 5_usize..40, wanted in 0_usize..40, cut in any::<prop::sample::Index>(), len in 0_usize..9) {
        let text = file(count, &[3, 1, 0, 2], &[]);
        let bytes = text.as_bytes();
        let (excerpt, read, small) = shortened(bytes, &[&format!("n{wanted}")]);
        // Whatever is cut out of the excerpt, the rest of the file is there or nothing is done.
        let start = cut.index(small.len());
        let end = (start + len).min(small.len());
        let edited = [&small[..start], &small[end..]].concat();
        if let Some(pieces) = excerpt.expand(&read, &edited) {
            let whole = assemble(bytes, &pieces);
            prop_assert_eq!(whole.len(), bytes.len() - (end - start));
            let Some(common) = whole.iter().zip(bytes).position(|(new, old)| new != old) else {
                return Ok(());
            };
            prop_assert_eq!(&whole[common..], &bytes[common + end - start..]);
        }
    }
}

#[test]
fn an_excerpt_is_small_and_has_marks() {
    let text = file(9, &[3, 1], &[]);
    let (excerpt, read, small) = shortened(text.as_bytes(), &["n4"]);
    assert!(!excerpt.is_whole());
    assert_eq!(excerpt.ranges().len(), 3);
    insta::assert_snapshot!(String::from_utf8(small.clone()).unwrap(), @"
    apiVersion: v1
    current-context: n0
    contexts:
    - context:
        cluster: n0
        user: n0
      name: n0
    - context:
        cluster: n1
        user: n1
      name: n1
    # … 1
    - context:
        cluster: n3
        user: n3
      name: n3
    - context:
        cluster: n4
        user: n4
      name: n4
    - context:
        cluster: n5
        user: n5
      name: n5
    # … 2
    - context:
        cluster: n7
        user: n7
      name: n7
    - context:
        cluster: n8
        user: n8
      name: n8
    ");
    let edited = String::from_utf8(small)
        .unwrap()
        .replace("user: n4", "user: x");
    let pieces = excerpt.expand(&read, edited.as_bytes()).unwrap();
    insta::assert_snapshot!(format!("{pieces:?}"), @"[Keep(0..286), Put(1 bytes), Keep(288..504)]");
}

#[test]
fn marks_that_are_not_ours_are_refused() {
    let text = file(9, &[1], &[]);
    let (excerpt, read, small) = shortened(text.as_bytes(), &["n4"]);
    let small = String::from_utf8(small).unwrap();
    assert!(excerpt.expand(&read, small.as_bytes()).is_some());
    for edited in [
        small.replace("# … 1\n", ""),
        small.replace("# … 2\n", "# … 2\n# … 2\n"),
        small.replace("# … 2\n", "# … 22\n"),
        small.replace("# … 1\n", "  # … 1\n"),
        small.replace("# … 1\n", "# … 1\r\n"),
        small
            .replace("# … 1\n", "# … 9\n")
            .replace("# … 2\n", "# … 1\n")
            .replace("# … 9\n", "# … 2\n"),
        format!("{small}x: '# … 3'\n"),
    ] {
        assert_ne!(edited, small);
        assert_eq!(excerpt.expand(&read, edited.as_bytes()), None, "{edited}");
    }
    assert_eq!(excerpt.expand(&read[1..], small.as_bytes()), None);
    assert_eq!(excerpt.text(&read[1..]), None);
    let marked = String::from_utf8(read)
        .unwrap()
        .replace("apiVersion: v1", "# … 8 (((");
    assert_eq!(excerpt.text(marked.as_bytes()), None);
}
