//! The one place that changes files: lock, intent journal, atomic replace.
