//! Use cases, one file a noun; the only callers of store, image and engine.

pub mod attach;
mod doctor;
mod error;
pub mod host;
mod outcome;
mod run;
pub mod seccomp;
pub mod sweep;

pub use error::OpsError;
pub use outcome::Outcome;

use crate::model::{HostFacts, Request};

/// What a use case works with.
#[derive(Clone, Debug)]
pub struct Context {
    /// The world, read once.
    pub host: HostFacts,
}

/// The one door to effects: whatever the front end, this is where a request is done.
pub fn execute(ctx: &Context, request: Request) -> Result<Outcome, OpsError> {
    match request {
        Request::Run(request) => run::run(ctx, &request),
        Request::Doctor => Ok(doctor::doctor(ctx)),
    }
}
