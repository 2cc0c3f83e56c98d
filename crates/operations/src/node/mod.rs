//! Looking after a MicroK8s node.

pub mod access;
pub mod copies;
pub mod issued;
pub mod kubeconfig;
pub mod ours;
pub mod reached;
pub mod repair;
pub mod restart;
mod scripts;
pub mod users;

#[cfg(unix)]
#[path = "unix.rs"]
mod platform;
#[cfg(not(unix))]
#[path = "windows.rs"]
mod platform;
