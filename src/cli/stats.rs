//! `rctr stats`, also `rctr container stats`.

use std::collections::BTreeMap;
use std::io::{ErrorKind, IsTerminal, Write};
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::format::{self, Style};
use super::{Failure, container, output};
use crate::model::ContainerId;
use crate::model::container_request::{ContainerRequest, StatsRequest};
use crate::model::units::{binary_size, decimal_size, go_duration};
use crate::model::{GlobalOptions, Request};
use crate::ops::{self, ContainerSample, Context, Outcome};
use crate::sys::signal;

/// podman's table.
const TABLE: &str = "{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDS}}\t\
                     {{.UpTime}}\t{{.AVGCPU}}";

/// Show what containers use, again and again.
///
/// Of containers that run. Without a cgroup of their own these are sums over their processes: memory counts for each in part
/// where several share it, processor time and input and output of processes that have ended count when the container has waited
/// for them, and a limit is the machine's memory.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct StatsArgs {
    /// Show all containers that run (as without any; for scripts)
    #[arg(short, long)]
    all: Option<bool>,
    /// Print json, or fill a Go template for each container
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Seconds between two looks
    #[arg(short, long, value_name = "SECONDS", default_value = "5")]
    interval: i64,
    /// Take the container that was made last
    #[arg(short, long)]
    latest: Option<bool>,
    /// Do not clear the screen between two looks
    #[arg(long)]
    no_reset: Option<bool>,
    /// Look once
    #[arg(long)]
    no_stream: Option<bool>,
    /// Do not shorten ids
    #[arg(long)]
    no_trunc: Option<bool>,
    /// Order by cpu, mem, name or pids; the first three columns that one would look for
    #[arg(long, value_name = "KEY", hide_possible_values = true)]
    sort: Option<Sort>,
    /// Names or ids
    #[arg(value_name = "CONTAINER")]
    containers: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Sort {
    Cpu,
    #[value(alias = "memory")]
    Mem,
    Name,
    Pids,
}

/// How a look ended.
enum Next {
    Again,
    End,
}

pub(super) fn run(args: StatsArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let (all, latest) = (args.all.unwrap_or(false), args.latest.unwrap_or(false));
    if u8::from(all) + u8::from(latest) + u8::from(!args.containers.is_empty()) > 1 {
        return Err(Failure::new("--all, --latest and containers cannot be used together"));
    }
    let interval = u64::try_from(args.interval).ok().filter(|seconds| *seconds > 0);
    let interval = interval
        .ok_or_else(|| Failure::new("invalid interval, must be a positive number greater zero"))
        .map(Duration::from_secs)?;
    let every = all || (args.containers.is_empty() && !latest);
    let which = container::which(args.containers.clone(), every, latest)?;
    let ctx = super::context(global)?;
    let request = Request::Container(ContainerRequest::Stats(StatsRequest { which }));
    let live = !args.no_stream.unwrap_or(false);
    // Ctrl-C ends the stream where it stands, between two tables.
    let interrupted = if live { Some(signal::block_end().map_err(ops::OpsError::from)?) } else { None };
    let mut screen = Screen::new(live && !args.no_reset.unwrap_or(false) && args.format.is_none());
    let mut before = BTreeMap::new();
    loop {
        let (text, code) = look(&ctx, &request, &args, &mut before)?;
        if let (Next::End, _) | (Next::Again, None) = (screen.show(&text)?, &interrupted) {
            return code;
        }
        code?;
        let Some(interrupted) = &interrupted else { return Ok(0) };
        if interrupted.wait(std::io::stdout(), interval).map_err(ops::OpsError::from)? {
            return Ok(0);
        }
    }
}

/// One table, and what to end with when it is the last.
fn look(
    ctx: &Context,
    request: &Request,
    args: &StatsArgs,
    before: &mut BTreeMap<ContainerId, ContainerSample>,
) -> Result<(String, Result<u8, Failure>), Failure> {
    let outcome = ops::execute(ctx, request.clone())?;
    let Outcome::Stats { mut samples, failures } = outcome else { return Err(output::unexpected()) };
    sort(&mut samples, args.sort, before);
    let text = show(args, &samples, before)?;
    *before = samples.into_iter().map(|sample| (sample.id.clone(), sample)).collect();
    Ok((text, container::failures(&failures, super::lifecycle::internal)))
}

fn sort(samples: &mut [ContainerSample], by: Option<Sort>, before: &BTreeMap<ContainerId, ContainerSample>) {
    let cpu = |sample: &ContainerSample| percent_now(sample, before.get(&sample.id));
    match by {
        None => {}
        // The greatest first.
        Some(Sort::Cpu) => samples.sort_by(|a, b| cpu(b).total_cmp(&cpu(a))),
        Some(Sort::Mem) => samples.sort_by_key(|sample| std::cmp::Reverse(sample.memory)),
        Some(Sort::Name) => samples.sort_by(|a, b| a.name.cmp(&b.name)),
        Some(Sort::Pids) => samples.sort_by_key(|sample| std::cmp::Reverse(sample.pids)),
    }
}

/// Since the last look, or else since the start (podman).
fn percent_now(sample: &ContainerSample, before: Option<&ContainerSample>) -> f64 {
    match before {
        Some(before) if sample.cpu >= before.cpu && sample.taken > before.taken => {
            share(sample.cpu - before.cpu, sample.taken - before.taken)
        }
        _ => share(sample.cpu, sample.age),
    }
}

#[allow(clippy::cast_precision_loss)] // two digits are shown
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}

fn show(
    args: &StatsArgs,
    samples: &[ContainerSample],
    before: &BTreeMap<ContainerId, ContainerSample>,
) -> Result<String, Failure> {
    let whole = args.no_trunc.unwrap_or(false);
    let data: Vec<Value> = samples.iter().map(|s| fields(s, before.get(&s.id), whole)).collect();
    match args.format.as_deref().map(Style::parse) {
        Some(Style::Json) => format::json(&data.iter().map(object).collect::<Vec<_>>()),
        Some(Style::Rows(template)) => format::rows(template, &data),
        Some(Style::Table(template)) if !template.is_empty() => format::table(template, header, &data, true),
        _ => format::table(TABLE, header, &data, true),
    }
}

fn header(field: &str) -> String {
    match field {
        "UpTime" | "Up" => "CPU TIME".to_owned(),
        "CPUPerc" => "CPU %".to_owned(),
        "AVGCPU" => "AVG CPU %".to_owned(),
        "MemUsage" | "MemUsageBytes" => "MEM USAGE / LIMIT".to_owned(),
        "MemPerc" => "MEM %".to_owned(),
        "NetIO" => "NET IO".to_owned(),
        "BlockIO" => "BLOCK IO".to_owned(),
        other => other.to_uppercase(),
    }
}

fn fields(sample: &ContainerSample, before: Option<&ContainerSample>, whole: bool) -> Value {
    let id = if whole { sample.id.as_str() } else { sample.id.short() };
    let (cpu, average) = (percent_now(sample, before), share(sample.cpu, sample.age));
    let memory = share(sample.memory, sample.memory_limit);
    let pair = |a, b, size: fn(u64) -> String| format!("{} / {}", size(a), size(b));
    let time = go_duration(sample.cpu);
    json!({
        "ID": id,
        "ContainerID": sample.id,
        "Container": id,
        "Name": sample.name,
        "CPU": cpu,
        "CPUPerc": format!("{cpu:.2}%"),
        "AvgCPU": average,
        "AVGCPU": format!("{average:.2}%"),
        "CPUNano": sample.cpu,
        "CPUSystemNano": sample.cpu_system,
        "Duration": sample.cpu,
        "SystemNano": now_nanoseconds(),
        "MemUsage": pair(sample.memory, sample.memory_limit, decimal_size),
        "MemUsageBytes": pair(sample.memory, sample.memory_limit, binary_size),
        "MemLimit": sample.memory_limit,
        "MemPerc": format!("{memory:.2}%"),
        "NetInput": sample.net_in,
        "NetOutput": sample.net_out,
        "NetIO": pair(sample.net_in, sample.net_out, decimal_size),
        "BlockInput": sample.block_in,
        "BlockOutput": sample.block_out,
        "BlockIO": pair(sample.block_in, sample.block_out, decimal_size),
        "PIDs": sample.pids,
        "PIDS": sample.pids.to_string(),
        "PerCPU": null,
        "Up": time,
        "UpTime": time,
    })
}

/// An object of `--format json`, with podman's keys.
fn object(fields: &Value) -> Value {
    json!({
        "id": fields["ID"],
        "name": fields["Name"],
        "cpu_time": fields["UpTime"],
        "cpu_percent": fields["CPUPerc"],
        "avg_cpu": fields["AVGCPU"],
        "mem_usage": fields["MemUsage"],
        "mem_percent": fields["MemPerc"],
        "net_io": fields["NetIO"],
        "block_io": fields["BlockIO"],
        "pids": fields["PIDS"],
    })
}

fn now_nanoseconds() -> i64 {
    i64::try_from(jiff::Timestamp::now().as_nanosecond()).unwrap_or(i64::MAX)
}

/// Where the tables go: on a terminal each over the one before.
struct Screen {
    redraws: bool,
    drawn: bool,
}

impl Screen {
    fn new(redraws: bool) -> Self {
        Self { redraws: redraws && std::io::stdout().is_terminal(), drawn: false }
    }

    fn show(&mut self, text: &str) -> Result<Next, Failure> {
        let mut out = String::new();
        if self.redraws {
            // The first clears the screen, the others write over it: nothing flickers.
            out.push_str(if self.drawn { "\x1b[H" } else { "\x1b[2J\x1b[H" });
            for line in text.lines() {
                out.push_str(line);
                out.push_str("\x1b[K\n");
            }
            out.push_str("\x1b[J");
        } else {
            out.push_str(text);
        }
        self.drawn = true;
        let mut stdout = std::io::stdout().lock();
        match stdout.write_all(out.as_bytes()).and_then(|()| stdout.flush()) {
            Ok(()) => Ok(Next::Again),
            // The reader has seen enough (`rctr stats | head`).
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Next::End),
            Err(error) => Err(output::failed(&error)),
        }
    }
}

#[cfg(test)]
#[path = "stats_tests.rs"]
mod tests;
