//! The one runtime that all nodes of a process share.

use std::sync::LazyLock;

use tokio::runtime::{Builder, Runtime};

/// Shared, so that a thousand nodes need two threads; apart from the caller's, so that nodes serve
/// blocking tests and asynchronous ones alike.
#[expect(
    clippy::expect_used,
    reason = "a process that gets no thread cannot serve anything"
)]
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("testnode")
        .enable_all()
        .build()
        .expect("the system gives two threads")
});

pub(crate) fn runtime() -> &'static Runtime {
    &RUNTIME
}
