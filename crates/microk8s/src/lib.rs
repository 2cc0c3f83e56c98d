//! A MicroK8s node as its files describe it.
