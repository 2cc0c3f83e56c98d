//! A real sshd on loopback, and an ssh that knows it: for one test.

use std::fs;
use std::io::Read as _;
use std::net::IpAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

const SSHD: &str = "/usr/sbin/sshd";

/// How long sshd may take to listen.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running sshd.
pub(crate) struct Sshd {
    child: Child,
    folder: PathBuf,
    /// Where it listens.
    pub(crate) address: IpAddr,
    /// Its port.
    pub(crate) port: u16,
    /// An `ssh` with a configuration of its own, in place of the user's.
    pub(crate) ssh: PathBuf,
}

/// What is to be different.
#[derive(Default)]
pub(crate) struct Options {
    /// Variables of the sessions.
    pub(crate) environment: Vec<(String, String)>,
    /// What to run sshd under: `unshare -m sh -c '…; exec "$@"' sh`.
    pub(crate) under: Vec<String>,
}

impl Sshd {
    /// Starts one in an empty folder; `None` where there is no sshd.
    pub(crate) fn start(folder: &Path, address: IpAddr, options: &Options) -> Option<Self> {
        if !Path::new(SSHD).exists() {
            return None;
        }
        // Where privileges are separated, as the package's own service makes it.
        fs::create_dir_all("/run/sshd").ok()?;
        let folder = folder.to_owned();
        let port = {
            // Let go of at once: nobody else binds to this address.
            let free = TcpListener::bind((address, 0)).unwrap();
            free.local_addr().unwrap().port()
        };
        for name in ["host", "user"] {
            keygen(&folder.join(name));
        }
        let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        fs::copy(folder.join("user.pub"), folder.join("authorized_keys")).unwrap();
        let mut config = format!(
            "ListenAddress {address}\nPort {port}\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\n\
             StrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
             PermitRootLogin yes\nMaxStartups 100\n",
            path("host"),
            path("authorized_keys"),
        );
        let variables: Vec<String> = options
            .environment
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !variables.is_empty() {
            // One line: only the first SetEnv counts.
            config = format!("{config}SetEnv {}\n", variables.join(" "));
        }
        fs::write(folder.join("sshd_config"), config).unwrap();
        let mut words = options.under.clone();
        words.extend([SSHD, "-D", "-e", "-f"].map(str::to_owned));
        words.push(path("sshd_config"));
        let child = Command::new(&words[0])
            .args(&words[1..])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.join("sshd.log")).unwrap())
            .spawn()
            .unwrap();
        let mut sshd = Self {
            child,
            address,
            port,
            ssh: folder.join("ssh"),
            folder,
        };
        sshd.wait();
        sshd.know_host("host.pub");
        sshd.use_key("user");
        Some(sshd)
    }

    /// `root@ADDRESS:PORT`, in the form of a place.
    pub(crate) fn place(&self) -> String {
        format!("ssh:{}@{}:{}", user(), self.address, self.port)
    }

    /// Lets ssh know this key of the folder as the host's; with an empty name, none.
    pub(crate) fn know_host(&self, name: &str) {
        let line = if name.is_empty() {
            String::new()
        } else {
            let key = fs::read_to_string(self.folder.join(name)).unwrap();
            format!("[{}]:{} {key}", self.address, self.port)
        };
        fs::write(self.folder.join("known_hosts"), line).unwrap();
    }

    /// Lets ssh log in with this key of the folder.
    pub(crate) fn use_key(&self, name: &str) {
        let path = |name: &str| self.folder.join(name).to_str().unwrap().to_owned();
        let config = format!(
            "Host *\n IdentityFile {}\n IdentitiesOnly yes\n IdentityAgent none\n UserKnownHostsFile {}\n \
             GlobalKnownHostsFile /dev/null\n",
            path(name),
            path("known_hosts"),
        );
        fs::write(self.folder.join("ssh_config"), config).unwrap();
        let ssh = format!(
            "#!/bin/sh\nexec /usr/bin/ssh -F '{}' \"$@\"\n",
            path("ssh_config")
        );
        // By another process: while this one has it open for writing, a fork of another thread would keep
        // it from being run.
        let mut install = Command::new("install");
        let install = install
            .args(["-m", "755", "/dev/stdin"])
            .arg(&self.ssh)
            .stdin(Stdio::piped());
        let mut child = install.spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), ssh.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
    }

    /// Makes another key pair in the folder.
    #[allow(dead_code, reason = "several test programs share this file")]
    pub(crate) fn new_key(&self, name: &str) {
        keygen(&self.folder.join(name));
    }

    /// What sshd said so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.join("sshd.log")).unwrap()
    }

    fn wait(&mut self) {
        let began = Instant::now();
        loop {
            if let Ok(mut stream) = TcpStream::connect((self.address, self.port)) {
                let mut banner = [0; 4];
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                if stream.read_exact(&mut banner).is_ok() {
                    return;
                }
            }
            let ended = self.child.try_wait().unwrap();
            assert!(
                ended.is_none() && began.elapsed() < PATIENCE,
                "sshd does not listen: {ended:?} {}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Who runs the tests.
fn user() -> String {
    let output = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn keygen(path: &Path) {
    let status = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(path)
        .stdin(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
}
