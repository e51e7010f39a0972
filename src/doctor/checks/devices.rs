//! /dev/fuse for overlays that the kernel refuses, /dev/net/tun for the network.

use crate::doctor::{Finding, Probes};

const ENOENT: i32 = 2;

pub(super) fn fuse(probes: &Probes) -> Finding {
    let why = "only where the kernel mounts no overlay itself";
    device("FUSE", "/dev/fuse", "fuse", probes.fuse, why)
}

pub(super) fn tun(probes: &Probes) -> Finding {
    let why = "slirp4netns connects containers by it; --network none and --network host work without";
    device("TUN", "/dev/net/tun", "tun", probes.tun, why)
}

fn device(name: &'static str, path: &str, module: &str, opened: Result<(), i32>, why: &str) -> Finding {
    let Err(errno) = opened else { return Finding::ok(name, format!("{path} can be opened")) };
    let reason = crate::sys::describe(&std::io::Error::from_raw_os_error(errno));
    let finding = Finding::warn(name, format!("{path}: {reason}"), why);
    finding.fix(match errno {
        ENOENT => format!("sudo modprobe {module}; in an outer container: --device {path}"),
        _ => format!(
            "sudo chmod 666 {path} (udev does that where it runs); in an outer container: --device {path}"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::{Status, checks::sample};

    #[test]
    fn absent_and_closed() {
        let mut probes = sample::well();
        (probes.fuse, probes.tun) = (Err(2), Err(13));
        assert_eq!(fuse(&probes).found, "/dev/fuse: no such file or directory");
        assert!(fuse(&probes).fix.unwrap().starts_with("sudo modprobe fuse"));
        assert_eq!(tun(&probes).status, Status::Warn);
        assert!(tun(&probes).fix.unwrap().starts_with("sudo chmod 666 /dev/net/tun"));
    }
}
