//! `kill -9` at random moments.

use crate::helper::helper;
use crate::support::{Home, append, is_temporary};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use store::{EntryState, read};

const KILLS: u32 = 200;
const BETWEEN: u32 = 50;
const MOST: u32 = 800;

/// Large enough for the time between creation and rename of the temporary file to be most of a
/// change.
const SIZE: usize = 20 << 20;

/// A file that says at its beginning and at its end which page it is at.
fn page(number: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(SIZE + 64);
    bytes.extend_from_slice(format!("page {number:010}\n").as_bytes());
    while bytes.len() < SIZE {
        bytes.extend_from_slice(b"a line that stays as it is, on every page of this long file\n");
    }
    bytes.extend_from_slice(format!("page {number:010}\n").as_bytes());
    bytes
}

/// The page a file is at, if all of it is.
fn number(bytes: &[u8], blank: &[u8]) -> Option<u64> {
    let number = |line: &[u8]| {
        std::str::from_utf8(line)
            .ok()?
            .strip_prefix("page ")?
            .trim_end()
            .parse()
            .ok()
    };
    let first: u64 = number(bytes.get(..16)?)?;
    let last = number(bytes.get(bytes.len() - 16..)?)?;
    let middle = 16..bytes.len() - 16;
    (first == last && bytes.len() == blank.len() && bytes[middle.clone()] == blank[middle])
        .then_some(first)
}

/// The change that the killed processes make: to the next page.
pub(crate) fn turn(old: &[u8]) -> Vec<u8> {
    let mut bytes = old.to_vec();
    let number: u64 = std::str::from_utf8(&bytes[5..15]).unwrap().parse().unwrap();
    let next = format!("page {:010}\n", number + 1);
    let end = bytes.len() - 16;
    bytes[..16].copy_from_slice(next.as_bytes());
    bytes[end..].copy_from_slice(next.as_bytes());
    bytes
}

#[test]
fn a_killed_process_leaves_the_whole_old_or_the_whole_new_file() {
    let home = Home::new();
    let blank = page(0);
    fs::write(home.file(), &blank).unwrap();
    let lock = home.path("kube/config.lock");

    let mut random = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
        | 1;
    println!("seed {random}");
    let mut typical = Duration::from_millis(200);
    let (mut kills, mut between, mut locks, mut turned, mut at) = (0, 0, 0, 0_u64, 0);
    while kills < KILLS || between < BETWEEN {
        assert!(
            kills < MOST,
            "{between} of {kills} kills hit a temporary file"
        );
        let mut child = helper("turn", &home.state(), &home.file())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        if kills % 20 == 0 {
            // How long a change takes here and now.
            while lines.next().unwrap().unwrap() != "TURNED" {}
            let began = Instant::now();
            while lines.next().unwrap().unwrap() != "TURNED" {}
            typical = began.elapsed();
        }
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let span = u64::try_from(typical.as_micros()).unwrap() * 3 / 2;
        std::thread::sleep(Duration::from_micros(random % span));
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;

        let hit = home.names().iter().any(|name| is_temporary(name));
        let bytes = read(&home.file())
            .unwrap()
            .expect("the file is always there");
        let now = number(&bytes, &blank).unwrap_or_else(|| panic!("torn after {kills} kills"));
        assert!(now >= at, "went back from page {at} to {now}");
        turned += now - at;
        at = now;
        between += u32::from(hit);
        if let Ok(owner) = fs::read_to_string(&lock) {
            locks += 1;
            assert!(owner.starts_with("bowline "), "a lock that names nobody");
        }
        let entries = home.store().journal().unwrap();
        let open = entries
            .iter()
            .filter(|entry| entry.state == EntryState::Intent)
            .count();
        assert!(u32::try_from(open).unwrap() <= kills);
        if hit {
            let newest = entries.last().unwrap();
            assert_eq!(newest.state, EntryState::Intent, "{newest:?}");
        }
    }
    println!(
        "{kills} kills: {between} between temporary file and rename, {locks} locks left, {turned} pages turned"
    );

    home.store()
        .update(&home.file(), "after all", append("page 0\n"))
        .unwrap();
    assert_eq!(home.names(), ["config"], "the litter of the dead is gone");
}
