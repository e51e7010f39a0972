//! Resource limits and kernel parameters.

use clap::Args;

use super::Failure;
use crate::model::RunRequest;
use crate::spec::{process, sysctl, ulimit};

#[derive(Args, Debug)]
#[command(next_help_heading = "Limits")]
pub(super) struct LimitArgs {
    /// Set a resource limit; -1 is unlimited, host keeps the caller's
    #[arg(long, value_name = "NAME=SOFT[:HARD]")]
    ulimit: Vec<String>,
    /// Set a kernel parameter of the container's own namespaces
    #[arg(long, value_name = "KEY=VALUE")]
    sysctl: Vec<String>,
    /// Make the kernel kill it sooner (up to 1000) or later when memory runs out
    #[arg(long, value_name = "SCORE")]
    oom_score_adj: Option<String>,
}

impl LimitArgs {
    pub fn fill(self, request: &mut RunRequest) -> Result<(), Failure> {
        request.process.rlimits = ulimit::parse_all(&self.ulimit)?;
        for text in &self.sysctl {
            request.sysctls.push(sysctl::parse(text)?);
        }
        request.process.oom_score_adj =
            self.oom_score_adj.as_deref().map(process::parse_oom_score_adj).transpose()?;
        Ok(())
    }
}
