//! A captive portal: until somebody logs in, it answers for everybody, over TLS with a certificate of its own.

use std::io::Read as _;
use std::io::Write as _;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::thread;

use testnode::Cluster;
use testnode::LeafKind;
use testnode::Node;
use testnode::NodeOptions;
use testnode::Role;

use crate::support::Sandbox;
use crate::support::odd;
use crate::support::place;

/// What it shows: certificates as public authorities sign them, for its own name or for whatever is asked.
fn certificates(at: SocketAddr) -> Vec<LeafKind> {
    vec![
        LeafKind::ApiServerFor(vec!["portal.example.com".to_owned()]),
        LeafKind::ApiServerFor(vec![
            "kubernetes.default.svc".to_owned(),
            at.ip().to_string(),
        ]),
        LeafKind::ApiServer,
        LeafKind::SelfSigned,
    ]
}

fn portal(at: SocketAddr, kind: &LeafKind, role: Role) -> Node {
    let public = Cluster::builder()
        .ca_name("DigiCert Global Root G2")
        .build();
    let options = NodeOptions {
        leaf: Some(public.leaf(kind, &[at.ip()])),
        role,
        ..NodeOptions::default()
    };
    Node::start_with(&public, at, options).unwrap()
}

#[test]
fn it_gets_no_credential_and_the_entry_stays() {
    let (own, near) = (place(), place());
    for role in [Role::WebServer, Role::ApiServer] {
        for kind in certificates(own) {
            let cluster = Cluster::new();
            let before = odd(&cluster, &format!("https://{own}"));
            let sandbox = Sandbox::with(&before);
            let portals = [portal(own, &kind, role), portal(near, &kind, role)];
            // It answers wherever the cluster is looked for, too.
            sandbox.announce(&[("microk8s", near)]);
            sandbox
                .bowline(&["status"])
                .expect(4)
                .stays_plain()
                .says("another cluster");
            for line in [&["heal"][..], &["heal", "--at", &near.to_string()]] {
                sandbox.bowline(line).expect(4).says("another cluster");
            }
            // kubectl checks the CA as well.
            sandbox.bowline(&["k", "get", "ns"]).expect(1).says("x509");
            assert_eq!(sandbox.text(), before);
            for portal in &portals {
                let records = portal.records();
                assert!(records.connections > 0);
                assert_eq!(records.lines(), Vec::<String>::new(), "{kind:?}");
                assert_eq!(records.credential_bytes(), 0, "{kind:?}");
            }
        }
    }
}

/// One that does not even speak TLS: it sends everybody to its page.
#[test]
fn a_redirect_in_plain_http_is_no_answer() {
    let cluster = Cluster::new();
    let own = place();
    let listener = TcpListener::bind(own).unwrap();
    let (heard, hears) = std::sync::mpsc::channel();
    thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let mut bytes = [0; 4096];
            let count = client.read(&mut bytes).unwrap_or(0);
            let _ = heard.send(bytes[..count].to_vec());
            let _ = client.write_all(
                b"HTTP/1.1 302 Found\r\nLocation: http://portal.example.com/\r\nContent-Length: 0\r\n\r\n",
            );
        }
    });
    let before = odd(&cluster, &format!("https://{own}"));
    let sandbox = Sandbox::with(&before);
    sandbox.bowline(&["status"]).expect(4).says("TLS failed");
    let outcome = sandbox.bowline(&["heal"]).says("TLS failed");
    assert_ne!(outcome.code, Some(0), "{outcome:#?}");
    let outcome = sandbox.bowline(&["k", "get", "ns"]);
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    assert_eq!(sandbox.text(), before);
    let token = cluster.admin_token().as_bytes();
    for bytes in hears.try_iter() {
        // The first byte of every handshake: nobody spoke before it.
        assert_eq!(bytes.first(), Some(&0x16));
        assert!(!bytes.windows(token.len()).any(|window| window == token));
    }
}
