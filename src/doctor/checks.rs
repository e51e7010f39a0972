//! The checks, in the order in which they are shown: what everything stands on first, the real container last.

mod cgroup;
mod container;
mod devices;
mod helpers;
mod id_ranges;
mod kernel;
mod limits;
mod mounts;
mod network;
mod new_privileges;
mod overlay;
mod ping;
mod runtime_dir;
mod store;
mod user_namespaces;

use super::{Finding, Probes};

type Check = fn(&Probes) -> Finding;

const CHECKS: [Check; 17] = [
    kernel::check,
    user_namespaces::check,
    new_privileges::check,
    id_ranges::check,
    helpers::check,
    mounts::check,
    overlay::check,
    devices::fuse,
    devices::tun,
    network::check,
    ping::check,
    cgroup::check,
    runtime_dir::check,
    store::check,
    limits::check,
    container::alone,
    container::connected,
];

/// Judges everything that was looked at.
pub fn run(probes: &Probes) -> Vec<Finding> {
    CHECKS.iter().map(|check| check(probes)).collect()
}

/// A machine on which all is well, for tables.
#[cfg(test)]
pub(super) mod sample {
    use super::super::probes::*;
    use super::super::userns::UsernsFacts;

    pub(crate) fn well() -> Probes {
        let helper = |name: &'static str| Helper {
            name,
            path: Some(format!("/usr/bin/{name}").into()),
            privileged: true,
            nosuid: false,
        };
        Probes {
            host: crate::model::host::tests::plain(),
            no_new_privs: false,
            userns: UsernsFacts { supported: true, max: Some(15_000), uid: 1000, ..Default::default() },
            unshare: Ok(()),
            single_map: Ok(()),
            helpers: vec![helper("newuidmap"), helper("newgidmap")],
            ranges: Some(Ok(())),
            inside: Some(Inside { tmpfs: Ok(()), proc: Ok(()), overlay: Ok(()) }),
            fuse: Ok(()),
            tun: Ok(()),
            slirp4netns: Some(Ok("slirp4netns version 1.2.0".into())),
            cgroup: Cgroup {
                path: Some("/user.slice/x".into()),
                controllers: ["cpu", "memory", "pids"].map(str::to_owned).to_vec(),
                delegated: Some("/sys/fs/cgroup/user.slice/x".into()),
                systemd_user: true,
            },
            runtime: Ok(()),
            store: Store {
                place: "/home/alice".into(),
                kind: "ext4".into(),
                network: false,
                readonly: false,
                noexec: false,
                free: 50 << 30,
                writable: Ok(()),
                xattr: Ok(()),
            },
            limits: Limits {
                processes: 60_000,
                files: 1024,
                files_hard: 1 << 20,
                inotify: Some(128),
                keys: Some(200),
            },
            ping_groups: Some((0, 2_147_483_647)),
            container: Some(Container { alone: Ok(Millis(6_400)), connected: Ok(Millis(12_000)) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Status;
    use super::*;

    #[test]
    fn a_good_machine_has_nothing_to_fix() {
        for finding in run(&sample::well()) {
            assert_eq!(finding.status, Status::Ok, "{finding:?}");
            assert_eq!((finding.why.as_str(), &finding.fix), ("", &None), "{finding:?}");
            assert!(!finding.found.is_empty(), "{finding:?}");
        }
    }
}
