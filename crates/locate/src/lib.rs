//! Where a cluster may be now: one file per source of candidate addresses, and the race between them.
//!
//! A candidate is a claim, never a fact: whoever races them proves each by a complete handshake. So a
//! source may be stale, wrong or hostile; it only has to be quick, bounded and tolerant. Every source is a
//! pure parser and a thin collector, and a row of [`source::SOURCES`].

pub mod api_ports;
pub mod candidate;
pub mod colima;
pub mod dhcpd_leases;
pub mod dns;
pub mod dnsmasq;
pub mod docker;
mod facts;
mod file;
pub mod found;
pub mod hosts_ics;
pub mod hyper_v;
pub mod interfaces;
mod json;
pub mod libvirt;
pub mod likely;
pub mod lima;
pub mod lxd;
pub mod mac;
pub mod machine;
pub mod mdns;
pub mod minikube;
pub mod multipass;
pub mod neighbours;
pub mod podman;
mod program;
pub mod race;
pub mod search;
pub mod source;
pub mod sweep;
pub mod system;
pub mod wsl;

pub use candidate::Candidate;
pub use found::Found;
pub use likely::Likely;
pub use mac::Mac;
pub use race::Outcome;
pub use race::Policy;
pub use race::race;
pub use search::Search;
pub use source::Source;
pub use system::System;
