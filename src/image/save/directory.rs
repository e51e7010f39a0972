//! Members as files of a directory.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::os::fd::BorrowedFd;

use rustix::fs::{AtFlags, Mode, OFlags};

use super::{LayerSource, Member};
use crate::image::error::ImageError;
use crate::model::Digest;
use crate::sys::Attempt;

/// What a file is called until it is whole.
const UNFINISHED: &str = ".unfinished";

/// Writes files into an empty directory. One that is there under its name is whole. After a failure it is empty again.
///
/// # Errors
/// A layer that cannot be given out, those of writing.
pub fn write_directory(
    members: &[Member],
    layers: &HashMap<Digest, LayerSource>,
    dir: BorrowedFd<'_>,
) -> Result<(), ImageError> {
    let written = write_all(members, layers, dir);
    if written.is_err() {
        // The first error is the one to tell.
        let _ = rustix::fs::unlinkat(dir, UNFINISHED, AtFlags::empty());
        for member in members.iter().rev() {
            let name = member.name();
            let _ = rustix::fs::unlinkat(dir, name, AtFlags::empty());
            for (at, _) in name.rmatch_indices('/') {
                let _ = rustix::fs::unlinkat(dir, &name[..at], AtFlags::REMOVEDIR);
            }
        }
    }
    written
}

fn write_all(
    members: &[Member],
    layers: &HashMap<Digest, LayerSource>,
    dir: BorrowedFd<'_>,
) -> Result<(), ImageError> {
    for member in members {
        let name = member.name();
        for (at, _) in name.match_indices('/') {
            match rustix::fs::mkdirat(dir, &name[..at], Mode::from_raw_mode(0o755)) {
                Err(rustix::io::Errno::EXIST) => {}
                other => other.attempt(|| format!("create directory {}", &name[..at]))?,
            }
        }
        write(member, layers, dir)?;
    }
    Ok(())
}

fn write(
    member: &Member,
    layers: &HashMap<Digest, LayerSource>,
    dir: BorrowedFd<'_>,
) -> Result<(), ImageError> {
    let what = || format!("write {}", member.name());
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut file =
        File::from(rustix::fs::openat(dir, UNFINISHED, flags, Mode::from_raw_mode(0o644)).attempt(what)?);
    match member {
        Member::Bytes(_, bytes) => file.write_all(bytes).attempt(what)?,
        Member::Layer(_, layer) => {
            let source = layers.get(&layer.diff_id).ok_or(ImageError::Cancelled)?;
            source.write(&layer.diff_id, &mut file)?;
        }
    }
    Ok(rustix::fs::renameat(dir, UNFINISHED, dir, member.name()).attempt(what)?)
}
