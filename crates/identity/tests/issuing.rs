//! Client certificates by request: what is asked for, what is answered, and whom it is believed.

#![allow(clippy::unwrap_used, reason = "a test ends where it fails")]

mod support;

use std::time::Duration;
use std::time::SystemTime;

use identity::Authority;
use identity::ClientRequest;
use identity::api::ApiError;
use identity::api::CLIENT_SIGNER;
use identity::api::CLIENT_USAGES;
use identity::api::Condition;
use identity::api::Csr;
use identity::api::NotIssued;
use identity::api::Session;
use identity::request::IssueError;
use identity::request::Issued;
use identity::request::RequestError;
use identity::request::Subject;
use proptest::prelude::*;
use support::Setting;
use support::bearer;
use support::client;
use testnode::Cluster;
use testnode::Signer;

const DAY: u32 = 86_400;
const PATIENCE: Duration = Duration::from_secs(30);

fn now() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    i64::try_from(now.unwrap().as_secs()).unwrap()
}

async fn ask(session: &Session<'_>, request: &ClientRequest, seconds: u32) -> Csr {
    let (name, pem) = (request.name(), request.pem());
    session
        .create_csr(&name, &pem, CLIENT_SIGNER, CLIENT_USAGES, Some(seconds))
        .await
        .unwrap()
}

/// Asks, approves, waits and judges.
async fn issue(
    setting: &Setting,
    request: &ClientRequest,
    seconds: u32,
) -> Result<Issued, IssueError> {
    let admin = setting.admin();
    let session = setting.session(&admin);
    let csr = ask(&session, request, seconds).await;
    session.approve_csr(&csr).await.unwrap();
    let answer = session.signed(&csr.name, PATIENCE).await.unwrap();
    let asked = Some(Duration::from_secs(seconds.into()));
    request.verify(&answer, &setting.authority, now(), asked)
}

#[tokio::test]
async fn an_issued_certificate_makes_its_bearer_who_was_asked_for() {
    let setting = Setting::new(Cluster::builder().rbac(true).build());
    let admin = setting.admin();
    let session = setting.session(&admin);
    let request = ClientRequest::new("alice", &["dev", "ops", "dev"]).unwrap();
    let csr = ask(&session, &request, DAY).await;
    assert_eq!(csr.name, request.name());
    assert_eq!(session.csrs().await.unwrap(), std::slice::from_ref(&csr));
    let created = csr.created.unwrap();
    assert!((created - now()).abs() < 60, "{created}");
    let expected = Csr {
        name: request.name(),
        uid: csr.uid.clone(),
        signer: CLIENT_SIGNER.to_owned(),
        requestor: "admin".to_owned(),
        subject: Some(Subject {
            user: "alice".to_owned(),
            groups: vec!["dev".to_owned(), "ops".to_owned()],
        }),
        created: csr.created,
        expiration: Some(DAY.into()),
        condition: Condition::Pending,
        certificate: None,
        request: request.pem().into_bytes(),
        ours: true,
    };
    assert_eq!(csr, expected);

    session.approve_csr(&csr).await.unwrap();
    // Twice is as good as once.
    session.approve_csr(&csr).await.unwrap();
    let answer = session.signed(&csr.name, PATIENCE).await.unwrap();
    let csr = session.csr(&csr.name).await.unwrap();
    assert_eq!(
        (&csr.condition, csr.certificate.as_ref()),
        (&Condition::Approved, Some(&answer))
    );

    let asked = Some(Duration::from_secs(DAY.into()));
    let issued = request
        .verify(&answer, &setting.authority, now(), asked)
        .unwrap();
    assert!(!issued.is_shortened && issued.not_before < now());
    assert!(
        (issued.not_after - now() - i64::from(DAY)).abs() < 600,
        "{issued:?}"
    );
    let alice = client(request.client_key(&issued).unwrap());
    let me = setting.session(&alice).who_am_i().await.unwrap();
    assert_eq!((me.user.as_str(), me.uid), ("alice", None));
    assert_eq!(me.groups, ["dev", "ops", "system:authenticated"]);

    session.delete_csr(&csr.name).await.unwrap();
    assert_eq!(session.csrs().await.unwrap(), []);
    let gone = session.csr(&csr.name).await;
    assert!(
        matches!(gone, Err(ApiError::Refused { code: 404, .. })),
        "{gone:?}"
    );
}

#[tokio::test]
async fn an_answer_that_is_not_what_was_asked_for_is_refused() {
    let alice = || Subject {
        user: "alice".to_owned(),
        groups: vec!["dev".to_owned()],
    };
    let other_subject = |got: &str| IssueError::OtherSubject {
        asked: alice(),
        got: got.to_owned(),
    };
    for (signer, expected) in [
        (Signer::OtherKey, IssueError::OtherKey),
        (Signer::OtherUser, other_subject("user mallory in dev")),
        (
            Signer::MoreGroups,
            other_subject("user alice in dev, system:masters"),
        ),
        (Signer::OtherAuthority, IssueError::OtherAuthority),
        (Signer::ForServers, IssueError::NotForClients),
        (Signer::Garbage, IssueError::NotACertificate),
    ] {
        let setting = Setting::new(Cluster::builder().signer(signer).build());
        let request = ClientRequest::new("alice", &["dev"]).unwrap();
        assert_eq!(
            issue(&setting, &request, DAY).await,
            Err(expected),
            "{signer:?}"
        );
    }
    let setting = Setting::new(Cluster::builder().signer(Signer::Expired).build());
    let request = ClientRequest::new("alice", &["dev"]).unwrap();
    let refused = issue(&setting, &request, DAY).await;
    assert!(
        matches!(refused, Err(IssueError::Expired { not_after }) if not_after < now()),
        "{refused:?}"
    );
}

#[tokio::test]
async fn times_are_judged_by_the_clock_that_is_given() {
    let now = SystemTime::now();
    let (begin, end) = (
        now - Duration::from_hours(24),
        now + Duration::from_hours(24),
    );
    let setting = Setting::new(Cluster::builder().ca_validity(begin, end).build());
    let request = ClientRequest::new("alice", &[]).unwrap();
    let admin = setting.admin();
    let session = setting.session(&admin);
    let csr = ask(&session, &request, 3600).await;
    session.approve_csr(&csr).await.unwrap();
    let answer = session.signed(&csr.name, PATIENCE).await.unwrap();
    let at = |seconds: i64| {
        let asked = Some(Duration::from_hours(1));
        request.verify(&answer, &setting.authority, self::now() + seconds, asked)
    };
    assert!(at(0).is_ok());
    assert!(matches!(at(-3000), Err(IssueError::NotYetValid { .. })));
    assert!(matches!(at(4000), Err(IssueError::Expired { .. })));
    assert_eq!(at(2 * 86_400), Err(IssueError::AuthorityOutOfDate));
    let other = Authority::from_pem(Cluster::new().ca_pem().as_bytes()).unwrap();
    let refused = request.verify(&answer, &other, self::now(), None);
    assert_eq!(refused, Err(IssueError::OtherAuthority));
}

#[tokio::test]
async fn a_shorter_life_is_told_and_a_longer_one_refused() {
    let hour = Duration::from_hours(1);
    let setting = Setting::new(Cluster::builder().signing_duration(hour).build());
    let request = ClientRequest::new("alice", &[]).unwrap();
    assert!(issue(&setting, &request, DAY).await.unwrap().is_shortened);
    // Kubernetes before 1.22 does not know `expirationSeconds`: a year it is.
    let setting = Setting::new(Cluster::builder().git_version("v1.21.14").build());
    let refused = issue(&setting, &request, DAY).await;
    assert!(
        matches!(refused, Err(IssueError::LastsLonger { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn what_nobody_signs_is_not_waited_for_without_end() {
    let short = Duration::from_millis(120);
    let setting = Setting::new(Cluster::builder().signer(Signer::Absent).build());
    let admin = setting.admin();
    let session = setting.session(&admin);
    let request = ClientRequest::new("alice", &[]).unwrap();
    let csr = ask(&session, &request, DAY).await;
    let name = csr.name.clone();
    let waited = session.signed(&name, short).await;
    assert_eq!(
        waited,
        Err(NotIssued::NotApproved {
            name: name.clone(),
            after: short
        })
    );
    session.approve_csr(&csr).await.unwrap();
    setting.node.clear_records();
    let waited = session.signed(&name, short).await;
    assert_eq!(waited, Err(NotIssued::NotSigned { name, after: short }));
    // 0, 50 ms; the next look would be too late.
    let looks = setting.node.records().requests.len();
    assert!(looks <= 2, "{looks}");
}

#[tokio::test]
async fn a_signer_that_refuses_is_heard() {
    let setting = Setting::new(Cluster::new());
    let admin = setting.admin();
    let session = setting.session(&admin);
    let request = ClientRequest::new("alice", &[]).unwrap();
    let csr = session
        .create_csr(
            "a/b%",
            &request.pem(),
            CLIENT_SIGNER,
            &["server auth"],
            None,
        )
        .await;
    // The name is no segment of a path: it must not reach another object.
    let named = session.csr("a/b%").await;
    assert!(
        matches!(named, Err(ApiError::Refused { code: 404, .. })),
        "{named:?}"
    );
    assert!(csr.is_ok());
    let csr = session
        .create_csr(
            "system:odd",
            &request.pem(),
            CLIENT_SIGNER,
            &["server auth"],
            None,
        )
        .await
        .unwrap();
    session.approve_csr(&csr).await.unwrap();
    let message = "invalid usage for client certificate: server auth".to_owned();
    let name = "system:odd".to_owned();
    let failed = session.signed(&name, PATIENCE).await;
    assert_eq!(failed, Err(NotIssued::Failed { name, message }));
}

#[tokio::test]
async fn the_servers_reasons_are_handed_on() {
    let setting = Setting::new(Cluster::builder().rbac(true).build());
    let admin = setting.admin();
    let request = ClientRequest::new("eve", &["system:masters"]).unwrap();
    let create = async |session: Session<'_>, name: &str, request: &ClientRequest| {
        let pem = request.pem();
        let created = session
            .create_csr(name, &pem, CLIENT_SIGNER, CLIENT_USAGES, Some(DAY))
            .await;
        created.unwrap_err().to_string()
    };
    assert_eq!(
        create(setting.session(&admin), "eve", &request).await,
        "the API server answered 403: certificatesigningrequests.certificates.k8s.io \"eve\" is forbidden: use of \
         kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed"
    );
    let request = ClientRequest::new("eve", &[]).unwrap();
    let stranger = bearer("no-such-token");
    assert_eq!(
        create(setting.session(&stranger), "eve", &request).await,
        "the API server answered 401: Unauthorized"
    );
    // The scheduler of a MicroK8s with RBAC, on which nobody bound anything to it.
    let known = setting.cluster.known_tokens();
    let scheduler = known.lines().last().unwrap().split(',').next().unwrap();
    assert_eq!(
        create(setting.session(&bearer(scheduler)), "eve", &request).await,
        "the API server answered 403: certificatesigningrequests.certificates.k8s.io is forbidden: User \
         \"system:kube-scheduler\" cannot create resource \"certificatesigningrequests\" in API group \
         \"certificates.k8s.io\" at the cluster scope"
    );
    ask(&setting.session(&admin), &request, DAY).await;
    let again = create(setting.session(&admin), &request.name(), &request).await;
    assert!(again.ends_with("already exists"), "{again}");
}

#[tokio::test]
async fn only_the_request_that_was_looked_at_is_approved() {
    let setting = Setting::new(Cluster::new());
    let admin = setting.admin();
    let session = setting.session(&admin);
    let (mine, theirs) = (
        ClientRequest::new("alice", &[]).unwrap(),
        ClientRequest::new("mallory", &[]).unwrap(),
    );
    let csr = ask(&session, &mine, DAY).await;
    session.delete_csr(&csr.name).await.unwrap();
    session
        .create_csr(&csr.name, &theirs.pem(), CLIENT_SIGNER, CLIENT_USAGES, None)
        .await
        .unwrap();
    let refused = session.approve_csr(&csr).await;
    assert_eq!(refused, Err(ApiError::Replaced(csr.name.clone())));
    let there = session.csr(&csr.name).await.unwrap();
    assert_eq!(there.condition, Condition::Pending);
}

/// MicroK8s makes its CA with `openssl`, and with an RSA key.
#[tokio::test]
async fn a_ca_made_by_openssl_issues() {
    let folder = tempfile::TempDir::new().unwrap();
    let made = std::process::Command::new("openssl")
        .args([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", "3650",
        ])
        .args([
            "-subj",
            "/CN=10.152.183.1",
            "-keyout",
            "ca.key",
            "-out",
            "ca.crt",
        ])
        .current_dir(folder.path())
        .output();
    let Ok(made) = made else {
        return support::skip("a_ca_made_by_openssl_issues", "no openssl");
    };
    assert!(made.status.success(), "{made:?}");
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let ca = testnode::Ca::from_pem(&read("ca.crt"), &read("ca.key")).unwrap();
    let setting = Setting::new(Cluster::builder().ca(&ca).build());
    let request = ClientRequest::new("alice", &["dev", "ops"]).unwrap();
    let issued = issue(&setting, &request, DAY).await.unwrap();
    let alice = client(request.client_key(&issued).unwrap());
    assert_eq!(
        setting.session(&alice).who_am_i().await.unwrap().user,
        "alice"
    );
}

#[test]
fn what_cannot_be_a_name_is_not_asked_for() {
    for odd in ["", "a\nb", "\u{202e}nimda", "\u{0}", &"x".repeat(1025)] {
        for made in [
            ClientRequest::new(odd, &[]),
            ClientRequest::new("a", &[odd]),
        ] {
            assert!(matches!(made, Err(RequestError::Name(_))), "{odd:?}");
        }
    }
    let request = ClientRequest::new("alice", &[]).unwrap();
    let debug = format!("{request:?}");
    assert!(!debug.contains("key"), "{debug}");
}

/// What `openssl` reads in a request or certificate: user and groups, and nothing else.
fn seen_by_openssl(kind: &str, pem: &str) -> Subject {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pem).unwrap();
    let mut command = std::process::Command::new("openssl");
    // One attribute a line, its value as it is.
    command.args([
        kind,
        "-noout",
        "-subject",
        "-nameopt",
        "multiline,utf8,-esc_msb,-esc_ctrl",
    ]);
    if kind == "req" {
        command.arg("-verify");
    }
    let output = command.arg("-in").arg(file.path()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let mut subject = Subject {
        user: String::new(),
        groups: Vec::new(),
    };
    for line in text.lines().filter(|line| line.starts_with(' ')) {
        let (kind, value) = line.split_once('=').unwrap();
        let kind_of_group = kind.trim_start();
        let value = value.strip_prefix(' ').unwrap().to_owned();
        match kind.trim() {
            "commonName" => subject.user = value,
            // Several in one set stand in one line.
            "organizationName" => {
                let separator = format!(" + {kind_of_group}= ");
                let groups = value.split(separator.as_str()).map(str::to_owned);
                subject.groups.extend(groups);
            }
            other => panic!("{other}"),
        }
    }
    subject
}

#[test]
fn any_name_comes_back_as_it_was() {
    if std::process::Command::new("openssl")
        .arg("version")
        .output()
        .is_err()
    {
        return support::skip("any_name_comes_back_as_it_was", "no openssl");
    }
    let setting = Setting::new(Cluster::new());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let name = "(\\PC|[,=+\"'#;<>\\\\/ ]){1,40}";
    let mut config = ProptestConfig::with_cases(48);
    config.failure_persistence = None;
    proptest!(config, |(user in name, groups in prop::collection::btree_set(name, 0..4))| {
        let groups: Vec<_> = groups.iter().map(String::as_str).collect();
        let Ok(request) = ClientRequest::new(&user, &groups) else {
            let odd = user.chars().chain(groups.concat().chars()).any(|c| !c.is_ascii());
            prop_assert!(odd, "{:?} {:?}", user, groups);
            return Ok(());
        };
        let seen = seen_by_openssl("req", &request.pem());
        prop_assert_eq!(&seen, request.subject());
        let issued = runtime.block_on(issue(&setting, &request, DAY)).unwrap();
        let mut seen = seen_by_openssl("x509", &issued.pem);
        // The members of a set have DER's order.
        seen.groups.sort();
        prop_assert_eq!(&seen, request.subject());
        let credentials = client(request.client_key(&issued).unwrap());
        let me = runtime.block_on(setting.session(&credentials).who_am_i()).unwrap();
        prop_assert_eq!(me.user, user);
    });
}
