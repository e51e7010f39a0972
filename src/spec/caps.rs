//! Capability names, docker's default set, and what `--cap-add` and `--cap-drop` make of it.

use super::SpecError;
use crate::model::nearest;
use crate::model::run_request::CapSet;

/// capabilities(7), in the order of their numbers, without `CAP_`.
pub const NAMES: [&str; 41] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
];

/// What docker grants by default (its documentation, "Runtime privilege and Linux capabilities").
const DEFAULT: [&str; 14] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SYS_CHROOT",
    "MKNOD",
    "AUDIT_WRITE",
    "SETFCAP",
];

/// The number of a capability: with or without `CAP_`, in any case.
pub fn number(name: &str) -> Option<u8> {
    let upper = name.to_ascii_uppercase();
    let bare = upper.strip_prefix("CAP_").unwrap_or(&upper);
    NAMES.iter().position(|known| *known == bare).and_then(|at| u8::try_from(at).ok())
}

/// `CAP_CHOWN` and so on; the bare number for one that is not known.
pub fn name(number: u8) -> String {
    NAMES.get(usize::from(number)).map_or_else(|| number.to_string(), |name| format!("CAP_{name}"))
}

/// All that this version knows.
pub fn all() -> Vec<u8> {
    (0u8..).take(NAMES.len()).collect()
}

/// Docker's set, sorted.
pub fn default_set() -> Vec<u8> {
    let mut set: Vec<u8> = DEFAULT.iter().filter_map(|name| number(name)).collect();
    set.sort_unstable();
    set
}

/// Reads the texts of one flag; a comma separates names as well as a further flag does.
pub fn parse_all<S: AsRef<str>>(flag: &'static str, texts: &[S]) -> Result<CapSet, SpecError> {
    let mut set = CapSet::default();
    for word in texts.iter().flat_map(|text| text.as_ref().split(',')) {
        if word.eq_ignore_ascii_case("all") || word.eq_ignore_ascii_case("cap_all") {
            set.all = true;
            continue;
        }
        let Some(number) = number(word) else {
            let upper = word.to_ascii_uppercase();
            let why = match nearest(upper.strip_prefix("CAP_").unwrap_or(&upper), NAMES) {
                Some(near) => format!("unknown capability, did you mean {near}?"),
                None => "unknown capability".to_owned(),
            };
            return Err(SpecError::flag(flag, word, why));
        };
        if !set.numbers.contains(&number) {
            set.numbers.push(number);
        }
    }
    set.numbers.sort_unstable();
    Ok(set)
}

/// The bounding set of a container (podman's rules: ALL first, then the single ones).
pub fn bounding(add: &CapSet, drop: &CapSet) -> Result<Vec<u8>, SpecError> {
    if add.all && drop.all {
        return Err(SpecError::flag("--cap-add", "ALL", "ALL cannot be added and dropped at once"));
    }
    if let Some(both) = add.numbers.iter().find(|number| drop.numbers.contains(number)) {
        return Err(SpecError::flag("--cap-add", &name(*both), "it is dropped by --cap-drop as well"));
    }
    let mut set = match (add.all, drop.all) {
        (true, _) => all(),
        (_, true) => Vec::new(),
        _ => default_set(),
    };
    set.extend(&add.numbers);
    set.retain(|number| !drop.numbers.contains(number));
    set.sort_unstable();
    set.dedup();
    Ok(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(set: &[u8]) -> Vec<&'static str> {
        set.iter().map(|n| NAMES[usize::from(*n)]).collect()
    }

    #[test]
    fn numbers_are_the_kernels() {
        for (text, want) in [
            ("CHOWN", 0),
            ("CAP_CHOWN", 0),
            ("cap_chown", 0),
            ("Net_Admin", 12),
            ("SYS_ADMIN", 21),
            ("CAP_SETFCAP", 31),
            ("SYSLOG", 34),
            ("CAP_CHECKPOINT_RESTORE", 40),
        ] {
            assert_eq!(number(text), Some(want), "{text}");
            assert_eq!(number(&name(want)), Some(want));
        }
        assert_eq!(default_set().len(), 14);
        assert_eq!(name(41), "41");
    }

    #[test]
    fn sets() {
        let default = names(&default_set());
        let without =
            |gone: &[&str]| default.iter().copied().filter(|n| !gone.contains(n)).collect::<Vec<_>>();
        #[rustfmt::skip]
        let rows: [(&[&str], &[&str], Vec<&str>); 9] = [
            (&[], &[], default.clone()),
            (&["CHOWN"], &[], default.clone()),
            (&[], &["mknod"], without(&["MKNOD"])),
            (&[], &["mknod,CAP_NET_RAW"], without(&["MKNOD", "NET_RAW"])),
            (&[], &["ALL"], vec![]),
            (&["net_admin"], &["all"], vec!["NET_ADMIN"]),
            (&["ALL"], &[], NAMES.to_vec()),
            (&["CAP_ALL"], &["SYS_ADMIN"], NAMES.iter().copied().filter(|n| *n != "SYS_ADMIN").collect()),
            (&["ALL", "BPF"], &[], NAMES.to_vec()),
        ];
        for (add, drop, want) in rows {
            let set =
                bounding(&parse_all("--cap-add", add).unwrap(), &parse_all("--cap-drop", drop).unwrap());
            assert_eq!(names(&set.unwrap()), want, "{add:?} {drop:?}");
        }
    }

    #[test]
    fn refusals() {
        for (text, why) in [
            ("", "unknown capability"),
            ("NET_ADMN", "did you mean NET_ADMIN?"),
            ("CAP_SYSADMIN", "did you mean SYS_ADMIN?"),
            ("chwon", "did you mean CHOWN?"),
            ("everything", "unknown capability"),
        ] {
            let error = parse_all("--cap-add", &[text]).unwrap_err().to_string();
            assert!(error.contains(why) && error.contains(&format!("--cap-add {text:?}")), "{error}");
        }
        let set = |texts: &[&str]| parse_all("--cap-add", texts).unwrap();
        assert!(bounding(&set(&["all"]), &set(&["all"])).is_err());
        let error = bounding(&set(&["chown"]), &set(&["CHOWN"])).unwrap_err().to_string();
        assert!(error.contains("CAP_CHOWN") && error.contains("dropped"), "{error}");
    }
}
