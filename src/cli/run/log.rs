//! Where its output is kept.

use clap::Args;

use super::Failure;
use crate::model::RunRequest;
use crate::spec::log;

#[derive(Args, Debug)]
#[command(next_help_heading = "Logs")]
pub(super) struct LogArgs {
    /// Keep its output as k8s-file (the default), json-file, journald, none or passthrough
    #[arg(long, value_name = "DRIVER")]
    log_driver: Option<String>,
    /// max-size=, max-file= (both rotate), path= or tag=
    #[arg(long, value_name = "KEY=VALUE")]
    log_opt: Vec<String>,
}

impl LogArgs {
    pub fn fill(self, request: &mut RunRequest) -> Result<(), Failure> {
        request.log = log::parse(self.log_driver.as_deref(), &self.log_opt)?;
        Ok(())
    }
}
