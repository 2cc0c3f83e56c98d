//! `bowline doctor`.

use operations::State;
use operations::doctor;
use operations::doctor::Diagnosis;
use operations::doctor::Options;
use operations::doctor::Sources;

use super::block_on;
use crate::cli;
use crate::cli::Format;
use crate::cli::doctor::DoctorArgs;
use crate::environment;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;
use crate::output;
use crate::output::doctor as report;

/// One fault may hide another, but not for ever.
const MOST_FIXES: usize = 5;

pub(crate) fn run(arguments: &DoctorArgs) -> Result<u8, CommandError> {
    if arguments.fix && arguments.output != Format::Table {
        let message =
            "--fix prints what it does: leave -o out, or run the commands that -o json names";
        return Err(CommandError::new(exit::USAGE, message));
    }
    let mut diagnoses = diagnose(arguments)?;
    if diagnoses.is_empty() {
        return Ok(exit::OK);
    }
    match arguments.output {
        Format::Table => output::print(&report::people(&diagnoses))?,
        Format::Json => output::print(&report::json(&diagnoses))?,
        Format::Yaml => output::print(&report::yaml(&diagnoses))?,
    }
    if arguments.fix {
        diagnoses = fix(arguments, diagnoses)?;
    }
    let broken = diagnoses.iter().filter_map(Diagnosis::broken);
    Ok(broken
        .map(|finding| exit::of_rung(finding.rung))
        .max()
        .unwrap_or(exit::OK))
}

fn diagnose(arguments: &DoctorArgs) -> Result<Vec<Diagnosis>, CommandError> {
    let environment = Environment::find();
    let world = environment.world()?;
    let state = State::load(&world.state_file)?;
    let flag = arguments
        .files
        .kubeconfig
        .as_deref()
        .map(std::path::Path::as_os_str);
    let sources = Sources {
        paths: environment.kubeconfig_paths(flag)?,
        flag: arguments.files.kubeconfig.clone(),
        list: environment::variable("KUBECONFIG"),
    };
    let options = Options {
        hosts_files: environment::hosts_files(),
        run_plugins: arguments.run_plugins,
        find_program: |name| environment::find_program(name, |_| true),
        // What `status` calls healthy must not be hung here.
        limits: identity::Limits {
            total: super::status::PATIENCE,
            ..identity::Limits::default()
        },
    };
    block_on(doctor::doctor(
        &world,
        &state,
        &sources,
        &arguments.contexts,
        arguments.all,
        &options,
    ))
}

/// Runs the commands that mend what is broken, one after the other, and looks again after each: a command
/// that did not help is not run twice.
fn fix(
    arguments: &DoctorArgs,
    mut diagnoses: Vec<Diagnosis>,
) -> Result<Vec<Diagnosis>, CommandError> {
    let mut tried: Vec<Vec<String>> = Vec::new();
    for _ in 0..MOST_FIXES * diagnoses.len().max(1) {
        let mut mends = diagnoses
            .iter()
            .filter_map(|diagnosis| Some(&diagnosis.broken()?.mend));
        let next = mends.find_map(|mend| {
            let ours = mend.arguments.as_ref()?;
            let typed = mend.command.as_deref()?;
            (!tried.contains(ours)).then(|| (ours.clone(), output::plain(typed)))
        });
        let Some((command, typed)) = next else {
            break;
        };
        output::print(&format!("\n$ {typed}\n"))?;
        cli::run_ours(&command)?;
        tried.push(command);
        diagnoses = diagnose(arguments)?;
        output::print("\n")?;
        output::print(&report::people(&diagnoses))?;
    }
    Ok(diagnoses)
}
