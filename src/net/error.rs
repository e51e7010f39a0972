//! What can go wrong on the way out.

/// Errors of this room.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// `--add-host NAME:host-gateway` where the host cannot be reached.
    #[error("--add-host {name}:host-gateway: the host cannot be reached from this network")]
    NoHostGateway {
        /// The name that was to be added.
        name: String,
    },
}
