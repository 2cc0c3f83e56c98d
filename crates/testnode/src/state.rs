//! The objects of a cluster, and the log of their changes that watches read.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::SystemTime;

use serde_json::{Value, json};
use tokio::sync::watch;

use crate::clock;
use crate::random;
use crate::rbac;

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

/// One change of an object.
#[derive(Clone)]
pub(crate) struct Event {
    /// Of which resource (`namespaces`).
    resource: &'static str,
    pub(crate) version: u64,
    /// `ADDED`, `MODIFIED` or `DELETED`.
    pub(crate) kind: &'static str,
    pub(crate) object: Value,
}

/// The objects of one resource by namespace (empty where there is none) and name.
type Collection = BTreeMap<(String, String), Value>;

struct Objects {
    version: u64,
    /// What was created and can be changed, by resource. All else is worked out when it is asked for.
    kept: BTreeMap<&'static str, Collection>,
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
                kept: BTreeMap::new(),
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
            let _ = state.create("namespaces", namespace(name, &uid));
        }
        for (resource, object) in rbac::bootstrap() {
            let _ = state.create(resource, object);
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
                kept: objects.kept.clone(),
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

    /// All objects of a resource that is kept, in the order of their names, and the version they were read at.
    pub(crate) fn list(&self, resource: &str) -> (u64, Vec<Value>) {
        let objects = self.objects();
        let kept = objects.kept.get(resource);
        (
            objects.version,
            kept.into_iter()
                .flat_map(BTreeMap::values)
                .cloned()
                .collect(),
        )
    }

    /// One object of a resource that is kept.
    pub(crate) fn get(&self, resource: &str, namespace: &str, name: &str) -> Option<Value> {
        let key = (namespace.to_owned(), name.to_owned());
        self.objects().kept.get(resource)?.get(&key).cloned()
    }

    /// The changes of a resource after `version`.
    pub(crate) fn events_after(&self, resource: &str, version: u64) -> Vec<Event> {
        self.objects()
            .events
            .iter()
            .filter(|event| event.version > version && event.resource == resource)
            .cloned()
            .collect()
    }

    /// Keeps a new object, with the metadata that the server gives it; `None` where there is one of that name.
    pub(crate) fn create(&self, resource: &'static str, object: Value) -> Option<Value> {
        let mut object = object;
        let mut objects = self.objects();
        let key = key(&object);
        if objects.kept.entry(resource).or_default().contains_key(&key) {
            return None;
        }
        let version = objects.version + 1;
        dress(&mut object);
        object["metadata"]["resourceVersion"] = json!(version.to_string());
        objects.keep(resource, key, "ADDED", object.clone());
        drop(objects);
        self.changed.send_replace(version);
        Some(object)
    }

    /// Replaces an object with what `change` makes of it; `None` where there is none of that name.
    /// What stays as it was makes no new version.
    pub(crate) fn update<E>(
        &self,
        resource: &'static str,
        namespace: &str,
        name: &str,
        change: impl FnOnce(&Value) -> Result<Value, E>,
    ) -> Option<Result<Value, E>> {
        let key = (namespace.to_owned(), name.to_owned());
        let mut objects = self.objects();
        let old = objects.kept.get(resource)?.get(&key)?.clone();
        let mut object = match change(&old) {
            Ok(object) if object == old => return Some(Ok(object)),
            Ok(object) => object,
            Err(error) => return Some(Err(error)),
        };
        let version = objects.version + 1;
        object["metadata"]["resourceVersion"] = json!(version.to_string());
        objects.keep(resource, key, "MODIFIED", object.clone());
        drop(objects);
        self.changed.send_replace(version);
        Some(Ok(object))
    }

    /// Removes an object and returns it as it was.
    pub(crate) fn remove(
        &self,
        resource: &'static str,
        namespace: &str,
        name: &str,
    ) -> Option<Value> {
        let key = (namespace.to_owned(), name.to_owned());
        let mut objects = self.objects();
        let object = objects.kept.get_mut(resource)?.remove(&key)?;
        let version = objects.version + 1;
        let mut gone = object.clone();
        gone["metadata"]["resourceVersion"] = json!(version.to_string());
        objects.record(resource, version, "DELETED", gone);
        drop(objects);
        self.changed.send_replace(version);
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
    fn keep(
        &mut self,
        resource: &'static str,
        key: (String, String),
        kind: &'static str,
        object: Value,
    ) {
        let collection = self.kept.entry(resource).or_default();
        collection.insert(key, object.clone());
        self.record(resource, self.version + 1, kind, object);
    }

    fn record(&mut self, resource: &'static str, version: u64, kind: &'static str, object: Value) {
        self.version = version;
        self.events.push(Event {
            resource,
            version,
            kind,
            object,
        });
    }
}

/// By what an object is known within its resource.
fn key(object: &Value) -> (String, String) {
    let text = |field: &str| {
        let text = object["metadata"][field].as_str();
        text.unwrap_or_default().to_owned()
    };
    (text("namespace"), text("name"))
}

/// Gives a new object the metadata that every object has.
pub(crate) fn dress(object: &mut Value) {
    let metadata = &mut object["metadata"];
    if metadata["uid"].is_null() {
        metadata["uid"] = json!(random::uuid());
    }
    metadata["creationTimestamp"] = json!(clock::rfc3339(SystemTime::now()));
}

/// A new namespace.
pub(crate) fn namespace(name: &str, uid: &str) -> Value {
    json!({
        "kind": "Namespace",
        "apiVersion": "v1",
        "metadata": {
            "name": name,
            "uid": uid,
            "labels": {"kubernetes.io/metadata.name": name},
        },
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    })
}
