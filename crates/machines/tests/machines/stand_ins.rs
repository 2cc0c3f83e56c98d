//! `multipass`, `lxc`, `incus` and `wsl.exe` as executables that act on this machine and reject every argument
//! that they do not expect.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use machines::Kind;
use machines::Machine;
use machines::MachineError;
use machines::Privilege;
use machines::Programs;
use machines::list;

use crate::support::PATIENCE;
use crate::support::machine;
use crate::support::program;

/// Refuses what was not foreseen, as a real program would.
const REFUSE: &str = "echo \"unexpected arguments: $*\" >&2; exit 64\n";

/// Runs `sh -c TEXT`, the last three arguments, if they are that.
const RUN: &str = "[ $# = 3 ] && [ \"$1 $2\" = 'sh -c' ] || { echo \"unexpected: $*\" >&2; exit 64; }; exec \"$@\"\n";

fn multipass(folder: &Path) -> PathBuf {
    // Multipass joins arguments without quotes when it maps the folder that it is called in.
    let text = format!(
        "[ \"$PWD\" = / ] || {{ echo 'called in a folder that may be mapped' >&2; exit 64; }}
case \"$1 $2\" in
'info k8s') [ \"$3 $4\" = '--format json' ] && [ $# = 4 ] && exec cat <<'END'
{{\"errors\":[],\"info\":{{\"k8s\":{{\"state\":\"Running\",\"ipv4\":[\"10.1.76.0\",\"172.17.0.1\",\"10.168.32.2\"],\"memory\":{{}}}}}}}}
END
;;
'info off') [ \"$3 $4\" = '--format json' ] && [ $# = 4 ] && exec cat <<'END'
{{\"errors\":[],\"info\":{{\"off\":{{\"state\":\"Stopped\",\"ipv4\":[],\"memory\":{{}}}}}}}}
END
;;
'info none') echo 'info failed: The following errors occurred:' >&2; echo 'instance \"none\" does not exist' >&2; exit 2;;
'exec k8s') [ \"$3 $4\" = '-- sudo' ] && shift 4 && {RUN}
;;
'list --format') [ \"$3\" = json ] && [ $# = 3 ] && exec cat <<'END'
{{\"list\":[{{\"ipv4\":[\"10.168.32.2\"],\"name\":\"k8s\",\"release\":\"Ubuntu 24.04 LTS\",\"state\":\"Running\"}},
{{\"ipv4\":[],\"name\":\"off\",\"release\":\"\",\"state\":\"Stopped\"}},{{\"ipv4\":[],\"name\":\"bin\",\"release\":\"\",\"state\":\"Deleted\"}}]}}
END
;;
esac
{REFUSE}"
    );
    program(folder, "multipass", &text)
}

/// `lxc` or `incus`: the pattern `k8s` also matches other instances.
fn lxc(folder: &Path, name: &str) -> PathBuf {
    let text = format!(
        "case \"$1 $2\" in
'list k8s'|'list far:k8s'|'list off'|'list none'|'list --format') [ \"$2\" = --format ] || {{ shift; }}
[ \"$2 $3\" = '--format json' ] && [ $# = 3 ] && exec cat <<'END'
[{{\"name\":\"k8s-2\",\"status\":\"Running\",\"state\":{{\"network\":{{\"eth0\":{{\"addresses\":[{{\"family\":\"inet\",\"address\":\"10.0.0.9\",\"scope\":\"global\"}}]}}}}}}}},
{{\"name\":\"k8s\",\"status\":\"Running\",\"state\":{{\"network\":{{\"eth0\":{{\"addresses\":[{{\"family\":\"inet\",\"address\":\"10.0.0.7\",\"netmask\":\"24\",\"scope\":\"global\"}}]}}}}}}}},
{{\"name\":\"off\",\"status\":\"Stopped\",\"state\":null}}]
END
[ \"$1 $2\" = '--format json' ] && [ $# = 2 ] && exec cat <<'END'
[]
END
;;
'exec k8s'|'exec far:k8s') [ \"$3\" = -- ] && shift 3 && {RUN}
;;
'exec off') echo 'Error: Instance is not running' >&2; exit 1;;
'exec none') echo 'Error: Instance not found' >&2; exit 1;;
esac
{REFUSE}"
    );
    program(folder, name, &text)
}

/// Its own words are UTF-16; those of the guest are what they are.
fn wsl(folder: &Path) -> PathBuf {
    let text = format!(
        "utf16() {{ iconv -f UTF-8 -t UTF-16LE; }}
case \"$*\" in
'-l -q') printf 'Ubuntu\\r\\nMy \"own\" one\\r\\n' | utf16; exit 0;;
'-l -q --running') printf 'Ubuntu\\r\\n' | utf16; exit 0;;
'-d Ubuntu -u root --exec '*|'-d My \"own\" one -u root --exec '*) shift 5; {RUN};;
'-d none '*) printf 'There is no distribution with the supplied name.\\r\\nError code: Wsl/Service/WSL_E_DISTRO_NOT_FOUND\\r\\n' | utf16; exit 255;;
esac
{REFUSE}"
    );
    program(folder, "wsl.exe", &text)
}

fn programs(folder: &Path) -> Programs {
    Programs {
        multipass: Some(multipass(folder)),
        lxc: Some(lxc(folder, "lxc")),
        incus: Some(lxc(folder, "incus")),
        wsl: Some(wsl(folder)),
        ..Programs::default()
    }
}

#[tokio::test]
async fn every_kind_of_instance_is_read_and_changed() {
    let folder = tempfile::tempdir().unwrap();
    let files = tempfile::tempdir().unwrap();
    let programs = programs(folder.path());
    let file = files.path().join("file");
    let path = file.to_str().unwrap();
    let pattern = format!("{}/f*", files.path().display());
    for place in [
        "multipass:k8s",
        "lxd:k8s",
        "lxd:far:k8s",
        "incus:k8s",
        "wsl:Ubuntu",
        "wsl:My \"own\" one",
    ] {
        for privilege in [Privilege::AsIs, Privilege::Sudo] {
            fs::write(&file, "old").unwrap();
            let machine = machine(place, programs.clone());
            machine
                .replace(path, Some(b"old"), b"new", privilege)
                .await
                .unwrap_or_else(|error| panic!("{error}"));
            let found = machine.fetch(&[&pattern], privilege).await.unwrap();
            assert_eq!(found.bytes(path), Some(&b"new"[..]), "{place}");
            assert!(matches!(found.entries[path].kind, Kind::File(_)));
        }
    }
}

#[tokio::test]
async fn addresses_come_from_who_knows() {
    let folder = tempfile::tempdir().unwrap();
    let programs = programs(folder.path());
    for (place, expected) in [
        ("multipass:k8s", "10.168.32.2 10.1.76.0 172.17.0.1"),
        ("lxd:k8s", "10.0.0.7"),
        ("lxd:far:k8s", "10.0.0.7"),
        ("incus:k8s", "10.0.0.7"),
    ] {
        let found = machine(place, programs.clone()).addresses().await.unwrap();
        let shown: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(shown.join(" "), expected, "{place}");
    }
    // What this machine says of itself, in the place of a guest.
    machine("wsl:Ubuntu", programs).addresses().await.unwrap();
}

#[tokio::test]
async fn what_does_not_run_is_told_and_not_started() {
    let folder = tempfile::tempdir().unwrap();
    let programs = programs(folder.path());
    for (place, remedy) in [
        ("multipass:off", "`multipass start off`"),
        ("lxd:off", "`lxc start off`"),
        ("incus:off", "`incus start off`"),
    ] {
        // `multipass exec` would start it: the stand-in would refuse.
        let machine = machine(place, programs.clone());
        let error = machine.fetch(&["/x"], Privilege::AsIs).await.unwrap_err();
        assert!(
            matches!(error, MachineError::NotRunning { .. }),
            "{error:?}"
        );
        assert_eq!(error.remedy().as_deref(), Some(remedy));
    }
    for place in ["multipass:none", "lxd:none", "incus:none", "wsl:none"] {
        let machine = machine(place, programs.clone());
        let error = machine.fetch(&["/x"], Privilege::AsIs).await.unwrap_err();
        assert!(
            matches!(error, MachineError::NoSuchMachine { .. }),
            "{error:?}"
        );
        assert!(error.to_string().starts_with(place), "{error}");
    }
    let error = machine("lxd:none", programs).addresses().await.unwrap_err();
    assert!(
        matches!(error, MachineError::NoSuchMachine { .. }),
        "{error:?}"
    );
    let error = machine("lxd:k8s", Programs::default())
        .fetch(&["/x"], Privilege::AsIs)
        .await
        .unwrap_err();
    assert!(error.remedy().unwrap().contains("snap install lxd"));
}

#[tokio::test]
async fn a_program_that_hangs_is_named_and_ended() {
    let folder = tempfile::tempdir().unwrap();
    let programs = Programs {
        multipass: Some(program(folder.path(), "multipass", "exec sleep 1000\n")),
        ..Programs::default()
    };
    let patience = Duration::from_millis(1500);
    let place = "multipass:k8s".parse().unwrap();
    let machine = Machine::new(place, programs.clone(), patience);
    let start = Instant::now();
    let error = machine.fetch(&["/x"], Privilege::AsIs).await.unwrap_err();
    assert!(start.elapsed() >= patience && start.elapsed() < PATIENCE);
    assert_eq!(
        error.to_string(),
        "multipass:k8s: `multipass` did not answer within 1.5 s"
    );
    assert!(
        error
            .remedy()
            .unwrap()
            .starts_with("`multipass list` must answer; "),
        "{error}"
    );
    let listing = list(&programs, patience).await;
    assert_eq!(listing.found, []);
    assert_eq!(
        listing.failures,
        ["multipass: no answer within 1.5 s; see whether `multipass list --format json` answers"]
    );
}

#[tokio::test]
async fn finds_all_instances_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let mut programs = programs(folder.path());
    programs.incus = Some(program(
        folder.path(),
        "incus",
        "echo 'Error: Incus unix socket not accessible: permission denied' >&2; exit 1\n",
    ));
    // Multipass' stand-in wants to be called in the root folder, which matters to `exec` only.
    let text = fs::read_to_string(folder.path().join("multipass")).unwrap();
    let text = text.replacen("[ \"$PWD\" = / ]", "true", 1);
    fs::write(folder.path().join("multipass"), text).unwrap();
    let lxc = program(
        folder.path(),
        "lxc",
        &format!(
            "[ \"$*\" = 'list --format json' ] && exec cat <<'END'\n\
             [{{\"name\":\"k8s\",\"status\":\"Running\",\"state\":null}},{{\"name\":\"-x\",\"status\":\"Running\"}}]\nEND\n{REFUSE}"
        ),
    );
    programs.lxc = Some(lxc);
    let listing = list(&programs, PATIENCE).await;
    let shown: Vec<_> = listing
        .found
        .iter()
        .map(|(place, runs)| format!("{place} {runs}"))
        .collect();
    assert_eq!(
        shown,
        [
            "multipass:k8s true",
            "multipass:off false",
            "lxd:k8s true",
            "wsl:Ubuntu true",
            "wsl:My \"own\" one false",
        ]
    );
    assert_eq!(
        listing.failures,
        ["incus: Error: Incus unix socket not accessible: permission denied"]
    );
    assert_eq!(
        list(&Programs::default(), PATIENCE).await,
        machines::Listing::default()
    );
}
