//! `bowline node certs`.

use std::fmt::Write as _;
use std::net::IpAddr;

use microk8s::certs;
use microk8s::certs::Certificate;
use microk8s::certs::CertificateFile;
use microk8s::certs::KeyMatch;
use microk8s::certs::Role;
use microk8s::paths;
use operations::node::access::Access;
use serde_json::Value;
use serde_json::json;

use super::SCHEMA;
use super::Scene;
use super::cell;
use super::now;
use super::print;
use crate::cli::node::CertsArgs;
use crate::error::CommandError;
use crate::exit;
use crate::output;
use crate::output::day;
use crate::output::table::table;

pub(super) fn run(scene: &Scene, arguments: &CertsArgs) -> Result<u8, CommandError> {
    let access = scene.open()?;
    let addresses = super::addresses(&access, &scene.at()?);
    let now = now();
    let mut files = certs::read(&access.tree, paths::DATA);
    if let Some(span) = arguments.expiring {
        let horizon = i64::try_from(span.0.as_secs()).unwrap_or(i64::MAX);
        let end = now.saturating_add(horizon);
        files.retain(|file| match &file.certificate {
            Ok(certificate) => certificate.not_after <= end,
            Err(_) => true,
        });
    }
    let rows: Vec<Value> = files
        .iter()
        .map(|file| value(file, &addresses, now))
        .collect();
    let whole = json!({
        "schema": SCHEMA,
        "revision": access.node.revision,
        "addresses": addresses,
        "certificates": rows,
    });
    if arguments.expiring.is_some() && files.is_empty() {
        print(arguments.output.output, String::new, &whole)?;
        output::note("no certificate ends within that time");
        return Ok(exit::OK);
    }
    print(
        arguments.output.output,
        || scene.aimed(&text(&access, &files, &addresses, now)),
        &whole,
    )?;
    Ok(if arguments.expiring.is_some() {
        exit::FOUND
    } else {
        exit::OK
    })
}

/// The API server's certificate and the kubelet's have to carry the node's addresses; the others need not. A
/// kubelet that signed its own is one that nobody checks.
pub(super) fn missing(
    file: &CertificateFile,
    certificate: &Certificate,
    addresses: &[IpAddr],
) -> Vec<IpAddr> {
    match file.role {
        Role::Kubelet if certificate.signed_by.as_ref() == Some(&file.path) => Vec::new(),
        Role::Server | Role::Kubelet => certificate.missing(addresses),
        _ => Vec::new(),
    }
}

fn text(access: &Access, files: &[CertificateFile], addresses: &[IpAddr], now: i64) -> String {
    let mut text = format!("{}: {}\n\n", access.name(), cell(&access.node.data));
    let rows: Vec<Vec<String>> = files.iter().map(|file| row(file, now)).collect();
    text += &table(
        &["FILE", "FOR", "UNTIL", "DAYS", "V", "SIGNED BY", "KEY"],
        &rows,
    );
    let mut servers: Vec<(String, Vec<String>)> = Vec::new();
    let mut old_version = Vec::new();
    for file in files {
        let Ok(certificate) = &file.certificate else {
            continue;
        };
        if certificate.version == 1 {
            old_version.push(cell(&name(file)));
        }
        let names = names(certificate);
        match servers.iter_mut().find(|(known, _)| *known == names) {
            _ if names.is_empty() => {}
            Some((_, of)) => of.push(cell(&name(file))),
            None => servers.push((names, vec![cell(&name(file))])),
        }
    }
    for (names, of) in servers {
        let _ = write!(text, "\n{}: good for\n  {names}\n", of.join(", "));
    }
    if !old_version.is_empty() {
        let _ = write!(
            text,
            "\nX.509 version 1 (kubectl takes it, programs with rustls refuse it):\n  {}\n",
            old_version.join("\n  ")
        );
    }
    for file in files {
        let name = cell(&name(file));
        let certificate = match &file.certificate {
            Ok(certificate) => certificate,
            Err(error) => {
                let _ = write!(text, "\n{name}: {}\n", cell(&error.to_string()));
                continue;
            }
        };
        if certificate.has_expired(now) {
            let _ = write!(text, "\n{name}: expired on {}", day(certificate.not_after));
            let _ = writeln!(text, ": {}", file.stops());
            if let Some(renew) = file.renewed_by() {
                let _ = writeln!(text, "  mend: {renew}");
            }
        }
        if certificate.private_key == KeyMatch::Differs {
            let _ = write!(text, "\n{name}: the key beside it is another's\n");
        }
        let missing = missing(file, certificate, addresses);
        if !missing.is_empty() {
            let missing: Vec<_> = missing.iter().map(ToString::to_string).collect();
            let _ = write!(
                text,
                "\n{name}: does not carry {}, which the node has now\n  mend: bowline node repair\n",
                missing.join(", ")
            );
        }
    }
    if addresses.is_empty() {
        text.push_str(
            "\nWhether they cover the node's present addresses is not known: these files do not tell them (--at ADDRESS)\n",
        );
    }
    text
}

fn row(file: &CertificateFile, now: i64) -> Vec<String> {
    let Ok(certificate) = &file.certificate else {
        return vec![cell(&name(file)), "damaged".to_owned()];
    };
    let subject = certificate
        .subject
        .common_name
        .as_deref()
        .unwrap_or_default();
    let subject = match certificate.subject.organizations.as_slice() {
        [] => cell(subject),
        groups => format!("{} ({})", cell(subject), cell(&groups.join(", "))),
    };
    vec![
        cell(&name(file)),
        subject,
        day(certificate.not_after),
        certificate.days_left(now).to_string(),
        certificate.version.to_string(),
        certificate
            .signed_by
            .as_deref()
            .map_or_else(|| "other".to_owned(), |path| cell(file_name(path))),
        match &certificate.private_key {
            KeyMatch::Matches => "matches",
            KeyMatch::Differs => "differs",
            KeyMatch::NoKey => "none",
            KeyMatch::NotReadable { .. } => "not readable",
            KeyMatch::UnsupportedKind => "not checked",
        }
        .to_owned(),
    ]
}

/// What a certificate is good for, as a server's.
fn names(certificate: &Certificate) -> String {
    let addresses = certificate.addresses.iter().map(ToString::to_string);
    let names = addresses.chain(certificate.names.iter().map(|name| cell(name)));
    names.collect::<Vec<_>>().join(" ")
}

fn name(file: &CertificateFile) -> String {
    let path = file
        .path
        .strip_prefix(paths::DATA)
        .unwrap_or(&file.path)
        .trim_start_matches('/');
    match &file.role {
        Role::Embedded { .. } => format!("{path} (in it)"),
        _ => path.to_owned(),
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn value(file: &CertificateFile, addresses: &[IpAddr], now: i64) -> Value {
    let mut value = json!(file);
    if let (Some(fields), Ok(certificate)) = (value.as_object_mut(), &file.certificate) {
        fields.insert("daysLeft".to_owned(), json!(certificate.days_left(now)));
        fields.insert(
            "missingAddresses".to_owned(),
            json!(missing(file, certificate, addresses)),
        );
        fields.insert("stops".to_owned(), json!(file.stops()));
        fields.insert("renewedBy".to_owned(), json!(file.renewed_by()));
    }
    value
}
