//! `--pid --ipc --uts --cgroupns`, `--hostname`, and which namespaces follow from all of them.

use std::path::PathBuf;

use super::SpecError;
use crate::model::run_request::{NetworkChoice, NsRequest, RunRequest, UsernsRequest};
use crate::model::spec::{NamespaceSpec, NsMode};
use crate::model::{ContainerId, HostFacts, IdMapSpec, MapWriter, nearest};

const MODES: [&str; 4] = ["private", "host", "container", "ns"];
/// sethostname(2), HOST_NAME_MAX.
const LONGEST_HOSTNAME: usize = 64;

/// Reads a mode: `private`, `host`, `container:NAME`, `ns:PATH`.
pub fn parse(flag: &'static str, text: &str) -> Result<NsRequest, SpecError> {
    let refuse = |why: String| SpecError::flag(flag, text, why);
    match text.split_once(':') {
        None if matches!(text, "" | "private") => Ok(NsRequest::Private),
        None if text == "host" => Ok(NsRequest::Host),
        // a private one that others may join, which is what ours are
        None if text == "shareable" && flag == "--ipc" => Ok(NsRequest::Private),
        None if text == "none" && flag == "--ipc" => {
            Err(refuse("\"none\" is not supported: private has a /dev/shm of its own".to_owned()))
        }
        None if text == "pod" => Err(refuse("pods are not there yet".to_owned())),
        None | Some(("container", "")) if matches!(text, "container" | "container:") => {
            Err(refuse("want container:NAME".to_owned()))
        }
        Some(("container", name)) => Ok(NsRequest::Container(name.to_owned())),
        Some(("ns", path)) if path.starts_with('/') && !path.contains('\0') => {
            Ok(NsRequest::Path(PathBuf::from(path)))
        }
        Some(("ns", _)) => Err(refuse("want ns:PATH with an absolute path".to_owned())),
        _ => Err(refuse(match nearest(text.split(':').next().unwrap_or(text), MODES) {
            Some(near) => format!("unknown mode, did you mean {near}?"),
            None => "unknown mode: want private, host, container:NAME or ns:PATH".to_owned(),
        })),
    }
}

/// Checks `--hostname`.
pub fn parse_hostname(text: &str) -> Result<String, SpecError> {
    let refuse = |why: &str| Err(SpecError::flag("--hostname", text, why));
    let known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    match text {
        "" => refuse("it is empty"),
        _ if text.len() > LONGEST_HOSTNAME => refuse("it is longer than 64 bytes"),
        _ if !text.bytes().all(known) => refuse("want letters, digits, \".\" and \"-\""),
        _ if text.starts_with(['-', '.']) => refuse("a host name begins with a letter or digit"),
        _ => Ok(text.to_owned()),
    }
}

/// Decides every namespace. Joining one of another container's joins its user namespace as well: nothing else has
/// the right to enter it.
pub fn decide(request: &RunRequest, maps: &IdMapSpec) -> Result<NamespaceSpec, SpecError> {
    let asked = &request.namespaces;
    let mut namespaces = NamespaceSpec {
        user: match &request.id_maps.userns {
            UsernsRequest::Container(id) => NsMode::Container(container(id)?),
            UsernsRequest::Path(path) => NsMode::Path(path.clone()),
            _ if maps.writer == MapWriter::None => NsMode::Host,
            _ => NsMode::Private,
        },
        pid: mode(&asked.pid)?,
        net: match &request.network.mode {
            NetworkChoice::Default | NetworkChoice::Own(_) => NsMode::Private,
            NetworkChoice::Host => NsMode::Host,
            NetworkChoice::Container(id) => NsMode::Container(container(id)?),
            NetworkChoice::Path(path) => NsMode::Path(path.clone()),
        },
        ipc: mode(&asked.ipc)?,
        uts: mode(&asked.uts)?,
        cgroup: mode(&asked.cgroup)?,
    };
    if let Some(joined) = joined(&namespaces)? {
        match &namespaces.user {
            NsMode::Container(_) => {}
            NsMode::Private | NsMode::Host if is_default(&request.id_maps) => namespaces.user = joined,
            _ => {
                return Err(SpecError::Conflict(
                    "--userns",
                    "container:",
                    "a container's namespaces are joined together with its user namespace",
                ));
            }
        }
    }
    Ok(namespaces)
}

/// The one container that namespaces are joined of.
fn joined(of: &NamespaceSpec) -> Result<Option<NsMode>, SpecError> {
    let all = [&of.pid, &of.net, &of.ipc, &of.uts, &of.cgroup, &of.user];
    let mut joined = all.into_iter().filter(|mode| matches!(mode, NsMode::Container(_)));
    let first = joined.next();
    match joined.any(|other| Some(other) != first) {
        true => Err(SpecError::Conflict(
            "container:",
            "container:",
            "the namespaces of two containers have different owners",
        )),
        false => Ok(first.cloned()),
    }
}

fn is_default(maps: &crate::model::run_request::IdMapRequest) -> bool {
    maps.userns == UsernsRequest::Private && maps.uidmap.is_empty() && maps.gidmap.is_empty()
}

/// The container's host name: none where it is not the container's own.
pub fn hostname(
    request: &RunRequest,
    namespaces: &NamespaceSpec,
    id: &ContainerId,
    host: &HostFacts,
) -> Result<Option<String>, SpecError> {
    match (&namespaces.uts, &request.namespaces.hostname) {
        (NsMode::Private, Some(name)) => Ok(Some(name.clone())),
        // podman: with the host's network, programs expect a name that the host's /etc/hosts knows
        (NsMode::Private, None) if namespaces.net == NsMode::Host => Ok(Some(host.hostname.clone())),
        (NsMode::Private, None) => Ok(Some(id.short().to_owned())),
        (_, Some(_)) => {
            Err(SpecError::Conflict("--hostname", "--uts", "only a host name of its own can be set"))
        }
        (_, None) => Ok(None),
    }
}

fn mode(request: &NsRequest) -> Result<NsMode, SpecError> {
    Ok(match request {
        NsRequest::Private => NsMode::Private,
        NsRequest::Host => NsMode::Host,
        NsRequest::Path(path) => NsMode::Path(path.clone()),
        NsRequest::Container(id) => NsMode::Container(container(id)?),
    })
}

/// The id that `ops` put in the place of a name; what is still a name was not found.
fn container(id: &str) -> Result<ContainerId, SpecError> {
    ContainerId::parse(id).ok_or_else(|| SpecError::NoSuchContainer(id.to_owned()))
}

#[cfg(test)]
#[path = "namespaces_tests.rs"]
mod tests;
