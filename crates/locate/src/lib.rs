//! Where a cluster may be now: one file per source of candidate addresses.
