//! The other processes of the tests: this test program again, told by its environment what to do.

use crate::support::{Sure, append};
use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use store::{Durability, Outcome, Store, StoreError, UpdateError};

const DEED: &str = "STORE_TEST_DEED";

/// A process that does one deed with the file and the state folder.
pub(crate) fn helper(deed: &str, state: &Path, file: &Path) -> Command {
    helper_at(
        std::env::current_exe().unwrap().as_os_str(),
        deed,
        state,
        file,
    )
}

/// [`helper`], with the program at another place.
pub(crate) fn helper_at(program: &OsStr, deed: &str, state: &Path, file: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(["--exact", "helper::run", "--nocapture", "--test-threads=1"]);
    command
        .env(DEED, deed)
        .env("STORE_TEST_STATE", state)
        .env("STORE_TEST_FILE", file);
    command.stdin(Stdio::null());
    command
}

fn var(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

/// Not a test: what a helper process does.
#[test]
fn run() {
    let Ok(deed) = std::env::var(DEED) else {
        return;
    };
    let store = Store::new(var("STORE_TEST_STATE")).lock_wait(Duration::from_mins(2));
    let file = PathBuf::from(var("STORE_TEST_FILE"));
    let text = var("STORE_TEST_TEXT");
    match deed.as_str() {
        "append" => {
            for round in 0..5 {
                let line = format!("{text}-{round}\n");
                assert!(matches!(
                    store.update(&file, "append a line", append(&line)),
                    Ok(Outcome::Written { .. })
                ));
            }
        }
        "record" => {
            for round in 0..5 {
                let line = format!("{text}-{round}\n");
                assert!(
                    store
                        .replace_private(&file, Durability::Cached, append(&line))
                        .unwrap()
                );
            }
        }
        "once" => match store.update(&file, "append a line", append(&text)) {
            Ok(_) => println!("\nRESULT: written"),
            Err(error) => println!("\nRESULT: {error}"),
        },
        "hold" => {
            let hold = |_: Option<&[u8]>| -> Sure {
                println!("\nHELD");
                std::io::stdout().flush().unwrap();
                loop {
                    std::thread::park();
                }
            };
            store.update(&file, "hold", hold).unwrap();
        }
        "turn" => loop {
            let turn = |old: Option<&[u8]>| -> Sure { Ok(old.map(crate::kills::turn)) };
            store.update(&file, "turn the page", turn).unwrap();
            println!("\nTURNED");
            std::io::stdout().flush().unwrap();
        },
        "fill" => {
            let before = "x".repeat(100_000);
            fs::write(&file, &before).unwrap();
            let result = store.update(&file, "grow", append(&"y".repeat(200_000)));
            assert!(
                matches!(result, Err(UpdateError::Store(StoreError::NoSpace { .. }))),
                "{result:?}"
            );
            assert_eq!(fs::read_to_string(&file).unwrap(), before);
            assert_eq!(crate::support::names(file.parent().unwrap()), ["config"]);
            println!("\nRESULT: held");
        }
        other => panic!("unknown deed {other}"),
    }
}

/// The line that a helper's deed ended with.
#[cfg(unix)]
pub(crate) fn result(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let found = text.lines().find_map(|line| line.strip_prefix("RESULT: "));
    found.map_or_else(
        || panic!("{text}{}", String::from_utf8_lossy(&output.stderr)),
        str::to_owned,
    )
}
