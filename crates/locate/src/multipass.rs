//! `multipass info --format json`: all instances of Multipass with their addresses.

use std::path::Path;

use machines::multipass;

use crate::found::Found;
use crate::program;

/// Every address of every instance. One that does not run has none.
///
/// # Errors
/// A text when it is not the JSON of `multipass info`.
pub fn parse(json: &[u8]) -> Result<Vec<Found>, String> {
    let instances = multipass::parse(json)?.into_iter();
    let found = instances.flat_map(|instance| {
        let addresses = instance.addresses.into_iter();
        addresses
            .map(|address| Found::at(address).named(&instance.name))
            .collect::<Vec<_>>()
    });
    Ok(found.collect())
}

/// Runs Multipass. The caller bounds the time; a dropped future kills the process.
///
/// # Errors
/// A text that says what failed.
pub async fn collect(program: &Path) -> Result<Vec<Found>, String> {
    parse(&program::run(program, &["info", "--format", "json"]).await?)
}
