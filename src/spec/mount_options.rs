//! The words after the second colon of `-v`, which `--mount` and `--tmpfs` know as well.

use super::SpecError;
use crate::model::{MountOptions, Propagation, nearest};

/// Every word that is understood or refused with a reason, for "did you mean".
const WORDS: [&str; 30] = [
    "ro",
    "rw",
    "z",
    "Z",
    "suid",
    "nosuid",
    "dev",
    "nodev",
    "exec",
    "noexec",
    "atime",
    "noatime",
    "bind",
    "rbind",
    "private",
    "rprivate",
    "shared",
    "rshared",
    "slave",
    "rslave",
    "unbindable",
    "runbindable",
    "size",
    "mode",
    "tmpcopyup",
    "notmpcopyup",
    "copy",
    "nocopy",
    "readonly",
    "idmap",
];

/// What a list of words asks for; each kind of choice at most once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    pub readonly: Option<bool>,
    pub suid: Option<bool>,
    pub dev: Option<bool>,
    pub exec: Option<bool>,
    pub atime: Option<bool>,
    pub recursive: Option<bool>,
    pub propagation: Option<Propagation>,
    relabel: Option<bool>,
}

impl Words {
    /// Takes one word. `Ok(false)`: not one of these.
    pub fn take(&mut self, word: &str) -> Result<bool, String> {
        fn once<T>(slot: &mut Option<T>, value: T, word: &str) -> Result<bool, String> {
            match slot.replace(value) {
                None => Ok(true),
                Some(_) => Err(format!("{word:?} contradicts or repeats an earlier option")),
            }
        }
        match word {
            "ro" | "readonly" => once(&mut self.readonly, true, word),
            "rw" => once(&mut self.readonly, false, word),
            "nosuid" => once(&mut self.suid, false, word),
            "suid" => once(&mut self.suid, true, word),
            "nodev" => once(&mut self.dev, false, word),
            "dev" => once(&mut self.dev, true, word),
            "noexec" => once(&mut self.exec, false, word),
            "exec" => once(&mut self.exec, true, word),
            "noatime" => once(&mut self.atime, false, word),
            "atime" | "relatime" => once(&mut self.atime, true, word),
            "bind" => once(&mut self.recursive, false, word),
            "rbind" => once(&mut self.recursive, true, word),
            "z" => once(&mut self.relabel, true, word),
            "Z" => once(&mut self.relabel, false, word),
            "private" => once(&mut self.propagation, Propagation::Private, word),
            "rprivate" => once(&mut self.propagation, Propagation::Rprivate, word),
            "shared" => once(&mut self.propagation, Propagation::Shared, word),
            "rshared" => once(&mut self.propagation, Propagation::Rshared, word),
            "slave" => once(&mut self.propagation, Propagation::Slave, word),
            "rslave" => once(&mut self.propagation, Propagation::Rslave, word),
            "unbindable" => once(&mut self.propagation, Propagation::Unbindable, word),
            "runbindable" => once(&mut self.propagation, Propagation::Runbindable, word),
            // docker on a Mac; says nothing on Linux
            "consistent" | "cached" | "delegated" | "" => Ok(true),
            "U" | "chown" => Err(format!(
                "{word:?} would change the owner of your files to an id that only the container has; it is not \
                 supported. --userns keep-id lets the container's user own what you own"
            )),
            "O" => Err("\"O\" (a throw-away overlay) is not supported yet".to_owned()),
            _ if word == "idmap" || word.starts_with("idmap=") => {
                Err(format!("{word:?} needs a privilege that a normal user does not have"))
            }
            _ => Ok(false),
        }
    }

    /// The flags; what was not said is as in `default`.
    pub fn options(&self, default: MountOptions) -> MountOptions {
        MountOptions {
            readonly: self.readonly.unwrap_or(default.readonly),
            nosuid: self.suid.map_or(default.nosuid, |suid| !suid),
            nodev: self.dev.map_or(default.nodev, |dev| !dev),
            noexec: self.exec.map_or(default.noexec, |exec| !exec),
            noatime: self.atime.map_or(default.noatime, |atime| !atime),
            strictatime: default.strictatime,
            allowed: default.allowed,
            propagation: self.propagation.unwrap_or(default.propagation),
        }
    }
}

/// The error for a word that nobody knows.
pub(super) fn unknown(flag: &'static str, text: &str, word: &str) -> SpecError {
    let why = match nearest(word, WORDS) {
        Some(near) => format!("unknown option {word:?}, did you mean {near}?"),
        None => format!("unknown option {word:?}"),
    };
    SpecError::flag(flag, text, why)
}

/// Checks and cleans a place inside the container.
pub(super) fn destination(flag: &'static str, text: &str, destination: &str) -> Result<String, SpecError> {
    let refuse = |why: String| Err(SpecError::flag(flag, text, why));
    if destination.is_empty() {
        return refuse("no path inside the container".to_owned());
    }
    if !destination.starts_with('/') {
        return refuse(format!("the path inside the container, {destination:?}, must be absolute"));
    }
    if destination.contains('\0') {
        return refuse("a path holds no NUL".to_owned());
    }
    match super::path::clean(destination) {
        root if root == "/" => refuse("the path inside the container cannot be \"/\"".to_owned()),
        clean => Ok(clean),
    }
}
