//! `linux.namespaces` and the id maps.

use super::OciError;
use super::document::{Linux, Mapping, Namespace};
use crate::model::spec::{NamespaceSpec, NsMode};
use crate::model::{HostFacts, IdMapSpec, IdRange, MapWriter};
use crate::spec::idmaps;

/// Which are new, which joined; what is not listed is the caller's. Whoever is not root gets a user namespace unasked, as
/// from crun: nothing else could be made without.
pub(super) fn decide(linux: &mut Linux, host: &HostFacts) -> Result<(NamespaceSpec, IdMapSpec), OciError> {
    let listed = linux.namespaces.take().unwrap_or_default();
    let mode = |kind: &str| one(&listed, kind);
    for namespace in &listed {
        let known =
            ["pid", "network", "ipc", "uts", "cgroup", "mount", "user"].contains(&namespace.kind.as_str());
        if namespace.kind == "time" {
            return Err(OciError::unsupported("linux.namespaces", "\"time\""));
        }
        if !known {
            return Err(OciError::invalid("linux.namespaces", format!("unknown type {:?}", namespace.kind)));
        }
        if listed.iter().filter(|other| other.kind == namespace.kind).count() > 1 {
            return Err(OciError::invalid(
                "linux.namespaces",
                format!("{:?} is there twice", namespace.kind),
            ));
        }
    }
    match mode("mount") {
        NsMode::Private => {}
        NsMode::Path(_) => {
            return Err(OciError::unsupported("linux.namespaces", "joining a mount namespace"));
        }
        _ => return Err(OciError::unsupported("linux.namespaces", "a container without \"mount\"")),
    }
    let maps = match mode("user") {
        NsMode::Path(_) => return Err(OciError::unsupported("linux.namespaces", "joining a user namespace")),
        NsMode::Private => Some(maps(linux, host)?),
        _ if linux.uid_mappings.iter().chain(&linux.gid_mappings).flatten().next().is_some() => {
            return Err(OciError::invalid(
                "linux.uidMappings",
                "there is no \"user\" among linux.namespaces",
            ));
        }
        _ if host.uid != 0 => Some(idmaps::default_maps(host)),
        _ => None,
    };
    let namespaces = NamespaceSpec {
        user: if maps.is_some() { NsMode::Private } else { NsMode::Host },
        pid: mode("pid"),
        net: mode("network"),
        ipc: mode("ipc"),
        uts: mode("uts"),
        cgroup: mode("cgroup"),
    };
    let none = IdMapSpec { uids: Vec::new(), gids: Vec::new(), writer: MapWriter::None };
    Ok((namespaces, maps.unwrap_or(none)))
}

fn one(listed: &[Namespace], kind: &str) -> NsMode {
    match listed.iter().find(|namespace| namespace.kind == kind) {
        None => NsMode::Host,
        Some(namespace) if namespace.path.is_empty() => NsMode::Private,
        Some(namespace) => NsMode::Path(namespace.path.clone().into()),
    }
}

fn maps(linux: &mut Linux, host: &HostFacts) -> Result<IdMapSpec, OciError> {
    let uids = ranges("linux.uidMappings", linux.uid_mappings.take().unwrap_or_default())?;
    let gids = ranges("linux.gidMappings", linux.gid_mappings.take().unwrap_or_default())?;
    let own = |map: &[IdRange], id| matches!(map, [only] if only.size == 1 && only.host == id);
    let writer = if (host.uid != 0 || host.single_id_root) && own(&uids, host.uid) && own(&gids, host.gid) {
        MapWriter::Own
    } else if host.uid == 0 {
        MapWriter::Root
    } else {
        MapWriter::Helpers
    };
    Ok(IdMapSpec { uids, gids, writer })
}

/// The kernel takes so many (user_namespaces(7)).
const MOST_RANGES: usize = 340;

fn ranges(field: &str, map: Vec<Mapping>) -> Result<Vec<IdRange>, OciError> {
    if map.is_empty() || map.len() > MOST_RANGES {
        let why = format!("a user namespace has 1 to {MOST_RANGES} ranges, not {}", map.len());
        return Err(OciError::invalid(field, why));
    }
    let fits = |first: u32, size: u32| first.checked_add(size).is_some();
    if let Some(at) =
        map.iter().position(|m| m.size == 0 || !fits(m.container, m.size) || !fits(m.host, m.size))
    {
        return Err(OciError::invalid(
            format!("{field}[{at}]"),
            "it is empty, or reaches beyond the last id",
        ));
    }
    Ok(map.into_iter().map(|m| IdRange { container: m.container, host: m.host, size: m.size }).collect())
}
