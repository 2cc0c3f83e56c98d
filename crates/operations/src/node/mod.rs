//! Looking after a MicroK8s node.

pub mod copies;
pub mod issued;
pub mod ours;

#[cfg(unix)]
#[path = "unix.rs"]
mod platform;
#[cfg(not(unix))]
#[path = "windows.rs"]
mod platform;
