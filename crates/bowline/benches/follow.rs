//! What following a cluster costs, against kubectl alone: `scripts/bench.sh` runs it and docs/benchmarks.md
//! explains the figures. Both sides run in turn, in the same minute, on the same machine; each figure is a
//! whole process. Nothing here judges: a figure is for reading.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot run should stop and say so"
)]

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use tempfile::TempDir;
use testnode::Behaviour;
use testnode::Cluster;
use testnode::Node;

const ROUNDS: usize = 100;
const MOVES: usize = 20;
/// A verdict is fresh for 30 s; it is renewed well before.
const RENEW_EVERY: usize = 20;

fn main() {
    let kubectl = testnode::kubectl::find().unwrap();
    println!(
        "kubectl {}.{}: {}",
        kubectl.version.0,
        kubectl.version.1,
        kubectl.path.display()
    );
    if let Ok(load) = fs::read_to_string("/proc/loadavg") {
        println!("load {}", load.split(' ').next().unwrap_or_default());
    }
    let bench = Bench::new(kubectl.path);
    bench.k_in_front_of(
        "kubectl get namespaces",
        &bench.kubectl,
        &["get", "namespaces"],
        ROUNDS,
    );
    if Path::new("/bin/true").exists() {
        bench.k_in_front_of(
            "/bin/true in place of kubectl",
            Path::new("/bin/true"),
            &["get"],
            ROUNDS * 2,
        );
    }
    bench.k_with_a_check();
    bench.move_found("node moved, old address refuses", Behaviour::Refuse);
    if cfg!(target_os = "linux") {
        bench.move_found(
            "node moved, old address swallows packets",
            Behaviour::Swallow,
        );
        bench.kubectl_alone_in_a_black_hole();
    }
    bench.late_server();
    bench.doctor();
}

struct Bench {
    folder: TempDir,
    kubectl: PathBuf,
    cluster: Cluster,
    node: Node,
    places: [SocketAddr; 2],
}

impl Bench {
    fn new(kubectl: PathBuf) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cluster = Cluster::new();
        let node = Node::start(&cluster, ([127, 0, 0, 2], 0).into()).unwrap();
        let places = [
            node.address(),
            ([127, 0, 0, 9], node.address().port()).into(),
        ];
        let bench = Self {
            folder,
            kubectl,
            cluster,
            node,
            places,
        };
        fs::create_dir(bench.path("home")).unwrap();
        fs::write(
            bench.path("printed"),
            bench.cluster.kubeconfig(&bench.node.url()),
        )
        .unwrap();
        // What else is installed here must not be part of the figures.
        let keys = locate::Source::keys().into_iter();
        let others = keys.filter(|key| Some(*key) != locate::Source::HostsIcs.facts().key);
        let others: Vec<String> = others.map(|key| format!("{key} = false\n")).collect();
        let settings = format!(
            "hosts_ics = ['{}']\n[sources]\n{}",
            bench.path("hosts.ics").display(),
            others.concat()
        );
        fs::write(bench.path("config.toml"), settings).unwrap();
        bench.announce(places[0]);
        let printed = bench.path("printed");
        assert!(
            bench
                .bowline(&["add", &printed.to_string_lossy(), "--name", "dev"])
                .status()
                .unwrap()
                .success()
        );
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn announce(&self, address: SocketAddr) {
        let line = format!(
            "{} microk8s-vm.mshome.net # 2036 11 6 29 10 30 0 0\n",
            address.ip()
        );
        fs::write(self.path("hosts.ics"), line).unwrap();
    }

    fn command(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env("HOME", self.path("home"))
            .env("KUBECONFIG", self.path("config"))
            .env("BOWLINE_STATE", self.path("state"))
            .env("BOWLINE_CONFIG", self.path("config.toml"))
            .env("BOWLINE_KUBECTL", &self.kubectl)
            .env("KUBERC", "off")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    fn bowline(&self, arguments: &[&str]) -> Command {
        self.command(Path::new(env!("CARGO_BIN_EXE_bowline")), arguments)
    }

    fn renew_verdict(&self) {
        assert!(self.bowline(&["status"]).status().unwrap().success());
    }

    fn k_in_front_of(&self, what: &str, program: &Path, arguments: &[&str], rounds: usize) {
        let (mut alone, mut through, mut difference) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..rounds {
            if round % RENEW_EVERY == 0 {
                self.renew_verdict();
            }
            let a = time(&mut self.command(program, arguments));
            let with_k: Vec<&str> = std::iter::once("k")
                .chain(arguments.iter().copied())
                .collect();
            let b = time(self.bowline(&with_k).env("BOWLINE_KUBECTL", program));
            alone.push(a);
            through.push(b);
            difference.push(b.as_secs_f64() - a.as_secs_f64());
        }
        difference.sort_by(f64::total_cmp);
        println!("\nk with a fresh verdict, {what}, {rounds} rounds in turn");
        row("alone", &mut alone);
        row("through bowline k", &mut through);
        println!(
            "  median of the paired differences   {:+8.2} ms",
            difference[rounds / 2] * 1000.0
        );
        println!(
            "  ratio of the medians               {:8.3}",
            median(&through) / median(&alone)
        );
    }

    fn k_with_a_check(&self) {
        let (mut alone, mut through) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            alone.push(time(
                &mut self.command(&self.kubectl, &["get", "namespaces"]),
            ));
            fs::remove_file(self.path("state/state.json")).unwrap();
            through.push(time(&mut self.bowline(&["k", "get", "namespaces"])));
        }
        println!(
            "\nk without a verdict (one TLS handshake more), kubectl get namespaces, {ROUNDS} rounds in turn"
        );
        row("alone", &mut alone);
        row("through bowline k", &mut through);
        println!(
            "  ratio of the medians               {:8.3}",
            median(&through) / median(&alone)
        );
    }

    /// The node moves to and fro; `heal` finds it by hosts.ics each time, with nothing else remembered.
    fn move_found(&self, what: &str, left_behind: Behaviour) {
        let (mut times, mut proved) = (Vec::new(), Vec::new());
        for round in 0..MOVES {
            let (old, new) = (self.places[round % 2], self.places[(round + 1) % 2]);
            self.renew_verdict();
            self.node.move_to(new).unwrap();
            self.announce(new);
            let hole = (left_behind == Behaviour::Swallow).then(|| {
                let hole = Node::start(&self.cluster, old).unwrap();
                hole.set_behaviour(Behaviour::Swallow).unwrap();
                hole
            });
            self.node.clear_records();
            let start = Instant::now();
            let mut heal = self.bowline(&["heal"]).spawn().unwrap();
            // The question that ends a proof: its handshake is complete.
            let asked = |node: &Node| {
                let requests = node.records().requests;
                requests.iter().any(|request| request.path == "/version")
            };
            while !asked(&self.node) && start.elapsed() < Duration::from_secs(5) {
                std::thread::sleep(Duration::from_micros(200));
            }
            proved.push(start.elapsed());
            heal.wait().unwrap();
            times.push(start.elapsed());
            let healed = fs::read_to_string(self.path("config")).unwrap();
            assert!(
                healed.contains(&format!("server: https://{new}")),
                "the file was not healed"
            );
            drop(hole);
        }
        println!("\n{what}: from process start, {MOVES} moves");
        row("new address proved (at most 300 ms)", &mut proved);
        row("file healed", &mut times);
    }

    fn kubectl_alone_in_a_black_hole(&self) {
        self.node.set_behaviour(Behaviour::Swallow).unwrap();
        let mut times = vec![time(
            &mut self.command(&self.kubectl, &["get", "--raw", "/version"]),
        )];
        row("kubectl alone until its error, once", &mut times);
        self.node.set_behaviour(Behaviour::Serve).unwrap();
    }

    fn doctor(&self) {
        let mut times: Vec<Duration> = (0..MOVES)
            .map(|_| {
                let mut doctor = self.bowline(&["doctor"]);
                let start = Instant::now();
                let healthy = doctor.status().unwrap().success();
                assert!(healthy, "the context is not healthy");
                start.elapsed()
            })
            .collect();
        println!("\na healthy context, {MOVES} rounds");
        row("bowline doctor (at most 50 ms)", &mut times);
    }

    fn late_server(&self) {
        self.node
            .set_behaviour(Behaviour::Late(Duration::from_millis(900)))
            .unwrap();
        let before = fs::read(self.path("config")).unwrap();
        let mut times: Vec<Duration> = (0..5).map(|_| time(&mut self.bowline(&["heal"]))).collect();
        let untouched = fs::read(self.path("config")).unwrap() == before;
        println!("\na healthy server that takes 900 ms to answer: entry untouched: {untouched}");
        row("bowline heal", &mut times);
        self.node.set_behaviour(Behaviour::Serve).unwrap();
    }
}

fn time(command: &mut Command) -> Duration {
    let start = Instant::now();
    command.status().unwrap();
    start.elapsed()
}

fn median(sorted: &[Duration]) -> f64 {
    sorted[sorted.len() / 2].as_secs_f64()
}

fn row(name: &str, times: &mut [Duration]) {
    times.sort();
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    let (least, most) = (times[0], times[times.len() - 1]);
    println!(
        "  {name:<35} min {:8.2}   median {:8.2}   max {:8.2} ms",
        ms(least),
        median(times) * 1000.0,
        ms(most)
    );
}
