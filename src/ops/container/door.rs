//! The way into a running container, for what joins it: its first process by pidfd, or what its monitor keeps.

use std::os::fd::{AsFd, OwnedFd};

use super::seen::{Phase, SeenContainer, alive};
use crate::engine::door::{Door, kinds};
use crate::monitor::protocol::Message;
use crate::monitor::socket;
use crate::ops::OpsError;
use crate::store::Store;
use crate::sys::{SysError, packet, process};

/// Opens it for something that runs there.
///
/// # Errors
/// It does not run (any more), or is paused.
pub fn open(store: &Store, container: &SeenContainer, attempt: &'static str) -> Result<Door, OpsError> {
    if [Phase::Initialized, Phase::Paused].contains(&container.phase) {
        let id = container.id.short().to_owned();
        return Err(OpsError::NotRunningFor { attempt, id, status: container.phase.word() });
    }
    to_files(store, container, attempt)
}

/// Opens it for somebody who only looks at files: that goes on while the container is paused.
///
/// # Errors
/// It does not run (any more).
pub fn to_files(store: &Store, container: &SeenContainer, attempt: &'static str) -> Result<Door, OpsError> {
    let not_running = |phase: Phase| OpsError::NotRunningFor {
        attempt,
        id: container.id.short().to_owned(),
        status: phase.word(),
    };
    if !container.phase.runs() && container.phase != Phase::Initialized {
        return Err(not_running(container.phase));
    }
    let Some(spec) = &container.spec else { return Err(not_running(Phase::Unknown)) };
    if spec.init || container.phase == Phase::Initialized {
        let socket = socket::connect(&store.container_dir(&container.id))?;
        let files = kinds(spec).into_iter().map(|kind| Ok((kind, ask(&socket, kind)?)));
        return Ok(Door::Files(files.collect::<Result<_, OpsError>>()?));
    }
    // The pidfd is opened before the start time is compared: what is joined is what was compared.
    let pidfd = process::pidfd_open(container.state.pid).map_err(|_| not_running(Phase::Stopping))?;
    if !alive(&container.state) {
        return Err(not_running(Phase::Stopping));
    }
    Ok(Door::Process(pidfd))
}

fn ask(socket: &OwnedFd, kind: &str) -> Result<OwnedFd, OpsError> {
    let mut packet = Vec::new();
    Message::Namespace(kind.as_bytes()).encode(&mut packet);
    packet::send(socket.as_fd(), &packet)?;
    let mut answer = [0; 16];
    match packet::receive(socket.as_fd(), &mut answer)? {
        (_, Some(file)) => Ok(file),
        _ => {
            let gone = std::io::Error::other("its monitor does not give it");
            Err(SysError::new(format!("find the container's {kind} namespace"), gone).into())
        }
    }
}
