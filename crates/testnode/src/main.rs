//! `testnode`: one node as a command, for demonstrations and for tests in other languages.

use std::io::{self, BufRead as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use testnode::{Behaviour, Cluster, Node, NodeOptions};

const USAGE: &str = "\
usage: testnode --listen ADDRESS:PORT --dir DIR [--rbac] [--anonymous] [--version vX.Y.Z]

Serves a cluster of one node until stdin ends. Writes kubeconfig, known_tokens.csv and ca.crt into
DIR and prints the address. Reads one command per line:
  serve | refuse | stop | hang | swallow | readyz-fails | datastore-down | objects-hang | unavailable |
  close-after-accept | close-after-handshake | late MILLISECONDS
  move ADDRESS:PORT   stop listening here, listen there; the certificate stays as it is
  renew               sign the server certificate anew for the present address
  records | clear     show, forget what arrived
  quit
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to tell where stderr is closed.
            let _ = writeln!(io::stderr(), "testnode: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (mut listen, mut dir, mut builder) = (None, None, Cluster::builder());
    while let Some(argument) = arguments.next() {
        let mut value = || {
            arguments
                .next()
                .ok_or_else(|| usage(&format!("{argument} needs a value")))
        };
        match argument.as_str() {
            "--listen" => listen = Some(address(&value()?)?),
            "--dir" => dir = Some(PathBuf::from(value()?)),
            "--rbac" => builder = builder.rbac(true),
            "--anonymous" => builder = builder.anonymous(true),
            "--version" => builder = builder.git_version(&value()?),
            "--help" | "-h" => return io::stdout().write_all(USAGE.as_bytes()),
            other => return Err(usage(&format!("unknown argument {other}"))),
        }
    }
    let (Some(listen), Some(dir)) = (listen, dir) else {
        return Err(usage("--listen and --dir are needed"));
    };
    let cluster = builder.build();
    let node = Node::start_with(&cluster, listen, NodeOptions::default())?;
    std::fs::create_dir_all(&dir)?;
    write_secret(&dir.join("kubeconfig"), &cluster.kubeconfig(&node.url()))?;
    write_secret(&dir.join("known_tokens.csv"), &cluster.known_tokens())?;
    std::fs::write(dir.join("ca.crt"), cluster.ca_pem())?;
    say(&node.address().to_string())?;
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<_> = line.split_whitespace().collect();
        if words == ["quit"] {
            break;
        }
        match obey(&node, &words) {
            Ok(answer) => say(&answer)?,
            Err(error) => say(&format!("error: {error}"))?,
        }
    }
    Ok(())
}

fn obey(node: &Node, words: &[&str]) -> io::Result<String> {
    let behaviour = match *words {
        ["serve"] => Behaviour::Serve,
        ["refuse" | "stop"] => Behaviour::Refuse,
        ["hang"] => Behaviour::Hang,
        ["swallow"] => Behaviour::Swallow,
        ["readyz-fails"] => Behaviour::ReadyzFails,
        ["datastore-down"] => Behaviour::DatastoreDown,
        ["objects-hang"] => Behaviour::ObjectsHang,
        ["close-after-handshake"] => Behaviour::CloseAfterHandshake,
        ["unavailable"] => Behaviour::Unavailable,
        ["close-after-accept"] => Behaviour::CloseAfterAccept,
        ["late", milliseconds] => Behaviour::Late(Duration::from_millis(
            milliseconds
                .parse()
                .map_err(|_| usage("late needs a number of milliseconds"))?,
        )),
        ["move", to] => {
            node.move_to(address(to)?)?;
            return Ok(node.address().to_string());
        }
        ["renew"] => {
            node.renew_leaf();
            return Ok(node.leaf_spki_sha256());
        }
        ["records"] => return Ok(records(node)),
        ["clear"] => {
            node.clear_records();
            return Ok("ok".to_owned());
        }
        _ => return Err(usage(&format!("unknown command {:?}", words.join(" ")))),
    };
    node.set_behaviour(behaviour)?;
    Ok("ok".to_owned())
}

fn records(node: &Node) -> String {
    let records = node.records();
    let mut lines: Vec<_> = records
        .requests
        .iter()
        .map(|request| {
            let agent = request.user_agent.as_deref().unwrap_or("-");
            format!(
                "{} {} {} {agent}",
                request.status, request.method, request.path
            )
        })
        .collect();
    lines.push(format!(
        "connections={} handshakes={} requests={} credential_bytes={}",
        records.connections,
        records.handshakes.len(),
        records.requests.len(),
        records.credential_bytes(),
    ));
    lines.join("\n")
}

fn address(text: &str) -> io::Result<SocketAddr> {
    text.parse()
        .map_err(|_| usage(&format!("{text} is not ADDRESS:PORT")))
}

fn usage(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("{why}\n{USAGE}"))
}

fn say(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}")?;
    stdout.flush()
}

/// Writes a file that only its owner may read, where the system has such a thing.
fn write_secret(path: &Path, text: &str) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)?.write_all(text.as_bytes())
}
