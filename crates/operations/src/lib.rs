//! What the commands do. Each operation is a plan first (what was found, what would change, as typed
//! edits), then an apply; the commands print plans, and `k` and later the agent apply them.
//!
//! * [`kubeconfigs`]: the kubeconfig chain on disk, and the connection that a context describes.
//! * [`state`]: what was learnt of clusters: where they were proved, by which key, and how long ago.
//! * [`authorities`]: the CA certificates of clusters that were proved.
//! * [`settings`]: what the user says in config.toml.
//! * [`remember`]: writes into config.toml where a machine is.
//! * [`check()`]: is the entry's own server the cluster?
//! * [`heal`]: where is it now, and what has to change?
//! * [`modify`]: change a chain of kubeconfigs as `kubectl config` does.
//! * [`lint`]: what is wrong with kubeconfigs, as their files say it.
//! * [`lost`]: changes of ours that another program took back by mistake.
//! * [`add`]: take a kubeconfig in without collisions.
//! * [`node`]: look after a MicroK8s node: its users, their kubeconfigs, what is wrong with it.
//! * [`doctor`]: the first rung at which a connection breaks, and the command that mends it.
//! * [`status`]: everything about a context, and why it fails.
//! * [`listing`]: which contexts a list shows.
//! * [`near`]: the names that somebody meant who typed another.
//! * [`protect`]: contexts in which `k` asks first.
//! * [`choose`]: which context is meant by what a person types, and what was chosen before.
//! * [`session`]: a terminal's own choice of context and namespace.
//! * [`prompt`]: what a prompt shows, in a time that nobody notices.
//! * [`namespaces`]: which a cluster has, and had when it last answered.
//! * [`dirs`]: more kubeconfigs that stand behind the chain.
//! * [`eject`]: what bowline set up on this machine, and taking it away.
//! * [`tidy`]: rename, remove, copy, merge and split what kubeconfigs hold.
//!
//! Nothing here reads the environment or prints: paths, time and programs come in through [`World`].

pub mod add;
pub mod authorities;
pub mod check;
pub mod choose;
pub mod credentials;
pub mod dirs;
pub mod doctor;
pub mod eject;
pub mod failure;
pub mod followable;
pub mod heal;
mod kin;
pub mod kubeconfigs;
pub mod lint;
pub mod listing;
pub mod lost;
pub mod modify;
pub mod namespaces;
pub mod near;
pub mod node;
mod plain;
pub mod prompt;
pub mod protect;
pub mod proxies;
pub mod remember;
pub mod second_fact;
pub mod session;
pub mod settings;
pub mod state;
pub mod status;
mod sudo;
pub mod tidy;
mod unusable;
mod versioned;
pub mod world;

pub use check::check;
pub use followable::Followable;
pub use kubeconfigs::Connection;
pub use kubeconfigs::Kubeconfigs;
pub use proxies::Proxies;
pub use settings::Settings;
pub use state::State;
pub use world::World;
