//! Writing the id maps of a user namespace (user_namespaces(7); newuidmap(1)).

use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::model::IdRange;

use super::{Attempt, SysError};

/// Starts `newuidmap` or `newgidmap` for a process: absolute path, empty environment, output kept for the error.
///
/// # Errors
/// Those of spawning a program.
pub fn start_helper(helper: &Path, pid: i32, map: &[IdRange]) -> Result<Child, SysError> {
    let mut command = Command::new(helper);
    command.arg(pid.to_string());
    for range in map {
        command.args([range.container.to_string(), range.host.to_string(), range.size.to_string()]);
    }
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().attempt(|| format!("start {}", helper.display()))
}

/// Waits for a helper; its own words are the error when it refuses.
///
/// # Errors
/// "permission denied" class with the helper's message in the attempt.
pub fn finish_helper(helper: &Path, mut child: Child) -> Result<(), SysError> {
    let what = || format!("wait for {}", helper.display());
    let mut words = String::new();
    if let Some(stderr) = child.stderr.take() {
        stderr.take(4096).read_to_string(&mut words).attempt(what)?;
    }
    let status = child.wait().attempt(what)?;
    if status.success() {
        return Ok(());
    }
    let words = words.trim();
    let said = if words.is_empty() { status.to_string() } else { words.replace('\n', "; ") };
    Err(SysError::new(format!("run {}", helper.display()), io::Error::other(said)))
}

/// Writes `uid_map` and `gid_map` directly: one id of our own (with setgroups denied), or as real root any.
///
/// # Errors
/// EPERM when a policy (AppArmor, seccomp) forbids user namespaces after all.
pub fn write_maps(
    pid: i32,
    uids: &[IdRange],
    gids: &[IdRange],
    deny_setgroups: bool,
) -> Result<(), SysError> {
    if deny_setgroups {
        write(pid, "setgroups", "deny")?;
    }
    write(pid, "uid_map", &lines(uids))?;
    write(pid, "gid_map", &lines(gids))
}

/// Reads a map back as the kernel has it, in the reader's terms.
///
/// # Errors
/// Those of reading /proc.
pub fn read_map(pid: i32, file: &str) -> Result<Vec<IdRange>, SysError> {
    let text = super::file::read_text(Path::new(&format!("/proc/{pid}/{file}")), 64 * 1024)?;
    Ok(text
        .lines()
        .filter_map(|line| {
            let mut numbers = line.split_ascii_whitespace().map(|n| n.parse().ok());
            Some(IdRange { container: numbers.next()??, host: numbers.next()??, size: numbers.next()?? })
        })
        .collect())
}

fn lines(map: &[IdRange]) -> String {
    map.iter().map(|r| format!("{} {} {}\n", r.container, r.host, r.size)).collect()
}

fn write(pid: i32, file: &str, text: &str) -> Result<(), SysError> {
    let path = format!("/proc/{pid}/{file}");
    // One write(2): the kernel takes a map only whole and only once.
    (|| OpenOptions::new().write(true).open(&path)?.write_all(text.as_bytes()))()
        .attempt(|| format!("write {path}"))
}
