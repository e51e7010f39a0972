//! The way into the namespaces of a container that runs.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use crate::model::MapWriter;
use crate::model::spec::{ContainerSpec, NetworkMode, NsMode};
use crate::plan::Plan;
use crate::sys::{Attempt, SysError, process};

/// How its namespaces are had.
#[derive(Debug)]
pub enum Door {
    /// Through its first process, by pidfd.
    Process(OwnedFd),
    /// One by one, by kind: an `--init`, and what waits to become the program, is rctr's own and lets nobody look at it, so
    /// that its monitor keeps them.
    Files(Vec<(&'static str, OwnedFd)>),
}

/// The kinds of namespaces that are not the host's, in the order in which they can be joined: the user namespace gives
/// the right to the others, and after the mount namespace paths mean something else.
pub fn kinds(spec: &ContainerSpec) -> Vec<&'static str> {
    let ns = &spec.namespaces;
    let user =
        matches!(ns.user, NsMode::Container(_) | NsMode::Path(_)) || spec.id_maps.writer != MapWriter::None;
    let others =
        [("pid", &ns.pid), ("net", &ns.net), ("ipc", &ns.ipc), ("uts", &ns.uts), ("cgroup", &ns.cgroup)];
    let others = others.into_iter().filter(|(_, mode)| **mode != NsMode::Host).map(|(kind, _)| kind);
    user.then_some("user").into_iter().chain(others).chain(["mnt"]).collect()
}

/// Those that a container's first process hands to its monitor as soon as it is there.
pub fn handed_out(plan: &Plan<'_>) -> Vec<&'static str> {
    let spec = plan.spec;
    match (is_closed(plan), &spec.namespaces.net, spec.network.mode) {
        (true, ..) => kinds(spec),
        (false, NsMode::Private, NetworkMode::Slirp4netns { .. }) => vec!["net"],
        _ => Vec::new(),
    }
}

/// Is its first process rctr's own, and lets nobody look at it?
pub fn is_closed(plan: &Plan<'_>) -> bool {
    plan.held || plan.spec.init
}

impl Door {
    /// Joins these kinds of namespaces, which [`kinds`] gave.
    ///
    /// # Errors
    /// EPERM; ESRCH when the container has ended.
    pub fn enter(&self, kinds: &[&str]) -> Result<(), SysError> {
        match self {
            Self::Process(pidfd) => process::join_process(pidfd.as_fd(), kinds),
            Self::Files(files) => kinds.iter().try_for_each(|kind| {
                let file = files.iter().find(|(known, _)| known == kind);
                let missing = || std::io::Error::from(std::io::ErrorKind::NotFound);
                let (_, file) =
                    file.ok_or_else(missing).attempt(|| format!("find the container's {kind} namespace"))?;
                process::join_namespace(file.as_fd(), kind)
            }),
        }
    }
}

/// Opens namespaces of this process itself, for somebody who may not look at it.
///
/// # Errors
/// EMFILE.
pub fn own(kinds: &[&'static str]) -> Result<Vec<(&'static str, OwnedFd)>, SysError> {
    let open = |kind: &&'static str| {
        let path = format!("/proc/self/ns/{kind}");
        let file = std::fs::File::open(&path).attempt(|| format!("open {path}"))?;
        Ok((*kind, file.into()))
    };
    kinds.iter().map(open).collect()
}

/// The one of this kind.
pub fn by_name<'a>(files: &'a [(&'static str, OwnedFd)], kind: &[u8]) -> Option<BorrowedFd<'a>> {
    files.iter().find(|(known, _)| known.as_bytes() == kind).map(|(_, file)| file.as_fd())
}
