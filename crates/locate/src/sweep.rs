//! The last resort: the addresses of a directly attached network, tried one by one.
//!
//! Each address that nobody has makes the kernel keep an unresolved neighbour for about three seconds, and
//! the table of them is one for the whole machine (Linux: 1,024). A sweep that ignores this finds a fraction
//! of what is there, and cuts the machine off from everybody else meanwhile. So it goes at the pace of the
//! table, with one connection to one port of each address, and needs no privilege.

mod pace;
mod plan;
mod room;
mod run;
mod sweeping;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
use linux as platform;
#[cfg(not(target_os = "linux"))]
use other as platform;
pub use plan::Plan;
pub use plan::Refusal;
pub use plan::Share;
pub use plan::Target;
pub use plan::plan;
pub use room::Room;
pub use run::Counts;
pub use run::Tally;
pub use run::run;
pub use sweeping::Sweep;
pub use sweeping::Sweeping;
