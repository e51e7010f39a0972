//! Our own overlay file system over FUSE, for where the kernel mounts none. The layers on disk are exactly those of the
//! kernel's overlay with `userxattr`: a container can be started with one and later with the other.
//!
//! `merge` has the rules and is pure, as is `nodes`, the memory of what the kernel knows; `stack` and `place` look at
//! layers, `copy_up`, `names`, `files` and `attributes` change the upper one; `server` only translates from and to
//! `fuser`, and `process` is the life of the process that does it.
//!
//! Nothing that a request says may end the server: no panic is reachable from one.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unreachable
)]
// A test ends by a panic.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod attributes;
mod copy_up;
mod files;
#[cfg(test)]
mod hostile_tests;
mod listing;
mod merge;
mod names;
mod nodes;
mod place;
mod process;
mod server;
mod stack;
mod tree;
mod upper;

pub use process::{Server, mount, probe};

/// What the kernel answers, and is answered.
type Result<T> = rustix::io::Result<T>;

/// Nobody panics with a lock held, so none is poisoned.
fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
