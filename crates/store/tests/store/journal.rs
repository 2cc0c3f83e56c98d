//! What the journal keeps, and what it refuses.

use crate::support::{Home, append, names};
use std::fs;
use std::time::{Duration, SystemTime};
use store::{EntryState, Outcome, StoreError, UpdateError, delta};

#[test]
fn each_change_has_an_entry_that_leads_back() {
    let home = Home::with("one\n");
    let began = SystemTime::now() - Duration::from_secs(1);
    home.store()
        .update(&home.file(), "add two", append("two\n"))
        .unwrap();
    home.store()
        .update(&home.file(), "add three", append("three\n"))
        .unwrap();

    let entries = home.store().journal().unwrap();
    let told: Vec<_> = entries
        .iter()
        .map(|it| (it.entry, it.summary.as_str(), it.state))
        .collect();
    assert_eq!(
        told,
        [
            (1, "add two", EntryState::Done),
            (2, "add three", EntryState::Done)
        ]
    );
    assert!(
        entries
            .iter()
            .all(|it| it.path == home.file().canonicalize().unwrap())
    );
    assert!(
        entries
            .iter()
            .all(|it| it.time >= began && it.time <= SystemTime::now())
    );

    let text = fs::read_to_string(home.state().join("journal/000002.json")).unwrap();
    let entry: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&entry["version"], &entry["group"]), (&2.into(), &2.into()));
    let deltas: Vec<delta::Delta> = serde_json::from_value(entry["deltas"].clone()).unwrap();
    let back = delta::apply(home.content().as_bytes(), &delta::inverse(&deltas)).unwrap();
    assert_eq!(back, b"one\ntwo\n");
}

#[test]
fn a_created_file_is_told_from_an_empty_one() {
    let home = Home::new();
    home.store()
        .update(&home.file(), "create", append("one\n"))
        .unwrap();
    let text = fs::read_to_string(home.state().join("journal/000001.json")).unwrap();
    let entry: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(entry["before"].is_null(), "{text}");
    assert_eq!(entry["after"]["len"], 4);
}

#[test]
fn the_oldest_entries_go_and_numbers_rise() {
    let home = Home::with("start\n");
    for round in 0..253 {
        home.store()
            .update(&home.file(), &round.to_string(), append("x\n"))
            .unwrap();
    }
    let entries = home.store().journal().unwrap();
    // At the 251st all but the last 200 went.
    assert_eq!(entries.len(), 202);
    assert_eq!((entries[0].entry, entries[201].entry), (52, 253));
}

#[test]
fn a_newer_journal_is_refused_and_kept() {
    let home = Home::with("one\n");
    home.store()
        .update(&home.file(), "add", append("two\n"))
        .unwrap();
    let newer = home.state().join("journal/000002.json");
    fs::write(
        &newer,
        "{\"version\":12,\"what\":\"only the future knows\"}",
    )
    .unwrap();
    let error = home
        .store()
        .update(&home.file(), "add", append("three\n"))
        .unwrap_err();
    assert!(
        matches!(
            &error,
            UpdateError::Store(StoreError::NewerJournal { version: 12, .. })
        ),
        "{error}"
    );
    assert!(error.to_string().contains("update bowline"), "{error}");
    assert!(matches!(
        home.store().journal(),
        Err(StoreError::NewerJournal { .. })
    ));
    assert_eq!(home.content(), "one\ntwo\n");
    assert_eq!(home.names(), ["config"]);
    assert_eq!(
        names(&home.state().join("journal")),
        ["000001.json", "000002.json"]
    );
    assert!(fs::read_to_string(newer).unwrap().contains("future"));
}

#[test]
fn a_damaged_entry_is_named_and_stops_no_change() {
    let home = Home::with("one\n");
    fs::create_dir_all(home.state().join("journal")).unwrap();
    fs::write(home.state().join("journal/000007.json"), "{\"version\":1,").unwrap();
    let error = home.store().journal().unwrap_err().to_string();
    assert!(
        error.contains("000007.json") && error.contains("damaged"),
        "{error}"
    );
    let outcome = home
        .store()
        .update(&home.file(), "add", append("two\n"))
        .unwrap();
    assert_eq!(outcome, Outcome::Written { entry: 8 });
}

#[cfg(unix)]
#[test]
fn entries_are_private_and_a_path_that_is_not_unicode_survives() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::PermissionsExt as _;

    let home = Home::new();
    let file = home.path("kube").join(OsStr::from_bytes(b"caf\xe9"));
    home.store()
        .update(&file, "create", append("one\n"))
        .unwrap();
    assert_eq!(
        home.store().journal().unwrap()[0].path,
        file.canonicalize().unwrap()
    );

    let mode = |name: &str| {
        fs::metadata(home.state().join(name))
            .unwrap()
            .permissions()
            .mode()
    };
    assert_eq!(mode("journal") & 0o7777, 0o700);
    assert_eq!(mode("journal/000001.json") & 0o7777, 0o600);
    fs::set_permissions(
        home.state().join("journal"),
        fs::Permissions::from_mode(0o755),
    )
    .unwrap();
    home.store().update(&file, "add", append("two\n")).unwrap();
    assert_eq!(mode("journal") & 0o7777, 0o700);
}

#[test]
fn the_journal_is_bounded_by_its_size_and_drops_whole_groups() {
    let home = Home::new();
    let store = home.store();
    let block =
        |n: u8| move |_: Option<&[u8]>| -> crate::support::Sure { Ok(Some(vec![n; 8 << 20])) };
    let mut change = store.change("two files");
    change.update(&home.file(), block(0)).unwrap();
    change.update(&home.path("kube/other"), block(0)).unwrap();
    // Each replaces 8 MiB by 8 MiB: 21 MiB in base64.
    for n in 1..4 {
        store
            .update(&home.file(), &n.to_string(), block(n))
            .unwrap();
    }
    let kept: Vec<u64> = store.journal().unwrap().iter().map(|it| it.entry).collect();
    assert_eq!(kept, [4, 5]);
    store.undo(None, false).unwrap();
    assert_eq!(fs::read(home.file()).unwrap()[0], 2);
}

#[test]
fn the_newest_entries_come_first_and_the_rest_is_not_read() {
    let home = Home::with("one\n");
    for summary in ["add two", "add three"] {
        home.store()
            .update(&home.file(), summary, append("more\n"))
            .unwrap();
    }
    fs::write(home.state().join("journal/000001.json"), "damaged").unwrap();
    let mut recent = home.store().recent().unwrap();
    let newest = recent.next().unwrap().unwrap();
    assert_eq!(newest.details.summary.summary, "add three");
    assert!(newest.settled.is_some());
    assert!(matches!(
        recent.next(),
        Some(Err(StoreError::DamagedEntry { .. }))
    ));
    assert!(recent.next().is_none());
}
