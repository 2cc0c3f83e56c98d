//! Files that clients cannot read.

use kubeconfig::Problem;
use kubeconfig::redact::escape;

use super::Rule;
use super::Severity;
use super::evidence::Evidence;
use super::evidence::advice;
use super::file::Form;
use super::subject::Subject;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "kubeconfig-unreadable",
        severity: Severity::High,
        title: "A kubeconfig cannot be read",
        consequence: "Every client that is given this file fails, even if the context that is asked for is in another.",
        remedy: advice("make the file readable for its user, or leave it out"),
        check: unreadable,
    },
    Rule {
        id: "kubeconfig-folder",
        severity: Severity::High,
        title: "A folder stands where a kubeconfig is due",
        consequence: "Every client that is given this path fails, even if the context that is asked for is in another file.",
        remedy: advice("name the file in it, or leave it out"),
        check: folder,
    },
    Rule {
        id: "duplicate-name",
        severity: Severity::High,
        title: "Two entries of one file have the same name",
        consequence: "kubectl refuses the whole file; other clients take one of the two, not all the same one.",
        remedy: advice("in an editor, rename or delete one of the two"),
        check: duplicate,
    },
    Rule {
        id: "not-base64",
        severity: Severity::High,
        title: "Embedded data is not base64",
        consequence: "kubectl refuses the whole file.",
        remedy: advice("put the data in again from where it came: `base64 -w0 FILE` makes it"),
        check: not_base64,
    },
    Rule {
        id: "not-a-kubeconfig",
        severity: Severity::High,
        title: "A file is not a kubeconfig",
        consequence: "Every client that is given this file fails, even if the context that is asked for is in another.",
        remedy: advice(
            "mend the line, or take a change of bowline's back: `bowline history` lists them",
        ),
        check: refused,
    },
];

fn unreadable(subject: &Subject<'_>) -> Vec<Evidence> {
    each(subject, |form| match form {
        Form::Unreadable(why) => Some((why.clone(), None)),
        _ => None,
    })
}

fn folder(subject: &Subject<'_>) -> Vec<Evidence> {
    let folders = subject.files.iter().enumerate();
    folders
        .filter(|(_, file)| matches!(file.form, Form::Folder))
        .map(|(number, _)| Evidence::file(number, format!("{} is a folder", subject.shown(number))))
        .collect()
}

fn duplicate(subject: &Subject<'_>) -> Vec<Evidence> {
    problem(subject, |problem| {
        matches!(problem, Problem::DuplicateName { .. })
    })
}

fn not_base64(subject: &Subject<'_>) -> Vec<Evidence> {
    problem(subject, |problem| {
        matches!(problem, Problem::Base64 { .. } | Problem::Binary)
    })
}

/// What the other two do not tell.
fn refused(subject: &Subject<'_>) -> Vec<Evidence> {
    problem(subject, |problem| {
        !matches!(
            problem,
            Problem::Base64 { .. } | Problem::Binary | Problem::DuplicateName { .. }
        )
    })
}

fn problem(subject: &Subject<'_>, is_it: impl Fn(&Problem) -> bool) -> Vec<Evidence> {
    each(subject, |form| match form {
        Form::Refused(error) if is_it(&error.problem) => {
            Some((escape(&error.to_string()).into_owned(), Some(error.line)))
        }
        _ => None,
    })
}

fn each(
    subject: &Subject<'_>,
    look: impl Fn(&Form) -> Option<(String, Option<usize>)>,
) -> Vec<Evidence> {
    let files = subject.files.iter().enumerate();
    files
        .filter_map(|(number, file)| {
            let (text, line) = look(&file.form)?;
            Some(Evidence::file(number, text).line(line))
        })
        .collect()
}
