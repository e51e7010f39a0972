//! `rctr doctor`: what this machine can do, why it matters where it cannot, and the exact remedy.

use clap::Args;

use super::{Failure, context, output};
use crate::doctor::report;
use crate::model::{GlobalOptions, Request};
use crate::ops::{self, Outcome};

/// Check what this machine can do, and say how to mend the rest.
///
/// Looks at the kernel, user namespaces, id ranges and their helpers, mounts, devices, the network helper, cgroups,
/// directories and limits, and runs a container at the end. Ends with 0 when containers can be run here, else with 1.
#[derive(Args)]
pub(super) struct DoctorArgs {
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &DoctorArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let context = context(global)?;
    let findings = match ops::execute(&context, Request::Doctor)? {
        Outcome::Findings(findings) => findings,
        other => return output::outcome(other),
    };
    let no_color = context.host.env.iter().any(|(key, value)| key == "NO_COLOR" && !value.is_empty());
    output::print(match args.json {
        true => report::json(&findings),
        false => report::text(&findings, context.host.terminals[1] && !no_color),
    })?;
    Ok(u8::from(!report::can_run(&findings)))
}
