//! `fuser`'s file system: translates requests and answers, and nothing else.

use std::cell::{Cell, RefCell};
use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fuser::{
    AccessFlags, BsdFileFlags, CopyFileRangeFlags, FileAttr, FileHandle, FileType, FopenFlags, Generation,
    INodeNo, InitFlags, KernelConfig, LockOwner, OpenFlags, RenameFlags, ReplyAttr, ReplyCreate, ReplyData,
    ReplyDirectory, ReplyDirectoryPlus, ReplyEmpty, ReplyEntry, ReplyLseek, ReplyOpen, ReplyStatfs,
    ReplyWrite, ReplyXattr, Request, TimeOrNow, WriteFlags,
};
use rustix::fs::{OFlags, StatxTimestamp, Timespec, UTIME_NOW};
use rustix::io::Errno;

use super::attributes::Change;
use super::files::kept;
use super::names::New;
use super::place::kind;
use super::tree::{Attributes, Caller, Overlay};
use super::{Result, lock};

/// Nothing changes but through the kernel, which may remember for ever.
const FOR_EVER: Duration = Duration::from_secs(1_000_000_000);
/// Numbers are not given out anew while the kernel has them.
const GENERATION: Generation = Generation(0);
/// Most that is written with one request, in bytes.
const MAX_WRITE: u32 = 1024 * 1024;

/// The file system that `fuser` calls.
#[derive(Debug)]
pub struct Server(pub Arc<Overlay>);

thread_local! {
    /// What this thread's umask is, once it has one of its own.
    static UMASK: Cell<Option<u32>> = const { Cell::new(None) };
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Makes this thread's umask the caller's: the file system below applies it, or a directory's default ACL instead of it.
fn use_umask(umask: u32) -> Result<()> {
    UMASK.with(|own| {
        if own.get().is_none() {
            nix::sched::unshare(nix::sched::CloneFlags::CLONE_FS)
                .map_err(|errno| Errno::from_raw_os_error(errno as i32))?;
        }
        if own.replace(Some(umask)) != Some(umask) {
            nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(umask));
        }
        Ok(())
    })
}

fn caller(request: &Request) -> Caller {
    Caller { uid: request.uid(), gid: request.gid() }
}

fn errno(errno: Errno) -> fuser::Errno {
    fuser::Errno::from_i32(errno.raw_os_error())
}

fn time(stamp: StatxTimestamp) -> SystemTime {
    let whole = Duration::from_secs(stamp.tv_sec.unsigned_abs());
    let seconds =
        if stamp.tv_sec < 0 { UNIX_EPOCH.checked_sub(whole) } else { UNIX_EPOCH.checked_add(whole) };
    let nanoseconds = Duration::from_nanos(stamp.tv_nsec.into());
    seconds.and_then(|time| time.checked_add(nanoseconds)).unwrap_or(UNIX_EPOCH)
}

fn timespec(time: TimeOrNow) -> Timespec {
    let TimeOrNow::SpecificTime(time) = time else { return Timespec { tv_sec: 0, tv_nsec: UTIME_NOW } };
    let seconds = |whole: u64| i64::try_from(whole).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => Timespec { tv_sec: seconds(since.as_secs()), tv_nsec: since.subsec_nanos().into() },
        Err(before) => {
            let before = before.duration();
            let (whole, rest) = (seconds(before.as_secs()), before.subsec_nanos());
            match rest {
                0 => Timespec { tv_sec: whole.saturating_neg(), tv_nsec: 0 },
                _ => Timespec {
                    tv_sec: whole.saturating_neg().saturating_sub(1),
                    tv_nsec: 1_000_000_000_i64.saturating_sub(rest.into()),
                },
            }
        }
    }
}

fn file_type(kind: rustix::fs::FileType) -> FileType {
    use rustix::fs::FileType as Kind;
    match kind {
        Kind::Directory => FileType::Directory,
        Kind::Symlink => FileType::Symlink,
        Kind::Fifo => FileType::NamedPipe,
        Kind::Socket => FileType::Socket,
        Kind::CharacterDevice => FileType::CharDevice,
        Kind::BlockDevice => FileType::BlockDevice,
        Kind::RegularFile | Kind::Unknown => FileType::RegularFile,
    }
}

/// The attributes with this number: an entry's is the node's, which is what the kernel goes by.
fn file_attr(attributes: &Attributes, number: u64) -> FileAttr {
    let stat = &attributes.stat;
    FileAttr {
        ino: INodeNo(number),
        size: stat.stx_size,
        blocks: stat.stx_blocks,
        atime: time(stat.stx_atime),
        mtime: time(stat.stx_mtime),
        ctime: time(stat.stx_ctime),
        crtime: UNIX_EPOCH,
        kind: file_type(kind(stat)),
        perm: stat.stx_mode & 0o7777,
        nlink: stat.stx_nlink,
        uid: stat.stx_uid,
        gid: stat.stx_gid,
        rdev: u32::try_from(rustix::fs::makedev(stat.stx_rdev_major, stat.stx_rdev_minor)).unwrap_or(0),
        blksize: stat.stx_blksize,
        flags: 0,
    }
}

/// A name that nothing has: the kernel remembers that, too.
fn nothing() -> FileAttr {
    FileAttr {
        ino: INodeNo(0),
        size: 0,
        blocks: 0,
        atime: UNIX_EPOCH,
        mtime: UNIX_EPOCH,
        ctime: UNIX_EPOCH,
        crtime: UNIX_EPOCH,
        kind: FileType::RegularFile,
        perm: 0,
        nlink: 0,
        uid: 0,
        gid: 0,
        rdev: 0,
        blksize: 0,
        flags: 0,
    }
}

/// How long attributes hold. Those of a lower file with several names are always asked for: its number is not the node's,
/// which an entry has to tell, and both that and the count of its names change when it is copied up.
fn valid(attributes: &Attributes) -> Duration {
    if attributes.shares_number { Duration::ZERO } else { FOR_EVER }
}

fn answer_entry(reply: ReplyEntry, result: Result<Option<Attributes>>) {
    match result {
        Ok(Some(found)) => {
            let attr = file_attr(&found, found.id);
            reply.entry_with_ttls(&valid(&found), &FOR_EVER, &attr, GENERATION);
        }
        Ok(None) => reply.entry(&FOR_EVER, &nothing(), GENERATION),
        Err(error) => reply.error(errno(error)),
    }
}

fn answer_attr(reply: ReplyAttr, result: Result<Attributes>) {
    match result {
        Ok(found) => reply.attr(&valid(&found), &file_attr(&found, found.number)),
        Err(error) => reply.error(errno(error)),
    }
}

fn answer_empty(reply: ReplyEmpty, result: Result<()>) {
    match result {
        Ok(()) => reply.ok(),
        Err(error) => reply.error(errno(error)),
    }
}

fn answer_xattr(reply: ReplyXattr, size: u32, result: Result<Vec<u8>>) {
    match result {
        Ok(value) => match u32::try_from(value.len()) {
            Ok(length) if size == 0 => reply.size(length),
            Ok(length) if length <= size => reply.data(&value),
            _ => reply.error(fuser::Errno::ERANGE),
        },
        Err(error) => reply.error(errno(error)),
    }
}

fn answer_open(reply: ReplyOpen, result: Result<u64>) {
    match result {
        // What the kernel has of the content is right: nobody else writes.
        Ok(handle) => reply.opened(FileHandle(handle), FopenFlags::FOPEN_KEEP_CACHE),
        Err(error) => reply.error(errno(error)),
    }
}

impl Server {
    fn tree(&self) -> &Overlay {
        &self.0
    }

    /// Does what may have to copy a file up; beside the threads that answer others where that takes its time.
    fn copying(&self, id: INodeNo, work: impl FnOnce(&Overlay) + Send + 'static) {
        if self.0.is_large(id.0) { self.beside(work) } else { work(&self.0) }
    }

    /// Does what takes its time in a thread of its own.
    fn beside(&self, work: impl FnOnce(&Overlay) + Send + 'static) {
        let tree = self.0.clone();
        // A thread that cannot be had drops the reply, which answers EIO.
        let _ = std::thread::Builder::new().name("slow".to_owned()).spawn(move || work(&tree));
    }

    fn make(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        new: New<'_>,
        mode: u32,
        umask: u32,
    ) -> Result<(Attributes, Option<std::os::fd::OwnedFd>)> {
        use_umask(umask)?;
        self.tree().make(parent.0, name, new, mode, caller(request))
    }
}

impl fuser::Filesystem for Server {
    fn init(&mut self, _: &Request, config: &mut KernelConfig) -> std::io::Result<()> {
        for wanted in [
            InitFlags::FUSE_ATOMIC_O_TRUNC,
            InitFlags::FUSE_DONT_MASK,
            InitFlags::FUSE_DO_READDIRPLUS,
            InitFlags::FUSE_READDIRPLUS_AUTO,
            InitFlags::FUSE_PARALLEL_DIROPS,
            InitFlags::FUSE_HANDLE_KILLPRIV_V2,
            InitFlags::FUSE_POSIX_ACL,
            InitFlags::FUSE_CACHE_SYMLINKS,
            InitFlags::FUSE_ASYNC_DIO,
        ] {
            // An older kernel does without.
            let _ = config.add_capabilities(wanted);
        }
        // Where that is too much, what the kernel offers is as good.
        let _ = config.set_max_write(MAX_WRITE);
        let _ = config.set_max_background(64);
        Ok(())
    }

    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        answer_entry(reply, self.tree().look_up(parent.0, name));
    }

    fn forget(&self, _: &Request, ino: INodeNo, nlookup: u64) {
        self.tree().forget(ino.0, nlookup);
    }

    fn getattr(&self, _: &Request, ino: INodeNo, fh: Option<FileHandle>, reply: ReplyAttr) {
        answer_attr(reply, self.tree().attributes_of(ino.0, fh.map(|fh| fh.0)));
    }

    fn setattr(
        &self,
        request: &Request,
        ino: INodeNo,
        mode: Option<u32>,
        uid: Option<u32>,
        gid: Option<u32>,
        size: Option<u64>,
        atime: Option<TimeOrNow>,
        mtime: Option<TimeOrNow>,
        _ctime: Option<SystemTime>,
        fh: Option<FileHandle>,
        _crtime: Option<SystemTime>,
        _chgtime: Option<SystemTime>,
        _bkuptime: Option<SystemTime>,
        _flags: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let change = Change {
            mode,
            uid,
            gid,
            size,
            accessed: atime.map(timespec),
            modified: mtime.map(timespec),
            handle: fh.map(|fh| fh.0),
        };
        let caller = caller(request);
        self.copying(ino, move |tree| answer_attr(reply, tree.change(ino.0, &change, caller)));
    }

    fn readlink(&self, _: &Request, ino: INodeNo, reply: ReplyData) {
        match self.tree().read_link(ino.0) {
            Ok(target) => reply.data(&target),
            Err(error) => reply.error(errno(error)),
        }
    }

    fn mknod(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        umask: u32,
        rdev: u32,
        reply: ReplyEntry,
    ) {
        let kind = rustix::fs::FileType::from_raw_mode(mode);
        let made = self.make(request, parent, name, New::Node(kind, rdev.into()), mode, umask);
        answer_entry(reply, made.map(|(attributes, _)| Some(attributes)));
    }

    fn mkdir(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        umask: u32,
        reply: ReplyEntry,
    ) {
        let made = self.make(request, parent, name, New::Directory, mode, umask);
        answer_entry(reply, made.map(|(attributes, _)| Some(attributes)));
    }

    fn symlink(
        &self,
        request: &Request,
        parent: INodeNo,
        link_name: &OsStr,
        target: &Path,
        reply: ReplyEntry,
    ) {
        let new = New::Symlink(target.as_os_str());
        let made = self.tree().make(parent.0, link_name, new, 0, caller(request));
        answer_entry(reply, made.map(|(attributes, _)| Some(attributes)));
    }

    fn create(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        umask: u32,
        flags: i32,
        reply: ReplyCreate,
    ) {
        let flags = kept(OFlags::from_bits_retain(flags.cast_unsigned()));
        match self.make(request, parent, name, New::Open(flags), mode, umask) {
            Ok((made, Some(file))) => {
                let handle = FileHandle(self.tree().opened(made.id, file));
                let attr = file_attr(&made, made.id);
                reply.created(&FOR_EVER, &attr, GENERATION, handle, FopenFlags::FOPEN_KEEP_CACHE);
            }
            Ok((_, None)) => reply.error(fuser::Errno::EIO),
            Err(error) => reply.error(errno(error)),
        }
    }

    fn unlink(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        answer_empty(reply, self.tree().unlink(parent.0, name));
    }

    fn rmdir(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        answer_empty(reply, self.tree().rmdir(parent.0, name));
    }

    fn rename(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        newparent: INodeNo,
        newname: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        let exchange = flags.contains(RenameFlags::RENAME_EXCHANGE);
        let known = RenameFlags::RENAME_EXCHANGE | RenameFlags::RENAME_NOREPLACE;
        if !known.contains(flags) {
            return reply.error(fuser::Errno::EINVAL);
        }
        let (name, newname) = (name.to_owned(), newname.to_owned());
        let source = self.tree().known(parent.0, &name);
        self.copying(INodeNo(source), move |tree| {
            answer_empty(reply, tree.rename((parent.0, &name), (newparent.0, &newname), exchange));
        });
    }

    fn link(&self, _: &Request, ino: INodeNo, newparent: INodeNo, newname: &OsStr, reply: ReplyEntry) {
        let newname = newname.to_owned();
        self.copying(ino, move |tree| {
            answer_entry(reply, tree.link(ino.0, newparent.0, &newname).map(Some));
        });
    }

    fn open(&self, request: &Request, ino: INodeNo, flags: OpenFlags, reply: ReplyOpen) {
        let (flags, caller) = (OFlags::from_bits_retain(flags.0.cast_unsigned()), caller(request));
        if flags.intersects(OFlags::WRONLY | OFlags::RDWR) && !flags.contains(OFlags::TRUNC) {
            return self.copying(ino, move |tree| answer_open(reply, tree.open(ino.0, flags, caller)));
        }
        answer_open(reply, self.tree().open(ino.0, flags, caller));
    }

    fn read(
        &self,
        _: &Request,
        _: INodeNo,
        fh: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let size = size as usize;
        BUFFER.with_borrow_mut(|buffer| {
            if buffer.len() < size {
                buffer.resize(size, 0);
            }
            let chunk = buffer.get_mut(..size).unwrap_or_default();
            match self.tree().read(fh.0, offset, chunk) {
                Ok(count) => reply.data(chunk.get(..count).unwrap_or_default()),
                Err(error) => reply.error(errno(error)),
            }
        });
    }

    fn write(
        &self,
        _: &Request,
        _: INodeNo,
        fh: FileHandle,
        offset: u64,
        data: &[u8],
        write_flags: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        let kill = write_flags.contains(WriteFlags::FUSE_WRITE_KILL_SUIDGID);
        answer_written(reply, self.tree().write(fh.0, offset, data, kill));
    }

    fn release(
        &self,
        _: &Request,
        _: INodeNo,
        fh: FileHandle,
        _: OpenFlags,
        _: Option<LockOwner>,
        _: bool,
        reply: ReplyEmpty,
    ) {
        self.tree().release(fh.0);
        reply.ok();
    }

    /// What is written is written at once: nothing is left to do when a file is closed, and the kernel asks no more.
    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        reply.error(fuser::Errno::ENOSYS);
    }

    fn fsync(&self, _: &Request, _: INodeNo, fh: FileHandle, datasync: bool, reply: ReplyEmpty) {
        self.beside(move |tree| answer_empty(reply, tree.sync(fh.0, datasync)));
    }

    fn opendir(&self, _: &Request, _: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        let flags = FopenFlags::FOPEN_CACHE_DIR | FopenFlags::FOPEN_KEEP_CACHE;
        reply.opened(FileHandle(self.tree().open_directory()), flags);
    }

    fn readdir(&self, _: &Request, ino: INodeNo, fh: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        let listing = match self.tree().listing(ino.0, fh.0, offset) {
            Ok(listing) => listing,
            Err(error) => return reply.error(errno(error)),
        };
        let listing = lock(&listing);
        let mut at = offset;
        while let Some(listed) = usize::try_from(at).ok().and_then(|at| listing.get(at)) {
            at = at.saturating_add(1);
            if reply.add(INodeNo(listed.number), at, file_type(listed.kind), listed.name) {
                break;
            }
        }
        reply.ok();
    }

    fn readdirplus(
        &self,
        _: &Request,
        ino: INodeNo,
        fh: FileHandle,
        offset: u64,
        mut reply: ReplyDirectoryPlus,
    ) {
        let listing = match self.tree().listing(ino.0, fh.0, offset) {
            Ok(listing) => listing,
            Err(error) => return reply.error(errno(error)),
        };
        let listing = lock(&listing);
        let mut at = offset;
        while let Some(listed) = usize::try_from(at).ok().and_then(|at| listing.get(at)) {
            at = at.saturating_add(1);
            if matches!(listed.name.as_encoded_bytes(), b"." | b"..") {
                let attr = FileAttr { ino: INodeNo(listed.number), kind: FileType::Directory, ..nothing() };
                // The kernel takes nothing but number and type of these two.
                if reply.add(attr.ino, at, listed.name, &Duration::ZERO, &attr, GENERATION) {
                    break;
                }
                continue;
            }
            // What has gone meanwhile, or cannot be looked at, is not listed.
            let Ok(Some(found)) = self.tree().look_up(ino.0, listed.name) else { continue };
            let attr = file_attr(&found, found.id);
            if reply.add(attr.ino, at, listed.name, &valid(&found), &attr, GENERATION) {
                // There was no room for it: the kernel does not know of it.
                self.tree().forget(found.id, 1);
                break;
            }
        }
        reply.ok();
    }

    fn releasedir(&self, _: &Request, _: INodeNo, fh: FileHandle, _: OpenFlags, reply: ReplyEmpty) {
        self.tree().release_directory(fh.0);
        reply.ok();
    }

    fn fsyncdir(&self, _: &Request, ino: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        self.beside(move |tree| answer_empty(reply, tree.sync_directory(ino.0)));
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        match self.tree().file_system() {
            Ok(found) => reply.statfs(
                found.f_blocks,
                found.f_bfree,
                found.f_bavail,
                found.f_files,
                found.f_ffree,
                small(found.f_bsize),
                small(found.f_namemax),
                small(found.f_frsize),
            ),
            Err(error) => reply.error(errno(error)),
        }
    }

    fn setxattr(
        &self,
        _: &Request,
        ino: INodeNo,
        name: &OsStr,
        value: &[u8],
        flags: i32,
        _: u32,
        reply: ReplyEmpty,
    ) {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.copying(ino, move |tree| {
            answer_empty(reply, tree.set_attribute(ino.0, &name, &value, flags));
        });
    }

    fn getxattr(&self, _: &Request, ino: INodeNo, name: &OsStr, size: u32, reply: ReplyXattr) {
        answer_xattr(reply, size, self.tree().attribute(ino.0, name));
    }

    fn listxattr(&self, _: &Request, ino: INodeNo, size: u32, reply: ReplyXattr) {
        answer_xattr(reply, size, self.tree().list_attributes(ino.0));
    }

    fn removexattr(&self, _: &Request, ino: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        let name = name.to_owned();
        self.copying(ino, move |tree| answer_empty(reply, tree.remove_attribute(ino.0, &name)));
    }

    /// The kernel judges by owner and mode (`default_permissions`).
    fn access(&self, _: &Request, _: INodeNo, _: AccessFlags, reply: ReplyEmpty) {
        reply.error(fuser::Errno::ENOSYS);
    }

    fn fallocate(
        &self,
        _: &Request,
        _: INodeNo,
        fh: FileHandle,
        offset: u64,
        length: u64,
        mode: i32,
        reply: ReplyEmpty,
    ) {
        answer_empty(reply, self.tree().allocate(fh.0, mode, offset, length));
    }

    fn lseek(&self, _: &Request, _: INodeNo, fh: FileHandle, offset: i64, whence: i32, reply: ReplyLseek) {
        let hole = match whence {
            SEEK_DATA => false,
            SEEK_HOLE => true,
            _ => return reply.error(fuser::Errno::EINVAL),
        };
        let Ok(offset) = u64::try_from(offset) else { return reply.error(fuser::Errno::ENXIO) };
        match self.tree().seek(fh.0, offset, hole) {
            Ok(found) => reply.offset(i64::try_from(found).unwrap_or(i64::MAX)),
            Err(error) => reply.error(errno(error)),
        }
    }

    fn copy_file_range(
        &self,
        _: &Request,
        _: INodeNo,
        fh_in: FileHandle,
        offset_in: u64,
        _: INodeNo,
        fh_out: FileHandle,
        offset_out: u64,
        len: u64,
        _: CopyFileRangeFlags,
        reply: ReplyWrite,
    ) {
        let copied = self.tree().copy_range((fh_in.0, offset_in), (fh_out.0, offset_out), len);
        answer_written(reply, copied);
    }
}

/// lseek(2).
const SEEK_DATA: i32 = 3;
const SEEK_HOLE: i32 = 4;

fn answer_written(reply: ReplyWrite, result: Result<usize>) {
    match result {
        Ok(count) => reply.written(u32::try_from(count).unwrap_or(u32::MAX)),
        Err(error) => reply.error(errno(error)),
    }
}
