//! What the store promises, held against real processes, file systems and kills.

mod basics;
mod deltas;
mod helper;
mod journal;
mod kills;
mod links;
mod locks;
mod private;
mod refusals;
mod support;
mod writers;

#[cfg(unix)]
mod identity;
#[cfg(target_os = "linux")]
mod order;
#[cfg(target_os = "linux")]
mod space;
#[cfg(target_os = "linux")]
mod trace;
