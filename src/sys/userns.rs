//! User namespaces: making and joining one, and running work as root of one.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Child;
use std::sync::{Mutex, PoisonError};

use nix::sched::CloneFlags;
use serde::{Serialize, de::DeserializeOwned};

use crate::model::host::HostFacts;
use crate::model::{IdMapSpec, MapWriter};

use super::{Attempt, SysError, idmap, process};

/// Why no user namespace with the wanted maps could be had.
#[derive(Debug, thiserror::Error)]
pub enum UsernsError {
    /// The kernel or a policy refused it; `doctor::diagnose_userns` finds the reason from the errno.
    #[error("cannot create a user namespace: {}", super::describe(&.0.source))]
    Refused(#[source] SysError),
    /// The helpers or the kernel refused the maps.
    #[error("cannot map the ids of the user namespace: {0}")]
    Maps(#[source] SysError),
    /// The maps read back differ from what was asked.
    #[error("the id map of the user namespace is not what was asked for: want {want:?}, got {got:?}")]
    MapsDiffer {
        /// What was asked for.
        want: String,
        /// What the kernel has.
        got: String,
    },
    /// A helper program is needed and not there.
    #[error("cannot map the ids of the user namespace: {0} not found")]
    NoHelper(&'static str),
    /// Another system call on the way.
    #[error(transparent)]
    Sys(#[from] SysError),
}

/// Leaves the caller's user namespace for a new one.
///
/// # Errors
/// [`UsernsError::Refused`].
pub fn unshare_user() -> Result<(), UsernsError> {
    nix::sched::unshare(CloneFlags::CLONE_NEWUSER)
        .attempt(|| "unshare(CLONE_NEWUSER)")
        .map_err(UsernsError::Refused)
}

/// Maps that are being written.
#[must_use = "helpers that nobody waits for stay behind as zombies"]
pub struct PendingMaps<'a> {
    pid: i32,
    maps: &'a IdMapSpec,
    helpers: Option<[(&'a Path, Result<Child, SysError>); 2]>,
}

/// Begins to write the maps of the user namespace that `pid` has just made; both helpers run at once. Called from
/// outside.
///
/// # Errors
/// The kernel refuses a map that is written directly; a helper is missing.
pub fn start_maps<'a>(
    pid: i32,
    maps: &'a IdMapSpec,
    host: &'a HostFacts,
) -> Result<PendingMaps<'a>, UsernsError> {
    let direct = |deny| idmap::write_maps(pid, &maps.uids, &maps.gids, deny).map_err(UsernsError::Maps);
    let helpers = match maps.writer {
        MapWriter::None => None,
        MapWriter::Own => direct(true).map(|()| None)?,
        MapWriter::Root => direct(false).map(|()| None)?,
        MapWriter::Helpers => {
            let newuidmap = host.newuidmap.as_deref().ok_or(UsernsError::NoHelper("newuidmap"))?;
            let newgidmap = host.newgidmap.as_deref().ok_or(UsernsError::NoHelper("newgidmap"))?;
            let start = |helper, map| (helper, idmap::start_helper(helper, pid, map));
            Some([start(newuidmap, &maps.uids), start(newgidmap, &maps.gids)])
        }
    };
    Ok(PendingMaps { pid, maps, helpers })
}

impl PendingMaps<'_> {
    /// Waits for the helpers and looks at what they wrote.
    ///
    /// # Errors
    /// The helper's own words, or a map that reads back differently.
    pub fn finish(self) -> Result<(), UsernsError> {
        let Some(helpers) = self.helpers else { return Ok(()) };
        // Both are waited for whatever happens, so that none is left behind.
        let done = helpers.map(|(path, child)| idmap::finish_helper(path, child?));
        for result in done {
            result.map_err(UsernsError::Maps)?;
        }
        for (file, want) in [("uid_map", &self.maps.uids), ("gid_map", &self.maps.gids)] {
            let mut got = idmap::read_map(self.pid, file)?;
            let mut want = want.clone();
            got.sort_by_key(|r| r.container);
            want.sort_by_key(|r| r.container);
            if got != want {
                return Err(UsernsError::MapsDiffer { want: format!("{want:?}"), got: format!("{got:?}") });
            }
        }
        Ok(())
    }
}

/// Becomes root of the user namespace after its maps are written. Supplementary groups are dropped where the kernel
/// allows it, and kept when asked for: a single-id map denies setgroups, so there they stay as they are. In a map
/// without 0 the process stays who it is, with every capability all the same.
///
/// # Errors
/// EPERM where setgroups is denied.
pub fn become_root(maps: &IdMapSpec, keep_groups: bool) -> Result<(), SysError> {
    if maps.writer != MapWriter::None && !(has_root(&maps.uids) && has_root(&maps.gids)) {
        return drop_groups(maps, keep_groups);
    }
    let groups = (!keeps_groups(maps, keep_groups)).then_some(&[][..]);
    process::become_ids(0, 0, groups)
}

/// As [`become_root`] where the caller is that root; under any other map the process keeps the caller's id, whose
/// files it must still reach, and hands its capabilities on to the helpers that it starts.
///
/// # Errors
/// As [`become_root`].
pub fn lead(maps: &IdMapSpec, keep_groups: bool) -> Result<(), SysError> {
    let caller = rustix::process::getuid().as_raw();
    if maps.writer == MapWriter::None || caller == 0 {
        return become_root(maps, keep_groups);
    }
    drop_groups(maps, keep_groups)?;
    super::capability::hand_on_all()
}

fn has_root(map: &[crate::model::IdRange]) -> bool {
    crate::model::idmap::to_host(map, 0).is_some()
}

fn keeps_groups(maps: &IdMapSpec, asked: bool) -> bool {
    asked || maps.writer == MapWriter::Own
}

fn drop_groups(maps: &IdMapSpec, keep_groups: bool) -> Result<(), SysError> {
    if keeps_groups(maps, keep_groups) { Ok(()) } else { process::set_groups(&[]) }
}

/// Runs `work` in a child process that is root of a user namespace with these maps, and gives what it returned. This
/// is how files of subordinate ids are made, read and removed. Does not return early: the child has ended afterwards.
///
/// # Errors
/// [`UsernsError`] when there is no such namespace; the inner result is the work's own.
pub fn run_mapped<T, E>(
    maps: &IdMapSpec,
    host: &HostFacts,
    work: impl FnOnce() -> Result<T, E>,
) -> Result<Result<T, E>, UsernsError>
where
    T: Serialize + DeserializeOwned,
    E: Serialize + DeserializeOwned,
{
    run_mapped_telling::<T, E, ()>(maps, host, |_| work(), |()| true)
}

/// What the work in a mapped child says before its end; may be used by several threads.
pub struct Teller<'a, M>(Mutex<Listener<'a, M>>);

enum Listener<'a, M> {
    Here(&'a mut (dyn FnMut(M) -> bool + Send)),
    Parent(UnixStream),
}

impl<M: Serialize> Teller<'_, M> {
    /// Tells; false when nobody wants to hear more.
    pub fn tell(&self, message: M) -> bool {
        match &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Listener::Here(hear) => hear(message),
            Listener::Parent(socket) => {
                let Ok(bytes) = serde_json::to_vec(&message) else { return false };
                let length = (bytes.len() as u64).to_le_bytes();
                socket.write_all(&[b"P".as_slice(), &length, &bytes].concat()).is_ok()
            }
        }
    }
}

/// As [`run_mapped`], with word from the work while it goes on: `hear` is called here for each of its messages. When it
/// returns false the work is given up and its child killed.
///
/// # Errors
/// As [`run_mapped`].
pub fn run_mapped_telling<T, E, M>(
    maps: &IdMapSpec,
    host: &HostFacts,
    work: impl FnOnce(&Teller<'_, M>) -> Result<T, E>,
    mut hear: impl FnMut(M) -> bool + Send,
) -> Result<Result<T, E>, UsernsError>
where
    T: Serialize + DeserializeOwned,
    E: Serialize + DeserializeOwned,
    M: Serialize + DeserializeOwned,
{
    if maps.writer == MapWriter::None {
        return Ok(work(&Teller(Mutex::new(Listener::Here(&mut hear)))));
    }
    let (mut mine, theirs) = UnixStream::pair().attempt(|| "make a socket pair")?;
    let Some(pid) = process::fork()? else {
        drop(mine);
        let code = i32::from(child(theirs, maps, work).is_err());
        process::exit_now(code);
    };
    drop(theirs);
    let result = parent(&mut mine, pid, maps, host, &mut hear);
    drop(mine);
    if let Ok((b'P', _)) = result {
        // It may have ended by itself meanwhile; in both cases it is only to be waited for.
        let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL);
    }
    let code = process::wait(pid)?;
    let (tag, answer) = result?;
    match tag {
        b'R' => serde_json::from_slice(&answer).map_err(|e| {
            SysError::new("read the answer of the mapped child", std::io::Error::from(e)).into()
        }),
        b'U' => Err(UsernsError::Refused(SysError::new(
            "unshare(CLONE_NEWUSER)",
            std::io::Error::from_raw_os_error(i32::from_le_bytes(answer.try_into().unwrap_or_default())),
        ))),
        _ => Err(SysError::new(
            "run in the user namespace",
            std::io::Error::other(if answer.is_empty() {
                format!("the child ended with code {code}")
            } else {
                String::from_utf8_lossy(&answer).into_owned()
            }),
        )
        .into()),
    }
}

fn parent<M: DeserializeOwned>(
    socket: &mut UnixStream,
    pid: i32,
    maps: &IdMapSpec,
    host: &HostFacts,
    hear: &mut impl FnMut(M) -> bool,
) -> Result<(u8, Vec<u8>), UsernsError> {
    let what = || "talk to the mapped child";
    let mut first = [0];
    let mut answer = Vec::new();
    if socket.read(&mut first).attempt(what)? == 0 {
        return Ok((0, answer));
    }
    if first == *b"N" {
        start_maps(pid, maps, host)?.finish()?;
        socket.write_all(b"M").attempt(what)?;
        if socket.read(&mut first).attempt(what)? == 0 {
            return Ok((0, answer));
        }
    }
    while first == *b"P" {
        let mut length = [0; 8];
        socket.read_exact(&mut length).attempt(what)?;
        let mut message = Vec::new();
        socket.take(u64::from_le_bytes(length)).read_to_end(&mut message).attempt(what)?;
        let message = serde_json::from_slice(&message).map_err(std::io::Error::from).attempt(what)?;
        if !hear(message) {
            return Ok((b'P', b"given up".to_vec()));
        }
        if socket.read(&mut first).attempt(what)? == 0 {
            return Ok((0, answer));
        }
    }
    socket.read_to_end(&mut answer).attempt(what)?;
    Ok((first[0], answer))
}

fn child<T: Serialize, E: Serialize, M: Serialize>(
    mut socket: UnixStream,
    maps: &IdMapSpec,
    work: impl FnOnce(&Teller<'_, M>) -> Result<T, E>,
) -> std::io::Result<()> {
    // Should the caller be killed, the work is given up: what it had half made is swept by its place.
    let tied = process::die_with_parent();
    if let Err(UsernsError::Refused(error)) = unshare_user() {
        socket.write_all(b"U")?;
        return socket.write_all(&error.errno().to_le_bytes());
    }
    socket.write_all(b"N")?;
    let mut go = [0];
    socket.read_exact(&mut go)?;
    // Becoming root changes the credentials, which clears the death signal: it is set again.
    let ready = tied.and_then(|()| become_root(maps, false)).and_then(|()| process::die_with_parent());
    if let Err(error) = ready {
        socket.write_all(b"E")?;
        return socket.write_all(error.to_string().as_bytes());
    }
    let result = work(&Teller(Mutex::new(Listener::Parent(socket.try_clone()?))));
    let bytes = serde_json::to_vec(&result)?;
    socket.write_all(b"R")?;
    socket.write_all(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::IdRange;

    fn host() -> HostFacts {
        crate::model::host::tests::plain()
    }

    #[test]
    fn work_runs_as_root_of_a_single_id_namespace() {
        let (uid, gid) = (nix::unistd::getuid().as_raw(), nix::unistd::getgid().as_raw());
        let one = |host| vec![IdRange { container: 0, host, size: 1 }];
        let maps = IdMapSpec { uids: one(uid), gids: one(gid), writer: MapWriter::Own };
        let ids: Result<(u32, u32), String> = run_mapped(&maps, &host(), || {
            Ok((nix::unistd::getuid().as_raw(), nix::unistd::getgid().as_raw()))
        })
        .unwrap();
        assert_eq!(ids, Ok((0, 0)));
    }

    #[test]
    fn word_comes_before_the_end_and_can_end_it() {
        let (uid, gid) = (nix::unistd::getuid().as_raw(), nix::unistd::getgid().as_raw());
        let one = |host| vec![IdRange { container: 0, host, size: 1 }];
        let own = IdMapSpec { uids: one(uid), gids: one(gid), writer: MapWriter::Own };
        let none = IdMapSpec { uids: vec![], gids: vec![], writer: MapWriter::None };
        for maps in [own.clone(), none] {
            let mut heard = Vec::new();
            let work = |teller: &Teller<'_, u32>| {
                Ok::<_, String>([1, 2].into_iter().filter(|n| teller.tell(*n)).count())
            };
            let result = run_mapped_telling(&maps, &host(), work, |n: u32| {
                heard.push(n);
                true
            });
            assert_eq!((result.unwrap(), heard), (Ok(2), vec![1, 2]));
        }
        let endless = |teller: &Teller<'_, u32>| -> Result<(), String> {
            while teller.tell(7) {}
            Err("nobody listens".to_owned())
        };
        let error = run_mapped_telling(&own, &host(), endless, |_: u32| false).unwrap_err();
        assert!(error.to_string().contains("given up"), "{error}");
    }

    #[test]
    fn the_works_own_error_comes_back() {
        let maps = IdMapSpec { uids: vec![], gids: vec![], writer: MapWriter::None };
        let result: Result<(), String> = run_mapped(&maps, &host(), || Err("no".to_owned())).unwrap();
        assert_eq!(result, Err("no".to_owned()));
    }
}
