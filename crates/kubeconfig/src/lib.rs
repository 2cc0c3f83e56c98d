//! The kubeconfig file format: lossless document, typed view, KUBECONFIG chain, edits, redaction.
//!
//! Nothing here touches a file, the environment or a terminal: bytes go in, bytes come out. A
//! [`Document`] keeps the bytes it was parsed from, so that an edit changes those it must and no
//! others: comments, order, quoting, encoding, line endings and unknown fields stay.
//!
//! What the bytes *mean* is what kubectl makes of them: go-yaml v2 (YAML 1.1), then client-go's
//! `tools/clientcmd`. Where this crate refuses what kubectl accepts, it says why.
//!
//! ```
//! use kubeconfig::{Document, Edit};
//!
//! let text = "\
//! clusters:
//! - cluster:
//!     server: https://172.20.1.7:16443 # the VM
//!   name: microk8s
//! ";
//! let document = Document::parse(text)?;
//! assert_eq!(document.config().clusters[0].value.server, "https://172.20.1.7:16443");
//!
//! let edited = document.edit(&[Edit::SetServer {
//!     cluster: "microk8s".into(),
//!     server: "https://172.20.9.1:16443".into(),
//! }])?;
//! assert_eq!(String::from_utf8(edited)?, text.replace("172.20.1.7", "172.20.9.1"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod chain;
mod config;
mod decode;
mod document;
mod edit;
mod emit;
mod encoding;
mod error;
pub mod gobase64;
pub mod lint;
pub mod material;
pub mod outline;
pub mod paths;
pub mod print;
pub mod redact;
mod secret;
pub mod server;
mod tree;
mod yaml;
mod yaml11;

pub use config::AuthProvider;
pub use config::Cluster;
pub use config::Config;
pub use config::Context;
pub use config::Exec;
pub use config::ExecEnv;
pub use config::Extensions;
pub use config::List;
pub use config::Named;
pub use config::Preferences;
pub use config::User;
pub use document::Document;
pub use edit::Edit;
pub use edit::EditError;
pub use edit::Patch;
pub use error::ParseError;
pub use error::Problem;
pub use secret::Secret;
