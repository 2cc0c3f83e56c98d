//! What a look at a thousand clusters costs: `scripts/bench.sh` runs it. Each figure is a whole process of
//! `bowline status --all`, with its target beside it. Nothing here judges: a figure is for reading.
//!
//! The clusters are served by another process (this program again, called with `serve`), so that neither its
//! memory nor its work is counted as bowline's; the work still takes its share of the machine.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot run should stop and say so"
)]

use std::fmt::Write as _;
use std::fs;
use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Read as _;
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use testnode::Behaviour;
use testnode::ClientCertificateSpec;
use testnode::Cluster;
use testnode::Node;
use testnode::NodeOptions;

const CLUSTERS: usize = 1000;
const SWALLOWING: usize = 300;
const ROUNDS: usize = 5;
/// How long the clusters' host takes to let a port swallow packets is mostly waiting.
const STARTERS: usize = 32;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", folder, login, behaviour] => serve(Path::new(folder), login, behaviour),
        _ => measure(),
    }
}

fn measure() {
    if !cfg!(target_os = "linux") {
        println!("skipped: only Linux has a thousand loopback addresses and /proc");
        return;
    }
    if let Ok(load) = fs::read_to_string("/proc/loadavg") {
        println!("load {}", load.split(' ').next().unwrap_or_default());
    }
    println!(
        "bowline status --all, {CLUSTERS} clusters on loopback, each with a CA of its own, {ROUNDS} rounds"
    );
    for (what, login, behaviour, seconds) in [
        ("all answer, tokens", "token", "answer", 2.0),
        (
            "all answer, client certificates",
            "certificate",
            "answer",
            2.0,
        ),
        ("300 swallow packets, tokens", "token", "swallow", 5.0),
        ("300 accept and say nothing, tokens", "token", "hang", 5.0),
        (
            "all answer 900 ms late, tokens",
            "token",
            "late",
            f64::INFINITY,
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut fleet = Fleet::start(folder.path(), login, behaviour);
        let mut runs: Vec<Run> = (0..ROUNDS).map(|_| look(folder.path())).collect();
        fleet.stop();
        runs.sort_by_key(|run| run.elapsed);
        let median = &runs[ROUNDS / 2];
        let peak = runs.iter().map(|run| run.peak).max().unwrap_or_default();
        let target = if seconds.is_finite() {
            format!("(target {seconds} s, 60 MiB)")
        } else {
            "(target: all reachable)".to_owned()
        };
        println!(
            "  {what:<34} median {:5.2} s   max {:5.2} s   peak {:5.1} MiB   {} reachable   {target}",
            median.elapsed.as_secs_f64(),
            runs[ROUNDS - 1].elapsed.as_secs_f64(),
            f64::from(u32::try_from(peak).unwrap_or(u32::MAX)) / 1024.0,
            median.reachable,
        );
    }
}

/// The process that serves the clusters. It ends when its standard input does.
struct Fleet(Child);

impl Fleet {
    fn start(folder: &Path, login: &str, behaviour: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["serve", folder.to_str().unwrap(), login, behaviour])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut ready)
            .unwrap();
        assert_eq!(ready, "ready\n");
        Self(child)
    }

    fn stop(&mut self) {
        drop(self.0.stdin.take());
        self.0.wait().unwrap();
    }
}

fn serve(folder: &Path, login: &str, behaviour: &str) {
    let number = |at: usize| u32::try_from(at).unwrap();
    let start = |at: usize| {
        // From 127.2.0.1 on, four thousand addresses that nothing else uses.
        let ip = Ipv4Addr::from_bits(0x7f02_0001 + number(at));
        let cluster = Cluster::new();
        let options = NodeOptions {
            behaviour: match behaviour {
                "swallow" if at % 10 < SWALLOWING * 10 / CLUSTERS => Behaviour::Swallow,
                "hang" if at % 10 < SWALLOWING * 10 / CLUSTERS => Behaviour::Hang,
                "late" => Behaviour::Late(Duration::from_millis(900)),
                _ => Behaviour::Serve,
            },
            ..NodeOptions::default()
        };
        let node = Node::start_with(&cluster, SocketAddr::from((ip, 16443)), options).unwrap();
        (cluster, node)
    };
    let mut fleet: Vec<(Cluster, Node)> = Vec::new();
    thread::scope(|scope| {
        let starters: Vec<_> = (0..STARTERS)
            .map(|first| {
                let start = &start;
                scope.spawn(move || {
                    (first..CLUSTERS)
                        .step_by(STARTERS)
                        .map(start)
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        for starter in starters {
            fleet.extend(starter.join().unwrap());
        }
    });
    fs::write(folder.join("config"), kubeconfig(&fleet, login)).unwrap();
    println!("ready");
    std::io::stdout().flush().unwrap();
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

/// One file with all of them, as `bowline add` puts them together.
fn kubeconfig(fleet: &[(Cluster, Node)], login: &str) -> String {
    let (mut clusters, mut contexts, mut users) = (String::new(), String::new(), String::new());
    for (number, (cluster, node)) in fleet.iter().enumerate() {
        let printed = match login {
            "certificate" => {
                let client = cluster.client_certificate(&ClientCertificateSpec::admin());
                cluster.kubeconfig_x509(&node.url(), &client)
            }
            _ => cluster.kubeconfig(&node.url()),
        };
        let value = |key: &str| {
            let mut lines = printed.lines().map(str::trim_start);
            let line = lines.find(|line| line.starts_with(key));
            line.map(|line| format!("    {line}\n")).unwrap_or_default()
        };
        let name = format!("cluster-{number:04}");
        write!(
            clusters,
            "- cluster:\n{}{}  name: {name}\n",
            value("certificate-authority-data:"),
            value("server:")
        )
        .unwrap();
        write!(
            contexts,
            "- context:\n    cluster: {name}\n    user: {name}\n  name: {name}\n"
        )
        .unwrap();
        write!(
            users,
            "- name: {name}\n  user:\n{}{}{}",
            value("token:"),
            value("client-certificate-data:"),
            value("client-key-data:")
        )
        .unwrap();
    }
    format!(
        "apiVersion: v1\nkind: Config\nclusters:\n{clusters}contexts:\n{contexts}users:\n{users}"
    )
}

struct Run {
    elapsed: Duration,
    /// KiB.
    peak: u64,
    reachable: usize,
}

fn look(folder: &Path) -> Run {
    let out = folder.join("out");
    let began = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_bowline"))
        .args(["status", "--all", "-o", "json"])
        .env_clear()
        .env("HOME", folder)
        .env("KUBECONFIG", folder.join("config"))
        .env("BOWLINE_STATE", folder.join("state"))
        .env("BOWLINE_CONFIG", folder.join("config.toml"))
        .stdin(Stdio::null())
        .stdout(fs::File::create(&out).unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    // The kernel keeps the peak itself (VmHWM) as long as the process lives: the last look misses little.
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        peak = kib.unwrap_or(peak);
        thread::sleep(Duration::from_millis(5));
    }
    let elapsed = began.elapsed();
    let text = fs::read_to_string(&out).unwrap();
    let reachable = text.matches("\"reachable\": true").count();
    assert_eq!(
        text.matches("\"context\": ").count(),
        CLUSTERS,
        "{text:.2000}"
    );
    Run {
        elapsed,
        peak,
        reachable,
    }
}
