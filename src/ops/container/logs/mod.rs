//! `logs`: shows what containers have written, merged by time where there are several, and goes on as long as they live
//! when it is told to follow. Reads files only, so that whoever reads slowly stops no container.

mod chain;
mod driver;
mod error;
mod file;
mod follow;
mod journal;
mod show;
mod source;
mod tail;
#[cfg(test)]
mod tests;

use std::io::Write as _;
use std::os::fd::AsFd;

pub use driver::check;
pub use error::LogsError;

use super::{Chosen, choose};
use crate::model::logs_request::LogsRequest;
use crate::model::moment::Point;
use crate::monitor::log::Stream;
use crate::ops::{DoneToContainers, OpsError, Outcome};
use crate::store::Store;
use crate::sys::clock;
use follow::Follow;
use show::{Look, Outputs, Typist};
use source::Source;
use tail::Tail;

/// Writes the logs to our own stdout and stderr.
pub(super) fn logs(store: &Store, request: &LogsRequest) -> Result<Outcome, OpsError> {
    let mut done = DoneToContainers::default();
    let chosen = choose(store, &request.which, |_| true, &mut done)?;
    if !done.failures.is_empty() {
        return Ok(Outcome::DoneToContainers(done));
    }
    let now = clock::now();
    let point = |moment| clock::resolve(moment, now);
    let (since, until) = (request.since.map(point), request.until.map(point));
    let names =
        if chosen.len() > 1 { chosen.iter().map(|one| name(one, request.names)).collect() } else { vec![] };
    let look = Look { names, timestamps: request.timestamps, color: request.color, since, until };
    show_all(store, &chosen, request, look)?;
    Ok(Outcome::Done)
}

/// What a line is marked with.
fn name(chosen: &Chosen, by_name: bool) -> String {
    let container = &chosen.container;
    if by_name { container.name.clone() } else { container.id.short().to_owned() }
}

fn show_all(store: &Store, chosen: &[Chosen], request: &LogsRequest, look: Look) -> Result<(), LogsError> {
    let until = look.until;
    let tail = request.tail.map(|lines| Tail { lines, until });
    let mut follow = request.follow.then(Follow::new).transpose()?;
    let mut sources = Vec::new();
    for Chosen { container, .. } in chosen {
        let dir = store.container_dir(&container.id);
        let log = container.spec.as_ref().map(|spec| spec.log.clone()).unwrap_or_default();
        // Watched before it is read: what is written in between is seen.
        let lives = match &mut follow {
            Some(follow) => follow.add(store, &container.id, &dir, &log)?,
            None => false,
        };
        sources.push(Source::open(&dir, &container.id, &log, tail, lives)?);
    }
    let (stdout, stderr) = (std::io::stdout(), std::io::stderr());
    let mut outputs = Outputs::new(stdout.as_fd(), stderr.as_fd());
    let mut typist = Typist::new(look, sources.len());
    loop {
        // Looked at first: what a container wrote before it ended is there to be read now.
        let goes_on = match &mut follow {
            Some(follow) => follow.goes_on(&mut sources)?,
            None => false,
        };
        write_available(&mut sources, &mut typist, &mut outputs, until.filter(|_| goes_on))?;
        if !goes_on || outputs.is_closed() {
            break;
        }
        if let Some(follow) = &mut follow
            && !follow.wait(&sources, stdout.as_fd(), until)?
        {
            break;
        }
    }
    for stream in [Stream::Out, Stream::Err] {
        outputs.buffer(stream)?.extend_from_slice(typist.finish(stream).as_bytes());
    }
    outputs.flush()?;
    tell_damage(chosen, &sources);
    Ok(())
}

/// Writes every record that there is now, the oldest of all containers first; a line that has begun is finished before
/// another container's where its rest is there. `until`: who writes without end is not followed any longer.
fn write_available(
    sources: &mut [Source],
    typist: &mut Typist,
    outputs: &mut Outputs<'_>,
    until: Option<Point>,
) -> Result<(), LogsError> {
    while !outputs.is_closed() {
        let mut next: Option<(usize, Point)> = None;
        for (index, source) in sources.iter_mut().enumerate() {
            if source.fill()?
                && let Some(record) = source.current()
                && next.is_none_or(|(_, point)| record.at.point < point)
            {
                next = Some((index, record.at.point));
            }
        }
        let begun = typist.unfinished().find(|index| sources[*index].current().is_some());
        let Some((oldest, point)) = next else { break };
        if until.is_some_and(|until| point > until) {
            break;
        }
        let index = begun.unwrap_or(oldest);
        if let Some(record) = sources[index].current() {
            let stream = record.stream;
            typist.put(outputs.buffer(stream)?, index, &record);
            outputs.settle(stream)?;
        }
        sources[index].advance();
    }
    outputs.flush()?;
    Ok(())
}

/// A line of a monitor that was killed in the middle of it, or somebody else's.
fn tell_damage(chosen: &[Chosen], sources: &[Source]) {
    for (Chosen { container, .. }, source) in chosen.iter().zip(sources) {
        if source.damaged() > 0 {
            let (count, name) = (source.damaged(), &container.name);
            // A stderr that is closed cannot be told anything.
            let _ =
                writeln!(std::io::stderr(), "Note: {count} damaged lines in the log of {name} are left out");
        }
    }
}
