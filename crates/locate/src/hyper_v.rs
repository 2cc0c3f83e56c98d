//! Hyper-V's virtual machines, through PowerShell.

use std::path::Path;

use serde::Deserialize;

use crate::found::Found;
use crate::json;
use crate::mac::Mac;
use crate::program;

/// Says nothing where Hyper-V is not installed; a user who may not ask it (Hyper-V Administrators) is told by
/// the cmdlet. The module is named, since that of `VMware` has a `Get-VM` too.
const SCRIPT: &str = "\
if (Get-Command Hyper-V\\Get-VM -ErrorAction SilentlyContinue) { \
$ErrorActionPreference = 'Stop'; \
[Console]::OutputEncoding = [Text.Encoding]::UTF8; \
Hyper-V\\Get-VM | Hyper-V\\Get-VMNetworkAdapter | \
Select-Object VMName,MacAddress,IPAddresses,SwitchName | ConvertTo-Json -Compress }";

/// What PowerShell is called with.
pub const ARGUMENTS: [&str; 5] = [
    "-NoLogo",
    "-NoProfile",
    "-NonInteractive",
    "-Command",
    SCRIPT,
];

#[derive(Deserialize)]
struct Adapter {
    #[serde(rename = "VMName")]
    name: String,
    #[serde(rename = "MacAddress")]
    mac: Option<String>,
    #[serde(rename = "IPAddresses")]
    addresses: Option<Addresses>,
}

/// An array; a single one bare; or, in Windows PowerShell 5.1, wrapped.
#[derive(Deserialize)]
#[serde(untagged)]
enum Addresses {
    One(String),
    Many(Vec<String>),
    Wrapped { value: Vec<String> },
}

/// Reads what `ConvertTo-Json` makes of the adapters: an object when there is one, an array of several,
/// nothing of none; UTF-8 or UTF-16. An adapter has addresses only while integration services run in the
/// guest (`hv_kvp_daemon`).
///
/// # Errors
/// A text when it is something else.
pub fn parse(output: &[u8]) -> Result<Vec<Found>, String> {
    let adapters: Vec<Adapter> = json::objects(output, "Get-VMNetworkAdapter | ConvertTo-Json")?;
    let found = adapters.into_iter().flat_map(|adapter| {
        let addresses = match adapter.addresses {
            None => Vec::new(),
            Some(Addresses::One(text)) => text.split([' ', ',']).map(str::to_owned).collect(),
            Some(Addresses::Many(texts) | Addresses::Wrapped { value: texts }) => texts,
        };
        let mac = adapter.mac.as_deref().and_then(Mac::parse);
        let addresses = addresses.into_iter().filter_map(|text| text.parse().ok());
        addresses
            .map(|address| Found::at(address).named(&adapter.name).mac(mac))
            .collect::<Vec<_>>()
    });
    Ok(found.collect())
}

/// Runs PowerShell. The caller bounds the time; a dropped future kills the process.
///
/// # Errors
/// A text that says what failed.
pub async fn collect(program: &Path) -> Result<Vec<Found>, String> {
    parse(&program::run(program, &ARGUMENTS).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::found::shown;

    /// The properties of `Microsoft.HyperV.PowerShell.VMNetworkAdapter` (Microsoft's documentation of
    /// `Get-VMNetworkAdapter`) as `ConvertTo-Json` prints them; addresses and names made up.
    const MANY: &str = r#"[{"VMName":"microk8s-vm","MacAddress":"00155D010A09","IPAddresses":["172.28.40.7","fe80::215:5dff:fe01:a09"],"SwitchName":"Default Switch"},{"VMName":"off","MacAddress":"000000000000","IPAddresses":[],"SwitchName":null},{"VMName":"quiet","MacAddress":"00155D010A0A","IPAddresses":null,"SwitchName":"Default Switch"}]"#;

    #[test]
    fn reads_one_adapter_and_many_in_both_encodings() {
        let expected = [
            "172.28.40.7 microk8s-vm 00:15:5d:01:0a:09",
            "fe80::215:5dff:fe01:a09 microk8s-vm 00:15:5d:01:0a:09",
        ];
        assert_eq!(shown(&parse(MANY.as_bytes()).unwrap()), expected);
        let one = r#"{"VMName":"microk8s-vm","MacAddress":"00155D010A09","IPAddresses":["172.28.40.7","fe80::215:5dff:fe01:a09"],"SwitchName":"Default Switch"}"#;
        let utf16: Vec<u8> = format!("\u{feff}{one}\r\n")
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        for bytes in [
            one.as_bytes().to_vec(),
            format!("\u{feff}{one}\r\n").into_bytes(),
            utf16,
        ] {
            assert_eq!(shown(&parse(&bytes).unwrap()), expected);
        }
        for addresses in [
            r#""172.28.40.7 fe80::215:5dff:fe01:a09""#,
            r#"{"value":["172.28.40.7","fe80::215:5dff:fe01:a09"],"Count":2}"#,
        ] {
            let text = format!(
                r#"{{"VMName":"microk8s-vm","MacAddress":"00155D010A09","IPAddresses":{addresses}}}"#
            );
            assert_eq!(shown(&parse(text.as_bytes()).unwrap()), expected);
        }
    }

    #[test]
    fn nothing_is_nothing_and_other_texts_are_refused() {
        assert_eq!(parse(b"").unwrap(), []);
        assert_eq!(parse(b"\r\n").unwrap(), []);
        for text in [
            "Get-VM : You do not have the required permission",
            "{}",
            "3",
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
