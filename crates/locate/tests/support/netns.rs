//! Networks that a test makes itself: a namespace in which the test runs, and machines that are namespaces
//! behind virtual cables. Nothing of it is seen outside, and all of it goes when the test ends.
//!
//! The kernel's neighbour table is the exception: there is one for all namespaces. Who fills it takes
//! [`NeighbourTable::mine`] first.

#![allow(dead_code, reason = "no test uses everything")]

use std::fs::File;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::os::fd::AsFd as _;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use super::skip;

/// Set inside: the folder that may be used.
pub(crate) const INSIDE: &str = "BOWLINE_TEST_INSIDE";

/// Runs `body` in network, mount and process namespaces of its own, by starting this very test once more in
/// there. `test` is its whole name, as `cargo test` prints it. Who may make no namespaces (no root, no user
/// namespaces) or lacks one of the programs sees the test skipped.
///
/// Returns what the test printed in there; `None` in there, and where it was skipped.
pub(crate) fn within(test: &str, programs: &[&str], body: impl FnOnce(&Path)) -> Option<String> {
    if let Some(folder) = std::env::var_os(INSIDE) {
        tool(&["ip", "link", "set", "lo", "up"]);
        // It tells of the interfaces of the namespace that mounted it.
        let _ = command(&["mount", "-t", "sysfs", "sysfs", "/sys"]).output();
        body(Path::new(&folder));
        return None;
    }
    let needed = ["unshare", "nsenter", "ip", "mount"];
    if let Some(missing) = needed
        .iter()
        .chain(programs)
        .find(|name| find(name).is_none())
    {
        skip(test, &format!("{missing} is not installed"));
        return None;
    }
    let trial = namespace(&["true"]).output().unwrap();
    if !trial.status.success() {
        let reason = String::from_utf8_lossy(&trial.stderr);
        skip(
            test,
            &format!("no namespace can be made: {}", reason.trim()),
        );
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let me = std::env::current_exe().unwrap();
    let output = namespace(&[me.to_str().unwrap(), "--exact", test, "--nocapture"])
        .env(INSIDE, folder.path())
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let ran = output.status.success() && stdout.contains("1 passed");
    assert!(ran, "{test}, in its namespace:\n{stdout}{stderr}");
    Some(stdout)
}

/// The folder that may be used, if this process was started in a namespace; then it is made ready.
pub(crate) fn inside() -> Option<PathBuf> {
    let folder = std::env::var_os(INSIDE)?;
    tool(&["ip", "link", "set", "lo", "up"]);
    // It tells of the interfaces of the namespace that mounted it.
    let _ = command(&["mount", "-t", "sysfs", "sysfs", "/sys"]).output();
    Some(folder.into())
}

/// Whether namespaces can be made here, and the programs are there; else, the reason.
pub(crate) fn possible(programs: &[&str]) -> Result<(), String> {
    let needed = ["unshare", "nsenter", "ip", "mount"];
    let mut all = needed.iter().chain(programs);
    if let Some(missing) = all.find(|name| find(name).is_none()) {
        return Err(format!("{missing} is not installed"));
    }
    let trial = namespace(&["true"]).output().unwrap();
    if !trial.status.success() {
        let reason = String::from_utf8_lossy(&trial.stderr);
        return Err(format!("no namespace can be made: {}", reason.trim()));
    }
    Ok(())
}

/// A command in namespaces of its own; as root in a user namespace where it is not root.
pub(crate) fn namespace(line: &[&str]) -> Command {
    let mut command = command(&["unshare"]);
    let id = Command::new("id").arg("-u").output();
    if id.is_ok_and(|id| id.stdout != b"0\n") {
        command.args(["--user", "--map-root-user"]);
    }
    command.args(["--net", "--mount", "--pid", "--mount-proc"]);
    command.args(["--fork", "--kill-child", "--"]).args(line);
    command
}

/// A program of the machine; daemons live where ordinary users do not look.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    folders
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

/// A command line, its program found as above.
pub(crate) fn command(line: &[&str]) -> Command {
    let (name, arguments) = line.split_first().unwrap();
    let mut command = Command::new(find(name).unwrap_or_else(|| panic!("no {name}")));
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Runs a command that must succeed, and gives what it printed.
#[track_caller]
pub(crate) fn tool(line: &[&str]) -> String {
    succeed(command(line))
}

#[track_caller]
fn succeed(mut command: Command) -> String {
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{command:?}: {}: {stderr}",
        output.status
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn wait_for(what: &str, mut so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !so() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A bridge of the namespace that the test runs in, with an address of this machine: `virbr0`, `10.66.0.1/24`.
pub(crate) fn bridge(name: &str, address: &str) {
    tool(&["ip", "link", "add", name, "type", "bridge"]);
    tool(&["ip", "address", "add", address, "dev", name]);
    tool(&["ip", "link", "set", name, "up"]);
}

/// Another machine: a network namespace with one card, `eth0`.
pub(crate) struct Machine {
    process: Child,
}

impl Machine {
    /// A machine whose card is plugged into a bridge, and has this hardware address.
    pub(crate) fn plugged_into(bridge: &str, mac: &str) -> Self {
        // Its namespace lasts as long as a process is in it, and that one until its input ends.
        let process = command(&["unshare", "--net", "--", "cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let machine = Self { process };
        let ours = std::fs::read_link("/proc/self/ns/net").unwrap();
        wait_for("a network namespace", || {
            std::fs::read_link(machine.namespace()).is_ok_and(|theirs| theirs != ours)
        });
        let id = machine.process.id().to_string();
        let cable = format!("cable{id}");
        tool(&[
            "ip", "link", "add", &cable, "type", "veth", "peer", "name", "eth0", "netns", &id,
        ]);
        tool(&["ip", "link", "set", &cable, "master", bridge, "up"]);
        machine.tool(&["ip", "link", "set", "lo", "up"]);
        machine.tool(&["ip", "link", "set", "eth0", "address", mac, "up"]);
        machine
    }

    fn namespace(&self) -> String {
        format!("/proc/{}/ns/net", self.process.id())
    }

    /// A command line on this machine.
    pub(crate) fn command(&self, line: &[&str]) -> Command {
        let (name, arguments) = line.split_first().unwrap();
        let program = find(name).unwrap_or_else(|| panic!("no {name}"));
        let mut command = command(&["nsenter", &format!("--net={}", self.namespace()), "--"]);
        command.arg(program).args(arguments);
        command
    }

    /// Runs a command there that must succeed, and gives what it printed.
    #[track_caller]
    pub(crate) fn tool(&self, line: &[&str]) -> String {
        succeed(self.command(line))
    }

    /// Gives it addresses: `10.66.0.7/24`.
    pub(crate) fn add(&self, addresses: &[String]) {
        for address in addresses {
            // IPv6 checks for a second owner first, which takes a second.
            let nodad: &[&str] = if address.contains(':') {
                &["nodad"]
            } else {
                &[]
            };
            let line = ["ip", "address", "add", address, "dev", "eth0"];
            self.tool(&[&line, nodad].concat());
        }
    }

    /// Takes an address away.
    pub(crate) fn remove(&self, address: &str) {
        self.tool(&["ip", "address", "del", address, "dev", "eth0"]);
    }

    /// Does something in its network. A socket that is made there stays there, whoever uses it.
    pub(crate) fn within<T: Send>(&self, act: impl FnOnce() -> T + Send) -> T {
        let namespace = File::open(self.namespace()).unwrap();
        let enter = || {
            let kind = rustix::thread::LinkNameSpaceType::Network;
            rustix::thread::move_into_link_name_space(namespace.as_fd(), Some(kind)).unwrap();
            act()
        };
        // A thread of its own: the namespace is the thread's.
        std::thread::scope(|scope| scope.spawn(enter).join().unwrap())
    }

    /// Accepts connections, by the kernel alone.
    pub(crate) fn listen(&self, address: SocketAddr) -> TcpListener {
        self.within(|| TcpListener::bind(address).unwrap())
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The kernel's neighbour table, which all namespaces share: one test at a time may fill it.
pub(crate) struct NeighbourTable {
    _lock: Option<File>,
    before: Option<u64>,
}

impl NeighbourTable {
    /// Waits for those who fill it now. Inside the namespace, where the table is not shown, it is ours.
    pub(crate) fn mine() -> Self {
        let inside = std::env::var_os(INSIDE).is_some();
        let lock = (!inside).then(|| {
            let path = std::env::temp_dir().join("bowline-tests-neighbour-table.lock");
            // One that another user made can be opened, not created.
            let lock = File::create(&path).or_else(|_| File::open(&path)).unwrap();
            lock.lock().unwrap();
            lock
        });
        Self {
            _lock: lock,
            before: Self::fulls(),
        }
    }

    /// Checks that nobody was refused an entry since.
    #[track_caller]
    pub(crate) fn assert_never_full(&self) {
        let overflows = self.overflows().unwrap_or(0);
        assert_eq!(overflows, 0, "the neighbour table overflowed");
    }

    /// How often somebody was refused an entry since; `None` in containers, where that is not shown.
    pub(crate) fn overflows(&self) -> Option<u64> {
        Some(Self::fulls()? - self.before?)
    }

    /// How often it was full, if that is shown here. Read without the code that is tested.
    fn fulls() -> Option<u64> {
        let text = std::fs::read_to_string("/proc/net/stat/arp_cache").ok()?;
        let mut lines = text.lines();
        let column = lines
            .next()?
            .split_whitespace()
            .position(|title| title == "table_fulls")?;
        let count = |line: &str| {
            let word = line.split_whitespace().nth(column).unwrap();
            u64::from_str_radix(word, 16).unwrap()
        };
        Some(lines.map(count).sum())
    }
}
