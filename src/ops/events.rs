//! What has happened and what happens: the event log, read and followed.

use std::os::fd::BorrowedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use super::{Context, OpsError};
use crate::model::moment::Moment;
use crate::model::{Event, EventsRequest};
use crate::spec::event_filter::EventFilter;
use crate::store::Store;
use crate::sys::clock;
use crate::sys::watch::WriteWatch;

/// Hands every event that is asked for to `show`, and none whenever there is none for now. Ends when there will be no
/// more, when `show` says no, and when nobody reads what is written to `output`.
///
/// # Errors
/// A time or filter that makes no sense, a log that cannot be read or watched.
pub fn events(
    ctx: &Context,
    request: &EventsRequest,
    output: BorrowedFd<'_>,
    show: &mut dyn FnMut(Option<&Event>) -> bool,
) -> Result<(), OpsError> {
    let filter = EventFilter::parse(&request.filters)?;
    let now = clock::now();
    let time = |moment: Moment| {
        let point = clock::resolve(moment, now);
        // What no calendar shows is before or after everything.
        let farthest = if point.seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Timestamp::new(point.seconds, point.nanos.cast_signed()).unwrap_or(farthest)
    };
    let (since, until) = (request.since.map(time), request.until.map(time));
    let store = Store::open(&ctx.host.dirs)?;
    // podman's rule: only who follows without a beginning and an end is not told what was before.
    let from_now = request.stream && since.is_none() && until.is_none();
    let mut reader = if from_now { store.events_from_now() } else { store.events() };
    // Watched before it is read: what is written in between wakes the wait.
    let followed = if request.stream { Some(Followed::new(store.events_dir()?)?) } else { None };
    reader.begin()?;
    loop {
        while let Some(event) = reader.next()? {
            let timely = since.is_none_or(|since| event.time >= since)
                && until.is_none_or(|until| event.time <= until);
            if timely && filter.fits(&event) && !show(Some(&event)) {
                return Ok(());
            }
        }
        if !show(None) {
            return Ok(());
        }
        let Some(followed) = &followed else { return Ok(()) };
        let left = until.map(|until| Duration::try_from(until.duration_since(Timestamp::now())));
        let left = match left {
            Some(Ok(left)) if !left.is_zero() => Some(left),
            // It is past.
            Some(_) => return Ok(()),
            None => None,
        };
        if !followed.watch.wait(left, output)? || followed.is_gone() {
            return Ok(());
        }
    }
}

/// The directory that is written to.
struct Followed {
    dir: PathBuf,
    inode: Option<(u64, u64)>,
    watch: WriteWatch,
}

impl Followed {
    fn new(dir: PathBuf) -> Result<Self, OpsError> {
        let watch = WriteWatch::new()?;
        watch.add(&dir)?;
        Ok(Self { inode: inode(&dir), dir, watch })
    }

    /// The whole store may be gone (`system reset`): nothing will be written there again.
    fn is_gone(&self) -> bool {
        inode(&self.dir) != self.inode
    }
}

/// Which directory it is.
fn inode(dir: &Path) -> Option<(u64, u64)> {
    dir.metadata().ok().map(|metadata| (metadata.dev(), metadata.ino()))
}
