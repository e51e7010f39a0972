//! `export`: all files of a container as a tar, without what is mounted further down.

use std::fs::File;
use std::io::{self, BufWriter};
use std::os::fd::AsFd;

use super::copy::left_out;
use super::rootfs::Rootfs;
use crate::image::ImageError;
use crate::image::pack::{PackReport, Packer, Packing};
use crate::model::Action;
use crate::model::files_request::ExportRequest;
use crate::ops::output_file::OutputFile;
use crate::ops::{Context, OpsError, Outcome, happened};
use crate::store::Store;
use crate::sys::root::Root;
use crate::sys::{Attempt, mount};

/// Writes the tar to a file, or to stdout when that is no terminal.
pub(super) fn export(ctx: &Context, store: &Store, request: &ExportRequest) -> Result<Outcome, OpsError> {
    if request.output.is_none() && ctx.host.terminals[1] {
        return Err(OpsError::OutputIsTerminal { what: "export", instead: "-o flag" });
    }
    let rootfs = Rootfs::find(store, &request.container)?;
    let (read, write) =
        rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).attempt(|| "make a pipe")?;
    let (mut read, write) = (File::from(read), File::from(write));
    let worker = rootfs.enter(ctx, false, &[write.as_fd()], |root| pack(root, &write))?;
    drop(write);
    let mut output = None;
    let written = match &request.output {
        Some(path) => OutputFile::create(ctx.host.cwd.join(path)).and_then(|made| {
            let made = output.insert(made);
            io::copy(&mut read, &mut made.file()).attempt(|| "write the tar")
        }),
        None => match io::copy(&mut read, &mut io::stdout().lock()) {
            // A reader that went away has what it wanted.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                return Ok(Outcome::Copied(Vec::new()));
            }
            other => other.attempt(|| "write to stdout"),
        },
    };
    // Who cannot write any more is told of here; the other side only hears that nobody reads.
    written.map_err(|error| OpsError::Output {
        what: format!(
            "export to {}",
            request.output.as_ref().map_or("stdout".into(), |to| to.to_string_lossy())
        ),
        error: error.into(),
    })?;
    let report = worker.finish().map_err(|failure| rootfs.failed(failure))??;
    if let Some(output) = output {
        output.keep()?;
    }
    happened(store, Action::Export, &rootfs.spec);
    Ok(Outcome::Copied(left_out(&report)))
}

/// In the container: its root file system alone, also below what is mounted on it where that can be had.
pub(super) fn pack(root: &Root, write: &File) -> Result<PackReport, ImageError> {
    let own = mount::clone_tree(root.fd(), false, "the root file system");
    // Mounts of the host's further down, which the kernel does not let go of one by one.
    let one_mount = own.is_err();
    let same = |uid, gid| (uid, gid);
    let stream = BufWriter::with_capacity(64 * 1024, write);
    let mut packer = Packer::new(stream, Packing { sparse: false, nanos: false, one_mount, owner: &same });
    let top = own.as_ref().map_or(root.fd(), AsFd::as_fd);
    packer.content(top, b"")?;
    packer.finish()
}
