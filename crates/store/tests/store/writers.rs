//! Many writers and readers at once.

use crate::helper::helper;
use crate::support::{Home, append};
use std::collections::BTreeSet;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use store::read;

const WRITERS: usize = 16;

/// Where kubectl keeps 30 of 80.
#[test]
fn sixteen_writers_keep_all_eighty_lines_and_no_reader_sees_a_torn_file() {
    let filler = "#".repeat(200_000);
    let home = Home::with(&format!("{filler}\n"));
    let file = home.file();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let (mut reads, mut most) = (0_u32, 0);
                    while !done.load(Ordering::Relaxed) {
                        let bytes = read(&file).unwrap().expect("the file is always there");
                        assert!(bytes.starts_with(filler.as_bytes()) && bytes.ends_with(b"\n"));
                        let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
                        assert!(lines >= most, "went back from {most} to {lines} lines");
                        most = lines;
                        reads += 1;
                    }
                    reads
                })
            })
            .collect();
        let children: Vec<_> = (0..WRITERS)
            .map(|n| {
                let mut helper = helper("append", &home.state(), &file);
                helper
                    .env("STORE_TEST_TEXT", format!("writer{n}"))
                    .stdout(Stdio::null());
                helper.spawn().unwrap()
            })
            .collect();
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
        done.store(true, Ordering::Relaxed);
        let reads: u32 = readers
            .into_iter()
            .map(|reader| reader.join().unwrap())
            .sum();
        println!("{reads} reads beside {WRITERS} writers");
        assert!(reads > 50, "{reads} reads");
    });
    let content = home.content();
    let kept: BTreeSet<&str> = content.lines().skip(1).collect();
    assert_eq!((kept.len(), content.lines().count()), (80, 81));
    assert_eq!(home.names(), ["config"]);
    let entries = home.store().journal().unwrap();
    assert_eq!(entries.len(), 80);
    assert_eq!(
        entries.iter().map(|entry| entry.entry).collect::<Vec<_>>(),
        (1..=80).collect::<Vec<_>>()
    );
}

#[test]
fn threads_of_one_process_exclude_each_other_too() {
    let home = Home::with("start\n");
    thread::scope(|scope| {
        for n in 0..4 {
            let (store, file) = (home.store(), home.file());
            scope.spawn(move || {
                for round in 0..5 {
                    let line = format!("{n}-{round}\n");
                    store.update(&file, "append", append(&line)).unwrap();
                }
            });
        }
    });
    assert_eq!(home.content().lines().count(), 21);
}
