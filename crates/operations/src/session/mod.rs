//! A terminal's own choice of context and namespace.
//!
//! The choice is a small kubeconfig that stands first in that terminal's KUBECONFIG, so that every program in
//! it sees it. It holds no credentials and no cluster. Behind it stands the guard: a file whose current
//! context does not exist. Should the session file vanish, kubectl finds the guard's choice and fails, where it
//! would silently go on with the current context of the kubeconfigs behind.
//!
//! ```text
//! KUBECONFIG = SESSION : GUARD : ~/.kube/config : GUARD : SESSION
//! SESSION = STATE/sessions/4711-81234-….bowline-session.json
//! GUARD = STATE/bowline-guard.json
//! ```

mod ages;
mod all;
mod file;
mod gone;
mod guard;
mod harvest;
mod lost;
mod name;
mod place;
mod process;
mod sweep;

pub use all::EndAllError;
pub use all::end_all;
pub use file::SessionError;
pub use file::aside;
pub(crate) use file::choices;
pub(crate) use file::mark;
pub use file::read;
pub(crate) use file::replace;
pub use file::selection;
pub use file::write;
pub use gone::bury;
pub use guard::Posted;
pub use guard::post;
pub use harvest::HarvestError;
pub use harvest::Harvested;
pub use harvest::Renamed;
pub use harvest::tidy;
pub use lost::is_lost;
pub use name::GUARD_CONTEXT;
pub use name::GUARD_FILE;
pub use name::SESSION_SUFFIX;
pub use name::is_guard;
pub use name::is_guard_context;
pub use name::is_ours;
pub use name::is_session;
pub use name::of_the_user;
pub use place::ListError;
pub use place::Sessions;
pub use place::list_without;
pub use process::Shell;
pub use sweep::EndError;
pub use sweep::Kept;
pub use sweep::Swept;
pub use sweep::end;
pub use sweep::sweep;
