//! A `MicroK8s` node as its files describe it.
//!
//! Pure: files come in as a [`machines::Tree`], changes go out as bytes. [`paths::PICTURE`] says which files
//! are needed and why.

pub mod args;
pub mod audit;
pub mod certs;
pub mod credentials;
pub mod csr_conf;
pub mod dqlite;
pub mod flags;
pub mod locks;
pub mod mode;
mod node;
pub mod paths;
pub mod repair;
pub mod severity;
pub mod tokens;

pub use node::Node;
pub use node::NodeError;
pub use node::Role;
pub use severity::Judgement;
pub use severity::Severity;
