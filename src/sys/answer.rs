//! What a helper program answers: read with a bound, and not for ever.

use std::io::Read;
use std::os::fd::AsFd;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// All that comes before the end of the stream; none when that is too late.
///
/// # Errors
/// Those of poll and read; more than `limit` bytes.
pub fn read_until(
    mut stream: impl Read + AsFd,
    deadline: Instant,
    limit: usize,
) -> std::io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(left.subsec_nanos()),
        };
        let ready = poll(&mut [PollFd::new(&stream, PollFlags::IN)], Some(&timeout));
        match ready {
            Ok(0) => return Ok(None),
            Err(rustix::io::Errno::INTR) => continue,
            other => other?,
        };
        let n = stream.read(&mut piece)?;
        if n == 0 {
            return Ok(Some(bytes));
        }
        bytes.extend_from_slice(&piece[..n]);
        if bytes.len() > limit {
            return Err(std::io::Error::other("it does not end"));
        }
    }
}
