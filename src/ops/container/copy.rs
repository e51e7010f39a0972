//! `cp`: a tar stream through a pipe, whatever the ends are. In a container a process that has entered it reads or
//! writes files, on the host this one does; neither can be led out of the root that it works below.

mod ends;

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

use nix::poll::{PollFd, PollFlags};

use super::rootfs::Rootfs;
use crate::engine::enter::Inside;
use crate::image::pack::PackReport;
use crate::image::{LayerReport, OwnerPolicy};
use crate::model::HostFacts;
use crate::model::files_request::{CopyEnd, CopyRequest};
use crate::model::idmap::to_container;
use crate::ops::install::notice;
use crate::ops::{Context, OpsError, Outcome, load};
use crate::spec::copy::check_ends;
use crate::store::Store;
use crate::sys::root::{Root, open_directory};
use crate::sys::{Attempt, wait};
use ends::{CopyError, Receiving, Sending, receive, send};

/// How much a pipe holds, where the user may have so much.
const PIPE: usize = 1 << 20;

/// Copies.
pub(super) fn copy(ctx: &Context, store: &Store, request: &CopyRequest) -> Result<Outcome, OpsError> {
    check_ends(&request.source, &request.destination).map_err(OpsError::BadRequest)?;
    let mut notices = Vec::new();
    let (sent, received) = match (&request.source, &request.destination) {
        (CopyEnd::Container { name, path }, CopyEnd::Container { name: other, path: to }) => {
            let (from, into) = both(store, name, other)?;
            let into = into.as_ref().unwrap_or(&from);
            notices.extend(from.notices.iter().chain(&into.notices).cloned());
            notices.extend(into.hidden_later(to));
            let (read, write) = pipe()?;
            let receiver = start_receiver(ctx, into, request, (path.as_bytes(), to), read)?;
            let sender = start_sender(ctx, &from, path, write)?;
            let sent = ended(&from, path, sender)?;
            (sent, ended(into, to, receiver)?)
        }
        (CopyEnd::Container { name, path }, CopyEnd::Host(to)) => {
            let from = Rootfs::find(store, name)?;
            notices.extend(from.notices.iter().cloned());
            let (read, write) = pipe()?;
            let sender = start_sender(ctx, &from, path, write)?;
            let typed = to.to_string_lossy();
            let to = ctx.host.cwd.join(to);
            let how = Receiving {
                source: path.as_bytes(),
                path: to.as_os_str().as_encoded_bytes(),
                owners: owners_outside(&ctx.host, request.keep_owners),
                overwrite: request.overwrite,
                stream: false,
            };
            // Nothing holds the pipe when this has failed, so that the sender ends too.
            let received = receive(&hosts_root()?, BufReader::new(read), &how);
            let received = received.map_err(|error| error.told(&typed, "the host"));
            (ended(&from, path, sender)?, received)
        }
        (CopyEnd::Container { name, path }, CopyEnd::Stream) => {
            if ctx.host.terminals[1] {
                return Err(OpsError::OutputIsTerminal { what: "write an archive", instead: "a path" });
            }
            let from = Rootfs::find(store, name)?;
            notices.extend(from.notices.iter().cloned());
            let (read, write) = pipe()?;
            let work_path = path.clone();
            let keep = write.as_fd();
            let worker = from.enter(ctx, true, &[keep], |root| {
                let how = Sending { path: work_path.as_bytes(), to_strangers: true, owner: &inside_owner };
                writer(&write).and_then(|stream| send(root, stream, &how))
            })?;
            drop(write);
            let relayed = relay(read, &mut io::stdout().lock());
            let sent = ended(&from, path, worker)?;
            (relayed.and(sent), Ok(LayerReport::default()))
        }
        (source, CopyEnd::Container { name, path }) => {
            into(ctx, store, request, source, (name, path), &mut notices)?
        }
        _ => return Err(OpsError::BadRequest("one of the two must be CONTAINER:PATH".to_owned())),
    };
    let (sent, received) = settle(sent, received)?;
    notices.extend(left_out(&sent));
    notices.extend(notice(std::iter::once(&received)));
    if sent.unreadable > 0 && matches!(request.source, CopyEnd::Host(_)) {
        return Err(OpsError::BadRequest(format!(
            "could not read {} of the files: permission denied; the others were copied",
            sent.unreadable
        )));
    }
    Ok(Outcome::Copied(notices))
}

/// Both containers, or only the first when they are the same; those that do not run are taken in one order by everybody.
fn both<'a>(store: &'a Store, from: &str, into: &str) -> Result<(Rootfs<'a>, Option<Rootfs<'a>>), OpsError> {
    let (one, other) = (store.find_container(from)?, store.find_container(into)?);
    if one == other {
        let only = Rootfs::find(store, from)?;
        if only.runs() {
            return Ok((only, None));
        }
        // Both ends at once would mount it twice.
        return Err(OpsError::BadRequest(format!(
            "cannot copy within {from} while it does not run: copy out and in, or start it"
        )));
    }
    if one < other {
        let from = Rootfs::find(store, from)?;
        Ok((from, Some(Rootfs::find(store, into)?)))
    } else {
        let into = Rootfs::find(store, into)?;
        Ok((Rootfs::find(store, from)?, Some(into)))
    }
}

/// What became of both sides.
type BothSides = (Result<PackReport, OpsError>, Result<LayerReport, OpsError>);

/// From the host, or from stdin, into a container.
fn into(
    ctx: &Context,
    store: &Store,
    request: &CopyRequest,
    source: &CopyEnd,
    (name, path): (&str, &String),
    notices: &mut Vec<String>,
) -> Result<BothSides, OpsError> {
    let root = hosts_root()?;
    let from = match source {
        CopyEnd::Host(from) => Some(ctx.host.cwd.join(from)),
        _ if ctx.host.terminals[0] => return Err(OpsError::InputIsTerminal { option: "a path" }),
        _ => None,
    };
    let text = match source {
        CopyEnd::Host(typed) => typed.to_string_lossy(),
        _ => "standard input".into(),
    };
    let bytes = from.as_ref().map_or(&b"-"[..], |from| from.as_os_str().as_encoded_bytes());
    if from.is_some() {
        // What is not there needs no container to be entered.
        ends::look(&root, bytes).map_err(|error| error.told(&text, "the host"))?;
    }
    let into = Rootfs::find(store, name)?;
    notices.extend(into.notices.iter().cloned());
    notices.extend(into.hidden_later(path));
    let (read, write) = pipe()?;
    let receiver = start_receiver(ctx, &into, request, (bytes, path), read)?;
    let sent = if from.is_some() {
        let maps = &into.spec.id_maps;
        // Who owns a file here is inside whoever the map says; somebody without an id there is root.
        let owner = |uid, gid| match maps.uids.is_empty() {
            true => (uid, gid),
            false => (to_container(&maps.uids, uid).unwrap_or(0), to_container(&maps.gids, gid).unwrap_or(0)),
        };
        let how = Sending { path: bytes, to_strangers: false, owner: &owner };
        let sent = send(&root, BufWriter::with_capacity(64 * 1024, &write), &how);
        sent.map_err(|error| error.told(&text, "the host"))
    } else {
        let stdin = WhileRead { from: load::stdin()?, to: write.as_fd() };
        relay(BufReader::with_capacity(64 * 1024, stdin), &mut &write)
    };
    drop(write);
    Ok((sent, ended(&into, path, receiver)?))
}

/// Starts the side that reads files in a container.
fn start_sender(
    ctx: &Context,
    from: &Rootfs<'_>,
    path: &str,
    write: File,
) -> Result<Inside<PackReport, CopyError>, OpsError> {
    from.enter(ctx, true, &[write.as_fd()], |root| {
        let how = Sending { path: path.as_bytes(), to_strangers: false, owner: &inside_owner };
        writer(&write).and_then(|stream| send(root, stream, &how))
    })
}

/// Starts the side that makes files in a container; `path` is where, `source` what the other side was asked for.
fn start_receiver(
    ctx: &Context,
    into: &Rootfs<'_>,
    request: &CopyRequest,
    (source, path): (&[u8], &str),
    read: File,
) -> Result<Inside<LayerReport, CopyError>, OpsError> {
    let stream = request.source == CopyEnd::Stream;
    into.enter(ctx, true, &[read.as_fd()], |root| {
        let how = Receiving {
            source,
            path: path.as_bytes(),
            owners: ends::owners_inside(root, &into.spec, request.keep_owners)?,
            overwrite: request.overwrite,
            stream,
        };
        let read = read.try_clone().map_err(|error| CopyError::io("read the archive", error))?;
        receive(root, BufReader::with_capacity(64 * 1024, read), &how)
    })
}

fn writer(write: &File) -> Result<BufWriter<File>, CopyError> {
    let write = write.try_clone().map_err(|error| CopyError::io("write the archive", error))?;
    Ok(BufWriter::with_capacity(64 * 1024, write))
}

/// What a process in a container came to.
fn ended<T: serde::de::DeserializeOwned>(
    rootfs: &Rootfs<'_>,
    path: &str,
    worker: Inside<T, CopyError>,
) -> Result<Result<T, OpsError>, OpsError> {
    let result = worker.finish().map_err(|failure| rootfs.failed(failure))?;
    Ok(result.map_err(|error| error.told(path, &format!("container {}", rootfs.name))))
}

/// The error that led to the other one: who cannot write any more is only told that nobody reads.
fn settle(
    sent: Result<PackReport, OpsError>,
    received: Result<LayerReport, OpsError>,
) -> Result<(PackReport, LayerReport), OpsError> {
    let nobody_reads = |error: &OpsError| matches!(error, OpsError::CannotCopy { errno, .. } if *errno == nix::errno::Errno::EPIPE as i32);
    match (sent, received) {
        (Ok(sent), Ok(received)) => Ok((sent, received)),
        (Err(error), Ok(_)) => Err(error),
        (Err(error), Err(_)) if !nobody_reads(&error) => Err(error),
        (_, Err(error)) => Err(error),
    }
}

/// Bytes as they are. A reader that goes away ends it, and is no error of ours.
fn relay(mut from: impl Read, to: &mut impl Write) -> Result<PackReport, OpsError> {
    match io::copy(&mut from, to).and_then(|_| to.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(PackReport::default()),
        other => Ok(other.attempt(|| "hand the archive on").map(|()| PackReport::default())?),
    }
}

/// What comes from a file or pipe, as long as somebody reads the other end of the pipe that it goes to. Without looking
/// there, one would wait for input that nobody wants any more.
struct WhileRead<'a> {
    from: File,
    to: BorrowedFd<'a>,
}

impl Read for WhileRead<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut ends =
            [PollFd::new(self.from.as_fd(), PollFlags::POLLIN), PollFd::new(self.to, PollFlags::empty())];
        wait::ready(&mut ends, None).map_err(|error| io::Error::from_raw_os_error(error.errno()))?;
        if ends[1].any().unwrap_or(false) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.from.read(buffer)
    }
}

fn pipe() -> Result<(File, File), OpsError> {
    let (read, write) =
        rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).attempt(|| "make a pipe")?;
    // Only faster; there is a limit for each user.
    let _ = rustix::pipe::fcntl_setpipe_size(&write, PIPE);
    Ok((read.into(), write.into()))
}

fn hosts_root() -> Result<Root, OpsError> {
    Ok(Root::new(open_directory(Path::new("/"))?))
}

/// Numbers inside are what they are.
fn inside_owner(uid: u32, gid: u32) -> (u32, u32) {
    (uid, gid)
}

/// What comes out belongs to the caller, unless that is real root and wants it otherwise.
fn owners_outside(host: &HostFacts, keep: bool) -> OwnerPolicy {
    if keep && host.uid == 0 && !host.single_id_root {
        OwnerPolicy::Chown { uids: Vec::new(), gids: Vec::new() }
    } else {
        OwnerPolicy::Maker
    }
}

/// One sentence on each kind of file that no archive holds.
pub(super) fn left_out(report: &PackReport) -> Vec<String> {
    let many =
        |n: u64, one: &str, more: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {more}") };
    let mut notices = Vec::new();
    for (count, one, more, why) in [
        (report.devices, "device node", "device nodes", "a container has those of the host"),
        (report.sockets, "socket", "sockets", "only a program can make one"),
        (report.unreadable, "file", "files", "permission denied"),
        (report.xattrs, "extended attribute", "extended attributes", "too large for an archive"),
    ] {
        if count > 0 {
            notices.push(format!("skipped {}: {why}", many(count, one, more)));
        }
    }
    notices
}
