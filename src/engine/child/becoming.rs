//! Becoming the program: what a container's first process and one that joins later have in common. Identity,
//! confinement, execve; the link to whoever holds the process.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use crate::engine::failure::Failure;
use crate::engine::gate::Gate;
use crate::engine::{init, message};
use crate::model::MapWriter;
use crate::model::idmap::to_host;
use crate::model::spec::ContainerSpec;
use crate::sys::{Attempt, packet, process};

use super::{FileId, confine, exec, terminal, user};

/// What ties a process to whoever made it.
#[derive(Clone, Copy)]
pub enum Bond<'a> {
    /// It ends with that one.
    Tied,
    /// It outlives that one.
    Free,
    /// It outlives that one too, and somebody else gives it the word to start.
    Gate(&'a Gate),
}

/// A process on its way to become a program of the container.
pub struct Becoming<'a> {
    /// Whose program, with which rights.
    pub spec: &'a ContainerSpec,
    /// The compiled filter.
    pub seccomp: Option<&'a [u8]>,
    /// To whoever holds this process; it closes when the program runs.
    pub monitor: OwnedFd,
    /// rctr's own binary, which is never executed inside.
    pub own_binary: FileId,
    /// Whether it ends with its monitor.
    pub bond: Bond<'a>,
}

impl Becoming<'_> {
    /// Tells why not, and ends.
    pub fn give_up(&self, failure: &Failure) -> ! {
        self.report(failure);
        process::exit_now(127);
    }

    fn report(&self, failure: &Failure) {
        // Without a monitor nobody is left to tell, but at the gate.
        let told = packet::send(self.monitor.as_fd(), &message::failure(failure));
        if let (Err(_), Bond::Gate(gate)) = (told, self.bond) {
            gate.tell(failure);
        }
    }

    /// Gives up all that the program is not to have; gives its home. `proc` is a procfs that nothing is mounted over.
    pub(super) fn confine(&self, proc: BorrowedFd<'_>, slave: Option<OwnedFd>) -> Result<String, Failure> {
        let spec = self.spec;
        let lookup = user::Lookup::read(&user::own_root()?)?;
        let identity = self.identity(&lookup)?;
        if let Some(slave) = slave {
            terminal::take(slave, &identity)?;
        }
        user::own_stdio(&identity);
        confine::Confine {
            spec: &spec.confinement,
            process: &spec.process,
            program: self.seccomp,
            maps: &spec.id_maps,
            proc,
        }
        .apply(&identity)?;
        // Changed credentials clear the death signal (prctl(2), PR_SET_PDEATHSIG).
        self.tie_to_monitor()?;
        Ok(identity.home)
    }

    /// Executes the program, below an init if there is to be one; only returns when that failed.
    pub(super) fn exec(&self, home: &str, under_init: bool) -> Failure {
        let name = self.spec.process.args.first().map(String::as_str).unwrap_or_default();
        match self.find(home) {
            Ok(program) if under_init => init::run_as_init(|| {
                self.report(&program.exec(name));
                127
            })
            .into(),
            Ok(program) => program.exec(name),
            Err(failure) => failure,
        }
    }

    /// Finds the program; nothing but executing it is left to do then.
    fn find(&self, home: &str) -> Result<exec::Program, Failure> {
        let process = &self.spec.process;
        let root = crate::sys::root::open_directory(Path::new("/"))?;
        exec::enter_directory(&root, &process.cwd)?;
        let program = exec::find(process, home, &root, self.own_binary)?;
        crate::sys::signal::reset_for_exec()?;
        process::close_from(3 + process.preserve_fds, true)?;
        Ok(program)
    }

    /// Sees that the program can be found, tells that only the word to execute it is missing, and waits for that. What it
    /// has found is looked for again afterwards: others may change a volume meanwhile.
    pub(super) fn await_start(&self, home: &str) -> Result<(), Failure> {
        self.find(home)?;
        // read(2) and write(2) are the least that a filter permits.
        rustix::io::write(&self.monitor, &[message::AWAITS_START]).attempt(|| "tell the monitor")?;
        if let Bond::Gate(gate) = self.bond {
            return gate.wait();
        }
        let mut word = [0; 16];
        let length = rustix::io::retry_on_intr(|| rustix::io::read(&self.monitor, &mut word))
            .attempt(|| "wait for the word to start")?;
        if &word[..length] == message::START {
            return Ok(());
        }
        process::exit_now(127);
    }

    /// Who the program runs as. With a single id, users that it is not are that one all the same: an image whose USER
    /// has no id here still runs.
    fn identity(&self, lookup: &user::Lookup) -> Result<user::Identity, Failure> {
        let spec = self.spec;
        if let Some(ids) = &spec.process.ids {
            return Ok(lookup.of_ids(ids));
        }
        let identity = lookup.identity(&spec.process.user, &spec.process.groups)?;
        let (maps, ids) = (&spec.id_maps, (identity.uid, identity.gid));
        let mapped = to_host(&maps.uids, ids.0).is_some() && to_host(&maps.gids, ids.1).is_some();
        match (maps.uids.first(), maps.gids.first()) {
            (Some(only), Some(group)) if maps.writer == MapWriter::Own && !mapped => {
                let (uid, gid) = ids;
                let text = format!(
                    "only one id is mapped: {uid}:{gid} is {} here, without capabilities",
                    only.container
                );
                packet::send(self.monitor.as_fd(), &message::notice(&text))?;
                Ok(identity.as_single_id(only.container, group.container))
            }
            _ => Ok(identity),
        }
    }

    /// Ends with the monitor, also when that was killed before this was asked for: there is no signal for the past.
    pub(super) fn tie_to_monitor(&self) -> Result<(), Failure> {
        if !matches!(self.bond, Bond::Tied) {
            return Ok(());
        }
        process::die_with_parent()?;
        if packet::peer_has_gone(self.monitor.as_fd()) {
            process::exit_now(127);
        }
        Ok(())
    }

    /// Waits for one word of the monitor's; its end is ours.
    pub(super) fn wait_for(&self, word: &[u8]) -> Result<(), Failure> {
        let mut buffer = [0; 16];
        let (length, _) = packet::receive(self.monitor.as_fd(), &mut buffer)?;
        if &buffer[..length] == word {
            return Ok(());
        }
        process::exit_now(127);
    }
}
