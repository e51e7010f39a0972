//! `unshare`: a program as root of the default user namespace, to whom files of subordinate ids are like its own.

use std::ffi::OsStr;
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::sched::CloneFlags;

use super::{Context, OpsError, Outcome};
use crate::engine::UserNamespace;
use crate::spec::idmaps;
use crate::sys::{Attempt, mount, process, userns};

/// What is run when nothing is named and the environment has no `SHELL`.
const SHELL: &str = "/bin/sh";

/// Becomes the program; comes back only when that fails.
pub(super) fn unshare(ctx: &Context, command: &[String]) -> Result<Outcome, OpsError> {
    if ctx.host.uid == 0 && !ctx.host.single_id_root {
        return Err(OpsError::BadRequest("please use unshare with rootless".to_owned()));
    }
    let maps = idmaps::default_maps(&ctx.host);
    let users = UserNamespace::make(&maps, &ctx.host)?.ready()?;
    process::join_namespace(users.as_fd(), "user")?;
    // What is mounted there is the program's own; what the host mounts later is seen.
    nix::sched::unshare(CloneFlags::CLONE_NEWNS).attempt(|| "make a mount namespace")?;
    mount::isolate_tree(true)?;
    userns::become_root(&maps, false)?;
    let shell = ctx.host.env.iter().find(|(key, value)| key == "SHELL" && !value.is_empty());
    let shell = shell.map_or(SHELL, |(_, value)| value.as_str());
    let (program, args) =
        command.split_first().map_or((shell, &[][..]), |(first, rest)| (first.as_str(), rest));
    let source = Command::new(OsStr::new(program)).args(args).exec();
    Err(OpsError::Execute { program: program.to_owned(), source })
}
