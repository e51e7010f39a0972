//! The process that outlives the command line: holds the container, relays its output, records its end.

pub mod protocol;
mod stdio;
mod supervise;

pub use stdio::{ChildStdio, Stdio};
pub use supervise::{Container, Event, Relay, supervise};
