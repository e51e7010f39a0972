//! Where rctr keeps its things: the XDG base directories, and a runtime directory that nobody else can write to.

use std::ffi::OsString;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::HostError;
use crate::model::host::Dirs;
use crate::sys::SysError;

/// What decides about the directories.
pub struct Wanted<'a> {
    /// The caller.
    pub uid: u32,
    /// `--root`.
    pub root: Option<PathBuf>,
    /// What a relative `--root` counts from.
    pub cwd: &'a Path,
}

/// The directories, and the home they mostly lie in.
pub struct Found {
    /// The four roots.
    pub dirs: Dirs,
    /// `$HOME`, else the user database's.
    pub home: Option<PathBuf>,
}

/// Finds all of them. Only the last resort for the runtime directory is made here, because making it is the only way
/// to know that it is ours; everybody else makes what they need below.
pub fn find(wanted: &Wanted<'_>, notices: &mut Vec<String>) -> Result<Found, HostError> {
    let root = wanted.root.as_ref().map(|root| wanted.cwd.join(root));
    // `directories` takes $HOME, else asks the user database; it ignores XDG variables that are not absolute.
    let base = directories::BaseDirs::new();
    let home = base.as_ref().map(|b| b.home_dir().to_path_buf());
    let (data, cache, config) = match (base, root) {
        (Some(base), None) if !base.home_dir().is_absolute() => {
            return Err(HostError::RelativeHome(base.home_dir().to_path_buf()));
        }
        (Some(base), root) if base.home_dir().is_absolute() => (
            root.unwrap_or_else(|| base.data_dir().join("rctr")),
            base.cache_dir().join("rctr"),
            base.config_dir().join("rctr"),
        ),
        (_, Some(root)) => (root.clone(), root.join("cache"), root.join("config")),
        (_, None) => return Err(HostError::NoHome { uid: wanted.uid }),
    };
    let xdg = std::env::var_os("XDG_RUNTIME_DIR");
    let places = Places { run_user: Path::new("/run/user"), run: Path::new("/run"), tmp: Path::new("/tmp") };
    let runtime = runtime_dir(wanted.uid, xdg, &places, notices)?;
    Ok(Found { dirs: Dirs { data, runtime, cache, config }, home: home.filter(|home| home.is_absolute()) })
}

/// The directories of the system below which a runtime directory may lie; tests give others.
struct Places<'a> {
    run_user: &'a Path,
    run: &'a Path,
    tmp: &'a Path,
}

fn runtime_dir(
    uid: u32,
    xdg: Option<OsString>,
    places: &Places<'_>,
    notices: &mut Vec<String>,
) -> Result<PathBuf, HostError> {
    if let Some(dir) = xdg.filter(|dir| !dir.is_empty()).map(PathBuf::from) {
        match private(&dir, uid) {
            Ok(()) => return Ok(dir.join("rctr")),
            Err(why) => {
                notices.push(format!("XDG_RUNTIME_DIR is {}, which {why}: ignoring it", dir.display()))
            }
        }
    }
    let session = places.run_user.join(uid.to_string());
    if private(&session, uid).is_ok() {
        return Ok(session.join("rctr"));
    }
    if uid == 0 && std::fs::symlink_metadata(places.run).is_ok_and(|m| m.is_dir() && m.uid() == 0) {
        return Ok(places.run.join("rctr"));
    }
    let own = places.tmp.join(format!("rctr-{uid}"));
    let first = match std::fs::DirBuilder::new().mode(0o700).create(&own) {
        Ok(()) => true,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => false,
        Err(error) => {
            return Err(SysError::new(format!("create runtime directory {}", own.display()), error).into());
        }
    };
    private(&own, uid)
        .map_err(|why| HostError::RuntimeDir { path: own.clone(), why: format!("it {why}") })?;
    if first {
        notices.push(format!("there is no runtime directory for uid {uid}: using {}", own.display()));
    }
    Ok(own)
}

/// Is this a directory (no symlink) that only `uid` can enter? The answer "no" says why, to follow "which" or "it".
fn private(dir: &Path, uid: u32) -> Result<(), String> {
    if !dir.is_absolute() {
        return Err("is not an absolute path".to_owned());
    }
    let meta = std::fs::symlink_metadata(dir).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "does not exist".to_owned(),
        _ => format!("cannot be looked at ({})", crate::sys::describe(&error)),
    })?;
    if meta.is_symlink() {
        return Err("is a symbolic link".to_owned());
    }
    if !meta.is_dir() {
        return Err("is not a directory".to_owned());
    }
    if meta.uid() != uid {
        return Err(format!("belongs to uid {}", meta.uid()));
    }
    match meta.mode() & 0o7777 {
        mode if mode & 0o077 != 0 || mode & 0o700 != 0o700 => Err(format!("has mode {mode:04o}, not 0700")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn uid() -> u32 {
        nix::unistd::getuid().as_raw()
    }

    fn make(path: &Path, mode: u32) {
        std::fs::create_dir(path).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    fn find_in(base: &Path, uid: u32, xdg: Option<&Path>) -> (Result<PathBuf, HostError>, Vec<String>) {
        let (run_user, run, tmp) = (base.join("user"), base.join("no-run"), base.join("tmp"));
        let places = Places { run_user: &run_user, run: &run, tmp: &tmp };
        let mut notices = Vec::new();
        let result = runtime_dir(uid, xdg.map(|p| p.as_os_str().to_owned()), &places, &mut notices);
        (result, notices)
    }

    #[test]
    fn the_first_private_directory_wins() {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path();
        make(&base.join("user"), 0o755);
        make(&base.join("tmp"), 0o700);
        make(&base.join("xdg"), 0o700);
        let xdg = base.join("xdg");
        let (found, notices) = find_in(base, uid(), Some(&xdg));
        assert_eq!(found.unwrap(), xdg.join("rctr"));
        assert!(notices.is_empty());

        let own = base.join("tmp").join(format!("rctr-{}", uid()));
        let (found, notices) = find_in(base, uid(), None);
        assert_eq!(found.unwrap(), own);
        assert_eq!(notices.len(), 1);
        assert_eq!(find_in(base, uid(), None).1.len(), 0, "said once");
        assert_eq!(std::fs::metadata(&own).unwrap().mode() & 0o7777, 0o700);

        let session = base.join("user").join(uid().to_string());
        make(&session, 0o700);
        let (found, notices) = find_in(base, uid(), None);
        assert_eq!(found.unwrap(), session.join("rctr"));
        assert!(notices.is_empty());
    }

    #[test]
    fn an_unusable_xdg_runtime_dir_is_named_and_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path();
        make(&base.join("user"), 0o755);
        make(&base.join("user").join(uid().to_string()), 0o700);
        make(&base.join("open"), 0o755);
        make(&base.join("target"), 0o700);
        std::os::unix::fs::symlink(base.join("target"), base.join("link")).unwrap();
        std::fs::write(base.join("file"), "").unwrap();
        for (xdg, why) in [
            (base.join("gone"), "does not exist"),
            (base.join("open"), "has mode 0755, not 0700"),
            (base.join("link"), "is a symbolic link"),
            (base.join("file"), "is not a directory"),
            (PathBuf::from("relative"), "is not an absolute path"),
        ] {
            let (found, notices) = find_in(base, uid(), Some(&xdg));
            assert_eq!(found.unwrap(), base.join("user").join(uid().to_string()).join("rctr"));
            let want = format!("XDG_RUNTIME_DIR is {}, which {why}: ignoring it", xdg.display());
            assert_eq!(notices, [want]);
        }
        assert!(private(&base.join("target"), uid() + 1).unwrap_err().starts_with("belongs to uid"));
    }

    #[test]
    fn a_planted_last_resort_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path();
        make(&base.join("tmp"), 0o700);
        make(&base.join("evil"), 0o700);
        let own = base.join("tmp").join(format!("rctr-{}", uid()));
        std::os::unix::fs::symlink(base.join("evil"), &own).unwrap();
        let error = find_in(base, uid(), None).0.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("cannot use {} as runtime directory: it is a symbolic link", own.display())
        );
        assert!(error.hint().unwrap().contains("XDG_RUNTIME_DIR"));
    }
}
