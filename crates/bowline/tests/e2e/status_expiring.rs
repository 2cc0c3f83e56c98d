//! `bowline status --expiring`: what ends, in files and on servers, whether the cluster answers or not.

use std::fs;
use std::time::Duration;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use serde_json::json;
use testnode::ClientCertificateSpec;
use testnode::Cluster;
use testnode::LeafKind;
use testnode::Node;

use crate::status_book::Book;
use crate::status_book::contexts;
use crate::support::Sandbox;
use crate::support::place;

const DAY: Duration = Duration::from_hours(24);
/// So that a second more or less is no day.
const HALF: Duration = Duration::from_hours(12);

fn seconds(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap().as_secs()
}

/// A token as API servers sign them for service accounts (kubernetes `pkg/serviceaccount/claims.go`), but for the
/// signature.
fn jwt(end: SystemTime) -> String {
    let header = json!({"alg": "RS256", "kid": "q5Yz"});
    let payload = json!({"aud": ["https://kubernetes.default.svc"], "exp": seconds(end),
        "iss": "https://kubernetes.default.svc", "sub": "system:serviceaccount:default:admin"});
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.c2lnbmF0dXJl", part(&header), part(&payload))
}

/// The kinds of what ends in a context, with the days left.
fn endings(context: &Value, at: u64) -> Vec<(String, i64)> {
    let expiries = context["expiries"].as_array().unwrap().iter();
    let ending = |expiry: &Value| {
        let left = expiry["expires"].as_i64().unwrap() - i64::try_from(at).unwrap();
        let what = expiry["what"].as_str().unwrap().to_owned();
        (what, left.div_euclid(86_400))
    };
    expiries.map(ending).collect()
}

#[test]
fn certificates_and_tokens_that_end_are_told_whether_the_cluster_answers_or_not() {
    let now = SystemTime::now();
    let sandbox = Sandbox::new();
    let mut book = Book::default();

    // Nothing answers, and the certificate is in a file of its own.
    let gone = Cluster::new();
    let spec = ClientCertificateSpec::admin().valid(now - 300 * DAY, now - 3 * DAY - HALF);
    let ended = gone.client_certificate(&spec);
    fs::write(sandbox.path("home/.kube/ended.crt"), ended.pem()).unwrap();
    fs::write(sandbox.path("home/.kube/ended.key"), ended.key_pem()).unwrap();
    book.cluster("gone", &gone, &format!("https://{}", place()));
    let user = json!({"client-certificate": "ended.crt", "client-key": "ended.key"});
    book.user("gone", &user);
    book.context("gone", "gone", "gone");

    // A token that ends soon, in a file.
    let dev = Cluster::new();
    let dev_node = Node::start(&dev, place()).unwrap();
    let token = jwt(now + 10 * DAY + HALF);
    fs::write(sandbox.path("home/.kube/token"), format!("{token}\n")).unwrap();
    book.cluster("dev", &dev, &dev_node.url());
    book.user("dev", &json!({"tokenFile": "token"}));
    book.context("dev", "dev", "dev");

    // A server certificate that has ended, and a CA that is about to.
    let prod = Cluster::builder()
        .ca_validity(now - 3640 * DAY, now + 20 * DAY + HALF)
        .build();
    let prod_node = Node::start(&prod, place()).unwrap();
    prod_node.set_leaf(prod.leaf(&LeafKind::ApiServerExpired, &[prod_node.address().ip()]));
    book.add("prod", &prod, &prod_node.url());

    // Nothing for a year; its token is none that says anything.
    let well = Cluster::new();
    let well_node = Node::start(&well, place()).unwrap();
    book.add("well", &well, &well_node.url());

    // A hostile name, a token in the entry, and no way to prove the server.
    let hostile = "x\u{1b}]0;owned\u{7}\u{202e}\nrm";
    let secret = jwt(now + 29 * DAY + HALF);
    book.user(hostile, &json!({"token": secret}));
    book.context(hostile, "plain", hostile);
    let text = book.text().replacen(
        "\"clusters\":[",
        "\"clusters\":[{\"name\":\"plain\",\"cluster\":{\"server\":\"http://127.0.0.1:1\"}},",
        1,
    );
    sandbox.write(text);

    let at = seconds(now);
    let all = contexts(&sandbox, &["--all"], 5);
    let is = |kind: &str, days: i64| (kind.to_owned(), days);
    assert_eq!(
        endings(&all["gone"], at),
        [is("client-certificate", -4), is("authority", 3650)]
    );
    assert_eq!(
        endings(&all["dev"], at),
        [
            is("token", 10),
            is("server-certificate", 365),
            is("authority", 3650)
        ]
    );
    assert_eq!(
        endings(&all["prod"], at),
        [is("server-certificate", -1), is("authority", 20)]
    );
    assert_eq!(
        endings(&all["well"], at),
        [is("server-certificate", 365), is("authority", 3650)]
    );
    assert_eq!(endings(&all[hostile], at), [is("token", 29)]);
    let file = |context: &str, number: usize| all[context]["expiries"][number]["file"].clone();
    assert_eq!(file("gone", 0), json!(sandbox.path("home/.kube/ended.crt")));
    assert_eq!(file("gone", 1), json!(sandbox.file()));
    assert_eq!(file("dev", 0), json!(sandbox.path("home/.kube/token")));
    assert_eq!(file("prod", 0), Value::Null);

    let shown = |within: &str, code: i32| -> Vec<String> {
        let contexts = contexts(&sandbox, &["--all", "--expiring", within], code);
        contexts.into_keys().collect()
    };
    assert_eq!(shown("30d", 8), ["dev", "gone", "prod", hostile]);
    assert_eq!(shown("15d", 8), ["dev", "gone", "prod"]);
    assert_eq!(shown("1h", 8), ["gone", "prod"]);

    let table = sandbox
        .bowline(&["status", "--all", "--expiring", "30d"])
        .expect(8)
        .stays_plain()
        .says("2 of 5 contexts did not show a server certificate")
        .never_says(&secret)
        .never_says(&token);
    let row = |context: &str, what: &str| {
        let mut rows = table.stdout.lines();
        let row = rows.find(|line| line.starts_with(context) && line.contains(what));
        row.unwrap_or_else(|| panic!("{context} {what}: {table:#?}"))
    };
    assert!(row("gone", "client certificate").contains("ended 3 days ago"));
    assert!(row("gone", "client certificate").contains("ended.crt"));
    assert!(row("dev", "token").contains("10 days"));
    assert!(row("prod", "server certificate").contains("refresh-certs -e server.crt"));
    assert!(row("prod", "CA certificate").contains("20 days"));
    assert!(row("x", "token").contains("29 days"));
    assert!(!table.stdout.contains("well"), "{table:#?}");

    // A machine that is known has the present credential.
    sandbox.settings("[clusters.dev]\nmachine = 'multipass:dev'\n");
    let within = ["status", "dev", "--expiring", "11d"];
    sandbox
        .bowline(&within)
        .expect(8)
        .says("bowline add multipass:dev");

    sandbox
        .bowline(&["status", "well", "--expiring", "300d"])
        .expect(0)
        .says("nothing ends within that time");
    let none = contexts(&sandbox, &["well", "--expiring", "300d"], 0);
    assert!(none.is_empty());
    sandbox
        .bowline(&["status", "--all"])
        .expect(5)
        .stays_plain()
        .never_says(&secret)
        .never_says(&token)
        .says("(ended)");
    for node in [&prod_node, &well_node] {
        node.clear_records();
    }
    sandbox.bowline(&["status", "prod"]).expect(4);
    assert_eq!(prod_node.records().credential_bytes(), 0);
}

#[test]
fn what_only_looks_like_a_certificate_or_token_ends_never() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, place()).unwrap();
    let mut book = Book::default();
    book.cluster("dev", &cluster, &node.url());
    for (number, user) in [
        json!({"token": "a.b.c"}),
        json!({"token": "..".repeat(50_000)}),
        json!({"tokenFile": "/does/not/exist"}),
        json!({"tokenFile": "."}),
        json!({"client-certificate-data": STANDARD.encode("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            "client-key-data": STANDARD.encode("none")}),
        json!({"client-certificate": "/dev/null", "client-key": "/dev/null"}),
    ]
    .iter()
    .enumerate()
    {
        let name = format!("user-{number}");
        book.user(&name, user);
        book.context(&name, "dev", &name);
    }
    let sandbox = Sandbox::with(book.text());
    for context in contexts(&sandbox, &["--all"], 5).values() {
        let kinds = context["expiries"].as_array().unwrap().iter();
        let kinds: Vec<&str> = kinds.map(|e| e["what"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["server-certificate", "authority"], "{context:#}");
    }
}
