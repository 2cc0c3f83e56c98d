//! The proxy that an entry names: whether it is there at all.

use std::net::SocketAddr;

use kubeconfig::redact;
use kubeconfig::redact::escape;
use kubeconfig::server::Server;

use super::catalogue as kind;
use super::diagnose::Case;
use super::finding::Finding;
use super::finding::Ladder;
use super::finding::Mend;

/// Says that a proxy stands before the server, or that it does not.
pub(super) async fn behind_proxy(case: &Case<'_>, cluster: &str, proxy: &str, ladder: &mut Ladder) {
    let shown = escape(&redact::url(proxy)).into_owned();
    let limits = case.options.limits;
    let mend = Mend::hand(format!(
        "start the proxy, or reach the server without it: `bowline config unset {}`",
        crate::failure::argument(&format!("clusters.{cluster}.proxy-url"))
    ));
    // Only to see whether anybody is there; what is said is for the proxy alone.
    let reached = match proxy_address(case, proxy).await {
        None => Ok(()),
        Some(Err(error)) => Err(error),
        Some(Ok(address)) => {
            let connecting = tokio::net::TcpStream::connect(address);
            match tokio::time::timeout(limits.connect, connecting).await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) => Err(error.to_string()),
                Err(_) => Err("no answer".to_owned()),
            }
        }
    };
    let finding = match reached {
        Ok(()) => Finding::new(&kind::PROXIED, format!("proxy-url is {shown}"), mend),
        Err(error) => {
            let seen = format!("proxy-url is {shown}: {}", escape(&error));
            Finding::new(&kind::PROXY_UNREACHABLE, seen, mend)
        }
    };
    ladder.find(finding);
}

/// The address of a proxy; `None` where its URL cannot be read.
async fn proxy_address(case: &Case<'_>, proxy: &str) -> Option<Result<SocketAddr, String>> {
    let (scheme, rest) = proxy.split_once("://")?;
    let default = match scheme {
        "http" => 80,
        "https" => 443,
        "socks5" | "socks5h" => 1080,
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    // Without scheme and user it is read as a server's address is.
    let server = Server::parse(&format!("https://{host}")).ok()?;
    let written = host.ends_with(&format!(":{}", server.port));
    let port = if written { server.port } else { default };
    match &server.host {
        kubeconfig::server::Host::Ip(address) => Some(Ok(SocketAddr::new(*address, port))),
        kubeconfig::server::Host::Name(name) => {
            let limit = locate::Source::Entry.facts().limit;
            let resolving = case.world.resolver.resolve(name.clone());
            Some(match tokio::time::timeout(limit, resolving).await {
                Ok(Ok(found)) => match found.first() {
                    Some(address) => Ok(SocketAddr::new(*address, port)),
                    None => Err(format!("{name} has no address")),
                },
                Ok(Err(error)) => Err(error.to_string()),
                Err(_) => Err("the resolver does not answer".to_owned()),
            })
        }
    }
}
