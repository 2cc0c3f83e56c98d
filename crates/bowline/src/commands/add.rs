//! `bowline add`.

use std::io::Read as _;
use std::path::Path;
use std::path::PathBuf;

use identity::Limits;
use kubeconfig::redact;
use operations::Kubeconfigs;
use operations::State;
use operations::add::Addition;
use operations::add::Request;
use operations::add::prepare;
use operations::check::Checked;
use operations::failure::Failure;
use operations::failure::argument;
use operations::heal;
use operations::state::Place;

use super::block_on;
use crate::cli::AddArgs;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;
use crate::output;

/// More than any kubeconfig someone takes in at once; standard input could be endless.
const MOST_INPUT: u64 = 64 << 20;

pub(crate) fn run(arguments: &AddArgs) -> Result<u8, CommandError> {
    if arguments
        .name
        .as_deref()
        .is_some_and(|name| name.trim().is_empty())
    {
        return Err(CommandError::new(
            exit::USAGE,
            "--name: a name must not be blank",
        ));
    }
    let environment = Environment::find();
    let world = environment.world()?;
    let flag = arguments.files.kubeconfig.as_deref().map(Path::as_os_str);
    let kubeconfigs = Kubeconfigs::load(environment.kubeconfig_paths(flag)?)?;
    let (text, label, folder) = read(&arguments.file)?;
    let request = Request {
        text,
        label,
        folder,
        context: arguments.context.clone(),
        name: arguments.name.clone(),
        switch: arguments.switch,
        consent: arguments.yes,
    };
    let addition = block_on(prepare(&world, &kubeconfigs, &request, &Limits::default()))??;
    let change = &addition.change;
    let path = change.path.display().to_string();
    if arguments.dry_run {
        output::print(&redact::diff(&change.before, &change.after, &path))?;
        output::note("nothing was changed (--dry-run)");
        return Ok(exit::OK);
    }
    let summary = format!("add context {}", redact::escape(&addition.name));
    let Addition {
        name,
        change,
        switches,
        target,
        checked,
    } = addition;
    heal::apply(
        &world,
        &heal::Plan {
            changes: vec![change],
        },
        &summary,
    )?;
    let switched = if switches {
        ", now the current context"
    } else {
        ""
    };
    output::print(&format!(
        "added context {} to {path}{switched}\n",
        redact::escape(&name)
    ))?;
    match checked {
        Checked::Proved(candidate, proof) => {
            // The file is written; a state that cannot be is no reason to call that a failure.
            let _ = State::update(&world.store, &world.state_file, |state| {
                state.remember(&target, &candidate, &proof, Place::Own);
            });
            output::print(&format!(
                "proved at {} by its CA key {}\n",
                candidate.address, proof.authority
            ))?;
        }
        Checked::Unprovable(why) => output::note(&format!("its identity cannot be proved: {why}")),
        Checked::Unresolved(cause) => {
            output::note(&format!(
                "not proved yet: {cause}; when it runs: bowline heal {}",
                argument(&name)
            ));
        }
        Checked::Failed(reasons) => {
            for (candidate, error) in reasons {
                let failure = Failure::of_probe(&error, &name);
                output::note(&format!(
                    "not proved yet: {}: {}; when it runs: {}",
                    candidate.address, failure.cause, failure.remedy
                ));
            }
        }
    }
    Ok(exit::OK)
}

fn read(file: &Path) -> Result<(Vec<u8>, String, PathBuf), CommandError> {
    if file == Path::new("-") {
        let mut text = Vec::new();
        std::io::stdin()
            .take(MOST_INPUT + 1)
            .read_to_end(&mut text)?;
        if text.len() as u64 > MOST_INPUT {
            let message = "standard input is larger than any kubeconfig (64 MiB)";
            return Err(CommandError::new(exit::BAD_INPUT, message));
        }
        let label = "standard input".to_owned();
        return Ok((text, label, std::env::current_dir()?));
    }
    let label = file.display().to_string();
    let bytes =
        store::read(file).map_err(|error| CommandError::new(exit::BAD_INPUT, error.to_string()))?;
    let bytes = bytes
        .ok_or_else(|| CommandError::new(exit::BAD_INPUT, format!("{label} does not exist")))?;
    let folder = std::path::absolute(file)?
        .parent()
        .map(Path::to_owned)
        .unwrap_or_default();
    Ok((bytes, label, folder))
}
