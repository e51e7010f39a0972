use super::*;

/// The flags of one line, as the command line has them.
fn texts(line: &str) -> LimitTexts {
    let mut texts = LimitTexts::default();
    for word in line.split_whitespace() {
        let (flag, value) = word.split_once('=').unwrap();
        let value = value.replace('_', " ");
        match flag {
            "m" => texts.memory = Some(value),
            "swap" => texts.memory_swap = Some(value),
            "low" => texts.memory_reservation = Some(value),
            "swappiness" => texts.memory_swappiness = Some(value),
            "oom" => texts.oom_kill_disable = true,
            "cpus" => texts.cpus = Some(value),
            "period" => texts.cpu_period = Some(value),
            "quota" => texts.cpu_quota = Some(value),
            "shares" => texts.cpu_shares = Some(value),
            "set" => texts.cpuset_cpus = Some(value),
            "mems" => texts.cpuset_mems = Some(value),
            "pids" => texts.pids_limit = Some(value),
            "blkio" => texts.blkio_weight = Some(value),
            "rbps" => texts.devices.push((Rate::Rbps, value)),
            "wiops" => texts.devices.push((Rate::Wiops, value)),
            "conf" => texts.conf.push(value),
            other => panic!("{other}"),
        }
    }
    texts
}

#[test]
fn files_of_flags() {
    for (line, want) in [
        ("", ""),
        ("m=64m", "memory.max=67108864 memory.swap.max=67108864"),
        ("m=64m swap=64m", "memory.max=67108864 memory.swap.max=0"),
        ("m=64m swap=100m", "memory.max=67108864 memory.swap.max=37748736"),
        ("m=64m swap=-1", "memory.max=67108864 memory.swap.max=max"),
        ("swap=-1", "memory.swap.max=max"),
        ("m=0", ""),
        ("low=32m", "memory.low=33554432"),
        ("swappiness=-1", ""),
        ("cpus=0.5", "cpu.max=50000_100000"),
        ("cpus=2", "cpu.max=200000_100000"),
        ("cpus=0", ""),
        ("quota=20000", "cpu.max=20000_100000"),
        ("quota=-1", "cpu.max=max_100000"),
        ("period=50000", "cpu.max=max_50000"),
        ("quota=20000 period=50000", "cpu.max=20000_50000"),
        ("shares=2", "cpu.weight=1"),
        ("shares=1", "cpu.weight=1"),
        ("shares=512", "cpu.weight=59"),
        ("shares=1024", "cpu.weight=100"),
        ("shares=262144", "cpu.weight=10000"),
        ("shares=99999999", "cpu.weight=10000"),
        ("shares=0", ""),
        ("set=0-3,7 mems=0", "cpuset.cpus=0-3,7 cpuset.mems=0"),
        ("pids=20", "pids.max=20"),
        ("pids=-1", "pids.max=max"),
        ("pids=0", ""),
        ("blkio=10", "io.weight=default_1"),
        ("blkio=500", "io.weight=default_4950"),
        ("blkio=1000", "io.weight=default_10000"),
        ("rbps=/dev/sda:1m wiops=/dev/sda:10", "io.max=0:0_rbps=1048576 io.max=0:0_wiops=10"),
        ("conf=memory.high=1048576", "memory.high=1048576"),
    ] {
        let limits = parse(&texts(line)).unwrap_or_else(|error| panic!("{line}: {error}"));
        let all: Vec<_> = settings(&limits)
            .into_iter()
            .map(|s| format!("{}={}", s.file, s.value.replace(' ', "_")))
            .collect();
        assert_eq!(all.join(" "), want, "{line}");
    }
}

#[test]
fn refusals() {
    for (line, why) in [
        ("m=1m", "minimum memory limit allowed is 6MB"),
        ("m=x", "a size begins with a number"),
        ("m=-1", "a size begins with a number"),
        ("swap=100m", "you should always set the memory limit when using memoryswap limit"),
        ("m=64m swap=32m", "minimum memoryswap limit should be larger than memory limit"),
        ("m=64m low=65m", "minimum memory limit can not be less than memory reservation limit"),
        ("swappiness=10", "cgroup v2 has no swappiness"),
        ("oom=1", "cgroup v2 always ends"),
        ("cpus=1 quota=1000", "--cpu-quota and --cpus cannot be used together"),
        ("cpus=1 period=1000", "--cpu-period and --cpus cannot be used together"),
        ("cpus=-1", "want a number of processors"),
        ("cpus=nan", "want a number of processors"),
        ("cpus=inf", "want a number of processors"),
        ("cpus=0.001", "the least is 0.01"),
        ("period=10", "from 1000 to 1000000"),
        ("quota=-5", "at least 1000"),
        ("shares=-5", "want a number"),
        ("set=3-1", "want numbers and ranges"),
        ("set=a", "want numbers and ranges"),
        ("set=0,", "want numbers and ranges"),
        ("pids=-2", "-1 for no limit"),
        ("pids=many", "want a number"),
        ("blkio=9", "from 10 to 1000"),
        ("rbps=/dev/sda", "want DEVICE:RATE"),
        ("rbps=/etc/x:1m", "below /dev"),
        ("wiops=/dev/sda:1m", "operations a second"),
        ("rbps=/dev/sda:0", "would stop it"),
        ("conf=memory.high", "want FILE=VALUE"),
        ("conf=../memory.max=1", "the name of a file"),
        ("conf=a/b.c=1", "the name of a file"),
        ("conf=.x=1", "the name of a file"),
        ("conf=cgroup.procs=1", "rctr's own"),
        ("conf=memory.high=", "want a value"),
    ] {
        let error = parse(&texts(line)).expect_err(line).to_string();
        assert!(error.contains(why), "{line}: {error}");
    }
}

#[test]
fn an_update_changes_what_it_names() {
    let before = parse(&texts("m=64m cpus=1 pids=5")).unwrap();
    let after = merge(&before, &texts("quota=5000 pids=0")).unwrap();
    assert_eq!(
        (after.memory, after.nano_cpus, after.cpu_quota, after.pids),
        (before.memory, None, Some(5000), None)
    );
    assert!(merge(&before, &texts("swap=10m")).is_err(), "still compared with what stays");
}

#[test]
fn places() {
    let spec = |mode, manager, parent: Option<&str>| CgroupSpec {
        mode,
        manager,
        parent: parent.map(str::to_owned),
        ..CgroupSpec::default()
    };
    use CgroupManager::{Cgroupfs, Systemd};
    use CgroupsMode::{Disabled, Enabled, Split};
    for (case, fits) in [
        (spec(Enabled, None, None), true),
        (spec(Enabled, None, Some("ci.slice")), true),
        (spec(Enabled, Some(Systemd), Some("ci")), false),
        (spec(Enabled, None, Some("a/b.slice")), false),
        (spec(Enabled, Some(Cgroupfs), Some("ci/jobs")), true),
        (spec(Enabled, Some(Cgroupfs), Some("/ci")), false),
        (spec(Enabled, Some(Cgroupfs), Some("../ci")), false),
        (spec(Disabled, None, None), true),
        (spec(Disabled, None, Some("ci.slice")), false),
        (spec(Split, None, None), true),
        (spec(Split, Some(Systemd), None), false),
        (spec(Split, None, Some("ci.slice")), false),
    ] {
        assert_eq!(check(&case).is_ok(), fits, "{case:?}");
    }
    let limits = parse(&texts("pids=5")).unwrap();
    let error = check(&CgroupSpec { limits, mode: Disabled, ..CgroupSpec::default() }).unwrap_err();
    assert!(error.to_string().starts_with("--cgroups disabled and --pids-limit cannot be used together"));
    assert!(
        parse_mode("no-conmon").is_err() && parse_manager("x").is_err() && parse_strictness("x").is_err()
    );
}
