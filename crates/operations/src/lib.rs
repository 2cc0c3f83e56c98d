//! What the commands do: add, status, heal; each a plan, then an apply; and the state of known clusters.
