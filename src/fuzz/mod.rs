//! What must hold of everything that reads a stranger's bytes, whatever the bytes are: one function a reader, which panics
//! where its promise is broken. Built for tests and for `contrib/fuzz` alone.
//!
//! The tests run the seeds of `contrib/fuzz/seeds` and deterministic mutations of them; `contrib/fuzz` searches on, guided by
//! what of the code it has seen.

mod documents;
mod layer;
mod registry;
mod tar;

pub use documents::{document, reference, seccomp};
pub use layer::layer;
pub use registry::{challenge, registries, url};
pub use tar::tar;

#[cfg(test)]
mod mutate;
#[cfg(test)]
mod tests;
