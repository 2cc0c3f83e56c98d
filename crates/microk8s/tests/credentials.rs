//! Credential files of nodes of each era.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test ends where it fails")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

mod trees;

use std::fmt::Write as _;

use kubeconfig::Secret;
use machines::Kind as EntryKind;
use machines::Tree;
use microk8s::credentials;
use microk8s::credentials::Content;
use microk8s::credentials::CredentialFile;
use microk8s::credentials::Identity;
use microk8s::credentials::Kind;
use microk8s::credentials::Kubeconfig;
use microk8s::credentials::Place;
use microk8s::credentials::State;
use microk8s::tokens::KnownTokens;
use trees::DATA;
use trees::another;
use trees::get;
use trees::make;
use trees::now;
use trees::put;

const DAY: i64 = 24 * 60 * 60;

/// As a caller reads them: tokens are resolved by the present `known_tokens.csv`.
fn read_at(tree: &Tree, now: i64) -> Vec<CredentialFile> {
    let path = format!("{DATA}/credentials/known_tokens.csv");
    let known = tree.bytes(&path).map(KnownTokens::parse);
    credentials::read(tree, DATA, now, &|token: &Secret| {
        let user = known.as_ref()?.bearer(token)?;
        Some((user.name.clone(), user.groups.clone()))
    })
}

fn read(tree: &Tree) -> Vec<CredentialFile> {
    read_at(tree, now())
}

fn row(tree: &Tree, path: &str) -> CredentialFile {
    let mut found = read(tree).into_iter().filter(|row| row.path == path);
    let row = found.next().unwrap_or_else(|| panic!("no row for {path}"));
    assert!(found.next().is_none(), "{path} is shown once");
    row
}

fn current(tree: &Tree, name: &str) -> Kubeconfig {
    let row = row(tree, &format!("{DATA}/credentials/{name}"));
    row.kubeconfig().unwrap().clone()
}

fn user(name: &str, groups: &[&str]) -> Identity {
    Identity {
        name: name.into(),
        groups: groups.iter().map(ToString::to_string).collect(),
    }
}

/// Replaces a text in a file of the revision that runs.
fn replace(tree: &mut Tree, name: &str, from: &str, to: &str) {
    let text = String::from_utf8(get(tree, &format!("credentials/{name}"))).unwrap();
    assert!(text.contains(from), "{name}");
    let path = format!("{DATA}/credentials/{name}");
    put(tree, &path, text.replace(from, to).as_bytes());
}

fn table(tree: &Tree) -> String {
    let mut table = String::new();
    for row in read(tree) {
        write!(
            table,
            "{} {:04o} {}:{}{}: ",
            row.path.strip_prefix("/var/snap/microk8s/").unwrap(),
            row.mode.unwrap(),
            row.owner.as_deref().unwrap(),
            row.group.as_deref().unwrap(),
            if row.stale { " stale" } else { "" },
        )
        .unwrap();
        match row.content {
            Content::Kubeconfig(kubeconfig) => {
                let differ = if kubeconfig.names_differ() {
                    " (differs)"
                } else {
                    ""
                };
                let user = kubeconfig.user.map_or("nobody".to_owned(), |user| {
                    format!("{} {:?}", user.name, user.groups)
                });
                writeln!(
                    table,
                    "{} {} {} {}, {:?}: {user}{differ}, {:?}",
                    kubeconfig.context.unwrap(),
                    kubeconfig.cluster.unwrap(),
                    kubeconfig.server.unwrap(),
                    kubeconfig.name.unwrap(),
                    kubeconfig.kind,
                    kubeconfig.state,
                )
            }
            other => writeln!(table, "{other:?}"),
        }
        .unwrap();
    }
    table
}

#[test]
fn credentials_of_the_token_era() {
    let Some(mut tree) = make("1.21", &[]) else {
        return;
    };
    let join = format!("{DATA}/credentials/cluster-tokens.txt");
    put(&mut tree, &join, b"0123456789abcdef0123456789abcdef\n");
    insta::assert_snapshot!(table(&tree));
}

#[test]
fn credentials_of_1_28() {
    let Some(tree) = make("1.28", &[]) else {
        return;
    };
    insta::assert_snapshot!(table(&tree));
}

#[test]
fn credentials_of_1_34() {
    let Some(tree) = make("1.34", &[]) else {
        return;
    };
    insta::assert_snapshot!(table(&tree));
}

#[test]
fn the_csv_says_who_it_is_whatever_the_kubeconfig_says() {
    let Some(mut tree) = make("1.26", &[]) else {
        return;
    };
    let scheduler = current(&tree, "scheduler.config");
    assert_eq!(scheduler.user, Some(user("system:kube-scheduler", &[])));
    assert!(scheduler.names_differ());
    assert!(!current(&tree, "client.config").names_differ());

    // The post's scheduler.config reads `admin`.
    replace(&mut tree, "scheduler.config", "scheduler", "admin");
    let scheduler = current(&tree, "scheduler.config");
    assert_eq!(scheduler.name.as_deref(), Some("admin"));
    assert_eq!(scheduler.user, Some(user("system:kube-scheduler", &[])));
    assert_eq!(scheduler.state, State::Good);
    assert!(scheduler.names_differ());

    // Rotated in the csv, forgotten in the kubeconfig.
    let csv = format!("{DATA}/credentials/known_tokens.csv");
    put(&mut tree, &csv, b"other,admin,admin,\"system:masters\"\n");
    let client = current(&tree, "client.config");
    assert_eq!((client.user, client.state), (None, State::UnknownToken));
    assert_eq!(row(&tree, &csv).content, Content::Tokens { users: 1 });

    // Whom a token is for is not known without the csv, which is not the same as nobody.
    tree.entries.get_mut(&csv).unwrap().kind = EntryKind::Unreadable("permission denied".into());
    let State::Unreadable { reason } = current(&tree, "client.config").state else {
        panic!("judged without the csv");
    };
    assert!(reason.ends_with("known_tokens.csv: permission denied"));
}

#[test]
fn a_token_beside_a_certificate_counts_when_the_certificate_is_refused() {
    let (Some(mut tree), Some(other)) = (make("1.26", &[]), make("1.28", &[])) else {
        return;
    };
    let text = String::from_utf8(get(&tree, "credentials/client.config")).unwrap();
    let token = text.lines().find(|line| line.contains("token:")).unwrap();
    let foreign = String::from_utf8(get(&other, "credentials/scheduler.config")).unwrap();
    let lines: String = foreign
        .lines()
        .filter(|line| line.contains("client-"))
        .fold(String::new(), |all, line| all + line + "\n");
    replace(
        &mut tree,
        "client.config",
        token,
        &format!("{lines}{token}"),
    );
    let client = current(&tree, "client.config");
    assert_eq!((client.kind, client.state), (Kind::Token, State::Good));
    assert_eq!(client.user, Some(user("admin", &["system:masters"])));
    replace(&mut tree, "client.config", token, "    token: unknown");
    let client = current(&tree, "client.config");
    assert_eq!(
        (client.kind, client.state),
        (Kind::ClientCertificate, State::OtherAuthority)
    );
}

#[test]
fn copies_in_old_revisions_and_backups_are_told_by_whether_they_still_work() {
    let Some(mut tree) = make("1.26", &[]) else {
        return;
    };
    let old = "/var/snap/microk8s/1000/credentials";
    let client = get(&tree, "credentials/client.config");
    put(&mut tree, &format!("{old}/client.config"), &client);
    let csv = get(&tree, "credentials/known_tokens.csv");
    let text = String::from_utf8(client.clone()).unwrap();
    let changed = text.replace("token: ", "token: x");
    put(
        &mut tree,
        &format!("{old}/kubelet.config"),
        changed.as_bytes(),
    );
    put(&mut tree, &format!("{old}/known_tokens.csv"), &csv);
    put(
        &mut tree,
        &format!("{DATA}/certs-backup/credentials/client.config"),
        &client,
    );

    let works = row(&tree, &format!("{old}/client.config"));
    let revision = Place::Revision {
        revision: "1000".into(),
    };
    assert_eq!((works.place.clone(), works.stale), (revision, true));
    assert_eq!(works.kubeconfig().unwrap().state, State::Good);
    assert_eq!(
        works.kubeconfig().unwrap().user,
        Some(user("admin", &["system:masters"]))
    );
    assert!(works.is_forgotten());
    let dead = row(&tree, &format!("{old}/kubelet.config"));
    assert_eq!(dead.kubeconfig().unwrap().state, State::UnknownToken);
    assert!(dead.stale && !dead.is_forgotten());
    assert_eq!(
        row(&tree, &format!("{old}/known_tokens.csv")).content,
        Content::Tokens { users: 5 }
    );
    let backup = row(
        &tree,
        &format!("{DATA}/certs-backup/credentials/client.config"),
    );
    assert_eq!(backup.place, Place::Backup);
    assert!(backup.is_forgotten());
    // The revision that runs is there under its number, too, and is shown once.
    assert_eq!(read(&tree).iter().filter(|row| !row.stale).count(), 6);
    assert!(!row(&tree, &format!("{DATA}/credentials/client.config")).is_forgotten());
}

#[test]
fn a_certificate_is_judged_by_the_present_ca() {
    let (Some(mut tree), Some(other)) = (make("1.34", &[]), another("1.34")) else {
        return;
    };
    let path = |name: &str| format!("{DATA}/credentials/{name}");
    let good = current(&tree, "client.config");
    assert_eq!(
        (good.kind, good.state),
        (Kind::ClientCertificate, State::Good)
    );

    // Ten years later.
    let rows = read_at(&tree, now() + 3651 * DAY);
    let client = rows
        .iter()
        .find(|row| row.path == path("client.config"))
        .unwrap();
    let State::Expired { not_after } = client.kubeconfig().unwrap().state else {
        panic!("{client:?}");
    };
    assert!((3649..=3650).contains(&((not_after - now()) / DAY)));
    assert_eq!(
        client.kubeconfig().unwrap().user,
        Some(user("admin", &["system:masters"]))
    );

    // Of another installation, with the same names throughout.
    put(
        &mut tree,
        &path("client.config"),
        &get(&other, "credentials/client.config"),
    );
    let foreign = current(&tree, "client.config");
    assert_eq!((foreign.user, foreign.state), (None, State::OtherAuthority));

    // Our credential, their CA: refused by its bearer, not by the cluster.
    let line = |tree: &Tree, name: &str, key: &str| {
        let text = String::from_utf8(get(tree, &format!("credentials/{name}"))).unwrap();
        text.lines()
            .find(|line| line.contains(key))
            .unwrap()
            .to_owned()
    };
    let (from, to) = (
        line(&tree, "proxy.config", "certificate-authority-data"),
        line(&other, "proxy.config", "certificate-authority-data"),
    );
    replace(&mut tree, "proxy.config", &from, &to);
    let proxy = current(&tree, "proxy.config");
    assert_eq!(
        (proxy.user, proxy.state.clone()),
        (Some(user("system:kube-proxy", &[])), State::OtherClusterCa)
    );
    assert!(proxy.state.lets_in());

    // Another certificate's key.
    let (from, to) = (
        line(&tree, "scheduler.config", "client-key-data"),
        line(&tree, "controller.config", "client-key-data"),
    );
    replace(&mut tree, "scheduler.config", &from, &to);
    assert_eq!(current(&tree, "scheduler.config").state, State::KeyDiffers);
}

#[test]
fn a_ca_made_anew_with_its_old_key_changes_nothing() {
    let Some(mut tree) = make("1.28", &[]) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("ca.key");
    std::fs::write(&key, get(&tree, "certs/ca.key")).unwrap();
    // As `microk8s refresh-certs -e ca.crt` does it.
    let key = key.into_os_string().into_string().unwrap();
    let anew = trees::openssl(
        &[
            "req",
            "-x509",
            "-new",
            "-sha256",
            "-nodes",
            "-days",
            "3650",
            "-key",
            &key,
            "-subj",
            "/CN=10.152.183.1",
        ],
        b"",
    );
    assert_ne!(anew, get(&tree, "certs/ca.crt"));
    put(&mut tree, &format!("{DATA}/certs/ca.crt"), &anew);
    assert_eq!(current(&tree, "client.config").state, State::Good);
    // Without a CA a certificate cannot be judged.
    put(&mut tree, &format!("{DATA}/certs/ca.crt"), b"");
    let client = current(&tree, "client.config");
    assert!(
        matches!(client.state, State::Unreadable { .. }),
        "{client:?}"
    );
}

#[test]
fn files_that_a_kubeconfig_names_are_found() {
    let Some(mut tree) = make("1.28", &[]) else {
        return;
    };
    let Some(EntryKind::Link(revision)) = tree.entries.get(DATA).map(|entry| entry.kind.clone())
    else {
        panic!("current is a link");
    };
    let file = |certificate: &str, key: &str| {
        format!(
            "clusters:\n- name: c\n  cluster: {{server: 'https://joe:hunter2@h', certificate-authority: ../certs/ca.crt}}\n\
             users:\n- name: u\n  user: {{client-certificate: {certificate}, client-key: {key}}}\n"
        )
    };
    let path = format!("{DATA}/credentials/client.config");
    let by_revision = format!("/var/snap/microk8s/{revision}/certs/client.crt");
    let by_number = tree.entries.remove(&by_revision);
    assert!(by_number.is_some());
    put(
        &mut tree,
        &path,
        file(&by_revision, "../certs/client.key").as_bytes(),
    );
    let client = current(&tree, "client.config");
    assert_eq!(client.state, State::Good);
    assert_eq!(client.user, Some(user("admin", &["system:masters"])));
    assert_eq!(client.server.as_deref(), Some("https://REDACTED@h"));
    assert_eq!(client.context, None);
    put(
        &mut tree,
        &path,
        file("../certs/client.crt", "../certs/proxy.key").as_bytes(),
    );
    assert_eq!(current(&tree, "client.config").state, State::KeyDiffers);
    put(
        &mut tree,
        &path,
        file("../../../../../../etc/x.crt", "k").as_bytes(),
    );
    let State::Unreadable { reason } = current(&tree, "client.config").state else {
        panic!("judged without its certificate");
    };
    assert!(reason.contains("etc/x.crt"), "{reason}");
}

#[test]
fn passwords_and_plugins_and_nothing() {
    let Some(mut tree) = make("1.26", &[]) else {
        return;
    };
    let csv = format!("{DATA}/credentials/basic_auth.csv");
    put(&mut tree, &csv, b"hunter2,admin,admin,\"system:masters\"\n");
    let path = format!("{DATA}/credentials/client.config");
    let mut state = |user: &str| {
        let text = format!(
            "clusters:\n- name: c\n  cluster: {{server: https://h}}\nusers:\n- name: u\n  user: {user}\n"
        );
        put(&mut tree, &path, text.as_bytes());
        let client = current(&tree, "client.config");
        (client.kind, client.user, client.state)
    };
    assert_eq!(
        state("{username: admin, password: hunter2}"),
        (
            Kind::Basic,
            Some(user("admin", &["system:masters"])),
            State::Good
        )
    );
    assert_eq!(
        state("{username: admin, password: hunter3}"),
        (Kind::Basic, None, State::UnknownPassword)
    );
    assert_eq!(state("{username: admin}").2, State::UnknownPassword);
    assert!(matches!(
        state("{exec: {command: c, apiVersion: v1}}"),
        (Kind::Plugin, None, State::Unreadable { .. })
    ));
    assert!(matches!(
        state("{}"),
        (Kind::None, None, State::Unreadable { .. })
    ));
    assert!(matches!(
        state("{client-certificate-data: aGVsbG8=}"),
        (Kind::ClientCertificate, None, State::Unreadable { .. })
    ));
    assert_eq!(row(&tree, &csv).content, Content::Passwords { users: 1 });
}

#[test]
fn a_damaged_file_is_a_row_of_its_own() {
    let Some(mut tree) = make("1.21", &[]) else {
        return;
    };
    let count = read(&tree).len();
    let path = |name: &str| format!("{DATA}/credentials/{name}");
    let text = get(&tree, "credentials/client.config");
    put(
        &mut tree,
        &path("client.config"),
        b"This MicroK8s deployment is acting as a node in a cluster.\n",
    );
    put(&mut tree, &path("kubelet.config"), b"");
    put(&mut tree, &path("proxy.config"), &[0xff, 0xfe, 0]);
    put(
        &mut tree,
        &path("known_tokens.csv"),
        b"half,a\nwhole,b,c\n\"",
    );
    tree.entries
        .get_mut(&path("scheduler.config"))
        .unwrap()
        .kind = EntryKind::Unreadable("permission denied".into());
    tree.entries
        .get_mut(&path("controller.config"))
        .unwrap()
        .kind = EntryKind::Link("client.config".into());
    assert_eq!(read(&tree).len(), count);
    for name in ["client.config", "kubelet.config", "proxy.config"] {
        let damaged = current(&tree, name);
        let Kind::Damaged { reason } = damaged.kind else {
            panic!("{name}");
        };
        assert_eq!(damaged.state, State::Unreadable { reason });
        assert!(!damaged.state.lets_in());
    }
    assert_eq!(
        row(&tree, &path("known_tokens.csv")).content,
        Content::Tokens { users: 1 }
    );
    assert_eq!(
        row(&tree, &path("scheduler.config")).content,
        Content::Unreadable {
            reason: "permission denied".into()
        }
    );
    assert!(matches!(
        row(&tree, &path("controller.config")).content,
        Content::Unreadable { .. }
    ));

    // Half written: whatever is left of it, no panic and no secret.
    for end in 0..text.len() {
        put(&mut tree, &path("client.config"), &text[..end]);
        drop(read(&tree));
    }
}

#[test]
fn no_row_shows_a_secret() {
    for version in ["1.26", "1.34"] {
        let Some(mut tree) = make(version, &[]) else {
            return;
        };
        put(
            &mut tree,
            &format!("{DATA}/credentials/callback-token.txt"),
            b"hunter2hunter2",
        );
        let client = String::from_utf8(get(&tree, "credentials/client.config")).unwrap();
        let secret = client
            .lines()
            .find_map(|line| {
                line.trim()
                    .strip_prefix("token: ")
                    .or(line.trim().strip_prefix("client-key-data: "))
            })
            .unwrap();
        let rows = read(&tree);
        let json = serde_json::to_string_pretty(&rows).unwrap();
        for shown in [format!("{rows:?}"), json.clone()] {
            assert!(
                !shown.contains(secret)
                    && !shown.contains("hunter2")
                    && !shown.contains("PRIVATE KEY")
            );
        }
        let rows: serde_json::Value = serde_json::from_str(&json).unwrap();
        let rows = rows.as_array().unwrap();
        let find = |name: &str| {
            rows.iter()
                .find(|row| row["path"].as_str().unwrap().ends_with(name))
                .unwrap()
        };
        let client = find("client.config");
        assert_eq!(client["type"], "kubeconfig");
        assert_eq!(client["place"], "current");
        assert_eq!(client["mode"], "0660");
        assert_eq!(client["user"]["name"], "admin");
        assert_eq!(client["state"], "good");
        assert_eq!(
            client["kind"],
            if version == "1.26" {
                "token"
            } else {
                "clientCertificate"
            }
        );
        assert_eq!(find("callback-token.txt")["type"], "joinTokens");
    }
}

#[test]
fn credentials_of_an_upgraded_node_that_kept_its_tokens() {
    let Some(tree) = make("upgraded", &[]) else {
        return;
    };
    insta::assert_snapshot!(table(&tree));
}

#[test]
fn credentials_of_a_worker() {
    let Some(tree) = make("1.28", &["--worker"]) else {
        return;
    };
    insta::assert_snapshot!(table(&tree));
}
