//! What `top` shows: podman-top(1)'s format descriptors, or the forms of ps(1)'s options that people use.
//!
//! ps itself is never run: that of the image would run with the user's rights on the host (CVE-2022-1227), that of the host
//! would have to be let into the container. What an option asks for is told in the same words, and the rest is refused.

use super::SpecError;
use crate::model::nearest;
use crate::model::process_table::{Column, Field, Table};

/// Podman's descriptors: code (AIX), name, heading, field; sorted by name.
const DESCRIPTORS: [(&str, &str, &str, Field); 32] = [
    ("%a", "args", "COMMAND", Field::Args),
    ("", "capamb", "AMBIENT CAPS", Field::Capabilities("CapAmb")),
    ("", "capbnd", "BOUNDING CAPS", Field::Capabilities("CapBnd")),
    ("", "capeff", "EFFECTIVE CAPS", Field::Capabilities("CapEff")),
    ("", "capinh", "INHERITED CAPS", Field::Capabilities("CapInh")),
    ("", "capprm", "PERMITTED CAPS", Field::Capabilities("CapPrm")),
    ("%c", "comm", "COMMAND", Field::Command),
    ("%t", "etime", "ELAPSED", Field::Elapsed),
    ("%G", "group", "GROUP", Field::Group),
    ("", "groups", "GROUPS", Field::Groups),
    ("", "hgroup", "HGROUP", Field::HostGroup),
    ("", "hgroups", "HGROUPS", Field::HostGroups),
    ("", "hpid", "HPID", Field::HostPid),
    ("", "huid", "HUID", Field::HostUserId),
    ("", "huser", "HUSER", Field::HostUser),
    ("", "label", "LABEL", Field::Label),
    ("%n", "nice", "NI", Field::Nice),
    ("%C", "pcpu", "%CPU", Field::Cpu),
    ("%r", "pgid", "PGID", Field::ProcessGroup),
    ("%p", "pid", "PID", Field::Pid),
    ("%P", "ppid", "PPID", Field::Parent),
    ("%g", "rgroup", "RGROUP", Field::RealGroup),
    ("", "rss", "RSS", Field::Resident),
    ("%u", "ruser", "RUSER", Field::RealUser),
    ("", "seccomp", "SECCOMP", Field::Seccomp),
    ("", "state", "STATE", Field::State),
    ("", "stime", "STIME", Field::Started),
    ("%x", "time", "TIME", Field::Time),
    ("%y", "tty", "TTY", Field::Terminal),
    ("", "uid", "UID", Field::UserId),
    ("%U", "user", "USER", Field::User),
    ("%z", "vsz", "VSZ", Field::VirtualSize),
];

/// What podman shows without descriptors.
const DEFAULT: [&str; 8] = ["user", "pid", "ppid", "pcpu", "etime", "tty", "time", "args"];

/// Keywords of `ps -o`: names, heading, field.
const KEYWORDS: [(&[&str], &str, Field); 39] = [
    (&["args", "command"], "COMMAND", Field::Args),
    (&["c"], "C", Field::CpuWhole),
    (&["cmd"], "CMD", Field::Args),
    (&["comm", "ucmd", "ucomm"], "COMMAND", Field::Command),
    (&["cputime", "time"], "TIME", Field::TimeClock),
    (&["cputimes", "times"], "TIME", Field::TimeSeconds),
    (&["egid", "gid"], "GID", Field::GroupId),
    (&["egroup", "group"], "GROUP", Field::Group),
    (&["etime"], "ELAPSED", Field::ElapsedClock),
    (&["etimes"], "ELAPSED", Field::ElapsedSeconds),
    (&["euid", "uid"], "UID", Field::UserId),
    (&["euser", "uname", "user"], "USER", Field::User),
    (&["label"], "LABEL", Field::Label),
    (&["lstart", "start"], "STARTED", Field::Started),
    (&["ni", "nice"], "NI", Field::Nice),
    (&["nlwp", "thcount"], "NLWP", Field::Threads),
    (&["pcpu", "%cpu"], "%CPU", Field::CpuShort),
    (&["pgid", "pgrp"], "PGID", Field::ProcessGroup),
    (&["pid"], "PID", Field::Pid),
    (&["pmem", "%mem"], "%MEM", Field::Memory),
    (&["ppid"], "PPID", Field::Parent),
    (&["rgid"], "RGID", Field::RealGroupId),
    (&["rgroup"], "RGROUP", Field::RealGroup),
    (&["rss", "rssize", "rsz"], "RSS", Field::Resident),
    (&["ruid"], "RUID", Field::RealUserId),
    (&["ruser"], "RUSER", Field::RealUser),
    (&["s", "state"], "S", Field::State),
    (&["sess", "session"], "SESS", Field::Session),
    (&["sid"], "SID", Field::Session),
    (&["start_time"], "START", Field::StartedShort),
    (&["stat"], "STAT", Field::StateMore),
    (&["stime"], "STIME", Field::StartedShort),
    (&["sup_grp", "supgrp"], "SUPGRP", Field::Groups),
    (&["tname"], "TTY", Field::Terminal),
    (&["tt", "tty"], "TT", Field::Terminal),
    (&["vsize", "vsz"], "VSZ", Field::VirtualSize),
    (&["hpid"], "HPID", Field::HostPid),
    (&["huser"], "HUSER", Field::HostUser),
    (&["seccomp"], "SECCOMP", Field::Seccomp),
];

/// `ps aux`.
const USER_ORIENTED: [(&str, Field); 11] = [
    ("USER", Field::User),
    ("PID", Field::Pid),
    ("%CPU", Field::CpuShort),
    ("%MEM", Field::Memory),
    ("VSZ", Field::VirtualSize),
    ("RSS", Field::Resident),
    ("TTY", Field::Terminal),
    ("STAT", Field::StateMore),
    ("START", Field::StartedShort),
    ("TIME", Field::TimeMinutes),
    ("COMMAND", Field::Args),
];

/// `ps -f`.
const FULL: [(&str, Field); 8] = [
    ("UID", Field::User),
    ("PID", Field::Pid),
    ("PPID", Field::Parent),
    ("C", Field::CpuWhole),
    ("STIME", Field::StartedShort),
    ("TTY", Field::Terminal),
    ("TIME", Field::TimeClock),
    ("CMD", Field::Args),
];

/// `ps ax`.
const BSD: [(&str, Field); 5] = [
    ("PID", Field::Pid),
    ("TTY", Field::Terminal),
    ("STAT", Field::StateMore),
    ("TIME", Field::TimeMinutes),
    ("COMMAND", Field::Args),
];

/// `ps -e`.
const PLAIN: [(&str, Field); 4] =
    [("PID", Field::Pid), ("TTY", Field::Terminal), ("TIME", Field::TimeClock), ("CMD", Field::Command)];

/// The names of all descriptors.
pub fn descriptors() -> impl Iterator<Item = &'static str> {
    DESCRIPTORS.iter().map(|(_, name, ..)| *name)
}

/// Reads what stands after the container.
///
/// # Errors
/// A descriptor that there is not, an option of ps that is not translated.
pub fn parse(words: &[String]) -> Result<Table, SpecError> {
    let names: Vec<&str> =
        words.iter().flat_map(|word| word.split(',')).map(str::trim).filter(|w| !w.is_empty()).collect();
    let names = if names.is_empty() { DEFAULT.to_vec() } else { names };
    if let Some(columns) = names.iter().map(|name| descriptor(name)).collect() {
        return Ok(Table { columns, headings: true });
    }
    // A list that begins with a descriptor is no option of ps.
    if descriptor(names[0]).is_some()
        && let Some(strange) = names.iter().find(|name| descriptor(name).is_none())
    {
        return Err(not_a_descriptor(strange));
    }
    // `top web "-eo pid,comm"` is one word (podman).
    match words {
        [one] => Ps::read(&one.split_whitespace().collect::<Vec<_>>()),
        many => Ps::read(&many.iter().map(String::as_str).collect::<Vec<_>>()),
    }
}

fn descriptor(name: &str) -> Option<Column> {
    let (.., heading, field) =
        DESCRIPTORS.iter().find(|(code, known, ..)| *known == name || (*code == name && !code.is_empty()))?;
    Some(Column { heading: (*heading).to_owned(), field: *field })
}

fn columns(of: &[(&str, Field)]) -> Vec<Column> {
    of.iter().map(|(heading, field)| Column { heading: (*heading).to_owned(), field: *field }).collect()
}

fn refused(word: &str, why: String) -> SpecError {
    SpecError::flag("argument of top", word, why)
}

/// Options of ps as they were read. Which processes are meant is never a question: all of the container's.
#[derive(Default)]
struct Ps {
    full: bool,
    user_oriented: bool,
    bsd: bool,
    no_headings: bool,
    columns: Vec<Column>,
}

impl Ps {
    fn read(words: &[&str]) -> Result<Table, SpecError> {
        let mut ps = Self::default();
        let mut words = words.iter().copied();
        while let Some(word) = words.next() {
            if let Some(long) = word.strip_prefix("--") {
                ps.long(word, long, &mut words)?;
            } else if let Some(cluster) = word.strip_prefix('-').filter(|rest| !rest.is_empty()) {
                ps.cluster(word, cluster, false, &mut words)?;
            } else {
                ps.cluster(word, word, true, &mut words)?;
            }
        }
        let columns = match &ps {
            Self { columns, full, user_oriented, .. } if !columns.is_empty() => {
                if *full || *user_oriented {
                    return Err(refused("-o", "conflicting format options of ps".to_owned()));
                }
                columns.clone()
            }
            Self { user_oriented: true, .. } => self::columns(&USER_ORIENTED),
            Self { full: true, .. } => self::columns(&FULL),
            Self { bsd: true, .. } => self::columns(&BSD),
            _ => self::columns(&PLAIN),
        };
        let headings = !ps.no_headings && columns.iter().any(|column| !column.heading.is_empty());
        Ok(Table { columns, headings })
    }

    fn long<'a>(
        &mut self,
        word: &str,
        long: &'a str,
        words: &mut impl Iterator<Item = &'a str>,
    ) -> Result<(), SpecError> {
        match long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value))) {
            ("format", value) => match value.or_else(|| words.next()) {
                Some(list) => self.list(list),
                None => Err(refused(word, "want a list of what to show after it".to_owned())),
            },
            ("no-headers" | "no-heading" | "no-headings" | "noheader" | "noheaders" | "noheadings", None) => {
                self.no_headings = true;
                Ok(())
            }
            _ => Err(unknown(word)),
        }
    }

    fn cluster<'a>(
        &mut self,
        word: &str,
        cluster: &'a str,
        bsd: bool,
        words: &mut impl Iterator<Item = &'a str>,
    ) -> Result<(), SpecError> {
        // ps itself takes this for `aux` where there is no user of that name, and so do those who type it.
        let bsd = bsd || ["aux", "auxw", "auxww"].contains(&cluster);
        for (at, letter) in cluster.char_indices() {
            match (letter, bsd) {
                ('o', _) => {
                    let rest = &cluster[at + 1..];
                    let list = if rest.is_empty() { words.next() } else { Some(rest) };
                    return match list {
                        Some(list) => self.list(list),
                        None => Err(refused(word, "want a list of what to show after it".to_owned())),
                    };
                }
                ('a' | 'x', true) => self.bsd = true,
                ('u', true) => self.user_oriented = true,
                ('h', true) => self.no_headings = true,
                ('e' | 'A', false) | ('w', _) => {}
                ('f', false) => self.full = true,
                _ if bsd => return Err(not_a_descriptor(word)),
                _ => return Err(unknown(word)),
            }
        }
        Ok(())
    }

    fn list(&mut self, list: &str) -> Result<(), SpecError> {
        for item in list.split([',', ' ']).filter(|item| !item.is_empty()) {
            let (name, heading) = item.split_once('=').map_or((item, None), |(n, h)| (n, Some(h)));
            let known = KEYWORDS.iter().find(|(names, ..)| names.contains(&name));
            let Some((_, usual, field)) = known else {
                let names = KEYWORDS.iter().flat_map(|(names, ..)| names.iter().copied());
                let near = nearest(name, names).map(|near| format!(", did you mean {near}?"));
                return Err(refused(name, format!("unknown to ps -o{}", near.unwrap_or_default())));
            };
            let heading = heading.unwrap_or(usual).to_owned();
            self.columns.push(Column { heading, field: *field });
        }
        Ok(())
    }
}

fn unknown(word: &str) -> SpecError {
    refused(
        word,
        "of the options of ps there are -e, -f, -o LIST, aux, ax and --no-headers; ps itself is not run, and all \
         processes of the container are shown"
            .to_owned(),
    )
}

fn not_a_descriptor(word: &str) -> SpecError {
    let near = nearest(word, descriptors()).map(|near| format!(", did you mean {near}?"));
    refused(word, format!("unknown format descriptor{}", near.unwrap_or_default()))
}

#[cfg(test)]
#[path = "top_tests.rs"]
mod tests;
