//! A node: one address with something behind it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::behaviour::Behaviour;
use crate::cluster::Cluster;
use crate::connection;
use crate::door::{self, Door};
use crate::gate::{self, Gate};
use crate::leaf::{Leaf, LeafKind};
use crate::random;
use crate::records::{Recorder, Records};
use crate::runtime::runtime;
use crate::state::{Machine, Presence};
use crate::swallow::BlackHole;

/// What speaks behind the TLS of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Role {
    /// A kube-apiserver.
    #[default]
    ApiServer,
    /// A kubelet: 401 in plain text for everything, or 404 where it lets anonymous requests in.
    Kubelet {
        /// Whether anonymous requests are let in (off in `MicroK8s`).
        anonymous: bool,
    },
    /// Some web server that has nothing to do with Kubernetes: 200 and a page for every path.
    WebServer,
    /// The same in the clear, without TLS.
    PlainWebServer,
    /// What hotels and airports have: every request is sent to a page where one logs in.
    CaptivePortal,
    /// The same in the clear, without TLS.
    PlainCaptivePortal,
}

/// What a node is started with.
#[derive(Clone, Debug, Default)]
pub struct NodeOptions {
    /// The certificate; [`LeafKind::ApiServer`] for the address of the node unless given.
    pub leaf: Option<Leaf>,
    /// What speaks behind the TLS.
    pub role: Role,
    /// How it behaves at first.
    pub behaviour: Behaviour,
    /// The name of the node in the API; `microk8s-vm`, `microk8s-vm-2` … unless given.
    pub name: Option<String>,
    /// Speak TLS 1.2 only.
    pub tls12_only: bool,
}

/// A running node. Dropping it closes its port and its connections.
pub struct Node {
    shared: Arc<Shared>,
    control: Mutex<Control>,
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Node")
            .field("address", &self.address())
            .finish_non_exhaustive()
    }
}

/// What connections of a node share.
pub(crate) struct Shared {
    pub(crate) cluster: Cluster,
    pub(crate) role: Role,
    pub(crate) tls12_only: bool,
    pub(crate) machine: Arc<Machine>,
    pub(crate) recorder: Recorder,
    leaf: RwLock<Leaf>,
    /// How far its clock is from the true time, seconds.
    clock: AtomicI64,
    behaviour: RwLock<Behaviour>,
    /// The gate of the connections that are open; another one after they were shut.
    gate: Mutex<watch::Sender<Gate>>,
}

impl Shared {
    fn gate(&self) -> MutexGuard<'_, watch::Sender<Gate>> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_gate(&self, gate: Gate) {
        self.gate().send_replace(gate);
    }

    /// Ends the connections that are open; those to come pass another gate.
    fn shut(&self) {
        std::mem::replace(&mut *self.gate(), watch::Sender::new(Gate::Open))
            .send_replace(Gate::Shut);
    }

    pub(crate) fn behaviour(&self) -> Behaviour {
        *self
            .behaviour
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn replace_behaviour(&self, behaviour: Behaviour) -> Behaviour {
        let mut now = self
            .behaviour
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut now, behaviour)
    }

    /// The time by its clock.
    pub(crate) fn now(&self) -> SystemTime {
        let ahead = self.clock.load(Ordering::Relaxed);
        let by = Duration::from_secs(ahead.unsigned_abs());
        if ahead < 0 {
            SystemTime::now() - by
        } else {
            SystemTime::now() + by
        }
    }

    pub(crate) fn leaf(&self) -> Leaf {
        self.leaf
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// What only the owner of the node changes.
struct Control {
    address: SocketAddr,
    door: Door,
}

impl Node {
    /// Starts an API server of `cluster` that listens on `address` (port 0: one that is free).
    pub fn start(cluster: &Cluster, address: SocketAddr) -> io::Result<Self> {
        Self::start_with(cluster, address, NodeOptions::default())
    }

    /// Starts a node that differs from that of [`Node::start`]. Errors where the address cannot be
    /// bound, or the behaviour is not possible on this system.
    pub fn start_with(
        cluster: &Cluster,
        address: SocketAddr,
        options: NodeOptions,
    ) -> io::Result<Self> {
        let socket = door::bind(address)?;
        let address = door::address_of(&socket)?;
        let leaf = options
            .leaf
            .unwrap_or_else(|| cluster.leaf(&LeafKind::ApiServer, &[reachable(address)]));
        let state = cluster.state();
        let machine = Arc::new(Machine {
            name: options.name.unwrap_or_else(|| state.next_machine_name()),
            uid: random::uuid(),
            created: SystemTime::now(),
            is_api_server: options.role == Role::ApiServer,
            presence: Mutex::new(Presence {
                address,
                listens: false,
            }),
        });
        state.add_machine(&machine);
        let node = Self {
            shared: Arc::new(Shared {
                cluster: cluster.clone(),
                role: options.role,
                tls12_only: options.tls12_only,
                machine,
                recorder: Recorder::default(),
                leaf: RwLock::new(leaf),
                clock: AtomicI64::new(0),
                behaviour: RwLock::new(Behaviour::Serve),
                gate: Mutex::new(watch::Sender::new(Gate::Open)),
            }),
            control: Mutex::new(Control {
                address,
                door: Door::Closed(socket),
            }),
        };
        node.set_behaviour(options.behaviour)?;
        Ok(node)
    }

    /// Where the node is, or was when its port was closed.
    pub fn address(&self) -> SocketAddr {
        self.control().address
    }

    /// `https://` and the address: a `server` for a kubeconfig.
    pub fn url(&self) -> String {
        format!("https://{}", self.address())
    }

    /// The name of the node in the API.
    pub fn name(&self) -> &str {
        &self.shared.machine.name
    }

    /// The cluster it belongs to.
    pub fn cluster(&self) -> &Cluster {
        &self.shared.cluster
    }

    /// Moves to `address` (port 0: one that is free): the old port and its connections are closed; leaf
    /// and behaviour stay. Errors, and stays, where the new address cannot be bound.
    pub fn move_to(&self, address: SocketAddr) -> io::Result<()> {
        let mut control = self.control();
        let socket = door::bind(address)?;
        control.address = door::address_of(&socket)?;
        self.shared.shut();
        // The old port closes here.
        control.door = Door::Closed(socket);
        self.apply(&mut control, self.shared.behaviour())
    }

    /// Behaves so from now on, towards open connections too. Errors where this system cannot do it
    /// ([`Behaviour::Swallow`] outside Linux: `Unsupported`) or the port was taken meanwhile.
    pub fn set_behaviour(&self, behaviour: Behaviour) -> io::Result<()> {
        let mut control = self.control();
        // Before the port opens, so that the first connection is treated so already.
        let before = self.shared.replace_behaviour(behaviour);
        self.apply(&mut control, behaviour).inspect_err(|_| {
            self.shared.replace_behaviour(before);
        })
    }

    /// How the node behaves.
    pub fn behaviour(&self) -> Behaviour {
        self.shared.behaviour()
    }

    /// Serves this certificate from now on, without restart: as kube-apiserver does when the file changes.
    pub fn set_leaf(&self, leaf: Leaf) {
        *self
            .shared
            .leaf
            .write()
            .unwrap_or_else(PoisonError::into_inner) = leaf;
    }

    /// Signs the server certificate anew for the present address; the key stays. What `MicroK8s`'
    /// apiserver-kicker does some seconds after an address changed.
    pub fn renew_leaf(&self) {
        let addresses = [reachable(self.address())];
        let renewed = self.leaf().renewed(self.shared.cluster.ca(), &addresses);
        self.set_leaf(renewed);
    }

    /// Sets its clock wrong by so many seconds: what it says in the header `Date` of its answers.
    pub fn set_clock(&self, seconds_ahead: i64) {
        self.shared.clock.store(seconds_ahead, Ordering::Relaxed);
    }

    /// The certificate that is served.
    pub fn leaf(&self) -> Leaf {
        self.shared.leaf()
    }

    /// `sha256:<hex>` of the `SubjectPublicKeyInfo` of the certificate that is served.
    pub fn leaf_spki_sha256(&self) -> String {
        self.leaf().spki_sha256()
    }

    /// What arrived so far.
    pub fn records(&self) -> Records {
        self.shared.recorder.snapshot()
    }

    /// Forgets what arrived so far.
    pub fn clear_records(&self) {
        self.shared.recorder.clear();
    }

    fn control(&self) -> MutexGuard<'_, Control> {
        // An address, a port and a gate are each whole at any time.
        self.control.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn apply(&self, control: &mut Control, behaviour: Behaviour) -> io::Result<()> {
        match behaviour {
            Behaviour::Serve
            | Behaviour::Late(_)
            | Behaviour::ReadyzFails
            | Behaviour::DatastoreDown
            | Behaviour::ObjectsHang
            | Behaviour::CloseAfterHandshake
            | Behaviour::Unavailable => {
                control.open(&self.shared)?;
                self.shared.set_gate(Gate::Open);
            }
            Behaviour::Hang => {
                control.open(&self.shared)?;
                self.shared.set_gate(Gate::Held);
            }
            Behaviour::CloseAfterAccept => {
                self.shared.shut();
                control.open(&self.shared)?;
            }
            Behaviour::Refuse => {
                control.close()?;
                self.shared.shut();
            }
            Behaviour::Swallow => {
                BlackHole::supported()?;
                self.shared.set_gate(Gate::Held);
                control.door = Door::Gone;
                control.door = Door::Hole(BlackHole::dig(control.address)?);
            }
        }
        let listens = control.door.is_open();
        self.shared.machine.set_presence(Presence {
            address: control.address,
            listens,
        });
        Ok(())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let mut control = self.control();
        self.shared.shut();
        control.door = Door::Gone;
        let address = control.address;
        self.shared.machine.set_presence(Presence {
            address,
            listens: false,
        });
    }
}

impl Control {
    /// Lets go of the port, then takes it again without listening.
    fn close(&mut self) -> io::Result<()> {
        if !matches!(self.door, Door::Closed(_)) {
            self.door = Door::Gone;
            self.door = Door::Closed(door::bind_again(self.address)?);
        }
        Ok(())
    }

    fn open(&mut self, shared: &Arc<Shared>) -> io::Result<()> {
        if self.door.is_open() {
            return Ok(());
        }
        let socket = match std::mem::replace(&mut self.door, Door::Gone) {
            Door::Closed(socket) => socket,
            other => {
                drop(other);
                door::bind_again(self.address)?
            }
        };
        let shared = shared.clone();
        let accepted = move |stream: TcpStream, peer| {
            shared.recorder.connection();
            if shared.behaviour() == Behaviour::CloseAfterAccept {
                return;
            }
            // Without it nothing but the speed differs.
            let _ = stream.set_nodelay(true);
            let gate = shared.gate().subscribe();
            let connection = connection::serve(shared.clone(), stream, peer);
            runtime().spawn(gate::pass(gate, connection));
        };
        self.door = Door::open(socket, Arc::new(accepted))?;
        Ok(())
    }
}

/// The address that a node listening on `address` is reached by: a wildcard is reached by loopback.
fn reachable(address: SocketAddr) -> IpAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        ip => ip,
    }
}
