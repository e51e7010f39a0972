//! The process that outlives the command line: holds the container, relays its output, records its end.

pub mod protocol;
