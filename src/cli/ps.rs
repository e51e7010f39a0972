//! `rctr ps`, also `rctr container ls`.

mod fields;

use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::Value;

use super::format::{self, Style};
use super::{Failure, output};
use crate::model::container_request::{ContainerRequest, ListContainersRequest};
use crate::model::{GlobalOptions, Request};
use crate::ops::{self, ListedContainer, Outcome};
use crate::sys::signal;

/// Before each list of `--watch`, on a terminal: erase everything, go to the first line.
const CLEAR: &str = "\x1b[2J\x1b[H";

/// List containers.
///
/// Those that run; with --all also the others.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct PsArgs {
    /// Show all containers, not only those that run
    #[arg(short, long)]
    all: Option<bool>,
    /// Show containers of other tools too (there are none in rctr's store; for scripts)
    #[arg(long)]
    external: Option<bool>,
    /// Show only some: id=, name=, status=, label=, ancestor=, exited=, health=, volume=, network=, before=, since=,
    /// until= …
    #[arg(short, long, value_name = "KEY=VALUE")]
    filter: Vec<String>,
    /// Print json, or fill a Go template for each container
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Show the so many that were made last, also those that do not run
    #[arg(short = 'n', long, value_name = "COUNT")]
    last: Option<i64>,
    /// Show the one that was made last
    #[arg(short, long)]
    latest: Option<bool>,
    /// Do not shorten ids and commands
    #[arg(long)]
    no_trunc: Option<bool>,
    /// Leave the headings out
    #[arg(long)]
    noheading: Option<bool>,
    /// Show the namespaces of those that run
    #[arg(long, alias = "namespace")]
    ns: Option<bool>,
    /// Show the pods of containers (there are none; for scripts)
    #[arg(short, long)]
    pod: Option<bool>,
    /// Print ids only
    #[arg(short, long)]
    quiet: Option<bool>,
    /// Show what the containers' files take
    #[arg(short, long)]
    size: Option<bool>,
    /// Order by command, created, id, image, names, runningfor, size or status
    #[arg(long, value_name = "FIELD", hide_possible_values = true)]
    sort: Option<Sort>,
    /// Ask the kernel how the containers are (rctr always does; for scripts)
    #[arg(long)]
    sync: Option<bool>,
    /// Show the list anew every so many seconds
    #[arg(short, long, value_name = "SECONDS")]
    watch: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Sort {
    Command,
    Created,
    Id,
    Image,
    Names,
    Runningfor,
    Size,
    Status,
}

pub(super) fn run(args: PsArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let request = args.request()?;
    let ctx = super::context(global)?;
    let list = || {
        let request = ContainerRequest::List(request.clone());
        let Outcome::Containers(containers) = ops::execute(&ctx, Request::Container(request))? else {
            return Err(output::unexpected());
        };
        show(&args, containers, jiff::Timestamp::now().as_millisecond())
    };
    let Some(seconds) = args.watch.filter(|seconds| *seconds > 0) else {
        return output::print(list()?).map(|()| 0);
    };
    // Ctrl-C ends it where it stands, between two lists.
    let interrupted = signal::block_end().map_err(ops::OpsError::from)?;
    let clear = if ctx.host.terminals[1] { CLEAR } else { "" };
    while output::reaches(format!("{clear}{}", list()?))? {
        let pause = Duration::from_secs(seconds.into());
        if interrupted.wait(std::io::stdout(), pause).map_err(ops::OpsError::from)? {
            break;
        }
    }
    Ok(0)
}

fn is(switch: Option<bool>) -> bool {
    switch.unwrap_or(false)
}

impl PsArgs {
    fn request(&self) -> Result<ListContainersRequest, Failure> {
        // Nothing and below is all of them (podman's default).
        let count = self.last.and_then(|count| usize::try_from(count).ok()).filter(|count| *count > 0);
        let refuse = |words: &str| Err(Failure::new(words));
        match (is(self.quiet), is(self.size), is(self.ns)) {
            _ if self.last.is_some_and(|last| last >= 0) && is(self.latest) => {
                return refuse("last and latest are mutually exclusive");
            }
            (true, true, _) | (true, _, true) => return refuse("quiet conflicts with size and namespace"),
            (_, true, true) => return refuse("size and namespace options conflict"),
            _ if self.watch.is_some_and(|seconds| seconds > 0) && is(self.latest) => {
                return refuse("the watch and latest flags cannot be used together");
            }
            _ => {}
        }
        let format = self.format.as_deref().unwrap_or_default();
        // docker: a field that is dear to have is had when the template names it.
        Ok(ListContainersRequest {
            all: is(self.all),
            last: if is(self.latest) { Some(1) } else { count },
            filters: self.filter.clone(),
            size: is(self.size) || self.sort == Some(Sort::Size) || format.contains(".Size"),
            namespaces: is(self.ns)
                || fields::NAMESPACES.iter().any(|(name, ..)| format.contains(&format!(".{name}"))),
        })
    }

    /// What is shown unless a template says otherwise.
    fn columns(&self) -> Vec<&'static str> {
        if is(self.ns) {
            let kinds = fields::NAMESPACES.iter().map(|(name, ..)| *name);
            return ["ID", "Names", "Pid"].into_iter().chain(kinds).collect();
        }
        let mut columns = vec!["ID", "Image", "Command", "CreatedHuman", "Status", "Ports", "Names"];
        if is(self.pod) {
            columns.extend(["Pod", "PodName"]);
        }
        if is(self.size) {
            columns.push("Size");
        }
        columns
    }
}

fn show(args: &PsArgs, mut containers: Vec<ListedContainer>, now_ms: i64) -> Result<String, Failure> {
    sort(&mut containers, args.sort);
    let style = args.format.as_deref().map(Style::parse);
    if matches!(style, Some(Style::Json)) {
        return fields::json(&containers.iter().map(|c| fields::object(c, now_ms)).collect::<Vec<_>>());
    }
    let row = |container: &ListedContainer| fields::all(container, is(args.no_trunc), now_ms);
    let rows = || containers.iter().map(row).collect::<Vec<Value>>();
    match style {
        Some(Style::Rows(template)) => format::rows(template, &rows()),
        Some(Style::Table(template)) if !template.is_empty() => {
            format::table(template, fields::heading, &rows(), !is(args.noheading))
        }
        None if is(args.quiet) => {
            Ok(containers.iter().map(|c| fields::id(&c.seen, is(args.no_trunc)).to_owned() + "\n").collect())
        }
        _ => {
            let columns = args.columns();
            let headings = columns.iter().map(|name| fields::heading(name)).collect();
            let mut lines: Vec<Vec<String>> =
                Some(headings).into_iter().filter(|_| !is(args.noheading)).collect();
            for container in &containers {
                let cell = |name: &&str| {
                    format::printable(&fields::cell(container, name, is(args.no_trunc), now_ms))
                };
                lines.push(columns.iter().map(cell).collect());
            }
            Ok(format::columns(lines))
        }
    }
}

fn sort(containers: &mut [ListedContainer], by: Option<Sort>) {
    match by {
        // The order that they come in.
        None | Some(Sort::Created) => {}
        Some(Sort::Command) => containers.sort_by_cached_key(|c| fields::command(&c.seen)),
        Some(Sort::Id) => containers.sort_by(|a, b| a.seen.id.cmp(&b.seen.id)),
        Some(Sort::Image) => containers.sort_by(|a, b| fields::image(&a.seen).cmp(fields::image(&b.seen))),
        Some(Sort::Names) => containers.sort_by(|a, b| a.seen.name.cmp(&b.seen.name)),
        Some(Sort::Runningfor) => containers.sort_by_key(|c| c.seen.state.started_ms),
        Some(Sort::Size) => containers.sort_by_key(|c| c.size.map(|size| size.whole)),
        Some(Sort::Status) => containers.sort_by_key(|c| c.seen.phase.word()),
    }
}

#[cfg(test)]
#[path = "ps_tests.rs"]
mod tests;
