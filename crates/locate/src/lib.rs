//! Where a cluster may be now: one file per source of candidate addresses, and the race between them.
//!
//! A candidate is a claim, never a fact: whoever races them proves each by a complete handshake. So a
//! source may be stale, wrong or hostile; it only has to be quick, bounded and tolerant. Every source is a
//! pure parser and a thin collector, and a row of [`source::SOURCES`].

pub mod candidate;
pub mod dns;
pub mod hosts_ics;
pub mod interfaces;
pub mod mac;
pub mod machine;
pub mod mdns;
pub mod multipass;
pub mod neighbours;
pub mod race;
pub mod search;
pub mod source;
pub mod sweep;
pub mod system;

pub use candidate::Candidate;
pub use mac::Mac;
pub use race::Outcome;
pub use race::Policy;
pub use race::race;
pub use search::Search;
pub use source::Source;
pub use system::System;
