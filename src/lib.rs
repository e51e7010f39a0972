//! rctr: rootless-first, daemonless containers for a normal user.
//!
//! Data goes one way: `cli` turns words into requests, `spec` and `plan` decide without doing, `engine` does without
//! deciding. `sys` is the only room with `unsafe`; `ops` is the only one that puts the others together.

#![deny(unsafe_code)]

pub mod cgroup;
pub mod cli;
pub mod doctor;
pub mod engine;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
pub mod image;
pub mod model;
pub mod monitor;
pub mod net;
pub mod oci;
pub mod ops;
pub mod overlay;
pub mod plan;
pub mod registry;
pub mod spec;
pub mod store;
#[allow(unsafe_code)] // the room of the kernel's contracts
pub mod sys;
pub mod trust;
