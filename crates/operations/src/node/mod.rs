//! Looking after a MicroK8s node.

pub mod issued;
pub mod ours;
