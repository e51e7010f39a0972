//! What stands in a cell. Pure: everything was read before.

use std::collections::BTreeMap;

use super::names::Names;
use crate::model::IdRange;
use crate::model::idmap::to_container;
use crate::model::process_table::Field;
use crate::model::units::go_duration;
use crate::spec::caps;
use crate::sys::procfs::{Stat, status_line};
use crate::sys::uptime::LocalTime;

const SECOND: u64 = 1_000_000_000;
/// Who an id without a counterpart inside is there (user_namespaces(7), "Unmapped user and group IDs").
const NOBODY: u32 = 65_534;

/// A process as it was read.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// Its pid on the host.
    pub pid: i32,
    pub stat: Stat,
    pub status: String,
    pub arguments: String,
    pub label: String,
}

impl Seen {
    /// The numbers of a line of its status.
    pub(super) fn numbers(&self, line: &str) -> Vec<u32> {
        let words = status_line(&self.status, line).unwrap_or_default().split_ascii_whitespace();
        words.filter_map(|word| word.parse().ok()).collect()
    }

    pub(super) fn number(&self, line: &str, at: usize) -> Option<u32> {
        self.numbers(line).get(at).copied()
    }
}

/// From where it is looked at.
pub(super) struct View {
    /// How many pid namespaces lie around the container's.
    pub level: usize,
    /// Pids inside by those on the host.
    pub pids: BTreeMap<i32, u32>,
    /// None: the ids are the host's.
    pub uids: Option<Vec<IdRange>>,
    pub gids: Option<Vec<IdRange>>,
    pub users: Names,
    pub groups: Names,
    pub host_users: Names,
    pub host_groups: Names,
    /// Clock ticks a second.
    pub ticks: u64,
    /// Bytes a page.
    pub page: u64,
    /// Bytes that the machine has.
    pub memory: u64,
    /// Nanoseconds.
    pub since_boot: u64,
    /// When the machine booted, in seconds since the epoch.
    pub booted: i64,
    /// The time of the day at a point in time.
    pub local: fn(i64) -> Option<LocalTime>,
}

impl View {
    /// As it may be printed: what would change the terminal is a question mark.
    pub(super) fn cell(&self, process: &Seen, field: Field) -> String {
        let text = self.text(process, field);
        text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
    }

    #[allow(clippy::too_many_lines)] // a line a field
    fn text(&self, process: &Seen, field: Field) -> String {
        let stat = &process.stat;
        let unknown = || "?".to_owned();
        let id = |line, at| process.number(line, at);
        let user = |at| id("Uid", at).map_or_else(unknown, |uid| self.users.of(inside(&self.uids, uid)));
        let group = |at| id("Gid", at).map_or_else(unknown, |gid| self.groups.of(inside(&self.gids, gid)));
        let user_id = |at| id("Uid", at).map_or_else(unknown, |uid| inside(&self.uids, uid).to_string());
        let group_id = |at| id("Gid", at).map_or_else(unknown, |gid| inside(&self.gids, gid).to_string());
        let pid = |line| id(line, self.level).map_or_else(unknown, |pid| pid.to_string());
        match field {
            Field::Args => arguments(process),
            Field::Capabilities(line) => capabilities(status_line(&process.status, line).unwrap_or_default()),
            Field::Command => stat.name.clone(),
            Field::Cpu => format!("{:.3}", self.percent(stat)),
            Field::CpuWhole => format!("{:.0}", self.percent(stat).floor().min(99.0)),
            Field::CpuShort => format!("{:.1}", self.percent(stat)),
            Field::Elapsed => go_duration(self.age(stat)),
            Field::ElapsedClock => elapsed_clock(self.age(stat) / SECOND),
            Field::ElapsedSeconds => (self.age(stat) / SECOND).to_string(),
            Field::Group => group(1),
            Field::GroupId => group_id(1),
            Field::Groups => {
                let all = process.numbers("Groups").into_iter();
                join(all.map(|gid| self.groups.of(inside(&self.gids, gid))))
            }
            Field::HostGroup => id("Gid", 1).map_or_else(unknown, |gid| self.host_groups.of(gid)),
            Field::HostGroups => {
                join(process.numbers("Groups").into_iter().map(|gid| self.host_groups.of(gid)))
            }
            Field::HostPid => process.pid.to_string(),
            Field::HostUser => id("Uid", 1).map_or_else(unknown, |uid| self.host_users.of(uid)),
            Field::HostUserId => id("Uid", 1).map_or_else(unknown, |uid| uid.to_string()),
            Field::Label => match process.label.trim_end_matches(['\0', '\n']) {
                "" => unknown(),
                label => label.to_owned(),
            },
            Field::Memory => format!("{:.1}", share(stat.resident * self.page, self.memory)),
            Field::Nice => stat.nice.to_string(),
            // A parent outside is none (getppid(2)).
            Field::Parent => self.pids.get(&stat.parent).copied().unwrap_or(0).to_string(),
            Field::Pid => pid("NSpid"),
            Field::ProcessGroup => pid("NSpgid"),
            Field::RealGroup => group(0),
            Field::RealGroupId => group_id(0),
            Field::RealUser => user(0),
            Field::RealUserId => user_id(0),
            Field::Resident => (stat.resident * self.page / 1024).to_string(),
            Field::Seccomp => match status_line(&process.status, "Seccomp") {
                Some("0") => "disabled".to_owned(),
                Some("1") => "strict".to_owned(),
                Some("2") => "filter".to_owned(),
                _ => unknown(),
            },
            Field::Session => pid("NSsid"),
            Field::Started => self.started(stat).map_or_else(unknown, |time| full_time(&time)),
            Field::StartedShort => {
                self.started(stat).map_or_else(unknown, |time| self.short_time(stat, &time))
            }
            Field::State => stat.state.to_string(),
            Field::StateMore => self.state_more(process),
            Field::Terminal => terminal(stat.terminal),
            Field::Threads => stat.threads.to_string(),
            // Whole seconds, as podman has them.
            Field::Time => go_duration(self.cpu(stat) / SECOND * SECOND),
            Field::TimeClock => time_clock(self.cpu(stat) / SECOND),
            Field::TimeMinutes => {
                let seconds = self.cpu(stat) / SECOND;
                format!("{}:{:02}", seconds / 60, seconds % 60)
            }
            Field::TimeSeconds => (self.cpu(stat) / SECOND).to_string(),
            Field::User => user(1),
            Field::UserId => user_id(1),
            Field::VirtualSize => (stat.virtual_size / 1024).to_string(),
        }
    }

    fn nanoseconds(&self, ticks: u64) -> u64 {
        ticks.saturating_mul(SECOND / self.ticks)
    }

    fn cpu(&self, stat: &Stat) -> u64 {
        self.nanoseconds(stat.user[0].saturating_add(stat.system[0]))
    }

    fn age(&self, stat: &Stat) -> u64 {
        self.since_boot.saturating_sub(self.nanoseconds(stat.start))
    }

    fn percent(&self, stat: &Stat) -> f64 {
        share(self.cpu(stat), self.age(stat))
    }

    fn started(&self, stat: &Stat) -> Option<LocalTime> {
        (self.local)(self.booted.checked_add(i64::try_from(stat.start / self.ticks).ok()?)?)
    }

    /// Of today the time, of this year the day (ps).
    fn short_time(&self, stat: &Stat, time: &LocalTime) -> String {
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let age = self.age(stat) / SECOND;
        if age < 24 * 3600 {
            return format!("{:02}:{:02}", time.hour, time.minute);
        }
        let month = MONTHS.get(time.month.saturating_sub(1) as usize).unwrap_or(&"?");
        if age < 365 * 24 * 3600 { format!("{month}{:02}", time.day) } else { time.year.to_string() }
    }

    /// ps(1), "PROCESS STATE CODES".
    fn state_more(&self, process: &Seen) -> String {
        let stat = &process.stat;
        let mut text = stat.state.to_string();
        text.extend((stat.nice < 0).then_some('<'));
        text.extend((stat.nice > 0).then_some('N'));
        let leads = process.number("NSsid", self.level) == process.number("NSpid", self.level);
        text.extend(leads.then_some('s'));
        text.extend((stat.threads > 1).then_some('l'));
        text
    }
}

fn inside(map: &Option<Vec<IdRange>>, id: u32) -> u32 {
    map.as_ref().map_or(id, |map| to_container(map, id).unwrap_or(NOBODY))
}

#[allow(clippy::cast_precision_loss)] // few digits are shown
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}

fn join(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(",")
}

fn arguments(process: &Seen) -> String {
    let text = process.arguments.trim_end_matches('\0');
    if text.is_empty() { format!("[{}]", process.stat.name) } else { text.replace('\0', " ") }
}

/// The names in the order of the alphabet, without `CAP_` (podman); all and none in a word.
fn capabilities(mask: &str) -> String {
    let Ok(mask) = u64::from_str_radix(mask, 16) else { return "?".to_owned() };
    let known = caps::all();
    let set: Vec<u8> = known.iter().copied().filter(|number| mask >> number & 1 == 1).collect();
    if set.is_empty() {
        return "none".to_owned();
    }
    if set.len() == known.len() {
        return "full".to_owned();
    }
    let mut names: Vec<String> =
        set.iter().map(|number| caps::name(*number).trim_start_matches("CAP_").to_owned()).collect();
    names.sort();
    names.join(",")
}

/// By the numbers of devices (Documentation/admin-guide/devices.txt).
fn terminal(device: u32) -> String {
    // As the kernel encodes them for user space (proc_pid_stat(5), field 7).
    let (major, minor) = ((device >> 8) & 0xfff, (device & 0xff) | ((device >> 12) & 0xf_ff00));
    match (major, minor) {
        (136..=143, minor) => format!("pts/{}", (major - 136) * 256 + minor),
        (4, 0..64) => format!("tty{minor}"),
        (4, _) => format!("ttyS{}", minor - 64),
        (5, 1) => "console".to_owned(),
        _ => "?".to_owned(),
    }
}

/// `[[dd-]hh:]mm:ss`.
fn elapsed_clock(seconds: u64) -> String {
    let (days, hours) = (seconds / 86_400, seconds / 3600 % 24);
    let (minutes, rest) = (seconds / 60 % 60, seconds % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes:02}:{rest:02}"),
        (0, _) => format!("{hours:02}:{minutes:02}:{rest:02}"),
        _ => format!("{days}-{hours:02}:{minutes:02}:{rest:02}"),
    }
}

/// `[dd-]hh:mm:ss`.
fn time_clock(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let time = format!("{:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60);
    if days == 0 { time } else { format!("{days}-{time}") }
}

/// Go's form of a time: `2019-12-09 10:50:36 +0100 CET`.
fn full_time(time: &LocalTime) -> String {
    let offset = time.offset.abs() / 60;
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02} {}{:02}{:02} {}",
        time.year,
        time.month,
        time.day,
        time.hour,
        time.minute,
        time.second,
        if time.offset < 0 { '-' } else { '+' },
        offset / 60,
        offset % 60,
        time.zone
    )
}

#[cfg(test)]
#[path = "cell_tests.rs"]
mod tests;
