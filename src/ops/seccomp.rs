//! The system call filter of a container: profile by the user or by us, decided for its capabilities, compiled or cached.

use std::path::PathBuf;

use crate::engine::seccomp::{CompileError, Entry, compile};
use crate::model::HostFacts;
use crate::model::spec::SeccompSpec;
use crate::spec::seccomp::{DEFAULT_PROFILE, ProfileError, Target, decide, parse};

/// Why there is no filter.
#[derive(Debug, thiserror::Error)]
pub enum SeccompError {
    /// The profile's file.
    #[error("cannot read seccomp profile {path}: {}", crate::sys::describe(source))]
    Read {
        /// As given.
        path: PathBuf,
        /// The kernel's answer.
        source: std::io::Error,
    },
    /// What the file says.
    #[error("cannot use seccomp profile {path}: {source}")]
    Profile {
        /// As given, or `(default)`.
        path: PathBuf,
        /// What is wrong.
        source: ProfileError,
    },
    /// The rules make no program.
    #[error(transparent)]
    Compile(#[from] CompileError),
}

/// The filter program of a container with this bounding set, for `sys::seccomp::install`; `None` when it is to run
/// unconfined.
///
/// Called before any namespace is made, with the caller's own ids. A cache that cannot be read or written costs time, never
/// the container.
pub fn program(
    spec: &SeccompSpec,
    capabilities: &[u8],
    host: &HostFacts,
) -> Result<Option<Vec<u8>>, SeccompError> {
    let from_file;
    let (path, text) = match spec {
        SeccompSpec::Unconfined => return Ok(None),
        SeccompSpec::Default => (PathBuf::from("(default)"), DEFAULT_PROFILE.as_bytes()),
        SeccompSpec::File(path) => {
            let path = host.cwd.join(path);
            from_file =
                std::fs::read(&path).map_err(|source| SeccompError::Read { path: path.clone(), source })?;
            (path, from_file.as_slice())
        }
    };
    let entry = Entry::of(text, capabilities, host);
    if let Some(program) = entry.read() {
        return Ok(Some(program));
    }
    let profile = parse(text).map_err(|source| SeccompError::Profile { path, source })?;
    let target = Target { capabilities, machine: &host.machine, kernel: &host.kernel };
    let program = compile(&decide(&profile, &target))?;
    entry.write(&program);
    Ok(Some(program))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPS: [u8; 2] = [0, 18];

    #[test]
    fn a_program_is_compiled_once() {
        let dir = tempfile::tempdir().unwrap();
        let mut host = crate::ops::host::read(Some(dir.path().to_path_buf())).unwrap();
        host.dirs.cache = dir.path().join("cache");
        let first = program(&SeccompSpec::Default, &CAPS, &host).unwrap().unwrap();
        let files = || std::fs::read_dir(dir.path().join("cache/seccomp")).unwrap().count();
        assert_eq!(files(), 1);
        assert_eq!(program(&SeccompSpec::Default, &CAPS, &host).unwrap(), Some(first.clone()));
        assert_eq!(files(), 1);
        assert_ne!(program(&SeccompSpec::Default, &[], &host).unwrap(), Some(first));
        assert_eq!(files(), 2);
        host.kernel = "4.4.0".into();
        program(&SeccompSpec::Default, &[], &host).unwrap();
        assert_eq!(files(), 3);
        assert_eq!(program(&SeccompSpec::Unconfined, &[], &host).unwrap(), None);
    }

    #[test]
    fn errors_name_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let mut host = crate::ops::host::read(Some(dir.path().to_path_buf())).unwrap();
        host.dirs.cache = dir.path().join("cache");
        host.cwd = dir.path().to_path_buf();
        let error = program(&SeccompSpec::File("gone.json".into()), &[], &host).unwrap_err().to_string();
        let path = dir.path().join("gone.json");
        assert_eq!(
            error,
            format!("cannot read seccomp profile {}: no such file or directory", path.display())
        );
        std::fs::write(&path, r#"{"defaultAction":"SCMP_ACT_ALOW"}"#).unwrap();
        let error = program(&SeccompSpec::File("gone.json".into()), &[], &host).unwrap_err().to_string();
        let want = "defaultAction: unknown action \"SCMP_ACT_ALOW\"";
        assert_eq!(error, format!("cannot use seccomp profile {}: {want}", path.display()));
    }
}
