//! Can a container's output be kept as it was asked for? Looked at when the container is made, so that nobody finds out
//! afterwards that nothing was kept, or that it cannot be read back.

use std::fs::File;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};

use super::error::LogsError;
use crate::model::{LogDriver, LogSpec};
use crate::monitor::log::{JOURNAL_SOCKET, open};

/// Where journald keeps its files: those that stay, and those that go with the boot.
const KEPT: &str = "/var/log/journal";
const VOLATILE: &str = "/run/log/journal";

/// The first uid that has a journal of its own (systemd's default for what is no system user).
const FIRST_USER: u32 = 1000;

/// Refuses a log that cannot be written, or not be read back by who writes it. Costs nothing without options.
///
/// # Errors
/// [`LogsError::NoJournal`]; what opening the file of `path=` has.
pub fn check(log: &LogSpec) -> Result<(), LogsError> {
    match (log.driver, &log.path) {
        (LogDriver::K8sFile | LogDriver::JsonFile, Some(path)) => Ok(open(path).map(drop)?),
        (LogDriver::Journald, _) => check_journal().map_err(|why| LogsError::NoJournal { why }),
        _ => Ok(()),
    }
}

fn check_journal() -> Result<(), String> {
    let connect = || UnixDatagram::unbound()?.connect(JOURNAL_SOCKET);
    connect().map_err(|error| format!("connect to {JOURNAL_SOCKET}: {}", crate::sys::describe(&error)))?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    if !std::env::split_paths(&path).any(|dir| dir.join("journalctl").is_file()) {
        return Err("journalctl, which reads it back, is not installed".to_owned());
    }
    let uid = rustix::process::getuid().as_raw();
    let found = Found {
        uid,
        own_readable: journals(&format!("user-{uid}.journal")).iter().any(|path| readable(path)),
        own_there: journals(&format!("user-{uid}.journal")).iter().any(|path| path.exists()),
        system_readable: journals("system.journal").iter().any(|path| readable(path)),
        kept: Path::new(KEPT).is_dir() && !journals_below(KEPT, "system.journal").is_empty(),
    };
    match reads_back(&found) {
        true => Ok(()),
        false => Err(format!(
            "uid {uid} could not read back what it writes (it would have to be in group systemd-journal)"
        )),
    }
}

/// What is there of a journal.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "facts")]
struct Found {
    uid: u32,
    /// The user's own file can be read.
    own_readable: bool,
    /// It is there.
    own_there: bool,
    /// Everybody's file can be read.
    system_readable: bool,
    /// Files outlive the boot: only then do users have their own.
    kept: bool,
}

fn reads_back(found: &Found) -> bool {
    // Who has none yet gets one with the first entry, and may read it (systemd-journald.service(8), "Access control").
    let will_have_own = found.kept && found.uid >= FIRST_USER && !found.own_there;
    found.own_readable || found.system_readable || will_have_own
}

fn journals(name: &str) -> Vec<PathBuf> {
    [KEPT, VOLATILE].iter().flat_map(|dir| journals_below(dir, name)).collect()
}

fn journals_below(dir: &str, name: &str) -> Vec<PathBuf> {
    let machines = std::fs::read_dir(dir).into_iter().flatten().flatten();
    // A directory that is closed to us has nothing that we could read.
    machines.map(|machine| machine.path().join(name)).filter(|path| path.exists()).collect()
}

fn readable(path: &Path) -> bool {
    File::open(path).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_journal_that_can_be_read_back_will_do() {
        let none =
            Found { uid: 1000, own_readable: false, own_there: false, system_readable: false, kept: false };
        for (found, want) in [
            (none, false),
            (Found { kept: true, ..none }, true),
            (Found { kept: true, uid: 999, ..none }, false),
            (Found { kept: true, own_there: true, ..none }, false),
            (Found { kept: true, own_there: true, own_readable: true, ..none }, true),
            (Found { system_readable: true, uid: 0, ..none }, true),
        ] {
            assert_eq!(reads_back(&found), want, "{found:?}");
        }
    }

    #[test]
    fn what_needs_no_look_gets_none() {
        for driver in [LogDriver::K8sFile, LogDriver::JsonFile, LogDriver::None, LogDriver::Passthrough] {
            check(&LogSpec { driver, ..LogSpec::default() }).unwrap();
        }
        let missing = LogSpec { path: Some("/nonexistent/log".into()), ..LogSpec::default() };
        let error = check(&missing).unwrap_err().to_string();
        assert_eq!(error, "open the log /nonexistent/log: no such file or directory");
    }
}
