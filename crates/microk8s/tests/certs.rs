//! Certificates of nodes of each era.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test ends where it fails")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

mod trees;

use std::fmt::Write as _;
use std::net::IpAddr;

use machines::Kind;
use machines::Tree;
use microk8s::certs;
use microk8s::certs::Certificate;
use microk8s::certs::CertificateError;
use microk8s::certs::CertificateFile;
use microk8s::certs::KeyMatch;
use microk8s::certs::Role;
use trees::DATA;
use trees::another;
use trees::get;
use trees::make;
use trees::now;
use trees::openssl;
use trees::put;

const DAY: i64 = 24 * 60 * 60;

fn row(tree: &Tree, rest: &str) -> CertificateFile {
    let path = format!("{DATA}/{rest}");
    let rows = certs::read(tree, DATA);
    let mut found = rows.into_iter().filter(|row| row.path == path);
    let row = found.next().unwrap_or_else(|| panic!("no row for {path}"));
    assert!(found.next().is_none(), "{path} is shown once");
    row
}

fn certificate(tree: &Tree, rest: &str) -> Certificate {
    row(tree, rest).certificate.unwrap()
}

fn error(tree: &Tree, rest: &str) -> CertificateError {
    row(tree, rest).certificate.unwrap_err()
}

/// What does not change from run to run.
fn table(tree: &Tree) -> String {
    let mut table = String::new();
    for row in certs::read(tree, DATA) {
        let path = row.path.strip_prefix(DATA).unwrap();
        let certificate = row.certificate.unwrap();
        let usage = certificate
            .usage
            .map_or("any", |usage| match (usage.client, usage.server) {
                (true, true) => "client+server",
                (true, false) => "client",
                (false, true) => "server",
                (false, false) => "neither",
            });
        let signed_by = certificate.signed_by.as_deref().unwrap_or("nobody");
        // A kubelet that signs its own certificate writes the time into its name.
        let common_name = certificate.subject.common_name.as_deref().unwrap_or("-");
        let common_name = common_name
            .split_once('@')
            .map_or(common_name.to_owned(), |(host, _)| format!("{host}@TIME"));
        writeln!(
            table,
            "{path}: {}: {}{} v{}{} {} days, {usage}, by {}, key {:?}",
            row.role,
            common_name,
            certificate
                .subject
                .organizations
                .iter()
                .fold(String::new(), |all, one| all + "/" + one),
            certificate.version,
            if certificate.is_ca { " CA" } else { "" },
            (certificate.not_after - certificate.not_before) / DAY,
            signed_by.rsplit('/').next().unwrap(),
            certificate.private_key,
        )
        .unwrap();
        if !certificate.names.is_empty() {
            let addresses = certificate.addresses.iter().map(ToString::to_string);
            let all: Vec<String> = certificate.names.iter().cloned().chain(addresses).collect();
            writeln!(table, "    {}", all.join(" ")).unwrap();
        }
    }
    table
}

#[test]
fn certificates_of_the_token_era() {
    let Some(tree) = make("1.21", &[]) else {
        return;
    };
    insta::assert_snapshot!(table(&tree));
}

#[test]
fn certificates_of_1_26() {
    let Some(tree) = make("1.26", &[]) else {
        return;
    };
    insta::assert_snapshot!(table(&tree));
}

#[test]
fn certificates_of_1_28() {
    let Some(tree) = make("1.28", &[]) else {
        return;
    };
    insta::assert_snapshot!(table(&tree));
}

#[test]
fn client_certificates_of_1_34_are_version_1() {
    let Some(tree) = make(
        "1.34",
        &["--address", "172.28.40.7", "--address", "10.0.0.5"],
    ) else {
        return;
    };
    insta::assert_snapshot!(table(&tree));
}

#[test]
fn a_swapped_key_is_found_where_it_is_and_elsewhere() {
    let Some(mut tree) = make("1.28", &[]) else {
        return;
    };
    let (path, other) = (
        format!("{DATA}/certs/server.key"),
        get(&tree, "certs/client.key"),
    );
    let key = |tree: &Tree| certificate(tree, "certs/server.crt").private_key;
    let own = get(&tree, "certs/server.key");

    // As another machine gives it: the public half only.
    let public = |key: &[u8]| openssl(&["pkey", "-pubout"], key);
    let mut set = |kind| {
        tree.entries.get_mut(&path).unwrap().kind = kind;
        key(&tree)
    };
    assert_eq!(set(Kind::PrivateKey(Some(public(&own)))), KeyMatch::Matches);
    assert_eq!(
        set(Kind::PrivateKey(Some(public(&other)))),
        KeyMatch::Differs
    );
    for kind in [
        Kind::PrivateKey(None),
        Kind::PrivateKey(Some(b"-----BEGIN PUBLIC KEY-----".to_vec())),
        Kind::Unreadable("permission denied".into()),
        Kind::Link("/elsewhere".into()),
    ] {
        assert!(matches!(set(kind), KeyMatch::NotReadable { .. }));
    }

    put(&mut tree, &path, &other);
    assert_eq!(key(&tree), KeyMatch::Differs);
    // The same key in the other form that openssl writes.
    put(&mut tree, &path, &openssl(&["rsa", "-traditional"], &own));
    assert_eq!(key(&tree), KeyMatch::Matches);
    put(&mut tree, &path, &openssl(&["pkey"], &own));
    assert_eq!(key(&tree), KeyMatch::Matches);
    put(
        &mut tree,
        &path,
        &openssl(&["ecparam", "-name", "secp521r1", "-genkey", "-noout"], b""),
    );
    assert_eq!(key(&tree), KeyMatch::UnsupportedKind);
    put(&mut tree, &path, &own[..own.len() / 2]);
    assert!(matches!(key(&tree), KeyMatch::NotReadable { .. }));
    tree.entries.remove(&path);
    assert_eq!(key(&tree), KeyMatch::NoKey);
}

#[test]
fn an_authority_with_elliptic_curves_is_understood() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| {
        folder
            .path()
            .join(name)
            .into_os_string()
            .into_string()
            .unwrap()
    };
    let (cert, key) = (file("ca.crt"), file("ca.key"));
    if make("1.28", &[]).is_none() {
        return;
    }
    openssl(
        &[
            "ecparam",
            "-name",
            "prime256v1",
            "-genkey",
            "-noout",
            "-out",
            &key,
        ],
        b"",
    );
    openssl(
        &[
            "req",
            "-x509",
            "-new",
            "-key",
            &key,
            "-subj",
            "/CN=10.152.183.1",
            "-out",
            &cert,
        ],
        b"",
    );
    let tree = make("1.28", &["--ca", &cert, &key]).unwrap();
    let ca = certificate(&tree, "certs/ca.crt");
    assert_eq!(ca.private_key, KeyMatch::Matches);
    let server = certificate(&tree, "certs/server.crt");
    assert_eq!(server.signed_by, Some(format!("{DATA}/certs/ca.crt")));
}

#[test]
fn a_certificate_of_another_cluster_is_not_ours_although_its_issuer_has_our_name() {
    let (Some(mut tree), Some(other)) = (make("1.28", &[]), another("1.28")) else {
        return;
    };
    let ours = certificate(&tree, "certs/server.crt");
    let path = format!("{DATA}/certs/server.crt");
    put(&mut tree, &path, &get(&other, "certs/server.crt"));
    let theirs = certificate(&tree, "certs/server.crt");
    assert_eq!(theirs.issuer, ours.issuer);
    assert_eq!(theirs.signed_by, None);
    assert_eq!(theirs.private_key, KeyMatch::Differs);
    assert_ne!(theirs.public_key, ours.public_key);
    // A worker has the CA of the cluster that it joined beside its own.
    let remote = format!("{DATA}/certs/ca.remote.crt");
    put(&mut tree, &remote, &get(&other, "certs/ca.crt"));
    assert_eq!(
        certificate(&tree, "certs/server.crt").signed_by,
        Some(remote)
    );
    assert_eq!(row(&tree, "certs/ca.remote.crt").role, Role::RemoteCa);
}

#[test]
fn an_expired_certificate_says_since_when() {
    let Some(tree) = make("1.26", &["--server-start", "400"]) else {
        return;
    };
    let now = now();
    let server = certificate(&tree, "certs/server.crt");
    assert!(server.has_expired(now));
    // `make-tree.sh` counts days back from its own start, a moment ago.
    assert!(
        (-36..=-35).contains(&server.days_left(now)),
        "{}",
        server.days_left(now)
    );
    assert_eq!(server.days_left(server.not_after), 0);
    assert_eq!(server.days_left(server.not_after + 1), -1);
    assert_eq!(server.days_left(server.not_after - DAY), 1);
    assert!(!certificate(&tree, "certs/ca.crt").has_expired(now));
}

#[test]
fn addresses_that_are_not_covered_are_named() {
    let Some(tree) = make("1.34", &["--address", "172.28.40.7"]) else {
        return;
    };
    let ip = |text: &str| text.parse::<IpAddr>().unwrap();
    let server = certificate(&tree, "certs/server.crt");
    let missing = server.missing(&[
        ip("172.28.40.7"),
        ip("::ffff:172.28.40.7"),
        ip("172.28.41.1"),
        ip("fd00::1"),
    ]);
    assert_eq!(missing, [ip("172.28.41.1"), ip("fd00::1")]);
    assert_eq!(
        certificate(&tree, "certs/client.crt")
            .missing(&[ip("10.0.0.1")])
            .len(),
        1
    );
}

#[test]
fn a_damaged_file_costs_its_own_row_only() {
    let Some(mut tree) = make("1.28", &[]) else {
        return;
    };
    let before = certs::read(&tree, DATA).len();
    let path = |rest: &str| format!("{DATA}/certs/{rest}");
    let ca = get(&tree, "certs/ca.crt");
    put(&mut tree, &path("server.crt"), &ca[..ca.len() / 2]);
    put(&mut tree, &path("client.crt"), b"\n");
    put(&mut tree, &path("proxy.crt"), b"not PEM");
    put(
        &mut tree,
        &path("scheduler.crt"),
        b"-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n",
    );
    tree.entries.get_mut(&path("controller.crt")).unwrap().kind =
        Kind::Unreadable("permission denied".into());
    tree.entries.get_mut(&path("kubelet.crt")).unwrap().kind = Kind::Link("/etc/x.crt".into());
    for (name, expected) in [
        ("server.crt", CertificateError::DamagedPem),
        ("client.crt", CertificateError::Empty),
        ("proxy.crt", CertificateError::NotPem),
        ("scheduler.crt", CertificateError::NotX509),
        (
            "controller.crt",
            CertificateError::NotReadable("permission denied".into()),
        ),
        ("kubelet.crt", CertificateError::Link("/etc/x.crt".into())),
    ] {
        assert_eq!(error(&tree, &format!("certs/{name}")), expected, "{name}");
    }
    let rows = certs::read(&tree, DATA);
    assert_eq!(rows.len(), before);
    let json = serde_json::to_value(&rows).unwrap();
    let row = |name: &str| {
        json.as_array()
            .unwrap()
            .iter()
            .find(|row| row["path"] == path(name))
            .unwrap()
            .clone()
    };
    assert_eq!(row("server.crt")["error"], "its PEM is damaged");
    assert_eq!(row("ca.crt")["role"], "ca");
    assert_eq!(row("ca.crt")["privateKey"]["state"], "matches");
    assert_eq!(row("ca.crt")["subject"]["commonName"], "10.152.183.1");
    assert!(row("ca.crt").get("error").is_none());

    // Without its CA nothing tells who signed a certificate.
    put(&mut tree, &path("ca.crt"), b"");
    assert_eq!(
        certificate(&tree, "certs/apiserver-kubelet-client.crt").signed_by,
        None
    );
}

#[test]
fn what_stops_and_what_renews() {
    let command = |role: &Role| role.renewed_by().unwrap_or("-").to_owned();
    assert_eq!(
        command(&Role::Server),
        "sudo microk8s refresh-certs -e server.crt"
    );
    assert_eq!(
        command(&Role::FrontProxyClient),
        "sudo microk8s refresh-certs -e front-proxy-client.crt"
    );
    let embedded = Role::Embedded {
        file: "kubelet.config".into(),
    };
    assert_eq!(command(&embedded), "sudo microk8s refresh-certs -e ca.crt");
    assert_eq!(embedded.stops(), Role::Kubelet.stops());
    assert_eq!(command(&Role::Dqlite), "-");
    assert_eq!(
        command(&Role::Embedded {
            file: "alice.config".into()
        }),
        "-"
    );
}

#[test]
fn certificates_of_a_worker() {
    let Some(tree) = make("1.28", &["--worker"]) else {
        return;
    };
    insta::assert_snapshot!(table(&tree));
}

#[test]
fn no_command_is_named_for_what_another_ca_signed() {
    let Some(worker) = make("1.28", &["--worker"]) else {
        return;
    };
    let command = |tree: &Tree, rest: &str| row(tree, rest).renewed_by();
    assert_eq!(command(&worker, "certs/kubelet.crt"), None);
    assert_eq!(command(&worker, "credentials/proxy.config"), None);
    let own = Some("sudo microk8s refresh-certs -e server.crt");
    assert_eq!(command(&worker, "certs/server.crt"), own);
    let tokens = make("1.26", &[]).unwrap();
    assert_eq!(command(&tokens, "certs/kubelet.crt"), None);
    assert!(
        row(&tokens, "certs/kubelet.crt")
            .stops()
            .starts_with("nothing")
    );
    let x509 = make("1.34", &[]).unwrap();
    assert_eq!(
        row(&x509, "certs/kubelet.crt").stops(),
        Role::Kubelet.stops()
    );
    let all = Some("sudo microk8s refresh-certs -e ca.crt");
    assert_eq!(command(&x509, "certs/kubelet.crt"), all);
}
