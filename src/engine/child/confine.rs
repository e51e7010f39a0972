//! Giving up rights, in the order that the kernel needs: filter and bounding set while there still is the right to,
//! then identity, then the sets that remain.

use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::{Mode, OFlags, ResolveFlags};

use crate::engine::failure::{Failure, FailureKind, OrFail};
use crate::model::idmap::to_host;
use crate::model::spec::{ConfinementSpec, ProcessSpec, SeccompSpec};
use crate::model::{IdMapSpec, MapWriter};
use crate::sys::{Attempt, SysError, capability, process, seccomp};

use super::user::Identity;

/// Everything that is given up.
pub struct Confine<'a> {
    /// What was decided.
    pub spec: &'a ConfinementSpec,
    /// The program's settings.
    pub process: &'a ProcessSpec,
    /// The compiled filter.
    pub program: Option<&'a [u8]>,
    /// Id maps.
    pub maps: &'a IdMapSpec,
    /// A procfs that nothing is mounted over.
    pub proc: BorrowedFd<'a>,
}

impl Confine<'_> {
    /// Becomes `identity` and nothing more than was decided.
    pub fn apply(&self, identity: &Identity) -> Result<(), Failure> {
        rustix::process::umask(Mode::from_raw_mode(self.process.umask));
        if let Some(profile) = &self.spec.apparmor {
            self.label("attr/apparmor/exec", &format!("exec {profile}"), "AppArmor")?;
        }
        if let Some(label) = &self.spec.selinux_label {
            self.label("attr/exec", label, "SELinux")?;
        }
        match if self.spec.keep_keyring { Ok(()) } else { process::new_session_keyring() } {
            // The quota of keys is one for all containers of a user. The default filter keeps keys out of reach anyway.
            Err(error) if self.spec.seccomp != SeccompSpec::Default => return Err(error.into()),
            _ => {}
        }
        if self.spec.no_new_privileges {
            rustix::thread::set_no_new_privs(true).attempt(|| "set no_new_privs")?;
        } else {
            self.filter()?;
        }
        let capabilities = &self.spec.capabilities;
        let ambient: Vec<u8> =
            self.spec.ambient.iter().copied().filter(|c| capabilities.contains(c)).collect();
        // Id 0 gets back whatever is in the bounding set at each execve (capabilities(7)).
        capability::limit_bounding(if identity.powerless { &ambient } else { capabilities })?;
        self.become_user(identity)?;
        if let Some(sets) = &self.spec.sets {
            capability::set_each(sets)?;
        } else if identity.uid == 0 && !identity.powerless {
            capability::set(capabilities, &[])?;
        } else {
            capability::set(&ambient, &ambient)?;
            capability::raise_ambient(&ambient)?;
        }
        if self.spec.no_new_privileges {
            self.filter()?;
        }
        Ok(())
    }

    fn filter(&self) -> Result<(), Failure> {
        match self.program {
            Some(program) => Ok(seccomp::install(program)?),
            None => Ok(()),
        }
    }

    fn become_user(&self, identity: &Identity) -> Result<(), Failure> {
        let (uids, gids) = (&self.maps.uids, &self.maps.gids);
        let mapped = self.maps.writer != MapWriter::None;
        if let (Some(ids), MapWriter::Own) = (&self.process.ids, self.maps.writer)
            && ids.groups.iter().any(|group| *group != ids.gid)
        {
            let message = "cannot set supplementary groups: a user namespace of a single id denies that";
            return Err(Failure::new(FailureKind::UnmappedId, message));
        }
        // Groups that only the image names may be missing; those that are asked for in numbers may not.
        let named = self.process.ids.iter().flat_map(|ids| &ids.groups).map(|id| ("group", gids, *id));
        let own = [("user", uids, identity.uid), ("group", gids, identity.gid)];
        for (kind, map, id) in own.into_iter().chain(named) {
            if mapped && to_host(map, id).is_none() {
                let message =
                    format!("cannot run as {kind} {id}: the id map of this container does not reach it");
                return Err(Failure::new(FailureKind::UnmappedId, message));
            }
        }
        if identity.uid != 0 {
            capability::keep_across_setuid()?;
        }
        // A single-id map denies setgroups: the caller's groups stay, and take nothing away from anybody.
        let groups: Option<Vec<u32>> = (self.maps.writer != MapWriter::Own && !self.process.keep_groups)
            .then(|| {
                identity.groups.iter().copied().filter(|g| !mapped || to_host(gids, *g).is_some()).collect()
            });
        process::become_ids(identity.uid, identity.gid, groups.as_deref()).or_fail(FailureKind::UnmappedId)
    }

    /// Writes a label below our own procfs, where no mount of the container's can stand in the way.
    fn label(&self, file: &str, text: &str, system: &str) -> Result<(), Failure> {
        let what = || format!("set the {system} label {text:?}");
        let flags = OFlags::WRONLY | OFlags::CLOEXEC;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_XDEV;
        // As that procfs sees us, which may be one of another pid namespace.
        let path = format!("self/{file}");
        let fd = rustix::fs::openat2(self.proc, path, flags, Mode::empty(), resolve).map_err(|errno| {
            let reason = if errno == rustix::io::Errno::NOENT {
                format!("{system} is not enabled on this host")
            } else {
                SysError::new("open", errno).to_string()
            };
            Failure::new(FailureKind::Other, format!("{}: {reason}", what()))
        })?;
        rustix::io::write(fd.as_fd(), text.as_bytes()).attempt(what)?;
        Ok(())
    }
}
