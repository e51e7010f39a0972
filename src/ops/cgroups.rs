//! Containers' cgroups: made when something asks for one, with the truth about what this host keeps of the limits.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use super::Context;
use crate::cgroup::{self, Cgroup, CgroupError, MOUNT, Site};
use crate::engine::{Failure, FailureKind, Placement};
use crate::model::host::CgroupMode;
use crate::model::limits::{CgroupManager, CgroupSpec, CgroupsMode, Ignored};
use crate::model::{ContainerId, ContainerSpec, ContainerState, HostFacts};
use crate::spec::limits::{Setting, settings};
use crate::sys::SysError;

/// The cgroup below a scope that its container is in.
const CONTAINER: &str = "container";
/// The one that its monitor is in.
const MONITOR: &str = "monitor";

/// What lets a user's systemd have every controller.
const REMEDY: &str = "to have it kept, put the lines [Service] and Delegate=cpu cpuset io memory pids into \
                      /etc/systemd/system/user@.service.d/delegate.conf as root, run systemctl daemon-reload, and log in anew";

/// Puts a container that is about to start into a cgroup of its own, with its monitor beside it.
///
/// # Errors
/// With strict limits, one that is not kept. Otherwise these are told of, in one line.
pub fn place(ctx: &Context, spec: &ContainerSpec, monitor: i32) -> Result<Placement, Failure> {
    let mut notes = Vec::new();
    let placed = make(&ctx.host, spec, monitor, &mut notes);
    let Some(line) = warning(&placed.ignored) else {
        notes.iter().for_each(|note| tell(note));
        return Ok(placed);
    };
    if spec.cgroup.strict {
        if let Some(group) = &placed.cgroup {
            // Nothing was started in it.
            let _ = Cgroup::remove(group.path());
        }
        return Err(Failure::new(FailureKind::Other, line));
    }
    notes.iter().for_each(|note| tell(note));
    tell(&line);
    Ok(placed)
}

/// One line about all of them: the limits, by what they have in common.
fn warning(ignored: &[Ignored]) -> Option<String> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for Ignored { flag, why } in ignored {
        match reasons.iter_mut().find(|(known, _)| known == why) {
            Some((_, flags)) if flags.contains(&flag.as_str()) => {}
            Some((_, flags)) => flags.push(flag),
            None => reasons.push((why, vec![flag])),
        }
    }
    let parts: Vec<_> = reasons.iter().map(|(why, flags)| format!("{} ({why})", flags.join(", "))).collect();
    (!parts.is_empty()).then(|| format!("limits that are not kept here: {}", parts.join("; ")))
}

fn make(host: &HostFacts, spec: &ContainerSpec, monitor: i32, notes: &mut Vec<String>) -> Placement {
    let all = settings(&spec.cgroup.limits);
    let place = spec.cgroup.parent.as_ref().map(|_| "--cgroup-parent");
    let place = place.or((spec.cgroup.mode == CgroupsMode::Split).then_some("--cgroups split"));
    let mut why = String::new();
    for site in sites(host, &spec.cgroup, &mut why) {
        let (kept, ignored) = divide(&all, &site);
        if kept.is_empty() && place.is_none() {
            return Placement { cgroup: None, ignored };
        }
        match make_at(host, spec, &site, monitor) {
            Ok(group) => {
                if !why.is_empty() {
                    notes.push(format!("{why}; the cgroup is made below {} instead", site.dir().display()));
                }
                return set(group, &kept, ignored);
            }
            Err(error) => why = error.to_string(),
        }
    }
    let flags = all.iter().map(|setting| setting.flag).chain(place);
    let ignored = flags.map(|flag| Ignored { flag: flag.to_owned(), why: why.clone() }).collect();
    Placement { cgroup: None, ignored }
}

/// Where to try, the best first; `why` says what is wrong with those that are left out.
fn sites(host: &HostFacts, spec: &CgroupSpec, why: &mut String) -> Vec<Site> {
    match host.cgroup {
        CgroupMode::Unified => {}
        CgroupMode::Legacy => {
            "this host has cgroup version 1, of which a normal user gets no controller: boot it with \
             systemd.unified_cgroup_hierarchy=1"
                .clone_into(why);
            return Vec::new();
        }
        CgroupMode::Absent => {
            "no cgroup file system is mounted at /sys/fs/cgroup".clone_into(why);
            return Vec::new();
        }
    }
    let mount = Path::new(MOUNT);
    let manager = if spec.mode == CgroupsMode::Split { Some(CgroupManager::Cgroupfs) } else { spec.manager };
    let mut found = Vec::new();
    if manager != Some(CgroupManager::Cgroupfs) {
        let systemd = Site::systemd(mount, host.uid);
        if systemd.is_none() {
            format!(
                "no systemd runs for user {}: log in through ssh or login, or loginctl enable-linger",
                host.uid
            )
            .clone_into(why);
        }
        found.extend(systemd);
    }
    // A slice is systemd's.
    let own = spec.parent.is_none() || manager == Some(CgroupManager::Cgroupfs);
    if manager != Some(CgroupManager::Systemd) && own {
        match Site::own(mount) {
            Some(site) => {
                if found.is_empty() {
                    // One that is ours is as good.
                    why.clear();
                }
                found.push(site);
            }
            None if found.is_empty() && manager.is_some() => {
                "the cgroup of this process is not delegated to the user".clone_into(why)
            }
            None => {}
        }
    }
    found
}

/// The limits whose controllers are there, and the others.
fn divide(all: &[Setting], site: &Site) -> (Vec<Setting>, Vec<Ignored>) {
    let there = site.controllers();
    let has = |setting: &&Setting| there.contains(&setting.controller) || setting.controller == "cgroup";
    let (kept, missing): (Vec<_>, Vec<_>) = all.iter().partition(has);
    let why = |setting: &Setting| {
        format!("controller {} is not delegated to {}; {REMEDY}", setting.controller, shown(site.dir()))
    };
    let ignored =
        missing.into_iter().map(|setting| Ignored { flag: setting.flag.to_owned(), why: why(setting) });
    (kept.into_iter().cloned().collect(), ignored.collect())
}

/// A cgroup as systemd writes it.
fn shown(dir: &Path) -> String {
    dir.strip_prefix(MOUNT).unwrap_or(dir).display().to_string()
}

fn make_at(host: &HostFacts, spec: &ContainerSpec, site: &Site, monitor: i32) -> Result<Cgroup, CgroupError> {
    match site {
        Site::Systemd { .. } => {
            let description = format!("rctr container {}", spec.name);
            let slice = spec.cgroup.parent.as_deref();
            let unit = unit(&spec.id);
            let scope = cgroup::Scope { unit: &unit, description: &description, slice, pid: monitor };
            let path = cgroup::start_scope(&bus(host), host.uid, scope)?;
            let scope = Cgroup::open(&below_mount(&path))?;
            scope.child(MONITOR)?.take(monitor)?;
            scope.hand_down(&cgroup::controllers(scope.path()))?;
            Ok(scope.child(CONTAINER)?)
        }
        Site::Own { .. } => {
            let mut group = site.make_room()?;
            for part in spec.cgroup.parent.iter().flat_map(|parent| parent.split('/')) {
                group = group.child(part)?;
                group.hand_down(&cgroup::controllers(group.path()))?;
            }
            Ok(group.child(&format!("rctr-{}", spec.id))?)
        }
    }
}

fn below_mount(path: &str) -> PathBuf {
    Path::new(MOUNT).join(path.trim_start_matches('/'))
}

fn set(group: Cgroup, kept: &[Setting], mut ignored: Vec<Ignored>) -> Placement {
    for setting in kept {
        match group.write(&setting.file, &setting.value) {
            Ok(()) => {}
            // A kernel without swap accounting, and a machine without swap: there is nothing to limit.
            Err(_) if setting.file == "memory.swap.max" && setting.flag == "--memory" => {}
            Err(error) => ignored.push(Ignored { flag: setting.flag.to_owned(), why: error.to_string() }),
        }
    }
    Placement { cgroup: Some(group), ignored }
}

/// The scope of a container.
fn unit(id: &ContainerId) -> String {
    format!("rctr-{id}.scope")
}

/// The user's bus.
fn bus(host: &HostFacts) -> String {
    let variable = |name: &str| host.env.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    match (variable("DBUS_SESSION_BUS_ADDRESS"), variable("XDG_RUNTIME_DIR")) {
        (Some(address), _) if !address.is_empty() => address.to_owned(),
        (_, Some(dir)) if !dir.is_empty() => format!("unix:path={dir}/bus"),
        _ => format!("unix:path=/run/user/{}/bus", host.uid),
    }
}

/// The cgroup of a container that lives; none where it has none of its own.
pub fn of(state: &ContainerState) -> Option<Cgroup> {
    if state.cgroup.is_empty() {
        return None;
    }
    Cgroup::open(Path::new(&state.cgroup)).ok()
}

/// Goes beside a container, so that what is started for it can be started inside its cgroup.
///
/// # Errors
/// systemd does not let us, or is not there.
pub fn go_beside(
    ctx: &Context,
    id: &ContainerId,
    state: &ContainerState,
) -> Result<Option<OwnedFd>, CgroupError> {
    use std::os::fd::AsFd as _;
    let Some(group) = of(state) else { return Ok(None) };
    let unit = unit(id);
    let scope = group.path().parent().filter(|dir| dir.ends_with(&unit));
    if scope.is_some() {
        let own = std::process::id().cast_signed();
        cgroup::attach(&bus(&ctx.host), ctx.host.uid, &unit, &format!("/{MONITOR}"), own)?;
    }
    let what = |error| SysError::new("duplicate a cgroup", error);
    Ok(Some(group.as_fd().try_clone_to_owned().map_err(what)?))
}

/// Ends what is left of a container whose monitor was killed, and removes its cgroup.
pub fn clear(state: &ContainerState) {
    if let Some(group) = of(state) {
        let _ = group.kill();
        // systemd removes the scope itself when it is empty; processes that are still dying keep one of ours until the
        // next command.
        let _ = Cgroup::remove(group.path());
    }
}

/// Changes the limits of a container that runs; says what is not kept.
///
/// # Errors
/// What the kernel does not take.
pub fn change(
    state: &ContainerState,
    before: &CgroupSpec,
    after: &CgroupSpec,
) -> Result<Vec<String>, SysError> {
    let (old, new) = (settings(&before.limits), settings(&after.limits));
    let gone = old.iter().filter(|old| !new.iter().any(|new| new.file == old.file));
    let changed = new.iter().filter(|new| !old.contains(new));
    let Some(group) = of(state) else {
        let mut flags: Vec<_> = changed.map(|setting| setting.flag).collect();
        flags.dedup();
        return Ok(match flags.is_empty() {
            true => Vec::new(),
            false => vec![format!(
                "not kept before the next start: {} (it was started without a cgroup of its own)",
                flags.join(", ")
            )],
        });
    };
    let mut notices = Vec::new();
    for setting in gone {
        if let Some(none) = unlimited(setting) {
            group.write(&setting.file, &none)?;
        }
    }
    let there = cgroup::controllers(group.path());
    for setting in changed {
        if there.contains(&setting.controller) {
            group.write(&setting.file, &setting.value)?;
        } else {
            let place = shown(group.path());
            notices.push(format!(
                "{} is not kept: controller {} is not delegated to {place}; {REMEDY}",
                setting.flag, setting.controller
            ));
        }
    }
    Ok(notices)
}

/// What a file of a cgroup has in the beginning (cgroup-v2.rst).
fn unlimited(setting: &Setting) -> Option<String> {
    Some(match setting.file.as_str() {
        "memory.max" | "memory.swap.max" | "pids.max" | "cpu.max" => "max".to_owned(),
        "memory.low" => "0".to_owned(),
        "cpu.weight" => "100".to_owned(),
        "io.weight" => "default 100".to_owned(),
        "cpuset.cpus" | "cpuset.mems" => "\n".to_owned(),
        "io.max" => {
            let (device, rate) = setting.value.split_once(' ')?;
            format!("{device} {}=max", rate.split_once('=')?.0)
        }
        _ => return None,
    })
}

/// What becomes of each limit: `enforced`, `ignored` and why, or nothing while it has never run.
pub fn states(spec: &ContainerSpec, state: &ContainerState, runs: bool) -> serde_json::Value {
    let group = of(state).filter(|_| runs);
    let of_one = |setting: &Setting| {
        let told = state.ignored.iter().find(|ignored| ignored.flag == setting.flag);
        let kept = |group: &Cgroup| group.read(&setting.file).is_ok();
        match (&group, told) {
            (_, Some(Ignored { why, .. })) => ("ignored", why.clone()),
            (Some(group), None) if kept(group) => ("enforced", String::new()),
            (Some(_), None) => ("ignored", format!("its cgroup has no {}", setting.file)),
            (None, None) if runs => ("ignored", "it was started without a cgroup of its own".to_owned()),
            (None, None) if state.started_ms != 0 && !state.cgroup.is_empty() => ("enforced", String::new()),
            (None, None) => ("unknown", "it has not run with it yet".to_owned()),
        }
    };
    let mut object = serde_json::Map::new();
    for setting in settings(&spec.cgroup.limits) {
        let (word, why) = of_one(&setting);
        let first = object.get(setting.flag).is_some_and(|one: &serde_json::Value| one["State"] == "ignored");
        if !first {
            let value = serde_json::json!({ "File": setting.file, "Value": setting.value, "State": word, "Why": why });
            object.entry(setting.flag).or_insert(value);
        }
    }
    object.into()
}

/// One line for the user's eyes.
fn tell(line: &str) {
    use std::io::Write as _;
    // A stderr that is closed cannot be told anything.
    let _ = writeln!(std::io::stderr(), "Note: {line}");
}
