//! `bowline dedupe`.

use kubeconfig::redact::escape;
use operations::tidy;
use operations::tidy::dedupe;

use super::listed;
use super::prune::with_the_usual;
use super::say;
use crate::cli::dedupe::DedupeArgs;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;
use crate::output;

pub(crate) fn run(arguments: &DedupeArgs) -> Result<u8, CommandError> {
    let environment = Environment::find();
    let place = with_the_usual(&environment, &arguments.files)?;
    let plan = tidy::plan(&place, dedupe::decide)?;
    for group in &plan.steps.value {
        let plural = if group.gone.len() == 1 { "goes" } else { "go" };
        say(&format!(
            "{} {} stays; {} {plural}",
            group.list.entry(),
            escape(&group.kept),
            listed(&group.gone)
        ))?;
    }
    if plan.is_empty() {
        output::note("nothing is there twice");
        return Ok(exit::OK);
    }
    output::print(&plan.diff())?;
    if !arguments.apply {
        output::note("nothing was changed; to do it: bowline dedupe --apply");
        return Ok(exit::OK);
    }
    let gone = plan.steps.value.iter().map(|group| group.gone.len()).sum();
    let summary = format!(
        "dedupe: {}",
        output::count(gone, "entry").replace("entrys", "entries")
    );
    super::carry_out(&environment, &place, &plan, &summary, false, dedupe::decide)?;
    say("done; `bowline undo` takes it back")?;
    Ok(exit::OK)
}
