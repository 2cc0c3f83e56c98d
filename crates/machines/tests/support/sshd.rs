//! A real sshd on loopback, and an `ssh` that knows only it. Needs nothing but `std`, so that other crates'
//! tests can include it by `#[path]`.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

/// What an [`Sshd`] is started with besides its folder.
#[derive(Default)]
pub(crate) struct Options<'a> {
    /// A command in front of sshd, such as `unshare -m sh -c 'mount --bind … && exec "$@"' sh`.
    pub(crate) prefix: &'a [&'a OsStr],
    /// `SetEnv` of the sessions, such as `("PATH", "/somewhere:/usr/bin:/bin")`.
    pub(crate) environment: &'a [(&'a str, &'a str)],
    /// More lines of `sshd_config`.
    pub(crate) settings: &'a str,
    /// Where it listens; 127.0.0.1 unless given.
    pub(crate) address: Option<IpAddr>,
}

/// A running sshd; ends when it is dropped.
pub(crate) struct Sshd {
    child: Child,
    folder: PathBuf,
    /// Where it listens.
    pub(crate) address: IpAddr,
    /// Its port there.
    pub(crate) port: u16,
    /// An `ssh` with the key of [`Sshd::start`]'s user and its own `known_hosts`, at first empty.
    pub(crate) ssh: PathBuf,
}

/// sshd and what is needed beside it; `Err` names what is missing.
pub(crate) fn find() -> Result<PathBuf, String> {
    for name in ["ssh", "ssh-keygen"] {
        look(name).ok_or_else(|| format!("there is no {name} (Debian: openssh-client)"))?;
    }
    look("sshd").ok_or_else(|| "there is no sshd (Debian: openssh-server)".to_owned())
}

fn look(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/usr/bin".into()])
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

#[allow(dead_code, reason = "several test programs share this file")]
impl Sshd {
    /// Starts one with fresh keys in an empty folder.
    pub(crate) fn start(folder: &Path, options: &Options<'_>) -> Self {
        let sshd = find().unwrap();
        key(&folder.join("host_key"));
        key(&folder.join("user_key"));
        fs::copy(folder.join("user_key.pub"), folder.join("authorized_keys")).unwrap();
        fs::write(folder.join("known_hosts"), "").unwrap();
        // Debian's sshd wants it, as root, even where it separates no privileges.
        let _ = fs::create_dir_all("/run/sshd");

        // Another may take the port between the look and the start: then sshd ends, and the next is tried.
        let address = options.address.unwrap_or(Ipv4Addr::LOCALHOST.into());
        for _ in 0..20 {
            let port = free_port(address);
            let config = sshd_config(folder, address, port, options);
            let log = fs::File::create(folder.join("sshd.log")).unwrap();
            let mut words: Vec<&OsStr> = options.prefix.to_vec();
            words.extend([
                sshd.as_os_str(),
                "-D".as_ref(),
                "-e".as_ref(),
                "-f".as_ref(),
            ]);
            words.push(config.as_os_str());
            let mut child = Command::new(words[0])
                .args(&words[1..])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(log)
                .spawn()
                .unwrap();
            if answers(&mut child, address, port) {
                let ssh = wrapper(folder, address, port);
                return Self {
                    child,
                    address,
                    folder: folder.to_owned(),
                    port,
                    ssh,
                };
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        let log = fs::read_to_string(folder.join("sshd.log")).unwrap_or_default();
        panic!("sshd does not start: {log}");
    }

    /// Puts the host's key into `known_hosts`.
    pub(crate) fn know(&self) {
        self.know_as("host_key.pub");
    }

    /// Puts another key of the folder into `known_hosts` as this host's.
    pub(crate) fn know_as(&self, key: &str) {
        let key = fs::read_to_string(self.folder.join(key)).unwrap();
        let line = format!("[{}]:{} {key}", self.address, self.port);
        fs::write(self.folder.join("known_hosts"), line).unwrap();
    }

    /// Makes another key pair in the folder.
    pub(crate) fn make_key(&self, name: &str) -> PathBuf {
        let path = self.folder.join(name);
        key(&path);
        path
    }

    /// Lets in who has this public key, and nobody else.
    pub(crate) fn authorize(&self, public: &str) {
        fs::copy(
            self.folder.join(public),
            self.folder.join("authorized_keys"),
        )
        .unwrap();
    }

    /// What sshd said so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.join("sshd.log")).unwrap_or_default()
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn key(path: &Path) {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f"])
        .arg(path)
        .status()
        .unwrap();
    assert!(made.success());
}

fn free_port(address: IpAddr) -> u16 {
    let listener = TcpListener::bind((address, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

fn sshd_config(folder: &Path, address: IpAddr, port: u16, options: &Options<'_>) -> PathBuf {
    let at = |name: &str| folder.join(name).display().to_string();
    let mut text = format!(
        "Port {port}\nListenAddress {address}\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\n\
         StrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
         PermitRootLogin prohibit-password\nMaxStartups 100\nLogLevel VERBOSE\n",
        at("host_key"),
        at("authorized_keys"),
    );
    // Only the first `SetEnv` line counts.
    if !options.environment.is_empty() {
        text.push_str("SetEnv");
        for (name, value) in options.environment {
            write!(text, " \"{name}={value}\"").unwrap();
        }
        text.push('\n');
    }
    text.push_str(options.settings);
    let path = folder.join("sshd_config");
    fs::write(&path, text).unwrap();
    path
}

/// Real users have settings and keys of their own in `~/.ssh`, which `ssh -F` leaves alone.
fn wrapper(folder: &Path, address: IpAddr, port: u16) -> PathBuf {
    let at = |name: &str| folder.join(name).display().to_string();
    let config = format!(
        "Host node\n  HostName {address}\n  Port {port}\nHost *\n  IdentityFile {}\n  IdentitiesOnly yes\n  \
         IdentityAgent none\n  UserKnownHostsFile {}\n  GlobalKnownHostsFile none\n",
        at("user_key"),
        at("known_hosts"),
    );
    fs::write(folder.join("ssh_config"), config).unwrap();
    let path = folder.join("ssh");
    // Its whole path: the wrapper may itself be the `ssh` of PATH.
    let ssh = look("ssh").unwrap();
    let text = format!(
        "#!/bin/sh\nexec '{}' -F '{}' \"$@\"\n",
        ssh.display(),
        at("ssh_config")
    );
    // By another process: while this one has it open for writing, a fork of another thread would keep it from
    // being run ("text file busy").
    let mut install = Command::new("install")
        .args(["-m", "755", "/dev/stdin"])
        .arg(&path)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let written = install.stdin.take().unwrap().write_all(text.as_bytes());
    written.unwrap();
    assert!(install.wait().unwrap().success());
    path
}

/// Waits until it listens; false when it ended instead.
fn answers(child: &mut Child, address: IpAddr, port: u16) -> bool {
    let deadline = Instant::now() + Duration::from_secs(20);
    while Instant::now() < deadline {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        if TcpStream::connect((address, port)).is_ok() {
            // Whoever answers may be another: ours must still live.
            return child.try_wait().unwrap().is_none();
        }
        std::thread::yield_now();
    }
    false
}
