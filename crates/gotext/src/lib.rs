//! Numbers and quoted text as Go's standard library writes them: kubectl's output and messages are made of them.

pub mod number;
mod quote;

pub use quote::code_point;
pub use quote::quoted;
pub use quote::quoted_byte;
