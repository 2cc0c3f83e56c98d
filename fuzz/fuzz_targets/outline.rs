//! Any bytes: what the scanner accepts, the full parser accepts too, and it means the same.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/kubeconfig/tests/outline/agree.rs"]
mod agree;

fuzz_target!(|bytes: &[u8]| {
    agree::check(bytes);
});
