//! Errors of gotmpl in kubectl's words, without values of the document.

use gotext::quoted;
use gotmpl::{Template, TemplateError};

use super::locate::{self, Place};
use super::{NAME, limits};

/// Beginnings of gotmpl's (and our own) free texts that hold nothing but the template's words.
const KNOWN: [&str; 6] = [
    "base64decode takes",
    "error calling base64decode: ",
    "exists takes",
    "incompatible types for comparison",
    "invalid type for comparison",
    "nil is not a command",
];

/// Why a text is no template.
pub(super) fn parsing(error: &TemplateError) -> String {
    match error {
        // Go knows only the line.
        TemplateError::Parse { line, message, .. } | TemplateError::Lex { line, message, .. } => {
            let message = match message.as_str() {
                "empty command" => "missing value for command",
                "unterminated string" => "unterminated quoted string",
                other => other,
            };
            format!("template: {NAME}:{line}: {message}")
        }
        other => format!("template: {NAME}: {other}"),
    }
}

/// Why a template cannot be executed.
pub(super) fn executing(error: &TemplateError, template: &Template, text: &str) -> String {
    let at_field = |name: &str, problem: String| match locate::field(template, name) {
        Some(place) => at(&place, text, &problem),
        None => anywhere(&problem),
    };
    match error {
        TemplateError::MissingKey { key } => {
            at_field(key, format!("map has no entry for key {}", quoted(key)))
        }
        TemplateError::Exec(problem) => {
            if let Some((name, _)) = problem
                .strip_prefix("can't evaluate field ")
                .and_then(|rest| rest.rsplit_once(" in type "))
            {
                return at_field(
                    name,
                    format!("can't evaluate field {name} in type interface {{}}"),
                );
            }
            if problem == limits::TOO_MUCH || KNOWN.iter().any(|known| problem.starts_with(known)) {
                return anywhere(problem);
            }
            if problem.starts_with("can't give argument to non-function") {
                return anywhere("can't give argument to non-function");
            }
            anywhere("a function is given what it cannot take")
        }
        TemplateError::NotIterable(_) => anywhere("range can't iterate over this"),
        TemplateError::RangeIterLimit | TemplateError::Write => anywhere(limits::TOO_MUCH),
        TemplateError::UndefinedTemplate(name) => {
            anywhere(&format!("template {} not defined", quoted(name)))
        }
        // These hold names, indexes, types and counts.
        TemplateError::IndexOutOfRange { .. }
        | TemplateError::TypeMismatch { .. }
        | TemplateError::RecursionLimit
        | TemplateError::UndefinedFunction(_)
        | TemplateError::UndefinedVariable(_)
        | TemplateError::ArgCount { .. } => anywhere(&error.to_string()),
        _ => anywhere("it cannot be executed"),
    }
}

fn anywhere(problem: &str) -> String {
    format!("template: {NAME}: executing {}: {problem}", quoted(NAME))
}

fn at(place: &Place, text: &str, problem: &str) -> String {
    let before = text.get(..place.offset).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1);
    format!(
        "template: {NAME}:{line}:{column}: executing {} at <{}>: {problem}",
        quoted(&place.template),
        place.expression
    )
}
