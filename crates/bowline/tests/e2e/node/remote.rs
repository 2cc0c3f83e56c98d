//! A node behind a real sshd, whose files lie where MicroK8s has them (in a mount namespace of their own).

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use crate::sshd;
use crate::sshd::Options;
use crate::sshd::Sshd;
use crate::support::Outcome;
use crate::support::Sandbox;
use crate::support::Tree;
use crate::support::install;
use crate::support::skip;

pub(super) struct Remote {
    pub(super) sandbox: Sandbox,
    pub(super) tree: Tree,
    sshd: Sshd,
    /// Whom one logs in as, with `@`; empty for whoever runs the test.
    user: &'static str,
}

impl Remote {
    /// A node with these files that answers at an address; `programs` are found there first, and FOLDER in
    /// them becomes [`Remote::folder`]. `None` after the test was skipped.
    pub(super) fn new(
        name: &str,
        tree: Tree,
        address: IpAddr,
        programs: &[(&str, &str)],
    ) -> Option<Self> {
        Self::mounted(name, tree, address, programs, "rw", None)
    }

    /// The same, where one logs in as `joe`, who is not root and is in these groups, for the real sudo's
    /// settings. Neither the user nor the settings are known outside of the node.
    pub(super) fn of_joe(
        name: &str,
        tree: Tree,
        address: IpAddr,
        groups: &str,
        sudoers: &str,
    ) -> Option<Self> {
        if !Path::new("/usr/bin/sudo").exists() {
            skip(name, "there is no sudo (Debian: sudo)");
            return None;
        }
        Self::mounted(name, tree, address, &[], "rw", Some((groups, sudoers)))
    }

    /// The same, with options for the mount of its files.
    pub(super) fn mounted(
        name: &str,
        tree: Tree,
        address: IpAddr,
        programs: &[(&str, &str)],
        mount: &str,
        joe: Option<(&str, &str)>,
    ) -> Option<Self> {
        if !can_mount() {
            skip(name, "nothing can be mounted in a namespace here");
            return None;
        }
        if let Err(reason) = sshd::find() {
            skip(name, &reason);
            return None;
        }
        let sandbox = Sandbox::new();
        let keys = sandbox.path("sshd");
        let bin = keys.join("bin");
        fs::create_dir_all(&bin).unwrap();
        for (program, text) in programs {
            let text = text.replace("FOLDER", keys.to_str().unwrap());
            install("/dev/stdin", text.as_bytes(), &bin.join(program));
        }
        let data = tree.root().join("var/snap/microk8s");
        fs::create_dir_all(&data).unwrap();
        let mut user = "";
        let mut also = String::new();
        if let Some((groups, sudoers)) = joe {
            user = "joe@";
            also = accounts(&keys, groups, sudoers);
            for folder in [&sandbox.path(""), &keys] {
                fs::set_permissions(folder, fs::Permissions::from_mode(0o711)).unwrap();
            }
        }
        let under = format!(
            "{also}mount -t tmpfs tmpfs /var && mkdir -p /var/snap/microk8s && mount --bind \"$0\" \
             /var/snap/microk8s && mount -o remount,bind,{mount} /var/snap/microk8s && exec \"$@\""
        );
        let sh = ["unshare", "-m", "sh", "-c", &under, data.to_str().unwrap()];
        let options = Options {
            prefix: &sh.map(OsStr::new),
            environment: &[("PATH", &format!("{}:/usr/bin:/bin", bin.display()))],
            address: Some(address),
            ..Options::default()
        };
        let sshd = Sshd::start(&keys, &options);
        sshd.know();
        install(sshd.ssh.to_str().unwrap(), b"", &sandbox.path("bin/ssh"));
        Some(Self {
            sandbox,
            tree,
            sshd,
            user,
        })
    }

    /// A folder that the programs of the node know, too.
    pub(super) fn folder(&self) -> PathBuf {
        self.sandbox.path("sshd")
    }

    pub(super) fn place(&self) -> String {
        format!("ssh:{}{}:{}", self.user, self.sshd.address, self.sshd.port)
    }

    #[track_caller]
    pub(super) fn node(&self, arguments: &[&str]) -> Outcome {
        let place = self.place();
        let on = ["--on", &place];
        self.sandbox.bowline(&[&["node"], arguments, &on].concat())
    }
}

/// Commands that give a mount namespace accounts and settings of its own.
fn accounts(keys: &Path, groups: &str, sudoers: &str) -> String {
    let of_the_system = |name: &str| fs::read_to_string(name).unwrap();
    let mut commands = String::new();
    for (name, text, mode) in [
        (
            "/etc/passwd",
            of_the_system("/etc/passwd") + "joe:x:61500:61500::/:/bin/sh\n",
            0o644,
        ),
        (
            "/etc/shadow",
            ["root", "joe"]
                .map(|name| format!("{name}:*:19000:0:99999:7:::\n"))
                .concat(),
            0o640,
        ),
        (
            "/etc/group",
            of_the_system("/etc/group") + "joe:x:61500:\n" + groups,
            0o644,
        ),
        ("/etc/sudoers", sudoers.to_owned(), 0o440),
    ] {
        let file = keys.join(name.rsplit('/').next().unwrap());
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        writeln!(commands, "mount --bind '{}' {name} &&", file.display()).unwrap();
    }
    commands
}

fn can_mount() -> bool {
    let tried = Command::new("unshare")
        .args(["-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"])
        .output();
    tried.is_ok_and(|tried| tried.status.success())
}
