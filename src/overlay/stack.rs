//! The layers on disk. What they hold is hostile: directories are reached beneath their layer's root, never through a
//! symlink and never into another mount; a name is looked at in its directory's descriptor.

use std::ffi::{CStr, CString, OsStr};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::sync::{Arc, Mutex};

use rustix::fs::{FileType, Mode, OFlags, RawDir, ResolveFlags, Statx};
use rustix::io::Errno;

use super::merge::{Entry, Layer, Look, Merged, UPPER, resolve};
use super::nodes::{Found, NodeId, Nodes, ROOT};
use super::place::{Place, kind, stat_at};
use super::{Result, lock};

/// How a directory says that it hides those below it (`y`), or that there are whiteouts of the second form in it (`x`).
pub const OPAQUE: &CStr = c"user.overlay.opaque";
/// On an empty file: the second form of a whiteout (overlayfs.rst, "Whiteouts and opaque directories").
pub const WHITEOUT: &CStr = c"user.overlay.whiteout";

/// How many directories are kept open. None is kept for each node: a tree has more directories than a process may open.
const OPEN_DIRECTORIES: usize = 256;
/// Longest path that is handed to the kernel at once, in bytes.
const LONGEST_PATH: usize = 4000;

/// The directories that make the tree.
#[derive(Debug)]
pub struct Stack {
    roots: Vec<Root>,
    open: Mutex<Vec<Option<OpenDirectory>>>,
}

#[derive(Debug)]
struct Root {
    directory: Arc<OwnedFd>,
    /// The mount that it is in, where the kernel tells.
    mount: u64,
    /// Which of the file systems below the overlay it is on; inode numbers are told apart by it.
    device: u64,
}

#[derive(Debug)]
struct OpenDirectory {
    id: NodeId,
    layer: Layer,
    directory: Arc<OwnedFd>,
}

impl Stack {
    /// Takes the upper directory and those below it, the topmost first.
    pub fn new(upper: OwnedFd, lowers: Vec<OwnedFd>) -> Result<Self> {
        let mut devices = Vec::new();
        let mut roots = Vec::new();
        for directory in std::iter::once(upper).chain(lowers) {
            let stat = stat_at(directory.as_fd(), c"")?;
            let device = (stat.stx_dev_major, stat.stx_dev_minor);
            let known = devices.iter().position(|known| *known == device);
            let at = known.unwrap_or_else(|| {
                devices.push(device);
                devices.len().saturating_sub(1)
            });
            roots.push(Root { directory: Arc::new(directory), mount: stat.stx_mnt_id, device: at as u64 });
        }
        if roots.len() > usize::from(Layer::MAX) {
            return Err(Errno::TOOBIG);
        }
        let open = std::iter::repeat_with(|| None).take(OPEN_DIRECTORIES).collect();
        Ok(Self { roots, open: Mutex::new(open) })
    }

    /// All layers.
    pub fn layers(&self) -> Box<[Layer]> {
        (0..self.roots.len()).filter_map(|layer| Layer::try_from(layer).ok()).collect()
    }

    fn root(&self, layer: Layer) -> Result<&Root> {
        self.roots.get(usize::from(layer)).ok_or(Errno::IO)
    }

    /// The root directory of a layer.
    pub fn root_directory(&self, layer: Layer) -> Result<Arc<OwnedFd>> {
        Ok(self.root(layer)?.directory.clone())
    }

    /// The inode number that is shown for one of a layer's; the same for no two files, as far as numbers of 48 bits go.
    pub fn number(&self, layer: Layer, number: u64) -> u64 {
        let device = self.root(layer).map_or(0, |root| root.device);
        number ^ (device << 48)
    }

    /// A directory's descriptor in one of its layers.
    pub fn directory(&self, nodes: &Mutex<Nodes>, id: NodeId, layer: Layer) -> Result<Arc<OwnedFd>> {
        if id == ROOT {
            return self.root_directory(layer);
        }
        if let Some(open) = self.open_directory(id, layer) {
            return Ok(open);
        }
        let mut below = Vec::new();
        let mut base = None;
        {
            let nodes = lock(nodes);
            let mut at = id;
            while at != ROOT && base.is_none() {
                let (parent, name) = nodes.name(at).ok_or(Errno::NOENT)?;
                below.push(Box::<[u8]>::from(name));
                at = parent;
                base = self.open_directory(at, layer);
            }
        }
        let mut directory = match base {
            Some(base) => base,
            None => self.root_directory(layer)?,
        };
        let mut path = Vec::new();
        while let Some(name) = below.pop() {
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(&name);
            if below.is_empty() || path.len() > LONGEST_PATH - 256 {
                directory = Arc::new(open_beneath(directory.as_fd(), &path)?);
                path.clear();
            }
        }
        self.keep_open(id, layer, &directory);
        Ok(directory)
    }

    fn place_of(id: NodeId, layer: Layer) -> usize {
        // Neighbours in number are neighbours in place.
        (id ^ u64::from(layer).wrapping_mul(31)) as usize % OPEN_DIRECTORIES
    }

    fn open_directory(&self, id: NodeId, layer: Layer) -> Option<Arc<OwnedFd>> {
        let open = lock(&self.open);
        let found = open.get(Self::place_of(id, layer))?.as_ref()?;
        (found.id == id && found.layer == layer).then(|| found.directory.clone())
    }

    fn keep_open(&self, id: NodeId, layer: Layer, directory: &Arc<OwnedFd>) {
        if let Some(place) = lock(&self.open).get_mut(Self::place_of(id, layer)) {
            *place = Some(OpenDirectory { id, layer, directory: directory.clone() });
        }
    }

    /// A node is gone, or is no directory with that name any more.
    pub fn close(&self, id: NodeId, layers: &[Layer]) {
        let mut open = lock(&self.open);
        for &layer in layers {
            if let Some(place) = open.get_mut(Self::place_of(id, layer))
                && place.as_ref().is_some_and(|open| open.id == id)
            {
                *place = None;
            }
        }
    }

    /// Looks a name up below a directory, with the attributes of what is found.
    pub fn look_up(
        &self,
        nodes: &Mutex<Nodes>,
        parent: NodeId,
        layers: &[Layer],
        name: &CStr,
    ) -> Result<Option<(Found, Statx)>> {
        let mut name = Name { stack: self, nodes, parent, name, stats: Vec::new() };
        let Some(merged) = resolve(layers, &mut name)? else { return Ok(None) };
        let stat_of = |layer| name.stats.iter().find(|(at, _)| *at == layer).map(|(_, stat)| *stat);
        let stat = stat_of(merged.top()).ok_or(Errno::IO)?;
        let mut number = (merged.top(), stat.stx_ino);
        if let Merged::Directory(layers) = &merged
            && let Some(lower) = layers.iter().copied().find(|layer| *layer != UPPER)
        {
            // Constant over copying up: a directory's number is the one that it has below the upper layer.
            number = (lower, stat_of(lower).ok_or(Errno::IO)?.stx_ino);
        }
        let number = self.number(number.0, number.1);
        let linked = stat.stx_nlink > 1;
        let real = self.number(merged.top(), stat.stx_ino);
        Ok(Some((Found { merged, real, number, linked }, stat)))
    }

    /// What one layer has under a name.
    fn entry(&self, layer: Layer, directory: &Arc<OwnedFd>, name: &CStr) -> Result<(Entry, Option<Statx>)> {
        let stat = match stat_at(directory.as_fd(), name) {
            Ok(stat) => stat,
            Err(Errno::NOENT) => return Ok((Entry::Absent, None)),
            Err(errno) => return Err(errno),
        };
        if stat.stx_mnt_id != self.root(layer)?.mount {
            // The kernel's overlay does not show what is mounted inside of a layer either.
            return Err(Errno::XDEV);
        }
        let entry = match kind(&stat) {
            FileType::Directory => Entry::Directory,
            _ if is_whiteout(directory, name, &stat) => Entry::Whiteout,
            _ => Entry::Other,
        };
        Ok((entry, Some(stat)))
    }

    /// Calls `each` with what one layer of a directory has: name, type, inode number, whiteout or not.
    pub fn list(
        &self,
        directory: &Arc<OwnedFd>,
        mut each: impl FnMut(&[u8], FileType, u64, bool) -> Result<()>,
    ) -> Result<()> {
        let marked = opaque(&Place::of(directory.clone())) == Some(b'x');
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let file = rustix::fs::openat(directory, ".", flags, Mode::empty())?;
        let mut buffer = [MaybeUninit::uninit(); 32 * 1024];
        let mut entries = RawDir::new(file, &mut buffer);
        while let Some(entry) = entries.next() {
            let entry = entry?;
            let (name, mut kind) = (entry.file_name(), entry.file_type());
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            let mut whiteout = false;
            if matches!(kind, FileType::CharacterDevice | FileType::Unknown)
                || marked && kind == FileType::RegularFile
            {
                let stat = match stat_at(directory.as_fd(), name) {
                    Ok(stat) => stat,
                    // It has gone while the directory was read.
                    Err(Errno::NOENT) => continue,
                    Err(errno) => return Err(errno),
                };
                kind = super::place::kind(&stat);
                whiteout = is_whiteout(directory, name, &stat);
            }
            each(name.to_bytes(), kind, entry.ino(), whiteout)?;
        }
        Ok(())
    }
}

/// One name, asked of the layers of its directory.
struct Name<'a> {
    stack: &'a Stack,
    nodes: &'a Mutex<Nodes>,
    parent: NodeId,
    name: &'a CStr,
    stats: Vec<(Layer, Statx)>,
}

impl Look for Name<'_> {
    type Error = Errno;

    fn entry(&mut self, layer: Layer) -> Result<Entry> {
        let directory = self.stack.directory(self.nodes, self.parent, layer)?;
        let (entry, stat) = self.stack.entry(layer, &directory, self.name)?;
        self.stats.extend(stat.map(|stat| (layer, stat)));
        Ok(entry)
    }

    fn is_opaque(&mut self, layer: Layer) -> Result<bool> {
        let dir = self.stack.directory(self.nodes, self.parent, layer)?;
        Ok(opaque(&Place { dir, name: self.name.into() }) == Some(b'y'))
    }
}

fn open_beneath(base: BorrowedFd<'_>, path: &[u8]) -> Result<OwnedFd> {
    let resolve = ResolveFlags::BENEATH
        | ResolveFlags::NO_SYMLINKS
        | ResolveFlags::NO_MAGICLINKS
        | ResolveFlags::NO_XDEV;
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    loop {
        match rustix::fs::openat2(base, OsStr::from_bytes(path), flags, Mode::empty(), resolve) {
            // A rename raced with the lookup (openat2(2), EAGAIN): the kernel asks to look again.
            Err(Errno::AGAIN) => {}
            other => return other,
        }
    }
}

/// A directory's mark, if it has one. Where attributes cannot be read there are none.
fn opaque(directory: &Place) -> Option<u8> {
    directory.attribute(OPAQUE).ok()?.first().copied()
}

fn is_whiteout(directory: &Arc<OwnedFd>, name: &CStr, stat: &Statx) -> bool {
    match kind(stat) {
        FileType::CharacterDevice => (stat.stx_rdev_major, stat.stx_rdev_minor) == (0, 0),
        FileType::RegularFile if stat.stx_size == 0 => {
            let file = Place { dir: directory.clone(), name: CString::from(name) };
            file.attribute(WHITEOUT).is_ok() && opaque(&Place::of(directory.clone())) == Some(b'x')
        }
        _ => false,
    }
}
