//! What processes have read from disks and written to them. The kernel shows that (proc_pid_io(5)) only to the user whose
//! process it is, and to who has the rights of the file's owner; for other ids of a container that is a child of ours which
//! has joined the user namespace for a moment. It executes nothing and reads only the host's /proc.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::BorrowedFd;

use rustix::pipe::PipeFlags;

use super::members::Member;
use super::procfs::status_line;
use super::{Attempt, SysError, process};

/// Bytes read and written, in sum. Processes that have ended count in the parent that has waited for them.
///
/// # Errors
/// EAGAIN at a process limit.
pub fn sum(members: &[Member], user_namespace: Option<BorrowedFd<'_>>) -> Result<[u64; 2], SysError> {
    let mut sum = [0u64; 2];
    let mut closed = Vec::new();
    for member in members.iter().filter(|member| !member.is_dead()) {
        let Some(process) = member.open() else { continue };
        match process.read("io") {
            Ok(text) => add(&mut sum, counters(&text)),
            Err(_) => closed.push(member.clone()),
        }
    }
    if let Some(namespace) = user_namespace.filter(|_| !closed.is_empty()) {
        add(&mut sum, inside(&closed, namespace)?);
    }
    Ok(sum)
}

fn add(sum: &mut [u64; 2], more: [u64; 2]) {
    *sum = [sum[0].saturating_add(more[0]), sum[1].saturating_add(more[1])];
}

/// The same in a child that has joined the namespace. What cannot be read there either counts nothing.
fn inside(members: &[Member], namespace: BorrowedFd<'_>) -> Result<[u64; 2], SysError> {
    let (from, to) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC).attempt(|| "make a pipe")?;
    let Some(pid) = process::fork()? else {
        drop(from);
        let _told_by_the_end_of_the_pipe = tell(members, namespace, &mut File::from(to));
        process::exit_now(0);
    };
    drop(to);
    let mut bytes = Vec::new();
    let read = File::from(from).read_to_end(&mut bytes).attempt(|| "read what a helper found");
    process::wait(pid)?;
    read?;
    let number =
        |at: usize| bytes.get(at..at + 8).and_then(|b| b.try_into().ok()).map_or(0, u64::from_le_bytes);
    Ok([number(0), number(8)])
}

fn tell(members: &[Member], namespace: BorrowedFd<'_>, to: &mut File) -> Result<(), SysError> {
    process::set_undumpable()?;
    process::join_namespace(namespace, "user")?;
    process::die_with_parent()?;
    let mut sum = [0; 2];
    for text in members.iter().filter_map(|member| member.open()?.read("io").ok()) {
        add(&mut sum, counters(&text));
    }
    to.write_all(&sum.map(u64::to_le_bytes).concat()).attempt(|| "tell what was found")
}

fn counters(text: &str) -> [u64; 2] {
    ["read_bytes", "write_bytes"]
        .map(|name| status_line(text, name).and_then(|value| value.parse().ok()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_io() {
        let text = "rchar: 3980\nsyscw: 4\nread_bytes: 94208\nwrite_bytes: 512\ncancelled_write_bytes: 7\n";
        assert_eq!((counters(text), counters("")), ([94208, 512], [0, 0]));
        let mut all = [1, u64::MAX];
        add(&mut all, [2, 2]);
        assert_eq!(all, [3, u64::MAX]);
    }
}
