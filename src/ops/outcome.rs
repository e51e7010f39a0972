//! What a use case gives back, one variant a kind of result. How it is shown is the front end's.

use crate::doctor::Finding;

/// The result of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A program ran and ended with this code (128+n for signal n).
    Exit(u8),
    /// Text that is the whole result (`--dry-run`).
    Text(String),
    /// What the doctor found.
    Findings(Vec<Finding>),
}
