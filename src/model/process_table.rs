//! What `top` tells of each process: a column for each field.

/// A table of processes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// From left to right; never empty.
    pub columns: Vec<Column>,
    /// With a line of headings.
    pub headings: bool,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// What stands over it.
    pub heading: String,
    /// What stands in it.
    pub field: Field,
}

/// A fact about a process. Ids and pids are those inside the container, if not said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Program and arguments; the name in brackets when there are none.
    Args,
    /// Capabilities: `CapAmb` and so on of proc_pid_status(5).
    Capabilities(&'static str),
    /// Name of the program.
    Command,
    /// Processor time in per cent of the time since the start: podman's three digits.
    Cpu,
    /// The same in whole per cent (ps).
    CpuWhole,
    /// The same with one digit (ps).
    CpuShort,
    /// Time since the start, as Go writes it.
    Elapsed,
    /// The same as `[[dd-]hh:]mm:ss` (ps).
    ElapsedClock,
    /// The same in seconds (ps).
    ElapsedSeconds,
    /// Effective group, by name.
    Group,
    /// Effective group, by number.
    GroupId,
    /// Supplementary groups.
    Groups,
    /// Effective group on the host.
    HostGroup,
    /// Supplementary groups on the host.
    HostGroups,
    /// Pid on the host.
    HostPid,
    /// Effective user on the host.
    HostUser,
    /// The same by number.
    HostUserId,
    /// Label of the security module.
    Label,
    /// Memory in per cent of the machine's (ps).
    Memory,
    /// Niceness.
    Nice,
    /// Parent.
    Parent,
    /// Process id.
    Pid,
    /// Process group.
    ProcessGroup,
    /// Real group, by name.
    RealGroup,
    /// Real group, by number.
    RealGroupId,
    /// Real user, by name.
    RealUser,
    /// Real user, by number.
    RealUserId,
    /// KiB in memory.
    Resident,
    /// Mode of the system call filter.
    Seccomp,
    /// Session.
    Session,
    /// When it began, as Go writes it.
    Started,
    /// The same as a time of the day, or a day (ps).
    StartedShort,
    /// One letter.
    State,
    /// The letter, and what else ps says there.
    StateMore,
    /// Controlling terminal.
    Terminal,
    /// How many threads.
    Threads,
    /// Processor time, as Go writes it.
    Time,
    /// The same as `[dd-]hh:mm:ss` (ps).
    TimeClock,
    /// The same as `minutes:ss` (ps, BSD).
    TimeMinutes,
    /// The same in seconds (ps).
    TimeSeconds,
    /// Effective user, by name.
    User,
    /// Effective user, by number.
    UserId,
    /// KiB of address space.
    VirtualSize,
}
