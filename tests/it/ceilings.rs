//! What starting a container may cost, counted and not timed: system calls, processes, threads.

use crate::support::{World, program, without};

/// With an image, without network, the cache warm. Raise a ceiling only with the reason in the commit message.
const CALLS: u64 = 920;
const PROCESSES: u64 = 6;

/// Of a program in a container that runs.
const EXEC: u64 = 450;

/// Of a list of no containers.
const LIST: u64 = 150;
/// Of each container in a list that has ended: two records, opened, read and closed.
const LISTED: u64 = 6;

struct Count {
    calls: u64,
    processes: u64,
    threads: u64,
    table: String,
}

fn count(world: &World, words: &[&str]) -> Option<Count> {
    // A traced setuid helper has no privileges, so there is none: one id. What the helpers cost is not ours to bound.
    count_under(world, words, &without(&["newuidmap", "newgidmap"])?)
}

fn count_under(world: &World, words: &[&str], before: &[String]) -> Option<Count> {
    let strace = program(&["strace"])?;
    let trace = world.path("tmp/trace");
    let mut under: Vec<&str> = before.iter().map(String::as_str).collect();
    under.extend([strace.to_str()?, "-f", "-qq", "-o", trace.to_str()?]);
    let outcome = world.rctr(words).under(&under).run();
    if outcome.code != 0 && outcome.err.contains("ptrace") {
        return None;
    }
    outcome.ok();
    let text = std::fs::read_to_string(&trace).ok()?;
    let mut calls = 0;
    let (mut processes, mut threads) = (0, 0);
    let mut table = std::collections::BTreeMap::<String, u64>::new();
    for line in text.lines() {
        let Some((_, call)) = line.trim().split_once(char::is_whitespace) else { continue };
        let call = call.trim_start();
        if call.starts_with("<...") || call.starts_with("+++") || call.starts_with("---") {
            continue;
        }
        let name = call.split('(').next().unwrap_or_default();
        // The standard library looks at every descriptor that it closes, in debug builds.
        if cfg!(debug_assertions) && name == "fcntl" {
            continue;
        }
        calls += 1;
        *table.entry(name.to_owned()).or_default() += 1;
        if matches!(name, "clone" | "clone3" | "fork" | "vfork") {
            if call.contains("CLONE_THREAD") { threads += 1 } else { processes += 1 }
        }
    }
    let mut rows: Vec<_> = table.into_iter().collect();
    rows.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let table = rows.iter().map(|(name, count)| format!("{count:5} {name}")).collect::<Vec<_>>().join("\n");
    Some(Count { calls, processes, threads, table })
}

#[test]
fn of_a_run_without_network() {
    let world = World::with_busybox();
    world.quick(&["busybox", "true"]).ok();
    let Some(count) = count(&world, &["run", "--rm", "--network", "none", "busybox", "/bin/true"]) else {
        crate::skip!("strace is missing or may not trace");
    };
    println!("{} calls, {} processes\n{}", count.calls, count.processes, count.table);
    assert!(count.calls <= CALLS, "{} system calls, at most {CALLS}:\n{}", count.calls, count.table);
    assert!(count.processes <= PROCESSES, "{} processes, at most {PROCESSES}", count.processes);
    assert_eq!(count.threads, 0, "threads");
}

#[test]
fn of_an_exec() {
    let world = World::with_busybox();
    world.detached(&["--name", "web"], &["sleep", "600"]);
    let Some(count) = count_under(&world, &["exec", "web", "/bin/true"], &[]) else {
        crate::skip!("strace is missing or may not trace");
    };
    world.run(&["rm", "-f", "-t", "0", "web"]).ok();
    println!("{} calls, {} processes\n{}", count.calls, count.processes, count.table);
    assert!(count.calls <= EXEC, "{} system calls, at most {EXEC}:\n{}", count.calls, count.table);
    assert_eq!((count.processes, count.threads), (2, 0));
}

#[test]
fn of_a_list() {
    let world = World::with_busybox();
    world.run(&["run", "--network", "none", "--name", "web", "busybox", "true"]).ok();
    let id = world.run(&["ps", "-aq", "--no-trunc"]).ok().out.trim().to_owned();
    let mut counted = Vec::new();
    for more in ["a", "b"] {
        crate::listing::multiply(&world, &id, more, 40);
        let (Some(all), Some(live)) = (count(&world, &["ps", "-a"]), count(&world, &["ps"])) else {
            crate::skip!("strace is missing or may not trace");
        };
        assert_eq!((all.processes, all.threads, live.processes, live.threads), (0, 0, 0, 0));
        counted.push((all, live));
    }
    let [(all, live), (more, same)] = &counted[..] else { unreachable!() };
    println!("{} calls for 41, {} for 81, {} without -a\n{}", all.calls, more.calls, live.calls, all.table);
    // What has ended costs a list of what runs nothing: not even a look at its name.
    assert_eq!(live.calls, same.calls, "\n{}\n\n{}", live.table, same.table);
    assert!(live.calls <= LIST, "{} system calls, at most {LIST}:\n{}", live.calls, live.table);
    // The fraction is memory for the list.
    let each = (more.calls - all.calls) / 40;
    assert!(each <= LISTED, "{each} system calls a container, at most {LISTED}:\n{}", more.table);
}
