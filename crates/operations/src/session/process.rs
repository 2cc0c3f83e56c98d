//! Shells that are told apart even where the system gives a number again: by number and start time.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use ring::digest;

/// A shell: its number, and what tells it from any other process that ever had that number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shell {
    /// Its process number.
    pub pid: u32,
    started: String,
    place: String,
    boot: String,
}

/// The longest start time that a shell may tell of itself.
const LONGEST_START: usize = 32;

impl Shell {
    /// The shell of that number, which runs. `told` is the start time that it told of itself, where the system
    /// is slow to tell (Windows).
    pub fn of(pid: u32, told: Option<&str>) -> Option<Self> {
        let started = if cfg!(windows) {
            let told = letters(told?);
            (!told.is_empty() && told.len() <= LONGEST_START).then_some(told)?
        } else {
            alive(&[pid])?.remove(&pid)??
        };
        let machine = Machine::here();
        Some(Self {
            pid,
            started,
            place: machine.place,
            boot: machine.boot,
        })
    }

    /// Whether it certainly lives.
    pub fn is_alive(&self) -> bool {
        lives(&[self]) == [Life::Alive]
    }

    /// Whether it certainly is gone.
    pub fn is_dead(&self) -> bool {
        lives(&[self]) == [Life::Dead]
    }

    /// The shell that a file's name begins with, as [`Shell::name`] makes it.
    pub fn parse(name: &str) -> Option<Self> {
        let (name, _) = name.split_once('.')?;
        let [pid, started, place, boot] = name.split('-').collect::<Vec<_>>().try_into().ok()?;
        let plain = |text: &str| !text.is_empty() && letters(text) == text;
        if ![started, place, boot].into_iter().all(plain) {
            return None;
        }
        Some(Self {
            pid: pid.parse().ok()?,
            started: started.to_owned(),
            place: place.to_owned(),
            boot: boot.to_owned(),
        })
    }

    /// What its files are called.
    pub fn name(&self) -> String {
        let Self {
            pid,
            started,
            place,
            boot,
        } = self;
        format!("{pid}-{started}-{place}-{boot}")
    }
}

/// Where a shell runs: process numbers mean nothing elsewhere, or after the next start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Machine {
    place: String,
    boot: String,
}

impl Machine {
    pub(super) fn here() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        if !cfg!(target_os = "linux") {
            // The start time is a date there.
            return Self {
                place: "0".to_owned(),
                boot: "0".to_owned(),
            };
        }
        let mut name = read("/etc/machine-id");
        if name.trim().is_empty() {
            name = read("/proc/sys/kernel/hostname");
        }
        // A container may share the home folder, and has processes of its own.
        let numbers = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
        Self {
            place: short(&[name.trim(), &numbers.to_string_lossy()]),
            boot: short(&[read("/proc/sys/kernel/random/boot_id").trim()]),
        }
    }
}

/// What is known of a shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    Alive,
    Dead,
    /// It is another machine's or container's, or the system does not tell.
    Unknown,
}

/// Which of these shells live. Asks the system once for all of them.
pub(super) fn lives(shells: &[&Shell]) -> Vec<Life> {
    let here = Machine::here();
    let asked: Vec<u32> = shells
        .iter()
        .filter(|shell| shell.place == here.place && shell.boot == here.boot)
        .map(|shell| shell.pid)
        .collect();
    let alive = if asked.is_empty() {
        None
    } else {
        alive(&asked)
    };
    shells
        .iter()
        .map(|shell| judge(shell, &here, alive.as_ref()))
        .collect()
}

fn judge(shell: &Shell, here: &Machine, alive: Option<&BTreeMap<u32, Option<String>>>) -> Life {
    if shell.place != here.place {
        return Life::Unknown;
    }
    if shell.boot != here.boot {
        return Life::Dead;
    }
    match alive.map(|alive| alive.get(&shell.pid)) {
        None => Life::Unknown,
        Some(None) => Life::Dead,
        Some(Some(Some(started))) if *started != shell.started => Life::Dead,
        Some(Some(_)) => Life::Alive,
    }
}

/// Those of the processes that live, with their start times where the system tells; `None` when it does not
/// tell anything.
fn alive(pids: &[u32]) -> Option<BTreeMap<u32, Option<String>>> {
    if cfg!(target_os = "linux") {
        let started = |pid: &u32| {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            Some((*pid, Some(of_stat(&stat)?)))
        };
        // Without /proc nobody would seem to live.
        return Path::new("/proc/self/stat")
            .exists()
            .then(|| pids.iter().filter_map(started).collect());
    }
    if cfg!(windows) {
        return Some(of_tasklist(&run("tasklist.exe", &["/FO", "CSV", "/NH"])?));
    }
    let pids: Vec<_> = pids.iter().map(ToString::to_string).collect();
    let format = "pid=,stat=,lstart=";
    Some(of_ps(&run(
        "/bin/ps",
        &["-o", format, "-p", &pids.join(",")],
    )?))
}

/// What a program of the system prints, in the same words and hours whatever the user prefers.
fn run(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The start time in `/proc/PID/stat` (proc(5), field 22); `None` for a process that has ended and was not
/// waited for. The program's name (field 2) may hold anything, so it counts from its end.
fn of_stat(stat: &str) -> Option<String> {
    let (_, behind_name) = stat.rsplit_once(')')?;
    let fields: Vec<_> = behind_name.split_ascii_whitespace().collect();
    if matches!(fields.first(), Some(&("Z" | "X" | "x"))) {
        return None;
    }
    let started: u64 = fields.get(19)?.parse().ok()?;
    Some(started.to_string())
}

/// `ps -o pid=,stat=,lstart=` (ps(1) of macOS): ` 501 S+   Sat Nov 28 03:58:15 2026`.
fn of_ps(text: &str) -> BTreeMap<u32, Option<String>> {
    let line = |line: &str| {
        let mut words = line.split_ascii_whitespace();
        let pid = words.next()?.parse().ok()?;
        let ended = words.next()?.starts_with('Z');
        let started = letters(&words.collect::<String>());
        (!ended && !started.is_empty()).then_some((pid, Some(started)))
    };
    text.lines().filter_map(line).collect()
}

/// `tasklist /FO CSV /NH`: `"pwsh.exe","4711","Console","1","91,234 K"`. It tells no start times.
fn of_tasklist(text: &str) -> BTreeMap<u32, Option<String>> {
    let line = |line: &str| {
        let pid = line.trim().split("\",\"").nth(1)?.parse().ok()?;
        Some((pid, None))
    };
    text.lines().filter_map(line).collect()
}

/// The letters and digits of a text: what may stand in a file's name everywhere.
fn letters(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// A few letters that stand for some texts.
fn short(texts: &[&str]) -> String {
    let digest = digest::digest(&digest::SHA256, texts.join("\0").as_bytes());
    let first: [u8; 4] = std::array::from_fn(|at| digest.as_ref().get(at).copied().unwrap_or(0));
    format!("{:08x}", u32::from_be_bytes(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proc_tells_the_start_even_of_a_program_with_an_odd_name() {
        let of = |name: &str, state: &str| {
            let zeros = "0 ".repeat(18);
            of_stat(&format!("4711 ({name}) {state} {zeros}81234 9 9\n"))
        };
        assert_eq!(of("bash", "S").as_deref(), Some("81234"));
        assert_eq!(of("a) S 1 (b", "R").as_deref(), Some("81234"));
        assert_eq!(of("bash", "Z"), None);
        for text in ["", "4711 (bash", "4711 (bash) S 1 2", "4711 (bash) S x"] {
            assert_eq!(of_stat(text), None, "{text}");
        }
    }

    #[test]
    fn ps_tells_the_start_as_a_date() {
        // The form is that of macOS' ps(1), "lstart".
        let text =
            "  501 S+   Sat Nov 28 03:58:15 2026    \n77 Z    Sat Nov 28 03:58:15 2026\n\nx y\n";
        let expected = [(501, Some("SatNov280358152026".to_owned()))];
        assert_eq!(of_ps(text), expected.into());
    }

    #[test]
    fn tasklist_tells_who_lives() {
        // The form is that of Microsoft's documentation of tasklist, "/fo csv".
        let text = "\"System Idle Process\",\"0\",\"Services\",\"0\",\"8 K\"\r\n\"pwsh.exe\",\"4711\",\"Console\",\"1\",\"91,234 K\"\r\nINFO: No tasks\r\n";
        assert_eq!(of_tasklist(text), [(0, None), (4711, None)].into());
    }

    #[test]
    fn a_shell_is_known_by_its_number_start_and_machine() {
        let here = Machine {
            place: "aa".to_owned(),
            boot: "bb".to_owned(),
        };
        let shell = Shell::parse("7-81-aa-bb.bowline-session.json").unwrap();
        assert_eq!(shell.name(), "7-81-aa-bb");
        let started = |started: Option<&str>| BTreeMap::from([(7, started.map(str::to_owned))]);
        for (name, alive, expected) in [
            ("7-81-aa-bb.", Some(started(Some("81"))), Life::Alive),
            // The number was given to another process.
            ("7-81-aa-bb.", Some(started(Some("99"))), Life::Dead),
            ("7-81-aa-bb.", Some(BTreeMap::new()), Life::Dead),
            // Another start of the machine, where the numbers and ticks may meet.
            ("7-81-aa-cc.", Some(started(Some("81"))), Life::Dead),
            // Another machine that has the same home.
            ("7-81-zz-bb.", Some(BTreeMap::new()), Life::Unknown),
            ("7-81-aa-bb.", None, Life::Unknown),
            // Windows' tasklist tells no start.
            ("7-81-aa-bb.", Some(started(None)), Life::Alive),
        ] {
            let shell = Shell::parse(name).unwrap();
            assert_eq!(judge(&shell, &here, alive.as_ref()), expected, "{name}");
        }
    }

    #[test]
    fn names_of_other_files_are_no_shells() {
        for name in [
            "",
            "7",
            "7-81-aa-bb",
            "7-81.bowline-session.json",
            "x-81-aa-bb.json",
            "7-81-aa-b/b.json",
            "7-81-aa-.json",
            "7-81-aa-bb-cc.json",
        ] {
            assert_eq!(Shell::parse(name), None, "{name}");
        }
    }

    #[test]
    #[cfg_attr(not(target_os = "linux"), ignore = "asks /proc")]
    fn this_process_lives_and_one_that_ended_does_not() {
        let me = Shell::of(std::process::id(), None).unwrap();
        let mut other = me.clone();
        other.started = "1".to_owned();
        assert_eq!(lives(&[&me, &other]), [Life::Alive, Life::Dead]);
        let mut child = Command::new("true").spawn().unwrap();
        let pid = child.id();
        child.wait().unwrap();
        assert_eq!(Shell::of(pid, None), None);
    }
}
