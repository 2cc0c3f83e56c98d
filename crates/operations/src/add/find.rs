//! Finds the machine that runs MicroK8s: this one, or an instance of Multipass, LXD, Incus or WSL.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use kubeconfig::redact::escape;
use machines::Machine;
use machines::Place;
use machines::Privilege;

use super::distributions::MICROK8S;
use crate::failure::argument;
use crate::world::World;

/// How long a machine has for one request, and a program to list its machines: a VM that is busy, an ssh
/// connection through half the world.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// More than a person keeps on one machine; each is asked.
const MOST_INSTANCES: usize = 64;

/// How many are asked at the same time.
const AT_ONCE: usize = 8;

/// Why there is not one machine to take.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// None runs MicroK8s.
    #[error("no MicroK8s was found; looked at:\n{}name the machine that runs it: bowline add ssh:USER@HOST", lines(.looked))]
    None {
        /// Where it was looked for, and what was there.
        looked: Vec<String>,
    },
    /// Several do.
    #[error("MicroK8s runs on several machines, choose one:\n{}", choices(.found))]
    Several {
        /// They.
        found: Vec<Place>,
    },
}

fn lines(looked: &[String]) -> String {
    looked.iter().flat_map(|line| ["  ", line, "\n"]).collect()
}

fn choices(found: &[Place]) -> String {
    let lines: Vec<_> = found
        .iter()
        .map(|place| format!("  bowline add {}", argument(&place.to_string())))
        .collect();
    lines.join("\n")
}

/// Finds the one machine that runs MicroK8s.
///
/// # Errors
/// [`FindError`].
pub async fn find(world: &World) -> Result<Place, FindError> {
    let programs = (world.programs)();
    let multipass = world.settings.multipass != Some(false);
    let mut asked = programs.clone();
    if !multipass {
        asked.multipass = None;
    }
    let mut looked = Vec::new();
    let mut places = vec![Place::Local];
    let listing = machines::list(&asked, PATIENCE).await;
    looked.extend(listing.failures.iter().map(|why| escape(why).into_owned()));
    for (place, runs) in listing.found {
        if runs {
            places.push(place);
        } else {
            let name = argument(&place.to_string());
            looked.push(format!("{name}: it does not run"));
        }
    }
    if !multipass {
        looked.push("multipass: not asked, config.toml says `multipass = false`".to_owned());
    }
    places.truncate(MOST_INSTANCES);
    let checked: Vec<_> = stream::iter(places)
        .map(|place| {
            let machine = Machine::new(place.clone(), programs.clone(), PATIENCE);
            async move { (place, runs_microk8s(&machine).await) }
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let mut found = Vec::new();
    for (place, runs) in checked {
        let name = escape(&place.to_string()).into_owned();
        match runs {
            Ok(true) => found.push(place),
            Ok(false) => looked.push(format!("{name}: there is no {}", MICROK8S.files.concat())),
            Err(why) => looked.push(escape(&why).into_owned()),
        }
    }
    match found.as_slice() {
        [] => Err(FindError::None { looked }),
        [only] => Ok(only.clone()),
        _ => Err(FindError::Several { found }),
    }
}

/// Whether its files are there; they need not be readable.
async fn runs_microk8s(machine: &Machine) -> Result<bool, String> {
    let tree = machine
        .fetch(MICROK8S.files, Privilege::AsIs)
        .await
        .map_err(|error| error.to_string())?;
    Ok(!tree.entries.is_empty())
}
