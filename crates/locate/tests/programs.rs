//! Every source that runs a program, with stand-ins that reject arguments they do not expect.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot begin has failed")]

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use locate::Candidate;
use locate::Outcome;
use locate::Policy;
use locate::Search;
use locate::Source;
use locate::dns::Resolve;
use locate::race;
use locate::search::Program;
use locate::source::SOURCES;
use tempfile::TempDir;

/// Where every stand-in says that the machine is.
const THERE: &str = "172.28.40.7";

/// A question and its answer.
type Call = (&'static str, &'static str);

/// What each program is asked, and answers where the machine is at [`THERE`]; recorded forms are in the tests
/// of the parsers.
fn calls(source: Source) -> &'static [Call] {
    match source {
        Source::Multipass => &[(
            "info --format json",
            r#"{"errors":[],"info":{"vm":{"state":"Running","ipv4":["172.28.40.7"]}}}"#,
        )],
        Source::Lxd | Source::Incus => &[(
            "list --format json",
            r#"[{"name":"vm","status":"Running","state":{"network":{"eth0":{"hwaddr":"00:16:3e:0c:ee:dd","addresses":[{"family":"inet","address":"172.28.40.7","scope":"global"}]}}}}]"#,
        )],
        Source::Libvirt => &[
            (
                "--connect qemu:///system --readonly net-list --name",
                "default\n-x\n\n",
            ),
            (
                "--connect qemu:///system --readonly net-dhcp-leases default",
                " 2020-10-21 21:04:14   52:54:00:90:ca:e0   ipv4   172.28.40.7/24   vm   -\n",
            ),
        ],
        Source::Docker => &[(
            "ps --no-trunc --format {{json .}}",
            r#"{"Names":"vm","Ports":"172.28.40.7:16443->6443/tcp"}"#,
        )],
        Source::Podman => &[(
            "ps --format json",
            r#"[{"Names":["vm"],"Ports":[{"host_ip":"172.28.40.7","container_port":6443,"host_port":16443,"range":1,"protocol":"tcp"}]}]"#,
        )],
        Source::Lima => &[(
            "list --json",
            r#"{"name":"vm","status":"Running","guestIPAddress":"172.28.40.7"}"#,
        )],
        Source::Colima => &[(
            "list --json",
            r#"{"name":"vm","status":"Running","address":"172.28.40.7"}"#,
        )],
        Source::Minikube => &[(
            "profile list -l -o json",
            r#"{"valid":[{"Name":"vm","Config":{"Nodes":[{"IP":"172.28.40.7","Port":16443,"ControlPlane":true}]}}]}"#,
        )],
        Source::Wsl => &[
            ("--list --running --quiet", "vm\r\n-x\r\n"),
            ("--distribution vm --exec hostname -I", "172.28.40.7 \r\n"),
        ],
        Source::HyperV => &[(
            "",
            r#"{"VMName":"vm","MacAddress":"00155D010A09","IPAddresses":["172.28.40.7"],"SwitchName":"Default Switch"}"#,
        )],
        other => panic!("{other} runs a program that this test does not know"),
    }
}

fn with_program() -> impl Iterator<Item = Source> {
    let rows = SOURCES.iter().filter(|facts| facts.program.is_some());
    rows.map(|facts| facts.source)
}

/// Stands in for a program. By another process: while this one has it open for writing, a test in another
/// thread may fork, and nobody could run it ("text file busy").
fn install(folder: &Path, name: &str, script: &str) {
    let draft = folder.join(format!("{name}.draft"));
    fs::write(&draft, format!("#!/bin/sh\n{script}")).unwrap();
    let mut install = Command::new("install");
    install
        .args(["-m", "755"])
        .arg(draft)
        .arg(folder.join(name));
    assert!(install.status().unwrap().success());
}

/// One that answers what is expected.
fn answering(folder: &Path, source: Source) {
    let name = source.facts().program.unwrap();
    let mut script = String::new();
    for (number, (arguments, output)) in calls(source).iter().enumerate() {
        let arguments = match source {
            Source::HyperV => locate::hyper_v::ARGUMENTS.join(" "),
            _ => (*arguments).to_owned(),
        };
        let file = |what: &str, text: &str| {
            let path = folder.join(format!("{name}.{number}.{what}"));
            fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        let (asked, answer) = (file("asked", &arguments), file("answer", output));
        writeln!(
            script,
            "if [ \"$*\" = \"$(cat {asked})\" ]; then exec cat {answer}; fi"
        )
        .unwrap();
    }
    script.push_str("echo \"unexpected: $*\" >&2; exit 64\n");
    install(folder, name, &script);
}

struct NoNames;

impl Resolve for NoNames {
    fn resolve(&self, _: String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> {
        Box::pin(async { Err(io::Error::other("no such host")) })
    }
}

/// Asks these; only [`THERE`] is right, and nothing else answers.
async fn ask(folder: &Path, sources: &[Source]) -> Outcome<(), &'static str> {
    let mut search = Search::nothing(16443, Arc::new(NoNames));
    let folder = folder.to_owned();
    search.find = Arc::new(move |name| Some(folder.join(name)).filter(|path| path.exists()));
    search.programs = sources
        .iter()
        .map(|&source| Program {
            source,
            insisted: true,
        })
        .collect();
    let policy = Policy {
        head_start: Duration::ZERO,
        ..Policy::default()
    };
    race(&[], &search, &policy, |address: SocketAddr, _| async move {
        if address.to_string() == format!("{THERE}:16443") {
            Ok(())
        } else {
            Err("wrong")
        }
    })
    .await
}

fn failures<'a>(outcome: &'a Outcome<(), &'static str>) -> Vec<(Source, &'a str)> {
    let failed = outcome.failed_sources.iter();
    failed
        .map(|(source, why)| (*source, why.as_str()))
        .collect()
}

#[tokio::test]
async fn each_alone_finds_the_machine_and_names_it() {
    for source in with_program() {
        let folder = TempDir::new().unwrap();
        answering(folder.path(), source);
        let outcome = ask(folder.path(), &[source]).await;
        let [
            (
                Candidate {
                    source: by, name, ..
                },
                (),
            ),
        ] = &outcome.accepted[..]
        else {
            panic!("{source}: {outcome:?}")
        };
        assert_eq!((*by, name.as_deref()), (source, Some("vm")));
        assert_eq!(failures(&outcome), [], "{source}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_is_not_installed_is_silent_and_costs_no_time() {
    let folder = TempDir::new().unwrap();
    let all: Vec<Source> = with_program().collect();
    let start = tokio::time::Instant::now();
    let outcome = ask(folder.path(), &all).await;
    assert!(start.elapsed() < Duration::from_millis(10));
    assert_eq!(failures(&outcome), []);
    assert!(outcome.accepted.is_empty() && outcome.rejected.is_empty());
}

#[tokio::test]
async fn one_that_fails_is_named_with_what_it_said() {
    let folder = TempDir::new().unwrap();
    for source in with_program() {
        let name = source.facts().program.unwrap();
        install(
            folder.path(),
            name,
            "echo >&2\necho 'no daemon' >&2; exit 3\n",
        );
    }
    let all: Vec<Source> = with_program().collect();
    let outcome = ask(folder.path(), &all).await;
    assert_eq!(outcome.failed_sources.len(), all.len(), "{outcome:?}");
    for (source, why) in failures(&outcome) {
        let name = source.facts().program.unwrap();
        assert!(why.ends_with(&format!("{name} failed: no daemon")), "{why}");
    }
}

#[tokio::test]
async fn junk_and_another_versions_format_name_no_candidate() {
    for junk in [
        "\\033[31mnot json\\n",
        "{\"version\": 9, \"items\": [3]}\\n",
        "[[[[3]]]]\\n",
        "\\000\\377\\376",
    ] {
        let folder = TempDir::new().unwrap();
        for source in with_program() {
            let name = source.facts().program.unwrap();
            // What reads lines takes junk for names, and asks for those: they are not there.
            let again = match source {
                Source::Libvirt | Source::Wsl => {
                    "case \"$*\" in *--name|*--quiet) ;; *) echo gone >&2; exit 1;; esac\n"
                }
                _ => "",
            };
            install(folder.path(), name, &format!("{again}printf '{junk}'\n"));
        }
        let all: Vec<Source> = with_program().collect();
        let outcome = ask(folder.path(), &all).await;
        assert!(outcome.accepted.is_empty(), "{outcome:?}");
        // The relay of a distribution is all that a name alone means.
        let named: Vec<_> = outcome.rejected.iter().map(|(c, _)| c.source).collect();
        assert!(named.iter().all(|s| *s == Source::Wsl), "{outcome:?}");
        for (source, why) in failures(&outcome) {
            assert!(
                why.contains("is not the JSON of") || source == Source::Libvirt,
                "{source}: {why}"
            );
        }
    }
}

#[tokio::test]
async fn all_that_hang_are_given_up_in_time() {
    let folder = TempDir::new().unwrap();
    for source in with_program() {
        let name = source.facts().program.unwrap();
        install(folder.path(), name, "exec sleep 60\n");
    }
    let all: Vec<Source> = with_program().collect();
    let start = Instant::now();
    let outcome = ask(folder.path(), &all).await;
    assert!(start.elapsed() < Duration::from_secs(20));
    for (_, why) in failures(&outcome) {
        assert!(why.starts_with("no answer within 2"), "{why}");
    }
    assert_eq!(outcome.failed_sources.len(), all.len(), "{outcome:?}");
}

#[tokio::test]
async fn output_without_an_end_is_cut_off() {
    for source in with_program() {
        let folder = TempDir::new().unwrap();
        let name = source.facts().program.unwrap();
        install(folder.path(), name, "exec yes '{\"name\": \"x\"}'\n");
        let outcome = ask(folder.path(), &[source]).await;
        let [(_, why)] = failures(&outcome)[..] else {
            panic!("{source}: {outcome:?}")
        };
        assert!(why.ends_with("printed more than 16384 KiB"), "{why}");
    }
}

/// On Ubuntu `lxc` may be a script that installs LXD.
#[tokio::test]
async fn lxc_is_not_run_without_lxds_socket_unless_the_user_insists() {
    let markers = Source::Lxd.facts().markers;
    if markers.iter().any(|path| Path::new(path).exists()) {
        println!("SKIPPED: lxc_is_not_run_without_lxds_socket: LXD runs here");
        return;
    }
    let folder = TempDir::new().unwrap();
    install(folder.path(), "lxc", "echo 'I was run' >&2; exit 1\n");
    let mut search = Search::nothing(16443, Arc::new(NoNames));
    let path = folder.path().join("lxc");
    search.find = Arc::new(move |_| Some(path.clone()));
    for (insisted, expected) in [(false, 0), (true, 1)] {
        search.programs = vec![Program {
            source: Source::Lxd,
            insisted,
        }];
        let outcome: Outcome<(), ()> =
            race(&[], &search, &Policy::default(), |_, _| async { Err(()) }).await;
        assert_eq!(outcome.failed_sources.len(), expected, "{outcome:?}");
    }
}
