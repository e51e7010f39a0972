use super::*;

const STATUS: &str = "Name:\tsh\nUid:\t100033\t1000\t1000\t1000\nGid:\t100004\t1000\t1000\t1000\n\
                      Groups:\t100009 7 \nNSpid:\t77\t2\nNSpgid:\t77\t2\nNSsid:\t70\t1\nCapEff:\t0000000000000021\n\
                      CapBnd:\t000001ffffffffff\nCapInh:\t0000000000000000\nSeccomp:\t2\n";

fn view() -> View {
    let range = |container, host, size| IdRange { container, host, size };
    let map = vec![range(0, 1000, 1), range(1, 100_001, 65_535)];
    View {
        level: 1,
        pids: [(70, 1), (77, 2)].into(),
        uids: Some(map.clone()),
        gids: Some(map),
        users: Names::parse("root:x:0:0::/:/bin/sh\nwww-data:x:33:33:::\nfaked\u{1b}[2J:x:34:34:::\n"),
        groups: Names::parse("wheel:x:0:\nbroken\nadm:x:4:\n"),
        host_users: Names::parse("alice:x:1000:1000:::\n"),
        host_groups: Names::parse("alice:x:1000:\nlp:x:7:\n"),
        ticks: 100,
        page: 4096,
        memory: 4096 * 1000,
        since_boot: 100_250_000_000,
        booted: 1_000_000,
        local: |seconds| {
            let day = seconds.rem_euclid(86_400) as u32;
            Some(LocalTime {
                year: 1970,
                month: 1,
                day: 12,
                hour: day / 3600,
                minute: day / 60 % 60,
                second: day % 60,
                offset: -5400,
                zone: "XST".to_owned(),
            })
        },
    }
}

fn process() -> Seen {
    let stat = "77 (sh) S 70 77 70 34817 -1 0 0 0 0 0 450 50 7 8 20 -5 3 0 2000 8192000 50 1";
    Seen {
        pid: 77,
        stat: Stat::parse(stat).unwrap(),
        status: STATUS.to_owned(),
        arguments: "sh\0-c\0echo \u{1b}[31m\0".to_owned(),
        label: "unconfined\n\0".to_owned(),
    }
}

#[test]
fn every_field_has_its_text() {
    let (view, process) = (view(), process());
    for (field, want) in [
        (Field::Args, "sh -c echo ?[31m"),
        (Field::Capabilities("CapEff"), "CHOWN,KILL"),
        (Field::Capabilities("CapBnd"), "full"),
        (Field::Capabilities("CapInh"), "none"),
        (Field::Capabilities("CapAmb"), "?"),
        (Field::Command, "sh"),
        (Field::Cpu, "6.231"),
        (Field::CpuWhole, "6"),
        (Field::CpuShort, "6.2"),
        (Field::Elapsed, "1m20.25s"),
        (Field::ElapsedClock, "01:20"),
        (Field::ElapsedSeconds, "80"),
        (Field::Group, "wheel"),
        (Field::GroupId, "0"),
        (Field::Groups, "9,65534"),
        (Field::HostGroup, "alice"),
        (Field::HostGroups, "100009,lp"),
        (Field::HostPid, "77"),
        (Field::HostUser, "alice"),
        (Field::HostUserId, "1000"),
        (Field::Label, "unconfined"),
        (Field::Memory, "5.0"),
        (Field::Nice, "-5"),
        (Field::Parent, "1"),
        (Field::Pid, "2"),
        (Field::ProcessGroup, "2"),
        (Field::RealGroup, "adm"),
        (Field::RealGroupId, "4"),
        (Field::RealUser, "www-data"),
        (Field::RealUserId, "33"),
        (Field::Resident, "200"),
        (Field::Seccomp, "filter"),
        (Field::Session, "1"),
        (Field::Started, "1970-01-12 13:47:00 -0130 XST"),
        (Field::StartedShort, "13:47"),
        (Field::State, "S"),
        (Field::StateMore, "S<l"),
        (Field::Terminal, "pts/1"),
        (Field::Threads, "3"),
        (Field::Time, "5s"),
        (Field::TimeClock, "00:00:05"),
        (Field::TimeMinutes, "0:05"),
        (Field::TimeSeconds, "5"),
        (Field::User, "root"),
        (Field::UserId, "0"),
        (Field::VirtualSize, "8000"),
    ] {
        assert_eq!(view.cell(&process, field), want, "{field:?}");
    }
}

#[test]
fn what_is_missing_or_strange() {
    let (view, mut process) = (view(), process());
    process.arguments.clear();
    process.label.clear();
    process.stat.parent = 1;
    process.status = "Uid:\t100034\t100034\t1\t1\n".to_owned();
    for (field, want) in [
        (Field::Args, "[sh]"),
        (Field::Label, "?"),
        (Field::Parent, "0"),
        (Field::Pid, "?"),
        (Field::Groups, ""),
        (Field::Seccomp, "?"),
        (Field::User, "faked?[2J"),
    ] {
        assert_eq!(view.cell(&process, field), want, "{field:?}");
    }
    let plain = View { uids: None, level: 0, ..view };
    assert_eq!(plain.cell(&process, Field::User), "100034");
}

#[test]
fn clocks_and_terminals() {
    for (seconds, elapsed, time) in
        [(5, "00:05", "00:00:05"), (3725, "01:02:05", "01:02:05"), (90_061, "1-01:01:01", "1-01:01:01")]
    {
        assert_eq!((elapsed_clock(seconds).as_str(), time_clock(seconds).as_str()), (elapsed, time));
    }
    for (device, want) in [
        (0, "?"),
        (0x8800, "pts/0"),
        (0x8902, "pts/258"),
        (0x0401, "tty1"),
        (0x0440, "ttyS0"),
        (0x0501, "console"),
    ] {
        assert_eq!(terminal(device), want, "{device:x}");
    }
    assert_eq!(terminal(0x10_8801), "pts/257");
}
