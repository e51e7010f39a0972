//! What the container may not do: capabilities, filters, hidden and read-only paths.

use super::path::{clean, is_within};
use super::{SpecError, caps, glob};
use crate::model::HostFacts;
use crate::model::run_request::ConfinementRequest;
use crate::model::spec::{ConfinementSpec, SeccompSpec};

/// Hidden: docker's list (moby, its OCI defaults), and what podman has beyond it in /sys.
pub const MASKED: [&str; 14] = [
    "/proc/acpi",
    "/proc/asound",
    "/proc/interrupts",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/sys/dev/block",
    "/sys/devices/virtual/powercap",
    "/sys/firmware",
    "/sys/fs/selinux",
];

/// Read-only: docker's list.
pub const READ_ONLY: [&str; 5] = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/// Decides the confinement.
pub fn decide(request: &ConfinementRequest, host: &HostFacts) -> Result<ConfinementSpec, SpecError> {
    let privileged = request.privileged;
    let capabilities = match privileged {
        true => {
            let mut set = caps::all();
            set.retain(|number| !request.cap_drop.all && !request.cap_drop.numbers.contains(number));
            set.extend(request.cap_add.numbers.iter().filter(|_| request.cap_drop.all));
            set
        }
        false => caps::bounding(&request.cap_add, &request.cap_drop)?,
    };
    let ambient = match (privileged, request.cap_add.all) {
        (true, _) => Vec::new(),
        (false, true) => capabilities.clone(),
        (false, false) => request.cap_add.numbers.clone(),
    };
    let seccomp = match &request.seccomp {
        Some(SeccompSpec::File(path)) => SeccompSpec::File(host.cwd.join(path)),
        Some(given) => given.clone(),
        None if privileged => SeccompSpec::Unconfined,
        None => SeccompSpec::Default,
    };
    let hidden = !privileged && !request.unmask_all;
    let keep = |path: &str| hidden && !request.unmask.iter().any(|pattern| glob::fits(pattern, path));
    let mut masked_paths: Vec<String> =
        MASKED.into_iter().filter(|path| keep(path)).map(str::to_owned).collect();
    for path in request.mask.iter().map(|path| clean(path)) {
        if !masked_paths.iter().any(|other| is_within(&path, other)) {
            masked_paths.push(path);
        }
    }
    let readonly_paths = READ_ONLY.into_iter().filter(|path| keep(path)).map(str::to_owned).collect();
    Ok(ConfinementSpec {
        capabilities,
        ambient,
        sets: None,
        no_new_privileges: request.no_new_privileges,
        seccomp,
        masked_paths,
        readonly_paths,
        apparmor: request.apparmor.clone().filter(|profile| profile != "unconfined" && !privileged),
        selinux_label: label(&request.labels),
        keep_keyring: false,
        privileged,
    })
}

/// The SELinux label, when parts of it were given: podman's defaults for the others.
fn label(options: &[String]) -> Option<String> {
    let mut parts = ["system_u", "system_r", "container_t", "s0"];
    let mut given = false;
    for option in options {
        let (kind, value) = option.split_once(':').unwrap_or((option, ""));
        let slot = match kind {
            "disable" => return None,
            "user" => 0,
            "role" => 1,
            "type" => 2,
            "level" => 3,
            _ => continue,
        };
        parts[slot] = value;
        given = true;
    }
    given.then(|| parts.join(":"))
}

#[cfg(test)]
#[path = "confinement_tests.rs"]
mod tests;
