//! The objects of a cluster, and the log of their changes that watches read.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::SystemTime;

use serde_json::{Value, json};
use tokio::sync::watch;

use crate::clock;
use crate::random;

/// A machine of the cluster as its API shows it.
pub(crate) struct Machine {
    pub(crate) name: String,
    pub(crate) uid: String,
    pub(crate) created: SystemTime,
    pub(crate) is_api_server: bool,
    pub(crate) presence: Mutex<Presence>,
}

/// Where a machine is, and whether anything listens there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Presence {
    pub(crate) address: SocketAddr,
    pub(crate) listens: bool,
}

impl Machine {
    pub(crate) fn presence(&self) -> Presence {
        *self.presence.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_presence(&self, presence: Presence) {
        *self.presence.lock().unwrap_or_else(PoisonError::into_inner) = presence;
    }
}

/// One change of a namespace.
#[derive(Clone)]
pub(crate) struct Event {
    pub(crate) version: u64,
    /// `ADDED`, `MODIFIED` or `DELETED`.
    pub(crate) kind: &'static str,
    pub(crate) object: Value,
}

struct Objects {
    version: u64,
    namespaces: BTreeMap<String, Value>,
    events: Vec<Event>,
    machines: Vec<Weak<Machine>>,
    endpoints: Option<Vec<SocketAddr>>,
}

/// The objects of a cluster.
pub(crate) struct State {
    objects: Mutex<Objects>,
    /// The newest resource version: wakes watches.
    changed: watch::Sender<u64>,
    created: SystemTime,
    /// The UIDs of the EndpointSlice and the Service `kubernetes`.
    pub(crate) slice_uid: String,
}

/// Resource versions of a young etcd begin about here.
const FIRST_VERSION: u64 = 300;

impl State {
    pub(crate) fn new(kube_system_uid: &str) -> Self {
        let state = Self {
            objects: Mutex::new(Objects {
                version: FIRST_VERSION,
                namespaces: BTreeMap::new(),
                events: Vec::new(),
                machines: Vec::new(),
                endpoints: None,
            }),
            changed: watch::Sender::new(FIRST_VERSION),
            created: SystemTime::now(),
            slice_uid: random::uuid(),
        };
        for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
            let uid = if name == "kube-system" {
                kube_system_uid.to_owned()
            } else {
                random::uuid()
            };
            // A fresh state holds none of these names.
            let _ = state.create_namespace(name, &uid, &json!({}));
        }
        state
    }

    /// A copy that goes its own way, without the machines.
    pub(crate) fn copy(&self) -> Self {
        let objects = self.objects();
        Self {
            changed: watch::Sender::new(objects.version),
            objects: Mutex::new(Objects {
                version: objects.version,
                namespaces: objects.namespaces.clone(),
                events: objects.events.clone(),
                machines: Vec::new(),
                endpoints: objects.endpoints.clone(),
            }),
            created: self.created,
            slice_uid: self.slice_uid.clone(),
        }
    }

    fn objects(&self) -> MutexGuard<'_, Objects> {
        // No panic leaves these half changed: each change is one insertion or removal.
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn created(&self) -> SystemTime {
        self.created
    }

    /// The newest resource version, and a receiver that learns of newer ones.
    pub(crate) fn follow(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub(crate) fn version(&self) -> u64 {
        self.objects().version
    }

    /// All namespaces in the order of their names, and the version they were read at.
    pub(crate) fn namespaces(&self) -> (u64, Vec<Value>) {
        let objects = self.objects();
        (
            objects.version,
            objects.namespaces.values().cloned().collect(),
        )
    }

    pub(crate) fn namespace(&self, name: &str) -> Option<Value> {
        self.objects().namespaces.get(name).cloned()
    }

    /// The changes of namespaces after `version`.
    pub(crate) fn events_after(&self, version: u64) -> Vec<Event> {
        self.objects()
            .events
            .iter()
            .filter(|event| event.version > version)
            .cloned()
            .collect()
    }

    /// Creates a namespace; `None` where there is one of that name.
    pub(crate) fn create_namespace(&self, name: &str, uid: &str, given: &Value) -> Option<Value> {
        let mut objects = self.objects();
        if objects.namespaces.contains_key(name) {
            return None;
        }
        let version = objects.version + 1;
        let mut labels = given["metadata"]["labels"]
            .as_object()
            .cloned()
            .unwrap_or_default();
        labels.insert("kubernetes.io/metadata.name".to_owned(), json!(name));
        let mut object = json!({
            "kind": "Namespace",
            "apiVersion": "v1",
            "metadata": {
                "name": name,
                "uid": uid,
                "resourceVersion": version.to_string(),
                "creationTimestamp": clock::rfc3339(SystemTime::now()),
                "labels": labels,
            },
            "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Active"},
        });
        if let Some(annotations) = given["metadata"]["annotations"].as_object() {
            object["metadata"]["annotations"] = json!(annotations);
        }
        objects.namespaces.insert(name.to_owned(), object.clone());
        objects.record(version, "ADDED", object.clone());
        drop(objects);
        self.changed.send_replace(version);
        Some(object)
    }

    /// Deletes a namespace and returns it as the request for its deletion left it: terminating.
    ///
    /// A real cluster removes it some seconds later; with nothing in it, here at once.
    pub(crate) fn delete_namespace(&self, name: &str) -> Option<Value> {
        let mut objects = self.objects();
        let mut object = objects.namespaces.remove(name)?;
        let version = objects.version + 1;
        object["metadata"]["resourceVersion"] = json!(version.to_string());
        object["metadata"]["deletionTimestamp"] = json!(clock::rfc3339(SystemTime::now()));
        object["status"]["phase"] = json!("Terminating");
        objects.record(version, "MODIFIED", object.clone());
        let mut gone = object.clone();
        gone["metadata"]["resourceVersion"] = json!((version + 1).to_string());
        objects.record(version + 1, "DELETED", gone);
        drop(objects);
        self.changed.send_replace(version + 1);
        Some(object)
    }

    pub(crate) fn add_machine(&self, machine: &Arc<Machine>) {
        let mut objects = self.objects();
        objects.machines.retain(|known| known.strong_count() > 0);
        objects.machines.push(Arc::downgrade(machine));
    }

    /// The name for the next machine: what a `MicroK8s` VM is called, numbered from the second on.
    pub(crate) fn next_machine_name(&self) -> String {
        let names: Vec<_> = self
            .machines()
            .iter()
            .map(|machine| machine.name.clone())
            .collect();
        let mut number = 1;
        loop {
            let name = match number {
                1 => "microk8s-vm".to_owned(),
                n => format!("microk8s-vm-{n}"),
            };
            if !names.contains(&name) {
                return name;
            }
            number += 1;
        }
    }

    pub(crate) fn machines(&self) -> Vec<Arc<Machine>> {
        self.objects()
            .machines
            .iter()
            .filter_map(Weak::upgrade)
            .collect()
    }

    pub(crate) fn set_endpoints(&self, endpoints: Option<Vec<SocketAddr>>) {
        self.objects().endpoints = endpoints;
    }

    /// Where the API servers are: as told, else those that listen.
    pub(crate) fn endpoints(&self) -> Vec<SocketAddr> {
        if let Some(told) = self.objects().endpoints.clone() {
            return told;
        }
        self.machines()
            .iter()
            .filter(|machine| machine.is_api_server)
            .map(|machine| machine.presence())
            .filter(|presence| presence.listens)
            .map(|presence| presence.address)
            .collect()
    }
}

impl Objects {
    fn record(&mut self, version: u64, kind: &'static str, object: Value) {
        self.version = version;
        self.events.push(Event {
            version,
            kind,
            object,
        });
    }
}
