//! What is done to a new network namespace from inside of it, by the container's init while it still has its
//! capabilities: lo, IPv6 at once instead of after two seconds of router discovery, ping for everybody.

use std::net::Ipv6Addr;
use std::os::fd::BorrowedFd;

use super::NetError;
use super::slirp::DEVICE;
use crate::model::IdRange;
use crate::sys::file::write_kernel_at;
use crate::sys::netlink::{Netlink, device_index};
use crate::sys::{Attempt, SysError};

/// What slirp4netns gives with `--enable-ipv6`; the prefix is fixed in its source.
const ADDRESS: Ipv6Addr = Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 0x100);
const GATEWAY: Ipv6Addr = Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 2);

/// Makes the loopback device work, and lets programs ping without a capability. Needs nothing but the namespace.
/// `proc` is the root of a procfs; what it says of the network is about the caller's namespace.
///
/// # Errors
/// EPERM without CAP_NET_ADMIN.
pub fn bring_up(proc: BorrowedFd<'_>, gids: &[IdRange]) -> Result<(), NetError> {
    Netlink::open()?.loopback_up()?;
    if let Some((low, high)) = ping_groups(gids) {
        let file = "sys/net/ipv4/ping_group_range";
        optional(write_kernel_at(proc, file, &format!("{low} {high}")))?;
    }
    Ok(())
}

/// Gives the device that slirp4netns has made ([`super::slirp::Slirp::wait_ready`] came first) its IPv6 address and route,
/// usable at once. Without IPv6 in the kernel, or with it switched off, nothing is done.
///
/// # Errors
/// ENODEV when there is no such device.
pub fn slirp_ipv6(proc: BorrowedFd<'_>) -> Result<(), NetError> {
    let device = device_index(DEVICE)
        .ok_or(nix::errno::Errno::ENODEV)
        .attempt(|| format!("find network device {DEVICE}"))?;
    // The router's advertisements would add a second address and a second default route a moment later.
    if !optional(write_kernel_at(proc, &format!("sys/net/ipv6/conf/{DEVICE}/accept_ra"), "0"))? {
        return Ok(());
    }
    let mut netlink = Netlink::open()?;
    if optional(netlink.add_ipv6(device, ADDRESS, 64))? {
        netlink.add_default_ipv6(device, GATEWAY)?;
    }
    Ok(())
}

/// The widest range for net.ipv4.ping_group_range (icmp(7)). The kernel compares ids as the host has them, refuses ids
/// that are not mapped, and takes a range that is empty on either side for "nobody".
fn ping_groups(gids: &[IdRange]) -> Option<(u32, u32)> {
    let last = |range: &IdRange| (range.container + (range.size - 1), range.host + (range.size - 1));
    gids.iter()
        .flat_map(|low| gids.iter().map(move |high| ((low.container, low.host), last(high))))
        .filter(|(low, high)| low.0 <= high.0 && low.1 <= high.1)
        .max_by_key(|(low, high)| high.1 - low.1)
        .map(|(low, high)| (low.0, high.0))
}

/// Did it work? A kernel without the feature is no error.
fn optional(result: Result<(), SysError>) -> Result<bool, SysError> {
    use nix::errno::Errno;
    match result {
        Ok(()) => Ok(true),
        Err(error)
            if [Errno::ENOENT, Errno::EACCES, Errno::EOPNOTSUPP, Errno::EAFNOSUPPORT, Errno::EROFS]
                .iter()
                .any(|&errno| errno as i32 == error.errno()) =>
        {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_that_may_ping() {
        let range = |container, host, size| IdRange { container, host, size };
        for (gids, expected) in [
            (vec![range(0, 1000, 1), range(1, 100_000, 65_536)], Some((0, 65_536))),
            (vec![range(0, 1000, 1)], Some((0, 0))),
            // The user's own id is above its subordinate ones.
            (vec![range(0, 200_000, 1), range(1, 100_000, 65_536)], Some((1, 65_536))),
            // keep-id
            (
                vec![range(0, 100_000, 1000), range(1000, 1000, 1), range(1001, 101_000, 64_536)],
                Some((1000, 65_536)),
            ),
            (vec![range(0, 0, u32::MAX)], Some((0, u32::MAX - 1))),
            (vec![], None),
        ] {
            assert_eq!(ping_groups(&gids), expected, "{gids:?}");
        }
    }
}
