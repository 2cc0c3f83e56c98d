//! Programs that hand out credentials. None of them is run.

use std::path::Path;
use std::path::PathBuf;

use kubeconfig::Exec;
use kubeconfig::List;
use kubeconfig::User;
use kubeconfig::paths;
use kubeconfig::paths::System;
use kubeconfig::redact::escape;

use super::Rule;
use super::Severity;
use super::evidence::Evidence;
use super::evidence::advice;
use super::evidence::command;
use super::platform;
use super::subject::Entry;
use super::subject::Subject;
use super::subject::shown;

/// The protocols of plugins that kubectl speaks since 1.24.
const GROUP: &str = "client.authentication.k8s.io/";

/// How much of a hint is told.
const HINT: usize = 300;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "exec-refused",
        severity: Severity::High,
        title: "An exec plugin lacks what kubectl asks for",
        consequence: "kubectl refuses the entry before it runs anything.",
        remedy: advice("write the kubeconfig anew with the tool that made it"),
        check: refused,
    },
    Rule {
        id: "exec-missing",
        severity: Severity::High,
        title: "The program of an exec plugin is not there",
        consequence: "Every client fails at this entry: `executable … not found`.",
        remedy: advice("install it"),
        check: missing,
    },
    Rule {
        id: "exec-not-executable",
        severity: Severity::High,
        title: "The program of an exec plugin is not executable",
        consequence: "Every client fails at this entry: `permission denied`.",
        remedy: command("chmod u+x {path}"),
        check: not_executable,
    },
    Rule {
        id: "exec-writable",
        severity: Severity::High,
        title: "The program of an exec plugin can be replaced by everybody",
        consequence: "Every call of a client runs it as you.",
        remedy: command("chmod o-w {path}"),
        check: writable,
    },
    Rule {
        id: "exec-removed-version",
        severity: Severity::High,
        title: "An exec plugin speaks a version that no longer exists",
        consequence: "kubectl since 1.24 refuses the entry: `exec plugin: invalid apiVersion`.",
        remedy: command(
            "bowline config set-credentials --kubeconfig={file} --exec-api-version=client.authentication.k8s.io/v1beta1 {name}",
        ),
        check: version,
    },
    Rule {
        id: "exec-relative",
        severity: Severity::Info,
        title: "The program of an exec plugin is named relative to the kubeconfig",
        consequence: "A copy of the kubeconfig elsewhere does not find it, or finds another.",
        remedy: advice("write the whole path"),
        check: relative,
    },
];

fn refused(subject: &Subject<'_>) -> Vec<Evidence> {
    let users = plugins(subject);
    users
        .filter_map(|(entry, exec)| {
            let version = exec.api_version.as_deref().unwrap_or_default();
            let mode = exec.interactive_mode.as_deref();
            let modes = ["Never", "IfAvailable", "Always"];
            if exec.command.is_empty() {
                return Some(of(entry, "`command` is empty"));
            }
            if version.is_empty() {
                let evidence = of(entry, "`apiVersion` is empty");
                return Some(evidence.command("bowline config set-credentials --kubeconfig={file} --exec-api-version=client.authentication.k8s.io/v1beta1 {name}"));
            }
            let mended = "bowline config set-credentials --kubeconfig={file} --exec-interactive-mode=IfAvailable {name}";
            match mode {
                None if version == "client.authentication.k8s.io/v1" => {
                    Some(of(entry, "`interactiveMode` is missing, which v1 asks for").command(mended))
                }
                Some(mode) if !modes.contains(&mode) => {
                    let text = format!("`interactiveMode` is {}", escape(mode));
                    Some(of(entry, &text).command(mended))
                }
                _ => None,
            }
        })
        .collect()
}

fn version(subject: &Subject<'_>) -> Vec<Evidence> {
    plugins(subject)
        .filter_map(|(entry, exec)| {
            let version = exec.api_version.as_deref()?;
            let known = version.strip_prefix(GROUP);
            let is_known = matches!(known, Some("v1" | "v1beta1"));
            let text = format!("its apiVersion is {}", escape(version));
            (!is_known).then(|| of(entry, &text))
        })
        .collect()
}

fn missing(subject: &Subject<'_>) -> Vec<Evidence> {
    plugins(subject)
        .filter_map(|(entry, exec)| {
            if exec.command.is_empty() || program(subject, entry, exec).is_some() {
                return None;
            }
            let text = if paths::has_separator(System::HOST, &exec.command) {
                let path = subject.resolve(entry.file, &exec.command);
                format!("{} does not exist", shown(&path))
            } else {
                format!("there is no {} on PATH", escape(&exec.command))
            };
            let evidence = of(entry, &text);
            Some(match exec.install_hint.as_deref().map(str::trim) {
                None | Some("") => evidence,
                Some(hint) => {
                    let hint: String = hint.split_whitespace().collect::<Vec<_>>().join(" ");
                    let hint: String = hint.chars().take(HINT).collect();
                    // In braces nothing is filled in here.
                    let hint = escape(&hint).replace('{', "(").replace('}', ")");
                    evidence.advice(format!("install it; the kubeconfig says: {hint}"))
                }
            })
        })
        .collect()
}

fn not_executable(subject: &Subject<'_>) -> Vec<Evidence> {
    plugins(subject)
        .filter_map(|(entry, exec)| {
            let path = program(subject, entry, exec)?;
            let is_it = path.is_dir() || !platform::access(&path)?.is_executable();
            let text = format!("{} is not executable", shown(&path));
            is_it.then(|| of(entry, &text).path(path))
        })
        .collect()
}

/// Programs and their folders: who may write a folder may put another program there.
fn writable(subject: &Subject<'_>) -> Vec<Evidence> {
    plugins(subject)
        .filter_map(|(entry, exec)| {
            let path = program(subject, entry, exec)?;
            let real = path.canonicalize().unwrap_or_else(|_| path.clone());
            let parents = [path.parent(), real.parent()];
            let places = [real.as_path()]
                .into_iter()
                .chain(parents.into_iter().flatten());
            let open = places
                .filter(|place| place != &Path::new(""))
                .find(|place| platform::access(place).is_some_and(is_open))?;
            let text = format!("everybody may write {}", shown(open));
            Some(of(entry, &text).path(open))
        })
        .collect()
}

fn is_open(access: platform::Access) -> bool {
    access.is_open()
}

fn relative(subject: &Subject<'_>) -> Vec<Evidence> {
    plugins(subject)
        .filter_map(|(entry, exec)| {
            let is_it = paths::has_separator(System::HOST, &exec.command)
                && !paths::is_abs(System::HOST, &exec.command);
            let text = format!("its command is {}", escape(&exec.command));
            is_it.then(|| of(entry, &text))
        })
        .collect()
}

/// Where a plugin's program is; `None` where it is not there.
fn program(subject: &Subject<'_>, entry: &Entry<'_, User>, exec: &Exec) -> Option<PathBuf> {
    if paths::has_separator(System::HOST, &exec.command) {
        let path = subject.resolve(entry.file, &exec.command);
        return path.exists().then_some(path);
    }
    subject.programs.get(exec.command.as_str())?.clone()
}

fn plugins<'s, 'a>(
    subject: &'s Subject<'a>,
) -> impl Iterator<Item = (&'s Entry<'a, User>, &'a Exec)> {
    let users = subject.users.all.iter();
    users.filter_map(|entry| Some((entry, entry.value.exec.as_ref()?)))
}

fn of(entry: &Entry<'_, User>, text: &str) -> Evidence {
    let text = format!("user {}: {text}", escape(entry.name));
    Evidence::entry(List::Users, entry, text)
}
