//! What a node does to those who reach it, and what it remembers of them.

#![allow(clippy::unwrap_used, reason = "a test ends where it fails")]

mod support;

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use support::{Home, LOOPBACK, PATIENCE, eventually, get};
use testnode::{Behaviour, ClientCertificateSpec, Cluster, LeafKind, Node, NodeOptions, Role};

/// Long enough for anything on loopback that is going to happen, short enough to wait for what is not.
const MOMENT: Duration = Duration::from_millis(300);

fn node() -> Node {
    Node::start(&Cluster::new(), LOOPBACK.into()).unwrap()
}

/// A connection that waits for an answer: a request in the clear is answered without TLS.
fn ask(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    stream
}

fn answer(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

fn is_silent(stream: &mut TcpStream) -> bool {
    stream.set_read_timeout(Some(MOMENT)).unwrap();
    let silent = stream
        .read(&mut [0])
        .is_err_and(|error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    silent
}

fn is_refused(address: SocketAddr) -> bool {
    TcpStream::connect_timeout(&address, PATIENCE)
        .is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}

/// Whether the peer ends the connection, orderly or not.
fn ends(mut stream: TcpStream) -> bool {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    match stream.read(&mut [0]) {
        Ok(read) => read == 0,
        Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
    }
}

#[test]
fn a_request_in_the_clear_gets_the_answer_of_go() {
    assert_eq!(
        answer(ask(node().address())),
        "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"
    );
}

#[test]
fn a_closed_port_refuses_and_ends_what_was_open() {
    let node = node();
    let open = TcpStream::connect(node.address()).unwrap();
    eventually("the connection is accepted", || {
        node.records().connections == 1
    });
    node.set_behaviour(Behaviour::Refuse).unwrap();
    assert!(is_refused(node.address()));
    assert!(ends(open));
    node.set_behaviour(Behaviour::Serve).unwrap();
    assert!(answer(ask(node.address())).starts_with("HTTP/1.0 400"));
}

#[test]
fn a_hung_node_accepts_says_nothing_and_goes_on_later() {
    let node = node();
    let mut before = TcpStream::connect(node.address()).unwrap();
    node.set_behaviour(Behaviour::Hang).unwrap();
    before.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let mut during = ask(node.address());
    assert!(is_silent(&mut before) && is_silent(&mut during));
    node.set_behaviour(Behaviour::Serve).unwrap();
    assert!(answer(before).starts_with("HTTP/1.0 400"));
    assert!(answer(during).starts_with("HTTP/1.0 400"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_black_hole_answers_no_connect_and_goes_on_later() {
    let node = node();
    let mut open = TcpStream::connect(node.address()).unwrap();
    eventually("the connection is accepted", || {
        node.records().connections == 1
    });
    node.set_behaviour(Behaviour::Swallow).unwrap();
    open.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    for _ in 0..3 {
        let error = TcpStream::connect_timeout(&node.address(), MOMENT).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }
    assert!(is_silent(&mut open));
    node.set_behaviour(Behaviour::Serve).unwrap();
    assert!(answer(open).starts_with("HTTP/1.0 400"));
    assert!(answer(ask(node.address())).starts_with("HTTP/1.0 400"));
    assert_eq!(node.records().connections, 2);
}

#[cfg(not(target_os = "linux"))]
#[test]
fn a_black_hole_is_refused_where_it_cannot_be() {
    let error = node().set_behaviour(Behaviour::Swallow).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[test]
fn a_late_node_answers_late() {
    let node = node();
    node.set_behaviour(Behaviour::Late(MOMENT)).unwrap();
    let began = Instant::now();
    assert!(answer(ask(node.address())).starts_with("HTTP/1.0 400"));
    assert!(began.elapsed() >= MOMENT);
}

#[test]
fn a_relay_without_upstream_closes_at_once() {
    let node = node();
    node.set_behaviour(Behaviour::CloseAfterAccept).unwrap();
    for _ in 0..3 {
        assert!(ends(TcpStream::connect(node.address()).unwrap()));
    }
}

#[test]
fn a_node_moves_with_leaf_behaviour_and_records() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, LOOPBACK.into()).unwrap();
    let (old, leaf) = (node.address(), node.leaf_spki_sha256());
    let open = TcpStream::connect(old).unwrap();
    eventually("the connection is accepted", || {
        node.records().connections == 1
    });
    node.move_to(LOOPBACK.into()).unwrap();
    assert_ne!(node.address(), old);
    assert!(is_refused(old) && ends(open));
    let reply = get(
        &cluster,
        node.address(),
        "/version",
        Some(cluster.admin_token()),
        None,
    );
    assert_eq!(reply.unwrap().status, 200);
    assert_eq!(node.leaf_spki_sha256(), leaf);
    assert_eq!(node.records().connections, 2);

    // Where it cannot move to, it stays.
    let here = node.address();
    let taken = Node::start(&cluster, LOOPBACK.into()).unwrap();
    assert!(node.move_to(taken.address()).is_err());
    assert_eq!(node.address(), here);
    assert!(answer(ask(here)).starts_with("HTTP/1.0 400"));
}

#[test]
fn dropping_a_node_closes_its_port() {
    let node = node();
    let address = node.address();
    let open = TcpStream::connect(address).unwrap();
    eventually("the connection is accepted", || {
        node.records().connections == 1
    });
    drop(node);
    assert!(is_refused(address) && ends(open));
}

#[test]
fn every_credential_byte_is_counted() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, LOOPBACK.into()).unwrap();
    let token = cluster.admin_token();
    assert_eq!(
        get(&cluster, node.address(), "/version", None, None)
            .unwrap()
            .status,
        401
    );
    assert_eq!(node.records().credential_bytes(), 0);
    get(&cluster, node.address(), "/api?x=1", Some(token), None).unwrap();
    let records = node.records();
    assert_eq!(records.credential_bytes(), "Bearer ".len() + token.len());
    assert_eq!(records.lines(), ["GET /version", "GET /api?x=1"]);
    let request = &records.requests[1];
    assert_eq!(request.user.as_deref(), Some("admin"));
    assert_eq!(request.user_agent.as_deref(), Some("test"));
    assert_eq!(
        request.server_name.as_deref(),
        Some("kubernetes.default.svc")
    );
    assert_eq!(request.status, 200);

    node.clear_records();
    let client = cluster.client_certificate(&ClientCertificateSpec::admin());
    let reply = get(&cluster, node.address(), "/version", None, Some(&client)).unwrap();
    assert_eq!(reply.status, 200);
    assert_eq!(node.records().credential_bytes(), client.der().len());
    assert!(node.records().handshakes[0].completed());
}

#[test]
fn a_client_that_refuses_the_server_has_sent_nothing() {
    let (cluster, other) = (Cluster::new(), Cluster::new());
    let node = Node::start(&cluster, LOOPBACK.into()).unwrap();
    let client = other.client_certificate(&ClientCertificateSpec::admin());
    assert!(get(&other, node.address(), "/", Some("secret"), Some(&client)).is_err());
    eventually("the handshake has failed", || {
        node.records()
            .handshakes
            .first()
            .is_some_and(|shake| shake.outcome.is_some())
    });
    let records = node.records();
    assert!(!records.handshakes[0].completed());
    assert_eq!(records.credential_bytes(), 0);
}

#[test]
fn a_foreign_or_expired_client_certificate_is_401_after_tls() {
    let (cluster, other) = (Cluster::builder().anonymous(true).build(), Cluster::new());
    let node = Node::start(&cluster, LOOPBACK.into()).unwrap();
    let admin = ClientCertificateSpec::admin;
    for client in [
        other.client_certificate(&admin()),
        cluster.client_certificate(&admin().expired()),
    ] {
        let reply = get(&cluster, node.address(), "/version", None, Some(&client)).unwrap();
        assert_eq!(reply.status, 401);
        assert!(
            reply.body.contains(r#""reason":"Unauthorized""#),
            "{}",
            reply.body
        );
        assert!(!reply.head.to_ascii_lowercase().contains("x-kubernetes-pf-"));
        // A good token makes up for it.
        let token = Some(cluster.admin_token());
        let reply = get(&cluster, node.address(), "/version", token, Some(&client)).unwrap();
        assert_eq!(reply.status, 200);
    }
}

#[test]
fn anonymous_requests_get_what_every_cluster_gives_them() {
    let closed = Cluster::new();
    let open = Cluster::builder().anonymous(true).build();
    let nodes = [&closed, &open].map(|cluster| Node::start(cluster, LOOPBACK.into()).unwrap());
    for (path, with_anonymous) in [
        ("/version", 200),
        ("/readyz", 200),
        ("/livez", 200),
        ("/healthz", 200),
        ("/api", 403),
        ("/apis", 403),
        ("/api/v1/namespaces", 403),
        ("/nothing", 403),
    ] {
        let status =
            |index: usize, cluster| get(cluster, nodes[index].address(), path, None, None).unwrap();
        assert_eq!(status(0, &closed).status, 401, "{path}");
        let reply = status(1, &open);
        assert_eq!(reply.status, with_anonymous, "{path}");
        let head = reply.head.to_ascii_lowercase();
        assert!(head.contains("x-kubernetes-pf-flowschema-uid"), "{head}");
    }
    let wrong = get(&open, nodes[1].address(), "/version", Some("wrong"), None).unwrap();
    assert_eq!(wrong.status, 401);
    let reply = get(&open, nodes[1].address(), "/api", None, None).unwrap();
    let text = r#"forbidden: User \"system:anonymous\" cannot get path \"/api\""#;
    assert!(reply.body.contains(text), "{}", reply.body);
}

#[test]
fn readyz_fails_alone() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, LOOPBACK.into()).unwrap();
    node.set_behaviour(Behaviour::ReadyzFails).unwrap();
    let status = |path| {
        get(
            &cluster,
            node.address(),
            path,
            Some(cluster.admin_token()),
            None,
        )
        .unwrap()
        .status
    };
    assert_eq!(
        [status("/readyz"), status("/livez"), status("/version")],
        [500, 200, 200]
    );
}

#[test]
fn impostors_speak_no_kubernetes() {
    let cluster = Cluster::new();
    for (role, status, body) in [
        (Role::Kubelet { anonymous: false }, 401, "Unauthorized"),
        (
            Role::Kubelet { anonymous: true },
            404,
            "404 page not found\n",
        ),
        (
            Role::WebServer,
            200,
            "<!doctype html><title>It works</title>\n",
        ),
    ] {
        let options = NodeOptions {
            role,
            leaf: Some(cluster.leaf(&LeafKind::K3sKubeletNamedLikeApiServer, &[])),
            ..NodeOptions::default()
        };
        let node = Node::start_with(&cluster, LOOPBACK.into(), options).unwrap();
        let reply = get(&cluster, node.address(), "/version", None, None).unwrap();
        assert_eq!((reply.status, reply.body.as_str()), (status, body));
    }
}

#[test]
fn servers_that_listen_are_endpoints() {
    let cluster = Cluster::new();
    let nodes = [0, 1].map(|_| Node::start(&cluster, LOOPBACK.into()).unwrap());
    let slices = |asked: &Node| {
        let path = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";
        get(
            &cluster,
            asked.address(),
            path,
            Some(cluster.admin_token()),
            None,
        )
        .unwrap()
        .body
    };
    let port = |node: &Node| format!("\"port\":{},", node.address().port());
    let all = slices(&nodes[0]);
    assert!(nodes.iter().all(|node| all.contains(&port(node))), "{all}");
    nodes[1].set_behaviour(Behaviour::Refuse).unwrap();
    let left = slices(&nodes[0]);
    assert!(
        left.contains(&port(&nodes[0])) && !left.contains(&port(&nodes[1])),
        "{left}"
    );
    cluster.set_endpoints(&["10.0.0.7:16443".parse().unwrap()]);
    let told = slices(&nodes[0]);
    assert!(
        told.contains("10.0.0.7") && !told.contains(&port(&nodes[0])),
        "{told}"
    );
}

#[test]
fn a_cloned_machine_is_the_same_cluster_with_another_leaf() {
    let cluster = Cluster::new();
    let clone = cluster.clone_machine();
    let nodes = [&cluster, &clone].map(|c| Node::start(c, LOOPBACK.into()).unwrap());
    assert_eq!(cluster.uid(), clone.uid());
    assert_ne!(nodes[0].leaf_spki_sha256(), nodes[1].leaf_spki_sha256());
    let home = Home::new();
    let [one, two] = [&nodes[0], &nodes[1]].map(|node| cluster.kubeconfig(&node.url()));
    assert_eq!(home.run(&one, &["create", "ns", "demo"]).code, Some(0));
    assert_eq!(home.run(&one, &["get", "ns", "demo"]).code, Some(0));
    assert_eq!(home.run(&two, &["get", "ns", "demo"]).code, Some(1));
}

#[test]
fn tokens_can_be_replaced() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, LOOPBACK.into()).unwrap();
    cluster.set_known_tokens("fresh,admin,admin,\"system:masters\"\n");
    let status = |token| {
        get(&cluster, node.address(), "/version", Some(token), None)
            .unwrap()
            .status
    };
    assert_eq!([status(cluster.admin_token()), status("fresh")], [401, 200]);
}

#[test]
fn a_client_cannot_break_the_node() {
    let cluster = Cluster::new();
    let node = Node::start(&cluster, LOOPBACK.into()).unwrap();
    for bytes in [
        &b"\x16\x03\x01\xff\xff"[..],
        b"\0\0\0\0\0",
        b"GETX",
        b"\x16\x03\x01\0\x05hello",
    ] {
        let mut stream = TcpStream::connect(node.address()).unwrap();
        stream.write_all(bytes).unwrap();
    }
    for path in [
        "/api/v1/namespaces/%ff%",
        "/apis///",
        "//",
        "/api/v1/namespaces?watch=1&timeoutSeconds=0&resourceVersion=x",
    ] {
        get(
            &cluster,
            node.address(),
            path,
            Some(cluster.admin_token()),
            None,
        )
        .unwrap();
    }
    assert_eq!(
        get(&cluster, node.address(), "/version", None, None)
            .unwrap()
            .status,
        401
    );
}
