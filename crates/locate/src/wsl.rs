//! The Linux distributions of WSL: their own addresses, and 127.0.0.1, where Windows relays to them.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::path::Path;

use machines::wsl;

use crate::found::Found;
use crate::program;

/// Each costs a process.
const MOST_DISTRIBUTIONS: usize = 8;
/// More addresses than a distribution has, with those of its container networks.
const MOST_ADDRESSES: usize = 32;

/// Only those that run: asking another would start it.
pub const LIST: [&str; 3] = ["--list", "--running", "--quiet"];

/// What `hostname -I` in a distribution means: its addresses, and this machine's loopback address, which WSL
/// relays (`localhostForwarding`) or shares (mirrored networking).
pub fn parse(name: &str, output: &[u8]) -> Vec<Found> {
    let text = wsl::text(output);
    let own = text
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .take(MOST_ADDRESSES);
    let relay = IpAddr::V4(Ipv4Addr::LOCALHOST);
    own.chain([relay])
        .map(|address| Found::at(address).named(name))
        .collect()
}

/// Runs `wsl.exe`, once for the list and once for each distribution. The caller bounds the time; a dropped
/// future kills the processes.
///
/// # Errors
/// A text that says what failed.
pub async fn collect(program: &Path) -> Result<Vec<Found>, String> {
    let names = wsl::names(&program::run(program, &LIST).await?);
    // A name from outside must not be taken for an option.
    let names = names.iter().filter(|name| !name.starts_with('-'));
    let asked = names.take(MOST_DISTRIBUTIONS).map(|name| async move {
        let arguments = ["--distribution", name, "--exec", "hostname", "-I"];
        // A distribution without `hostname -I` still has the relay.
        let output = program::run(program, &arguments).await.unwrap_or_default();
        parse(name, &output)
    });
    let found = futures_util::future::join_all(asked).await;
    Ok(found.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::found::shown;

    /// Of an Ubuntu guest with MicroK8s and Docker (canonical/microk8s#4348).
    #[test]
    fn reads_hostname_in_both_encodings() {
        let text = "172.28.40.7 172.17.0.1 10.1.76.0 \r\n";
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [text.as_bytes().to_vec(), utf16] {
            assert_eq!(
                shown(&parse("Ubuntu", &bytes)),
                [
                    "172.28.40.7 Ubuntu",
                    "172.17.0.1 Ubuntu",
                    "10.1.76.0 Ubuntu",
                    "127.0.0.1 Ubuntu",
                ]
            );
        }
        let usage = b"hostname: unrecognized option: I";
        assert_eq!(shown(&parse("Alpine", usage)), ["127.0.0.1 Alpine"]);
        assert_eq!(
            parse("x", &b"10.0.0.1 ".repeat(999)).len(),
            MOST_ADDRESSES + 1
        );
    }
}
