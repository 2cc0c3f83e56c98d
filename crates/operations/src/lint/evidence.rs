//! One place where a rule is broken, and how it becomes a finding.

use std::borrow::Cow;
use std::path::PathBuf;

use kubeconfig::List;

use super::About;
use super::Finding;
use super::Rule;
use super::Severity;
use super::fix::Fix;
use super::subject::Entry;
use super::subject::Subject;
use crate::failure::argument;

/// What mends a finding. `{file}` stands for the kubeconfig, `{name}` for the entry, `{path}` for another file
/// or name, `{value}` for what the rule knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// A command to paste.
    Command(Cow<'static, str>),
    /// What to do.
    Advice(Cow<'static, str>),
}

/// A command in a table of rules.
pub(super) const fn command(text: &'static str) -> Remedy {
    Remedy::Command(Cow::Borrowed(text))
}

/// Advice in a table of rules.
pub(super) const fn advice(text: &'static str) -> Remedy {
    Remedy::Advice(Cow::Borrowed(text))
}

/// One place where a rule is broken, and what is different there from the rule's row.
pub(super) struct Evidence {
    file: usize,
    entry: Option<(List, usize, String)>,
    line: Option<usize>,
    text: String,
    severity: Option<Severity>,
    remedy: Option<Remedy>,
    path: Option<PathBuf>,
    value: String,
    fix: Option<Fix>,
}

impl Evidence {
    /// In a file as a whole.
    pub(super) fn file(file: usize, text: impl Into<String>) -> Self {
        Self {
            file,
            entry: None,
            line: None,
            text: text.into(),
            severity: None,
            remedy: None,
            path: None,
            value: String::new(),
            fix: None,
        }
    }

    /// In an entry.
    pub(super) fn entry<T>(list: List, entry: &Entry<'_, T>, text: impl Into<String>) -> Self {
        Self {
            entry: Some((list, entry.index, entry.name.to_owned())),
            ..Self::file(entry.file, text)
        }
    }

    pub(super) fn line(mut self, line: Option<usize>) -> Self {
        self.line = line;
        self
    }

    pub(super) fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    pub(super) fn command(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.remedy = Some(Remedy::Command(text.into()));
        self
    }

    pub(super) fn advice(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.remedy = Some(Remedy::Advice(text.into()));
        self
    }

    /// Whether `{value}` stands for something.
    pub(super) fn has_value(&self) -> bool {
        !self.value.is_empty()
    }

    /// What `{path}` stands for.
    pub(super) fn path(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// What `{value}` stands for.
    pub(super) fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    pub(super) fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    pub(super) fn finding(self, rule: &Rule, subject: &Subject<'_>) -> Finding {
        let path = subject.path(self.file).to_string_lossy().into_owned();
        let line = self.line.or_else(|| {
            let (list, index, _) = self.entry.as_ref()?;
            subject.line(self.file, *list, *index)
        });
        let name = self.entry.as_ref().map_or("", |entry| entry.2.as_str());
        let other = self.path.as_ref().map(|path| path.to_string_lossy());
        let fill = |text: &str| {
            filled(text, |key| {
                Some(match key {
                    "file" => argument(&path),
                    "name" if name.starts_with('-') => format!("-- {}", argument(name)),
                    "name" => argument(name),
                    "path" => argument(other.as_deref().unwrap_or_default()),
                    "value" => argument(&self.value),
                    _ => return None,
                })
            })
        };
        let remedy = self.remedy.as_ref().unwrap_or(&rule.remedy);
        let (remedy, command) = match remedy {
            Remedy::Command(text) => (fill(text), true),
            Remedy::Advice(text) => (fill(text), false),
        };
        Finding {
            rule: rule.id,
            severity: self.severity.unwrap_or(rule.severity),
            title: rule.title,
            line,
            entry: self.entry.map(|(list, _, name)| About {
                kind: list.entry(),
                name,
            }),
            evidence: self.text,
            consequence: rule.consequence,
            remedy,
            command,
            fixable: self.fix.is_some(),
            fix: self.fix,
            file: path,
        }
    }
}

/// Fills in what stands in braces, in one pass: what is filled in may hold braces itself.
fn filled(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let known = after
            .split_once('}')
            .and_then(|(key, tail)| Some((value(key)?, tail)));
        if let Some((value, tail)) = known {
            out.push_str(&value);
            rest = tail;
        } else {
            out.push('{');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_in_once() {
        let fill = |text: &str| {
            filled(text, |key| match key {
                "name" => Some("{file}".to_owned()),
                "file" => Some("f".to_owned()),
                _ => None,
            })
        };
        assert_eq!(fill("a {name} {file} {x} {"), "a {file} f {x} {");
    }
}
