//! The kernel. The only room with `unsafe` and `libc`; no policy. Every error names its object.

mod error;

pub use error::{Attempt, SysError, describe};
