//! Pure: (request, image configuration, host facts) -> a decided container. Also the grammar of every flag's text.
//!
//! [`resolve`] is the whole decision; each file beside it is one part, with the parser of the flags it comes from.

pub mod caps;
pub mod commit;
pub mod confinement;
pub mod copy;
pub mod detach_keys;
pub mod device;
pub mod duration;
pub mod env;
pub mod error;
pub mod event_filter;
pub mod exec;
pub mod glob;
pub mod health;
pub mod idmaps;
pub mod limits;
pub mod log;
pub mod logout;
pub mod moment;
pub mod mount_flag;
mod mount_options;
pub mod mounts;
pub mod names;
pub mod namespaces;
pub mod network;
pub mod oci;
pub mod path;
pub mod platform;
pub mod ports;
pub mod process;
pub mod prune_filter;
mod resolve;
pub mod restart;
pub mod rootfs_backend;
pub mod seccomp;
pub mod security_opt;
pub mod signal;
pub mod size;
pub mod sysctl;
pub mod tmpfs;
pub mod top;
pub mod transport;
pub mod ulimit;
pub mod volume;

pub use error::SpecError;
pub use resolve::{Creation, parse_rootfs, resolve};

#[cfg(test)]
mod never_panics_tests;
