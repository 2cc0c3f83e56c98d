//! Keeping kubeconfigs tidy.

pub mod edit;
