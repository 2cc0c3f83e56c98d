//! The picker in a real terminal: what it shows, what keys do, and that nothing stays behind.
//!
//! The program in the terminal is this test program again, which runs [`program`] and nothing else.

use std::fs;
use std::process::Command;

use crate::pty::Terminal;
use crate::pty::USUAL;
use crate::source;
use crate::source::Choice;
use crate::source::PickError;
use crate::source::Picked;
use crate::support::Sandbox;

/// Names the file with the choices, a line each: name, tab, note. What was picked is written beside it.
const CHOICES: &str = "BOWLINE_TEST_CHOICES";

/// The program in the terminal, where the variable says so.
#[test]
fn program() {
    let Some(file) = std::env::var_os(CHOICES).map(std::path::PathBuf::from) else {
        return;
    };
    let text = fs::read_to_string(&file).unwrap();
    let line = |line: &str| {
        let (name, note) = line.split_once('\t').unwrap();
        let unescaped = name.replace("ESC", "\u{1b}");
        Choice {
            name: unescaped,
            note: note.to_owned(),
        }
    };
    let choices: Vec<_> = text.lines().map(line).collect();
    let preview = |index: usize| vec![format!("preview of number {index}")];
    let said = match source::pick("context", &choices, "", &preview) {
        Ok(Picked::Chosen(index)) => format!("chosen {index}"),
        Ok(Picked::Cancelled) => "cancelled".to_owned(),
        Err(PickError::NoTerminal) => "no terminal".to_owned(),
        Err(error) => panic!("{error}"),
    };
    fs::write(file.with_extension("picked"), said).unwrap();
}

struct Scene {
    sandbox: Sandbox,
}

impl Scene {
    fn new(choices: &str) -> Self {
        let sandbox = Sandbox::new();
        fs::write(sandbox.path("choices.txt"), choices).unwrap();
        Self { sandbox }
    }

    /// A shell that shows a prompt, runs the picker (`$PICK`), and shows another one.
    fn shell(&self, script: &str) -> Command {
        let mut command = Terminal::command(&self.sandbox, "/bin/sh");
        let exe = std::env::current_exe().unwrap();
        let pick = format!(
            "pick() {{ '{}' --exact picker::program --nocapture >/dev/null; }}\n{script}",
            exe.display()
        );
        command.args(["-c", &pick]);
        command.env("PATH", "/usr/bin:/bin");
        command.env(CHOICES, self.sandbox.path("choices.txt"));
        command
    }

    #[track_caller]
    fn open(&self, size: (u16, u16)) -> Terminal {
        let script = "printf '$ before\\n$ '; pick; printf 'after\\n'; read -r x";
        Terminal::start(self.shell(script), size)
    }

    fn picked(&self) -> String {
        fs::read_to_string(self.sandbox.path("choices.picked")).unwrap_or_default()
    }
}

const SOME: &str = "dev\tof mine\nprod-eu\tprod\nprod-us\tprod\nstaging\t\n";

#[test]
fn typing_filters_and_enter_chooses_and_nothing_stays() {
    if !Terminal::is_possible("picker") {
        return;
    }
    let scene = Scene::new(SOME);
    let terminal = scene.open(USUAL);
    terminal.wait_for_text("> dev");
    terminal.wait_for_text("preview of number 0");
    terminal.send("pus");
    terminal.wait_for_text("preview of number 2");
    assert!(!terminal.text().contains("prod-eu"), "{}", terminal.text());
    terminal.send("\x15");
    terminal.wait_for_text("4/4");
    terminal.send("\x1b[B\x1b[B\x1b[B\x1b[A");
    terminal.wait_for_text("> prod-us");
    terminal.send("\r");
    terminal.wait_for_text("after");
    assert_eq!(
        terminal.text().trim_end(),
        "$ before\nafter",
        "{}",
        terminal.raw()
    );
    assert_eq!(scene.picked(), "chosen 2");
}

#[test]
fn escape_and_ctrl_c_leave_no_trace_and_the_terminal_as_it_was() {
    if !Terminal::is_possible("picker") {
        return;
    }
    for key in ["\x1b", "\x03"] {
        let scene = Scene::new(SOME);
        let script = "stty -a >before; printf '$ before\\n$ '; pick; stty -a >after; printf 'after\\n'; read -r x";
        let terminal = Terminal::start(scene.shell(script), USUAL);
        terminal.wait_for_text("> dev");
        terminal.wait_for_text("preview of number 0");
        terminal.send(key);
        terminal.wait_for_text("after");
        assert_eq!(terminal.text().trim_end(), "$ before\nafter");
        assert_eq!(scene.picked(), "cancelled");
        let mode = |name| fs::read_to_string(scene.sandbox.path(name)).unwrap();
        assert_eq!(mode("before"), mode("after"));
    }
}

#[test]
fn a_signal_ends_it_and_the_terminal_is_as_it_was() {
    if !Terminal::is_possible("picker") {
        return;
    }
    let scene = Scene::new(SOME);
    let script = "stty -a >before; pick & wait $!; echo \"code $?\"; stty -a >after; printf 'after\\n'; read -r x";
    // In the background a program may not take the terminal: a signal to the foreground one needs its number.
    let script = script.replace("pick & wait $!", "sh -c 'echo $$ >pid; exec \"$@\"' x \"$PICK\" --exact picker::program --nocapture >/dev/null");
    let mut command = scene.shell(&script);
    command.env("PICK", std::env::current_exe().unwrap());
    let terminal = Terminal::start(command, USUAL);
    terminal.wait_for_text("> dev");
    let pid: i32 = fs::read_to_string(scene.sandbox.path("pid"))
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    terminal.wait_for_text("after");
    // What a shell says of SIGTERM.
    terminal.wait_for_text("code 143");
    assert!(!terminal.text().contains("> dev"), "{}", terminal.text());
    let mode = |name| fs::read_to_string(scene.sandbox.path(name)).unwrap();
    assert_eq!(mode("before"), mode("after"));
}

#[test]
fn names_that_would_act_on_a_terminal_or_shell_do_nothing() {
    if !Terminal::is_possible("picker") {
        return;
    }
    let scene = Scene::new(
        "$(touch owned)\t\nESC[2JESC]0;t\t`touch owned`\n東京-クラスタ\t日本\n🚀 rocket\t\n",
    );
    let terminal = scene.open((24, 80));
    terminal.wait_for_text("> $(touch owned)");
    terminal.wait_for_text(r"\x1b[2J\x1b]0;t");
    terminal.wait_for_text("東京-クラスタ");
    terminal.wait_for_text("🚀 rocket");
    // The prompt above is still there.
    assert!(
        terminal.text().starts_with("$ before"),
        "{}",
        terminal.text()
    );
    terminal.send("クラ");
    terminal.wait_for_text("> 東京-クラスタ");
    terminal.send("\x7f\x7f🚀");
    terminal.wait_for_text("> 🚀 rocket");
    terminal.send("\x15\r");
    terminal.wait_for_text("after");
    assert_eq!(scene.picked(), "chosen 0");
    assert!(!scene.sandbox.path("owned").exists());
}

#[test]
fn it_fits_forty_columns_and_follows_a_window_that_changes() {
    if !Terminal::is_possible("picker") {
        return;
    }
    let names = (0..100).map(|number| {
        format!("gke_a-long-project-name_europe-west1-b_cluster-{number:03}\tnote\n")
    });
    let names: String = names.collect::<Vec<_>>().concat();
    let scene = Scene::new(&names);
    let terminal = scene.open((12, 40));
    terminal.wait_for_text("cluster-000");
    terminal.wait_for_text("preview of number 0");
    let fits = |screen: &vt100::Screen| screen.contents().lines().count() <= 12;
    terminal.wait_for("twelve lines", fits);
    assert!(
        terminal.text().starts_with("$ before"),
        "{}",
        terminal.text()
    );
    terminal.resize((24, 100));
    terminal.wait_for_text("> gke_a-long-project-name_europe-west1-b_cluster-000");
    terminal.resize((6, 30));
    terminal.wait_for("a narrow one", |screen| {
        let text = screen.contents();
        text.contains("…") && !text.contains("preview") && text.contains("cluster-000")
    });
    terminal.send("\x1b[F");
    terminal.wait_for_text("cluster-099");
    terminal.send("\r");
    terminal.wait_for_text("after");
    assert_eq!(scene.picked(), "chosen 99");
    assert!(!terminal.text().contains("cluster"), "{}", terminal.text());
}

#[test]
fn keys_come_from_the_terminal_where_standard_input_is_a_pipe() {
    if !Terminal::is_possible("picker") {
        return;
    }
    let scene = Scene::new(SOME);
    let terminal = Terminal::start(
        scene.shell("echo ignored | pick; printf 'after\\n'; read -r x"),
        USUAL,
    );
    terminal.wait_for_text("> dev");
    terminal.send("stag\r");
    terminal.wait_for_text("after");
    assert_eq!(scene.picked(), "chosen 3");
}

#[test]
fn without_colour_it_says_the_same_and_without_a_terminal_nothing() {
    if !Terminal::is_possible("picker") {
        return;
    }
    let scene = Scene::new(SOME);
    let mut command = scene.shell("pick; printf 'after\\n'; read -r x");
    command.env("NO_COLOR", "1");
    let terminal = Terminal::start(command, USUAL);
    terminal.wait_for_text("> dev");
    // No colour, no reverse, nothing dim; bold and underlined are no colours.
    for sequence in ["\\x1b[7m", "\\x1b[2m", "\\x1b[3"] {
        assert!(!terminal.raw().contains(sequence), "{}", terminal.raw());
    }
    terminal.send("\x1b");
    terminal.wait_for_text("after");
    for (script, terminal) in [("pick", "dumb"), ("pick 2>errors", "xterm")] {
        let scene = Scene::new(SOME);
        let mut command = scene.shell(script);
        command.env("TERM", terminal);
        let mut terminal = Terminal::start(command, USUAL);
        assert_eq!(terminal.end(), Some(0), "{}", terminal.text());
        assert_eq!(scene.picked(), "no terminal");
    }
}

#[test]
fn it_ends_with_its_terminal() {
    if !Terminal::is_possible("picker") {
        return;
    }
    let scene = Scene::new(SOME);
    // The shell ignores the signal, and so does the picker then: it has to see by itself that nobody is there.
    let script = "trap '' HUP; sh -c 'echo $$ >pid; exec \"$@\"' x \"$PICK\" --exact picker::program --nocapture >/dev/null; read -r x";
    let mut command = scene.shell(script);
    command.env("PICK", std::env::current_exe().unwrap());
    let terminal = Terminal::start(command, USUAL);
    terminal.wait_for_text("preview of number 0");
    let pid = fs::read_to_string(scene.sandbox.path("pid")).unwrap();
    drop(terminal);
    // One that has ended and that nobody asks for has no command line.
    let command_line = format!("/proc/{}/cmdline", pid.trim());
    let began = std::time::Instant::now();
    while fs::read(&command_line).is_ok_and(|line| !line.is_empty()) {
        assert!(
            began.elapsed() < std::time::Duration::from_secs(20),
            "it goes on"
        );
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}
