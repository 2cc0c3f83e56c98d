//! `bowline rename`.

use kubeconfig::redact::escape;
use operations::tidy;
use operations::tidy::rename;
use operations::tidy::rename::Request;

use super::carry_out;
use super::place;
use super::say;
use crate::cli::rename::RenameArgs;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;
use crate::output;

pub(crate) fn run(arguments: &RenameArgs) -> Result<u8, CommandError> {
    let environment = Environment::find();
    let place = place(&environment, &arguments.changing.files)?;
    let request = Request {
        from: arguments.from.clone(),
        to: arguments.to.clone(),
        all: arguments.all,
        shared: arguments.shared,
    };
    let decide = |sight: &tidy::Sight| rename::decide(sight, &request);
    let plan = tidy::plan(&place, decide)?;
    let renaming = &plan.steps.value;
    let to = escape(&arguments.to);
    let summary = format!("rename context {} to {to}", escape(&arguments.from));
    let (dry_run, what) = (arguments.changing.dry_run, renaming.what.join(", "));
    for note in &renaming.notes {
        output::note(note);
    }
    if carry_out(&environment, &place, &plan, &summary, dry_run, decide)?.is_none() {
        return Ok(exit::OK);
    }
    if renaming.what.is_empty() {
        say(&format!("context {to} is called so already"))?;
    } else {
        say(&format!("renamed {what} to {to}"))?;
    }
    Ok(exit::OK)
}
