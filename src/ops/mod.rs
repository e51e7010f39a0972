//! Use cases, one file a noun; the only callers of store, image and engine.

pub mod host;
