//! How the container's health is looked at.

use clap::Args;

use super::Failure;
use crate::model::RunRequest;
use crate::model::run_request::HealthRequest;
use crate::spec::health;

#[derive(Args, Debug)]
#[command(next_help_heading = "Health")]
pub(in crate::cli) struct HealthArgs {
    /// Program that tells by its exit code whether the container is well; none for no check
    #[arg(long, value_name = "COMMAND|JSON")]
    health_cmd: Option<String>,
    /// Time between two checks; disable for none by themselves [default: 30s]
    #[arg(long, value_name = "SPAN")]
    health_interval: Option<String>,
    /// So many failures in a row make it unhealthy [default: 3]
    #[arg(long, value_name = "COUNT")]
    health_retries: Option<u32>,
    /// A check that takes longer has failed [default: 30s]
    #[arg(long, value_name = "SPAN")]
    health_timeout: Option<String>,
    /// Time after the start in which failures do not count [default: 0s]
    #[arg(long, value_name = "SPAN")]
    health_start_period: Option<String>,
    /// Time between two checks in the start period [default: 5s]
    #[arg(long, value_name = "SPAN")]
    health_start_interval: Option<String>,
    /// What becomes of it when it is unhealthy: none, kill, restart or stop [default: none]
    #[arg(long, value_name = "ACTION")]
    health_on_failure: Option<String>,
    /// Do without the image's check
    #[arg(long)]
    no_healthcheck: Option<bool>,
}

impl HealthArgs {
    pub fn fill(self, request: &mut RunRequest) -> Result<(), Failure> {
        request.health = self.request()?;
        Ok(())
    }

    /// As asked for.
    pub fn request(self) -> Result<HealthRequest, Failure> {
        let span = |flag, text: Option<String>, disable| {
            text.map(|text| health::parse_span(flag, &text, disable)).transpose()
        };
        Ok(HealthRequest {
            none: self.no_healthcheck.unwrap_or(false),
            command: self.health_cmd.as_deref().map(health::parse_command),
            interval_ms: span("--health-interval", self.health_interval, true)?,
            timeout_ms: span("--health-timeout", self.health_timeout, false)?,
            start_period_ms: span("--health-start-period", self.health_start_period, false)?,
            start_interval_ms: span("--health-start-interval", self.health_start_interval, false)?,
            retries: self.health_retries,
            on_failure: self.health_on_failure.as_deref().map(health::parse_action).transpose()?,
        })
    }
}
