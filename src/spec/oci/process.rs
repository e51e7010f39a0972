//! `process`: of the container, and of those that join it later.

use super::document::{Capabilities, Process};
use super::refused::refuse;
use super::{OciError, read};
use crate::model::ContainerSpec;
use crate::model::oci_request::OciProcess;
use crate::model::spec::{CapabilitySets, ConfinementSpec, ProcessIds, ProcessSpec, Rlimit};
use crate::spec::{caps, process::UMASK};

/// What a process says of itself; the rest of the confinement is the container's.
pub(super) struct Decided {
    pub process: ProcessSpec,
    pub capabilities: Vec<u8>,
    pub sets: CapabilitySets,
    pub no_new_privileges: bool,
    pub apparmor: Option<String>,
    pub selinux_label: Option<String>,
}

impl Decided {
    /// Puts it in the place of what was said before; gives the rest.
    pub fn confine(self, confinement: &mut ConfinementSpec) -> ProcessSpec {
        confinement.capabilities = self.capabilities;
        confinement.sets = Some(self.sets);
        confinement.no_new_privileges = self.no_new_privileges;
        confinement.apparmor = self.apparmor;
        confinement.selinux_label = self.selinux_label;
        self.process
    }
}

/// The container's specification with this program in the place of its own. Its seccomp filter, and what is not said
/// otherwise, is the container's. `process` is the text of its file.
///
/// # Errors
/// A process that cannot be read or is not supported.
pub fn exec(
    container: &ContainerSpec,
    exec: &OciProcess,
    process: Option<&[u8]>,
) -> Result<ContainerSpec, OciError> {
    let mut spec = container.clone();
    spec.process.terminal = false;
    if let Some(text) = process {
        let value: serde_json::Value = read::json("the process", text)?;
        refuse(&serde_json::json!({ "process": value }))?;
        let process: Process = read::json("the process", text)?;
        spec.process = decide(process)?.confine(&mut spec.confinement);
    }
    let process = &mut spec.process;
    if !exec.args.is_empty() {
        process.args.clone_from(&exec.args);
    }
    for entry in &exec.env {
        let key = entry.split('=').next().unwrap_or_default();
        process.env.retain(|known| known.split('=').next() != Some(key));
        process.env.push(entry.clone());
    }
    process.cwd = exec.cwd.clone().unwrap_or_else(|| process.cwd.clone());
    let ids = process.ids.get_or_insert_with(|| ProcessIds { uid: 0, gid: 0, groups: Vec::new() });
    if let Some(text) = &exec.user {
        let (uid, gid) = text.split_once(':').map_or((text.as_str(), None), |(uid, gid)| (uid, Some(gid)));
        ids.uid = number("--user", uid)?;
        ids.gid = gid.map_or(Ok(ids.gid), |gid| number("--user", gid))?;
    }
    ids.groups.extend(&exec.groups);
    let added = numbers("--cap", Some(exec.capabilities.clone()))?;
    if !added.is_empty() {
        let sets = spec.confinement.sets.get_or_insert_default();
        for set in [&mut spec.confinement.capabilities, &mut sets.effective, &mut sets.permitted] {
            set.extend(&added);
        }
        if ids.uid != 0 {
            // Who is not root keeps across execve(2) what is ambient.
            sets.inheritable.extend(&added);
            sets.ambient.extend(&added);
        }
    }
    process.terminal |= exec.terminal;
    process.preserve_fds = exec.preserve_fds;
    spec.confinement.no_new_privileges |= exec.no_new_privileges;
    if process.args.is_empty() {
        return Err(OciError::invalid("process.args", "no program"));
    }
    absolute(&process.cwd)?;
    Ok(spec)
}

/// Decimal digits, and an id that the kernel takes.
fn number(flag: &str, text: &str) -> Result<u32, OciError> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = text.parse().ok().filter(|number| digits && *number != u32::MAX);
    number.ok_or_else(|| OciError::invalid(flag, format!("{text:?} is no id in decimal digits")))
}

/// Reads one.
pub(super) fn decide(process: Process) -> Result<Decided, OciError> {
    let args = process.args.unwrap_or_default();
    if args.is_empty() {
        return Err(OciError::invalid("process.args", "no program"));
    }
    absolute(&process.cwd)?;
    let user = process.user;
    for (field, id) in [("process.user.uid", user.uid), ("process.user.gid", user.gid)] {
        if id == u32::MAX {
            return Err(OciError::invalid(field, "4294967295 is no id"));
        }
    }
    let Capabilities { bounding, effective, permitted, inheritable, ambient } =
        process.capabilities.unwrap_or_default();
    let sets = CapabilitySets {
        effective: numbers("process.capabilities.effective", effective)?,
        permitted: numbers("process.capabilities.permitted", permitted)?,
        inheritable: numbers("process.capabilities.inheritable", inheritable)?,
        ambient: numbers("process.capabilities.ambient", ambient)?,
    };
    let text = |text: String| Some(text).filter(|text| !text.is_empty());
    Ok(Decided {
        capabilities: numbers("process.capabilities.bounding", bounding)?,
        sets,
        no_new_privileges: process.no_new_privileges,
        apparmor: text(process.apparmor_profile),
        selinux_label: text(process.selinux_label),
        process: ProcessSpec {
            entrypoint_words: args.len(),
            args,
            env: process.env.unwrap_or_default(),
            cwd: process.cwd,
            user: String::new(),
            groups: Vec::new(),
            ids: Some(ProcessIds {
                uid: user.uid,
                gid: user.gid,
                groups: user.additional_gids.unwrap_or_default(),
            }),
            keep_groups: false,
            terminal: process.terminal,
            terminal_size: process
                .console_size
                .map(|size| (size.height, size.width))
                .filter(|size| process.terminal && *size != (0, 0)),
            interactive: true,
            rlimits: rlimits(process.rlimits.unwrap_or_default())?,
            umask: user.umask.unwrap_or(UMASK),
            oom_score_adj: process.oom_score_adj,
            preserve_fds: 0,
        },
    })
}

fn absolute(cwd: &str) -> Result<(), OciError> {
    let fine = cwd.starts_with('/') && !cwd.contains('\0');
    if fine { Ok(()) } else { Err(OciError::invalid("process.cwd", format!("{cwd:?} is no absolute path"))) }
}

fn numbers(field: &str, names: Option<Vec<String>>) -> Result<Vec<u8>, OciError> {
    let number = |name: &String| {
        caps::number(name).ok_or_else(|| OciError::invalid(field, format!("unknown capability {name:?}")))
    };
    let mut numbers = names.unwrap_or_default().iter().map(number).collect::<Result<Vec<_>, _>>()?;
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

fn rlimits(list: Vec<super::document::Rlimit>) -> Result<Vec<Rlimit>, OciError> {
    let mut limits: Vec<Rlimit> = Vec::new();
    for (at, limit) in list.into_iter().enumerate() {
        let field = format!("process.rlimits[{at}].type");
        let name = limit.kind.strip_prefix("RLIMIT_").unwrap_or_default().to_ascii_lowercase();
        if !crate::spec::ulimit::NAMES.contains(&name.as_str()) {
            return Err(OciError::invalid(field, format!("unknown limit {:?}", limit.kind)));
        }
        if limits.iter().any(|other| other.name == name) {
            return Err(OciError::invalid(field, format!("{} is there twice", limit.kind)));
        }
        limits.push(Rlimit { name, soft: limit.soft, hard: limit.hard });
    }
    Ok(limits)
}
