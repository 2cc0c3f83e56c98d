//! Random edits of random files.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod apply;
mod model;
mod random;

use kubeconfig::Config;
use kubeconfig::Document;
use kubeconfig::Edit;
use kubeconfig::List;
use proptest::prelude::*;

/// Which entries of the file (as its comments name them) the edits touch, and which they remove.
fn meant(config: &Config, edits: &[Edit]) -> (Vec<String>, Vec<String>) {
    let mut entries: Vec<(List, String, String)> = Vec::new();
    for list in [List::Clusters, List::Users, List::Contexts] {
        let names = model::names(config, list).into_iter().enumerate();
        entries
            .extend(names.map(|(index, name)| (list, name, format!("in-{}-{index}", list.key()))));
    }
    let (mut touched, mut removed) = (Vec::new(), Vec::new());
    for edit in edits {
        let (list, name) = match edit {
            Edit::PutCluster(named) => (List::Clusters, &named.name),
            Edit::PutUser(named) => (List::Users, &named.name),
            Edit::PutContext(named) => (List::Contexts, &named.name),
            Edit::Remove { list, name } => (*list, name),
            Edit::Rename { list, from, .. } => (*list, from),
            _ => continue,
        };
        let found = |entry: &(List, String, String)| entry.0 == list && entry.1 == *name;
        let Some(at) = entries.iter().position(found) else {
            continue;
        };
        match edit {
            Edit::Remove { .. } => removed.push(entries.remove(at).2),
            Edit::Rename { to, .. } => entries[at].1.clone_from(to),
            _ => touched.push(entries[at].2.clone()),
        }
    }
    (touched, removed)
}

/// The comments of a text in order.
fn comments(text: &str) -> Vec<&str> {
    let starts = ["# keep ", "# in-", "# any "];
    let mut out: Vec<_> = starts
        .iter()
        .flat_map(|start| text.match_indices(start))
        .map(|(at, _)| {
            let end = text[at..].find('.').unwrap();
            (at, &text[at..at + end])
        })
        .collect();
    out.sort_unstable();
    out.into_iter().map(|(_, comment)| comment).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn edits_do_what_they_say_and_no_more(file in any::<u64>(), other in any::<u64>(), seed in any::<u64>()) {
        let (text, bytes) = random::file(file);
        let document = Document::parse(bytes).unwrap();
        let edits = model::edits(&mut random::Random::new(seed), document.config(), other);
        let shown = || format!("{text}\n{edits:#?}");
        let mut expected = document.config().clone();
        for edit in &edits {
            apply::apply(&mut expected, edit).unwrap();
        }

        let patch = document.patch(&edits).unwrap_or_else(|error| panic!("{error}: {}", shown()));
        prop_assert_eq!(patch.is_empty(), document.config() == &expected);
        let edited = patch.apply(document.bytes());
        prop_assert_eq!(&document.edit(&edits).unwrap(), &edited);
        let ends: Vec<_> = patch.splices.iter().flat_map(|(range, _)| [range.start, range.end]).collect();
        prop_assert!(ends.is_sorted());
        prop_assert!(patch.splices.windows(2).all(|pair| pair[0].0.end < pair[1].0.start));
        let result = Document::parse(edited.clone()).unwrap();
        prop_assert_eq!(result.config(), &expected);

        // Comments and unknown fields go only with what they are in.
        let new = random::text(&edited);
        let (touched, removed) = meant(document.config(), &edits);
        let mut left = comments(&new).into_iter().peekable();
        for comment in comments(&text) {
            if left.next_if_eq(&comment).is_none() {
                let inside = touched.iter().chain(&removed).any(|entry| comment.contains(&format!("{entry} ")));
                prop_assert!(inside || comment.starts_with("# any"), "{comment}: {}\n{new}", shown());
            }
        }
        prop_assert_eq!(left.next(), None);
        for (at, _) in text.match_indices("unknown") {
            let value = text[at..].find("in-").unwrap() + at;
            let entry = &text[value..value + text[value..].find(|char: char| !char.is_ascii_alphanumeric() && char != '-').unwrap_or(text.len() - value)];
            prop_assert!(removed.iter().any(|removed| removed == entry) || new.contains(entry), "{entry}: {}\n{new}", shown());
        }

        // There and back again.
        let back = model::inverse(document.config(), &expected);
        let returned = result.edit(&back).unwrap_or_else(|error| panic!("back: {error}: {new}\n{back:#?}"));
        let returned = Document::parse(returned).unwrap();
        prop_assert_eq!(model::sorted(returned.config()), model::sorted(document.config()));
    }

    #[test]
    fn what_is_there_needs_no_patch(file in any::<u64>()) {
        let (_, bytes) = random::file(file);
        let document = Document::parse(bytes).unwrap();
        let edits = model::all(document.config());
        prop_assert!(document.patch(&edits).unwrap().is_empty());
    }
}
