//! The server of a root file system over FUSE, while the container runs.

use std::os::fd::AsFd;
use std::time::Duration;

use super::{Container, Relay};
use crate::engine::Failure;
use crate::sys::wait;

/// How long a server is given to end with its last mount. One that somebody else still holds is killed then.
const GRACE: Duration = Duration::from_millis(100);

impl Relay {
    /// Without its root file system a container goes on as far as it can; whoever is attached is told why that is not far.
    pub(super) fn server_ended(&mut self, container: &mut Container) -> Result<(), Failure> {
        if let Some(server) = container.server.take()
            && let Some(how) = server.failed()?
        {
            self.notice(&format!(
                "the server of the container's root file system was {how}: its files cannot be reached any more"
            ));
        }
        Ok(())
    }

    /// The program has ended. It may have done so of the errors that a dying server leaves, before that one could be waited
    /// for; any other ends by itself now.
    pub(super) fn server_at_the_end(&mut self, container: &mut Container) -> Result<(), Failure> {
        let Some(server) = &container.server else { return Ok(()) };
        if wait::readable(server.as_fd(), Some(GRACE))? { self.server_ended(container) } else { Ok(()) }
    }
}
