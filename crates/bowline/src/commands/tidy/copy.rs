//! `bowline copy`.

use kubeconfig::redact::escape;
use operations::tidy;
use operations::tidy::copy;
use operations::tidy::copy::Request;

use super::carry_out;
use super::place;
use super::say;
use super::shown;
use crate::cli::copy::CopyArgs;
use crate::commands::use_::require_namespace;
use crate::environment::Environment;
use crate::error::CommandError;
use crate::exit;
use crate::output;

pub(crate) fn run(arguments: &CopyArgs) -> Result<u8, CommandError> {
    if let Some(namespace) = &arguments.namespace {
        require_namespace(namespace)?;
    }
    let environment = Environment::find();
    let place = place(&environment, &arguments.changing.files)?;
    let request = Request {
        from: arguments.from.clone(),
        to: arguments.to.clone(),
        namespace: arguments.namespace.clone(),
        with_entries: arguments.with_entries,
    };
    let decide = |sight: &tidy::Sight| copy::decide(sight, &request);
    let plan = tidy::plan(&place, decide)?;
    let (from, to) = (escape(&arguments.from), escape(&arguments.to));
    let summary = format!("copy context {from} to {to}");
    let dry_run = arguments.changing.dry_run;
    if carry_out(&environment, &place, &plan, &summary, dry_run, decide)?.is_none() {
        return Ok(exit::OK);
    }
    let copying = &plan.steps.value;
    let namespace = match copying.context.namespace.as_deref() {
        Some(name) => format!(", namespace {}", escape(name)),
        None => String::new(),
    };
    let entry = |kind: &str, name: &str| match name {
        "" => format!("no {kind}"),
        name => format!("{kind} {}", escape(name)),
    };
    say(&format!(
        "added context {to} to {}: {}, {}{namespace}",
        shown(&copying.file),
        entry("cluster", &copying.context.cluster),
        entry("user", &copying.context.user)
    ))?;
    for note in &copying.notes {
        output::note(note);
    }
    Ok(exit::OK)
}
