//! Stand-ins for the programs that lead to machines. Each acts on a folder for each machine, and refuses
//! every call that it does not expect.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use testnode::Cluster;
use testnode::Node;

use crate::support::Sandbox;
use crate::support::install;
use crate::support::place;

/// Where a node keeps the kubeconfig of its admin.
pub(crate) const CLIENT_CONFIG: &str = "/var/snap/microk8s/current/credentials/client.config";

/// What every node calls itself.
pub(crate) const LOOPBACK: &str = "https://127.0.0.1:16443";

/// A cluster that runs at an address of its own.
pub(super) fn started() -> (Cluster, Node) {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    (cluster, node)
}

/// Runs a script of bowline's, which comes as an argument, on a machine's folder. The paths that the script
/// is asked for get that folder in front, and what `stat` says of them loses it.
const RUN: &str = r#"
run() {
    root=$PWD/$1/root
    sed "s|^\([=*]\)/|\1$root/|" | ROOT=$root PATH=$PWD/bin:/usr/bin:/bin sh -c "$2"
    exit
}
runs() {
    [ -d "$1" ] || { echo "$missing" >&2; exit 2; }
    [ "$(cat "$1/state")" = "$running" ] || { echo "$1 is not running" >&2; exit 2; }
}
"#;

const STAT: &str = r#"/usr/bin/stat "$@" | /bin/sed "s|:$ROOT/|:/|"
"#;

/// canonical/multipass `src/client/cli/cmd/exec.cpp` and `src/client/cli/formatter/json_formatter.cpp`.
const MULTIPASS: &str = r#"
missing="instance \"$2\" does not exist"
running=Running
case "$#:$*" in
"4:info $2 --format json")
    [ -d "$2" ] || { echo "info failed: $missing" >&2; exit 2; }
    echo "{\"errors\":[],\"info\":{\"$2\":{\"state\":\"$(cat "$2/state")\",\"ipv4\":[$(cat "$2/quoted")]}}}" ;;
"3:info --format json")
    comma=
    printf '{"errors":[],"info":{'
    for name in $(ls); do
        [ -e "$name/state" ] || continue
        printf '%s"%s":{"state":"%s","ipv4":[%s]}' "$comma" "$name" "$(cat "$name/state")" "$(cat "$name/quoted")"
        comma=,
    done
    echo '}}' ;;
"3:list --format json")
    comma=
    printf '{"list":['
    for name in $(ls); do
        [ -e "$name/state" ] || continue
        printf '%s{"name":"%s","state":"%s","ipv4":[%s]}' "$comma" "$name" "$(cat "$name/state")" "$(cat "$name/quoted")"
        comma=,
    done
    echo ']}' ;;
"7:exec $2 -- sudo sh -c $7")
    runs "$2"
    run "$2" "$7" ;;
*)
    echo "unexpected: $*" >&2
    exit 64 ;;
esac
"#;

/// canonical/lxd `shared/api/instance.go` and `instance_state.go`.
const LXC: &str = r#"
missing="Error: Instance not found"
running=Running
one() {
    printf '%s{"name":"%s","status":"%s","state":{"network":{"eth0":{"addresses":[' "$2" "$1" "$(cat "$1/state")"
    sed 's|.*|{"family":"inet","address":"&","netmask":"24","scope":"global"}|' "$1/addresses" | paste -sd, -
    printf ']}}}}'
}
case "$#:$*" in
"3:list --format json" | "4:list $2 --format json")
    comma=
    printf '['
    for name in $(ls); do
        [ -e "$name/state" ] || continue
        [ "$#" = 3 ] || [ "$2" = "$name" ] || [ "$2" = "^$name\$" ] || continue
        one "$name" "$comma"
        comma=,
    done
    echo ']' ;;
"6:exec $2 -- sh -c $6")
    runs "$2"
    run "$2" "$6" ;;
*)
    echo "unexpected: $*" >&2
    exit 64 ;;
esac
"#;

/// A host behind ssh where only root may read, which is asked for through sudo.
const SSH: &str = r#"
options="-T -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=10 -o ClearAllForwardings=yes --"
case "$#:$*" in
"12:$options me@lab1 sh -c '"*)
    read -r line
    case "$line" in
    =*)
        echo ":machine-reply 1"
        echo ":entry"
        printf "%s" "- - - - - /::/var/snap/microk8s/current/credentials:" | base64
        echo ":denied"
        echo ":end 1" ;;
    *)
        echo ":addresses"
        cat lab1/addresses
        echo
        echo ":end" ;;
    esac ;;
"12:$options me@lab1 env LC_ALL=C sudo -n -- sh -c '"*)
    [ -e lab1/sudoer ] || { echo "sudo: a password is required" >&2; exit 1; }
    for last in "$@"; do :; done
    text=${last#"env LC_ALL=C sudo -n -- sh -c '"}
    run lab1 "${text%"'"}" ;;
*)
    echo "unexpected: $*" >&2
    exit 64 ;;
esac
"#;

/// The shell of this machine.
const SH: &str = r#"
case "$#:$1" in
"2:-c") run this "$2" ;;
*) exit 64 ;;
esac
"#;

/// The machines of a program.
pub(crate) struct Machines<'a> {
    sandbox: &'a Sandbox,
    program: &'static str,
}

impl<'a> Machines<'a> {
    /// Puts Multipass on PATH.
    pub(crate) fn multipass(sandbox: &'a Sandbox) -> Self {
        Self::new(sandbox, "multipass", MULTIPASS)
    }

    /// Puts LXD's client on PATH.
    pub(crate) fn lxd(sandbox: &'a Sandbox) -> Self {
        Self::new(sandbox, "lxc", LXC)
    }

    /// Puts an ssh on PATH that knows `me@lab1`.
    pub(crate) fn ssh(sandbox: &'a Sandbox) -> Self {
        Self::new(sandbox, "ssh", SSH)
    }

    /// Puts a shell on PATH that sees the machine `this`.
    pub(super) fn local(sandbox: &'a Sandbox) -> Self {
        Self::new(sandbox, "sh", SH)
    }

    fn new(sandbox: &'a Sandbox, program: &'static str, text: &str) -> Self {
        let machines = Self { sandbox, program };
        let folder = sandbox.path(program);
        let bin = folder.join("bin");
        fs::create_dir_all(&bin).unwrap();
        let stat = format!("#!/bin/sh\n{STAT}");
        install("/dev/stdin", stat.as_bytes(), &bin.join("stat"));
        let folder = folder.display();
        let text = format!("PATH=/usr/bin:/bin\ncd '{folder}' || exit 9\n{RUN}{text}");
        sandbox.script(program, &text);
        machines
    }

    /// The folder of a machine's files.
    pub(super) fn root(&self, name: &str) -> PathBuf {
        self.folder(name).join("root")
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.sandbox.path(self.program).join(name)
    }

    /// Starts a machine that has these addresses.
    pub(crate) fn runs(&self, name: &str, addresses: &[SocketAddr]) {
        self.is(name, "Running", addresses);
    }

    /// Stops a machine.
    pub(super) fn stopped(&self, name: &str) {
        self.is(name, "Stopped", &[]);
    }

    fn is(&self, name: &str, state: &str, addresses: &[SocketAddr]) {
        let folder = self.folder(name);
        fs::create_dir_all(folder.join("root")).unwrap();
        let ips: Vec<_> = addresses.iter().map(|it| it.ip().to_string()).collect();
        let quoted: Vec<_> = ips.iter().map(|ip| format!("\"{ip}\"")).collect();
        fs::write(folder.join("addresses"), ips.join("\n")).unwrap();
        fs::write(folder.join("quoted"), quoted.join(",")).unwrap();
        fs::write(folder.join("state"), state).unwrap();
    }

    /// Writes a file of a machine.
    pub(crate) fn write(&self, name: &str, path: &str, text: &str) {
        let file = self.folder(name).join(format!("root{path}"));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
}
