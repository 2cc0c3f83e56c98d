//! The machines that this machine's programs know of.

use std::path::PathBuf;
use std::time::Duration;

use crate::error::MachineError;
use crate::error::first_line;
use crate::lxd;
use crate::machine::Programs;
use crate::multipass;
use crate::place::Place;
use crate::process;
use crate::transport::CommandLine;
use crate::wsl;

/// An instance that a program lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Where it is.
    pub place: Place,
    /// Whether it runs.
    pub running: bool,
    /// Its state in the program's word, which is foreign text.
    pub state: String,
}

/// What one program listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The program.
    pub program: &'static str,
    /// Its instances, or why it could not be asked.
    pub instances: Result<Vec<Instance>, String>,
}

/// Reads the output of one program.
type Read = fn(&[u8]) -> Result<Vec<Instance>, String>;

/// Asks every program that is there for its instances, all at once, each within `patience`. Names that no place
/// can have are passed over.
pub async fn list(programs: &Programs, patience: Duration) -> Vec<Listed> {
    let ask = |name, program: &Option<PathBuf>, words: &'static [&'static str], read: Read| {
        let program = program.clone();
        async move {
            let instances = ask(program?, words, patience, read).await;
            Some(Listed {
                program: name,
                instances,
            })
        }
    };
    let json = &["list", "--format", "json"];
    let (multipass, lxd, incus, wsl) = tokio::join!(
        ask("multipass", &programs.multipass, json, multipass_list),
        ask("lxc", &programs.lxc, json, lxd_list),
        ask("incus", &programs.incus, json, incus_list),
        // Without `--verbose`: its words for states are in the language of Windows.
        ask(
            "wsl.exe",
            &programs.wsl,
            &["--list", "--running", "--quiet"],
            wsl_list
        ),
    );
    [multipass, lxd, incus, wsl].into_iter().flatten().collect()
}

async fn ask(
    program: PathBuf,
    words: &[&str],
    patience: Duration,
    read: Read,
) -> Result<Vec<Instance>, String> {
    let line = CommandLine {
        program,
        arguments: words.iter().map(Into::into).collect(),
    };
    // The place is for messages, whose words are replaced here.
    let finished = process::run(&Place::Local, &line, b"", patience)
        .await
        .map_err(|error| match error {
            MachineError::TimedOut { after, .. } => {
                format!("no answer within {} s", after.as_secs_f32())
            }
            MachineError::Start { source, .. } => source.to_string(),
            error => error.to_string(),
        })?;
    if finished.code != Some(0) {
        return Err(first_line(&wsl::decode(&finished.stderr)));
    }
    read(&finished.stdout)
}

fn instance(place: &str, running: bool, state: String) -> Option<Instance> {
    let place = place.parse().ok()?;
    Some(Instance {
        place,
        running,
        state,
    })
}

fn multipass_list(json: &[u8]) -> Result<Vec<Instance>, String> {
    let instances = multipass::parse_list(json)?.into_iter();
    // A deleted one is listed until it is purged.
    let instances = instances.filter(|instance| instance.state != "Deleted");
    Ok(instances
        .filter_map(|it| {
            let running = it.is_running();
            instance(&format!("multipass:{}", it.name), running, it.state)
        })
        .collect())
}

fn lxd_list(json: &[u8]) -> Result<Vec<Instance>, String> {
    containers("lxd", json)
}

fn incus_list(json: &[u8]) -> Result<Vec<Instance>, String> {
    containers("incus", json)
}

fn containers(kind: &str, json: &[u8]) -> Result<Vec<Instance>, String> {
    let instances = lxd::parse(json)?.into_iter();
    Ok(instances
        .filter_map(|it| {
            let running = it.is_running();
            instance(&format!("{kind}:{}", it.name), running, it.status)
        })
        .collect())
}

#[expect(clippy::unnecessary_wraps, reason = "one of the readers")]
fn wsl_list(bytes: &[u8]) -> Result<Vec<Instance>, String> {
    let names = wsl::names(bytes).into_iter();
    Ok(names
        .filter_map(|name| instance(&format!("wsl:{name}"), true, "Running".to_owned()))
        .collect())
}
