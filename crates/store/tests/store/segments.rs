//! Changes by segments, and files read in pieces.

use crate::support::Home;
use proptest::prelude::*;
use std::fs;
use std::ops::Range;
use std::time::{Duration, SystemTime};
use store::{Outcome, Segment, Snapshot, StoreError, UpdateError, delta, scan};

/// A file that is not kept in memory.
const LARGE: usize = 3 << 20;

fn large(byte: u8) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..LARGE).map(|at| (at % 251) as u8).collect();
    bytes[0] = byte;
    bytes
}

/// Gives a file a time that is long past, as most files have.
fn age(path: &std::path::Path) {
    let past = SystemTime::now() - Duration::from_hours(1);
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(past).unwrap();
}

type Cut = (prop::sample::Index, Option<Vec<u8>>);

/// Cuts of a file, and what goes between them.
fn segments() -> impl Strategy<Value = (Vec<u8>, Vec<Cut>)> {
    let line = prop_oneof![
        Just(b"- context:\n".to_vec()),
        prop::collection::vec(any::<u8>(), 0..9)
    ];
    let file = prop::collection::vec(line.clone(), 0..30).prop_map(|lines| lines.concat());
    let cut = (any::<prop::sample::Index>(), prop::option::of(line));
    (file, prop::collection::vec(cut, 0..8))
}

fn cut(before: &[u8], cuts: &[Cut]) -> Vec<Segment> {
    let mut at: Vec<usize> = cuts
        .iter()
        .map(|cut| cut.0.index(before.len() + 1))
        .collect();
    at.sort_unstable();
    let mut segments = Vec::new();
    for (n, pair) in at.chunks(2).enumerate() {
        if let [from, to] = pair {
            segments.push(Segment::Keep(*from as u64..*to as u64));
        }
        if let Some(put) = cuts.get(n).and_then(|cut| cut.1.clone()) {
            segments.push(Segment::Put(put));
        }
    }
    segments
}

fn applied(before: &[u8], segments: &[Segment]) -> Vec<u8> {
    let mut after = Vec::new();
    for segment in segments {
        match segment {
            Segment::Keep(range) => {
                after.extend_from_slice(&before[range.start as usize..range.end as usize]);
            }
            Segment::Put(bytes) => after.extend_from_slice(bytes),
        }
    }
    after
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn segments_do_what_the_same_bytes_do_and_go_back((before, cuts) in segments()) {
        let segments = cut(&before, &cuts);
        let after = applied(&before, &segments);
        let home = Home::new();
        fs::write(home.file(), &before).unwrap();
        let outcome = home.store().rewrite::<StoreError>(&home.file(), "", |_| Ok(Some(segments.clone())));
        prop_assert_eq!(fs::read(home.file()).unwrap(), after.clone());
        if after == before {
            prop_assert_eq!(outcome.unwrap(), Outcome::Unchanged);
        } else {
            prop_assert_eq!(outcome.unwrap(), Outcome::Written { entry: 1 });
            let entry = home.store().entry(1).unwrap().unwrap();
            prop_assert_eq!(delta::apply(&before, &entry.deltas), Some(after));
            home.store().undo(None, false).unwrap();
            prop_assert_eq!(fs::read(home.file()).unwrap(), before);
        }
    }
}

#[test]
fn a_large_file_changes_in_its_middle_and_back() {
    for old in [true, false] {
        let home = Home::new();
        let before = large(1);
        fs::write(home.file(), &before).unwrap();
        if old {
            age(&home.file());
        }
        let middle = LARGE as u64 / 2;
        let patch = |file: Option<&mut Snapshot>| {
            let file = file.unwrap();
            assert_eq!(file.ranges(&[0..1, 5..7])?, [1, 5, 6]);
            Ok::<_, StoreError>(Some(vec![
                Segment::Keep(0..middle),
                Segment::Put(b"new".to_vec()),
                Segment::Keep(middle + 2..file.len()),
            ]))
        };
        home.store().rewrite(&home.file(), "patch", patch).unwrap();
        let mut after = before.clone();
        after.splice(LARGE / 2..LARGE / 2 + 2, *b"new");
        assert!(fs::read(home.file()).unwrap() == after);
        let entry = home.state().join("journal/000001.json");
        assert!(fs::metadata(entry).unwrap().len() < 1000);
        home.store().undo(None, false).unwrap();
        assert!(fs::read(home.file()).unwrap() == before);
    }
}

#[test]
fn a_large_file_written_meanwhile_is_changed_again_from_its_new_bytes() {
    for old in [true, false] {
        let home = Home::new();
        fs::write(home.file(), large(1)).unwrap();
        if old {
            age(&home.file());
        }
        let mut seen = Vec::new();
        let patch = |file: Option<&mut Snapshot>| {
            let file = file.unwrap();
            seen.extend(file.ranges(std::slice::from_ref(&(0..1)))?);
            if seen.len() == 1 {
                fs::write(home.file(), large(2)).unwrap();
            }
            let len = file.len();
            Ok::<_, StoreError>(Some(vec![
                Segment::Keep(0..len),
                Segment::Put(b"end".to_vec()),
            ]))
        };
        home.store().rewrite(&home.file(), "patch", patch).unwrap();
        assert_eq!(seen, [1, 2]);
        let after = fs::read(home.file()).unwrap();
        assert_eq!((after[0], after.len()), (2, LARGE + 3));
        assert_eq!(home.store().journal().unwrap().len(), 1);
        assert_eq!(home.names(), ["config"]);
    }
}

#[test]
fn ranges_that_do_not_ascend_or_fit_are_refused() {
    let home = Home::with("0123456789");
    let wrong: [&[Range<u64>]; 3] = [&[0..1, 1..11], &[4..6, 5..7], &[4..5, 0..2]];
    for ranges in wrong {
        let segments: Vec<Segment> = ranges.iter().cloned().map(Segment::Keep).collect();
        let result = home.store().rewrite(&home.file(), "", |_| {
            Ok::<_, StoreError>(Some(segments.clone()))
        });
        assert!(
            matches!(result, Err(UpdateError::Store(StoreError::Segments { .. }))),
            "{result:?}"
        );
    }
    assert_eq!(home.content(), "0123456789");
    assert_eq!(home.names(), ["config"]);
}

#[test]
fn a_snapshot_notices_that_its_file_changed() {
    let home = Home::new();
    fs::write(home.file(), large(1)).unwrap();
    age(&home.file());
    let mut snapshot = Snapshot::open(&home.file()).unwrap().unwrap();
    assert_eq!(snapshot.len(), LARGE as u64);
    assert!(snapshot.bytes().unwrap() == large(1));
    fs::write(home.file(), "short\n").unwrap();
    for result in [
        snapshot.bytes().map(|_| ()),
        snapshot.chunks(&mut |_| ()),
        snapshot.ranges(std::slice::from_ref(&(0..4))).map(|_| ()),
    ] {
        assert!(matches!(result, Err(StoreError::Unsettled { .. })));
    }
    // A file that another took the place of stays readable as it was.
    fs::write(home.file(), large(1)).unwrap();
    age(&home.file());
    let mut snapshot = Snapshot::open(&home.file()).unwrap().unwrap();
    fs::write(home.path("kube/new"), "new\n").unwrap();
    fs::rename(home.path("kube/new"), home.file()).unwrap();
    assert!(snapshot.bytes().unwrap() == large(1));
}

#[test]
fn a_scan_of_a_changing_file_starts_again() {
    let home = Home::new();
    fs::write(home.file(), large(1)).unwrap();
    age(&home.file());
    let (mut starts, mut pieces) = (0, 0);
    let start = || {
        starts += 1;
        Vec::new()
    };
    let (bytes, snapshot) = scan(&home.file(), start, |bytes, piece| {
        pieces += 1;
        if pieces == 2 {
            fs::write(home.file(), large(2)).unwrap();
        }
        bytes.extend_from_slice(piece);
    })
    .unwrap()
    .unwrap();
    assert_eq!((starts, snapshot.len()), (2, LARGE as u64));
    assert!(bytes == large(2));
    assert!(
        scan(&home.path("nowhere"), || (), |(), _| ())
            .unwrap()
            .is_none()
    );
}

#[cfg(unix)]
#[test]
fn a_pipe_is_served_from_memory() {
    let path = std::path::Path::new("/dev/null");
    let mut snapshot = Snapshot::open(path).unwrap().unwrap();
    assert!(snapshot.is_empty());
    assert_eq!(snapshot.bytes().unwrap(), b"");
}
