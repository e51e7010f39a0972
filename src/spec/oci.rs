//! The `config.json` of an OCI bundle (runtime-spec config.md, config-linux.md): a decided container written as one for
//! other runtimes, and one read as a decided container.

mod document;
mod error;
mod mounts;
mod namespaces;
mod process;
mod read;
mod refused;

pub use error::OciError;
pub use mounts::MOUNT_OPTIONS;
pub use process::exec;
pub use read::{Bundle, read};

use serde_json::{Map, Value, json};

use super::caps;
use crate::model::seccomp::{Action, Arch, Condition, Filter, Operator, Rule};
use crate::model::spec::{ContainerSpec, NsMode};
use crate::model::{IdRange, MapWriter, MountKind, MountSpec};

/// What the specification leaves to be looked up in the image's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
    /// Supplementary groups besides that one.
    pub groups: Vec<u32>,
    /// Home directory.
    pub home: String,
}

/// The document. Mounts of the host's files and directories are none of a bundle's, and left out.
pub fn config(spec: &ContainerSpec, who: &Who, filter: Option<(&Filter, &str)>) -> Value {
    let mut linux = json!({
        "namespaces": namespaces(spec),
        "maskedPaths": spec.confinement.masked_paths,
        "readonlyPaths": spec.confinement.readonly_paths,
    });
    if spec.id_maps.writer != MapWriter::None {
        linux["uidMappings"] = mappings(&spec.id_maps.uids);
        linux["gidMappings"] = mappings(&spec.id_maps.gids);
    }
    if !spec.sysctls.is_empty() {
        linux["sysctl"] = json!(spec.sysctls);
    }
    if let Some((filter, machine)) = filter {
        linux["seccomp"] = seccomp(filter, machine);
    }
    let mut config = json!({
        "ociVersion": "1.0.2",
        "process": process(spec, who),
        "root": {"path": "rootfs", "readonly": spec.rootfs.readonly},
        "mounts": spec.mounts.iter().filter_map(|m| mount(m, spec)).collect::<Vec<_>>(),
        "linux": linux,
    });
    if let Some(hostname) = &spec.hostname {
        config["hostname"] = json!(hostname);
    }
    let mut annotations = spec.annotations.clone();
    if let Some(image) = &spec.image {
        // image-spec annotations.md; what a runtime's `state` shows.
        annotations.insert("org.opencontainers.image.ref.name".to_owned(), image.name.clone());
    }
    config["annotations"] = json!(annotations);
    config
}

fn process(spec: &ContainerSpec, who: &Who) -> Value {
    let process = &spec.process;
    let mut env = process.env.clone();
    let has = |env: &[String], key: &str| env.iter().any(|e| e.split('=').next() == Some(key));
    if !has(&env, "PATH") {
        env.push("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned());
    }
    if !has(&env, "HOME") {
        env.push(format!("HOME={}", who.home));
    }
    let names = |numbers: &[u8]| numbers.iter().map(|n| caps::name(*n)).collect::<Vec<_>>();
    let bounding = names(&spec.confinement.capabilities);
    // Who is not root has none but those asked for by name, as in a container of rctr's.
    let own = if who.uid == 0 { bounding.clone() } else { names(&spec.confinement.ambient) };
    let mut value = json!({
        "terminal": process.terminal,
        "user": {"uid": who.uid, "gid": who.gid, "umask": process.umask},
        "args": process.args,
        "env": env,
        "cwd": process.cwd,
        "capabilities": {"bounding": bounding, "effective": own, "permitted": own, "inheritable": []},
        "rlimits": process.rlimits.iter().map(|limit| json!({
            "type": format!("RLIMIT_{}", limit.name.to_ascii_uppercase()),
            "soft": limit.soft,
            "hard": limit.hard,
        })).collect::<Vec<_>>(),
        "noNewPrivileges": spec.confinement.no_new_privileges,
    });
    if !who.groups.is_empty() {
        value["user"]["additionalGids"] = json!(who.groups);
    }
    if let Some(adjust) = process.oom_score_adj {
        value["oomScoreAdj"] = json!(adjust);
    }
    value
}

fn namespaces(spec: &ContainerSpec) -> Vec<Value> {
    let ns = &spec.namespaces;
    let own =
        [("pid", &ns.pid), ("network", &ns.net), ("ipc", &ns.ipc), ("uts", &ns.uts), ("cgroup", &ns.cgroup)];
    let mut all = vec![json!({"type": "mount"})];
    if spec.id_maps.writer != MapWriter::None {
        all.push(json!({"type": "user"}));
    }
    all.extend(
        own.iter().filter(|(_, mode)| **mode == NsMode::Private).map(|(kind, _)| json!({"type": kind})),
    );
    all
}

fn mappings(ranges: &[IdRange]) -> Value {
    let one = |r: &IdRange| json!({"containerID": r.container, "hostID": r.host, "size": r.size});
    Value::Array(ranges.iter().map(one).collect())
}

fn mount(mount: &MountSpec, spec: &ContainerSpec) -> Option<Value> {
    let text = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let (kind, mut options) = match &mount.kind {
        MountKind::Bind { .. } | MountKind::Volume { .. } | MountKind::File { .. } => return None,
        MountKind::Proc { options } => ("proc", options.clone()),
        MountKind::Sysfs => ("sysfs", Vec::new()),
        MountKind::Mqueue => ("mqueue", Vec::new()),
        MountKind::Cgroup => ("cgroup", text(&["relatime"])),
        MountKind::Dev => ("tmpfs", text(&["strictatime", "mode=755", "size=65536k"])),
        MountKind::Devpts => {
            let mut options = text(&["newinstance", "ptmxmode=0666", "mode=0620"]);
            // The group tty, where there is one.
            if crate::model::idmap::to_host(&spec.id_maps.gids, 5).is_some() {
                options.push("gid=5".to_owned());
            }
            ("devpts", options)
        }
        MountKind::Kernel { filesystem, settings } => (filesystem.name(), settings.clone()),
        MountKind::Tmpfs { size, mode, .. } => {
            let size = size.map(|size| format!("size={size}"));
            ("tmpfs", size.into_iter().chain(mode.map(|mode| format!("mode={mode:o}"))).collect())
        }
    };
    let flags = &mount.options;
    for (set, word) in [
        (flags.nosuid, "nosuid"),
        (flags.noexec, "noexec"),
        (flags.nodev, "nodev"),
        (flags.noatime, "noatime"),
        (flags.strictatime, "strictatime"),
        (flags.readonly, "ro"),
    ] {
        if set {
            options.push(word.to_owned());
        }
    }
    Some(json!({"destination": mount.destination, "type": kind, "source": kind, "options": options}))
}

fn seccomp(filter: &Filter, machine: &str) -> Value {
    let native = match machine {
        "x86_64" => Some("SCMP_ARCH_X86_64"),
        "aarch64" => Some("SCMP_ARCH_AARCH64"),
        "riscv64" => Some("SCMP_ARCH_RISCV64"),
        "loongarch64" => Some("SCMP_ARCH_LOONGARCH64"),
        "ppc64le" => Some("SCMP_ARCH_PPC64LE"),
        "s390x" => Some("SCMP_ARCH_S390X"),
        _ => None,
    };
    let arches = native.into_iter().chain(filter.arches.iter().map(|arch| arch_name(*arch)));
    let mut value = json!({"architectures": arches.collect::<Vec<_>>()});
    act(&mut value, "defaultAction", "defaultErrnoRet", filter.default);
    let mut rules: Vec<Value> = Vec::new();
    let mut last: Option<&Rule> = None;
    for rule in &filter.rules {
        let same = last.is_some_and(|l| l.action == rule.action && l.conditions == rule.conditions);
        match rules.last_mut().and_then(|rule| rule["names"].as_array_mut()).filter(|_| same) {
            Some(names) => names.push(json!(rule.syscall)),
            None => {
                let mut value = json!({"names": [rule.syscall]});
                act(&mut value, "action", "errnoRet", rule.action);
                if !rule.conditions.is_empty() {
                    value["args"] = rule.conditions.iter().map(condition).collect();
                }
                rules.push(value);
            }
        }
        last = Some(rule);
    }
    value["syscalls"] = Value::Array(rules);
    value
}

fn act(value: &mut Value, key: &str, number_key: &str, action: Action) {
    let (word, number) = match action {
        Action::Allow => ("SCMP_ACT_ALLOW", None),
        Action::Log => ("SCMP_ACT_LOG", None),
        Action::Errno(number) => ("SCMP_ACT_ERRNO", Some(number)),
        Action::Trap => ("SCMP_ACT_TRAP", None),
        Action::Trace(number) => ("SCMP_ACT_TRACE", Some(number)),
        Action::KillThread => ("SCMP_ACT_KILL_THREAD", None),
        Action::KillProcess => ("SCMP_ACT_KILL_PROCESS", None),
    };
    value[key] = json!(word);
    if let Some(number) = number {
        value[number_key] = json!(number);
    }
}

fn condition(condition: &Condition) -> Value {
    let mut value = Map::new();
    let mut set = |key: &str, to: Value| value.insert(key.to_owned(), to);
    set("index", json!(condition.index));
    set("value", json!(condition.value));
    let word = match condition.operator {
        Operator::NotEqual => "SCMP_CMP_NE",
        Operator::Less => "SCMP_CMP_LT",
        Operator::LessOrEqual => "SCMP_CMP_LE",
        Operator::Equal => "SCMP_CMP_EQ",
        Operator::GreaterOrEqual => "SCMP_CMP_GE",
        Operator::Greater => "SCMP_CMP_GT",
        Operator::MaskedEqual { mask } => {
            set("value", json!(mask));
            set("valueTwo", json!(condition.value));
            "SCMP_CMP_MASKED_EQ"
        }
    };
    set("op", json!(word));
    Value::Object(value)
}

/// Every architecture that a filter can name, as `seccomp.architectures` has it.
pub fn arch_names() -> Vec<&'static str> {
    Arch::ALL.iter().map(|arch| arch_name(*arch)).collect()
}

fn arch_name(arch: Arch) -> &'static str {
    match arch {
        Arch::X86 => "SCMP_ARCH_X86",
        Arch::X86_64 => "SCMP_ARCH_X86_64",
        Arch::X32 => "SCMP_ARCH_X32",
        Arch::Arm => "SCMP_ARCH_ARM",
        Arch::Aarch64 => "SCMP_ARCH_AARCH64",
        Arch::Loongarch64 => "SCMP_ARCH_LOONGARCH64",
        Arch::Mips => "SCMP_ARCH_MIPS",
        Arch::Mips64 => "SCMP_ARCH_MIPS64",
        Arch::Mips64N32 => "SCMP_ARCH_MIPS64N32",
        Arch::Mipsel => "SCMP_ARCH_MIPSEL",
        Arch::Mipsel64 => "SCMP_ARCH_MIPSEL64",
        Arch::Mipsel64N32 => "SCMP_ARCH_MIPSEL64N32",
        Arch::Ppc => "SCMP_ARCH_PPC",
        Arch::Ppc64 => "SCMP_ARCH_PPC64",
        Arch::Ppc64le => "SCMP_ARCH_PPC64LE",
        Arch::S390 => "SCMP_ARCH_S390",
        Arch::S390x => "SCMP_ARCH_S390X",
        Arch::Riscv64 => "SCMP_ARCH_RISCV64",
    }
}

#[cfg(test)]
#[path = "oci_tests.rs"]
mod tests;
