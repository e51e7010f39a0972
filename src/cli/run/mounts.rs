//! The root file system, what is mounted into it, and devices.

use clap::Args;

use super::Failure;
use crate::model::RunRequest;
use crate::spec::{device, mount_flag, rootfs_backend, size, tmpfs, volume};

#[derive(Args, Debug)]
#[command(next_help_heading = "Files")]
pub(super) struct MountArgs {
    /// Take a directory for the root file system, not an image; DIR:O discards what is written, / is the host's own
    #[arg(long)]
    rootfs: Option<bool>,
    /// How layers become one tree: overlay (the kernel's), fuse (our own) or copy [default: what works here]
    #[arg(long, value_name = "BACKEND")]
    rootfs_backend: Option<String>,
    /// Mount a file or directory of the host
    #[arg(short, long, value_name = "SRC:DST[:OPTIONS]")]
    volume: Vec<String>,
    /// Mount, as type=bind|tmpfs|volume,source=SRC,target=DST,…
    #[arg(long, value_name = "FIELDS")]
    mount: Vec<String>,
    /// Mount an empty directory in memory
    #[arg(long, value_name = "DST[:OPTIONS]")]
    tmpfs: Vec<String>,
    /// Make the root file system read-only
    #[arg(long)]
    read_only: Option<bool>,
    /// With --read-only, keep /run, /tmp and /var/tmp writable in memory [default: true]
    #[arg(long, value_name = "true|false")]
    read_only_tmpfs: Option<bool>,
    /// Size of /dev/shm [default: 64m]
    #[arg(long, value_name = "SIZE")]
    shm_size: Option<String>,
    /// Give it a device of the host
    #[arg(long, value_name = "HOST[:DST][:rwm]")]
    device: Vec<String>,
}

impl MountArgs {
    /// Is the first word a directory?
    pub fn rootfs(&self) -> bool {
        self.rootfs.unwrap_or(false)
    }

    pub fn fill(self, request: &mut RunRequest) -> Result<(), Failure> {
        let mounts = &mut request.mounts;
        for text in &self.volume {
            mounts.mounts.push(volume::parse(text)?);
        }
        for text in &self.mount {
            mounts.mounts.push(mount_flag::parse(text)?);
        }
        for text in &self.tmpfs {
            mounts.mounts.push(tmpfs::parse(text)?);
        }
        for text in &self.device {
            mounts.devices.push(device::parse(text)?);
        }
        mounts.backend = self.rootfs_backend.as_deref().map(rootfs_backend::parse).transpose()?;
        mounts.read_only = self.read_only.unwrap_or(false);
        mounts.read_only_tmpfs = self.read_only_tmpfs.unwrap_or(true);
        mounts.shm_size = self.shm_size.as_deref().map(|text| size::parse("--shm-size", text)).transpose()?;
        Ok(())
    }
}
