//! The two ends of a copy, the same code on the host and in a container: files below a root to a tar, a tar to files below
//! a root.

use std::io::{Read, Write};
use std::os::fd::AsFd;

use nix::errno::Errno;
use serde::{Deserialize, Serialize};

use crate::engine::Lookup;
use crate::image::codec::Decoder;
use crate::image::extract::{Extraction, Names, extract};
use crate::image::pack::{PackReport, Packer, Packing};
use crate::image::tar::{Entry, Kind, TarReader};
use crate::image::{ImageError, LayerReport, Owner, OwnerPolicy};
use crate::model::idmap::to_host;
use crate::model::{ContainerSpec, MapWriter};
use crate::ops::OpsError;
use crate::spec::copy::{Lie, There, What, means_content, place};
use crate::sys::SysError;
use crate::sys::find::Found;
use crate::sys::root::Root;

/// Why an end gave up. Travels out of the container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CopyError {
    /// The path, or the directory that it would be in, is not there.
    Missing,
    /// What is there does not go together with what is copied (podman's words).
    Unfit(String),
    /// The container's user is nobody.
    User(String),
    /// Everything else.
    Image(ImageError),
}

impl CopyError {
    /// A failed read or write.
    pub fn io(attempt: &str, error: std::io::Error) -> Self {
        Self::Image(SysError::new(attempt, error).into())
    }

    /// With the path that it was about, and the side that it is on.
    pub fn told(self, path: &str, side: &str) -> OpsError {
        let (path, side) = (path.to_owned(), side.to_owned());
        match self {
            Self::Missing => OpsError::NotFoundOn { path, side },
            Self::Unfit(words) | Self::User(words) => OpsError::BadRequest(words),
            Self::Image(error) => {
                OpsError::CannotCopy { path, side, errno: error.errno(), reason: error.to_string() }
            }
        }
    }
}

impl From<ImageError> for CopyError {
    fn from(error: ImageError) -> Self {
        Self::Image(error)
    }
}

impl From<SysError> for CopyError {
    fn from(error: SysError) -> Self {
        if error.errno() == Errno::ENOENT as i32 { Self::Missing } else { Self::Image(error.into()) }
    }
}

/// What is read.
pub struct Sending<'a> {
    /// Below the root.
    pub path: &'a [u8],
    /// The tar goes to other programs, and not to [`receive`].
    pub to_strangers: bool,
    /// Who owns an entry, from who owns the file.
    pub owner: &'a dyn Fn(u32, u32) -> (u32, u32),
}

/// Looks up what is to be copied.
pub fn look(root: &Root, path: &[u8]) -> Result<Found, CopyError> {
    match root.find(path)? {
        Found::Missing { .. } => Err(CopyError::Missing),
        found => Ok(found),
    }
}

/// Writes what a path names, under its own name. A directory of which only the content is meant stands in the tar all
/// the same when [`receive`] reads it: also an empty one is told that way.
pub fn send(root: &Root, stream: impl Write, how: &Sending<'_>) -> Result<PackReport, CopyError> {
    let found = look(root, how.path)?;
    let strangers = how.to_strangers;
    let packing = Packing { sparse: !strangers, nanos: !strangers, one_mount: false, owner: how.owner };
    let mut packer = Packer::new(stream, packing);
    match found {
        Found::Directory { fd, name } => {
            let own = name.as_ref().map_or(&b"root"[..], |name| name.to_bytes());
            if strangers && (means_content(how.path) || name.is_none()) {
                packer.content(fd.as_fd(), b"")?;
            } else {
                packer.tree(fd.as_fd(), c".", own)?;
            }
        }
        Found::File { parent, name } => packer.tree(parent.as_fd(), &name, name.to_bytes())?,
        Found::Missing { .. } => return Err(CopyError::Missing),
    }
    Ok(packer.finish()?)
}

/// What is made.
pub struct Receiving<'a> {
    /// What the other end was asked for.
    pub source: &'a [u8],
    /// Where to, below the root.
    pub path: &'a [u8],
    /// Who it belongs to.
    pub owners: OwnerPolicy,
    /// Directories give way to files, and files to directories.
    pub overwrite: bool,
    /// The tar comes from another program, and not from [`send`].
    pub stream: bool,
}

/// Makes what a tar holds at a path.
pub fn receive(root: &Root, stream: impl Read, how: &Receiving<'_>) -> Result<LayerReport, CopyError> {
    if how.stream {
        let (decoder, _) = Decoder::new(stream, "standard input")?;
        let mut tar = TarReader::new(decoder);
        let first = tar.next_entry()?;
        return make(root, What::Stream, first, tar, how);
    }
    let mut tar = TarReader::new(stream);
    let Some(first) = tar.next_entry()? else {
        // The other end has failed, and says why.
        return Err(ImageError::corrupt("tar", "it is empty").into());
    };
    let what = match first.kind {
        Kind::Directory if means_content(how.source) => What::Content,
        Kind::Directory => What::Directory,
        _ => What::File,
    };
    make(root, what, Some(first), tar, how)
}

fn make<R: Read>(
    root: &Root,
    what: What,
    first: Option<Entry>,
    tar: TarReader<R>,
    how: &Receiving<'_>,
) -> Result<LayerReport, CopyError> {
    let mut path = how.path;
    if matches!(what, What::Directory | What::Content) {
        // A directory that is made needs no slash to be one.
        while let Some(shorter) = path.strip_suffix(b"/").filter(|shorter| !shorter.is_empty()) {
            path = shorter;
        }
    }
    let (dir, there, name) = match root.find(path)? {
        Found::Directory { fd, .. } => (fd, There::Directory, None),
        Found::File { parent, name } => (parent, There::File, Some(name)),
        Found::Missing { parent, name } => (parent, There::Nothing, Some(name)),
    };
    let names = match place(what, there).map_err(|words| CopyError::Unfit(words.to_owned()))? {
        Lie::Inside => Names::Same,
        Lie::Content if what == What::Stream => Names::Same,
        Lie::Content => Names::Below,
        Lie::At => Names::Top(name.map(|name| name.into_bytes()).unwrap_or_default()),
    };
    let extraction = Extraction { names, owners: how.owners.clone(), overwrite: how.overwrite };
    Ok(extract(first, tar, dir.as_fd(), &extraction)?)
}

/// Who a copy belongs to in a container: its user, as the container's own files name it, or with `keep` whoever the tar
/// says.
pub fn owners_inside(root: &Root, spec: &ContainerSpec, keep: bool) -> Result<OwnerPolicy, CopyError> {
    let maps = &spec.id_maps;
    if keep {
        return Ok(OwnerPolicy::of(maps));
    }
    if let (MapWriter::Own, Some(uid), Some(gid)) = (maps.writer, maps.uids.first(), maps.gids.first()) {
        return Ok(OwnerPolicy::Give(Owner { uid: uid.container, gid: gid.container }));
    }
    let identity = Lookup::read(root).and_then(|lookup| lookup.identity(&spec.process.user, &[]));
    let identity = identity.map_err(|failure| CopyError::User(failure.to_string()))?;
    let (uid, gid) = (identity.uid, identity.gid);
    if !maps.uids.is_empty() && (to_host(&maps.uids, uid).is_none() || to_host(&maps.gids, gid).is_none()) {
        let words = format!("the container's user {uid}:{gid} has no id in its user namespace");
        return Err(CopyError::User(words));
    }
    Ok(OwnerPolicy::Give(Owner { uid, gid }))
}
