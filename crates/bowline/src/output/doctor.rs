//! The reports of `doctor`.

use std::fmt::Write as _;

use kubeconfig::redact::escape;
use operations::doctor::At;
use operations::doctor::Diagnosis;
use operations::doctor::Finding;
use operations::doctor::Mend;
use operations::doctor::Outcome;
use serde_json::Value;
use serde_json::json;

use super::is_terminal;
use super::plain;
use super::structured;
use crate::environment;

/// The version of the JSON form; it grows by adding fields, and changes its number otherwise.
const SCHEMA: u32 = 1;

/// The longest name of a rung, and of a state.
const RUNG: usize = 15;
const STATE: usize = 11;

/// For people.
pub(crate) fn people(diagnoses: &[Diagnosis]) -> String {
    let colour = is_terminal() && environment::variable("NO_COLOR").is_none();
    let mut text = String::new();
    for (index, diagnosis) in diagnoses.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        one(&mut text, diagnosis, colour);
    }
    text
}

fn one(text: &mut String, diagnosis: &Diagnosis, colour: bool) {
    let context = diagnosis
        .context
        .as_deref()
        .map_or("(no context)".into(), escape);
    let server = diagnosis
        .server
        .as_deref()
        .map_or(String::new(), |server| format!("  {}", escape(server)));
    let _ = writeln!(text, "{context}{server}");
    for step in &diagnosis.rungs {
        let state = state(step.state);
        let padding = " ".repeat(STATE.saturating_sub(state.len()));
        let state = match (colour, step.state) {
            (true, Outcome::Ok) => format!("\u{1b}[32m{state}\u{1b}[0m"),
            (true, Outcome::Broken) => format!("\u{1b}[31m{state}\u{1b}[0m"),
            (true, Outcome::Warning) => format!("\u{1b}[33m{state}\u{1b}[0m"),
            _ => state.to_owned(),
        };
        let line = format!(
            "  {:RUNG$} {state}{padding} {}",
            step.rung.name(),
            plain(&step.fact)
        );
        let _ = writeln!(text, "{}", line.trim_end());
    }
    if diagnosis.healthy {
        text.push_str("\nNothing is broken.\n");
    }
    let mut first = true;
    // What is broken first: that is what was asked for.
    let (broken, warnings): (Vec<_>, Vec<_>) = diagnosis
        .findings
        .iter()
        .partition(|finding| finding.breaks);
    for finding in broken.into_iter().chain(warnings) {
        let title = match (finding.breaks, first) {
            (true, true) => "Broken",
            (true, false) => "Broken too",
            (false, _) => "Warning",
        };
        first &= !finding.breaks;
        write_finding(text, title, finding);
    }
}

fn write_finding(text: &mut String, title: &str, finding: &Finding) {
    let _ = writeln!(text, "\n{title}: {} ({})", finding.id, finding.rung.name());
    let _ = writeln!(text, "  seen:  {}", plain(&finding.seen));
    let _ = writeln!(text, "  means: {}", finding.meaning);
    let _ = writeln!(text, "  mend:  {}", mend(&finding.mend));
    for alternative in &finding.alternatives {
        let _ = writeln!(text, "  or, {}:", alternative.title);
        for command in &alternative.commands {
            let _ = writeln!(text, "    {}", plain(command));
        }
    }
}

fn mend(mend: &Mend) -> String {
    let command = mend.command.as_deref().map(plain);
    let mut text = match (mend.at, command) {
        (At::Node, Some(command)) => match &mend.from_here {
            Some(typed) => plain(typed),
            None => format!("on the node: {command}"),
        },
        (At::Administrator, Some(command)) => {
            format!("as an administrator of the cluster: {command}")
        }
        (_, Some(command)) => command,
        (_, None) => String::new(),
    };
    if let Some(more) = &mend.text {
        if !text.is_empty() {
            text.push_str("; ");
        }
        text.push_str(&plain(more));
    }
    text
}

fn state(state: Outcome) -> &'static str {
    match state {
        Outcome::Ok => "ok",
        Outcome::Warning => "warning",
        Outcome::Broken => "broken",
        Outcome::NotReached => "not reached",
        Outcome::Skipped => "skipped",
    }
}

/// For programs.
pub(crate) fn json(diagnoses: &[Diagnosis]) -> String {
    structured::json(&value(diagnoses))
}

/// The same as YAML.
pub(crate) fn yaml(diagnoses: &[Diagnosis]) -> String {
    structured::yaml(&value(diagnoses))
}

fn value(diagnoses: &[Diagnosis]) -> Value {
    json!({ "schema": SCHEMA, "contexts": diagnoses })
}
