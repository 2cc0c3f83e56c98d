//! The destination of ssh: `[user@]host[:port]`.

use std::fmt;
use std::net::Ipv6Addr;

use super::LONGEST_NAME;

const EXPECTED: &str = "expected ssh:[USER@]HOST[:PORT], for example ssh:ubuntu@lab1:2222; an IPv6 address with a port stands in brackets";
const CHARACTERS: &str = "neither the user nor the host of ssh may begin with a hyphen or hold spaces, quotes or characters of a shell";
const PORT: &str = "the port of ssh is a number from 1 to 65535";

/// Reads what follows `ssh:`, with or without `//`.
pub(super) fn parse(text: &str) -> Result<(String, Option<u16>), &'static str> {
    if text.len() > LONGEST_NAME {
        return Err("the destination of ssh has at most 255 bytes");
    }
    let text = match text.strip_prefix("//") {
        Some(url) => url.strip_suffix('/').unwrap_or(url),
        None => text,
    };
    // As ssh does: a user may have an `@` (`user@domain@host`).
    let (user, rest) = match text.rsplit_once('@') {
        Some((user, rest)) => (Some(user), rest),
        None => (None, text),
    };
    if user.is_some_and(str::is_empty) {
        return Err(EXPECTED);
    }
    if user.is_some_and(|user| !is_word(user, b"._%+@-")) {
        return Err(CHARACTERS);
    }
    let (host, port) = host_and_port(rest)?;
    let port = port.map(number).transpose()?;
    let destination = match user {
        Some(user) => format!("{user}@{host}"),
        None => host.to_owned(),
    };
    Ok((destination, port))
}

/// Writes what [`parse`] reads.
pub(super) fn write(
    f: &mut fmt::Formatter<'_>,
    destination: &str,
    port: Option<u16>,
) -> fmt::Result {
    let host = host(destination);
    let user = destination.strip_suffix(host).unwrap_or_default();
    if host.contains(':') {
        write!(f, "ssh:{user}[{host}]")?;
    } else {
        write!(f, "ssh:{user}{host}")?;
    }
    match port {
        Some(port) => write!(f, ":{port}"),
        None => Ok(()),
    }
}

/// The host of a destination.
pub(super) fn host(destination: &str) -> &str {
    destination
        .rsplit_once('@')
        .map_or(destination, |(_, host)| host)
}

fn host_and_port(text: &str) -> Result<(&str, Option<&str>), &'static str> {
    if let Some(bracketed) = text.strip_prefix('[') {
        let (host, rest) = bracketed.split_once(']').ok_or(EXPECTED)?;
        if !is_ipv6(host) {
            return Err(EXPECTED);
        }
        return match rest.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if rest.is_empty() => Ok((host, None)),
            None => Err(EXPECTED),
        };
    }
    if is_ipv6(text) {
        return Ok((text, None));
    }
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    if host.is_empty() {
        return Err(EXPECTED);
    }
    if !is_word(host, b"._+-") {
        return Err(CHARACTERS);
    }
    Ok((host, port))
}

fn number(port: &str) -> Result<u16, &'static str> {
    let digits = port.bytes().all(|b| b.is_ascii_digit());
    match port.parse() {
        Ok(port) if digits && port != 0 => Ok(port),
        _ => Err(PORT),
    }
}

/// An address, with a zone or not (RFC 4007, `fe80::1%eth0`).
fn is_ipv6(text: &str) -> bool {
    let (address, zone) = match text.split_once('%') {
        Some((address, zone)) => (address, Some(zone)),
        None => (text, None),
    };
    address.parse::<Ipv6Addr>().is_ok() && zone.is_none_or(|zone| is_word(zone, b"._-"))
}

fn is_word(text: &str, others: &[u8]) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || others.contains(&b))
}
