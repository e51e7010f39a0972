//! Runs plans: one loop a place, one `match`. Decides nothing.
