//! `top`: the processes of a container. They are read from the host's /proc by processes of the host; the names of users come
//! from the container's own files, opened below its root. Nothing of the container is executed.

mod cell;
mod names;

use std::collections::BTreeMap;

use self::cell::{Seen, View};
use self::names::Names;
use super::seen::SeenContainer;
use super::{choose, processes};
use crate::model::MapWriter;
use crate::model::container_request::TopRequest;
use crate::ops::{DoneToContainers, OpsError, Outcome};
use crate::store::Store;
use crate::sys::members::Member;
use crate::sys::process_dir::ProcessDir;
use crate::sys::root::Root;
use crate::sys::{procfs, uptime};

/// Tells of all processes of one container what was asked for.
pub(super) fn top(store: &Store, request: &TopRequest) -> Result<Outcome, OpsError> {
    let mut done = DoneToContainers::default();
    let chosen = choose(store, &request.which, |_| true, &mut done)?;
    let Some(container) = chosen.into_iter().next().map(|chosen| chosen.container) else {
        // What was not found has words of its own.
        return match done.failures.into_iter().next() {
            Some(failure) => Err(OpsError::Chosen(failure)),
            None => Err(OpsError::NoProcesses),
        };
    };
    let members = if container.phase.runs() { processes::of(store, &container)? } else { None };
    let members = members.ok_or(OpsError::NoProcesses)?;
    let list = members.list()?;
    let seen: Vec<Seen> = list.iter().filter_map(look).collect();
    let view = view(&container, &list, &seen)?;
    let columns = &request.table.columns;
    let mut lines = Vec::new();
    if request.table.headings {
        lines.push(columns.iter().map(|column| column.heading.clone()).collect());
    }
    for process in &seen {
        lines.push(columns.iter().map(|column| view.cell(process, column.field)).collect());
    }
    Ok(Outcome::Processes(lines))
}

/// None: it has ended meanwhile.
fn look(member: &Member) -> Option<Seen> {
    let process = member.open()?;
    Some(Seen {
        pid: member.pid,
        stat: process.stat()?,
        status: process.read("status").ok()?,
        // One that has no memory any more has no arguments.
        arguments: process.read("cmdline").unwrap_or_default(),
        // Without a security module there is no label.
        label: process.read("attr/current").unwrap_or_default(),
    })
}

fn view(container: &SeenContainer, list: &[Member], seen: &[Seen]) -> Result<View, OpsError> {
    let first = seen.iter().find(|process| process.pid == container.state.pid);
    // As many pid namespaces lie around the first process as it has pids there.
    let level = first.map_or(1, |first| first.numbers("NSpid").len()).saturating_sub(1);
    let pids: BTreeMap<i32, u32> =
        seen.iter().filter_map(|process| Some((process.pid, process.number("NSpid", level)?))).collect();
    let maps =
        container.spec.as_ref().map(|spec| &spec.id_maps).filter(|maps| maps.writer != MapWriter::None);
    let root = list.iter().filter_map(Member::open).find_map(|process: ProcessDir| process.root().ok());
    let root = root.map(Root::new);
    let inside = |path: &str| root.as_ref().map_or_else(Names::default, |root| Names::inside(root, path));
    let host = |path: &str| Names::of_host(path);
    let now = uptime::since_boot()?;
    Ok(View {
        level,
        pids,
        uids: maps.map(|maps| maps.uids.clone()),
        gids: maps.map(|maps| maps.gids.clone()),
        users: inside("/etc/passwd"),
        groups: inside("/etc/group"),
        host_users: host("/etc/passwd"),
        host_groups: host("/etc/group"),
        ticks: procfs::ticks_per_second().max(1),
        page: procfs::page_size(),
        memory: super::stats::machine_memory(),
        since_boot: now,
        booted: crate::ops::now_ms() / 1000 - i64::try_from(now / 1_000_000_000).unwrap_or_default(),
        local: uptime::local,
    })
}
