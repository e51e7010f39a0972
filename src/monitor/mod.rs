//! The process that outlives the command line: holds the container, relays its output, records its end.

mod client;
mod health;
mod input;
pub mod log;
pub mod protocol;
mod relay;
pub mod restart;
pub mod socket;
mod stdio;
mod watched;

pub use health::Check;
pub use relay::{Attendant, Container, Relay};
pub use stdio::{ChildStdio, Stdio};
