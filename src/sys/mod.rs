//! The kernel. The only room with `unsafe` and `libc`; no policy. Every error names its object.

pub mod answer;
pub mod capability;
pub mod clock;
mod error;
pub mod file;
pub mod find;
pub mod idmap;
pub mod io_counters;
pub mod members;
pub mod mount;
pub mod netlink;
pub mod overlay;
pub mod packet;
pub mod process;
pub mod process_dir;
pub mod procfs;
pub mod pty;
pub mod remove;
pub mod root;
pub mod seccomp;
pub mod signal;
pub mod sink;
pub mod spawn;
pub mod term;
pub mod transparent;
pub mod tree;
pub mod uptime;
pub mod usage;
pub mod userns;
pub mod userns_ahead;
pub mod wait;
pub mod watch;

pub use error::{Attempt, SysError, describe};
