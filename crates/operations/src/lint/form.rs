//! How a file is written: what clients pass over, or not all of them read.

use kubeconfig::Document;
use kubeconfig::lint;
use kubeconfig::lint::Mark;
use kubeconfig::redact::escape;

use super::Rule;
use super::Severity;
use super::evidence::Evidence;
use super::evidence::advice;
use super::evidence::command;
use super::subject::Subject;

/// From here on a call of kubectl waits noticeably for its file.
const LARGE: usize = 4 << 20;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "unknown-field",
        severity: Severity::Low,
        title: "A field that no client reads",
        consequence: "What it says does not count, and kubectl drops it when it changes the file.",
        remedy: advice("delete it, or spell it as it is meant"),
        check: unknown,
    },
    Rule {
        id: "several-documents",
        severity: Severity::Medium,
        title: "A kubeconfig has a second YAML document",
        consequence: "Only the first counts, and kubectl drops the rest when it changes the file.",
        remedy: advice("put the second into a file of its own and take it in: `bowline add FILE`"),
        check: second,
    },
    Rule {
        id: "utf-16",
        severity: Severity::Medium,
        title: "A kubeconfig is encoded in UTF-16",
        consequence: "kubectl reads it; clients in other languages mostly do not. PowerShell 5.1 writes so behind `>`.",
        remedy: advice(
            "write it again as UTF-8, in PowerShell: `Get-Content FILE | Set-Content -Encoding utf8 NEW`",
        ),
        check: utf16,
    },
    Rule {
        id: "byte-order-mark",
        severity: Severity::Info,
        title: "A kubeconfig begins with a byte order mark",
        consequence: "kubectl reads it; some other clients do not.",
        remedy: command("sed -i '1s/^\\xEF\\xBB\\xBF//' {file}"),
        check: mark,
    },
    Rule {
        id: "large-kubeconfig",
        severity: Severity::Info,
        title: "A kubeconfig is large",
        consequence: "Every call of every client reads all of it.",
        remedy: advice(
            "remove what is no longer used: this report names unused clusters and users",
        ),
        check: large,
    },
];

/// The documents, with the numbers of their files.
fn documents<'a>(subject: &Subject<'a>) -> impl Iterator<Item = (usize, &'a Document)> {
    let files = subject.files.iter().enumerate();
    files.filter_map(|(number, file)| Some((number, file.document()?)))
}

fn unknown(subject: &Subject<'_>) -> Vec<Evidence> {
    documents(subject)
        .flat_map(|(number, document)| {
            lint::unknown_fields(document)
                .into_iter()
                .map(move |unknown| {
                    let place = match unknown.of {
                        "" => "at the top".to_owned(),
                        of => format!("in `{of}`"),
                    };
                    let name = match &unknown.name {
                        Some(name) => format!("`{}`", escape(name)),
                        None => "a field".to_owned(),
                    };
                    let line = unknown.line;
                    let evidence = |text| Evidence::file(number, text).line(Some(line));
                    match unknown.meant {
                        Some(meant) => evidence(format!(
                            "line {line}: {name} {place} is probably meant to be `{meant}`"
                        ))
                        .severity(Severity::Medium)
                        .advice(format!("spell it `{meant}`")),
                        None => evidence(format!("line {line}: {name} {place}")),
                    }
                })
        })
        .collect()
}

fn second(subject: &Subject<'_>) -> Vec<Evidence> {
    documents(subject)
        .filter_map(|(number, document)| {
            let line = lint::second_document(document)?.line;
            Some(
                Evidence::file(
                    number,
                    format!("line {line}: `---` ends the first document"),
                )
                .line(Some(line)),
            )
        })
        .collect()
}

fn utf16(subject: &Subject<'_>) -> Vec<Evidence> {
    marked(subject, Mark::Utf16, "its byte order mark is one of UTF-16")
}

fn mark(subject: &Subject<'_>) -> Vec<Evidence> {
    marked(subject, Mark::Utf8, "its first bytes are EF BB BF")
}

fn marked(subject: &Subject<'_>, mark: Mark, text: &str) -> Vec<Evidence> {
    documents(subject)
        .filter(|(_, document)| lint::mark(document) == Some(mark))
        .map(|(number, _)| Evidence::file(number, text).line(Some(1)))
        .collect()
}

fn large(subject: &Subject<'_>) -> Vec<Evidence> {
    let files = subject.files.iter().enumerate();
    files
        .filter(|(_, file)| file.size >= LARGE)
        .map(|(number, file)| Evidence::file(number, format!("it has {} MiB", file.size >> 20)))
        .collect()
}
