//! A Kubernetes API server for tests and demonstrations, which can move, fail and lie.
