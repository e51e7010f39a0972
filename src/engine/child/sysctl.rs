//! Kernel parameters, written through the descriptor of the container's own procfs: nothing that is mounted over a
//! path of it can catch the write.

use std::os::fd::BorrowedFd;

use rustix::fs::{Mode, OFlags, ResolveFlags};

use crate::engine::failure::{Failure, FailureKind, OrFail};
use crate::sys::Attempt;

/// Sets `net.ipv4.ip_forward` and its like.
pub fn set(proc: BorrowedFd<'_>, key: &str, value: &str) -> Result<(), Failure> {
    let what = || format!("set sysctl {key}={value}");
    let path = format!("sys/{}", path_of(key));
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_XDEV | ResolveFlags::NO_SYMLINKS;
    rustix::fs::openat2(proc, path, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty(), resolve)
        .and_then(|fd| rustix::io::write(&fd, value.as_bytes()))
        .attempt(what)
        .or_fail(FailureKind::Sysctl)?;
    Ok(())
}

/// Dots become slashes and slashes dots, as sysctl(8) has it: an interface may have a dot in its name.
fn path_of(key: &str) -> String {
    if key.find('/').is_some_and(|slash| key.find('.').is_none_or(|dot| slash < dot)) {
        return key.to_owned();
    }
    key.chars()
        .map(|c| match c {
            '.' => '/',
            '/' => '.',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::path_of;

    #[test]
    fn names_become_paths() {
        for (key, path) in [
            ("net.ipv4.ip_forward", "net/ipv4/ip_forward"),
            ("net/ipv4/ip_forward", "net/ipv4/ip_forward"),
            ("net.ipv4.conf.eth0/1.forwarding", "net/ipv4/conf/eth0.1/forwarding"),
        ] {
            assert_eq!(path_of(key), path);
        }
    }
}
