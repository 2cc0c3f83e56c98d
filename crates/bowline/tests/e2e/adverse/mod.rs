//! What the world may do to a search: slowness, crowds, addresses that lead back, names that bite, clocks that are
//! wrong, strangers who answer for everybody.

mod clocks;
mod crowds;
mod ipv6;
mod names;
mod namespace;
mod ourselves;
mod portal;
mod slow;
