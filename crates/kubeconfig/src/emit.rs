//! Writing scalars and entries.
