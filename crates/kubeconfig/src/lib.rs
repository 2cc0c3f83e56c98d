//! The kubeconfig file format: lossless document, typed view, KUBECONFIG chain, edits, redaction.
