//! What root may do in a user namespace of ours. Runs in a child that ends afterwards, so every mount goes with it.

use std::fmt::Display;
use std::os::fd::AsFd;
use std::path::Path;

use nix::sched::{CloneFlags, unshare};
use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::mount::MountAttrFlags;

use crate::doctor::probes::Inside;
use crate::sys::mount::{Context, Setting, isolate_tree};
use crate::sys::process;

/// Tries the mounts that a container needs; `scratch` is a directory on the store's file system.
pub(super) fn look(scratch: Result<&Path, String>) -> Inside {
    let namespace = unshare(CloneFlags::CLONE_NEWNS)
        .map_err(|errno| text(format!("make a mount namespace: {}", errno.desc())))
        .and_then(|()| isolate_tree(false).map_err(text));
    let first = |next: Result<(), String>| namespace.clone().and(next);
    Inside {
        tmpfs: first(fresh("tmpfs")),
        proc: first(proc()),
        overlay: first(scratch.and_then(|dir| {
            let result = overlay(dir);
            super::clear(dir, "overlay");
            result
        })),
    }
}

fn text(error: impl Display) -> String {
    error.to_string()
}

fn fresh(kind: &'static str) -> Result<(), String> {
    let context = Context::open(kind).map_err(text)?;
    context.mount(MountAttrFlags::empty()).map(drop).map_err(text)
}

/// proc shows a pid namespace, so it takes a new one of ours to mount it, and a first process in that.
fn proc() -> Result<(), String> {
    unshare(CloneFlags::CLONE_NEWPID).map_err(|errno| format!("make a pid namespace: {}", errno.desc()))?;
    let child = || match Context::open("proc").and_then(|c| c.mount(MountAttrFlags::empty())) {
        Ok(_mount) => 0,
        Err(error) => error.errno().clamp(1, 127),
    };
    let code = match process::fork().map_err(text)? {
        None => process::exit_now(child()),
        Some(pid) => process::wait(pid).map_err(text)?,
    };
    match code {
        0 => Ok(()),
        errno => Err(crate::sys::describe(&std::io::Error::from_raw_os_error(errno))),
    }
}

/// One layer below, an upper directory with attributes in `user.`, a file written and one deleted.
fn overlay(scratch: &Path) -> Result<(), String> {
    let base = scratch.join("overlay");
    let dir = |name: &str| base.join(name).to_string_lossy().into_owned();
    for name in ["lower", "upper", "work"] {
        std::fs::create_dir_all(base.join(name)).map_err(text)?;
    }
    std::fs::write(base.join("lower/below"), "below").map_err(text)?;
    let context = Context::open("overlay").map_err(text)?;
    context.set(&Setting::Text("lowerdir", &dir("lower"))).map_err(text)?;
    context.set(&Setting::Text("upperdir", &dir("upper"))).map_err(text)?;
    context.set(&Setting::Text("workdir", &dir("work"))).map_err(text)?;
    context.set(&Setting::Flag("userxattr")).map_err(text)?;
    let mount = context.mount(MountAttrFlags::empty()).map_err(text)?;
    let create = OFlags::CREATE | OFlags::WRONLY | OFlags::CLOEXEC;
    rustix::fs::openat(mount.as_fd(), "new", create, Mode::RUSR)
        .map_err(|e| format!("write to the overlay: {e}"))?;
    rustix::fs::unlinkat(mount.as_fd(), "below", AtFlags::empty())
        .map_err(|e| format!("delete from the overlay: {e}"))
}
