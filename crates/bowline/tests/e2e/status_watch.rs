//! `bowline status --watch`, and how far a look has come: on a real pseudo-terminal (util-linux' `script` makes
//! it), in a pipe, and where the reader goes away.

use std::fs;
use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Read as _;
use std::io::Write as _;
use std::path::Path;
use std::process::Child;
use std::process::ChildStdin;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use testnode::Behaviour;
use testnode::Cluster;
use testnode::Node;

use crate::status_book::Book;
use crate::support::Sandbox;
use crate::support::place;
use crate::support::skip;

/// More than a look takes on a loaded machine, and a wait between two.
const PATIENCE: Duration = Duration::from_secs(40);

#[track_caller]
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "it did not happen: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// What a terminal shows of all that was written to it: as much of ECMA-48 as is used, and nothing else.
#[derive(Debug, Default, PartialEq)]
struct Screen {
    lines: Vec<String>,
    row: usize,
    column: usize,
}

impl Screen {
    fn of(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let mut screen = Self::default();
        let mut chars = text.chars();
        while let Some(char) = chars.next() {
            match char {
                '\n' => screen.row += 1,
                '\r' => screen.column = 0,
                '\u{1b}' => {
                    assert_eq!(chars.next(), Some('['), "{text:?}");
                    let mut number = String::new();
                    let end = loop {
                        match chars.next() {
                            Some(digit @ '0'..='9') => number.push(digit),
                            Some(end) => break end,
                            // The rest was not read yet.
                            None => return screen,
                        }
                    };
                    screen.control(end, number.parse().ok());
                }
                _ => screen.put(char),
            }
        }
        screen
    }

    fn control(&mut self, control: char, number: Option<usize>) {
        match (control, number) {
            ('A', Some(up)) => {
                assert!(up <= self.row, "above what was written");
                self.row -= up;
            }
            ('K', None) => {
                if let Some(line) = self.lines.get_mut(self.row) {
                    *line = line.chars().take(self.column).collect();
                }
            }
            ('J', None) => {
                self.control('K', None);
                self.lines.truncate(self.row + 1);
            }
            other => panic!("it wrote {other:?}"),
        }
    }

    fn put(&mut self, char: char) {
        if self.lines.len() <= self.row {
            self.lines.resize(self.row + 1, String::new());
        }
        let mut line: Vec<char> = self.lines[self.row].chars().collect();
        if line.len() <= self.column {
            line.resize(self.column + 1, ' ');
        }
        line[self.column] = char;
        self.lines[self.row] = line.into_iter().collect();
        self.column += 1;
    }

    /// The row of a context.
    fn row(&self, context: &str) -> Option<&str> {
        let mut lines = self.lines.iter();
        let row = lines.find(|line| line.split_whitespace().next() == Some(context));
        row.map(String::as_str)
    }
}

/// A shell command on a pseudo-terminal of its own.
struct Terminal {
    child: Child,
    keys: ChildStdin,
    written: Arc<Mutex<Vec<u8>>>,
}

impl Terminal {
    /// `None` where there is no `script`.
    fn start(test: &str, sandbox: &Sandbox, shell: &str) -> Option<Self> {
        let script = Path::new("/usr/bin/script");
        if !script.exists() {
            skip(test, "there is no script (package bsdutils)");
            return None;
        }
        // Who runs the tests in the background may have them ignore the interrupt, and every child with them.
        let mut command = sandbox.settle(Command::new("/usr/bin/env"));
        command
            .arg("--default-signal=INT")
            .arg(script)
            .args(["--quiet", "--flush", "--return", "--command", shell])
            .arg("/dev/null")
            .env("SHELL", "/bin/sh")
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let keys = child.stdin.take().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let written = Arc::new(Mutex::new(Vec::new()));
        let to = Arc::clone(&written);
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = stdout.read(&mut bytes) {
                to.lock().unwrap().extend_from_slice(&bytes[..count]);
            }
        });
        Some(Self {
            child,
            keys,
            written,
        })
    }

    fn bytes(&self) -> Vec<u8> {
        self.written.lock().unwrap().clone()
    }

    fn screen(&self) -> Screen {
        Screen::of(&self.bytes())
    }

    fn press(&mut self, key: u8) {
        self.keys.write_all(&[key]).unwrap();
        self.keys.flush().unwrap();
    }

    #[track_caller]
    fn end(mut self) -> Option<i32> {
        let status = until("the end", || self.child.try_wait().unwrap());
        status.code()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Two contexts, the second of which can go away.
fn two() -> (Sandbox, Node, Node) {
    let clusters = [Cluster::new(), Cluster::new()];
    let nodes = clusters
        .each_ref()
        .map(|cluster| Node::start(cluster, place()).unwrap());
    let mut book = Book::default();
    for ((name, cluster), node) in ["first", "second"].iter().zip(&clusters).zip(&nodes) {
        book.add(name, cluster, &node.url());
    }
    let sandbox = Sandbox::with(book.text());
    let [first, second] = nodes;
    (sandbox, first, second)
}

#[test]
fn a_terminal_shows_one_table_that_is_kept_up_to_date() {
    let (sandbox, _first, second) = two();
    let bowline = env!("CARGO_BIN_EXE_bowline");
    // The trap keeps the shell; the program itself gets the signal as it always does.
    let shell = format!(
        "stty rows 30 cols 200; stty -g > before; trap : INT; {bowline} status --all --watch=2; \
         echo $? > code; stty -g > after"
    );
    let name = "a_terminal_shows_one_table_that_is_kept_up_to_date";
    let Some(mut terminal) = Terminal::start(name, &sandbox, &shell) else {
        return;
    };
    let state = |terminal: &Terminal, context: &str, state: &str| {
        let screen = terminal.screen();
        let row = screen.row(context)?.to_owned();
        row.contains(state).then_some(screen)
    };
    let before = until("a first table", || state(&terminal, "second", " ok "));
    let head = before.lines[0].clone();
    assert!(
        head.contains("UTC  2 contexts: 2 ok; again every 2 s"),
        "{head}"
    );

    second.set_behaviour(Behaviour::Refuse).unwrap();
    let gone = until("the node is seen to be gone", || {
        state(&terminal, "second", "unreachable")
    });
    assert!(gone.lines[0].contains("1 ok, 1 unreachable"), "{gone:#?}");
    assert_ne!(gone.lines[0], head, "the time of the last look");
    assert!(gone.row("first").unwrap().contains(" ok "), "{gone:#?}");
    second.set_behaviour(Behaviour::Serve).unwrap();
    until("the node is seen to be back", || {
        let screen = state(&terminal, "second", " ok ")?;
        screen.lines[0].contains("2 contexts: 2 ok").then_some(())
    });
    // A file that is being written is told, and no reason to end.
    let whole = sandbox.text();
    sandbox.write("{");
    until("the broken file is told", || {
        terminal.screen().lines[0]
            .starts_with("error: ")
            .then_some(())
    });
    sandbox.write(whole);
    until("the file is whole again", || {
        state(&terminal, "second", " ok ")
    });

    let screen = terminal.screen();
    let header = |line: &&String| line.starts_with("CURRENT");
    assert_eq!(screen.lines.iter().filter(header).count(), 1, "{screen:#?}");
    assert_eq!(screen.lines[1], before.lines[1], "the columns stay");
    let text = String::from_utf8(terminal.bytes()).unwrap();
    for switched in ["\u{1b}[?", "\u{1b}[2J", "\u{1b}[3J", "\u{1b}c"] {
        assert!(!text.contains(switched), "{switched:?}: {text:?}");
    }

    terminal.press(3);
    terminal.end();
    let read = |name: &str| fs::read_to_string(sandbox.path(name)).unwrap();
    assert_eq!(read("code"), "130\n");
    assert_eq!(read("after"), read("before"));
}

#[test]
fn a_terminal_is_told_how_far_a_long_look_is() {
    let (sandbox, _first, second) = two();
    second.set_behaviour(Behaviour::Hang).unwrap();
    let bowline = env!("CARGO_BIN_EXE_bowline");
    let name = "a_terminal_is_told_how_far_a_long_look_is";
    let shell = format!("stty rows 30 cols 200; {bowline} status --all");
    let Some(terminal) = Terminal::start(name, &sandbox, &shell) else {
        return;
    };
    until("its progress", || {
        let screen = terminal.screen();
        screen
            .lines
            .iter()
            .any(|line| line == "1 of 2 looked at")
            .then_some(())
    });
    let written = Arc::clone(&terminal.written);
    assert_eq!(terminal.end(), Some(3));
    let screen = until("the table", || {
        let screen = Screen::of(&written.lock().unwrap());
        screen.row("second").is_some().then_some(screen)
    });
    assert!(screen.lines[0].starts_with("CURRENT"), "{screen:#?}");
    assert!(
        !screen.lines.iter().any(|line| line.contains("looked at")),
        "{screen:#?}"
    );
}

#[test]
fn a_narrow_terminal_shows_what_it_has_room_for() {
    let (sandbox, _first, _second) = two();
    let bowline = env!("CARGO_BIN_EXE_bowline");
    let name = "a_narrow_terminal_shows_what_it_has_room_for";
    let shell = format!("stty rows 24 cols 80; {bowline} status --all");
    let Some(terminal) = Terminal::start(name, &sandbox, &shell) else {
        return;
    };
    let written = Arc::clone(&terminal.written);
    assert_eq!(terminal.end(), Some(0));
    let screen = until("the table", || {
        let screen = Screen::of(&written.lock().unwrap());
        let last = screen.lines.last()?;
        last.starts_with("(no room here for ").then_some(screen)
    });
    let widest = screen.lines.iter().map(|line| line.chars().count()).max();
    assert!(widest.unwrap() <= 80, "{screen:#?}");
    for title in ["CONTEXT", "SERVER", "STATE", "CREDENTIAL"] {
        assert!(screen.lines[0].contains(title), "{screen:#?}");
    }
    assert!(
        screen.row("second").unwrap().contains(" ok "),
        "{screen:#?}"
    );
    let last = screen.lines.last().unwrap();
    assert!(last.contains("for PROVED, "), "{last}");
    // A file or a program is given all.
    let piped = sandbox.bowline(&["status", "--all"]).expect(0);
    assert!(piped.stdout.contains("PROVED") && !piped.stdout.contains("no room"));
}

/// The program with its standard output in a pipe.
fn piped(sandbox: &Sandbox, arguments: &[&str]) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut command = sandbox.command(arguments);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    (child, stdout)
}

#[test]
fn a_program_is_given_one_object_for_each_change() {
    let (sandbox, _first, second) = two();
    let arguments = ["status", "--all", "--watch=2", "-o", "json"];
    let (mut child, mut lines) = piped(&sandbox, &arguments);
    let mut next = || -> Value {
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    };
    let reachable = |value: &Value| {
        let contexts = value["contexts"].as_array().unwrap().iter();
        contexts
            .map(|context| context["reachable"].as_bool().unwrap())
            .collect::<Vec<_>>()
    };
    let first = next();
    assert_eq!(first["schema"], 1);
    assert_eq!(reachable(&first), [true, true]);
    let before = second.records().connections;
    // At least one look in between that finds nothing new and says nothing.
    until("a second look", || {
        (second.records().connections > before).then_some(())
    });
    second.set_behaviour(Behaviour::Refuse).unwrap();
    let gone = next();
    assert_eq!(reachable(&gone), [true, false]);
    assert!(gone["at"].as_i64().unwrap() >= first["at"].as_i64().unwrap() + 2);
    second.set_behaviour(Behaviour::Serve).unwrap();
    assert_eq!(reachable(&next()), [true, true]);
    // Without a reader there is nothing left to do.
    drop(lines);
    second.set_behaviour(Behaviour::Refuse).unwrap();
    let status = until("it ends with its reader", || child.try_wait().unwrap());
    assert_eq!(status.code(), Some(0));
}

#[test]
fn a_pipe_is_given_a_table_for_each_change() {
    let (sandbox, _first, second) = two();
    let (mut child, mut lines) = piped(&sandbox, &["status", "second", "--watch=2"]);
    let mut heads = || loop {
        let mut line = String::new();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "it ended");
        assert!(!line.contains('\u{1b}'), "{line:?}");
        if line.contains("1 context: ") {
            return line;
        }
    };
    assert!(heads().ends_with("1 context: 1 ok\n"));
    second.set_behaviour(Behaviour::Refuse).unwrap();
    assert!(heads().ends_with("1 context: 1 unreachable\n"));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn nobody_is_asked_more_often_than_every_two_seconds() {
    let sandbox = Sandbox::new();
    for wrong in ["--watch=1", "--watch=0", "--watch=x", "--watch=86401"] {
        sandbox
            .bowline(&["status", wrong])
            .expect(2)
            .says("--watch");
    }
    sandbox
        .bowline(&["status", "--watch", "--expiring", "30d"])
        .expect(2);
    // What is wrong from the start ends it.
    sandbox
        .bowline(&["status", "--watch"])
        .expect(6)
        .says("no current context");
}
