//! The first rung: the files of the chain, each on its own, so that one that is broken hides no other.

use std::path::Path;
use std::path::PathBuf;

use kubeconfig::Document;
use kubeconfig::chain::Chain;
use kubeconfig::redact::escape;

use super::Sources;
use super::catalogue as kind;
use super::finding::Finding;
use super::finding::Mend;
use super::platform;
use crate::kubeconfigs::Kubeconfigs;

/// The files that could be read, and what was found at all of them.
#[derive(Debug)]
pub struct Files {
    /// Those that could be read.
    pub kubeconfigs: Kubeconfigs,
    pub(super) findings: Vec<Finding>,
    /// Those that could be read and that others may read, too: said where a context uses them.
    pub(super) exposed: Vec<(PathBuf, Finding)>,
}

impl Files {
    /// Reads a chain.
    pub fn read(sources: &Sources) -> Self {
        let mut members = Vec::new();
        let mut findings = Vec::new();
        let mut exposed = Vec::new();
        let mut missing = Vec::new();
        for path in &sources.paths {
            match store::read(path) {
                Ok(None) => missing.push(path),
                Err(error) => findings.push(Finding::new(
                    &kind::FILE_UNREADABLE,
                    escape(&error.to_string()),
                    platform::make_readable(path),
                )),
                Ok(Some(bytes)) => match Document::parse(bytes) {
                    Err(error) => findings.push(damaged(path, &error)),
                    Ok(document) => {
                        if let Some(mode) = platform::exposed(path) {
                            let seen = format!("{}: {mode}", shown(path));
                            let mend = platform::make_private(path);
                            let finding = Finding::new(&kind::FILE_EXPOSED, seen, mend);
                            exposed.push((path.clone(), finding));
                        }
                        members.push((path.clone(), document));
                    }
                },
            }
        }
        findings.extend(tildes(sources));
        if members.is_empty() && findings.is_empty() {
            let files: Vec<_> = missing.iter().map(|path| shown(path)).collect();
            findings.push(Finding::new(
                &kind::NO_FILE,
                format!("{} does not exist", files.join(", ")),
                Mend::hand(
                    "take a cluster in: `bowline add FILE`, or `bowline add microk8s` where MicroK8s runs",
                ),
            ));
        } else {
            findings.extend(missing.into_iter().map(|path| {
                let name = shown(path);
                Finding::new(
                    &kind::FILE_MISSING,
                    format!("{name} does not exist"),
                    Mend::hand(format!(
                        "take {name} out of KUBECONFIG, or put the file there"
                    )),
                )
            }));
        }
        Self {
            kubeconfigs: Kubeconfigs::of(sources.paths.clone(), Chain::new(members)),
            findings,
            exposed,
        }
    }

    /// The contexts to look at. One that is named is looked at whether it exists or not; without any name it
    /// is the current one, if there is one.
    pub(super) fn chosen(&self, named: &[String], all: bool) -> Vec<Option<String>> {
        let chain = &self.kubeconfigs.chain;
        if all {
            let all: Vec<_> = chain.contexts().map(|c| Some(c.name.to_owned())).collect();
            if !all.is_empty() {
                return all;
            }
        }
        if named.is_empty() {
            return vec![chain.current_context().map(|(_, name)| name.to_owned())];
        }
        let mut chosen: Vec<Option<String>> = Vec::new();
        for name in named {
            let name = Some(name.clone());
            if !chosen.contains(&name) {
                chosen.push(name);
            }
        }
        chosen
    }
}

fn damaged(path: &Path, error: &kubeconfig::ParseError) -> Finding {
    let name = shown(path);
    Finding::new(
        &kind::FILE_DAMAGED,
        format!("{name}: {}", escape(&error.to_string())),
        Mend::hand(format!(
            "mend line {} of {name} with an editor; `bowline history` lists what bowline changed in it",
            error.line
        )),
    )
}

/// The items of KUBECONFIG that only bowline finds.
fn tildes(sources: &Sources) -> Option<Finding> {
    let list = sources.list.as_deref().filter(|_| sources.flag.is_none())?;
    let unseen: Vec<_> = std::env::split_paths(list)
        .filter(|item| item.starts_with("~") && !item.exists())
        .map(|item| shown(&item))
        .collect();
    if unseen.is_empty() {
        return None;
    }
    let expanded = std::env::join_paths(&sources.paths).ok()?;
    Some(Finding::new(
        &kind::TILDE,
        format!("KUBECONFIG names {}", unseen.join(", ")),
        platform::set_list(&expanded.to_string_lossy()),
    ))
}

pub(super) fn shown(path: &Path) -> String {
    escape(&path.to_string_lossy()).into_owned()
}
