//! What this machine can do: each check a pure function over what was probed.
//!
//! `probe` looks (and is the only part with effects), `checks` judge, `report` shows, `userns` tells reasons apart.

pub mod checks;
pub mod finding;
pub mod probe;
pub mod probes;
pub mod report;
pub mod userns;

pub use finding::{Finding, Status};
pub use probes::Probes;
pub use userns::{Diagnosis, diagnose_powerless, diagnose_userns};
