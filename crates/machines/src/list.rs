//! Finds the instances of this machine by itself.

use std::path::Path;
use std::time::Duration;

use crate::lxd;
use crate::machine::Programs;
use crate::multipass;
use crate::place::Place;
use crate::process;
use crate::process::Call;
use crate::process::CallError;
use crate::quote::first_line;
use crate::wsl;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Every instance, and whether it runs.
    pub found: Vec<(Place, bool)>,
    /// Which programs did not answer, and why; each names its program.
    pub failures: Vec<String>,
}

/// A list of instances is short.
const LIMIT: usize = 16 * 1024 * 1024;

/// Asks all programs at once; each may take `patience`. The places come in the order Multipass, LXD, Incus,
/// WSL.
pub async fn list(programs: &Programs, patience: Duration) -> Listing {
    let json = |name, program: &Option<_>, patience| {
        let program = program.clone();
        async move {
            ask(
                name,
                program.as_deref(),
                &["list", "--format", "json"],
                patience,
            )
            .await
        }
    };
    let wsl_all = ask("wsl.exe", programs.wsl.as_deref(), &["-l", "-q"], patience);
    let wsl_running = ask(
        "wsl.exe",
        programs.wsl.as_deref(),
        &["-l", "-q", "--running"],
        patience,
    );
    let (multipass, lxc, incus, all, running) = tokio::join!(
        json("multipass", &programs.multipass, patience),
        json("lxc", &programs.lxc, patience),
        json("incus", &programs.incus, patience),
        wsl_all,
        wsl_running,
    );
    let mut listing = Listing::default();
    listing.take("multipass", multipass, |json| {
        let instances = multipass::parse_list(json)?.into_iter();
        // A deleted instance can only be recovered or purged.
        let kept = instances.filter(|instance| instance.state != "Deleted");
        Ok(kept
            .map(|instance| {
                let runs = instance.runs();
                (Place::Multipass(instance.name), runs)
            })
            .collect())
    });
    for (name, answer, place) in [
        ("lxc", lxc, Place::Lxd as fn(String) -> Place),
        ("incus", incus, Place::Incus as fn(String) -> Place),
    ] {
        listing.take(name, answer, |json| {
            Ok(lxd::parse(json)?
                .into_iter()
                .map(|instance| {
                    let runs = instance.runs();
                    (place(instance.name), runs)
                })
                .collect())
        });
    }
    // When none runs, it says so in the language of Windows and fails.
    let running = wsl::names(&running.ok().flatten().unwrap_or_default());
    listing.take("wsl.exe", all, |output| {
        Ok(wsl::names(output)
            .into_iter()
            .map(|name| {
                let runs = running.contains(&name);
                (Place::Wsl(name), runs)
            })
            .collect())
    });
    listing
}

impl Listing {
    fn take(
        &mut self,
        name: &str,
        answer: Result<Option<Vec<u8>>, String>,
        read: impl FnOnce(&[u8]) -> Result<Vec<(Place, bool)>, String>,
    ) {
        match answer.map(|output| output.map(|output| read(&output))) {
            Ok(None) => {}
            Ok(Some(Ok(found))) => {
                // What its program would not call a name is no name.
                self.found
                    .extend(found.into_iter().filter(|(place, _)| place.check().is_ok()));
            }
            Ok(Some(Err(why))) | Err(why) => self.failures.push(format!("{name}: {why}")),
        }
    }
}

/// The standard output; `None` where there is no such program.
async fn ask(
    name: &str,
    program: Option<&Path>,
    arguments: &[&str],
    patience: Duration,
) -> Result<Option<Vec<u8>>, String> {
    let Some(program) = program else {
        return Ok(None);
    };
    let ended = process::run(Call {
        program,
        arguments: arguments.iter().map(Into::into).collect(),
        input: &[],
        stdout_limit: LIMIT,
        stderr_limit: LIMIT,
        patience,
        interactive: false,
        folder: None,
    })
    .await
    .map_err(|error| match error {
        CallError::NotStarted(error) | CallError::Broken(error) => error.to_string(),
        CallError::TimedOut => format!(
            "no answer within {} s; see whether `{name} {}` answers",
            patience.as_secs_f32(),
            arguments.join(" ")
        ),
        CallError::TooMuch(limit) => format!("its answer is longer than {limit} bytes"),
    })?;
    if ended.code == Some(0) {
        return Ok(Some(ended.stdout.to_vec()));
    }
    let mut said = wsl::text(&ended.stderr);
    if said.trim().is_empty() {
        said = wsl::text(&ended.stdout);
    }
    Err(first_line(&said))
}
