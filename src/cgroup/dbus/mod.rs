//! As much of D-Bus as a few calls of systemd need (D-Bus Specification 0.43): a bus over a unix socket, EXTERNAL
//! authentication, calls with their replies, one signal. Reads no more than it must, and never waits for ever.

mod bus;
mod wire;

pub use bus::{Bus, BusError, addresses};
pub use wire::{Message, Value};
