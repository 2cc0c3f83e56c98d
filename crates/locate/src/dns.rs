//! The system's resolver.

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;

/// Turns names into addresses.
pub trait Resolve: Send + Sync {
    /// The addresses of a host name.
    fn resolve(
        &self,
        name: String,
    ) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;
}

/// `getaddrinfo`: what every program of this machine uses, including its hosts file, its VPN's split DNS
/// and, on Windows, the `*.mshome.net` names of Internet Connection Sharing.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(
        &self,
        name: String,
    ) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let mut addresses: Vec<IpAddr> = Vec::new();
            for address in found.map(|address| address.ip()) {
                if !addresses.contains(&address) {
                    addresses.push(address);
                }
            }
            Ok(addresses)
        })
    }
}
