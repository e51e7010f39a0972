//! Flags about where the image comes from.

use clap::Args;

use super::super::Failure;
use super::super::access::{AccessArgs, PlatformArgs, PolicyFileArgs, RetryArgs};
use super::super::pull::PolicyArg;
use crate::model::RunRequest;
use crate::model::registry_request::PullOptions;

#[derive(Args, Debug)]
#[command(next_help_heading = "Registry")]
pub(super) struct PullArgs {
    /// When to fetch the image: always, missing, never or newer
    #[arg(long, value_name = "POLICY", default_value = "missing", hide_possible_values = true)]
    pull: PolicyArg,
    #[command(flatten)]
    platform: PlatformArgs,
    #[command(flatten)]
    signatures: PolicyFileArgs,
    #[command(flatten)]
    access: AccessArgs,
    #[command(flatten)]
    retry: RetryArgs,
}

impl PullArgs {
    pub(super) fn fill(self, request: &mut RunRequest) -> Result<(), Failure> {
        let mut access = self.access.request();
        self.retry.fill(&mut access)?;
        request.pull = PullOptions {
            policy: self.pull.into(),
            access,
            platform: self.platform.request()?,
            signature_policy: self.signatures.signature_policy,
            ..PullOptions::default()
        };
        Ok(())
    }
}
