//! The system call filter of a container: profile by the user or by us, decided for its capabilities, compiled or cached.

use std::borrow::Cow;
use std::path::PathBuf;

use crate::engine::seccomp::{CompileError, Entry, compile};
use crate::model::HostFacts;
use crate::model::seccomp::Filter;
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
    let Some((path, text)) = profile(spec, host)? else { return Ok(None) };
    let entry = Entry::of(&text, capabilities, host);
    if let Some(program) = entry.read() {
        return Ok(Some(program));
    }
    let program = compile(&decided(path, &text, capabilities, host)?)?;
    entry.write(&program);
    Ok(Some(program))
}

/// The same filter by names, for another runtime to compile.
///
/// # Errors
/// A profile that cannot be read or understood.
pub fn filter(
    spec: &SeccompSpec,
    capabilities: &[u8],
    host: &HostFacts,
) -> Result<Option<Filter>, SeccompError> {
    let Some((path, text)) = profile(spec, host)? else { return Ok(None) };
    decided(path, &text, capabilities, host).map(Some)
}

/// A profile's name and text.
type Profile = (PathBuf, Cow<'static, [u8]>);

fn profile(spec: &SeccompSpec, host: &HostFacts) -> Result<Option<Profile>, SeccompError> {
    Ok(match spec {
        SeccompSpec::Unconfined => None,
        SeccompSpec::Default => Some((PathBuf::from("(default)"), Cow::Borrowed(DEFAULT_PROFILE.as_bytes()))),
        SeccompSpec::Profile(text) => {
            Some((PathBuf::from("linux.seccomp"), Cow::Owned(text.clone().into_bytes())))
        }
        SeccompSpec::File(path) => {
            let path = host.cwd.join(path);
            let text =
                std::fs::read(&path).map_err(|source| SeccompError::Read { path: path.clone(), source })?;
            Some((path, Cow::Owned(text)))
        }
    })
}

fn decided(
    path: PathBuf,
    text: &[u8],
    capabilities: &[u8],
    host: &HostFacts,
) -> Result<Filter, SeccompError> {
    let profile = parse(text).map_err(|source| SeccompError::Profile { path, source })?;
    let target = Target { capabilities, machine: &host.machine, kernel: &host.kernel };
    Ok(decide(&profile, &target))
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
