//! `stats`: what containers use now. A container with a cgroup of its own is read there. Otherwise it
//! is summed up over its processes: memory in proportion to who shares it, and processor time and input and output of
//! processes that have ended as far as one of the container's has waited for them.

use super::seen::{Phase, SeenContainer};
use super::{choose, processes};
use crate::model::container_request::StatsRequest;
use crate::model::spec::NsMode;
use crate::ops::outcome::ContainerSample;
use crate::ops::{DoneToContainers, OpsError, Outcome, cgroups};
use crate::store::Store;
use crate::sys::members::{Member, Members};
use crate::sys::process_dir::ProcessDir;
use crate::sys::procfs::{self, status_line};
use crate::sys::{io_counters, uptime};

/// Looks once at each. Those that do not run have nothing to tell, and are left out.
pub(super) fn stats(store: &Store, request: &StatsRequest) -> Result<Outcome, OpsError> {
    let mut which = request.which.clone();
    which.all |= which.names.is_empty() && !which.latest;
    let mut done = DoneToContainers::default();
    let mut samples = Vec::new();
    for chosen in choose(store, &which, |container| container.phase.runs(), &mut done)? {
        if let Some(members) = processes::of(store, &chosen.container)? {
            samples.push(sample(&chosen.container, &members)?);
        }
    }
    Ok(Outcome::Stats { samples, failures: done.failures })
}

fn sample(container: &SeenContainer, members: &Members) -> Result<ContainerSample, OpsError> {
    let (ticks, page) = (procfs::ticks_per_second(), procfs::page_size());
    let nanoseconds = |ticks_of: u64| ticks_of.saturating_mul(1_000_000_000 / ticks.max(1));
    let list = members.list()?;
    let (mut user, mut system, mut memory) = (0u64, 0u64, 0u64);
    for process in list.iter().filter_map(Member::open) {
        let Some(stat) = process.stat() else { continue };
        user = stat.user.iter().fold(user, |sum, more| sum.saturating_add(*more));
        system = stat.system.iter().fold(system, |sum, more| sum.saturating_add(*more));
        memory = memory.saturating_add(memory_of(&process).unwrap_or(stat.resident * page));
    }
    let [block_in, block_out] = io_counters::sum(&list, members.user_namespace())?;
    let [net_in, net_out] = network_of(container);
    let now = uptime::since_boot()?;
    let own = cgroups::of(&container.state).map(|group| group.usage()).unwrap_or_default();
    let [block_in, block_out] = own.io.unwrap_or([block_in, block_out]);
    Ok(ContainerSample {
        id: container.id.clone(),
        name: container.name.clone(),
        paused: container.phase == Phase::Paused,
        taken: now,
        age: now.saturating_sub(nanoseconds(container.state.pid_start)),
        cpu: own.cpu.unwrap_or(nanoseconds(user.saturating_add(system))),
        cpu_system: own.cpu_system.unwrap_or(nanoseconds(system)),
        memory: own.memory.unwrap_or(memory),
        memory_limit: own.memory_limit.unwrap_or(u64::MAX).min(machine_memory()),
        net_in,
        net_out,
        block_in,
        block_out,
        pids: own.pids.unwrap_or_else(|| {
            list.iter().filter(|member| !member.is_dead()).map(|member| member.threads).sum()
        }),
    })
}

/// Its share of the memory, where what several have counts for each in part; none where it may not be looked at.
fn memory_of(process: &ProcessDir) -> Option<u64> {
    let text = process.read("smaps_rollup").ok()?;
    let kib: u64 = status_line(&text, "Pss")?.strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// Bytes that came in and went out over the devices of its network namespace; none where that is the host's.
fn network_of(container: &SeenContainer) -> [u64; 2] {
    let own = container.spec.as_ref().is_some_and(|spec| spec.namespaces.net != NsMode::Host);
    let state = &container.state;
    let first = ProcessDir::find(state.pid, state.pid_start).filter(|_| own);
    first.and_then(|first| first.read("net/dev").ok()).map_or([0; 2], |text| network(&text))
}

/// The sum over all devices but lo of /proc/net/dev (proc_pid_net(5)).
fn network(text: &str) -> [u64; 2] {
    let mut sum = [0u64; 2];
    for line in text.lines() {
        let Some((name, counters)) = line.split_once(':').filter(|(name, _)| name.trim() != "lo") else {
            continue;
        };
        let counters: Vec<&str> = counters.split_ascii_whitespace().collect();
        let number = |at: usize| counters.get(at).and_then(|text| text.parse::<u64>().ok());
        if let (Some(received), Some(sent), false) = (number(0), number(8), name.is_empty()) {
            sum = [sum[0].saturating_add(received), sum[1].saturating_add(sent)];
        }
    }
    sum
}

/// Without a limit of its own a container may have all that the machine has.
pub(super) fn machine_memory() -> u64 {
    let info = rustix::system::sysinfo();
    u64::from(info.mem_unit).saturating_mul(info.totalram)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_summed_up_but_for_lo() {
        let text = "Inter-|   Receive                |  Transmit\n\
                    face |bytes    packets errs drop fifo frame compressed multicast|bytes packets\n    \
                    lo:  500 5 0 0 0 0 0 0  500 5 0 0 0 0 0 0\n  \
                    tap0: 1000 9 0 0 0 0 0 0 200 2 0 0 0 0 0 0\n  eth0:7 1 0 0 0 0 0 0 8 1 0 0 0 0 0 0\n";
        assert_eq!((network(text), network("")), ([1007, 208], [0, 0]));
    }

    #[test]
    fn memory_of_this_process() {
        let own = ProcessDir::open(std::process::id().cast_signed()).unwrap();
        assert!(memory_of(&own).unwrap() > 0 && machine_memory() > memory_of(&own).unwrap());
    }
}
