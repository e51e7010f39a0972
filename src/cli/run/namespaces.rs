//! Which namespaces are new, and the ids inside.

use clap::Args;

use super::Failure;
use crate::model::RunRequest;
use crate::model::run_request::NsRequest;
use crate::spec::{SpecError, idmaps, namespaces};

#[derive(Args, Debug)]
#[command(next_help_heading = "Namespaces and ids")]
pub(super) struct NamespaceArgs {
    /// Host name inside [default: first 12 digits of the id]
    #[arg(short = 'h', long, value_name = "NAME")]
    hostname: Option<String>,
    /// Processes: private, host, container:NAME or ns:PATH
    #[arg(long, value_name = "MODE")]
    pid: Option<String>,
    /// Shared memory and message queues: as --pid
    #[arg(long, value_name = "MODE")]
    ipc: Option<String>,
    /// Host name: as --pid
    #[arg(long, value_name = "MODE")]
    uts: Option<String>,
    /// Root of the control groups: as --pid
    #[arg(long, value_name = "MODE")]
    cgroupns: Option<String>,
    /// Ids: private, keep-id[:uid=,gid=,size=], nomap, auto[:size=], host, container:NAME or ns:PATH
    #[arg(long, value_name = "MODE")]
    userns: Option<String>,
    /// Map user ids; HOST counts from 0, which is the caller, @HOST is an id of the host
    #[arg(long, value_name = "ID:HOST[:COUNT]")]
    uidmap: Vec<String>,
    /// Map group ids
    #[arg(long, value_name = "ID:HOST[:COUNT]")]
    gidmap: Vec<String>,
    /// Take the ranges that /etc/subuid has for this name
    #[arg(long, value_name = "NAME")]
    subuidname: Option<String>,
    /// Take the ranges that /etc/subgid has for this name
    #[arg(long, value_name = "NAME")]
    subgidname: Option<String>,
}

impl NamespaceArgs {
    pub fn fill(self, request: &mut RunRequest) -> Result<(), Failure> {
        let mode = |flag, text: Option<String>| -> Result<NsRequest, SpecError> {
            text.map(|text| namespaces::parse(flag, &text)).transpose().map(Option::unwrap_or_default)
        };
        let spaces = &mut request.namespaces;
        spaces.pid = mode("--pid", self.pid)?;
        spaces.ipc = mode("--ipc", self.ipc)?;
        spaces.uts = mode("--uts", self.uts)?;
        spaces.cgroup = mode("--cgroupns", self.cgroupns)?;
        let name = self.hostname.filter(|name| !name.is_empty());
        spaces.hostname = name.as_deref().map(namespaces::parse_hostname).transpose()?;

        let maps = &mut request.id_maps;
        maps.userns = self.userns.as_deref().map(idmaps::userns).transpose()?.unwrap_or_default();
        for text in &self.uidmap {
            maps.uidmap.push(idmaps::map_entry("--uidmap", text)?);
        }
        for text in &self.gidmap {
            maps.gidmap.push(idmaps::map_entry("--gidmap", text)?);
        }
        maps.subuidname = self.subuidname;
        maps.subgidname = self.subgidname;
        Ok(())
    }
}
