//! `bowline status`.

use identity::Limits;
use operations::Kubeconfigs;
use operations::State;
use operations::status::status;

use super::block_on;
use crate::cli::Format;
use crate::cli::StatusArgs;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;
use crate::output;
use crate::output::report;

pub(crate) fn run(arguments: &StatusArgs) -> Result<u8, CommandError> {
    let environment = Environment::find();
    let world = environment.world()?;
    let state = State::load(&world.state_file)?;
    let flag = arguments
        .files
        .kubeconfig
        .as_deref()
        .map(std::path::Path::as_os_str);
    let kubeconfigs = Kubeconfigs::load(environment.kubeconfig_paths(flag)?)?;
    if flag.is_some() {
        kubeconfigs.require_file()?;
    }
    let contexts = super::chosen_contexts(&kubeconfigs, &arguments.contexts, arguments.all)?;
    let limits = Limits::default();
    let reports = block_on(status(&world, &state, &kubeconfigs, &contexts, &limits))?;
    match arguments.output {
        Format::Table => output::print(&output::plain(&report::table(&reports)))?,
        Format::Json => output::print(&report::json(&reports))?,
        Format::Yaml => output::print(&report::yaml(&reports))?,
    }
    let failures = reports.iter().filter_map(|report| report.failure.as_ref());
    Ok(failures
        .map(|failure| exit::of_rung(failure.rung))
        .max()
        .unwrap_or(exit::OK))
}
