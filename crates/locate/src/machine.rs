//! The machine that the cluster runs on, asked for its own addresses: through Multipass, LXD, Incus, WSL or
//! ssh, wherever config.toml says that it is.

use std::net::IpAddr;

use machines::Machine;

/// More addresses than a node has, those of its container networks included.
const MOST_ADDRESSES: usize = 32;

/// Asks the machine. The caller bounds the time; a dropped future ends what was started.
///
/// # Errors
/// A text that names the machine and says what failed.
pub async fn collect(machine: &Machine) -> Result<Vec<IpAddr>, String> {
    let addresses = machine.addresses().await;
    let mut addresses = addresses.map_err(|error| error.to_string())?;
    addresses.truncate(MOST_ADDRESSES);
    Ok(addresses)
}
