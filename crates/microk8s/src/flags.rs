//! What the flags of `MicroK8s`' services do, and what is to be thought of their values.
//!
//! The rows cover the default args of 1.19 to 1.36 (canonical/microk8s `microk8s-resources/default-args/`),
//! what its addons and hooks set, and the flags of the Kubernetes services that matter for who may do what.

mod apiserver;
mod kubelet;
mod others;
mod runtime;

use serde::Serialize;

use crate::args::Args;
use crate::args::Flag;
use crate::severity::Judgement;
use crate::severity::Severity;

/// What is known of a flag.
#[derive(Clone, Copy)]
pub struct Row {
    /// Its name, without dashes.
    pub name: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
    /// The minor version of Kubernetes 1 that no longer has it.
    pub removed_in: Option<u32>,
    judge: Option<Judge>,
}

type Judge = fn(&Setting<'_>) -> Option<Judgement>;

/// A flag with what its judgement may depend on.
struct Setting<'a> {
    value: &'a str,
    args: &'a Args,
    /// The node's minor version.
    minor: Option<u32>,
}

const fn row(name: &'static str, about: &'static str) -> Row {
    Row {
        name,
        about,
        removed_in: None,
        judge: None,
    }
}

impl Row {
    const fn removed(mut self, minor: u32) -> Self {
        self.removed_in = Some(minor);
        self
    }

    const fn judged(mut self, judge: Judge) -> Self {
        self.judge = Some(judge);
        self
    }
}

/// The rows of each args file.
const SERVICES: &[(&str, &[Row])] = &[
    ("kube-apiserver", apiserver::ROWS),
    ("kubelet", kubelet::ROWS),
    ("kube-controller-manager", others::CONTROLLER_MANAGER),
    ("kube-scheduler", others::SCHEDULER),
    ("kube-proxy", others::PROXY),
    ("kubelite", others::KUBELITE),
    ("k8s-dqlite", others::K8S_DQLITE),
    ("etcd", others::ETCD),
    ("containerd", runtime::CONTAINERD),
    ("ctr", runtime::CTR),
    ("flanneld", runtime::FLANNELD),
    ("cluster-agent", others::CLUSTER_AGENT),
    ("apiserver-proxy", others::APISERVER_PROXY),
    ("kubectl", others::KUBECTL),
];

/// The services that have rows here.
pub fn services() -> impl Iterator<Item = &'static str> {
    SERVICES.iter().map(|(service, _)| *service)
}

/// What is known of a service's flag.
pub fn row_of(service: &str, flag: &str) -> Option<&'static Row> {
    let (_, rows) = SERVICES.iter().find(|(name, _)| *name == service)?;
    rows.iter().find(|row| row.name == flag)
}

/// A flag as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Annotated {
    /// Its name, without dashes.
    pub name: String,
    /// Its value, expanded; `true` for one without a value.
    pub value: String,
    /// Its line in the file, from 1.
    pub line: usize,
    /// What it does; `None` for one that is not known here.
    pub about: Option<&'static str>,
    /// What is to be thought of it.
    pub judgement: Option<Judgement>,
}

/// All flags of a service's file with what is known of them. `minor` is the node's minor version of
/// Kubernetes 1.
pub fn annotate(service: &str, args: &Args, minor: Option<u32>) -> Vec<Annotated> {
    args.flags
        .iter()
        .map(|flag| {
            let row = row_of(service, &flag.name);
            Annotated {
                name: flag.name.clone(),
                value: flag.text().to_owned(),
                line: flag.line,
                about: row.map(|row| row.about),
                judgement: judge(row, flag, args, minor),
            }
        })
        .collect()
}

fn judge(row: Option<&Row>, flag: &Flag, args: &Args, minor: Option<u32>) -> Option<Judgement> {
    if let Some(last) = args.flag(&flag.name)
        && last.line > flag.line
        && last.text() != flag.text()
    {
        return Some(Judgement::new(
            Severity::Info,
            format!("Without effect: line {} sets it again.", last.line),
        ));
    }
    let row = row?;
    if let (Some(removed), Some(minor)) = (row.removed_in, minor)
        && minor >= removed
    {
        return Some(Judgement::new(
            Severity::Medium,
            format!(
                "Kubernetes has no such flag since 1.{removed}: the service does not start with it."
            ),
        ));
    }
    let setting = Setting {
        value: flag.text(),
        args,
        minor,
    };
    row.judge?(&setting)
}

/// Profiling pages tell much about a process, and cost it time.
fn profiling(setting: &Setting<'_>) -> Option<Judgement> {
    is_true(setting.value).then(|| {
        Judgement::new(
            Severity::Low,
            "Whoever may read /debug/pprof sees memory and arguments of the process (CIS asks for false).",
        )
    })
}

fn is_true(value: &str) -> bool {
    matches!(value, "1" | "t" | "T" | "true" | "TRUE" | "True")
}

/// Feature gates that a Kubernetes version locked or dropped: name, the minor version since which the
/// opposite of `good` keeps a service from starting, the minor version since which the name does.
const GATES: &[(&str, &str, u32, u32)] = &[
    ("RemoveSelfLink", "true", 24, 30),
    ("DevicePlugins", "true", 26, 28),
];

/// Gates that are gone keep a service from starting.
fn feature_gates(setting: &Setting<'_>) -> Option<Judgement> {
    for gate in setting.value.split(',') {
        let (name, value) = gate.split_once('=').unwrap_or((gate, "true"));
        let Some((_, good, locked, gone)) = GATES.iter().find(|known| known.0 == name) else {
            continue;
        };
        let since = if value.eq_ignore_ascii_case(good) {
            gone
        } else {
            locked
        };
        return Some(match setting.minor {
            Some(minor) if minor >= *since => Judgement::new(
                Severity::Medium,
                format!(
                    "Kubernetes does not accept {name}={value} since 1.{since}: the service does not start with it."
                ),
            ),
            _ => Judgement::new(
                Severity::Info,
                format!(
                    "Kubernetes does not accept {name}={value} from 1.{since} on; it has to go before an upgrade."
                ),
            ),
        });
    }
    None
}
