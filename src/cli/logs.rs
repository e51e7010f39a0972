//! `rctr logs`, also `rctr container logs`.

use clap::Args;

use super::{Failure, container, failure, output};
use crate::model::container_request::{ContainerRequest, LogsRequest};
use crate::model::{GlobalOptions, Request};
use crate::ops::{self, Outcome, WhyNot};
use crate::spec::moment::{self, Direction};

/// What the man page says besides.
const EXTRA: &str = "\
Times are dates like 2026-11-27T02:56:03Z, 2026-11-27T02:56:03 (local time) or 2026-11-27, seconds since 1970, or \
distances like 10m and 1h30m: --since counts these back from now, --until ahead; -10m is the other way.";

/// Show what containers have written.
///
/// What a container wrote to stdout comes on stdout, what it wrote to stderr on stderr. The output of several containers is
/// merged by time, each line behind the id of its container.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
#[command(after_long_help = EXTRA)]
pub(super) struct LogsArgs {
    /// Show each container in a colour of its own
    #[arg(long)]
    color: Option<bool>,
    /// Go on until the containers have ended
    #[arg(short, long)]
    follow: Option<bool>,
    /// Show the container that was made last
    #[arg(short, long)]
    latest: Option<bool>,
    /// Mark lines with names instead of ids
    #[arg(short, long)]
    names: Option<bool>,
    /// Show nothing that was written before
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Show only the last so many lines of each container, or all
    #[arg(long, value_name = "LINES")]
    tail: Option<String>,
    /// Show when each line was written
    #[arg(short, long)]
    timestamps: Option<bool>,
    /// Show nothing that was written after
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Names or ids
    #[arg(value_name = "CONTAINER")]
    containers: Vec<String>,
}

pub(super) fn run(args: LogsArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let dockers = args.names.unwrap_or(false).then(|| args.containers.first().cloned()).flatten();
    let request = Request::Container(ContainerRequest::Logs(args.request()?));
    match ops::execute(&super::context(global)?, request)? {
        Outcome::Done => Ok(0),
        Outcome::DoneToContainers(mut done) => {
            // docker's -n is --tail.
            let count = dockers.filter(|word| word.parse::<u64>().is_ok());
            if let (Some(count), Some(first)) = (count, done.failures.first_mut())
                && first.why == WhyNot::Missing
            {
                first.hint =
                    Some(format!("-n is --names, as podman has it; --tail {count} shows the last lines"));
            }
            container::failures(&done.failures, |_| failure::INTERNAL)
        }
        _ => Err(output::unexpected()),
    }
}

impl LogsArgs {
    fn request(self) -> Result<LogsRequest, Failure> {
        let is = |switch: Option<bool>| switch.unwrap_or(false);
        if self.containers.is_empty() && !is(self.latest) {
            return Err(Failure::new("specify at least one container name or ID to log"));
        }
        let parse = |flag, text: Option<&String>, direction| {
            text.map(|text| moment::parse(flag, text, direction)).transpose()
        };
        Ok(LogsRequest {
            follow: is(self.follow),
            since: parse("--since", self.since.as_ref(), Direction::Back)?,
            until: parse("--until", self.until.as_ref(), Direction::Ahead)?,
            tail: self.tail.as_deref().map(parse_tail).transpose()?.flatten(),
            timestamps: is(self.timestamps),
            names: is(self.names),
            color: is(self.color),
            which: container::which(self.containers, false, is(self.latest))?,
        })
    }
}

/// Below zero is all of them (podman), and so is docker's word.
fn parse_tail(text: &str) -> Result<Option<u64>, Failure> {
    match text.parse::<i64>() {
        Ok(lines) => Ok(u64::try_from(lines).ok()),
        Err(_) if text == "all" => Ok(None),
        Err(_) => {
            Err(Failure::new(format!("invalid argument {text:?} for --tail: want a number of lines, or all")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails() {
        for (text, want) in [("3", Some(3)), ("0", Some(0)), ("-1", None), ("-5", None), ("all", None)] {
            assert_eq!(parse_tail(text), Ok(want), "{text}");
        }
        for text in ["", "x", "1.5", "ALL", "99999999999999999999"] {
            let failure = parse_tail(text).unwrap_err();
            assert!(failure.message.starts_with(&format!("invalid argument {text:?} for --tail")));
        }
    }
}
