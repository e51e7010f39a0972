//! What the container may do.

use clap::Args;

use super::Failure;
use crate::model::RunRequest;
use crate::spec::{caps, security_opt};

#[derive(Args, Debug)]
#[command(next_help_heading = "Security")]
pub(super) struct SecurityArgs {
    /// Grant a capability, or ALL
    #[arg(long, value_name = "CAP")]
    cap_add: Vec<String>,
    /// Take a capability away, or ALL
    #[arg(long, value_name = "CAP")]
    cap_drop: Vec<String>,
    /// Every capability of the container's user namespace, no filter, nothing hidden; never more than the caller may do
    #[arg(long)]
    privileged: Option<bool>,
    /// no-new-privileges, seccomp=, apparmor=, label=, mask=, unmask= or proc-opts=
    #[arg(long, value_name = "OPTION")]
    security_opt: Vec<String>,
}

impl SecurityArgs {
    pub fn fill(self, request: &mut RunRequest) -> Result<(), Failure> {
        let confinement = &mut request.confinement;
        confinement.cap_add = caps::parse_all("--cap-add", &self.cap_add)?;
        confinement.cap_drop = caps::parse_all("--cap-drop", &self.cap_drop)?;
        confinement.privileged = self.privileged.unwrap_or(false);
        security_opt::parse_all(&self.security_opt, confinement)?;
        Ok(())
    }
}
