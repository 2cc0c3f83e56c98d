//! What makes a cluster the same cluster: CA and leaf keys, pins, acceptance rules, probe.
