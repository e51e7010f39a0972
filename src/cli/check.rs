//! `rctr system check`.

use clap::Args;

use super::{Failure, output};
use crate::model::system_request::{CheckRequest, SystemRequest};
use crate::model::{GlobalOptions, Request};
use crate::ops::{self, CheckReport, Outcome};

/// Check that images and layers are what was put into the store.
///
/// Exits with 125 when something is damaged and stays so.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct CheckArgs {
    /// Look at records only, and not at the content of layers
    #[arg(short, long)]
    quick: Option<bool>,
    /// Remove what is damaged, and the images that need it
    #[arg(short, long)]
    repair: Option<bool>,
    /// With --repair: also what containers were made from
    #[arg(short, long)]
    force: Option<bool>,
}

pub(super) fn run(args: &CheckArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let request = CheckRequest {
        quick: args.quick.unwrap_or(false),
        repair: args.repair.unwrap_or(false),
        force: args.force.unwrap_or(false),
    };
    if request.force && !request.repair {
        return Err(Failure::new("--force goes with --repair: it says what that may remove"));
    }
    let request = Request::System(SystemRequest::Check(request));
    let Outcome::Checked(report) = ops::execute(&super::context(global)?, request)? else {
        return Err(output::unexpected());
    };
    output::print(show(&report))?;
    if report.problems.iter().all(|problem| problem.repaired) {
        return Ok(0);
    }
    let failure = Failure::new("damage detected in local storage");
    Err(match args.repair {
        Some(true) => failure
            .hint("containers were made from what is damaged: remove these, or say --force and they cannot start any more"),
        _ => failure.hint("rctr system check --repair removes what is damaged; load or pull it again then"),
    })
}

fn show(report: &CheckReport) -> String {
    let mut text = String::new();
    for problem in &report.problems {
        let done = if problem.repaired { " (removed)" } else { "" };
        text.push_str(&format!("{}: {}{done}\n", problem.object, problem.reason));
    }
    if !report.again.is_empty() {
        text.push_str(&format!("Load or pull again: {}\n", report.again.join(", ")));
    }
    let many = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    if report.leftovers > 0 {
        let what = many(report.leftovers, "leftover");
        text.push_str(&format!("{what} that nothing needs: rctr image prune removes them\n"));
    }
    if report.problems.is_empty() {
        let (images, layers) = (many(report.images, "image"), many(report.layers, "layer"));
        text.push_str(&format!("{images}, {layers}: no damage\n"));
    }
    text
}
