//! Fields that the specification has and that are not honoured. A bundle that asks for one is not run without it.

use serde_json::Value;

use super::OciError;

const NO_CGROUP: &str = "no cgroup is made here";
const OTHER_SYSTEM: &str = "this is Linux";
const NOT_YET: &str = "rctr does not do that";

/// Field and reason. Lists, objects and texts that are empty ask for nothing, nor do false and 0.
pub(super) const REFUSED: &[(&str, &str)] = &[
    ("process.scheduler", NOT_YET),
    ("process.ioPriority", NOT_YET),
    ("process.execCPUAffinity", NOT_YET),
    ("process.commandLine", OTHER_SYSTEM),
    ("process.user.username", OTHER_SYSTEM),
    ("domainname", NOT_YET),
    ("hooks.prestart", NOT_YET),
    ("hooks.createRuntime", NOT_YET),
    ("hooks.createContainer", NOT_YET),
    ("hooks.startContainer", NOT_YET),
    ("hooks.poststart", NOT_YET),
    ("hooks.poststop", NOT_YET),
    ("solaris", OTHER_SYSTEM),
    ("windows", OTHER_SYSTEM),
    ("freebsd", OTHER_SYSTEM),
    ("vm", "the container is processes of this kernel"),
    ("zos", OTHER_SYSTEM),
    ("linux.timeOffsets", NOT_YET),
    ("linux.mountLabel", "files get no SELinux label here"),
    ("linux.personality", NOT_YET),
    ("linux.intelRdt", NOT_YET),
    ("linux.netDevices", "moving a device takes a right over the host's network"),
    ("linux.memoryPolicy", NOT_YET),
    ("linux.seccomp.listenerPath", "no program here listens to the filter"),
    ("linux.seccomp.listenerMetadata", "no program here listens to the filter"),
    ("linux.resources.memory", NO_CGROUP),
    ("linux.resources.cpu", NO_CGROUP),
    ("linux.resources.pids", NO_CGROUP),
    ("linux.resources.blockIO", NO_CGROUP),
    ("linux.resources.hugepageLimits", NO_CGROUP),
    ("linux.resources.network", NO_CGROUP),
    ("linux.resources.rdma", NO_CGROUP),
    ("linux.resources.unified", NO_CGROUP),
];

/// Looks for all of them.
pub(super) fn refuse(document: &Value) -> Result<(), OciError> {
    for (field, why) in REFUSED {
        let found = field.split('.').try_fold(document, |value, key| value.get(key));
        if let Some(place) = found.and_then(|value| asks(value, (*field).to_owned())) {
            return Err(OciError::unsupported(place, *why));
        }
    }
    Ok(())
}

/// The place of the first value below that asks for something. -1 is "no limit" (config-linux.md, "Control groups").
fn asks(value: &Value, place: String) -> Option<String> {
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::Number(number) if matches!(number.as_i64(), Some(0 | -1)) => None,
        Value::String(text) if text.is_empty() => None,
        Value::Object(map) => map.iter().find_map(|(key, value)| asks(value, format!("{place}.{key}"))),
        Value::Array(list) => (!list.is_empty()).then_some(place),
        _ => Some(place),
    }
}
