//! Who else may read or change kubeconfigs and the files that they name.

use std::collections::HashSet;
use std::path::Path;
use std::path::PathBuf;

use kubeconfig::List;
use kubeconfig::User;

use super::Rule;
use super::Severity;
use super::beside::Content;
use super::evidence::Evidence;
use super::evidence::advice;
use super::evidence::command;
use super::file::File;
use super::file::Form;
use super::fix::Fix;
use super::platform::Access;
use super::subject::Entry;
use super::subject::Subject;
use super::subject::shown;

/// Where Kubernetes puts a pod's own token, for everybody in the pod to read.
const IN_PODS: &str = "/var/run/secrets/";

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "kubeconfig-readable",
        severity: Severity::High,
        title: "A kubeconfig can be read by others",
        consequence: "Everyone with an account on this machine can do in the cluster what you can.",
        remedy: command("chmod 600 {file}"),
        check: readable,
    },
    Rule {
        id: "kubeconfig-writable",
        severity: Severity::High,
        title: "A kubeconfig can be changed by others",
        consequence: "A kubeconfig names programs, which every client runs as you: who writes it is you.",
        remedy: command("chmod go-w {file}"),
        check: writable,
    },
    Rule {
        id: "key-readable",
        severity: Severity::High,
        title: "A key or token file can be read by others",
        consequence: "Everyone with an account on this machine can do in the cluster what you can.",
        remedy: command("chmod 600 {path}"),
        check: key_readable,
    },
    Rule {
        id: "referenced-file-writable",
        severity: Severity::High,
        title: "A file that a kubeconfig names can be changed by others",
        consequence: "Who changes the CA can stand in for the cluster; who changes a credential can have you work in another one.",
        remedy: command("chmod go-w {path}"),
        check: beside_writable,
    },
    Rule {
        id: "file-missing",
        severity: Severity::High,
        title: "A file that a kubeconfig names does not exist",
        consequence: "Every client fails at this entry, before it asks the cluster.",
        remedy: advice(
            "put the file there, or fetch the kubeconfig anew and take it in: `bowline add FILE`",
        ),
        check: missing,
    },
    Rule {
        id: "file-unreadable",
        severity: Severity::High,
        title: "A file that a kubeconfig names cannot be read",
        consequence: "Every client fails at this entry, before it asks the cluster.",
        remedy: advice("make it readable for the user of the kubeconfig"),
        check: unreadable,
    },
    Rule {
        id: "path-tilde",
        severity: Severity::High,
        title: "A path in a kubeconfig begins with `~`",
        consequence: "No client expands it: each looks for a folder of that name beside the kubeconfig.",
        remedy: advice("write the whole path"),
        check: tilde,
    },
    Rule {
        id: "relative-path",
        severity: Severity::Info,
        title: "A path in a kubeconfig is relative",
        consequence: "It counts from the kubeconfig's folder: a copy of the file elsewhere does not find it.",
        remedy: advice(
            "keep the files together, or embed it: `bowline config set-cluster` and `set-credentials` with --embed-certs",
        ),
        check: relative,
    },
];

fn readable(subject: &Subject<'_>) -> Vec<Evidence> {
    modes(subject, |file, access| {
        // What is damaged may hold one, too.
        let secret = file.document().is_none_or(|document| {
            let users = &document.config().users;
            users.iter().any(|user| holds_secret(&user.value))
        });
        let (who, severity) = match (access.is_public(), access.is_shared()) {
            (true, _) => ("everybody", Severity::High),
            (_, true) => ("its group", Severity::Medium),
            _ => return None,
        };
        let (what, severity) = if file.document().is_none() {
            ("and it may hold a credential", severity)
        } else if secret {
            ("and a credential is in it", severity)
        } else {
            ("though no credential is in it", Severity::Low)
        };
        let text = format!("mode {:04o}: {who} may read it, {what}", access.mode());
        Some((text, severity, 0o600))
    })
}

fn writable(subject: &Subject<'_>) -> Vec<Evidence> {
    modes(subject, |_, access| {
        let text = format!(
            "mode {:04o}: others than its owner may write it",
            access.mode()
        );
        access
            .is_writable()
            .then_some((text, Severity::High, access.mode() & !0o022))
    })
}

fn modes(
    subject: &Subject<'_>,
    look: impl Fn(&File, Access) -> Option<(String, Severity, u32)>,
) -> Vec<Evidence> {
    let files = subject.files.iter().enumerate();
    files
        .filter_map(|(number, file)| {
            let is_file = matches!(file.form, Form::Read(_) | Form::Refused(_));
            // Whose modes are changed must be a kubeconfig: a program that may not be run, a system's file
            // that nobody may read, is worse than what it was to be kept from.
            let access = file.access.filter(|_| is_file && file.is_kubeconfig)?;
            let (text, severity, to) = look(file, access)?;
            let fix = Fix {
                path: file.path.clone(),
                from: access.mode(),
                to: access.mode() & to,
            };
            Some(Evidence::file(number, text).severity(severity).fix(fix))
        })
        .collect()
}

/// Whether who reads the entry can use it.
fn holds_secret(user: &User) -> bool {
    user.token.is_some()
        || user.password.is_some()
        || user.client_key_data.is_some()
        || user
            .auth_provider
            .as_ref()
            .is_some_and(|provider| !provider.config.is_empty())
}

/// A path that an entry names.
struct Named<'a> {
    file: usize,
    index: usize,
    list: List,
    name: &'a str,
    field: &'static str,
    written: &'a str,
}

impl Named<'_> {
    fn evidence(&self, text: &str) -> Evidence {
        let entry = Entry {
            file: self.file,
            index: self.index,
            name: self.name,
            value: &(),
            behind: None,
        };
        Evidence::entry(self.list, &entry, format!("{}: {text}", self.field))
    }

    /// Whether who has it has the credential.
    fn is_secret(&self) -> bool {
        matches!(self.field, "client-key" | "tokenFile")
    }
}

/// Every path that counts: content in the entry wins over it.
fn named<'a>(subject: &Subject<'a>) -> Vec<Named<'a>> {
    let mut found = Vec::new();
    for entry in &subject.clusters.all {
        if let (Some(written), None) = (
            entry.value.certificate_authority.as_deref(),
            &entry.value.certificate_authority_data,
        ) {
            found.push(Named {
                file: entry.file,
                index: entry.index,
                list: List::Clusters,
                name: entry.name,
                field: "certificate-authority",
                written,
            });
        }
    }
    for entry in &subject.users.all {
        let user: &'a User = entry.value;
        let paths = [
            (
                "client-certificate",
                user.client_certificate.as_deref(),
                user.client_certificate_data.is_some(),
            ),
            (
                "client-key",
                user.client_key.as_deref(),
                user.client_key_data.is_some(),
            ),
            ("tokenFile", user.token_file.as_deref(), false),
        ];
        for (field, written, held) in paths {
            if let (Some(written), false) = (written, held) {
                found.push(Named {
                    file: entry.file,
                    index: entry.index,
                    list: List::Users,
                    name: entry.name,
                    field,
                    written,
                });
            }
        }
    }
    found
}

/// Looks at every file that is named, once.
fn besides(
    subject: &Subject<'_>,
    look: impl Fn(&Named<'_>, &Path, Access) -> Option<(String, u32)>,
) -> Vec<Evidence> {
    let mut seen: HashSet<PathBuf> = HashSet::new();
    named(subject)
        .iter()
        .filter_map(|named| {
            let path = subject.resolve(named.file, named.written);
            let access = subject.besides.get(&path)?.access?;
            let (text, to) = look(named, &path, access)?;
            if !seen.insert(path.clone()) {
                return None;
            }
            let fix = Fix {
                path: path.clone(),
                from: access.mode(),
                to: access.mode() & to,
            };
            Some(named.evidence(&text).path(path).fix(fix))
        })
        .collect()
}

fn key_readable(subject: &Subject<'_>) -> Vec<Evidence> {
    besides(subject, |named, path, access| {
        let who = match (access.is_public(), access.is_shared()) {
            (true, _) => "everybody",
            (_, true) => "its group",
            _ => return None,
        };
        let is_open = named.is_secret() && !path.starts_with(IN_PODS);
        let text = format!(
            "{}: mode {:04o}: {who} may read it",
            shown(path),
            access.mode()
        );
        is_open.then_some((text, 0o600))
    })
}

fn beside_writable(subject: &Subject<'_>) -> Vec<Evidence> {
    besides(subject, |_, path, access| {
        let text = format!(
            "{}: mode {:04o}: others than its owner may write it",
            shown(path),
            access.mode()
        );
        access
            .is_writable()
            .then_some((text, access.mode() & !0o022))
    })
}

fn missing(subject: &Subject<'_>) -> Vec<Evidence> {
    content(subject, |named, path, content| {
        let is_gone = matches!(content, Content::Missing) && home(subject, named, path).is_none();
        is_gone.then(|| named.evidence(&format!("{} does not exist", shown(path))))
    })
}

fn unreadable(subject: &Subject<'_>) -> Vec<Evidence> {
    content(subject, |named, path, content| match content {
        Content::Unreadable(why) => {
            Some(named.evidence(&format!("{} cannot be read: {why}", shown(path))))
        }
        _ => None,
    })
}

fn tilde(subject: &Subject<'_>) -> Vec<Evidence> {
    content(subject, |named, path, _| {
        let there = home(subject, named, path)?;
        let evidence = named
            .evidence(&format!(
                "`{}` leads to {}",
                shown(named.written.as_ref()),
                shown(path)
            ))
            .path(&there);
        Some(match (named.field, there.exists()) {
            (_, false) => evidence,
            ("tokenFile", true) => evidence.advice("write the whole path: {path}"),
            ("certificate-authority", true) => evidence.command(
                "bowline config set-cluster --kubeconfig={file} --certificate-authority={path} {name}",
            ),
            ("client-key", true) => evidence.command(
                "bowline config set-credentials --kubeconfig={file} --client-key={path} {name}",
            ),
            (_, true) => evidence.command(
                "bowline config set-credentials --kubeconfig={file} --client-certificate={path} {name}",
            ),
        })
    })
}

/// Where a path that begins with `~/` would lead if that were the home folder, and does not.
fn home(subject: &Subject<'_>, named: &Named<'_>, path: &Path) -> Option<PathBuf> {
    let rest = named.written.strip_prefix("~/")?;
    if path.exists() {
        return None;
    }
    Some(subject.present.home?.join(rest))
}

fn relative(subject: &Subject<'_>) -> Vec<Evidence> {
    content(subject, |named, path, content| {
        let is_relative = Path::new(named.written).is_relative()
            && matches!(content, Content::Read(_))
            && !named.written.starts_with("~/");
        let text = format!("{} is {}", shown(named.written.as_ref()), shown(path));
        is_relative.then(|| named.evidence(&text))
    })
}

fn content(
    subject: &Subject<'_>,
    look: impl Fn(&Named<'_>, &Path, &Content) -> Option<Evidence>,
) -> Vec<Evidence> {
    named(subject)
        .iter()
        .filter_map(|named| {
            let path = subject.resolve(named.file, named.written);
            look(named, &path, &subject.besides.get(&path)?.content)
        })
        .collect()
}
