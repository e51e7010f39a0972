//! Where the records of one container come from.

use std::os::fd::BorrowedFd;

use super::chain::Chain;
use super::error::LogsError;
use super::file::FileSource;
use super::journal::JournalSource;
use super::tail::Tail;
use crate::model::{ContainerId, LogDriver, LogSpec};
use crate::monitor::log::{Record, file_of, json, k8s};
use crate::spec::log;

/// The records of one container, one after the other.
#[derive(Debug)]
pub enum Source {
    /// In files.
    File(FileSource),
    /// In the journal.
    Journal(JournalSource),
}

impl Source {
    /// Opens a log where it is kept; `dir` is the container's directory.
    ///
    /// # Errors
    /// [`LogsError::NotKept`], EACCES.
    pub fn open(
        dir: &std::path::Path,
        id: &ContainerId,
        spec: &LogSpec,
        tail: Option<Tail>,
        follow: bool,
    ) -> Result<Self, LogsError> {
        let file = |parse| {
            let chain = Chain::new(file_of(dir, spec), spec.max_file);
            Ok(Self::File(FileSource::open(chain, parse, tail, follow)?))
        };
        match spec.driver {
            LogDriver::K8sFile => file(k8s::parse),
            LogDriver::JsonFile => file(json::parse),
            LogDriver::Journald => {
                JournalSource::open(id, tail.map(|tail| tail.lines), follow).map(Self::Journal)
            }
            driver @ (LogDriver::None | LogDriver::Passthrough) => Err(LogsError::NotKept(log::name(driver))),
        }
    }

    /// Makes sure that a record is read, if there is another one by now.
    ///
    /// # Errors
    /// EIO.
    pub fn fill(&mut self) -> Result<bool, LogsError> {
        match self {
            Self::File(source) => Ok(source.fill()?),
            Self::Journal(source) => source.fill(),
        }
    }

    /// The record that is next, read already.
    pub fn current(&self) -> Option<Record<'_>> {
        match self {
            Self::File(source) => source.current(),
            Self::Journal(source) => source.current(),
        }
    }

    /// Done with that.
    pub fn advance(&mut self) {
        match self {
            Self::File(source) => source.advance(),
            Self::Journal(source) => source.advance(),
        }
    }

    /// Its container has ended: it is read to its end, and then there is no more.
    ///
    /// # Errors
    /// journalctl cannot be started again.
    pub fn ended(&mut self) -> Result<(), LogsError> {
        match self {
            Self::File(_) => Ok(()),
            Self::Journal(source) => source.ended(),
        }
    }

    /// What tells that there is more, besides the directories of files.
    pub fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        match self {
            Self::File(_) => None,
            Self::Journal(source) => source.descriptor(),
        }
    }

    /// Lines that were no records.
    pub fn damaged(&self) -> u64 {
        match self {
            Self::File(source) => source.damaged,
            Self::Journal(_) => 0,
        }
    }
}
