//! A `MicroK8s` node as its files describe it.
//!
//! Pure: files come in as a [`machines::Tree`], changes go out as bytes. [`paths::PICTURE`] says which files
//! are needed and why.

pub mod args;
pub mod flags;
pub mod paths;
mod severity;
pub mod tokens;

pub use severity::Judgement;
pub use severity::Severity;
